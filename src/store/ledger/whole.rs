//! The ledger of the whole store, looked at from more than one side.

use sqlx::PgExecutor;

use crate::{domain::access::Scope, error::Result};

/// Of one system, or of what a site sent that names none: everything of which an independent second count disagrees.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    pub customer: String,
    pub site: String,
    pub system: Option<String>,
    /// By their names.
    pub sent: i64,
    /// By what became of them.
    pub disposed: i64,
    /// Said to have a call that is not there.
    pub without_call: i64,
    /// Numbers of a spool that two messages have.
    pub same_number: i64,
    /// Messages that the history of a call names and that are not there.
    pub missing: i64,
}

/// One line for each sender of the whole store.
pub async fn accounts(db: impl PgExecutor<'_>, scope: &Scope) -> Result<Vec<Account>> {
    let accounts = sqlx::query_as!(
        Account,
        r#"WITH message AS (
               SELECT customer_id, site_id, system_id, source, source_id, spool, sequence,
                      disposition IN ('opened', 'uncovered') AS has_call, call_id
               FROM alarm WHERE in_scope(customer_id, site_id, received_at, $1)
               UNION ALL
               SELECT customer_id, site_id, system_id, source, source_id, spool, sequence, false, NULL
               FROM kept_message k
               WHERE in_scope(customer_id, site_id, received_at, $1)
                 AND NOT EXISTS (SELECT FROM alarm a WHERE a.customer_id = k.customer_id AND a.source = k.source
                                                       AND a.source_id = k.source_id)
           ), counted AS (
               SELECT m.customer_id, m.site_id, m.system_id, count(DISTINCT (m.source, m.source_id)) AS sent,
                      count(*) AS disposed, count(*) FILTER (WHERE m.has_call AND call.id IS NULL) AS without_call,
                      count(m.sequence) - count(DISTINCT (m.spool, m.sequence)) FILTER (WHERE m.sequence IS NOT NULL)
                          AS same_number
               FROM message m LEFT JOIN call ON call.customer_id = m.customer_id AND call.id = m.call_id
               GROUP BY m.customer_id, m.site_id, m.system_id
           ), missing AS (
               SELECT call.customer_id, call.site_id, call.system_id, count(*) AS missing
               FROM history h JOIN call ON call.customer_id = h.customer_id AND call.id = h.call_id
               WHERE h.party = 'device' AND h.change ->> 'alarm_id' IS NOT NULL
                 AND NOT EXISTS (SELECT FROM alarm a WHERE a.customer_id = h.customer_id
                                                       AND a.id = (h.change ->> 'alarm_id')::uuid)
               GROUP BY call.customer_id, call.site_id, call.system_id
           )
           SELECT account.name AS customer, site.site_code AS site, system.serial AS "system?",
                  coalesce(c.sent, 0) AS "sent!", coalesce(c.disposed, 0) AS "disposed!",
                  coalesce(c.without_call, 0) AS "without_call!", coalesce(c.same_number, 0) AS "same_number!",
                  coalesce(missing.missing, 0) AS "missing!"
           FROM counted c
           FULL JOIN missing ON missing.customer_id = c.customer_id AND missing.site_id = c.site_id
                            AND coalesce(missing.system_id, missing.site_id) = coalesce(c.system_id, c.site_id)
           JOIN account ON account.id = coalesce(c.customer_id, missing.customer_id)
           JOIN site ON site.customer_id = account.id AND site.id = coalesce(c.site_id, missing.site_id)
           LEFT JOIN system ON system.customer_id = account.id AND system.id = coalesce(c.system_id, missing.system_id)
           ORDER BY account.name, site.site_code, system.serial NULLS FIRST"#,
        scope.json() as _
    )
    .fetch_all(db)
    .await?;
    Ok(accounts)
}

/// How many numbers were never heard, of all spools of the house.
pub async fn never_heard(db: impl PgExecutor<'_>, scope: &Scope) -> Result<i64> {
    let missing = sqlx::query_scalar!(
        r#"SELECT coalesce(sum(highest - heard), 0)::bigint AS "missing!"
           FROM (SELECT max(sequence) AS highest, count(DISTINCT sequence) AS heard
                 FROM (SELECT customer_id, spool, sequence FROM alarm
                       WHERE sequence > 0 AND in_scope(customer_id, site_id, received_at, $1)
                       UNION ALL
                       SELECT customer_id, spool, sequence FROM kept_message
                       WHERE sequence > 0 AND in_scope(customer_id, site_id, received_at, $1)
                       UNION ALL
                       SELECT customer_id, spool, sequence FROM heard_again
                       WHERE sequence > 0 AND in_scope(customer_id, site_id, received_at, $1)) numbered
                 GROUP BY customer_id, spool) spools"#,
        scope.json() as _
    )
    .fetch_one(db)
    .await?;
    Ok(missing)
}

/// The senders' own names of all messages that begin so, each as often as it is there.
pub async fn names_beginning(db: impl PgExecutor<'_>, scope: &Scope, beginning: &str) -> Result<Vec<String>> {
    let names = sqlx::query_scalar!(
        r#"SELECT source_id AS "id!" FROM alarm
           WHERE starts_with(source_id, $1) AND in_scope(customer_id, site_id, received_at, $2)
           UNION ALL
           SELECT source_id FROM kept_message
           WHERE starts_with(source_id, $1) AND in_scope(customer_id, site_id, received_at, $2)"#,
        beginning,
        scope.json() as _
    )
    .fetch_all(db)
    .await?;
    Ok(names)
}

/// Whether a commit of this store waits for the disk.
pub async fn durability(db: impl PgExecutor<'_>) -> Result<String> {
    let says = sqlx::query_scalar!(
        r#"SELECT current_setting('fsync') || ', synchronous_commit ' || current_setting('synchronous_commit') AS "says!""#
    )
    .fetch_one(db)
    .await?;
    Ok(says)
}
