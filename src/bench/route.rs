//! Routing decisions, one by one and by the million.
use std::time::Instant;

use jiff::Timestamp;
use serde::Serialize;

use super::stopwatch::{Measured, measure, per_second};
use crate::{
    demo,
    error::{Error, Result},
    router::{self, Facts, Profile, Router, Rules, Year, synthetic_year},
};

const GOAL_US: f64 = 20.0;
const GOAL_S: f64 = 60.0;

/// A year of calls under rules of today and the same rules.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Simulated {
    pub job: &'static str,
    pub calls: u64,
    pub seconds: f64,
    pub per_s: f64,
    /// Nothing, because nothing has changed.
    pub differences: u64,
    pub goal_s: f64,
    pub ok: bool,
}

/// One decision for each call of a made-up year.
pub fn route(from: Timestamp, count: u64) -> Result<Measured> {
    let (router, year) = made_ready(from, count)?;
    let questions: Vec<Facts> = year.map(|asked| asked.facts).collect();
    Ok(measure("route", GOAL_US, &questions, |facts| router.route(facts)))
}

/// The whole simulation: making the calls, deciding each twice, and counting.
pub fn simulate(from: Timestamp, count: u64, mut told: impl FnMut(&router::Asked)) -> Result<Simulated> {
    let (router, year) = made_ready(from, count)?;
    let start = Instant::now();
    let report = router::simulate(&router, &router.clone(), year.inspect(|asked| told(asked)));
    let taken = start.elapsed();
    let differences = report.moved_count + report.waits_changed + report.promises.gained + report.promises.lost;
    Ok(Simulated {
        job: "simulate",
        calls: report.calls,
        seconds: (taken.as_secs_f64() * 1e3).round() / 1e3,
        per_s: per_second(usize::try_from(report.calls).unwrap_or(usize::MAX), taken),
        differences,
        goal_s: GOAL_S,
        ok: differences == 0 && taken.as_secs_f64() < GOAL_S,
    })
}

fn made_ready(from: Timestamp, count: u64) -> Result<(Router, Year)> {
    let rules = Rules::standard().map_err(|e| Error::Internal(e.to_string()))?;
    let profile = Profile::like(&rules, demo::Profile::read()?.hours());
    let year = synthetic_year(from, count, 1, &profile);
    Ok((Router::new(rules).map_err(|e| Error::Internal(e.to_string()))?, year))
}
