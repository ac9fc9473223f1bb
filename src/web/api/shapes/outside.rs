//! What the customer and the partner read of a change, verb by verb: whatever is not named here stays inside.

use serde_json::{Map, Value, json};

use crate::domain::{
    call::{Change, Filing, ImportedChange, Routing, Verb},
    handover::Shift,
};

/// A change without what only the desks read.
pub fn change(change: &Change) -> Value {
    let said = match change {
        Change::File(filing) => filed(filing),
        Change::Route(routing) => routed(routing),
        Change::Edit(edits) => json!(edits),
        Change::HandOver { queue, shift } => json!({"queue": queue, "shift": shift.as_deref().and_then(handed)}),
        Change::Comment { wants_severity } => json!({"wants_severity": wants_severity}),
        Change::Hold { reason } => json!({"reason": reason}),
        Change::ClocksRecounted { was } => json!({"was": was}),
        Change::ChangeSeverity { from, to, missed: _ } => json!({"from": from, "to": to}),
        Change::Resolve { code, cause } => json!({"code": code, "cause": cause}),
        Change::Close { code } => json!({"code": code}),
        Change::Cancel { duplicate_of } => json!({"duplicate_of": duplicate_of}),
        Change::FoldAlarm { summary, count, cause, alarm_id: _ } => {
            json!({"summary": summary, "count": count, "cause": cause})
        }
        Change::ClearAlarm { summary, alarm_id: _ } | Change::Flap { summary, alarm_id: _ } => {
            json!({"summary": summary})
        }
        Change::Recover { summary, count, standing, alarm_id: _ } => {
            json!({"summary": summary, "count": count, "standing": standing})
        }
        Change::JoinStorm { into } => json!({"into": into}),
        Change::FallSilent { since, systems, beside: _ } => json!({"since": since, "systems": systems}),
        Change::EndSilence { why } => json!({"why": why}),
        Change::PlaybookStep { step, found } => json!({"step": step, "found": found}),
        Change::RemoteAccess(event) => json!(event),
        Change::ImportedChange(row) => imported(row),
        Change::Acknowledge
        | Change::Assign { .. }
        | Change::Note
        | Change::NextStep
        | Change::AskCustomer
        | Change::Answer
        | Change::Resume
        | Change::TakeReview
        | Change::PassOn
        | Change::Dismiss
        | Change::AcceptHandover
        | Change::Restore
        | Change::RejectSolution
        | Change::Accept
        | Change::Reopen
        | Change::ClockAtRisk { .. }
        | Change::ClockMissed { .. }
        | Change::Remind => json!({}),
    };
    named(change.verb(), said)
}

/// As the whole change is told: what was not said is left out where it may be, and the verb comes first.
fn named(verb: Verb, said: Value) -> Value {
    let mut fields = Map::from_iter([("verb".to_owned(), json!(verb.name()))]);
    if let Value::Object(said) = said {
        fields.extend(said.into_iter().filter(|(name, value)| !(value.is_null() && OMITTED.contains(&name.as_str()))));
    }
    Value::Object(fields)
}

const OMITTED: [&str; 5] = ["wants_severity", "duplicate_of", "shift", "opening", "found"];

fn filed(filing: &Filing) -> Value {
    json!({
        "title": filing.title,
        "severity": filing.severity,
        "subject": filing.subject,
        "contact": filing.contact,
        "available_24x7": filing.available_24x7,
        "external_number": filing.external_number,
    })
}

fn routed(routing: &Routing) -> Value {
    json!({
        "queue": routing.queue,
        "cac": routing.cac,
        "why": routing.reasons(false),
        "chip": routing.chip,
        "wait_until": routing.wait_until,
        "accept_by": routing.accept_by,
        "also_partner": routing.also_partner,
        "plain": routing.plain,
    })
}

/// Until when the next center must say that it has the call is between the centers.
fn handed(shift: &Shift) -> Option<Value> {
    let sun = shift.sun.as_ref()?;
    Some(json!({
        "from": shift.from,
        "to": shift.to,
        "boundary_at": shift.boundary_at,
        "sun": {"chip": sun.chip, "why": sun.why, "plain": sun.plain},
    }))
}

/// The row in the other desk's own words names its people.
fn imported(row: &ImportedChange) -> Value {
    json!({
        "queue": row.queue,
        "team": row.team,
        "severity": row.severity,
        "flagged": row.flagged,
        "opening": row.opening,
    })
}
