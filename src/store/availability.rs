//! What is on record of the time of systems: what was left of their redundancy, critical calls, silence, planned work,
//! and what people dispute.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use sqlx::{PgExecutor, types::Json};
use uuid::Uuid;

use super::disputes;
use crate::{
    domain::{
        access::{Actor, Party, Scope},
        availability::{End, Evidence, Fact, Period, Redundancy, critical},
        call::{Change, Identity, Line, Status},
        names::named_as,
        number::CallNumber,
    },
    error::{Error, Result},
};

/// Some systems of one site, and the stretch that is asked for.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    pub customer_id: Uuid,
    pub site_id: Uuid,
    pub systems: &'a [Uuid],
    pub during: Period,
}

/// The number in the place of a call that the reader may not see.
pub const UNSEEN: i64 = 0;

/// What is on record of each of them; with what reaches into the stretch from before.
pub async fn evidence<'e>(
    db: impl PgExecutor<'e> + Copy,
    scope: &Scope,
    asked: Asked<'_>,
) -> Result<BTreeMap<Uuid, Vec<Evidence>>> {
    let mut all: BTreeMap<Uuid, Vec<Evidence>> = asked.systems.iter().map(|id| (*id, Vec::new())).collect();
    let mut add = |system: Uuid, evidence: Evidence| {
        if let Some(own) = all.get_mut(&system) {
            own.push(evidence);
        }
    };
    for (system, one) in redundancy(db, scope, asked).await? {
        add(system, one);
    }
    for (system, one) in silences(db, scope, asked).await? {
        add(system, one);
    }
    for (systems, one) in work(db, scope, asked).await? {
        for system in systems.as_deref().unwrap_or(asked.systems) {
            add(*system, one.clone());
        }
    }
    for (system, some) in out_of_service(db, scope, asked).await? {
        for one in some {
            add(system, one);
        }
    }
    for row in disputes::of_systems(db, scope, asked.customer_id, asked.systems, asked.during).await? {
        add(row.system_id, row.evidence()?);
    }
    Ok(all)
}

fn plain(recorded_at: Timestamp, fact: Fact) -> Evidence {
    Evidence { recorded_at, withdrawn_at: None, fact }
}

/// From the last moment before the stretch at which all was whole.
async fn redundancy(db: impl PgExecutor<'_>, scope: &Scope, asked: Asked<'_>) -> Result<Vec<(Uuid, Evidence)>> {
    let rows = sqlx::query!(
        r#"SELECT r.system_id, r.at AS "at: jiff_sqlx::Timestamp", r.redundancy, cause.number AS "number?"
           FROM unnest($2::uuid[]) AS asked (id)
           CROSS JOIN LATERAL (
               SELECT coalesce((SELECT max(whole.at) FROM redundancy_change whole
                                WHERE whole.customer_id = $1 AND whole.system_id = asked.id
                                  AND whole.at <= $3 AND whole.redundancy = 'duplex'), '-infinity') AS at) since
           JOIN redundancy_change r ON r.customer_id = $1 AND r.system_id = asked.id
                                   AND r.at >= since.at AND r.at < $4
           LEFT JOIN call cause ON cause.customer_id = r.customer_id AND cause.id = r.call_id
                               AND in_scope(cause.customer_id, cause.site_id, cause.opened_at, $5)
           WHERE in_scope(r.customer_id, r.site_id, $4, $5)
           ORDER BY r.at"#,
        asked.customer_id,
        asked.systems,
        asked.during.from.to_sqlx() as _,
        asked.during.to.to_sqlx() as _,
        scope.json() as _
    )
    .fetch_all(db)
    .await?;
    let evidence = rows.into_iter().map(|row| {
        let state: Redundancy =
            named_as(&row.redundancy).ok_or_else(|| Error::Internal("an unknown redundancy is kept".to_owned()))?;
        let at = row.at.to_jiff();
        Ok((row.system_id, plain(at, Fact::Redundancy { at, state, call: row.number })))
    });
    evidence.collect()
}

async fn silences(db: impl PgExecutor<'_>, scope: &Scope, asked: Asked<'_>) -> Result<Vec<(Uuid, Evidence)>> {
    let rows = sqlx::query!(
        r#"SELECT s.system_id, s.began_at AS "began_at: jiff_sqlx::Timestamp",
                  coalesce(s.last_heard_at, s.began_at) AS "since!: jiff_sqlx::Timestamp",
                  s.ended_at AS "ended_at: jiff_sqlx::Timestamp", told.number AS "number?"
           FROM silence s
           LEFT JOIN call told ON told.customer_id = s.customer_id AND told.id = s.call_id
                              AND in_scope(told.customer_id, told.site_id, told.opened_at, $5)
           WHERE s.customer_id = $1 AND s.system_id = ANY ($2) AND coalesce(s.last_heard_at, s.began_at) < $4
             AND (s.ended_at IS NULL OR s.ended_at > $3) AND in_scope(s.customer_id, s.site_id, $4, $5)"#,
        asked.customer_id,
        asked.systems,
        asked.during.from.to_sqlx() as _,
        asked.during.to.to_sqlx() as _,
        scope.json() as _
    )
    .fetch_all(db)
    .await?;
    let evidence = rows.into_iter().map(|row| {
        // Nothing was heard since the last word, though somebody noticed it only later.
        let from = row.since.to_jiff();
        let end = row.ended_at.map(|at| End { at: at.to_jiff(), recorded_at: at.to_jiff() });
        (row.system_id, plain(row.began_at.to_jiff(), Fact::Silence { from, until: end, call: row.number }))
    });
    Ok(evidence.collect())
}

