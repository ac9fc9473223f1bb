//! Alarms on their way in: kept once, and answered the same whenever they come again.

use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use sqlx::{PgConnection, PgExecutor};
use uuid::Uuid;

use crate::{
    domain::{
        alarm::{Alarm, Disposition, Sequence},
        fault::Place,
        number::CallNumber,
    },
    error::Result,
};

/// Where an alarm belongs, and what became of it.
#[derive(Debug, Clone)]
pub struct Filed {
    pub customer_id: Uuid,
    pub site_id: Uuid,
    pub system_id: Option<Uuid>,
    pub id: Uuid,
    pub fingerprint: String,
    pub received_at: Timestamp,
    pub disposition: Disposition,
    pub flag: Option<String>,
    pub call_id: Option<Uuid>,
}

/// When a fault was last said to be over, where that was after this instant: whoever sends late may send the end first.
pub async fn ended_after(
    db: &mut PgConnection,
    place: Place,
    fingerprint: &str,
    at: Timestamp,
) -> Result<Option<Timestamp>> {
    let Place { customer_id, site_id, system_id } = place;
    let ended = if let Some(system) = system_id {
        let ended = sqlx::query_scalar!(
            "SELECT max(occurred_at) FROM alarm
             WHERE customer_id = $1 AND system_id = $2 AND received_at > $4 AND kind = 'cleared'
               AND fingerprint = $3 AND occurred_at > $4",
            customer_id,
            system,
            fingerprint,
            at.to_sqlx() as _
        );
        ended.fetch_one(db).await?
    } else {
        let ended = sqlx::query_scalar!(
            "SELECT max(occurred_at) FROM alarm
             WHERE customer_id = $1 AND site_id = $2 AND received_at > $4 AND kind = 'cleared'
               AND system_id IS NULL AND fingerprint = $3 AND occurred_at > $4",
            customer_id,
            site_id,
            fingerprint,
            at.to_sqlx() as _
        );
        ended.fetch_one(db).await?
    };
    Ok(ended.map(jiff_sqlx::Timestamp::to_jiff))
}

/// What was answered when a message came the first time.
#[derive(Debug, Clone)]
pub struct Answered {
    /// Which of those that were asked for, from 1.
    pub place: i64,
    pub disposition: String,
    pub number: Option<i64>,
    pub customer_id: Uuid,
    pub alarm_id: Option<Uuid>,
}

impl Answered {
    pub fn call_number(&self) -> Option<CallNumber> {
        self.number.map(CallNumber::from_serial)
    }
}

/// Refused by the constraint `alarm_customer_id_source_source_id_key` if one of them was kept before.
pub async fn insert(db: &mut PgConnection, alarms: &[(&Alarm, Filed)]) -> Result<()> {
    macro_rules! column {
        ($alarm:pat, $filed:pat => $value:expr) => {
            &alarms.iter().map(|($alarm, $filed)| $value).collect::<Vec<_>>()[..]
        };
    }
    sqlx::query!(
        "INSERT INTO alarm (customer_id, id, site_id, system_id, source, source_id, format, kind, fingerprint, code,
                            severity, component, summary, occurred_at, received_at, disposition, flag, call_id, body,
                            spool, sequence)
         SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::text[], $6::text[], $7::text[],
                              $8::text[], $9::text[], $10::text[], $11::text[], $12::text[], $13::text[],
                              $14::timestamptz[], $15::timestamptz[], $16::text[], $17::text[], $18::uuid[],
                              $19::bytea[], $20::text[], $21::bigint[])",
        column!(_, filed => filed.customer_id),
        column!(_, filed => filed.id),
        column!(_, filed => filed.site_id),
        column!(_, filed => filed.system_id) as _,
        column!(alarm, _ => alarm.source.clone()),
        column!(alarm, _ => alarm.source_id.clone()),
        column!(alarm, _ => alarm.format.to_owned()),
        column!(alarm, _ => alarm.kind.name().to_owned()),
        column!(_, filed => filed.fingerprint.clone()),
        column!(alarm, _ => alarm.code.clone()),
        column!(alarm, _ => alarm.severity.name().to_owned()),
        column!(alarm, _ => alarm.component.clone()),
        column!(alarm, _ => alarm.summary.clone()),
        column!(alarm, _ => alarm.occurred_at.to_sqlx()) as _,
        column!(_, filed => filed.received_at.to_sqlx()) as _,
        column!(_, filed => filed.disposition.name().to_owned()),
        column!(_, filed => filed.flag.clone()) as _,
        column!(_, filed => filed.call_id) as _,
        column!(alarm, _ => alarm.body.clone()),
        column!(alarm, _ => alarm.sequence.as_ref().map(|sequence| sequence.spool.clone())) as _,
        column!(alarm, _ => alarm.sequence.as_ref().map(|sequence| sequence.number)) as _
    )
    .execute(db)
    .await?;
    Ok(())
}

