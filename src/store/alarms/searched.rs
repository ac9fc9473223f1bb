//! What a system or a site has sent, as people look for it: with what could not be used.

use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use sqlx::PgExecutor;
use uuid::Uuid;

use super::AlarmRow;
use crate::{
    domain::{access::Scope, number::CallNumber},
    error::Result,
    store::{calls::Cursor, ledger::Holder},
};

/// What narrows the list; times are those at which a message was heard.
#[derive(Debug, Clone, Default)]
pub struct Sought {
    /// Words for `ILIKE`.
    pub words: Option<String>,
    pub code: Option<String>,
    /// And everything below it: `11` finds `11/2`.
    pub component: Option<String>,
    pub disposition: Option<String>,
    pub severity: Option<String>,
    pub from: Option<Timestamp>,
    pub to: Option<Timestamp>,
}

/// An alarm may be in sight and the call that it was folded into not: that one began before the reader may look.
/// What was kept and received after all is listed once, as the alarm that it became. Both halves go their own index
/// in the order of the list, wherever the page begins.
macro_rules! searched {
    ($place:literal, $($arg:expr),*) => {
        sqlx::query_as!(
            AlarmRow,
            r#"SELECT m.id AS "id!", m.kind AS "kind!", m.format AS "format!", m.code AS "code!",
                      m.severity AS "severity!", m.component AS "component!", m.summary AS "summary!",
                      m.occurred_at AS "occurred_at!", m.received_at AS "received_at!",
                      m.disposition AS "disposition!", m.flag, call.number AS "number?", system.serial AS "serial?"
               FROM ((SELECT id, customer_id, system_id, kind, format, code, severity, component, summary, occurred_at,
                             received_at, disposition, flag, call_id
                      FROM alarm
                      WHERE customer_id = $1 AND "# + $place + r#" AND in_scope(customer_id, site_id, received_at, $3)
                        AND (received_at, id)
                            < (coalesce($4::timestamptz, 'infinity'), coalesce($5::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff'))
                        AND received_at >= coalesce($6::timestamptz, '-infinity')
                        AND received_at < coalesce($7::timestamptz, 'infinity')
                        AND ($8::text IS NULL OR disposition = $8) AND ($9::text IS NULL OR severity = $9)
                        AND ($10::text IS NULL OR code = $10)
                        AND ($11::text IS NULL OR component = $11 OR starts_with(component, $11 || '/'))
                        AND ($12::text IS NULL OR summary ILIKE '%' || $12 || '%' OR code ILIKE '%' || $12 || '%'
                             OR component ILIKE '%' || $12 || '%')
                      ORDER BY received_at DESC, id DESC LIMIT $13)
                     UNION ALL
                     (SELECT id, customer_id, system_id, 'unreadable', format, '', '', '', reason, received_at,
                             received_at, disposition, NULL, NULL
                      FROM kept_message k
                      WHERE customer_id = $1 AND "# + $place + r#" AND in_scope(customer_id, site_id, received_at, $3)
                        AND (received_at, id)
                            < (coalesce($4::timestamptz, 'infinity'), coalesce($5::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff'))
                        AND received_at >= coalesce($6::timestamptz, '-infinity')
                        AND received_at < coalesce($7::timestamptz, 'infinity')
                        AND ($8::text IS NULL OR disposition = $8)
                        AND $9::text IS NULL AND $10::text IS NULL AND $11::text IS NULL
                        AND ($12::text IS NULL OR reason ILIKE '%' || $12 || '%')
                        AND NOT EXISTS (SELECT FROM alarm a WHERE a.customer_id = k.customer_id
                                                              AND a.source = k.source AND a.source_id = k.source_id)
                      ORDER BY received_at DESC, id DESC LIMIT $13)) m
               LEFT JOIN call ON call.customer_id = m.customer_id AND call.id = m.call_id
                             AND in_scope(call.customer_id, call.site_id, call.opened_at, $3)
               LEFT JOIN system ON system.customer_id = m.customer_id AND system.id = m.system_id
               ORDER BY m.received_at DESC, m.id DESC LIMIT $13"#,
            $($arg),*
        )
    };
}

/// The newest first.
pub async fn list(
    db: impl PgExecutor<'_>,
    scope: &Scope,
    of: Holder,
    sought: &Sought,
    (after, limit): (Option<Cursor>, i64),
) -> Result<Vec<AlarmRow>> {
    macro_rules! bound {
        ($place:literal, $customer:expr, $id:expr) => {
            searched!(
                $place,
                $customer,
                $id,
                scope.json() as _,
                after.map(|c| c.opened_at.to_sqlx()) as _,
                after.map(|c| c.id),
                sought.from.map(ToSqlx::to_sqlx) as _,
                sought.to.map(ToSqlx::to_sqlx) as _,
                sought.disposition.as_deref(),
                sought.severity.as_deref(),
                sought.code.as_deref(),
                sought.component.as_deref(),
                sought.words.as_deref(),
                limit
            )
            .fetch_all(db)
            .await?
        };
    }
    Ok(match of {
        Holder::System { customer, id } => bound!("system_id = $2", customer, id),
        Holder::Site { customer, id } => bound!("site_id = $2", customer, id),
    })
}

/// A message as it came, and everything that was made of it.
#[derive(Debug, Clone)]
pub struct Whole {
    pub source: String,
    pub source_id: String,
    pub format: String,
    pub kind: Option<String>,
    pub code: Option<String>,
    pub severity: Option<String>,
    pub component: Option<String>,
    /// What it says, or why it could not be used.
    pub summary: String,
    pub fingerprint: Option<String>,
    pub occurred_at: Option<jiff_sqlx::Timestamp>,
    pub received_at: jiff_sqlx::Timestamp,
    pub disposition: String,
    pub flag: Option<String>,
    pub spool: Option<String>,
    pub sequence: Option<i64>,
    pub serial: Option<String>,
    pub number: Option<i64>,
    pub body: Vec<u8>,
}

impl Whole {
    pub fn call_number(&self) -> Option<CallNumber> {
        self.number.map(CallNumber::from_serial)
    }
}

macro_rules! whole {
    ($place:literal, $($arg:expr),*) => {
        sqlx::query_as!(
            Whole,
            r#"SELECT m.source AS "source!", m.source_id AS "source_id!", m.format AS "format!", m.kind, m.code,
                      m.severity, m.component, m.summary AS "summary!", m.fingerprint,
                      m.occurred_at AS "occurred_at?", m.received_at AS "received_at!",
                      m.disposition AS "disposition!", m.flag, m.spool, m.sequence, system.serial AS "serial?",
                      call.number AS "number?", m.body AS "body!"
               FROM (SELECT customer_id, system_id, source, source_id, format, kind, code, severity, component, summary,
                            fingerprint, occurred_at, received_at, disposition, flag, spool, sequence, call_id, body
                     FROM alarm WHERE customer_id = $1 AND id = $4 AND "# + $place + r#"
                       AND in_scope(customer_id, site_id, received_at, $3)
                     UNION ALL
                     SELECT customer_id, system_id, source, source_id, format, NULL, NULL, NULL, NULL, reason, NULL,
                            NULL, received_at, disposition, NULL, spool, sequence, NULL, body
                     FROM kept_message WHERE customer_id = $1 AND id = $4 AND "# + $place + r#"
                       AND in_scope(customer_id, site_id, received_at, $3)) m
               LEFT JOIN call ON call.customer_id = m.customer_id AND call.id = m.call_id
                             AND in_scope(call.customer_id, call.site_id, call.opened_at, $3)
               LEFT JOIN system ON system.customer_id = m.customer_id AND system.id = m.system_id
               LIMIT 1"#,
            $($arg),*
        )
    };
}

pub async fn whole(db: impl PgExecutor<'_>, scope: &Scope, of: Holder, id: Uuid) -> Result<Whole> {
    let message = match of {
        Holder::System { customer, id: system } => {
            whole!("system_id = $2", customer, system, scope.json() as _, id).fetch_one(db).await?
        }
        Holder::Site { customer, id: site } => {
            whole!("site_id = $2", customer, site, scope.json() as _, id).fetch_one(db).await?
        }
    };
    Ok(message)
}
