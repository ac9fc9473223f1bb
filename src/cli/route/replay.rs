//! `route replay`: the calls of a real desk, by its own queues and by our router.
use std::path::PathBuf;

use clap::Args;
use serde::Serialize;

use super::{print_json, rules::RulesArgs};
use crate::{
    domain::calendar::Calendar,
    error::{Error, Result},
    migrate_in::{self, Arrival},
    router::{Facts, Router},
};

#[derive(Debug, Args)]
pub struct ReplayArgs {
    /// Whose log it is.
    #[arg(value_enum)]
    kind: migrate_in::Kind,
    /// CSV or XES, plain or compressed with zstd.
    file: PathBuf,
    /// The time zone of a log that names none, such as Europe/Lisbon.
    #[arg(long)]
    zone: Option<String>,
    #[command(flatten)]
    rules: RulesArgs,
    /// For programs.
    #[arg(long)]
    json: bool,
}

/// Calls whose queue works when they are given to it.
#[derive(Debug, Default, Serialize)]
struct Compared {
    calls: u64,
    /// In the log the team's hours are 08:00-20:00 from Monday to Friday where the team is: it names no others.
    log_in_hours: u64,
    router_in_hours: u64,
    /// Given to the duty manager, who works at any hour and is not counted above.
    router_on_duty: u64,
    log_share: f64,
    router_share: f64,
}

#[derive(Debug, Default, Serialize)]
struct Replayed {
    all: Compared,
    urgent: Compared,
    can_wait: Compared,
    undecidable: Undecidable,
}

/// Calls about which nothing can be said, by what is missing.
#[derive(Debug, Default, Serialize)]
struct Undecidable {
    time_unreadable: u64,
    country_of_team_unknown: u64,
}

pub async fn replay(args: &ReplayArgs) -> Result<()> {
    let router = args.rules.router().await?;
    let mut replayed = Replayed::default();
    for arrival in migrate_in::arrivals(args.kind, &args.file, args.zone.as_deref())? {
        replayed.add(&router, &arrival)?;
    }
    replayed.divide();
    if args.json {
        return print_json(&replayed);
    }
    replayed.print();
    Ok(())
}

impl Replayed {
    fn add(&mut self, router: &Router, arrival: &Arrival) -> Result<()> {
        let Some(at) = arrival.at else {
            self.undecidable.time_unreadable += 1;
            return Ok(());
        };
        let Some((region, zone)) = &arrival.place else {
            self.undecidable.country_of_team_unknown += 1;
            return Ok(());
        };
        let team = Calendar::prime_hours(zone).map_err(|e| Error::Internal(e.to_string()))?;
        let facts = Facts::plain(region, zone, arrival.severity, at);
        self.all.add(&team, router, &facts);
        let half = if arrival.severity.is_urgent() { &mut self.urgent } else { &mut self.can_wait };
        half.add(&team, router, &facts);
        Ok(())
    }

    fn divide(&mut self) {
        for compared in [&mut self.all, &mut self.urgent, &mut self.can_wait] {
            compared.log_share = share(compared.log_in_hours, compared.calls);
            compared.router_share = share(compared.router_in_hours, compared.calls);
        }
    }

    fn print(&self) {
        println!("{:<14} {:>7} {:>12} {:>12} {:>8}", "", "calls", "in the log", "by us", "on duty");
        for (name, compared) in [("all", &self.all), ("severity 1, 2", &self.urgent), ("severity 3, 4", &self.can_wait)]
        {
            let (log, ours) = (compared.log_share * 100.0, compared.router_share * 100.0);
            println!("{name:<14} {:>7} {log:>10.1} % {ours:>10.1} % {:>8}", compared.calls, compared.router_on_duty);
        }
        println!("Share of calls whose queue works when they are given to it: 08:00-20:00 from Monday to Friday where");
        println!("the team of the log is, and the hours of the CAC by our rules.");
        let Undecidable { time_unreadable, country_of_team_unknown } = self.undecidable;
        println!(
            "Undecidable: {country_of_team_unknown} whose team is nowhere known, {time_unreadable} without a time."
        );
    }
}

impl Compared {
    fn add(&mut self, team: &Calendar, router: &Router, facts: &Facts) {
        let decision = router.route(facts);
        let works = router.first_answer(&decision, facts.at) == Some(facts.at);
        self.calls += 1;
        self.log_in_hours += u64::from(team.is_open(facts.at));
        self.router_in_hours += u64::from(works && decision.cac.is_some());
        self.router_on_duty += u64::from(decision.cac.is_none());
    }
}

#[expect(clippy::cast_precision_loss, reason = "no log has so many calls")]
fn share(part: u64, whole: u64) -> f64 {
    part as f64 / whole.max(1) as f64
}
