//! Openings as stretches of real time.
//!
//! Between two changes of a zone's offset, wall time and real time run alike. So the real line is cut
//! at those changes and the week is laid over each piece: a wall time that occurs twice then counts
//! twice, and one that is skipped never, without a rule for either.
use std::iter;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::{Calendar, instant};

pub(super) const MINUTE: i64 = 60_000_000;
pub(super) const DAY: i64 = 1440 * MINUTE;

/// From `start` up to, but not including, `end`, in microseconds since 1970.
#[derive(Debug, Clone, Copy)]
pub(super) struct Stretch {
    pub start: i64,
    pub end: i64,
}

impl Stretch {
    pub fn length(self) -> i64 {
        self.end - self.start
    }

    fn moved(self, by: i64) -> Self {
        Self { start: self.start + by, end: self.end + by }
    }
}

impl Calendar {
    /// Openings that touch [from, until), cut to it, in order; one may begin where another ends.
    pub(super) fn stretches(&self, from: i64, until: i64) -> impl Iterator<Item = Stretch> {
        pieces(&self.zone, from, until).flat_map(|(piece, offset)| {
            let openings = self.on_the_wall(piece.moved(offset));
            openings.map(move |opening| opening.moved(-offset))
        })
    }

    /// The same for wall time, as if no clock were ever changed. Yesterday's shift may reach into the first day.
    fn on_the_wall(&self, wall: Stretch) -> impl Iterator<Item = Stretch> {
        let days = wall.start.div_euclid(DAY) - 1..=(wall.end - 1).div_euclid(DAY);
        let shifts = days.flat_map(|day| self.shifts(day).iter().map(move |p| p.on(day)));
        let mut reached = wall.start;
        shifts.filter_map(move |shift| {
            let start = shift.start.max(reached);
            let end = shift.end.min(wall.end);
            (start < end).then(|| {
                reached = end;
                Stretch { start, end }
            })
        })
    }
}

/// Pieces of [from, until) in which the offset of the zone stays the same, with that offset.
fn pieces(zone: &TimeZone, from: i64, until: i64) -> impl Iterator<Item = (Stretch, i64)> {
    let mut start = from;
    let until = until.min(Timestamp::MAX.as_microsecond());
    iter::from_fn(move || {
        let at = instant(start).filter(|_| start < until)?;
        let offset = i64::from(zone.to_offset(at).seconds()) * 1_000_000;
        let piece = Stretch { start, end: next_jump(zone, at).map_or(until, |jump| jump.min(until)) };
        start = piece.end;
        Some((piece, offset))
    })
}

fn next_jump(zone: &TimeZone, at: Timestamp) -> Option<i64> {
    let change = zone.following(at).next()?;
    Some(change.timestamp().as_microsecond())
}
