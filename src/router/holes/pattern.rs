//! Holes as a person reads them: what comes back every week is one line.
use std::collections::BTreeMap;
use std::fmt;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::Hole;
use crate::domain::severity::Severity;

const WEEK: i64 = 7 * 86_400;
/// A hole that comes back less often belongs to holidays or to the weeks in which clocks change.
const EVERY_WEEK: usize = 4;

/// Holes that begin and end at the same times of the week, in every region that has them all.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HolePattern {
    pub regions: Vec<String>,
    pub severities: Vec<Severity>,
    pub why: String,
    /// Such as `every Sat 01:00 – Sun 23:00 UTC`, or the days of one that comes once.
    pub when: String,
    pub times: usize,
    pub first: Timestamp,
    /// When the last one begins.
    pub last: Timestamp,
    /// How long each of them lasts.
    pub minutes: i64,
}

/// All the holes of a stretch of time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HoleReport {
    pub from: Timestamp,
    pub until: Timestamp,
    /// What comes back week after week, the most frequent first.
    pub patterns: Vec<HolePattern>,
    /// Holidays, and weeks in which clocks change, in the order of time.
    pub exceptions: Vec<HolePattern>,
    pub regions: Vec<RegionHoles>,
}

/// How long calls of a region find nobody; a minute counts once, whatever the severities.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RegionHoles {
    pub region: String,
    pub minutes: i64,
    pub minutes_a_week: i64,
}

/// Severities, reason, when in the week, and how long.
type Kind = (Vec<Severity>, String, i64, SignedDuration);

impl HoleReport {
    pub(super) fn of(holes: &[Hole], from: Timestamp, until: Timestamp) -> Self {
        let lines = lines(holes);
        let (mut patterns, mut exceptions): (Vec<_>, Vec<_>) = lines.into_iter().partition(|l| l.times >= EVERY_WEEK);
        patterns.sort_by_key(|line| (std::cmp::Reverse(line.times), line.first));
        exceptions.sort_by_key(|line| line.first);
        Self { from, until, patterns, exceptions, regions: sums(holes, until.duration_since(from)) }
    }

    pub fn is_empty(&self) -> bool {
        self.patterns.is_empty() && self.exceptions.is_empty()
    }
}

fn lines(holes: &[Hole]) -> Vec<HolePattern> {
    let mut starts: BTreeMap<(&str, Kind), Vec<Timestamp>> = BTreeMap::new();
    for hole in holes {
        starts.entry((&hole.region, kind(hole))).or_default().push(hole.from);
    }
    let mut regions: BTreeMap<(Kind, Vec<Timestamp>), Vec<String>> = BTreeMap::new();
    for ((region, kind), starts) in starts {
        regions.entry((kind, starts)).or_default().push(region.to_owned());
    }
    regions.into_iter().filter_map(|((kind, starts), regions)| line(kind, &starts, regions)).collect()
}

fn kind(hole: &Hole) -> Kind {
    let in_week = hole.from.as_second().rem_euclid(WEEK);
    (hole.severities.clone(), hole.why.clone(), in_week, hole.until.duration_since(hole.from))
}

fn line(kind: Kind, starts: &[Timestamp], regions: Vec<String>) -> Option<HolePattern> {
    let (severities, why, _, length) = kind;
    let (first, last) = (*starts.first()?, *starts.last()?);
    Some(HolePattern {
        regions,
        severities,
        why,
        when: when(first, first.checked_add(length).ok()?, starts.len()),
        times: starts.len(),
        first,
        last,
        minutes: length.as_mins(),
    })
}

fn when(from: Timestamp, until: Timestamp, times: usize) -> String {
    let date = "%a %-d %b %Y %H:%M";
    let (prefix, format) = match times {
        1 => ("", date),
        2..EVERY_WEEK => ("", "%a %H:%M"),
        _ => ("every ", "%a %H:%M"),
    };
    let (from, until) = (TimeZone::UTC.to_datetime(from), TimeZone::UTC.to_datetime(until));
    format!("{prefix}{} – {} UTC", from.strftime(format), until.strftime(format))
}

fn sums(holes: &[Hole], span: SignedDuration) -> Vec<RegionHoles> {
    let regions = holes.chunk_by(|a, b| a.region == b.region);
    let weeks = span.as_mins().max(1);
    let sum = |holes: &[Hole]| {
        let minutes = covered(holes).as_mins();
        let minutes_a_week = minutes * (WEEK / 60) / weeks;
        RegionHoles { region: holes[0].region.clone(), minutes, minutes_a_week }
    };
    regions.map(sum).collect()
}

/// Holes of several severities may overlap; they are in the order of their beginnings.
fn covered(holes: &[Hole]) -> SignedDuration {
    let mut reached = Timestamp::MIN;
    let mut sum = SignedDuration::ZERO;
    for hole in holes {
        let from = hole.from.max(reached);
        if from < hole.until {
            sum += hole.until.duration_since(from);
            reached = hole.until;
        }
    }
    sum
}

impl fmt::Display for HolePattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let severities: Vec<_> = self.severities.iter().map(|s| s.number().to_string()).collect();
        write!(f, "{}, severity {}: {}", self.regions.join(", "), severities.join(", "), self.when)?;
        if self.times > 1 {
            let day = |at| TimeZone::UTC.to_datetime(at).strftime("%-d %b %Y").to_string();
            write!(f, ", {} times from {} to {}", self.times, day(self.first), day(self.last))?;
        }
        write!(f, " ({})", self.why)
    }
}
