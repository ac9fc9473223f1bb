//! Which part of the log is asked for, by pages, programs and files alike.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jiff::{Timestamp, ToSpan, civil::Date, tz::TimeZone};
use serde::Deserialize;
use utoipa::IntoParams;
use uuid::Uuid;

use super::super::problem::escape;
use crate::{
    app::App,
    domain::{
        access::Viewer,
        audit::Kind,
        policy::{Action, Reach, Resource},
    },
    error::{Error, Result},
    store::{
        audit::lists::{Filter, Shown},
        people,
    },
};

#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Wanted {
    /// An id or an address.
    #[serde(default)]
    pub person: String,
    #[serde(default)]
    pub kind: String,
    #[serde(default)]
    pub account: String,
    /// A day or an instant; days are those of UTC.
    #[serde(default)]
    pub from: String,
    #[serde(default)]
    pub to: String,
    #[serde(default)]
    pub cursor: String,
    #[param(minimum = 1, maximum = 200, default = 50)]
    pub limit: Option<i64>,
}

impl Wanted {
    /// Administrators of an account read of their own people; who may read nothing is told that there is nothing.
    pub async fn filter(&self, app: &App, viewer: &Viewer) -> Result<Filter> {
        let within = match viewer.reach(Action::See, Resource::Audit) {
            Reach::Everywhere => None,
            Reach::Own => Some(viewer.account_id),
            Reach::Nowhere => return Err(Error::NotFound),
        };
        let kind = Some(self.kind.trim()).filter(|kind| !kind.is_empty());
        if let Some(kind) = kind.filter(|kind| Kind::from_name(kind).is_none()) {
            return Err(Error::invalid("kind", format!("{kind} is no kind of deed.")));
        }
        Ok(Filter {
            within,
            person: person(app, &self.person).await?,
            kind: kind.map(str::to_owned),
            account: uuid("account", &self.account)?,
            from: instant("from", &self.from, 0)?,
            to: instant("to", &self.to, 1)?,
        })
    }

    pub fn before(&self) -> Result<Option<(Timestamp, Uuid)>> {
        if self.cursor.is_empty() {
            return Ok(None);
        }
        let read = || {
            let plain = String::from_utf8(URL_SAFE_NO_PAD.decode(&self.cursor).ok()?).ok()?;
            let (at, id) = plain.split_once('/')?;
            Some((Timestamp::from_microsecond(at.parse().ok()?).ok()?, id.parse().ok()?))
        };
        let wrong = || Error::invalid("cursor", "That is not a place in this list; begin at its first page.");
        read().map(Some).ok_or_else(wrong)
    }

    /// What narrows the list, for the addresses of its other pages and its file.
    pub fn kept(&self) -> String {
        let fields = [
            ("person", &self.person),
            ("kind", &self.kind),
            ("account", &self.account),
            ("from", &self.from),
            ("to", &self.to),
        ];
        let given = fields.iter().filter(|(_, value)| !value.is_empty());
        let parts: Vec<_> = given.map(|(name, value)| format!("&{name}={}", escape(value))).collect();
        parts.concat()
    }
}

/// An address that nobody has is somebody of whom there is nothing.
async fn person(app: &App, text: &str) -> Result<Option<Uuid>> {
    let text = text.trim();
    match text.parse() {
        _ if text.is_empty() => Ok(None),
        Ok(id) => Ok(Some(id)),
        Err(_) => Ok(Some(people::by_address(app.store.reader(), text).await?.unwrap_or(Uuid::nil()))),
    }
}

fn uuid(field: &str, text: &str) -> Result<Option<Uuid>> {
    match text.trim() {
        "" => Ok(None),
        text => text.parse().map(Some).map_err(|_| Error::invalid(field, "That is no id.")),
    }
}

/// The end of a range of days is the end of its last day.
fn instant(field: &str, text: &str, days: i64) -> Result<Option<Timestamp>> {
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
    Ok(Some(day.to_zoned(TimeZone::UTC).map_err(|_| wrong())?.timestamp()))
}

/// One row more than the page was asked for: it is not shown, but says that there is a next page.
pub fn page(mut rows: Vec<Shown>, size: i64) -> (Vec<Shown>, Option<String>) {
    let size = usize::try_from(size).unwrap_or(0);
    let more = rows.len() > size;
    rows.truncate(size);
    let place = |last: &Shown| format!("{}/{}", last.at.to_jiff().as_microsecond(), last.id);
    let next = rows.last().filter(|_| more).map(|last| URL_SAFE_NO_PAD.encode(place(last)));
    (rows, next)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_of_days_ends_with_its_last_day() {
        let at = |text: &str, days| instant("to", text, days).unwrap().map(|at| at.to_string());
        assert_eq!(at("2026-11-23", 0).as_deref(), Some("2026-11-23T00:00:00Z"));
        assert_eq!(at("2026-11-23", 1).as_deref(), Some("2026-11-24T00:00:00Z"));
        assert_eq!(at("2026-11-23T14:00:00Z", 1).as_deref(), Some("2026-11-23T14:00:00Z"));
        assert_eq!(at("  ", 1), None);
        for wrong in ["yesterday", "2026-13-01", "9999-12-31"] {
            assert!(instant("to", wrong, 1).is_err(), "{wrong}");
        }
    }
}
