//! Everything that ever happened to a system or at a site, in one order.

use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use sqlx::PgExecutor;
use uuid::Uuid;

use super::{calls::Cursor, ledger::Holder};
use crate::{
    domain::{access::Scope, number::CallNumber},
    error::Result,
};

/// One of the things that happened.
#[derive(Debug, Clone)]
pub struct Happening {
    pub at: jiff_sqlx::Timestamp,
    pub id: Uuid,
    pub kind: String,
    pub serial: Option<String>,
    /// The call that it is, or that it belongs to.
    pub number: Option<i64>,
    pub words: String,
    pub severity: Option<i16>,
    /// How it stands, or stood: the status of a call, the redundancy, what became of an alarm.
    pub state: Option<String>,
    pub over_at: Option<jiff_sqlx::Timestamp>,
    /// Of a call, what it was in the end.
    pub outcome: Option<String>,
    /// How many alarms a call has.
    pub alarms: Option<i32>,
}

impl Happening {
    pub fn call_number(&self) -> Option<CallNumber> {
        self.number.map(CallNumber::from_serial)
    }
}

/// What is asked for; nothing narrows nothing.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    pub kinds: Option<Vec<String>>,
    /// As it was known at this moment: nothing of what came later.
    pub as_of: Option<Timestamp>,
    pub after: Option<Cursor>,
}

pub const KINDS: [&str; 7] = ["call", "alarm", "redundancy", "silence", "maintenance", "remote_access", "contract"];

/// A branch takes as many rows as the page and is served by an index of its own; the outcome of a call is told as of
/// the moment that is asked for, from its history.
macro_rules! happenings {
    ($place:literal, $window:literal, $contract:literal $(, $arg:expr)* $(,)?) => {
        sqlx::query_as!(
            Happening,
            r#"SELECT at AS "at!", id AS "id!", kind AS "kind!", serial AS "serial?", number, words AS "words!", severity, state,
                      over_at, outcome, alarms
               FROM (
                   (SELECT x.opened_at AS at, x.id, 'call' AS kind, x.system_id, x.number,
                           coalesce(CASE WHEN $6::timestamptz IS NOT NULL THEN (
                               SELECT h.change #>> '{title,from}' FROM history h
                               WHERE h.customer_id = x.customer_id AND h.call_id = x.id AND h.kind = 'edit'
                                 AND h.change ? 'title' AND h.recorded_at > $6 ORDER BY h.seq LIMIT 1) END, x.title) AS words,
                           coalesce(CASE WHEN $6 IS NOT NULL THEN (
                               SELECT (h.change ->> 'from')::smallint FROM history h
                               WHERE h.customer_id = x.customer_id AND h.call_id = x.id
                                 AND h.kind = 'change_severity' AND h.recorded_at > $6
                               ORDER BY h.seq LIMIT 1) END, x.severity) AS severity,
                           CASE WHEN $6 IS NULL THEN x.status ELSE (
                               SELECT h.status FROM history h
                               WHERE h.customer_id = x.customer_id AND h.call_id = x.id AND h.recorded_at <= $6
                               ORDER BY h.seq DESC LIMIT 1) END AS state,
                           CASE WHEN $6 IS NULL OR ended.at <= $6 THEN ended.at END AS over_at,
                           CASE WHEN $6 IS NULL OR ended.at <= $6 THEN x.state #>> '{resolution,cause}' END AS outcome,
                           CASE WHEN $6 IS NULL THEN x.alarm_count END AS alarms
                    FROM call x
                    CROSS JOIN LATERAL (
                        SELECT coalesce((x.state ->> 'resolved_at')::timestamptz, x.ended_at) AS at) ended
                    WHERE "#
                + $place
                + r#" AND in_scope(x.customer_id, x.site_id, x.opened_at, $3)
                      AND ($4::text[] IS NULL OR 'call' = ANY ($4)) AND ($6 IS NULL OR x.opened_at <= $6)
                      AND ($7::timestamptz IS NULL OR (x.opened_at, x.id) < ($7, $8::uuid))
                    ORDER BY x.opened_at DESC, x.id DESC LIMIT $5)
                   UNION ALL
                   (SELECT x.received_at, x.id, 'alarm', x.system_id, NULL, x.summary, NULL, x.disposition, NULL,
                           x.severity, NULL
                    FROM alarm x
                    WHERE "#
                + $place
                + r#" AND x.kind = 'raised' AND x.call_id IS NULL
                      AND in_scope(x.customer_id, x.site_id, x.received_at, $3)
                      AND ($4 IS NULL OR 'alarm' = ANY ($4)) AND ($6 IS NULL OR x.received_at <= $6)
                      AND ($7 IS NULL OR (x.received_at, x.id) < ($7, $8))
                    ORDER BY x.received_at DESC, x.id DESC LIMIT $5)
                   UNION ALL
                   (SELECT x.at, x.system_id, 'redundancy', x.system_id, cause.number, '', NULL, x.redundancy, NULL,
                           NULL, NULL
                    FROM redundancy_change x
                    LEFT JOIN call cause ON cause.customer_id = x.customer_id AND cause.id = x.call_id
                                        AND in_scope(cause.customer_id, cause.site_id, cause.opened_at, $3)
                    WHERE "#
                + $place
                + r#" AND in_scope(x.customer_id, x.site_id, x.at, $3)
                      AND ($4 IS NULL OR 'redundancy' = ANY ($4)) AND ($6 IS NULL OR x.at <= $6)
                      AND ($7 IS NULL OR (x.at, x.system_id) < ($7, $8))
                    ORDER BY x.at DESC, x.system_id DESC LIMIT $5)
                   UNION ALL
                   (SELECT x.began_at, x.id, 'silence', x.system_id, told.number, '', NULL, NULL,
                           CASE WHEN $6 IS NULL OR x.ended_at <= $6 THEN x.ended_at END, NULL, NULL
                    FROM silence x
                    LEFT JOIN call told ON told.customer_id = x.customer_id AND told.id = x.call_id
                                       AND in_scope(told.customer_id, told.site_id, told.opened_at, $3)
                    WHERE "#
                + $place
                + r#" AND in_scope(x.customer_id, x.site_id, x.began_at, $3)
                      AND ($4 IS NULL OR 'silence' = ANY ($4)) AND ($6 IS NULL OR x.began_at <= $6)
                      AND ($7 IS NULL OR (x.began_at, x.id) < ($7, $8))
                    ORDER BY x.began_at DESC, x.id DESC LIMIT $5)
                   UNION ALL
                   (SELECT o.starts_at, o.window_id, 'maintenance', NULL, NULL, w.title, NULL, NULL, o.ends_at, NULL, NULL
                    FROM maintenance_occurrence o
                    JOIN maintenance_window w ON w.customer_id = o.customer_id AND w.id = o.window_id
                    WHERE "#
                + $window
                + r#" AND in_scope(o.customer_id, o.site_id, o.starts_at, $3)
                      AND ($4 IS NULL OR 'maintenance' = ANY ($4)) AND ($6 IS NULL OR o.starts_at <= $6)
                      AND ($7 IS NULL OR (o.starts_at, o.window_id) < ($7, $8))
                    ORDER BY o.starts_at DESC, o.window_id DESC LIMIT $5)
                   UNION ALL
                   (SELECT x.opened_at, x.id, 'remote_access', x.system_id, about.number, '', NULL,
                           CASE WHEN $6 IS NULL THEN x.state END, CASE WHEN $6 IS NULL OR x.over_at <= $6 THEN x.over_at END,
                           NULL, NULL
                    FROM remote_access x
                    JOIN call about ON about.customer_id = x.customer_id AND about.id = x.call_id
                    WHERE "#
                + $place
                + r#" AND $9 AND in_scope(about.customer_id, about.site_id, about.opened_at, $3)
                      AND ($4 IS NULL OR 'remote_access' = ANY ($4)) AND ($6 IS NULL OR x.opened_at <= $6)
                      AND ($7 IS NULL OR (x.opened_at, x.id) < ($7, $8))
                    ORDER BY x.opened_at DESC, x.id DESC LIMIT $5)
                   UNION ALL
                   (SELECT turn.at, md5(x.id || turn.state)::uuid, 'contract', x.id, NULL, turn.words, NULL, turn.state, NULL, NULL, NULL
                    FROM system x
                    LEFT JOIN contract c ON c.customer_id = x.customer_id AND c.id = x.contract_id
                    CROSS JOIN LATERAL (VALUES (x.installed_at, 'installed', x.model || ', ' || x.os),
                                               (greatest(c.starts_at, x.installed_at), 'covered', c.name),
                                               (c.ends_at, 'uncovered', c.name)) turn (at, state, words)
                    WHERE "#
                + $contract
                + r#" AND turn.at <= coalesce($6, $10) AND in_scope(x.customer_id, x.site_id, turn.at, $3)
                      AND ($4 IS NULL OR 'contract' = ANY ($4))
                      AND ($7 IS NULL OR (turn.at, md5(x.id || turn.state)::uuid) < ($7, $8))
                    ORDER BY turn.at DESC, md5(x.id || turn.state)::uuid DESC LIMIT $5)
               ) happened
               LEFT JOIN LATERAL (
                   SELECT serial FROM system WHERE system.customer_id = $1 AND system.id = happened.system_id) named ON true
               ORDER BY at DESC, id DESC, kind LIMIT $5"#
            $(, $arg)*
        )
    };
}

