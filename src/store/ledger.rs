//! What systems have sent, counted twice: by the names of the messages, and by what became of each.
//!
//! A quarantined message that was received after all is an alarm like any other, and counts once, as that.

pub mod whole;

use sqlx::PgExecutor;
use uuid::Uuid;

use crate::{domain::access::Scope, error::Result};

/// Of whom the ledger is, within a customer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Holder {
    System {
        customer: Uuid,
        id: Uuid,
    },
    /// Everything of a site, its systems and what names none.
    Site {
        customer: Uuid,
        id: Uuid,
    },
}

/// A statement for each kind of holder: one for both would serve neither with its index.
macro_rules! of_holder {
    ($macro:ident, $holder:expr, $db:expr, $($arg:expr),*) => {
        match $holder {
            Holder::System { customer, id } => $macro!("system_id = $2", customer, id, $($arg),*).fetch_all($db).await?,
            Holder::Site { customer, id } => $macro!("site_id = $2", customer, id, $($arg),*).fetch_all($db).await?,
        }
    };
}

/// How many messages ended in one disposition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sum {
    pub disposition: String,
    pub count: i64,
}

macro_rules! dispositions {
    ($place:literal, $($arg:expr),*) => {
        sqlx::query_as!(
            Sum,
            r#"SELECT disposition AS "disposition!", count(*) AS "count!"
               FROM (SELECT disposition FROM alarm
                     WHERE customer_id = $1 AND "# + $place + r#" AND in_scope(customer_id, site_id, received_at, $3)
                     UNION ALL
                     SELECT disposition FROM kept_message k
                     WHERE customer_id = $1 AND "# + $place + r#" AND in_scope(customer_id, site_id, received_at, $3)
                       AND NOT EXISTS (SELECT FROM alarm a WHERE a.customer_id = k.customer_id
                                                             AND a.source = k.source AND a.source_id = k.source_id)) sent
               GROUP BY disposition ORDER BY disposition LIMIT 20"#,
            $($arg),*
        )
    };
}

/// What became of all messages, those that could not be used among them.
pub async fn dispositions(db: impl PgExecutor<'_>, scope: &Scope, of: Holder) -> Result<Vec<Sum>> {
    Ok(of_holder!(dispositions, of, db, scope.json() as _))
}

macro_rules! sent {
    ($place:literal, $($arg:expr),*) => {
        sqlx::query_scalar!(
            r#"SELECT count(*) AS "sent!"
               FROM (SELECT source, source_id FROM alarm
                     WHERE customer_id = $1 AND "# + $place + r#" AND in_scope(customer_id, site_id, received_at, $3)
                     UNION
                     SELECT source, source_id FROM kept_message
                     WHERE customer_id = $1 AND "# + $place + r#" AND in_scope(customer_id, site_id, received_at, $3)
                    ) names"#,
            $($arg),*
        )
    };
}

/// How many messages there are by their names, whatever became of them.
pub async fn sent(db: impl PgExecutor<'_>, scope: &Scope, of: Holder) -> Result<i64> {
    Ok(of_holder!(sent, of, db, scope.json() as _).into_iter().sum())
}

/// What one spool has sent, by its numbers: the highest less what is missing is what was heard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spool {
    pub name: String,
    pub highest: i64,
    pub heard: i64,
}

/// Numbers that were never heard, from one to the other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gap {
    pub spool: String,
    pub from: i64,
    pub to: i64,
}

/// The numbers that were heard of the spools through which a system or a site calls home. A spool may speak for others,
/// too, and numbers all it sends alike: so all of it is looked at, and nothing of it is told but numbers.
macro_rules! heard {
    ($row:ty, $place:literal, $rest:literal, $($arg:expr),*) => {
        sqlx::query_as!(
            $row,
            "WITH spools AS (
                 SELECT spool FROM alarm
                 WHERE customer_id = $1 AND " + $place + " AND sequence IS NOT NULL
                   AND in_scope(customer_id, site_id, received_at, $3)
                 UNION
                 SELECT spool FROM kept_message
                 WHERE customer_id = $1 AND " + $place + " AND sequence IS NOT NULL
                   AND in_scope(customer_id, site_id, received_at, $3)
             ), heard AS (
                 SELECT a.spool, a.sequence FROM spools JOIN alarm a ON a.customer_id = $1 AND a.spool = spools.spool
                 WHERE a.sequence > 0
                 UNION
                 SELECT k.spool, k.sequence FROM spools
                 JOIN kept_message k ON k.customer_id = $1 AND k.spool = spools.spool
                 WHERE k.sequence > 0
             ) " + $rest,
            $($arg),*
        )
    };
}

macro_rules! spools {
    ($place:literal, $($arg:expr),*) => {
        heard!(
            Spool,
            $place,
            r#"SELECT spool AS "name!", max(sequence) AS "highest!", count(*) AS "heard!" FROM heard
               GROUP BY spool ORDER BY spool LIMIT $4"#,
            $($arg),*
        )
    };
}

pub async fn spools(db: impl PgExecutor<'_>, scope: &Scope, of: Holder, limit: i64) -> Result<Vec<Spool>> {
    Ok(of_holder!(spools, of, db, scope.json() as _, limit))
}

macro_rules! gaps {
    ($place:literal, $($arg:expr),*) => {
        heard!(
            Gap,
            $place,
            r#"SELECT spool AS "spool!", before + 1 AS "from!", sequence - 1 AS "to!"
               FROM (SELECT spool, sequence,
                            lag(sequence, 1, 0::bigint) OVER (PARTITION BY spool ORDER BY sequence) AS before
                     FROM heard) steps
               WHERE sequence > before + 1 ORDER BY spool, sequence LIMIT $4"#,
            $($arg),*
        )
    };
}

/// A spool numbers from one on, without gaps; what is missing between two numbers may still come.
pub async fn gaps(db: impl PgExecutor<'_>, scope: &Scope, of: Holder, limit: i64) -> Result<Vec<Gap>> {
    Ok(of_holder!(gaps, of, db, scope.json() as _, limit))
}
