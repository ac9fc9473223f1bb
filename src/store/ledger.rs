//! What systems have sent, counted twice: by the names of the messages, and by what became of each.
//!
//! A quarantined message that was received after all is an alarm like any other, and counts once, as that.

pub mod whole;

use sqlx::{PgConnection, PgExecutor};
use uuid::Uuid;

use super::Store;
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

/// Everything that a ledger says, as of one instant.
#[derive(Debug, Clone)]
pub struct Account {
    pub sent: i64,
    pub sums: Vec<Sum>,
    pub spools: Vec<Spool>,
    pub gaps: Vec<Gap>,
}

/// What comes in meanwhile is in all counts or in none. Nobody waits longer for them than this, and no connection is
/// held longer; `doctor ledger` takes the time that it takes.
const ONE_SIGHT: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL statement_timeout = '5s'";

/// None where there is too much to count while somebody waits. With so many spools, and one gap more.
pub async fn account(store: &Store, scope: &Scope, of: Holder, most: i64) -> Result<Option<Account>> {
    let mut tx = store.pool.begin_with(ONE_SIGHT).await?;
    match counted(&mut tx, scope, of, most).await {
        Err(error) if error.took_too_long() => Ok(None),
        counted => counted.map(Some),
    }
}

async fn counted(db: &mut PgConnection, scope: &Scope, of: Holder, most: i64) -> Result<Account> {
    let sums = dispositions(&mut *db, scope, of).await?;
    let sent = sent(&mut *db, scope, of).await?;
    let spools = spools(&mut *db, scope, of, most).await?;
    let missing = spools.iter().any(|spool| spool.highest > spool.heard);
    let gaps = if missing { gaps(db, scope, of, most + 1).await? } else { Vec::new() };
    Ok(Account { sent, sums, spools, gaps })
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
                     SELECT source, source_id FROM kept_message k
                     WHERE customer_id = $1 AND "# + $place + r#" AND in_scope(customer_id, site_id, received_at, $3)
                       AND NOT EXISTS (SELECT FROM alarm a WHERE a.customer_id = k.customer_id
                                                             AND a.source = k.source AND a.source_id = k.source_id)
                    ) names"#,
            $($arg),*
        )
    };
}

/// How many messages there are by their names, whatever became of them.
async fn sent(db: impl PgExecutor<'_>, scope: &Scope, of: Holder) -> Result<i64> {
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
                 SELECT spools.spool, numbers.sequence FROM spools CROSS JOIN LATERAL (
                     SELECT a.sequence FROM alarm a
                     WHERE a.customer_id = $1 AND a.spool = spools.spool AND a.sequence > 0
                     UNION
                     SELECT k.sequence FROM kept_message k
                     WHERE k.customer_id = $1 AND k.spool = spools.spool AND k.sequence > 0
                     UNION
                     SELECT h.sequence FROM heard_again h
                     WHERE h.customer_id = $1 AND h.spool = spools.spool AND h.sequence > 0) numbers
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

async fn spools(db: impl PgExecutor<'_>, scope: &Scope, of: Holder, limit: i64) -> Result<Vec<Spool>> {
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
async fn gaps(db: impl PgExecutor<'_>, scope: &Scope, of: Holder, limit: i64) -> Result<Vec<Gap>> {
    Ok(of_holder!(gaps, of, db, scope.json() as _, limit))
}
