//! Windows of planned work: what is planned, what runs, what was.

mod over;
mod read;

use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use serde_json::{Value, json};
use sqlx::{PgConnection, PgExecutor, types::Json};
use uuid::Uuid;

pub use self::{
    over::{
        NewOccurrence, OccurrenceRow, OfFaults, OfWindow, SuppressedRow, calls_of, counts, gone, insert_occurrence,
        last_of_site, occurrences, suppressed,
    },
    read::{Filter, HistoryRow, NamedSystem, WindowRow, find, history, list, lock, lock_due, of_place, page},
};
use crate::{
    domain::{
        access::Actor,
        maintenance::{Occurrence, Placed, Plan, Window},
    },
    error::Result,
};

struct Around {
    customer_id: Uuid,
    site_id: Uuid,
    id: Uuid,
    title: String,
    systems: Option<Vec<Uuid>>,
    plan: Json<Plan>,
    skipped: Vec<jiff_sqlx::Timestamp>,
    planned_at: Option<jiff_sqlx::Timestamp>,
    starts_at: Option<jiff_sqlx::Timestamp>,
    ends_at: Option<jiff_sqlx::Timestamp>,
    cancelled: bool,
    past: Json<Vec<(Timestamp, Timestamp)>>,
}

/// The windows of these sites that are not over, and when any of them was in force since that instant.
///
/// One question for all senders of a transaction: it is asked for every alarm that comes in.
pub async fn around(
    db: impl PgExecutor<'_>,
    customers: &[Uuid],
    sites: &[Uuid],
    since: Timestamp,
) -> Result<Vec<(Uuid, Uuid, Placed)>> {
    let rows = sqlx::query_as!(
        Around,
        r#"SELECT w.customer_id, w.site_id, w.id, w.title, w.systems, w.plan AS "plan: Json<Plan>",
                  w.skipped AS "skipped: Vec<jiff_sqlx::Timestamp>", w.planned_at, w.starts_at, w.ends_at,
                  w.cancelled_at IS NOT NULL AS "cancelled!",
                  coalesce((SELECT jsonb_agg(jsonb_build_array(o.starts_at, o.ends_at)) FROM maintenance_occurrence o
                            WHERE o.customer_id = w.customer_id AND o.window_id = w.id AND o.ends_at > $3),
                           '[]') AS "past!: Json<Vec<(Timestamp, Timestamp)>>"
           FROM maintenance_window w
           WHERE (w.customer_id, w.site_id) IN (SELECT * FROM unnest($1::uuid[], $2::uuid[]))
             AND (w.ends_at IS NOT NULL OR w.last_ended_at > $3)"#,
        customers,
        sites,
        since.to_sqlx() as _
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(|row| (row.customer_id, row.site_id, row.placed())).collect())
}

impl Around {
    fn placed(self) -> Placed {
        let window = Window {
            plan: self.plan.0,
            skipped: instants(&self.skipped),
            current: occurrence(self.planned_at, self.starts_at, self.ends_at),
            cancelled: self.cancelled,
        };
        Placed { id: self.id, title: self.title, systems: self.systems, window, past: self.past.0 }
    }
}

/// For each system (or site, where none is named), whether a window is in force for it at that instant: who is worked
/// on makes no calls, and is not called silent either.
pub async fn in_force(
    db: impl PgExecutor<'_>,
    customers: &[Uuid],
    sites: &[Uuid],
    systems: &[Option<Uuid>],
    now: Timestamp,
) -> Result<Vec<bool>> {
    let windows = around(db, customers, sites, now).await?;
    let places = customers.iter().zip(sites).zip(systems);
    let judged = places.map(|((customer, site), system)| {
        let own = windows.iter().filter(|(c, s, window)| (c, s) == (customer, site) && window.is_for(*system));
        own.into_iter().any(|(_, _, window)| window.window.in_force(now).is_some())
    });
    Ok(judged.collect())
}

