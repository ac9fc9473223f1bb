//! Sums over the calls of a stretch of time: what came, what waits, which promises were kept, where the work went.

use jiff::{Timestamp, civil::Date};
use jiff_sqlx::{Date as SqlDate, ToSqlx};
use sqlx::PgExecutor;

use crate::{domain::access::Scope, error::Result};

/// Which calls a report is about.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    pub from: Timestamp,
    pub to: Timestamp,
    pub region: Option<&'a str>,
    /// By whose clock its days are counted.
    pub zone: &'a str,
}

#[derive(Debug, Clone)]
pub struct Arrivals {
    pub day: Date,
    pub severity: i16,
    pub calls: i64,
    pub by_machines: i64,
    /// Alarms that went into those calls and opened none of their own.
    pub folded: i64,
}

/// By the day and severity.
pub async fn arrivals(db: impl PgExecutor<'_>, scope: &Scope, asked: Asked<'_>) -> Result<Vec<Arrivals>> {
    let rows = sqlx::query!(
        r#"SELECT (call.opened_at AT TIME ZONE $4)::date AS "day!: SqlDate", call.severity, count(*) AS "calls!",
                  count(*) FILTER (WHERE call.origin = 'device') AS "by_machines!",
                  coalesce(sum(greatest(call.alarm_count - 1, 0)) FILTER (WHERE call.alarm_count > 0), 0)::bigint AS "folded!"
           FROM call
           JOIN site ON site.customer_id = call.customer_id AND site.id = call.site_id
           WHERE call.opened_at >= $1 AND call.opened_at < $2 AND ($3::text IS NULL OR site.region = $3)
             AND in_scope(call.customer_id, call.site_id, call.opened_at, $5)
           GROUP BY 1, 2 ORDER BY 1, 2"#,
        asked.from.to_sqlx() as _,
        asked.to.to_sqlx() as _,
        asked.region,
        asked.zone,
        scope.json() as _
    )
    .fetch_all(db)
    .await?;
    let row = rows.into_iter().map(|row| Arrivals {
        day: row.day.to_jiff(),
        severity: row.severity,
        calls: row.calls,
        by_machines: row.by_machines,
        folded: row.folded,
    });
    Ok(row.collect())
}

#[derive(Debug, Clone)]
pub struct Hour {
    pub region: String,
    pub hour: i32,
    pub calls: i64,
}

/// By the hour of the day, on the clock of the center of each region.
pub async fn hours(
    db: impl PgExecutor<'_>,
    scope: &Scope,
    asked: Asked<'_>,
    (regions, zones): (&[String], &[String]),
) -> Result<Vec<Hour>> {
    let rows = sqlx::query_as!(
        Hour,
        r#"SELECT site.region, extract(hour FROM call.opened_at AT TIME ZONE there.zone)::int AS "hour!",
                  count(*) AS "calls!"
           FROM call
           JOIN site ON site.customer_id = call.customer_id AND site.id = call.site_id
           JOIN unnest($4::text[], $5::text[]) AS there (region, zone) ON there.region = site.region
           WHERE call.opened_at >= $1 AND call.opened_at < $2 AND ($3::text IS NULL OR site.region = $3)
             AND in_scope(call.customer_id, call.site_id, call.opened_at, $6)
           GROUP BY 1, 2"#,
        asked.from.to_sqlx() as _,
        asked.to.to_sqlx() as _,
        asked.region,
        regions,
        zones,
        scope.json() as _
    );
    Ok(rows.fetch_all(db).await?)
}

/// What still waits, by how long it has.
#[derive(Debug, Clone)]
pub struct Waiting {
    pub severity: i16,
    pub days: i32,
    pub calls: i64,
}

/// The least ages in days by which a backlog is told.
pub const AGES: [i32; 5] = [0, 1, 3, 7, 30];

pub async fn backlog(db: impl PgExecutor<'_>, scope: &Scope, asked: Asked<'_>, now: Timestamp) -> Result<Vec<Waiting>> {
    let rows = sqlx::query_as!(
        Waiting,
        r#"SELECT call.severity, age.days AS "days!", count(*) AS "calls!"
           FROM call
           JOIN site ON site.customer_id = call.customer_id AND site.id = call.site_id
           CROSS JOIN LATERAL (SELECT max(days) AS days FROM unnest($1::int[]) AS t (days)
                               WHERE call.opened_at <= $2::timestamptz - make_interval(days => t.days)) age
           WHERE call.status IN ('new', 'open', 'awaiting_customer', 'on_hold') AND call.opened_at <= $2
             AND ($3::text IS NULL OR site.region = $3)
             AND in_scope(call.customer_id, call.site_id, call.opened_at, $4)
           GROUP BY call.severity, age.days ORDER BY 1, 2"#,
        &AGES,
        now.to_sqlx() as _,
        asked.region,
        scope.json() as _
    );
    Ok(rows.fetch_all(db).await?)
}

/// Promises of one kind, of the calls of one severity, region or customer that were solved.
#[derive(Debug, Clone)]
pub struct Promises {
    pub kind: String,
    pub severity: Option<i16>,
    pub region: Option<String>,
    pub customer: Option<String>,
    pub made: i64,
    pub missed: i64,
}

