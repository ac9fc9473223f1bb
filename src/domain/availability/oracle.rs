//! The same rules once more, asked of every second on its own, in the plainest way there is.
use jiff::Timestamp;

use super::*;

/// What one second counts as, and whether the system was down in it whatever that counts as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Second {
    pub state: State,
    pub down: bool,
}

/// What there is to count, in seconds.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Counted {
    pub began: i32,
    pub ended: i32,
    pub length_of_ended: i64,
}

fn is_on_record(evidence: &Evidence, as_of: Timestamp) -> bool {
    evidence.recorded_at <= as_of && !matches!(evidence.withdrawn_at, Some(at) if at <= as_of)
}

fn runs(from: Timestamp, until: Option<End>, now: Timestamp, as_of: Timestamp) -> bool {
    let over = matches!(until, Some(end) if end.recorded_at <= as_of && end.at <= now);
    from <= now && !over
}

/// The verdict that holds in that second, if one does; of two at once the one that excludes, then the one that is out.
fn ruled(evidence: &[Evidence], now: Timestamp, as_of: Timestamp) -> Option<State> {
    let mut last: Option<(Timestamp, u8, State)> = None;
    for one in evidence.iter().filter(|one| is_on_record(one, as_of)) {
        let Fact::Annotated(Annotation { during, says, verdict: Some(verdict), .. }) = &one.fact else { continue };
        if !verdict.accepted || verdict.at > as_of || now < during.from || now >= during.to {
            continue;
        }
        let (weight, state) = match says {
            Says::Up => (0, State::Up),
            Says::Outage => (1, State::Outage),
            Says::Excluded => (2, State::Excluded),
        };
        if last.is_none_or(|(at, than, _)| (at, than) < (verdict.at, weight)) {
            last = Some((verdict.at, weight, state));
        }
    }
    last.map(|(_, _, state)| state)
}

/// The redundancy in force, by the last change before: the last one recorded, then the graver.
fn redundancy(evidence: &[Evidence], now: Timestamp, as_of: Timestamp) -> Redundancy {
    let mut changes: Vec<(Timestamp, Timestamp, Redundancy)> = Vec::new();
    for one in evidence.iter().filter(|one| is_on_record(one, as_of)) {
        if let Fact::Redundancy { at, state, .. } = one.fact
            && at <= now
        {
            changes.push((at, one.recorded_at, state));
        }
    }
    changes.into_iter().max().map_or(Redundancy::Duplex, |change| change.2)
}

pub(super) fn second(evidence: &[Evidence], now: Timestamp, as_of: Timestamp) -> Second {
    let (mut critical, mut silent, mut worked_on) = (false, false, false);
    for one in evidence.iter().filter(|one| is_on_record(one, as_of)) {
        match &one.fact {
            Fact::Critical { from, until, .. } => critical |= runs(*from, *until, now, as_of),
            Fact::Silence { from, until, .. } => silent |= runs(*from, *until, now, as_of),
            Fact::Work { during, .. } => worked_on |= during.from <= now && now < during.to,
            Fact::Redundancy { .. } | Fact::Annotated(_) => {}
        }
    }
    let redundancy = redundancy(evidence, now, as_of);
    let down = critical || redundancy == Redundancy::Down;
    let bad = down || silent || redundancy == Redundancy::Simplex;
    let state = if let Some(state) = ruled(evidence, now, as_of) {
        state
    } else if bad && worked_on {
        State::Planned
    } else if down {
        State::Outage
    } else if redundancy == Redundancy::Simplex {
        State::Exposed
    } else if silent {
        State::Unheard
    } else {
        State::Up
    };
    Second { state, down }
}

/// Walks from the installation second by second; `counts` says which seconds belong to the period.
pub(super) fn count(line: &[Second], counts: impl Fn(usize) -> bool) -> Counted {
    let mut counted = Counted::default();
    let mut length: Option<i64> = None;
    for (place, Second { state, down }) in line.iter().enumerate() {
        let waits = *down && matches!(state, State::Planned | State::Excluded);
        if *state == State::Outage {
            if length.is_none() && counts(place) {
                counted.began += 1;
            }
            length = Some(length.unwrap_or(0) + 1);
        } else if !waits
            && let Some(seconds) = length.take()
            && counts(place)
        {
            counted.ended += 1;
            counted.length_of_ended += seconds;
        }
    }
    counted
}
