use std::collections::{HashMap, HashSet};

use indicatif::ProgressBar;
use jiff::Timestamp;
use serde_json::json;
use sqlx::PgConnection;
use uuid::Uuid;

use super::{
    log::{Case, Log, Oddity, Row},
    places::Places,
    report::Report,
};
use crate::{
    domain::{
        access::{Actor, Party},
        call::{Call, Change, Identity, ImportedChange, Line, Opening},
        number::CallNumber,
    },
    error::{Error, Result},
    store::{
        Store,
        imports::{
            self, NewImport,
            bulk::{self, NewCall},
        },
    },
};

/// Calls in one transaction: enough to be quick, few enough that a store move never waits long.
const BATCH: usize = 250;
const ODDITIES: usize = 1000;
const IMPORT: Actor = Actor { party: Party::Import, id: None };

/// An import that has begun: its places are there, its calls are coming in.
pub struct Import {
    id: Uuid,
    /// When it was begun first; the time at which all of its lines count as recorded, in whichever run.
    begun_at: Timestamp,
    places: Places,
}

/// Begins the import, or takes up the one that was begun with this file before.
pub async fn begin(
    store: &Store,
    log: &Log,
    file: &str,
    digest: &[u8],
    report: &Report,
    now: Timestamp,
) -> Result<Import> {
    let new = NewImport { kind: log.kind.name(), file, digest, report: &json!(report) };
    let mut tx = store.begin_write().await?;
    imports::begin(&mut tx, &new, now).await?;
    let row = imports::find(&mut *tx, new.kind, digest).await?.ok_or(Error::NotFound)?;
    let begun_at = row.started_at.to_jiff();
    let places = Places::settle(&mut tx, log, begun_at).await?;
    tx.commit().await?;
    Ok(Import { id: row.id, begun_at, places })
}

impl Import {
    pub async fn write(&self, store: &Store, log: &Log, progress: &ProgressBar) -> Result<()> {
        for oddities in log.oddities.chunks(ODDITIES) {
            self.keep(store, oddities).await?;
        }
        progress.set_length(log.cases.len() as u64);
        progress.set_message("calls");
        for cases in log.cases.chunks(BATCH) {
            self.bring_in(store, cases).await?;
            progress.inc(cases.len() as u64);
        }
        Ok(())
    }

    pub async fn finish(&self, store: &Store, report: &Report, now: Timestamp) -> Result<()> {
        let mut tx = store.begin_write().await?;
        imports::finish(&mut tx, self.id, &json!(report), now).await?;
        tx.commit().await?;
        Ok(())
    }

    async fn keep(&self, store: &Store, oddities: &[Oddity]) -> Result<()> {
        let lines: Vec<i64> = oddities.iter().map(|odd| i64::try_from(odd.line).unwrap_or(i64::MAX)).collect();
        let what: Vec<String> = oddities.iter().map(|odd| odd.odd.words().to_owned()).collect();
        let texts: Vec<String> = oddities.iter().map(|odd| odd.text.clone()).collect();
        let mut tx = store.begin_write().await?;
        bulk::keep_oddities(&mut tx, self.id, &lines, &what, &texts).await?;
        tx.commit().await?;
        Ok(())
    }

    /// One batch, all or nothing. What an earlier run has brought in is left as it is, whatever became of it since.
    async fn bring_in(&self, store: &Store, cases: &[Case]) -> Result<()> {
        let mut tx = store.begin_write().await?;
        imports::lock(&mut tx, self.id).await?;
        let calls = self.calls(&mut tx, cases).await?;
        bulk::insert_calls(&mut tx, self.id, &calls).await?;
        bulk::insert_history(&mut tx, self.places.customer, &calls, self.begun_at).await?;
        tx.commit().await?;
        Ok(())
    }

    async fn calls(&self, tx: &mut PgConnection, cases: &[Case]) -> Result<Vec<NewCall>> {
        let numbers: Vec<String> = cases.iter().map(|case| case.number.clone()).collect();
        let known = bulk::known(&mut *tx, self.places.customer, self.id, &numbers).await?;
        let known: HashSet<String> = known.into_iter().collect();
        let new: Vec<(Uuid, &Case)> =
            cases.iter().filter(|case| !known.contains(&case.number)).map(|case| (Uuid::now_v7(), case)).collect();
        let ids: Vec<Uuid> = new.iter().map(|(id, _)| *id).collect();
        let numbers = bulk::number(&mut *tx, self.places.customer, &ids).await?;
        new.into_iter().map(|(id, case)| self.call(id, case, &numbers)).collect()
    }

    fn call(&self, id: Uuid, case: &Case, numbers: &HashMap<Uuid, CallNumber>) -> Result<NewCall> {
        let unsettled = || Error::Internal(format!("case {} has no place to belong to", case.number));
        let identity = Identity {
            customer_id: self.places.customer,
            id,
            number: *numbers.get(&id).ok_or_else(unsettled)?,
            site_id: self.places.site(case).ok_or_else(unsettled)?,
            system_id: self.places.system(case),
        };
        let rows = (1..).zip(&case.rows);
        let lines: Option<Vec<Line>> = rows.map(|(seq, row)| self.line(seq, row, case)).collect();
        let lines = lines.ok_or_else(unsettled)?;
        let call = Call::rebuild(identity, &lines).ok_or_else(unsettled)?;
        Ok(NewCall { call, lines })
    }

    fn line(&self, seq: i32, row: &Row, case: &Case) -> Option<Line> {
        let opening = Opening { title: case.title.clone(), external_number: case.number.clone() };
        let change = ImportedChange {
            words: row.source.words(),
            queue: self.places.queue(&row.team)?.to_owned(),
            team: row.team.clone(),
            severity: row.severity,
            flagged: row.flagged,
            opening: (seq == 1).then_some(opening),
        };
        Some(Line {
            seq,
            actor: IMPORT,
            occurred_at: row.when.map_or(self.begun_at, |when| when.at),
            recorded_at: self.begun_at,
            body: None,
            change: Change::ImportedChange(Box::new(change)),
            status: row.status,
            in_review: false,
            due: None,
        })
    }
}