/// What happened at a place, the newest first.
pub async fn of(
    db: impl PgExecutor<'_>,
    scope: &Scope,
    place: Holder,
    wanted: &Wanted,
    (now, limit): (Timestamp, i64),
) -> Result<Vec<Happening>> {
    macro_rules! bound {
        ($customer:ident, $id:ident, $place:literal, $window:literal, $contract:literal) => {
            happenings!(
                $place,
                $window,
                $contract,
                $customer,
                $id,
                scope.json() as _,
                wanted.kinds.as_deref(),
                limit,
                wanted.as_of.map(ToSqlx::to_sqlx) as _,
                wanted.after.map(|c| c.opened_at.to_sqlx()) as _,
                wanted.after.map(|c| c.id),
                scope.remote(),
                now.to_sqlx() as _
            )
            .fetch_all(db)
            .await?
        };
    }
    Ok(match place {
        Holder::System { customer, id } => bound!(
            customer,
            id,
            "x.customer_id = $1 AND x.system_id = $2",
            "o.customer_id = $1
             AND o.site_id = (SELECT site_id FROM system WHERE customer_id = $1 AND id = $2)
             AND (w.systems IS NULL OR $2 = ANY (w.systems))",
            "x.customer_id = $1 AND x.id = $2"
        ),
        Holder::Site { customer, id } => bound!(
            customer,
            id,
            "x.customer_id = $1 AND x.site_id = $2",
            "o.customer_id = $1 AND o.site_id = $2",
            "x.customer_id = $1 AND x.site_id = $2"
        ),
    })
}
