//! Many calls that are new or move in one transaction, in one statement: a site that speaks of thirty calls waits once
//! for all that is written of them, and not thirty times.

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};
use sqlx::PgConnection;
use uuid::Uuid;

use super::write::{Recorded, announcements, decisions, lines, row};
use crate::{
    domain::number::CallNumber,
    error::{Error, Result},
};

/// The number of a call that is about to be. What comes to nothing leaves a gap.
pub async fn next_number(db: &mut PgConnection) -> Result<CallNumber> {
    let number = sqlx::query_scalar!(r#"SELECT nextval('call_number_seq') AS "number!""#).fetch_one(db).await?;
    Ok(CallNumber::from_serial(number))
}

/// New calls: their numbers, their rows, their first lines, the keys of their requests, and word of them to the world.
/// A call that has no number yet gets one; answers the numbers by the ids of the calls.
pub async fn insert_together(db: &mut PgConnection, recorded: &[Recorded<'_>]) -> Result<Vec<(Uuid, CallNumber)>> {
    if recorded.is_empty() {
        return Ok(Vec::new());
    }
    let numbers = sqlx::query!(
        r#"WITH new AS MATERIALIZED (
               SELECT call || jsonb_build_object('number', coalesce(nullif((call ->> 'number')::bigint, 0),
                                                                    nextval('call_number_seq'))) AS call
               FROM jsonb_array_elements($1) AS given (call)
           ), numbered AS (
               INSERT INTO call_number (number, customer_id, call_id)
               SELECT (call ->> 'number')::bigint, (call ->> 'customer_id')::uuid, (call ->> 'id')::uuid FROM new
               RETURNING number, call_id
           ), filed AS (
               INSERT INTO call
               SELECT r.*
               FROM new
               LEFT JOIN LATERAL (
                   SELECT redundancy FROM system
                   WHERE customer_id = (new.call ->> 'customer_id')::uuid AND id = (new.call ->> 'system_id')::uuid
                   FOR SHARE
               ) system ON true
               CROSS JOIN LATERAL jsonb_populate_record(NULL::call, new.call || jsonb_build_object(
                   'priority', work_priority((new.call ->> 'urgency')::smallint, system.redundancy))) AS r
               RETURNING customer_id, id, site_id, opened_at
           ), told AS (
               INSERT INTO history (customer_id, call_id, site_id, seq, kind, audience, party, actor_id, occurred_at,
                                    recorded_at, body, change, status, in_review, due_at, due_kind)
               SELECT filed.customer_id, filed.id, filed.site_id, l.seq, l.kind, l.audience, l.party, l.actor_id,
                      l.occurred_at, l.recorded_at, l.body, l.change, l.status, l.in_review, l.due_at, l.due_kind
               FROM jsonb_populate_recordset(NULL::history, $2) l JOIN filed ON filed.id = l.call_id
               RETURNING customer_id, call_id, seq, kind, status, body
           ), spoken AS (
               INSERT INTO words_due (customer_id, call_id, seq)
               SELECT customer_id, call_id, seq FROM told WHERE changes_words(kind, status, body)
           ), decided AS (
               INSERT INTO routing_decision (customer_id, call_id, seq, at, inputs, decision, basis)
               SELECT filed.customer_id, filed.id, d.seq, d.at, d.inputs, d.decision, d.basis
               FROM jsonb_populate_recordset(NULL::routing_decision, $3) d JOIN filed ON filed.id = d.call_id
           ), announced AS (
               INSERT INTO outbox (id, customer_id, site_id, call_id, seq, kind, audience, topics, at, opened_at)
               SELECT o.id, filed.customer_id, filed.site_id, filed.id, o.seq, o.kind, o.audience, o.topics, o.at,
                      filed.opened_at
               FROM jsonb_populate_recordset(NULL::outbox, $4) o JOIN filed ON filed.id = o.call_id
           ), keyed AS (
               INSERT INTO request_key (actor_id, key, digest, customer_id, call_id, seq, at)
               SELECT k.actor_id, k.key, decode(k.digest, 'base64'), filed.customer_id, filed.id, 1, k.at
               FROM jsonb_to_recordset($5) AS k (call_id uuid, actor_id uuid, key text, digest text, at timestamptz)
               JOIN filed ON filed.id = k.call_id
           )
           SELECT call_id AS "call_id!", number AS "number!" FROM numbered"#,
        recorded.iter().map(row).collect::<Value>(),
        of_calls(recorded, lines),
        of_calls(recorded, decisions),
        of_calls(recorded, announcements),
        recorded.iter().filter_map(key).collect::<Value>()
    )
    .fetch_all(db)
    .await?;
    Ok(numbers.into_iter().map(|row| (row.call_id, CallNumber::from_serial(row.number))).collect())
}

fn key(recorded: &Recorded<'_>) -> Option<Value> {
    let (call, request) = (recorded.call, recorded.request?);
    let digest = STANDARD.encode(&request.digest);
    Some(json!({"call_id": call.id, "actor_id": request.actor_id, "key": request.key, "digest": digest,
                "at": call.updated_at}))
}

/// Like [`super::advance`] for calls that this transaction has locked, each with lines of its own and none with the key
/// of a request.
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
               RETURNING customer_id, call_id, seq, kind, status, body
           ), spoken AS (
               INSERT INTO words_due (customer_id, call_id, seq)
               SELECT customer_id, call_id, seq FROM told WHERE changes_words(kind, status, body)
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
