//! What a few typed words name exactly.

use sqlx::PgExecutor;

use crate::{domain::access::Scope, error::Result};

/// A thing that has exactly that name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Named {
    System(String),
    Site(String),
}

/// A serial or a site code, as it is written or in capitals; a serial wins.
pub async fn named(db: impl PgExecutor<'_>, scope: &Scope, words: &str) -> Result<Option<Named>> {
    let row = sqlx::query!(
        r#"SELECT is_system AS "is_system!", name AS "name!"
           FROM (SELECT true AS is_system, serial AS name FROM system
                 WHERE serial IN ($1, upper($1)) AND in_scope(customer_id, site_id, 'infinity', $2)
                 UNION ALL
                 SELECT false, site_code FROM site
                 WHERE site_code IN ($1, upper($1)) AND in_scope(customer_id, id, 'infinity', $2)) named
           ORDER BY is_system DESC, name LIMIT 1"#,
        words,
        scope.json() as _
    )
    .fetch_optional(db)
    .await?;
    Ok(row.map(|r| if r.is_system { Named::System(r.name) } else { Named::Site(r.name) }))
}
