//! Many calls that move in one transaction, in one statement.

use serde_json::{Value, json};
use sqlx::PgConnection;

use super::write::{Recorded, announcements, decisions, lines, row};
use crate::error::{Error, Result};

/// Like [`super::advance`] for calls that this transaction has locked, each with lines of its own and none with the key
/// of a request: a site that speaks of thirty calls waits once and not thirty times.
pub async fn advance_together(db: &mut PgConnection, recorded: &[Recorded<'_>]) -> Result<()> {
    if recorded.is_empty() {
        return Ok(());
    }
    let before: Value = recorded.iter().map(|r| json!({"id": r.call.id, "version": before(r)})).collect();
    let advanced = sqlx::query_scalar!(
        r#"WITH moved AS (
               UPDATE call
               SET (version, severity, status, in_review, partner_id, accept_by, queue, assignee_id, due_at, due_kind,
                    alarm_count, reopen_count, ended_at, updated_at, last_customer_word_at, reminded_at, wait_until,
                    chip, state, watch_at, urgency, pressing, hours_version, title, external_number, priority)
                 = (r.version, r.severity, r.status, r.in_review, r.partner_id, r.accept_by, r.queue,
                    r.assignee_id, r.due_at, r.due_kind, r.alarm_count, r.reopen_count, r.ended_at,
                    r.updated_at, r.last_customer_word_at, r.reminded_at, r.wait_until, r.chip, r.state,
                    r.watch_at, r.urgency, r.pressing, r.hours_version, r.title, r.external_number,
                    work_priority(r.urgency, system.redundancy))
               FROM jsonb_populate_recordset(NULL::call, $1) r
               JOIN jsonb_to_recordset($5) AS before (id uuid, version integer) ON before.id = r.id
               LEFT JOIN system ON system.customer_id = r.customer_id AND system.id = r.system_id
               WHERE call.customer_id = r.customer_id AND call.id = r.id AND call.version = before.version
               RETURNING call.customer_id, call.id, call.site_id, call.opened_at
           ), told AS (
               INSERT INTO history (customer_id, call_id, site_id, seq, kind, audience, party, actor_id, occurred_at,
                                    recorded_at, body, change, status, in_review, due_at, due_kind)
               SELECT moved.customer_id, moved.id, moved.site_id, l.seq, l.kind, l.audience, l.party, l.actor_id,
                      l.occurred_at, l.recorded_at, l.body, l.change, l.status, l.in_review, l.due_at, l.due_kind
               FROM jsonb_populate_recordset(NULL::history, $2) l JOIN moved ON moved.id = l.call_id
           ), decided AS (
               INSERT INTO routing_decision (customer_id, call_id, seq, at, inputs, decision, basis)
               SELECT moved.customer_id, moved.id, d.seq, d.at, d.inputs, d.decision, d.basis
               FROM jsonb_populate_recordset(NULL::routing_decision, $3) d JOIN moved ON moved.id = d.call_id
           ), announced AS (
               INSERT INTO outbox (id, customer_id, site_id, call_id, seq, kind, audience, topics, at, opened_at)
               SELECT o.id, moved.customer_id, moved.site_id, moved.id, o.seq, o.kind, o.audience, o.topics, o.at,
                      moved.opened_at
               FROM jsonb_populate_recordset(NULL::outbox, $4) o JOIN moved ON moved.id = o.call_id
           )
           SELECT count(*) AS "moved!" FROM moved"#,
        recorded.iter().map(row).collect::<Value>(),
        of_calls(recorded, lines),
        of_calls(recorded, decisions),
        of_calls(recorded, announcements),
        before
    )
    .fetch_one(db)
    .await?;
    if usize::try_from(advanced) == Ok(recorded.len()) { Ok(()) } else { Err(Error::Stale) }
}

fn before(recorded: &Recorded<'_>) -> i32 {
    recorded.lines.first().map_or(recorded.call.version, |line| line.seq - 1)
}

/// The rows of all calls, each with the call that it belongs to and who listens to it.
fn of_calls(recorded: &[Recorded<'_>], rows: fn(&Recorded<'_>) -> Value) -> Value {
    let named = |recorded: &Recorded<'_>| {
        let Value::Array(mut rows) = rows(recorded) else { return Vec::new() };
        for row in rows.iter_mut().filter_map(Value::as_object_mut) {
            row.insert("call_id".to_owned(), json!(recorded.call.id));
            row.insert("topics".to_owned(), json!(recorded.topics));
        }
        rows
    };
    recorded.iter().flat_map(named).collect()
}