fn instants(of: &[jiff_sqlx::Timestamp]) -> Vec<Timestamp> {
    of.iter().map(|at| at.to_jiff()).collect()
}

fn occurrence(
    planned_at: Option<jiff_sqlx::Timestamp>,
    starts_at: Option<jiff_sqlx::Timestamp>,
    ends_at: Option<jiff_sqlx::Timestamp>,
) -> Option<Occurrence> {
    Some(Occurrence { planned_at: planned_at?.to_jiff(), starts_at: starts_at?.to_jiff(), ends_at: ends_at?.to_jiff() })
}

/// A window as it is from now on.
#[derive(Debug, Clone)]
pub struct Kept<'a> {
    pub customer_id: Uuid,
    pub id: Uuid,
    pub site_id: Uuid,
    pub systems: Option<&'a [Uuid]>,
    pub title: &'a str,
    pub reason: &'a str,
    pub window: &'a Window,
    /// When it was cancelled, and when its last occurrence ended.
    pub cancelled_at: Option<Timestamp>,
    pub last_ended_at: Option<Timestamp>,
}

impl Kept<'_> {
    /// By the names of the columns.
    fn row(&self, now: Timestamp) -> Value {
        let current = self.window.current;
        json!({
            "customer_id": self.customer_id, "id": self.id, "site_id": self.site_id, "systems": self.systems,
            "title": self.title, "reason": self.reason, "plan": self.window.plan, "skipped": self.window.skipped,
            "planned_at": current.map(|c| c.planned_at), "starts_at": current.map(|c| c.starts_at),
            "ends_at": current.map(|c| c.ends_at), "cancelled_at": self.cancelled_at,
            "last_ended_at": self.last_ended_at, "version": 1, "created_at": now,
        })
    }
}

/// New, or in the place of what it was; each time is a version of its own.
pub async fn keep(db: &mut PgConnection, kept: &Kept<'_>, now: Timestamp) -> Result<()> {
    sqlx::query!(
        "INSERT INTO maintenance_window SELECT * FROM jsonb_populate_record(NULL::maintenance_window, $1)
         ON CONFLICT (customer_id, id)
         DO UPDATE SET systems = excluded.systems, title = excluded.title, reason = excluded.reason,
                       plan = excluded.plan, skipped = excluded.skipped, planned_at = excluded.planned_at,
                       starts_at = excluded.starts_at, ends_at = excluded.ends_at,
                       cancelled_at = excluded.cancelled_at, last_ended_at = excluded.last_ended_at,
                       version = maintenance_window.version + 1",
        kept.row(now)
    )
    .execute(db)
    .await?;
    Ok(())
}

/// What was done to it, and by whom: one line, never changed.
pub async fn write_down(
    db: &mut PgConnection,
    (customer, window): (Uuid, Uuid),
    actor: Actor,
    (kind, detail): (&str, &Value),
    now: Timestamp,
) -> Result<()> {
    sqlx::query!(
        "INSERT INTO maintenance_history (customer_id, window_id, seq, at, actor_id, party, kind, detail)
         SELECT $1, $2, 1 + count(*), $3, $4, $5, $6, $7 FROM maintenance_history
         WHERE customer_id = $1 AND window_id = $2",
        customer,
        window,
        now.to_sqlx() as _,
        actor.id,
        actor.party.name(),
        kind,
        detail
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Windows of which an occurrence has ended, with their sites.
pub async fn due(db: impl PgExecutor<'_>, now: Timestamp, limit: i64) -> Result<Vec<(Uuid, Uuid, Uuid)>> {
    let rows = sqlx::query!(
        "SELECT customer_id, site_id, id FROM maintenance_window WHERE ends_at <= $1 ORDER BY ends_at, id LIMIT $2",
        now.to_sqlx() as _,
        limit
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(|row| (row.customer_id, row.site_id, row.id)).collect())
}
