//! Figures and stretches of a report, in words.

use jiff::{SignedDuration, Timestamp, tz::TimeZone};

use super::super::view::{self, When};
use crate::{
    domain::{
        availability::{Evidence, Fact, Figures, Interval, Period, Redundancy, Report, Says, Standing, State},
        number::CallNumber,
    },
    store::availability::UNSEEN,
};

/// What a period comes to.
pub struct FiguresView {
    pub availability: String,
    pub service_time: String,
    pub downtime: String,
    pub outages: String,
    pub mttr: Option<String>,
    pub mtbf: Option<String>,
    pub exposure: String,
    pub unheard: String,
    pub planned: String,
    pub excluded: String,
    pub disputed: Option<String>,
}

impl From<&Figures> for FiguresView {
    fn from(figures: &Figures) -> Self {
        let is_some = |length: &SignedDuration| length.is_positive();
        Self {
            availability: figures.availability().map_or_else(|| "no time in service".to_owned(), |a| a.to_string()),
            service_time: exact(figures.service_time()),
            downtime: exact(figures.downtime),
            outages: if figures.outages == 1 { "1 outage".to_owned() } else { format!("{} outages", figures.outages) },
            mttr: figures.mttr().map(exact),
            mtbf: figures.mtbf().map(exact),
            exposure: exact(figures.exposure),
            unheard: exact(figures.unheard),
            planned: exact(figures.planned),
            excluded: exact(figures.excluded),
            disputed: Some(figures.disputed).filter(is_some).map(exact),
        }
    }
}

/// With its day, also where that is today: a report is read on another day, and on paper.
pub fn dated(at: Timestamp, zone: &str) -> When {
    let there = at.to_zoned(TimeZone::get(zone).unwrap_or(TimeZone::UTC));
    When { iso: view::iso(at), words: there.strftime("%-d %b %Y %H:%M").to_string() }
}

/// To the second where that is a part of it that matters.
pub fn exact(length: SignedDuration) -> String {
    let seconds = length.as_secs();
    match (seconds / 3_600, seconds % 60) {
        _ if length.is_zero() => "none".to_owned(),
        (0, _) if seconds == 0 => "under a second".to_owned(),
        (0, rest) if seconds < 60 => format!("{rest} s"),
        (0, rest) if rest > 0 => format!("{} min {rest} s", seconds / 60),
        (hours, _) if hours >= 24 => {
            let rest = SignedDuration::from_secs(seconds % 86_400);
            let days = format!("{} d", seconds / 86_400);
            if rest.as_mins() > 0 { format!("{days} {}", view::span(rest)) } else { days }
        }
        _ => view::span(length),
    }
}

/// A stretch in which something was not as it should be, and everything that is known of it.
pub struct Line {
    pub from: When,
    pub to: When,
    pub lasted: String,
    pub class: &'static str,
    pub state: &'static str,
    pub because: Vec<Proof>,
    pub disputed: bool,
}

/// A piece of evidence, and where it is to be read.
pub struct Proof {
    pub words: String,
    pub href: Option<String>,
}

impl Line {
    pub fn all(report: &Report, zone: &str) -> Vec<Self> {
        let told = report.intervals.iter().filter(|interval| is_told(interval));
        told.map(|interval| Self::of(interval, zone)).collect()
    }

    fn of(interval: &Interval, zone: &str) -> Self {
        let Period { from, to } = interval.during;
        Self {
            from: dated(from, zone),
            to: dated(to, zone),
            lasted: exact(interval.during.length()),
            class: class(interval.state),
            state: words(interval.state),
            because: interval.evidence().filter_map(proof).collect(),
            disputed: interval.is_disputed(),
        }
    }
}

/// That all was well for an hour between two faults is to be seen in the picture.
fn is_told(interval: &Interval) -> bool {
    interval.state != State::Up || interval.is_disputed() || interval.evidence().any(|one| proof(one).is_some())
}

