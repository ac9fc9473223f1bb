use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use serde_json::{Value, json};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::{
    domain::{
        call::{Call, Line},
        priority::{self, Pressing},
    },
    error::{Error, Result},
    store::request_keys::RequestKey,
};

/// What the clocks of a call make of it, as of the last look at them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Pressure {
    pub watch_at: Option<Timestamp>,
    pub pressing: Vec<Pressing>,
}

impl Pressure {
    pub(super) fn names(&self) -> Vec<String> {
        self.pressing.iter().map(|pressing| pressing.name()).collect()
    }
}

/// Everything that one verb leaves behind, written together or not at all.
pub struct Recorded<'a> {
    pub call: &'a Call,
    pub pressure: Pressure,
    /// The hours by which the promises were counted.
    pub hours_version: i64,
    pub lines: &'a [Line],
    pub decisions: &'a [Decided],
    /// Who listens; nobody means that the world is not told (imports, demo history).
    pub topics: &'a [String],
    pub request: Option<&'a RequestKey>,
    pub import_id: Option<Uuid>,
}

/// What the router was asked and what it answered, for the line that routed.
pub struct Decided {
    pub seq: i32,
    pub inputs: Value,
    pub decision: Value,
    /// The rules, calendars and tz database it went by.
    pub basis: Value,
}

/// More lines on a call that this transaction has locked, and the row they fold into.
pub async fn advance(db: &mut PgConnection, recorded: &Recorded<'_>) -> Result<()> {
    let before = recorded.lines.first().map_or(0, |line| line.seq - 1);
    let advanced = sqlx::query_scalar!(
        r#"WITH moved AS (
               UPDATE call
               SET (version, severity, status, in_review, partner_id, accept_by, queue, assignee_id, due_at, due_kind,
                    alarm_count, reopen_count, ended_at, updated_at, last_customer_word_at, reminded_at, wait_until,
                    chip, state, watch_at, urgency, pressing, hours_version, title, external_number, priority)
                 = (SELECT r.version, r.severity, r.status, r.in_review, r.partner_id, r.accept_by, r.queue,
                           r.assignee_id, r.due_at, r.due_kind, r.alarm_count, r.reopen_count, r.ended_at,
                           r.updated_at, r.last_customer_word_at, r.reminded_at, r.wait_until, r.chip, r.state,
                           r.watch_at, r.urgency, r.pressing, r.hours_version, r.title, r.external_number,
                           work_priority(r.urgency, system.redundancy)
                    FROM jsonb_populate_record(NULL::call, $1) r
                    LEFT JOIN system ON system.customer_id = r.customer_id AND system.id = r.system_id)
               WHERE customer_id = ($1::jsonb ->> 'customer_id')::uuid AND id = ($1::jsonb ->> 'id')::uuid
                 AND version = $10
               RETURNING customer_id, id, site_id, opened_at
           ), told AS (
               INSERT INTO history (customer_id, call_id, site_id, seq, kind, audience, party, actor_id, occurred_at,
                                    recorded_at, body, change, status, in_review, due_at, due_kind)
               SELECT moved.customer_id, moved.id, moved.site_id, l.seq, l.kind, l.audience, l.party, l.actor_id,
                      l.occurred_at, l.recorded_at, l.body, l.change, l.status, l.in_review, l.due_at, l.due_kind
               FROM moved, jsonb_populate_recordset(NULL::history, $2) l
               RETURNING customer_id, call_id, seq, kind, status, body
           ), spoken AS (
               INSERT INTO words_due (customer_id, call_id, seq)
               SELECT customer_id, call_id, seq FROM told WHERE changes_words(kind, status, body)
           ), decided AS (
               INSERT INTO routing_decision (customer_id, call_id, seq, at, inputs, decision, basis)
               SELECT moved.customer_id, moved.id, d.seq, d.at, d.inputs, d.decision, d.basis
               FROM moved, jsonb_populate_recordset(NULL::routing_decision, $3) d
           ), announced AS (
               INSERT INTO outbox (id, customer_id, site_id, call_id, seq, kind, audience, topics, at, opened_at)
               SELECT o.id, moved.customer_id, moved.site_id, moved.id, o.seq, o.kind, o.audience, $5, o.at, moved.opened_at
               FROM moved, jsonb_populate_recordset(NULL::outbox, $4) o
           ), keyed AS (
               INSERT INTO request_key (actor_id, key, digest, customer_id, call_id, seq, at)
               SELECT $6, $7, $8, moved.customer_id, moved.id, $11, $9 FROM moved WHERE $7::text IS NOT NULL
           )
           SELECT id AS "id!" FROM moved"#,
        row(recorded),
        lines(recorded),
        decisions(recorded),
        announcements(recorded),
        recorded.topics,
        recorded.request.map(|r| r.actor_id),
        recorded.request.map(|r| r.key.as_str()),
        recorded.request.map(|r| r.digest.as_slice()),
        recorded.call.updated_at.to_sqlx() as _,
        before,
        before + 1,
    )
    .fetch_optional(db)
    .await?;
    advanced.map(|_| ()).ok_or(Error::Stale)
}

