//! `/api/v1`: the same calls, systems and queues for programs, in JSON.
pub mod audit;
pub mod calls;
pub mod house;
pub mod me;
pub mod people;
pub mod queues;
pub mod systems;

use axum::{Json, body::Bytes};
use serde::Deserialize;
use serde_json::{Value, json};

use super::calls::cursor;
use crate::{
    error::{Error, Result},
    store::calls::{CallSummary, Cursor},
};

/// Where a list begins and how much of it is wanted.
#[derive(Debug, Default, Deserialize)]
pub struct Paging {
    cursor: Option<String>,
    limit: Option<i64>,
}

impl Paging {
    pub fn of(limit: Option<i64>) -> Self {
        Self { cursor: None, limit }
    }

    pub fn limit(&self) -> Result<i64> {
        match self.limit {
            None => Ok(50),
            Some(limit) if (1..=200).contains(&limit) => Ok(limit),
            Some(_) => Err(Error::invalid("limit", "The limit is 1 to 200.")),
        }
    }

    pub fn after(&self) -> Result<Option<Cursor>> {
        self.cursor.as_deref().map(cursor).transpose()
    }
}

/// A body that can't be read says where.
pub fn object(body: &Bytes) -> Result<Value> {
    let value: Value =
        serde_json::from_slice(body).map_err(|e| Error::invalid("body", format!("The body is not JSON: {e}.")))?;
    if value.is_object() { Ok(value) } else { Err(Error::invalid("body", "The body must be a JSON object.")) }
}

#[expect(clippy::needless_pass_by_value, reason = "the list is made for this answer")]
pub fn list(data: Vec<Value>, next_cursor: Option<String>) -> Json<Value> {
    Json(json!({"data": data, "next_cursor": next_cursor}))
}

/// A call as an element of a list.
pub fn summary(call: &CallSummary) -> Value {
    json!({
        "number": call.call_number(), "id": call.id, "title": call.title, "severity": call.severity,
        "status": call.status, "partner_review": call.in_review, "queue": call.queue, "origin": call.origin,
        "assignee": call.assignee_name, "customer": call.customer_name, "site": call.site_code,
        "system": call.serial, "due_at": call.due_at.map(stamp), "due_kind": call.due_kind,
        "alarms": call.alarm_count, "version": call.version, "opened_at": stamp(call.opened_at),
        "ended_at": call.ended_at.map(stamp), "updated_at": stamp(call.updated_at), "time_zone": call.time_zone,
        "external_number": call.external_number,
    })
}

pub fn stamp(at: jiff_sqlx::Timestamp) -> String {
    instant(at.to_jiff())
}

/// RFC 3339 in UTC with microseconds.
pub fn instant(at: jiff::Timestamp) -> String {
    format!("{at:.6}")
}
