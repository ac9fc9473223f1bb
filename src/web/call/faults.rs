//! What machines say is wrong: of one system or of hundreds.

use askama::Template;
use askama_web::WebTemplate;
use axum::extract::{Path, Query, State};
use jiff::Timestamp;
use serde::Deserialize;

use super::super::{
    api::faults::{place, read},
    shell::Shell,
    view::{self, When},
};
use crate::{
    app::App,
    domain::{
        access::{Party, Viewer},
        call::Call,
        number::CallNumber,
    },
    error::{Error, Result},
    store::{
        calls,
        faults::{self, FaultRow, Tally},
    },
};

/// Faults that the page names; programs get all of them.
const SHOWN: i64 = 100;

pub struct FaultsView {
    pub tally: Tally,
    /// How many messages have told of them.
    pub alarms: i64,
    pub rows: Vec<FaultView>,
    /// How many more there are.
    pub more: i64,
}

pub struct FaultView {
    pub serial: Option<String>,
    pub nickname: String,
    pub what: String,
    pub alarms: i64,
    pub flapping: bool,
    pub raised: When,
    pub over: Option<When>,
}

impl FaultsView {
    pub async fn read(app: &App, viewer: &Viewer, call: &Call) -> Result<Option<Self>> {
        let (db, now) = (app.store.reader(), app.clock.now());
        if call.origin != Party::Device {
            return Ok(None);
        }
        let tally = faults::tally(db, &viewer.scope, call.customer_id, call.id).await?;
        if tally.standing + tally.over == 0 {
            return Ok(None);
        }
        let rows = faults::of_call(db, &viewer.scope, (call.customer_id, call.id), None, SHOWN).await?;
        Ok(Some(Self {
            tally,
            alarms: i64::from(call.alarm_count) + tally.untold,
            rows: rows.into_iter().map(|row| FaultView::of(row, now)).collect(),
            more: (tally.standing + tally.over - SHOWN).max(0),
        }))
    }

    /// One system with one fault needs no table.
    pub fn is_many(&self) -> bool {
        self.tally.standing + self.tally.over > 1
    }
}

impl FaultView {
    fn of(row: FaultRow, now: Timestamp) -> Self {
        let at = |at: jiff_sqlx::Timestamp| view::ago(at.to_jiff(), now);
        Self {
            nickname: row.nickname.unwrap_or_else(|| "the site".to_owned()),
            what: [row.component.as_str(), row.summary.as_str()].join(" ").trim().to_owned(),
            serial: row.serial,
            alarms: row.raises,
            flapping: row.flapping,
            raised: at(row.raised_at),
            over: row.over_at.map(at),
        }
    }
}

/// Everything that is wrong on one call, however many systems it has.
#[derive(Template, WebTemplate)]
#[template(path = "calls/faults.html")]
pub struct FaultsPage {
    shell: Shell,
    number: String,
    title: String,
    tally: Tally,
    rows: Vec<FaultView>,
    next: Option<String>,
    later: bool,
}

#[derive(Debug, Default, Deserialize)]
pub struct Wanted {
    #[serde(default)]
    cursor: String,
}

const PAGE: usize = 200;

pub async fn all(
    State(app): State<App>,
    shell: Shell,
    Path(typed): Path<String>,
    Query(Wanted { cursor }): Query<Wanted>,
) -> Result<FaultsPage> {
    let (db, scope) = (app.store.reader(), &shell.viewer()?.scope);
    let number: CallNumber = typed.parse().map_err(|_| Error::NotFound)?;
    let call = calls::find(db, scope, number).await?.call;
    let after = match cursor.as_str() {
        "" => None,
        text => Some(read(text).ok_or_else(|| Error::invalid("cursor", "That is not a place in this list."))?),
    };
    let from = after.as_ref().map(|(over, name)| (*over, name.as_str()));
    let most = i64::try_from(PAGE).unwrap_or(i64::MAX);
    let mut rows = faults::of_call(db, scope, (call.customer_id, call.id), from, most + 1).await?;
    let more = rows.len() > PAGE;
    rows.truncate(PAGE);
    Ok(FaultsPage {
        tally: faults::tally(db, scope, call.customer_id, call.id).await?,
        number: call.number.to_string(),
        title: call.title,
        next: rows.last().filter(|_| more).map(|last| place(last.over_at.is_some(), &last.fingerprint)),
        rows: rows.into_iter().map(|row| FaultView::of(row, app.clock.now())).collect(),
        later: after.is_some(),
        shell,
    })
}