/// Work that was done, and what is in force; known when it began, or when somebody planned it after that.
async fn work(db: impl PgExecutor<'_>, scope: &Scope, asked: Asked<'_>) -> Result<Vec<(Option<Vec<Uuid>>, Evidence)>> {
    let rows = sqlx::query!(
        r#"SELECT w.id, w.title, w.systems, work.starts_at AS "starts_at!: jiff_sqlx::Timestamp",
                  work.ends_at AS "ends_at!: jiff_sqlx::Timestamp",
                  greatest(work.starts_at, w.created_at) AS "known_at!: jiff_sqlx::Timestamp"
           FROM (SELECT customer_id, window_id, site_id, starts_at, ends_at FROM maintenance_occurrence
                 WHERE customer_id = $1 AND site_id = $2 AND ends_at > $3 AND starts_at < $4
                 UNION ALL
                 SELECT customer_id, id, site_id, starts_at, ends_at FROM maintenance_window
                 WHERE customer_id = $1 AND site_id = $2 AND ends_at > $3 AND starts_at < $4) work
           JOIN maintenance_window w ON w.customer_id = work.customer_id AND w.id = work.window_id
           WHERE in_scope(work.customer_id, work.site_id, $4, $5)"#,
        asked.customer_id,
        asked.site_id,
        asked.during.from.to_sqlx() as _,
        asked.during.to.to_sqlx() as _,
        scope.json() as _
    )
    .fetch_all(db)
    .await?;
    let evidence = rows.into_iter().map(|row| {
        let during = Period { from: row.starts_at.to_jiff(), to: row.ends_at.to_jiff() };
        let fact = Fact::Work { during, window: row.id, title: row.title };
        (row.systems, plain(row.known_at.to_jiff(), fact))
    });
    Ok(evidence.collect())
}

/// What the histories tell of calls that were critical at any time.
async fn out_of_service<'e>(
    db: impl PgExecutor<'e> + Copy,
    scope: &Scope,
    asked: Asked<'_>,
) -> Result<Vec<(Uuid, Vec<Evidence>)>> {
    let calls = sqlx::query!(
        r#"SELECT call.id, call.number, call.system_id AS "system_id!",
                  in_scope(call.customer_id, call.site_id, call.opened_at, $5) AS "seen!"
           FROM call
           WHERE call.customer_id = $1 AND call.system_id = ANY ($2) AND call.opened_at < $4
             AND (call.ended_at IS NULL OR call.ended_at > $3) AND in_scope(call.customer_id, call.site_id, $4, $5)
             AND (call.severity = 1 OR EXISTS (
                 SELECT FROM history h WHERE h.customer_id = call.customer_id AND h.call_id = call.id
                   AND h.kind = 'change_severity' AND h.change ->> 'from' = '1'))"#,
        asked.customer_id,
        asked.systems,
        asked.during.from.to_sqlx() as _,
        asked.during.to.to_sqlx() as _,
        scope.json() as _
    )
    .fetch_all(db)
    .await?;
    let ids: Vec<Uuid> = calls.iter().map(|call| call.id).collect();
    let mut histories = if ids.is_empty() { BTreeMap::new() } else { lines(db, scope, asked, &ids).await? };
    let told = calls.into_iter().map(|call| {
        let number = CallNumber::from_serial(if call.seen { call.number } else { UNSEEN });
        let (customer_id, site_id) = (asked.customer_id, asked.site_id);
        let identity = Identity { customer_id, id: call.id, number, site_id, system_id: Some(call.system_id) };
        (call.system_id, critical(identity, &histories.remove(&call.id).unwrap_or_default()))
    });
    Ok(told.collect())
}

/// Without words: only what was done is asked for.
async fn lines(
    db: impl PgExecutor<'_>,
    scope: &Scope,
    asked: Asked<'_>,
    calls: &[Uuid],
) -> Result<BTreeMap<Uuid, Vec<Line>>> {
    let rows = sqlx::query!(
        r#"SELECT h.call_id, h.seq, h.party, h.actor_id, h.occurred_at AS "occurred_at: jiff_sqlx::Timestamp",
                  h.recorded_at AS "recorded_at: jiff_sqlx::Timestamp", h.change AS "change: Json<Change>", h.status,
                  h.in_review
           FROM history h
           WHERE h.customer_id = $1 AND h.call_id = ANY ($2) AND in_scope(h.customer_id, h.site_id, $3, $4)
           ORDER BY h.call_id, h.seq"#,
        asked.customer_id,
        calls,
        asked.during.to.to_sqlx() as _,
        scope.json() as _
    )
    .fetch_all(db)
    .await?;
    let unknown = |what: &str| Error::Internal(format!("history holds an unknown {what}"));
    let mut histories: BTreeMap<Uuid, Vec<Line>> = BTreeMap::new();
    for row in rows {
        let line = Line {
            seq: row.seq,
            actor: Actor { party: Party::from_name(&row.party).ok_or_else(|| unknown("party"))?, id: row.actor_id },
            occurred_at: row.occurred_at.to_jiff(),
            recorded_at: row.recorded_at.to_jiff(),
            body: None,
            change: row.change.0,
            status: Status::from_name(&row.status).ok_or_else(|| unknown("status"))?,
            in_review: row.in_review,
            due: None,
        };
        histories.entry(row.call_id).or_default().push(line);
    }
    Ok(histories)
}
