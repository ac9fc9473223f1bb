//! One instant for everybody whom a call concerns: the reader, the site, the CAC.

use jiff::{Timestamp, tz::TimeZone};

use super::view;
use crate::{
    domain::{access::Viewer, call::Call},
    reference::Reference,
    store::calls::Place,
};

/// Zones with whose they are, the reader's first.
pub struct Zones {
    zones: Vec<(String, String)>,
    /// The reader has chosen none: a script of the page may put their browser's first.
    pub may_guess: bool,
}

impl Zones {
    pub fn of(viewer: &Viewer, reference: &Reference, call: &Call, place: &Place) -> Self {
        let mut zones = Vec::new();
        let mut put = |zone: &str, whose: String| zones.push((zone.to_owned(), whose));
        if let Some(own) = &viewer.time_zone {
            put(own, format!("{}, your time", view::city(own)));
        }
        put(&place.time_zone, format!("{}, the site", view::city(&place.time_zone)));
        if let Some(cac) = reference.cac_calendar(&call.queue) {
            put(cac.zone_name(), format!("{}, {}", cac.place(), reference.cac_of(&call.queue).unwrap_or("the CAC")));
        }
        Self { zones, may_guess: viewer.time_zone.is_none() }
    }

    /// What stands first for this reader.
    pub fn first(&self) -> &str {
        self.zones.first().map_or("UTC", |(zone, _)| zone)
    }

    /// The zones for a script that compares them with its own.
    pub fn names(&self) -> String {
        self.zones.iter().map(|(zone, _)| zone.as_str()).collect::<Vec<_>>().join(" ")
    }

    /// The instant on each clock that differs from those before it.
    pub fn times(&self, at: Timestamp, now: Timestamp) -> Vec<String> {
        let offset = |zone: &str| TimeZone::get(zone).unwrap_or(TimeZone::UTC).to_offset(at);
        let mut seen = Vec::new();
        let mut times = Vec::new();
        for (zone, whose) in &self.zones {
            if !seen.contains(&offset(zone)) {
                seen.push(offset(zone));
                times.push(format!("{} {whose}", view::ahead_at_place(at, zone, now)));
            }
        }
        times
    }
}
