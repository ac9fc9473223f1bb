//! What a message leaves at its system: that it was heard, and what is left of its redundancy.

use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::error::Result;

/// These systems were heard: a late message never turns the time back. Answers which of them were silent.
pub async fn heard(
    db: &mut PgConnection,
    customers: &[Uuid],
    systems: &[Uuid],
    at: Timestamp,
) -> Result<Vec<(Uuid, Uuid)>> {
    let silent = sqlx::query!(
        "WITH heard AS (
             UPDATE system SET last_heard_at = greatest(last_heard_at, $3)
             WHERE (customer_id, id) IN (SELECT * FROM unnest($1::uuid[], $2::uuid[]))
               AND (last_heard_at IS NULL OR last_heard_at < $3 OR silence_check_at = 'infinity')
             RETURNING customer_id, id, silence_check_at
         )
         SELECT customer_id, id FROM heard WHERE silence_check_at = 'infinity' ORDER BY customer_id, id",
        customers,
        systems,
        at.to_sqlx() as _
    )
    .fetch_all(db)
    .await?;
    Ok(silent.into_iter().map(|row| (row.customer_id, row.id)).collect())
}

/// Redundancy follows from the faults that are open: down before simplex before duplex. However many of them come and
/// go, it is exposed from the first of them to the last.
pub async fn settle_redundancy(
    db: &mut PgConnection,
    customers: &[Uuid],
    systems: &[Uuid],
    at: Timestamp,
) -> Result<()> {
    sqlx::query!(
        "WITH changed AS (
             UPDATE system SET redundancy = now_is.redundancy, redundancy_since = $3, exposed_since = CASE
                 WHEN now_is.redundancy <> 'duplex' THEN coalesce(system.exposed_since, $3) END
             FROM (SELECT asked.customer_id, asked.id, coalesce(min(fault.redundancy), 'duplex') AS redundancy
                   FROM unnest($1::uuid[], $2::uuid[]) AS asked (customer_id, id)
                   LEFT JOIN fault ON fault.customer_id = asked.customer_id AND fault.system_id = asked.id
                                  AND fault.cleared_at IS NULL
                   GROUP BY asked.customer_id, asked.id) now_is
             WHERE system.customer_id = now_is.customer_id AND system.id = now_is.id
               AND system.redundancy <> now_is.redundancy
             RETURNING system.customer_id, system.id, system.site_id, system.redundancy
         )
         INSERT INTO redundancy_change (customer_id, system_id, at, site_id, redundancy, call_id)
         SELECT customer_id, id, $3, site_id, redundancy, (
             SELECT fault.call_id FROM fault
             WHERE fault.customer_id = changed.customer_id AND fault.system_id = changed.id
               AND fault.cleared_at IS NULL AND fault.redundancy = changed.redundancy
             ORDER BY fault.raised_at, fault.fingerprint LIMIT 1)
         FROM changed
         ON CONFLICT (customer_id, system_id, at) DO UPDATE
             SET redundancy = EXCLUDED.redundancy, call_id = EXCLUDED.call_id",
        customers,
        systems,
        at.to_sqlx() as _
    )
    .execute(db)
    .await?;
    Ok(())
}
