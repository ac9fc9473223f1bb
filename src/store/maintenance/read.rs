//! Windows as people and programs look at them.

use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use serde::Deserialize;
use sqlx::{PgConnection, PgExecutor, types::Json};
use uuid::Uuid;

use super::{instants, occurrence};
use crate::{
    domain::{
        access::Scope,
        maintenance::{Occurrence, Plan, Window},
    },
    error::Result,
};

#[derive(Debug, Clone)]
pub struct WindowRow {
    pub customer_id: Uuid,
    pub id: Uuid,
    pub site_id: Uuid,
    pub systems: Option<Vec<Uuid>>,
    pub title: String,
    pub reason: String,
    pub plan: Json<Plan>,
    pub skipped: Vec<jiff_sqlx::Timestamp>,
    pub planned_at: Option<jiff_sqlx::Timestamp>,
    pub starts_at: Option<jiff_sqlx::Timestamp>,
    pub ends_at: Option<jiff_sqlx::Timestamp>,
    pub cancelled_at: Option<jiff_sqlx::Timestamp>,
    pub last_ended_at: Option<jiff_sqlx::Timestamp>,
    pub version: i32,
    pub created_at: jiff_sqlx::Timestamp,
    pub customer_name: String,
    pub site_code: String,
    pub site_name: String,
    pub time_zone: String,
    pub planner: Option<String>,
    pub named: Json<Vec<NamedSystem>>,
}

/// A system that a window is for.
#[derive(Debug, Clone, Deserialize)]
pub struct NamedSystem {
    pub serial: String,
    pub nickname: String,
}

impl WindowRow {
    pub fn current(&self) -> Option<Occurrence> {
        occurrence(self.planned_at, self.starts_at, self.ends_at)
    }

    pub fn window(&self) -> Window {
        Window {
            plan: self.plan.0.clone(),
            skipped: instants(&self.skipped),
            current: self.current(),
            cancelled: self.cancelled_at.is_some(),
        }
    }

    pub fn runs(&self, now: Timestamp) -> bool {
        self.current().is_some_and(|current| current.contains(now))
    }

    /// Nothing runs and nothing comes.
    pub fn is_over(&self, now: Timestamp) -> bool {
        self.window().coming(now).next().is_none()
    }
}

/// `seen.at` is the time that a window has for whoever looks: what runs or comes is the present, and what is over was
/// there until it ended last or was cancelled.
macro_rules! windows {
    ($rest:literal, $($arg:expr),*) => {
        sqlx::query_as!(
            WindowRow,
            r#"SELECT w.customer_id, w.id, w.site_id, w.systems, w.title, w.reason, w.plan AS "plan: Json<Plan>",
                      w.skipped AS "skipped: Vec<jiff_sqlx::Timestamp>", w.planned_at, w.starts_at, w.ends_at,
                      w.cancelled_at, w.last_ended_at, w.version, w.created_at, account.name AS customer_name,
                      site.site_code, site.name AS site_name, site.time_zone,
                      (SELECT p.display_name FROM maintenance_history h JOIN person p ON p.id = h.actor_id
                       WHERE h.customer_id = w.customer_id AND h.window_id = w.id AND h.seq = 1) AS planner,
                      coalesce((SELECT jsonb_agg(jsonb_build_object('serial', s.serial, 'nickname', s.nickname)
                                                 ORDER BY s.nickname, s.serial)
                                FROM system s WHERE s.customer_id = w.customer_id AND s.id = ANY (w.systems)),
                               '[]') AS "named!: Json<Vec<NamedSystem>>"
               FROM maintenance_window w
               JOIN site ON site.customer_id = w.customer_id AND site.id = w.site_id
               JOIN account ON account.id = w.customer_id
               CROSS JOIN LATERAL (
                   SELECT CASE WHEN w.ends_at IS NOT NULL THEN 'infinity'
                               ELSE greatest(w.created_at, w.last_ended_at, w.cancelled_at) END AS at) seen "# + $rest,
            $($arg),*
        )
    };
}

pub async fn find(db: impl PgExecutor<'_>, scope: &Scope, id: Uuid) -> Result<WindowRow> {
    let row = windows!("WHERE w.id = $1 AND in_scope(w.customer_id, w.site_id, seen.at, $2)", id, scope.json() as _);
    Ok(row.fetch_one(db).await?)
}

/// The same for whoever changes it: nobody else does until the transaction ends.
pub async fn lock(db: &mut PgConnection, scope: &Scope, id: Uuid) -> Result<WindowRow> {
    let row = windows!(
        "WHERE w.id = $1 AND in_scope(w.customer_id, w.site_id, seen.at, $2) FOR UPDATE OF w",
        id,
        scope.json() as _
    );
    Ok(row.fetch_one(db).await?)
}