/// The promises of a call without a service level of its own: severities and kinds side by side.
pub async fn promises(
    db: impl PgExecutor<'_>,
    scope: &Scope,
    asked: Asked<'_>,
    (severities, kinds): (&[i16], &[String]),
) -> Result<Vec<Promises>> {
    let rows = sqlx::query_as!(
        Promises,
        r#"WITH promise AS (
               SELECT service_level_id AS level, severity, kind FROM objective
               UNION ALL SELECT NULL, severity, kind FROM unnest($4::smallint[], $5::text[]) AS t (severity, kind)
           ), solved AS (
               SELECT call.severity, site.region, account.name AS customer, call.state -> 'misses' AS misses,
                      (SELECT o.service_level_id FROM objective o
                       WHERE o.service_level_id = (call.state ->> 'service_level')::uuid LIMIT 1) AS level
               FROM call
               JOIN site ON site.customer_id = call.customer_id AND site.id = call.site_id
               JOIN account ON account.id = call.customer_id
               WHERE call.opened_at >= $1 AND call.opened_at < $2 AND ($3::text IS NULL OR site.region = $3)
                 AND call.status IN ('resolved', 'closed') AND call.origin <> 'import'
                 AND in_scope(call.customer_id, call.site_id, call.opened_at, $6)
           )
           SELECT promise.kind AS "kind!", solved.severity AS "severity?", solved.region AS "region?", solved.customer AS "customer?",
                  count(*) AS "made!",
                  count(*) FILTER (WHERE solved.misses @> jsonb_build_array(jsonb_build_object('kind', promise.kind)))
                      AS "missed!"
           FROM solved
           JOIN promise ON promise.severity = solved.severity AND promise.level IS NOT DISTINCT FROM solved.level
           GROUP BY GROUPING SETS ((promise.kind, solved.severity), (promise.kind, solved.region),
                                   (promise.kind, solved.customer))
           ORDER BY solved.severity, solved.region, 5 DESC, solved.customer, promise.kind"#,
        asked.from.to_sqlx() as _,
        asked.to.to_sqlx() as _,
        asked.region,
        severities,
        kinds,
        scope.json() as _
    );
    Ok(rows.fetch_all(db).await?)
}

/// What went from one center to another at the end of its day.
#[derive(Debug, Clone)]
pub struct Handed {
    pub from: Option<String>,
    pub to: Option<String>,
    pub calls: i64,
    pub in_time: i64,
    pub late: i64,
}

pub async fn handed(db: impl PgExecutor<'_>, scope: &Scope, asked: Asked<'_>) -> Result<Vec<Handed>> {
    let rows = sqlx::query_as!(
        Handed,
        r#"SELECT h.from_cac AS from, h.to_cac AS to, count(*) AS "calls!",
                  count(*) FILTER (WHERE h.accepted_at <= h.accept_by) AS "in_time!",
                  count(*) FILTER (WHERE h.accepted_at > h.accept_by OR h.escalated_at IS NOT NULL) AS "late!"
           FROM handover h
           JOIN site ON site.customer_id = h.customer_id AND site.id = h.site_id
           WHERE h.handed_at >= $1 AND h.handed_at < $2 AND ($3::text IS NULL OR site.region = $3)
             AND in_scope(h.customer_id, h.site_id, h.handed_at, $4)
           GROUP BY 1, 2 ORDER BY 3 DESC, 1, 2"#,
        asked.from.to_sqlx() as _,
        asked.to.to_sqlx() as _,
        asked.region,
        scope.json() as _
    );
    Ok(rows.fetch_all(db).await?)
}

/// How often the calls of the stretch went on to somebody else.
#[derive(Debug, Clone)]
pub struct Moved {
    pub assigned: i64,
    /// To another queue by hand, or by the router.
    pub queued: i64,
    pub reopened: i64,
}

pub async fn moved(db: impl PgExecutor<'_>, scope: &Scope, asked: Asked<'_>) -> Result<Moved> {
    let moved = sqlx::query_as!(
        Moved,
        r#"SELECT count(*) FILTER (WHERE h.kind = 'assign') AS "assigned!",
                  count(*) FILTER (WHERE h.kind = 'hand_over') AS "queued!",
                  count(*) FILTER (WHERE h.kind IN ('reopen', 'reject_solution')) AS "reopened!"
           FROM call
           JOIN site ON site.customer_id = call.customer_id AND site.id = call.site_id
           JOIN history h ON h.customer_id = call.customer_id AND h.call_id = call.id
                              AND h.kind IN ('assign', 'hand_over', 'reopen', 'reject_solution')
           WHERE call.opened_at >= $1 AND call.opened_at < $2 AND ($3::text IS NULL OR site.region = $3)
             AND in_scope(call.customer_id, call.site_id, call.opened_at, $4)"#,
        asked.from.to_sqlx() as _,
        asked.to.to_sqlx() as _,
        asked.region,
        scope.json() as _
    );
    Ok(moved.fetch_one(db).await?)
}
