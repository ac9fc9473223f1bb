//! What is wrong right now, one row for each fault, and the call that has it.

use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::{
    domain::{call::Status, correlate::Known},
    error::Result,
};

/// An open or remembered fault, and the call that has it.
#[derive(Debug, Clone)]
pub struct Fault {
    pub call_id: Uuid,
    pub known: Known,
}

/// Makes every other message about this fault wait for this one.
///
/// A lock on the name of the fault rather than on its row: the first alarm of a fault has no row yet.
pub async fn lock(db: &mut PgConnection, customer: Uuid, fingerprint: &str) -> Result<Option<Fault>> {
    sqlx::query!("SELECT pg_advisory_xact_lock(hashtextextended($1::text, 0))", format!("{customer}|{fingerprint}"))
        .execute(&mut *db)
        .await?;
    let row = sqlx::query!(
        r#"SELECT fault.call_id, CASE WHEN fault.cleared_at IS NOT NULL THEN coalesce(fault.over_at, fault.cleared_at) END AS "over_at?",
                  fault.stood_at, call.status, call.ended_at AS "ended_at?",
                  (call.state ->> 'human_touched')::boolean AS "touched!"
           FROM fault JOIN call ON call.customer_id = fault.customer_id AND call.id = fault.call_id
           WHERE fault.customer_id = $1 AND fault.fingerprint = $2
           FOR UPDATE OF call"#,
        customer,
        fingerprint
    )
    .fetch_optional(db)
    .await?;
    Ok(row.map(|r| Fault {
        call_id: r.call_id,
        known: Known {
            call_status: Status::from_name(&r.status).unwrap_or(Status::Open),
            human_touched: r.touched,
            over_at: r.over_at.map(jiff_sqlx::Timestamp::to_jiff),
            stood_at: r.stood_at.to_jiff(),
            ended_at: r.ended_at.map(jiff_sqlx::Timestamp::to_jiff),
        },
    }))
}

/// A fault as an alarm speaks of it.
pub struct Standing<'a> {
    pub customer_id: Uuid,
    pub fingerprint: &'a str,
    pub system_id: Option<Uuid>,
    pub call_id: Uuid,
    pub redundancy: Option<&'a str>,
    /// When the machine says that it stands.
    pub stood_at: Timestamp,
}

/// The fault stands (again), and this call has it.
pub async fn raise(db: &mut PgConnection, fault: &Standing<'_>, at: Timestamp) -> Result<()> {
    sqlx::query!(
        "INSERT INTO fault (customer_id, fingerprint, system_id, call_id, raised_at, redundancy, stood_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7)
         ON CONFLICT (customer_id, fingerprint)
         DO UPDATE SET call_id = $4, cleared_at = NULL, over_at = NULL,
                       raised_at = CASE WHEN fault.cleared_at IS NULL THEN fault.raised_at ELSE $5 END,
                       redundancy = coalesce($6, fault.redundancy),
                       stood_at = CASE WHEN fault.cleared_at IS NULL THEN greatest(fault.stood_at, $7) ELSE $7 END",
        fault.customer_id,
        fault.fingerprint,
        fault.system_id,
        fault.call_id,
        at.to_sqlx() as _,
        fault.redundancy,
        fault.stood_at.to_sqlx() as _
    )
    .execute(db)
    .await?;
    Ok(())
}

/// The fault is over: when we heard of it, and when the machine says that it was.
pub async fn clear(
    db: &mut PgConnection,
    customer: Uuid,
    fingerprint: &str,
    at: Timestamp,
    over_at: Timestamp,
) -> Result<()> {
    sqlx::query!(
        "UPDATE fault SET cleared_at = $3, over_at = $4 WHERE customer_id = $1 AND fingerprint = $2 AND cleared_at IS NULL",
        customer,
        fingerprint,
        at.to_sqlx() as _,
        over_at.to_sqlx() as _
    )
    .execute(db)
    .await?;
    Ok(())
}
