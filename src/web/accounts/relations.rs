//! Which partner serves which customer: looked at by both, changed by the house.

use askama::Template;
use askama_web::WebTemplate;
use axum::{
    Form,
    extract::{Path, State},
    response::Redirect,
};
use jiff::{Timestamp, civil::Date, tz::TimeZone};
use serde::Deserialize;
use uuid::Uuid;

use super::super::{fields::Fields, shell::Shell, view};
use crate::{
    actions::{self, WantedRelation},
    app::App,
    domain::{
        access::{HistoryScope, Viewer},
        policy::{Action, Reach, Relation, Resource},
    },
    error::{Error, Result},
    store::relations::{self, RelationRow, Whose},
};

#[derive(Template, WebTemplate)]
#[template(path = "accounts/relations.html")]
pub struct RelationsPage {
    shell: Shell,
    relations: Vec<Line>,
    /// The calendars that a partner may be given.
    calendars: Vec<String>,
    may_change: bool,
    everybody: bool,
}

/// A relation in words.
pub struct Line {
    pub row: RelationRow,
    /// Whose hours the minutes of a review are counted in.
    pub hours: String,
    pub where_: String,
    pub looks_back: String,
    pub from: String,
    pub to: String,
    pub state: &'static str,
}

const MOST: i64 = 500;

/// Whose relations a viewer may look at: everybody's, or those of the own account.
pub fn whose(viewer: &Viewer) -> Result<Whose> {
    match viewer.reach(Action::See, Resource::PartnerRelation) {
        Reach::Nowhere => Err(Error::NotFound),
        Reach::Own => Ok(Whose { partner: Some(viewer.account_id), ..Whose::default() }),
        Reach::Everywhere => Ok(Whose::default()),
    }
}

pub async fn index(State(app): State<App>, shell: Shell) -> Result<RelationsPage> {
    let (viewer, now) = (shell.viewer()?, app.clock.now());
    let whose = whose(viewer)?;
    let rows = relations::list(app.store.reader(), &viewer.scope, whose, now, MOST).await?;
    let relations = rows.into_iter().map(|row| Line::of(row, now)).collect();
    let may_change = viewer.may(Action::Change, Resource::PartnerRelation, Relation::Foreign).is_ok();
    let calendars = calendars(&app);
    Ok(RelationsPage { shell, relations, calendars, may_change, everybody: whose.partner.is_none() })
}

pub fn calendars(app: &App) -> Vec<String> {
    app.reference.now().router.rules().calendars.iter().map(|named| named.name.clone()).collect()
}

impl Line {
    pub fn of(row: RelationRow, now: Timestamp) -> Self {
        let day = |at: jiff_sqlx::Timestamp| view::day(at.to_jiff(), "UTC");
        let looks_back = match (row.history.as_str(), row.history_from) {
            ("all", _) => "everything".to_owned(),
            ("from_date", Some(from)) => format!("from {}", day(from)),
            _ => "only what began under it".to_owned(),
        };
        Self {
            where_: row.site_code.clone().unwrap_or_else(|| "all sites".to_owned()),
            hours: row.calendar.clone().map_or_else(|| "the site's hours".to_owned(), |name| format!("hours {name}")),
            looks_back,
            from: day(row.valid_from),
            to: row.valid_to.map_or_else(|| "on".to_owned(), day),
            state: state(&row, now),
            row,
        }
    }
}

fn state(row: &RelationRow, now: Timestamp) -> &'static str {
    let over = row.valid_to.is_some_and(|to| to.to_jiff() <= now);
    match (over, row.valid_from.to_jiff() <= now) {
        (true, _) => "over",
        (false, true) => "holds",
        (false, false) => "to come",
    }
}

/// What a form or a program says of a new relation; days begin at midnight UTC.
pub fn wanted(fields: &Fields) -> Result<WantedRelation> {
    let minutes = fields.given("accept_minutes").unwrap_or("30").trim();
    let history = fields.given("history").unwrap_or("all");
    Ok(WantedRelation {
        partner: fields.text("partner").trim().to_owned(),
        customer: fields.text("customer").trim().to_owned(),
        site_code: fields.given("site").map(|code| code.trim().to_owned()),
        first_line: fields.is_set("first_line"),
        accept_minutes: minutes.parse().unwrap_or(0),
        history: HistoryScope::from_name(history)
            .ok_or_else(|| Error::invalid("history", "The partner sees all, from a date on, or none of the past."))?,
        history_from: instant(fields, "history_from")?,
        valid_from: instant(fields, "valid_from")?,
        valid_to: instant(fields, "valid_to")?,
    })
}

fn instant(fields: &Fields, name: &str) -> Result<Option<Timestamp>> {
    let Some(text) = fields.given(name).map(str::trim) else { return Ok(None) };
    let day = text.parse::<Date>().ok().and_then(|day| day.to_zoned(TimeZone::UTC).ok());
    let at = text.parse().ok().or_else(|| day.map(|day| day.timestamp()));
    at.map(Some).ok_or_else(|| Error::invalid(name, "That is no day; one is written as in 2026-11-23."))
}

pub async fn end(State(app): State<App>, shell: Shell, Path(id): Path<String>) -> Result<Redirect> {
    let id: Uuid = id.parse().map_err(|_| Error::NotFound)?;
    actions::end_relation(&app.store, shell.viewer()?, id, app.clock.now()).await?;
    Ok(Redirect::to("/admin/relations"))
}

#[derive(Debug, Deserialize)]
pub struct Hours {
    #[serde(default)]
    calendar: String,
}

pub async fn give_hours(
    State(app): State<App>,
    shell: Shell,
    Path(id): Path<String>,
    Form(hours): Form<Hours>,
) -> Result<Redirect> {
    let id: Uuid = id.parse().map_err(|_| Error::NotFound)?;
    let chosen = Some(hours.calendar.trim()).filter(|name| !name.is_empty());
    actions::give_partner_calendar(&app, shell.viewer()?, id, chosen).await?;
    Ok(Redirect::to("/admin/relations"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_begins_at_midnight_and_an_instant_is_itself() {
        let fields = |text: &str| Fields::from(vec![("at".to_owned(), text.to_owned())]);
        let midnight: Timestamp = "2026-11-23T00:00:00Z".parse().unwrap();
        assert_eq!(instant(&fields("2026-11-23"), "at").unwrap(), Some(midnight));
        assert_eq!(instant(&fields("2026-11-23T01:00:00+01:00"), "at").unwrap(), Some(midnight));
        assert_eq!(instant(&fields(" "), "at").unwrap(), None);
        assert!(instant(&fields("tomorrow"), "at").is_err());
    }
}
