//! Which part of a history is asked for, by pages, files and programs alike.

use jiff::{Timestamp, civil, tz::TimeZone};
use serde::Deserialize;
use utoipa::IntoParams;

use super::super::{calls::cursor, problem::escape};
use crate::{
    error::{Error, Result},
    store::timeline,
};

#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Wanted {
    /// Only what is of this kind.
    #[serde(default)]
    #[param(pattern = "^(call|alarm|redundancy|silence|maintenance|remote_access|contract)?$")]
    pub kind: String,
    /// The history as it was known at this instant; a time without a zone is the site's.
    #[serde(default)]
    pub as_of: String,
    /// The `next_cursor` of the page before.
    #[serde(default)]
    pub cursor: String,
    /// A file instead of a page: csv, ndjson or xlsx.
    #[serde(default)]
    #[param(ignore)]
    pub format: String,
    #[param(minimum = 1, maximum = 200, default = 50)]
    pub limit: Option<i64>,
}

/// Kinds, as people choose them.
pub const CHOICES: [(&str, &str); 8] = [
    ("", "Everything"),
    ("call", "Calls"),
    ("alarm", "Alarms without a call"),
    ("redundancy", "Redundancy"),
    ("silence", "Silence"),
    ("maintenance", "Maintenance"),
    ("remote_access", "Remote access"),
    ("contract", "Contract"),
];

impl Wanted {
    pub fn asked(&self, zone: &str) -> Result<timeline::Wanted> {
        if !self.kind.is_empty() && !timeline::KINDS.contains(&self.kind.as_str()) {
            let kinds = timeline::KINDS.join(", ");
            return Err(Error::invalid("kind", format!("What happened is of one of these kinds: {kinds}.")));
        }
        Ok(timeline::Wanted {
            kinds: Some(vec![self.kind.clone()]).filter(|_| !self.kind.is_empty()),
            as_of: moment(&self.as_of, zone)?,
            after: Some(self.cursor.as_str()).filter(|text| !text.is_empty()).map(cursor).transpose()?,
        })
    }

    /// What narrows the list, for the addresses of its other pages and files.
    pub fn kept(&self) -> String {
        let fields = [("kind", &self.kind), ("as_of", &self.as_of)];
        let given = fields.iter().filter(|(_, value)| !value.is_empty());
        given.map(|(name, value)| format!("&{name}={}", escape(value))).collect::<Vec<_>>().concat()
    }

    /// The same moment and another kind.
    pub fn with_kind(&self, kind: &str) -> String {
        format!("?{}", Self { kind: kind.to_owned(), ..self.clone() }.kept().trim_start_matches('&'))
    }
}

/// A day is over at its end: what it was on a day is what was known when the day was over.
pub fn moment(text: &str, zone: &str) -> Result<Option<Timestamp>> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    let wrong = || Error::invalid("as_of", "Write a moment as 2026-11-23T14:00:00Z, 2026-11-23T14:00 or 2026-11-23.");
    if let Ok(at) = text.parse::<Timestamp>() {
        return Ok(Some(at));
    }
    let zone = TimeZone::get(zone).unwrap_or(TimeZone::UTC);
    let there = match text.parse::<civil::Date>() {
        Ok(day) if text.len() == 10 => day.tomorrow().map_err(|_| wrong())?.at(0, 0, 0, 0),
        _ => text.parse::<civil::DateTime>().map_err(|_| wrong())?,
    };
    Ok(Some(there.to_zoned(zone).map_err(|_| wrong())?.timestamp()))
}

/// A moment on the clock of the site, as a field for it takes it.
pub fn local(at: Timestamp, zone: &str) -> String {
    at.to_zoned(TimeZone::get(zone).unwrap_or(TimeZone::UTC)).strftime("%Y-%m-%dT%H:%M").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_one_of_the_site() {
        let at = |text: &str| moment(text, "Asia/Tokyo").unwrap().map(|at| at.to_string());
        assert_eq!(at("2026-11-23").as_deref(), Some("2026-11-23T15:00:00Z"));
        assert_eq!(at("2026-11-23T09:30").as_deref(), Some("2026-11-23T00:30:00Z"));
        assert_eq!(at("2026-11-23T09:30:00Z").as_deref(), Some("2026-11-23T09:30:00Z"));
        assert_eq!(at(" "), None);
        for wrong in ["soon", "2026-13-01", "2026"] {
            assert!(moment(wrong, "Asia/Tokyo").is_err(), "{wrong}");
        }
    }
}
