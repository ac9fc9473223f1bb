//! Time as a promise counts it.
use jiff::{SignedDuration, Timestamp};

use super::ClockKind;
use super::pause::Gap;
use crate::domain::calendar::Calendar;

/// All time, or that of a calendar.
pub(super) enum Meter<'a> {
    Elapsed,
    Hours(&'a Calendar),
}

impl<'a> Meter<'a> {
    pub(super) fn of(clock: ClockKind, site: &'a Calendar, cac: &'a Calendar) -> Self {
        match clock {
            ClockKind::Elapsed => Self::Elapsed,
            ClockKind::SiteCalendar => Self::Hours(site),
            ClockKind::CacCalendar => Self::Hours(cac),
        }
    }

    /// When that much time has run since `start`, gaps not counted; the gaps are in order and apart.
    pub(super) fn due(&self, start: Timestamp, time: SignedDuration, gaps: &[Gap]) -> Option<Timestamp> {
        let mut left = time;
        let mut from = start;
        for gap in gaps {
            let run = self.between(from, gap.from);
            if run >= left {
                break;
            }
            left -= run;
            from = gap.to;
        }
        self.after(from, left)
    }

    fn between(&self, start: Timestamp, end: Timestamp) -> SignedDuration {
        match self {
            Self::Elapsed => end.duration_since(start),
            Self::Hours(calendar) => calendar.between(start, end),
        }
    }

    fn after(&self, start: Timestamp, time: SignedDuration) -> Option<Timestamp> {
        match self {
            Self::Elapsed => start.checked_add(time).ok(),
            Self::Hours(calendar) => calendar.after(start, time),
        }
    }
}