/// The same for whoever closes an occurrence: none where somebody else does, or has done.
pub async fn lock_due(db: &mut PgConnection, customer: Uuid, id: Uuid, now: Timestamp) -> Result<Option<WindowRow>> {
    let row = windows!(
        "WHERE w.customer_id = $1 AND w.id = $2 AND w.ends_at <= $3 FOR UPDATE OF w SKIP LOCKED",
        customer,
        id,
        now.to_sqlx() as _
    );
    Ok(row.fetch_optional(db).await?)
}

/// Which windows are wanted.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    pub site_code: Option<String>,
    pub serial: Option<String>,
}

/// What runs or comes, the next first; or what is over, the last first.
pub async fn list(
    db: impl PgExecutor<'_>,
    scope: &Scope,
    filter: &Filter,
    over: bool,
    limit: i64,
) -> Result<Vec<WindowRow>> {
    let rows = windows!(
        "WHERE in_scope(w.customer_id, w.site_id, seen.at, $1) AND (w.ends_at IS NULL) = $2
           AND ($3::text IS NULL OR site.site_code = $3)
           AND ($4::text IS NULL OR EXISTS (
               SELECT FROM system s WHERE s.customer_id = w.customer_id AND s.site_id = w.site_id AND s.serial = $4
                 AND (w.systems IS NULL OR s.id = ANY (w.systems))))
         ORDER BY w.starts_at, coalesce(w.last_ended_at, w.cancelled_at) DESC, w.id LIMIT $5",
        scope.json() as _,
        over,
        filter.site_code,
        filter.serial,
        limit
    );
    Ok(rows.fetch_all(db).await?)
}

/// The windows of one site that run or come, the next first; of one of its systems where one is named.
pub async fn of_place(
    db: impl PgExecutor<'_>,
    scope: &Scope,
    (customer, site): (Uuid, Uuid),
    system: Option<Uuid>,
) -> Result<Vec<WindowRow>> {
    let rows = windows!(
        "WHERE w.customer_id = $1 AND w.site_id = $2 AND w.ends_at IS NOT NULL
           AND ($3::uuid IS NULL OR w.systems IS NULL OR $3 = ANY (w.systems))
           AND in_scope(w.customer_id, w.site_id, seen.at, $4)
         ORDER BY w.starts_at, w.id LIMIT 20",
        customer,
        site,
        system,
        scope.json() as _
    );
    Ok(rows.fetch_all(db).await?)
}

/// Windows for programs, the newest first; `in_force` at that instant or not, where that is asked.
pub async fn page(
    db: impl PgExecutor<'_>,
    scope: &Scope,
    filter: &Filter,
    (in_force, now): (Option<bool>, Timestamp),
    after: Option<(Timestamp, Uuid)>,
    limit: i64,
) -> Result<Vec<WindowRow>> {
    let rows = windows!(
        "WHERE in_scope(w.customer_id, w.site_id, seen.at, $1)
           AND ($2::text IS NULL OR site.site_code = $2)
           AND ($3::text IS NULL OR EXISTS (
               SELECT FROM system s WHERE s.customer_id = w.customer_id AND s.site_id = w.site_id AND s.serial = $3
                 AND (w.systems IS NULL OR s.id = ANY (w.systems))))
           AND ($4::boolean IS NULL OR coalesce(w.starts_at <= $5 AND w.ends_at > $5, false) = $4)
           AND ($6::timestamptz IS NULL OR (w.created_at, w.id) < ($6, $7))
         ORDER BY w.created_at DESC, w.id DESC LIMIT $8",
        scope.json() as _,
        filter.site_code,
        filter.serial,
        in_force,
        now.to_sqlx() as _,
        after.map(|(at, _)| at.to_sqlx()) as _,
        after.map(|(_, id)| id),
        limit
    );
    Ok(rows.fetch_all(db).await?)
}

#[derive(Debug, Clone)]
pub struct HistoryRow {
    pub at: jiff_sqlx::Timestamp,
    pub party: String,
    pub kind: String,
    pub detail: Json<serde_json::Value>,
    pub actor: Option<String>,
}

/// What people and the clock did to a window, the last first.
pub async fn history(
    db: impl PgExecutor<'_>,
    scope: &Scope,
    customer: Uuid,
    window: Uuid,
    limit: i64,
) -> Result<Vec<HistoryRow>> {
    let rows = sqlx::query_as!(
        HistoryRow,
        r#"SELECT h.at, h.party, h.kind, h.detail AS "detail: Json<serde_json::Value>",
                  person.display_name AS "actor?"
           FROM maintenance_history h
           JOIN maintenance_window w ON w.customer_id = h.customer_id AND w.id = h.window_id
           LEFT JOIN person ON person.id = h.actor_id
           WHERE h.customer_id = $1 AND h.window_id = $2 AND in_scope(w.customer_id, w.site_id, h.at, $3)
           ORDER BY h.seq DESC LIMIT $4"#,
        customer,
        window,
        scope.json() as _,
        limit
    )
    .fetch_all(db)
    .await?;
    Ok(rows)
}
