//! Messages of known senders that could not be used, or not be placed: kept whole for ever.
//!
//! A quarantined message may be received after all, once somebody has said which system it is about. The message stays
//! as it came; beside it stands a release, and the alarm that it became has the same source and id. From then on it
//! counts as that alarm and no longer as quarantined, so that each message still ends in exactly one disposition; and
//! who sends it again is told what became of it ([`answered`](super::arrivals::answered) looks for the alarm first).

use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use serde_json::Value;
use sqlx::{PgConnection, PgExecutor};
use uuid::Uuid;

use crate::{
    domain::{
        access::Scope,
        alarm::{Disposition, Sequence},
        number::CallNumber,
    },
    error::Result,
};

/// A message, and what became of it where it was received after all.
#[derive(Debug, Clone)]
pub struct Kept {
    pub customer_id: Uuid,
    pub id: Uuid,
    pub site_id: Uuid,
    /// Of the credential that it came with; none is a gateway's.
    pub system_id: Option<Uuid>,
    pub disposition: String,
    pub source: String,
    pub source_id: String,
    pub format: String,
    pub reason: String,
    pub received_at: jiff_sqlx::Timestamp,
    /// As far as it is shown.
    pub head: Vec<u8>,
    pub size: i32,
    /// What was read of it, where that could be read.
    pub alarm: Option<Value>,
    pub site_code: String,
    pub customer_name: String,
    pub serial: Option<String>,
    pub released_at: Option<jiff_sqlx::Timestamp>,
    pub released_as: Option<String>,
    pub released_by: Option<String>,
    /// The system to which it was given.
    pub given_to: Option<String>,
    pub number: Option<i64>,
}

impl Kept {
    pub fn call_number(&self) -> Option<CallNumber> {
        self.number.map(CallNumber::from_serial)
    }

    /// It waits for somebody who knows whose it is.
    pub fn waits(&self) -> bool {
        self.disposition == Disposition::Quarantined.name() && self.released_at.is_none()
    }
}

#[derive(Debug, Clone)]
pub struct NewKept<'a> {
    pub customer_id: Uuid,
    pub site_id: Uuid,
    pub system_id: Option<Uuid>,
    pub disposition: Disposition,
    pub source: &'a str,
    pub source_id: &'a str,
    pub format: &'a str,
    pub reason: &'a str,
    /// Where its sender had put it: heard all the same.
    pub sequence: Option<&'a Sequence>,
    pub body: &'a [u8],
    pub alarm: Option<&'a Value>,
}

/// Kept once, however often it is sent.
pub async fn insert(db: &mut PgConnection, kept: &NewKept<'_>, now: Timestamp) -> Result<()> {
    sqlx::query!(
        "INSERT INTO kept_message (customer_id, id, site_id, system_id, disposition, source, source_id, format, reason,
                                   received_at, body, alarm, spool, sequence)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
         ON CONFLICT (customer_id, source, source_id) DO NOTHING",
        kept.customer_id,
        Uuid::now_v7(),
        kept.site_id,
        kept.system_id,
        kept.disposition.name(),
        kept.source,
        kept.source_id,
        kept.format,
        kept.reason,
        now.to_sqlx() as _,
        kept.body,
        kept.alarm,
        kept.sequence.map(|sequence| sequence.spool.as_str()),
        kept.sequence.map(|sequence| sequence.number)
    )
    .execute(db)
    .await?;
    Ok(())
}

macro_rules! kept {
    ($rest:literal, $($arg:expr),*) => {
        sqlx::query_as!(
            Kept,
            r#"SELECT k.customer_id, k.id, k.site_id, k.system_id, k.disposition, k.source, k.source_id, k.format,
                      k.reason, k.received_at, substring(k.body FROM 1 FOR 4096) AS "head!",
                      octet_length(k.body) AS "size!", k.alarm, site.site_code, account.name AS customer_name,
                      system.serial AS "serial?", r.at AS "released_at?", r.disposition AS "released_as?",
                      person.display_name AS "released_by?", given.serial AS "given_to?", call.number AS "number?"
               FROM kept_message k
               JOIN site ON site.customer_id = k.customer_id AND site.id = k.site_id
               JOIN account ON account.id = k.customer_id
               LEFT JOIN system ON system.customer_id = k.customer_id AND system.id = k.system_id
               LEFT JOIN kept_release r ON r.customer_id = k.customer_id AND r.message_id = k.id
               LEFT JOIN person ON person.id = r.released_by
               LEFT JOIN alarm ON alarm.customer_id = r.customer_id AND alarm.source = k.source
                              AND alarm.source_id = k.source_id
               LEFT JOIN system given ON given.customer_id = alarm.customer_id AND given.id = alarm.system_id
               LEFT JOIN call ON call.customer_id = alarm.customer_id AND call.id = alarm.call_id "# + $rest,
            $($arg),*
        )
    };
}

/// The newest first; rejected, quarantined and waiting, or released.
pub async fn list(
    db: impl PgExecutor<'_>,
    scope: &Scope,
    state: Option<&str>,
    after: Option<(Timestamp, Uuid)>,
    limit: i64,
) -> Result<Vec<Kept>> {
    let kept = kept!(
        "WHERE in_scope(k.customer_id, k.site_id, k.received_at, $1)
           AND ($2::text IS NULL OR CASE WHEN r.message_id IS NULL THEN k.disposition ELSE 'released' END = $2)
           AND ($3::timestamptz IS NULL OR (k.received_at, k.id) < ($3, $4))
         ORDER BY k.received_at DESC, k.id DESC LIMIT $5",
        scope.json() as _,
        state,
        after.map(|(at, _)| at.to_sqlx()) as _,
        after.map(|(_, id)| id),
        limit
    )
    .fetch_all(db)
    .await?;
    Ok(kept)
}

pub async fn find(db: impl PgExecutor<'_>, scope: &Scope, id: Uuid) -> Result<Kept> {
    let kept =
        kept!("WHERE k.id = $2 AND in_scope(k.customer_id, k.site_id, k.received_at, $1)", scope.json() as _, id)
            .fetch_one(db)
            .await?;
    Ok(kept)
}

/// All of a message, byte for byte.
pub async fn body(db: impl PgExecutor<'_>, scope: &Scope, id: Uuid) -> Result<Vec<u8>> {
    let body = sqlx::query_scalar!(
        "SELECT body FROM kept_message WHERE id = $2 AND in_scope(customer_id, site_id, received_at, $1)",
        scope.json() as _,
        id
    )
    .fetch_one(db)
    .await?;
    Ok(body)
}

/// It was received after all, and became that.
pub async fn release(
    db: &mut PgConnection,
    kept: &Kept,
    by: Uuid,
    disposition: Disposition,
    now: Timestamp,
) -> Result<()> {
    sqlx::query!(
        "INSERT INTO kept_release (customer_id, message_id, at, released_by, disposition) VALUES ($1, $2, $3, $4, $5)",
        kept.customer_id,
        kept.id,
        now.to_sqlx() as _,
        by,
        disposition.name()
    )
    .execute(db)
    .await?;
    Ok(())
}
