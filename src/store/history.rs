//! The lines of a call's history, as it happened.

use jiff::Timestamp;
use sqlx::{PgExecutor, types::Json};
use uuid::Uuid;

use crate::{
    domain::{
        access::{Actor, Party, Scope},
        call::{Change, Due, Line, Status},
        names::named_as,
        objective::Kind,
    },
    error::{Error, Result},
    store::calls::Decided,
};

/// A line with the name of who did it, as a page or the API shows it.
#[derive(Debug, Clone)]
pub struct Told {
    pub line: Line,
    /// Its place among the lines that the reader may see, without gaps.
    pub place: i32,
    pub actor_name: Option<String>,
    pub assignee_name: Option<String>,
    /// When words were taken out of it, and who took them.
    pub redacted: Option<(Timestamp, Option<String>)>,
}

struct Row {
    seq: i32,
    place: i32,
    party: String,
    actor_id: Option<Uuid>,
    occurred_at: jiff_sqlx::Timestamp,
    recorded_at: jiff_sqlx::Timestamp,
    body: Option<String>,
    change: Json<Change>,
    status: String,
    in_review: bool,
    due_at: Option<jiff_sqlx::Timestamp>,
    due_kind: Option<String>,
    actor_name: Option<String>,
    assignee_name: Option<String>,
    redacted_at: Option<jiff_sqlx::Timestamp>,
    redactor_name: Option<String>,
    hides_twin: bool,
}

/// The whole history of one call, without what only staff read where the reader is not staff.
///
/// Names are looked up for the lines that have them: a join would visit the call and three tables for every line.
pub async fn of_call(db: impl PgExecutor<'_>, scope: &Scope, customer: Uuid, call: Uuid) -> Result<Vec<Told>> {
    let rows = sqlx::query_as!(
        Row,
        r#"SELECT h.seq, (row_number() OVER (ORDER BY h.seq))::int AS "place!", h.party, h.actor_id, h.occurred_at, h.recorded_at, h.body,
                  h.change AS "change: Json<Change>", h.status, h.in_review, h.due_at, h.due_kind,
                  coalesce((SELECT display_name FROM person WHERE id = h.actor_id),
                           (SELECT serial FROM system WHERE customer_id = h.customer_id AND id = h.actor_id)) AS actor_name,
                  CASE WHEN h.kind = 'assign' THEN (
                      SELECT display_name FROM person WHERE id = (h.change ->> 'assignee')::uuid) END AS assignee_name,
                  h.redacted_at, (SELECT display_name FROM person WHERE id = h.redacted_by) AS redactor_name,
                  (h.kind = 'cancel' AND h.change ? 'duplicate_of' AND NOT EXISTS (
                      SELECT FROM call twin
                      WHERE twin.number = left(regexp_replace(h.change ->> 'duplicate_of', '[^0-9]', '', 'g'), -1)::bigint
                        AND in_scope(twin.customer_id, twin.site_id, twin.opened_at, $3))) AS "hides_twin!"
           FROM (SELECT opened_at FROM call WHERE customer_id = $1 AND id = $2 OFFSET 0) call
           JOIN history h ON h.customer_id = $1 AND h.call_id = $2
           WHERE in_scope(h.customer_id, h.site_id, call.opened_at, $3)
             AND (h.audience = 'all' OR $4) AND (h.kind <> 'remote_access' OR $5)
           ORDER BY h.seq LIMIT 5000"#,
        customer,
        call,
        scope.json() as _,
        scope.internal(),
        scope.remote()
    )
    .fetch_all(db)
    .await?;
    rows.into_iter().map(Told::try_from).collect()
}

impl TryFrom<Row> for Told {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self> {
        let unknown = |what: &str| Error::Internal(format!("history holds an unknown {what}"));
        let kind = row.due_kind.as_deref().and_then(named_as::<Kind>);
        let due_at: Option<Timestamp> = row.due_at.map(jiff_sqlx::Timestamp::to_jiff);
        let line = Line {
            seq: row.seq,
            actor: Actor { party: Party::from_name(&row.party).ok_or_else(|| unknown("party"))?, id: row.actor_id },
            occurred_at: row.occurred_at.to_jiff(),
            recorded_at: row.recorded_at.to_jiff(),
            body: row.body,
            change: told(row.change.0, row.hides_twin),
            status: Status::from_name(&row.status).ok_or_else(|| unknown("status"))?,
            in_review: row.in_review,
            due: kind.zip(due_at).map(|(kind, at)| Due { kind, at }),
        };
        let redacted = row.redacted_at.map(|at| (at.to_jiff(), row.redactor_name));
        let (actor_name, assignee_name) = (row.actor_name, row.assignee_name);
        Ok(Self { line, place: row.place, actor_name, assignee_name, redacted })
    }
}

/// That it says the same as another call is for all; which one, for who sees that call too.
fn told(change: Change, hides_twin: bool) -> Change {
    match change {
        Change::Cancel { .. } if hides_twin => Change::Cancel { duplicate_of: None },
        other => other,
    }
}

/// The last decision of the router on a call, with what it knew.
pub async fn last_decision(
    db: impl PgExecutor<'_>,
    scope: &Scope,
    customer: Uuid,
    call: Uuid,
) -> Result<Option<Decided>> {
    let row = sqlx::query_as!(
        Decided,
        "SELECT d.seq, d.inputs, d.decision, d.basis FROM routing_decision d
         JOIN call ON call.customer_id = d.customer_id AND call.id = d.call_id
         WHERE d.customer_id = $1 AND d.call_id = $2
           AND in_scope(call.customer_id, call.site_id, call.opened_at, $3)
         ORDER BY d.seq DESC LIMIT 1",
        customer,
        call,
        scope.json() as _
    )
    .fetch_optional(db)
    .await?;
    Ok(row)
}

/// Who made one change, by its place in the history.
pub async fn actor_of(
    db: impl PgExecutor<'_>,
    scope: &Scope,
    customer: Uuid,
    call: Uuid,
    seq: i32,
) -> Result<Option<Actor>> {
    let row = sqlx::query!(
        "SELECT party, actor_id FROM history
         WHERE customer_id = $1 AND call_id = $2 AND seq = $3 AND in_scope(customer_id, site_id, occurred_at, $4)",
        customer,
        call,
        seq,
        scope.json() as _
    )
    .fetch_optional(db)
    .await?;
    Ok(row.and_then(|r| Some(Actor { party: Party::from_name(&r.party)?, id: r.actor_id })))
}
