//! A history that somebody takes away, whole.

use axum::{body::Body, response::Response};
use futures_util::stream;
use jiff::Timestamp;

use super::super::{
    alarms::Place,
    table::{self, Kind},
};
use crate::{
    actions,
    app::App,
    domain::access::{Scope, Viewer},
    error::{Error, Result},
    store::{
        calls::Cursor,
        timeline::{self, Happening, Wanted},
    },
};

const COLUMNS: [&str; 10] = ["at", "kind", "system", "call", "severity", "state", "what", "until", "outcome", "alarms"];
const AT_ONCE: i64 = 1_000;
/// Rows of a table that is made as a whole, in memory.
const TABLE: usize = 50_000;

/// That it was taken away is written down first; what is as long as a history is sent as it is read.
pub async fn download(app: &App, viewer: &Viewer, place: &Place, asked: Wanted, kind: Kind) -> Result<Response> {
    let reading = Reading {
        app: app.clone(),
        scope: viewer.scope.clone(),
        place: place.holder(),
        asked,
        now: app.clock.now(),
        rest: Rest::All,
    };
    let name = format!("history-{}", place.name());
    if kind == Kind::Xlsx {
        let rows = all(reading).await?;
        actions::note_history_export(app, viewer, place.audited(), kind.name()).await?;
        return table::file(kind, &name, COLUMNS, &rows);
    }
    actions::note_history_export(app, viewer, place.audited(), kind.name()).await?;
    let parts = stream::try_unfold(reading, move |reading| part(reading, kind));
    Ok(table::answer(kind, &name, Body::from_stream(parts)))
}

async fn part(mut reading: Reading, kind: Kind) -> Result<Option<(Vec<u8>, Reading)>, Box<Error>> {
    let first = matches!(reading.rest, Rest::All);
    let Some(rows) = reading.next().await? else { return Ok(None) };
    Ok(Some((table::part(kind, COLUMNS, &rows, first)?, reading)))
}

async fn all(mut reading: Reading) -> Result<Vec<[String; 10]>> {
    let mut rows = Vec::new();
    while let Some(some) = reading.next().await? {
        rows.extend(some);
        if rows.len() > TABLE {
            return Err(Error::invalid(
                "format",
                "This history has more than 50,000 rows, too many for an Excel file. Take CSV or NDJSON, or one kind.",
            ));
        }
    }
    Ok(rows)
}

#[derive(Debug, Clone, Copy)]
enum Rest {
    All,
    After(Cursor),
    Nothing,
}

/// How far a history has been read.
struct Reading {
    app: App,
    scope: Scope,
    place: crate::store::ledger::Holder,
    asked: Wanted,
    now: Timestamp,
    rest: Rest,
}

impl Reading {
    /// The next rows; the first time also where there are none.
    async fn next(&mut self) -> Result<Option<Vec<[String; 10]>>> {
        match self.rest {
            Rest::Nothing => return Ok(None),
            Rest::After(cursor) => self.asked.after = Some(cursor),
            Rest::All => {}
        }
        let reader = self.app.store.reader();
        let rows = timeline::of(reader, &self.scope, self.place, &self.asked, (self.now, AT_ONCE)).await?;
        let last = rows.last().map(|row| Cursor { opened_at: row.at.to_jiff(), id: row.id });
        let full = i64::try_from(rows.len()) == Ok(AT_ONCE);
        self.rest = last.filter(|_| full).map_or(Rest::Nothing, Rest::After);
        Ok(Some(rows.iter().map(cells).collect()))
    }
}

fn cells(row: &Happening) -> [String; 10] {
    let instant = |at: Timestamp| format!("{at:.6}");
    [
        instant(row.at.to_jiff()),
        row.kind.clone(),
        row.serial.clone().unwrap_or_default(),
        row.call_number().map(|number| number.to_string()).unwrap_or_default(),
        row.severity.map(|severity| severity.to_string()).unwrap_or_default(),
        row.state.clone().unwrap_or_default(),
        row.words.clone(),
        row.over_at.map(|at| instant(at.to_jiff())).unwrap_or_default(),
        row.outcome.clone().unwrap_or_default(),
        row.alarms.filter(|n| *n > 0).map(|n| n.to_string()).unwrap_or_default(),
    ]
}
