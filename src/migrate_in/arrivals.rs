use std::path::Path;

use jiff::Timestamp;

use super::{Kind, countries::NOWHERE, log::Case, log::Log};
use crate::{domain::severity::Severity, error::Result};

/// How a call of a log began, for those who would have given it to somebody else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arrival {
    pub number: String,
    /// None where the log's time can't be read.
    pub at: Option<Timestamp>,
    pub severity: Severity,
    /// Region and time zone of the team that had it first; none where the log names no place.
    pub place: Option<(&'static str, String)>,
}

/// The first row of every call.
pub fn arrivals(kind: Kind, file: &Path, zone: Option<&str>) -> Result<Vec<Arrival>> {
    let log = Log::read(kind, file, &kind.zone(zone)?)?;
    Ok(log.cases.into_iter().filter_map(|case| arrival(kind, case)).collect())
}

/// A log that names no country was read in a zone that somebody named, which is a place.
fn arrival(kind: Kind, case: Case) -> Option<Arrival> {
    let first = case.rows.first()?;
    let known = kind.needs_zone() || case.site.country != NOWHERE;
    Some(Arrival {
        at: first.when.map(|when| when.at),
        severity: first.severity,
        place: known.then_some((case.site.region, case.site.zone)),
        number: case.number,
    })
}