/// The row that the fold makes, by the names of its columns.
pub(in crate::store) fn row(recorded: &Recorded<'_>) -> Value {
    let (call, pressure) = (recorded.call, &recorded.pressure);
    let urgency = priority::urgency(call.severity, &pressure.pressing);
    json!({
        "customer_id": call.customer_id, "id": call.id, "number": call.number.serial(),
        "site_id": call.site_id, "system_id": call.system_id,
        "version": call.version, "origin": origin(call), "title": call.title, "severity": call.severity,
        "status": call.status, "in_review": call.in_review(), "partner_id": call.partner_id,
        "accept_by": call.review.and_then(|r| r.accept_by), "queue": call.queue, "assignee_id": call.assignee_id,
        "filed_by": call.filed_by, "due_at": call.due.map(|d| d.at), "due_kind": call.due.map(|d| d.kind),
        "alarm_count": call.alarm_count, "reopen_count": call.reopen_count, "opened_at": call.opened_at,
        "ended_at": call.ended_at, "updated_at": call.updated_at, "last_customer_word_at": call.last_public_at,
        "reminded_at": call.reminded_at, "wait_until": call.wait_until, "chip": call.chip,
        "external_number": call.external_number, "import_id": recorded.import_id, "state": call.course,
        "watch_at": pressure.watch_at, "urgency": urgency, "priority": urgency.max(1), "pressing": pressure.names(),
        "hours_version": recorded.hours_version,
    })
}

fn origin(call: &Call) -> &'static str {
    call.origin.name()
}

pub(super) fn lines(recorded: &Recorded<'_>) -> Value {
    recorded.lines.iter().map(line).collect()
}

fn line(line: &Line) -> Value {
    json!({
        "seq": line.seq, "kind": line.change.verb().name(), "audience": audience(line),
        "party": line.actor.party, "actor_id": line.actor.id, "occurred_at": line.occurred_at,
        "recorded_at": line.recorded_at, "body": line.body, "change": line.change, "status": line.status,
        "in_review": line.in_review, "due_at": line.due.map(|d| d.at), "due_kind": line.due.map(|d| d.kind),
    })
}

fn audience(line: &Line) -> &'static str {
    if line.change.is_internal() { "staff" } else { "all" }
}

pub(super) fn decisions(recorded: &Recorded<'_>) -> Value {
    let lines = recorded.lines;
    let at = |seq: i32| lines.iter().find(|l| l.seq == seq).map_or(recorded.call.updated_at, |l| l.recorded_at);
    let row = |decided: &Decided| {
        let Decided { seq, inputs, decision, basis } = decided;
        json!({"seq": seq, "at": at(*seq), "inputs": inputs, "decision": decision, "basis": basis})
    };
    recorded.decisions.iter().map(row).collect()
}

pub(super) fn announcements(recorded: &Recorded<'_>) -> Value {
    if recorded.topics.is_empty() {
        return Value::Array(Vec::new());
    }
    recorded
        .lines
        .iter()
        .map(|line| {
            json!({"id": Uuid::now_v7(), "seq": line.seq, "kind": line.change.verb().name(),
                   "audience": audience(line), "at": line.recorded_at})
        })
        .collect()
}
