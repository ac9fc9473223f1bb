//! Maintenance windows of the sites that a transaction hears of.

use std::collections::HashMap;

use jiff::{SignedDuration, Timestamp};
use sqlx::PgConnection;

use super::batch::{FaultName, Item, Site};
use crate::{
    domain::{
        alarm::{Alarm, Kind},
        fault::Place,
        maintenance::{LATE, Placed, suppresses},
    },
    error::Result,
    store::maintenance,
};

/// What is later than this is judged as if no window had been: clocks that were never set would ask for all of them.
const OLDEST: SignedDuration = SignedDuration::from_hours(31 * 24);

#[derive(Default)]
pub struct Windows {
    of_sites: HashMap<Site, Vec<Placed>>,
    /// Until when faults stood at most, by what comes with the same transaction.
    ends: HashMap<FaultName, Timestamp>,
    /// The latest end of each that has been taken already.
    taken: HashMap<FaultName, Timestamp>,
}

impl Windows {
    /// One question for all of them, and as far back as the oldest of the messages goes.
    pub async fn load(tx: &mut PgConnection, faulty: &[(Item<'_>, Place)], now: Timestamp) -> Result<Self> {
        let mut sites: Vec<Site> = faulty.iter().map(|(_, place)| (place.customer_id, place.site_id)).collect();
        sites.sort_unstable();
        sites.dedup();
        let (customers, ids): (Vec<_>, Vec<_>) = sites.into_iter().unzip();
        let since = faulty.iter().map(|(item, _)| item.alarm.occurred_at).min().unwrap_or(now).max(now - OLDEST);
        let mut windows = Self::default();
        for (customer, site, placed) in maintenance::around(tx, &customers, &ids, since.min(now)).await? {
            windows.of_sites.entry((customer, site)).or_default().push(placed);
        }
        if !windows.of_sites.is_empty() {
            windows.note_ends(faulty, now);
        }
        Ok(windows)
    }

    /// What comes late often brings its own end along.
    fn note_ends(&mut self, faulty: &[(Item<'_>, Place)], now: Timestamp) {
        for (item, place) in faulty.iter().filter(|(item, _)| item.alarm.kind == Kind::Cleared) {
            let at = item.alarm.occurred_at;
            if now.duration_since(at) > LATE {
                let end = self.ends.entry((place.customer_id, place.fingerprint(item.alarm))).or_insert(at);
                *end = at.max(*end);
            }
        }
    }

    /// What comes after its end and was said in the same instant may stand again.
    pub fn hears_of_end(&self, alarm: &Alarm, name: &FaultName) -> bool {
        let Some(end) = self.ends.get(name) else { return false };
        alarm.occurred_at < *end || (alarm.occurred_at == *end && self.taken.get(name) != Some(end))
    }

    /// Most of what is late comes before its end; some senders turn the two around.
    pub fn note_taken(&mut self, alarm: &Alarm, name: &FaultName) {
        if alarm.kind == Kind::Cleared && !self.of_sites.is_empty() {
            let end = self.taken.entry(name.clone()).or_insert(alarm.occurred_at);
            *end = alarm.occurred_at.max(*end);
        }
    }

    /// The end that was taken already, where this message is of before it.
    pub fn end_before(&self, alarm: &Alarm, name: &FaultName) -> Option<Timestamp> {
        self.taken.get(name).copied().filter(|end| alarm.occurred_at < *end)
    }

    pub fn suppress(&self, alarm: &Alarm, place: Place, now: Timestamp, is_over: bool) -> bool {
        let own = self.of_sites.get(&(place.customer_id, place.site_id));
        own.is_some_and(|own| suppresses(own, place.system_id, alarm.occurred_at, now, is_over))
    }
}
