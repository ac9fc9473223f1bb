//! Which promises of open calls move if hours or holidays change, before anybody follows the change.

use jiff::Timestamp;

use super::Reference;
use crate::{
    domain::{
        calendar::Calendar,
        number::CallNumber,
        objective::{Clock, ClockState, Kind},
        severity::Severity,
    },
    error::Result,
    store::calls::CallDetail,
};

/// A promise of an open call that would fall due at another time.
#[derive(Debug, Clone)]
pub struct Amendment {
    pub number: CallNumber,
    pub title: String,
    pub severity: Severity,
    pub site_name: String,
    pub time_zone: String,
    pub kind: Kind,
    /// None is never: no working time within ten years.
    pub old: Option<Timestamp>,
    pub new: Option<Timestamp>,
    /// It is kept now and would be broken by the change itself.
    pub missed_at_once: bool,
}

impl Amendment {
    pub fn is_later(&self) -> bool {
        self.new.unwrap_or(Timestamp::MAX) > self.old.unwrap_or(Timestamp::MAX)
    }
}

/// Every promise that moves, those that would be missed first, then by what is due next: the same calls as they are
/// and as they would be.
pub fn amendments(
    (before, after): (&Reference, &Reference),
    calls: &[CallDetail],
    changed: &[CallDetail],
    now: Timestamp,
) -> Result<Vec<Amendment>> {
    let mut moved = Vec::new();
    for (old, new) in calls.iter().zip(changed) {
        moved.extend(of_call((before, old), (after, new), now)?);
    }
    moved.sort_by_key(|one| (!one.missed_at_once, one.new.unwrap_or(Timestamp::MAX), one.number.serial()));
    Ok(moved)
}

type Side<'a> = (&'a Reference, &'a CallDetail);

fn of_call(before: Side<'_>, after: Side<'_>, now: Timestamp) -> Result<Vec<Amendment>> {
    let clocks = |(reference, detail): Side<'_>| -> Result<Vec<Clock>> {
        let site = site_of(reference, detail)?;
        Ok(reference.clocks(&detail.call, &site, now))
    };
    let detail = before.1;
    let (old, new) = (clocks(before)?, clocks(after)?);
    let is_on = |clock: &Clock| clock.met_at.is_none() && clock.ended_at.is_none();
    let pairs = old.iter().filter(|clock| is_on(clock)).filter_map(|old| {
        let new = new.iter().find(|new| new.kind == old.kind)?;
        (old.due_at != new.due_at).then(|| amendment(detail, old, new))
    });
    Ok(pairs.collect())
}

fn site_of(reference: &Reference, detail: &CallDetail) -> Result<Calendar> {
    let place = &detail.place;
    reference.site_calendar(place.site_calendar.as_deref(), &place.time_zone, &place.country)
}

fn amendment(detail: &CallDetail, old: &Clock, new: &Clock) -> Amendment {
    Amendment {
        number: detail.call.number,
        title: detail.call.title.clone(),
        severity: detail.call.severity,
        site_name: detail.place.site_name.clone(),
        time_zone: detail.place.time_zone.clone(),
        kind: old.kind,
        old: old.due_at,
        new: new.due_at,
        missed_at_once: old.state != ClockState::Missed && new.state == ClockState::Missed,
    }
}
