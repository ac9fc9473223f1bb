//! What people ask a calendar about time.
use jiff::{SignedDuration, Timestamp};

use super::stretch::{DAY, MINUTE, Stretch};
use super::{Calendar, Period, instant};

/// How far anybody looks ahead: ten years without an opening is never (rules, section 6).
const HORIZON: i64 = 3653 * DAY;

impl Calendar {
    pub fn is_open(&self, at: Timestamp) -> bool {
        let from = at.as_microsecond();
        self.stretches(from, from + 1).next().is_some()
    }

    /// The first open instant from `at` on, which is `at` itself during an opening.
    pub fn next_open(&self, at: Timestamp) -> Option<Timestamp> {
        let from = at.as_microsecond();
        instant(self.stretches(from, from + HORIZON).next()?.start)
    }

    /// The end of the opening that runs at `at`; none if it is closed, or never closes.
    pub fn open_until(&self, at: Timestamp) -> Option<Timestamp> {
        let from = at.as_microsecond();
        let until = from + HORIZON;
        let mut end = from;
        for opening in self.stretches(from, until) {
            if opening.start > end {
                break;
            }
            end = opening.end;
        }
        instant(end).filter(|_| end > from && end < until)
    }

    /// The next instant at which `is_open` answers otherwise.
    pub fn next_change(&self, at: Timestamp) -> Option<Timestamp> {
        if self.is_open(at) { self.open_until(at) } else { self.next_open(at) }
    }

    /// The opening that runs at `at`, as it stands in the week.
    pub fn hours_at(&self, at: Timestamp) -> Option<Period> {
        let offset = i64::from(self.zone.to_offset(at).seconds());
        let wall = at.as_microsecond() + offset * MINUTE / 60;
        let today = wall.div_euclid(DAY);
        (today - 1..=today)
            .flat_map(|day| self.shifts(day).iter().map(move |p| (p, p.on(day))))
            .find(|(_, shift)| shift.start <= wall && wall < shift.end)
            .map(|(period, _)| *period)
    }

    pub fn is_holiday(&self, at: Timestamp) -> bool {
        self.holidays.contains(&self.zone.to_datetime(at).date())
    }

    /// Working time that passes from `start` to `end`; none if they are the wrong way round.
    pub fn between(&self, start: Timestamp, end: Timestamp) -> SignedDuration {
        let stretches = self.stretches(start.as_microsecond(), end.as_microsecond());
        SignedDuration::from_micros(stretches.map(Stretch::length).sum())
    }

    pub fn seconds_between(&self, start: Timestamp, end: Timestamp) -> i64 {
        self.between(start, end).as_secs()
    }

    /// Whole minutes of working time, rounded down.
    pub fn minutes_between(&self, start: Timestamp, end: Timestamp) -> i64 {
        self.between(start, end).as_mins()
    }

    /// The first instant at which that many working minutes have passed since `start`.
    pub fn due(&self, start: Timestamp, minutes: i64) -> Option<Timestamp> {
        self.after(start, SignedDuration::from_secs(minutes.checked_mul(60)?))
    }

    /// As `due`, for any working time; none where ten years pass without any.
    pub fn after(&self, start: Timestamp, work: SignedDuration) -> Option<Timestamp> {
        let mut left = i64::try_from(work.as_micros()).ok()?;
        let mut from = start.as_microsecond();
        if left <= 0 {
            return Some(start);
        }
        loop {
            let before = left;
            for opening in self.stretches(from, from + HORIZON) {
                if opening.length() >= left {
                    return instant(opening.start + left);
                }
                left -= opening.length();
            }
            if left == before {
                return None;
            }
            from += HORIZON;
        }
    }
}
