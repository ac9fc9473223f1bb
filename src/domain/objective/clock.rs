//! The clocks of one call: one for each promise of its severity.
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::meter::Meter;
use super::pause::{Gap, Pause, gaps};
use super::run::Run;
use super::{ClockKind, Facts, Kind, Objective};
use crate::domain::calendar::Calendar;

/// How one promise stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Clock {
    pub kind: Kind,
    pub clock: ClockKind,
    pub started_at: Timestamp,
    /// None where the calendar has no working time; while paused, as if the pause ended now.
    pub due_at: Option<Timestamp>,
    /// When so much of its time is used up that it is in danger.
    pub at_risk_at: Option<Timestamp>,
    pub met_at: Option<Timestamp>,
    /// When the promise lapsed unkept, because the call was over.
    pub ended_at: Option<Timestamp>,
    pub state: ClockState,
    /// What was taken out, from the start of this clock on.
    pub pauses: Vec<Pause>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClockState {
    Running,
    Paused,
    Met,
    /// Late, whether it was kept afterwards (`met_at`) or not yet.
    Missed,
    Ended,
}

impl Clock {
    /// Somebody must still act on it, late or not.
    pub fn is_pending(&self) -> bool {
        self.met_at.is_none() && self.ended_at.is_none() && self.state != ClockState::Paused
    }
}

/// The promises of the call's severity, each counted on its own calendar.
pub fn clocks(objectives: &[Objective], facts: &Facts, site: &Calendar, cac: &Calendar, now: Timestamp) -> Vec<Clock> {
    let ours = objectives.iter().filter(|o| o.severity == facts.severity);
    ours.map(|o| clock(*o, facts, &Meter::of(o.clock, site, cac), now)).collect()
}

/// The promise that comes first among those somebody must still act on.
pub fn next_due(clocks: &[Clock]) -> Option<&Clock> {
    let pending = clocks.iter().filter(|c| c.is_pending() && c.due_at.is_some());
    pending.min_by_key(|c| c.due_at)
}

fn clock(objective: Objective, facts: &Facts, meter: &Meter, now: Timestamp) -> Clock {
    let Objective { kind, minutes, clock, .. } = objective;
    let run = Run::of(kind, facts);
    let judged_at = run.met.or(run.ended).unwrap_or(now);
    let gaps = gaps(run.pauses, run.started, judged_at);
    let waits = run.is_on() && run.pauses.iter().any(|p| p.lasts_at(now));
    let due_at = meter.due(run.started, SignedDuration::from_mins(minutes.into()), &gaps);
    let at_risk_at = meter.due(run.started, safe_time(minutes), &gaps);
    let late = due_at.is_some_and(|due| due < judged_at) || was_missed(kind, facts, run.started);
    Clock {
        kind,
        clock,
        started_at: run.started,
        due_at,
        at_risk_at,
        met_at: run.met,
        ended_at: run.ended,
        state: state(&run, late, waits),
        pauses: segments(&gaps, waits, now),
    }
}

/// Four fifths of a promise, and of a short one all but the last five minutes.
fn safe_time(minutes: u32) -> SignedDuration {
    let whole = i64::from(minutes) * 60;
    SignedDuration::from_secs((whole * 4 / 5).min(whole - 5 * 60).max(0))
}

fn state(run: &Run, late: bool, waits: bool) -> ClockState {
    match (run.met, run.ended) {
        _ if late => ClockState::Missed,
        (Some(_), _) => ClockState::Met,
        (None, Some(_)) => ClockState::Ended,
        (None, None) if waits => ClockState::Paused,
        (None, None) => ClockState::Running,
    }
}

fn was_missed(kind: Kind, facts: &Facts, since: Timestamp) -> bool {
    facts.misses.iter().any(|miss| miss.kind == kind && miss.at >= since)
}

/// Gaps as people see them: the one that still lasts has no end, and one that begins now has no length yet.
fn segments(gaps: &[Gap], waits: bool, now: Timestamp) -> Vec<Pause> {
    let ended = |to: Timestamp| Some(to).filter(|to| !waits || *to < now);
    let mut shown: Vec<_> = gaps.iter().map(|gap| Pause { from: gap.from, to: ended(gap.to) }).collect();
    if waits && shown.last().is_none_or(|last| last.to.is_some()) {
        shown.push(Pause { from: now, to: None });
    }
    shown
}
