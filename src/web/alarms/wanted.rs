//! Which messages are asked for, by pages and programs alike.

use jiff::{Timestamp, ToSpan, civil::Date, tz::TimeZone};
use serde::Deserialize;
use utoipa::IntoParams;

use super::super::{problem::escape, systems::plain};
use crate::{
    domain::alarm::Disposition,
    error::{Error, Result},
    store::{alarms::searched::Sought, calls},
};

pub const SEVERITIES: [&str; 5] = ["critical", "error", "warning", "info", "unknown"];

#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Wanted {
    /// Part of what a message says, of its code or of its component.
    #[serde(default)]
    pub q: String,
    #[serde(default)]
    pub code: String,
    /// A component and everything below it: `11` finds `11/2`.
    #[serde(default)]
    pub component: String,
    /// What became of it, such as `folded`.
    #[serde(default)]
    pub disposition: String,
    /// As the machine said it: critical, error, warning, info or unknown.
    #[serde(default)]
    pub severity: String,
    /// Heard on this day of the site or later; or an instant.
    #[serde(default)]
    pub from: String,
    /// Heard on this day of the site or before; or an instant.
    #[serde(default)]
    pub to: String,
    /// The `next_cursor` of the page before.
    #[serde(default)]
    pub cursor: String,
    #[param(minimum = 1, maximum = 200, default = 50)]
    pub limit: Option<i64>,
}

impl Wanted {
    pub fn sought(&self, zone: &str) -> Result<Sought> {
        let text = |text: &str| Some(plain(text)).filter(|text| !text.is_empty());
        let known = |field: &str, value: Option<String>, names: &[&str]| match value {
            Some(value) if !names.contains(&value.as_str()) => {
                Err(Error::invalid(field, format!("This is one of {}.", names.join(", "))))
            }
            value => Ok(value),
        };
        Ok(Sought {
            words: text(&self.q).map(|words| calls::like(&words)),
            code: text(&self.code),
            component: text(&self.component),
            disposition: known("disposition", text(&self.disposition), &Disposition::ALL.map(Disposition::name))?,
            severity: known("severity", text(&self.severity), &SEVERITIES)?,
            from: instant("from", &self.from, zone, 0)?,
            to: instant("to", &self.to, zone, 1)?,
        })
    }

    /// What narrows the list, for the addresses of its other pages.
    pub fn kept(&self) -> String {
        let fields = [
            ("q", &self.q),
            ("code", &self.code),
            ("component", &self.component),
            ("disposition", &self.disposition),
            ("severity", &self.severity),
            ("from", &self.from),
            ("to", &self.to),
        ];
        let given = fields.iter().filter(|(_, value)| !value.is_empty());
        given.map(|(name, value)| format!("&{name}={}", escape(value))).collect::<Vec<_>>().concat()
    }
}

/// A day is a day of the site; the end of a range of days is the end of its last day.
fn instant(field: &str, text: &str, zone: &str, days: i64) -> Result<Option<Timestamp>> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    let wrong = || Error::invalid(field, "Write a day as 2026-11-23, or an instant as 2026-11-23T14:00:00Z.");
    if let Ok(at) = text.parse::<Timestamp>() {
        return Ok(Some(at));
    }
    let day = text.parse::<Date>().map_err(|_| wrong())?;
    let day = day.checked_add(days.days()).map_err(|_| wrong())?;
    let zone = TimeZone::get(zone).unwrap_or(TimeZone::UTC);
    Ok(Some(day.to_zoned(zone).map_err(|_| wrong())?.timestamp()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_a_day_of_the_site() {
        let at = |text: &str, days| instant("to", text, "Asia/Tokyo", days).unwrap().map(|at| at.to_string());
        assert_eq!(at("2026-11-23", 0).as_deref(), Some("2026-11-22T15:00:00Z"));
        assert_eq!(at("2026-11-23", 1).as_deref(), Some("2026-11-23T15:00:00Z"));
        assert_eq!(at("2026-11-23T14:00:00Z", 1).as_deref(), Some("2026-11-23T14:00:00Z"));
        assert_eq!(at(" ", 1), None);
        assert!(instant("to", "soon", "Asia/Tokyo", 1).is_err());
    }

    #[test]
    fn what_is_no_disposition_or_severity_is_refused() {
        let wanted = |disposition: &str, severity: &str| Wanted {
            disposition: disposition.to_owned(),
            severity: severity.to_owned(),
            ..Wanted::default()
        };
        assert!(wanted("folded", "critical").sought("UTC").is_ok());
        assert!(wanted("lost", "").sought("UTC").is_err());
        assert!(wanted("", "loud").sought("UTC").is_err());
    }
}