/// The constraint that a message sent twice runs into.
pub const SEEN: &str = "alarm_customer_id_source_source_id_key";

/// Of many messages, what was answered to those that came before; of one that was quarantined and received after all,
/// what it became.
///
/// Each is looked for by itself: a plan that was made while the store was young would go on reading all that came since.
pub async fn answered(
    db: impl PgExecutor<'_>,
    customers: &[Uuid],
    sources: &[String],
    ids: &[String],
) -> Result<Vec<Answered>> {
    let answered = sqlx::query_as!(
        Answered,
        r#"SELECT asked.n AS "place!", coalesce(alarm.disposition, kept.disposition) AS "disposition!",
                  call.number AS "number?", asked.customer_id AS "customer_id!", alarm.id AS "alarm_id?"
           FROM unnest($1::uuid[], $2::text[], $3::text[]) WITH ORDINALITY AS asked (customer_id, source, source_id, n)
           LEFT JOIN LATERAL (
               SELECT a.id, a.disposition, a.customer_id, a.call_id FROM alarm a
               WHERE a.customer_id = asked.customer_id AND a.source = asked.source AND a.source_id = asked.source_id
               LIMIT 1
           ) alarm ON true
           LEFT JOIN call ON call.customer_id = alarm.customer_id AND call.id = alarm.call_id
           LEFT JOIN LATERAL (
               SELECT k.id, k.disposition FROM kept_message k
               WHERE k.customer_id = asked.customer_id AND k.source = asked.source AND k.source_id = asked.source_id
               LIMIT 1
           ) kept ON true
           WHERE alarm.id IS NOT NULL OR kept.id IS NOT NULL"#,
        customers,
        sources,
        ids
    )
    .fetch_all(db)
    .await?;
    Ok(answered)
}

/// What a message said, as far as its fault has not kept it.
#[derive(Debug, Clone)]
pub struct Said {
    pub id: Uuid,
    pub source: String,
    pub source_id: String,
    pub code: String,
    pub severity: String,
    pub occurred_at: jiff_sqlx::Timestamp,
}

/// The messages of a customer by their ids.
pub async fn said(db: &mut PgConnection, customer: Uuid, ids: &[Uuid]) -> Result<Vec<Said>> {
    let said = sqlx::query_as!(
        Said,
        "SELECT id, source, source_id, code, severity, occurred_at FROM alarm WHERE customer_id = $1 AND id = ANY ($2)",
        customer,
        ids
    )
    .fetch_all(db)
    .await?;
    Ok(said)
}

/// Numbers of messages that were kept under others; those that are known are left as they are.
pub async fn hear_again(db: &mut PgConnection, numbers: &[(Uuid, Uuid, &Sequence)], now: Timestamp) -> Result<()> {
    macro_rules! column {
        ($customer:pat, $site:pat, $sequence:pat => $value:expr) => {
            &numbers.iter().map(|($customer, $site, $sequence)| $value).collect::<Vec<_>>()[..]
        };
    }
    sqlx::query!(
        "INSERT INTO heard_again (customer_id, site_id, spool, sequence, received_at)
         SELECT n.customer_id, n.site_id, n.spool, n.sequence, $5
         FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::bigint[]) AS n(customer_id, site_id, spool, sequence)
         WHERE NOT EXISTS (SELECT FROM alarm a WHERE a.customer_id = n.customer_id AND a.spool = n.spool
                                                 AND a.sequence = n.sequence)
           AND NOT EXISTS (SELECT FROM kept_message k WHERE k.customer_id = n.customer_id AND k.spool = n.spool
                                                        AND k.sequence = n.sequence)
         ON CONFLICT DO NOTHING",
        column!(customer, _, _ => *customer),
        column!(_, site, _ => *site),
        column!(_, _, sequence => sequence.spool.clone()),
        column!(_, _, sequence => sequence.number),
        now.to_sqlx() as _
    )
    .execute(db)
    .await?;
    Ok(())
}
