//! Words that are taken out of history.

use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::error::Result;

/// Whether there were words on that line.
pub async fn redact(
    db: &mut PgConnection,
    (customer, call, seq): (Uuid, Uuid, i32),
    by: Uuid,
    now: Timestamp,
) -> Result<bool> {
    let removed = sqlx::query_scalar!(
        r#"SELECT redact($1, $2, $3, $4, $5) AS "removed!""#,
        customer,
        call,
        seq,
        by,
        now.to_sqlx() as _
    );
    Ok(removed.fetch_one(db).await?)
}

/// Where the line was the call's solution, the row says what its history now folds into.
pub async fn refold(db: &mut PgConnection, customer: Uuid, call: Uuid, seq: i32) -> Result<()> {
    sqlx::query!(
        r#"UPDATE call SET state = jsonb_set(state, '{resolution,text}', '""')
           WHERE customer_id = $1 AND id = $2 AND jsonb_typeof(state -> 'resolution') = 'object'
             AND $3 = (SELECT max(h.seq) FROM history h
                       WHERE h.customer_id = $1 AND h.call_id = $2 AND h.kind = 'resolve')"#,
        customer,
        call,
        seq
    )
    .execute(db)
    .await?;
    Ok(())
}
