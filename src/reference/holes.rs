//! The holes of some rules, looked for when somebody first asks on a day and remembered until the next.

use std::sync::{Arc, Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp, civil::Date, tz::TimeZone};

use crate::router::{HoleReport, Router};

const YEAR: SignedDuration = SignedDuration::from_hours(24 * 365);

#[derive(Debug, Default)]
pub(super) struct Holes(Mutex<Option<Found>>);

#[derive(Debug)]
struct Found {
    day: Date,
    report: Arc<HoleReport>,
}

impl Holes {
    /// Whoever asks while somebody else looks waits for the same answer.
    pub(super) fn of(&self, router: &Router, now: Timestamp) -> Arc<HoleReport> {
        let day = TimeZone::UTC.to_datetime(now).date();
        let mut found = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(own) = found.as_ref().filter(|own| own.day == day) {
            return own.report.clone();
        }
        let report = Arc::new(router.hole_report(now, now + YEAR));
        *found = Some(Found { day, report: report.clone() });
        report
    }
}