pub fn class(state: State) -> &'static str {
    match state {
        State::Up => "ok",
        State::Unheard => "silent",
        State::Exposed => "simplex",
        State::Outage => "outage",
        State::Planned => "planned",
        State::Excluded => "excluded",
    }
}

pub fn words(state: State) -> &'static str {
    match state {
        State::Up => "up",
        State::Unheard => "up, not heard",
        State::Exposed => "up, without redundancy",
        State::Outage => "down",
        State::Planned => "planned",
        State::Excluded => "excluded",
    }
}

fn proof(evidence: &Evidence) -> Option<Proof> {
    let call = |said: &str, number: Option<i64>| {
        let number = number.filter(|number| *number != UNSEEN).map(|n| CallNumber::from_serial(n).to_string());
        let href = number.as_ref().map(|number| format!("/calls/{number}"));
        let words = number.map_or_else(|| said.to_owned(), |number| format!("{said}, {number}"));
        Some(Proof { words, href })
    };
    match &evidence.fact {
        Fact::Redundancy { state: Redundancy::Duplex, .. } => None,
        Fact::Redundancy { state: Redundancy::Simplex, call: number, .. } => call("without redundancy", *number),
        Fact::Redundancy { state: Redundancy::Down, call: number, .. } => call("down by its alarms", *number),
        Fact::Critical { call: number, .. } => call("critical call", Some(*number)),
        Fact::Silence { call: number, .. } => call("silence", *number),
        Fact::Work { window, title, .. } => {
            Some(Proof { words: format!("maintenance: {title}"), href: Some(format!("/maintenance-windows/{window}")) })
        }
        Fact::Annotated(annotation) => {
            let standing = match annotation.standing() {
                Standing::Proposed => "disputed",
                Standing::Accepted => "agreed",
                Standing::Rejected => "not agreed",
            };
            let words = format!("{standing} to be {}: {}", says(annotation.says), annotation.why);
            Some(Proof { words, href: Some("#disputes".to_owned()) })
        }
    }
}

pub fn says(says: Says) -> &'static str {
    match says {
        Says::Up => "up",
        Says::Outage => "down",
        Says::Excluded => "excluded",
    }
}

/// A part of the picture of a month that is a thousand units wide.
pub struct Bar {
    pub class: &'static str,
    pub x: String,
    pub width: String,
    pub label: String,
}

const WIDE: f64 = 1000.0;
/// What is shorter would not be seen.
const LEAST: f64 = 2.0;

impl Bar {
    pub fn all(report: &Report, month: Period, zone: &str) -> Vec<Self> {
        let whole = month.length().as_secs_f64().max(1.0);
        let at = |at: Timestamp| at.duration_since(month.from).as_secs_f64() / whole * WIDE;
        let covered = Self {
            class: "ok",
            x: format!("{:.2}", at(report.covered.from)),
            width: format!("{:.2}", at(report.covered.to) - at(report.covered.from)),
            label: String::new(),
        };
        let told = report.intervals.iter().filter(|interval| interval.state != State::Up).map(|interval| {
            let (from, to) = (at(interval.during.from), at(interval.during.to));
            let since = dated(interval.during.from, zone).words;
            Self {
                class: class(interval.state),
                x: format!("{from:.2}"),
                width: format!("{:.2}", (to - from).max(LEAST).min(WIDE - from)),
                label: format!("{since}: {} for {}", words(interval.state), exact(interval.during.length())),
            }
        });
        std::iter::once(covered).chain(told).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_length_is_told_to_the_second_where_it_is_short() {
        for (seconds, told) in [
            (0, "none"),
            (47, "47 s"),
            (60, "1 min"),
            (2_832, "47 min 12 s"),
            (7_265, "2 h 01 min"),
            (864_000, "10 d"),
            (2_586_600, "29 d 22 h 30 min"),
        ] {
            assert_eq!(exact(SignedDuration::from_secs(seconds)), told);
        }
        assert_eq!(exact(SignedDuration::from_millis(3)), "under a second");
    }
}
