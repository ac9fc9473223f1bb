//! Systems by the first letters of what they and their places are called.

use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use sqlx::PgExecutor;

use super::{SystemRow, systems};
use crate::{domain::access::Scope, error::Result};

/// Systems of which something begins like this: the serial, the name, or that of their site or customer. In lower case.
pub async fn beginning_with(
    db: impl PgExecutor<'_>,
    scope: &Scope,
    now: Timestamp,
    typed: &str,
    limit: i64,
) -> Result<Vec<SystemRow>> {
    let systems = systems!(
        r#"JOIN (
               (SELECT s.customer_id, s.id FROM system s
                WHERE lower(s.serial) COLLATE "C" >= $3 AND lower(s.serial) COLLATE "C" < $3 || chr(1114111)
                  AND in_scope(s.customer_id, s.site_id, 'infinity', $2) ORDER BY lower(s.serial) COLLATE "C" LIMIT $4)
               UNION
               (SELECT s.customer_id, s.id FROM system s
                WHERE lower(s.nickname) COLLATE "C" >= $3 AND lower(s.nickname) COLLATE "C" < $3 || chr(1114111)
                  AND in_scope(s.customer_id, s.site_id, 'infinity', $2) ORDER BY lower(s.nickname) COLLATE "C" LIMIT $4)
               UNION
               (SELECT s.customer_id, s.id FROM (
                    (SELECT t.customer_id, t.id FROM site t
                     WHERE lower(t.name) COLLATE "C" >= $3 AND lower(t.name) COLLATE "C" < $3 || chr(1114111)
                       AND in_scope(t.customer_id, t.id, 'infinity', $2) ORDER BY lower(t.name) COLLATE "C" LIMIT $4)
                    UNION
                    (SELECT t.customer_id, t.id FROM site t
                     WHERE lower(t.site_code) COLLATE "C" >= $3 AND lower(t.site_code) COLLATE "C" < $3 || chr(1114111)
                       AND in_scope(t.customer_id, t.id, 'infinity', $2)
                     ORDER BY lower(t.site_code) COLLATE "C" LIMIT $4)
                    UNION
                    (SELECT t.customer_id, t.id FROM account a JOIN site t ON t.customer_id = a.id
                     WHERE starts_with(lower(a.name), $3) AND in_scope(t.customer_id, t.id, 'infinity', $2) LIMIT $4)
                ) place JOIN system s ON s.customer_id = place.customer_id AND s.site_id = place.id LIMIT $4)
           ) named ON named.customer_id = system.customer_id AND named.id = system.id
           ORDER BY starts_with(lower(system.serial), $3) DESC, starts_with(lower(system.nickname), $3) DESC,
                    system.serial, system.id LIMIT $4"#,
        now.to_sqlx() as _,
        scope.json() as _,
        typed,
        limit
    )
    .fetch_all(db)
    .await?;
    Ok(systems)
}
