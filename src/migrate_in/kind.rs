use jiff::{
    Timestamp, Zoned,
    civil::DateTime,
    tz::{AmbiguousOffset, TimeZone},
};

use super::{Odd, bpi2013, places::SiteWords, source::SourceRow, uci498};
use crate::{
    domain::{call::Status, severity::Severity},
    error::{Error, Result},
};

/// Whose desk the log comes from, which decides what its words mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Kind {
    Uci498,
    Bpi2013,
}

/// Names of the columns that decide something; the rest is only kept. CSV and XES name the same things differently.
pub struct Columns {
    pub number: &'static [&'static str],
    pub time: &'static [&'static str],
    pub status: &'static [&'static str],
    pub team: &'static [&'static str],
    pub severity: &'static [&'static str],
}

/// When a row says that it happened.
#[derive(Debug, Clone, Copy)]
pub struct When {
    pub at: Timestamp,
    /// What rows are ordered by: the log's own clock, because a clock that was put back or forward
    /// must not put the log's rows into another order than its desk saw.
    pub order: i64,
}

impl Kind {
    pub const ALL: [Self; 2] = [Self::Uci498, Self::Bpi2013];

    pub fn name(self) -> &'static str {
        match self {
            Self::Uci498 => "uci498",
            Self::Bpi2013 => "bpi2013",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// The company whose log it is; a log of one company is one customer, however many files it comes in.
    pub fn customer(self) -> &'static str {
        match self {
            Self::Uci498 => "ServiceNow log (UCI 498)",
            Self::Bpi2013 => "Volvo IT incidents (BPI 2013)",
        }
    }

    /// Whether the log's times are local and don't say where.
    pub fn needs_zone(self) -> bool {
        self == Self::Uci498
    }

    /// The zone in which the log's times are read, or why it can't be read without one.
    pub fn zone(self, name: Option<&str>) -> Result<TimeZone> {
        match (self.needs_zone(), name) {
            (true, None) => Err(Error::command(
                "A uci498 log has local times without a zone: say where its desk was, such as --zone Europe/Rome.",
            )),
            (false, None) => Ok(TimeZone::UTC),
            (_, Some(name)) => TimeZone::get(name).map_err(|_| {
                Error::command(format!("“{name}” is no time zone; use an IANA name such as Europe/Rome."))
            }),
        }
    }

    pub fn columns(self) -> &'static Columns {
        match self {
            Self::Uci498 => &uci498::COLUMNS,
            Self::Bpi2013 => &bpi2013::COLUMNS,
        }
    }

    pub fn when(self, row: &SourceRow, zone: &TimeZone) -> (Option<When>, Option<Odd>) {
        let text = row.get(self.columns().time).trim();
        let read = match self {
            Self::Uci498 => uci498::wall_time(text).and_then(|wall| local(wall, zone)),
            Self::Bpi2013 => text.parse().ok().map(|at: Timestamp| (When { at, order: at.as_microsecond() }, None)),
        };
        match read {
            Some((when, odd)) if is_plausible(when.at) => (Some(whole_microseconds(when)), odd),
            _ => (None, Some(Odd::UnreadableTime)),
        }
    }

    /// The status by the mapping table, for a row that does not begin its call; none where the table has no place.
    pub fn status(self, row: &SourceRow) -> Option<Status> {
        match self {
            Self::Uci498 => uci498::status(row),
            Self::Bpi2013 => bpi2013::status(row),
        }
    }

    /// Whether this row, as the first of its call, says that nobody has begun.
    pub fn begins_new(self, row: &SourceRow) -> bool {
        self == Self::Bpi2013 && bpi2013::is_queued(row)
    }

    pub fn severity(self, row: &SourceRow) -> Option<Severity> {
        let word = row.get(self.columns().severity).trim();
        match self {
            Self::Uci498 => uci498::severity(word),
            Self::Bpi2013 => bpi2013::severity(word),
        }
    }

    pub fn title(self, row: &SourceRow) -> String {
        match self {
            Self::Uci498 => uci498::title(row),
            Self::Bpi2013 => bpi2013::title(row),
        }
    }

    pub fn site(self, row: &SourceRow, zone: &TimeZone) -> SiteWords {
        match self {
            Self::Uci498 => uci498::site(row, zone),
            Self::Bpi2013 => bpi2013::site(row),
        }
    }

    pub fn site_oddity(self, row: &SourceRow) -> Option<Odd> {
        (self == Self::Bpi2013 && !bpi2013::has_known_country(row)).then_some(Odd::UnknownCountry)
    }

    pub fn system(self, row: &SourceRow) -> Option<String> {
        match self {
            Self::Uci498 => uci498::system(row),
            Self::Bpi2013 => bpi2013::system(row),
        }
    }

    /// The region in which a team worked on this row, where the log tells.
    pub fn region(self, row: &SourceRow) -> Option<&'static str> {
        match self {
            Self::Uci498 => None,
            Self::Bpi2013 => bpi2013::region(row),
        }
    }
}

/// A time on the wall as an instant. One that was skipped counts as long after the jump as it is after
/// the last moment before it; of one that came twice, the first.
fn local(wall: DateTime, zone: &TimeZone) -> Option<(When, Option<Odd>)> {
    let ambiguous = zone.to_ambiguous_timestamp(wall);
    let odd = match ambiguous.offset() {
        AmbiguousOffset::Unambiguous { .. } => None,
        AmbiguousOffset::Gap { .. } => Some(Odd::SkippedTime),
        AmbiguousOffset::Fold { .. } => Some(Odd::DoubledTime),
    };
    let order = wall.to_zoned(TimeZone::UTC).ok()?.timestamp().as_microsecond();
    Some((When { at: ambiguous.compatible().ok()?, order }, odd))
}

/// No desk kept a log in the year 20 or 9999; the store could not even keep some of those.
fn is_plausible(at: Timestamp) -> bool {
    (1900..2200).contains(&Zoned::new(at, TimeZone::UTC).year())
}

/// The store keeps microseconds, and a call must be the same when it is read back.
fn whole_microseconds(when: When) -> When {
    When { at: Timestamp::from_microsecond(when.at.as_microsecond()).unwrap_or(when.at), ..when }
}
