//! One clock of one call, computed from its facts.
use jiff::{SignedDuration, Timestamp, civil::date};

use super::stopwatch::{Measured, measure};
use crate::{
    demo::Dice,
    domain::{
        calendar::{Calendar, CalendarError, Period},
        objective::{Facts, Objective, Pause, clocks, defaults},
    },
};

const GOAL_US: f64 = 10.0;
const ZONES: [&str; 8] = [
    "America/New_York",
    "Europe/Dublin",
    "Asia/Tokyo",
    "Europe/Paris",
    "America/Sao_Paulo",
    "Asia/Kolkata",
    "Australia/Lord_Howe",
    "Africa/Casablanca",
];

struct Piece {
    objective: Objective,
    facts: Facts,
    site: usize,
    cac: usize,
    now: Timestamp,
}

/// Promises of every kind, all over a year, with and without pauses.
pub fn clock(from: Timestamp, count: usize) -> Result<Measured, CalendarError> {
    let calendars: Vec<Calendar> = ZONES.iter().map(|zone| calendar(zone)).collect::<Result<_, _>>()?;
    let mut dice = Dice::new(1);
    let objectives = defaults();
    let pieces: Vec<Piece> = (0..count).map(|n| piece(n, from, &objectives, &mut dice)).collect();
    Ok(measure("clock", GOAL_US, &pieces, |piece| {
        let (site, cac) = (&calendars[piece.site], &calendars[piece.cac]);
        clocks(&[piece.objective], &piece.facts, site, cac, piece.now)
    }))
}

/// Five days with a lunch break, and the holidays of twelve years.
fn calendar(zone: &str) -> Result<Calendar, CalendarError> {
    let hours = [Period::new(8 * 60, 12 * 60 + 30)?, Period::new(13 * 60 + 15, 20 * 60)?];
    let days = [(1, 1), (1, 6), (4, 6), (5, 1), (7, 14), (8, 15), (11, 1), (12, 24), (12, 25), (12, 26)];
    let holidays = (2020..2032).flat_map(|year| days.map(|(month, day)| date(year, month, day)));
    Calendar::on_workdays(zone, &[1, 2, 3, 4, 5], &hours, holidays)
}

fn piece(n: usize, from: Timestamp, objectives: &[Objective], dice: &mut Dice) -> Piece {
    let mut after = |start: Timestamp, minutes: i64| start + SignedDuration::from_mins(dice.between(0, minutes));
    let objective = objectives[n % objectives.len()];
    let opened = after(from, 365 * 1440);
    let asked = after(opened, 2 * 1440);
    let pause = Pause { from: asked, to: Some(after(asked, 1440)) };
    let pauses = if n.is_multiple_of(3) { vec![pause] } else { Vec::new() };
    let now = after(opened, 5 * 1440);
    let facts = Facts { pauses, ..Facts::opened(opened, objective.severity) };
    Piece { objective, facts, site: n % ZONES.len(), cac: (n / 3) % ZONES.len(), now }
}
