//! A call as a row of any list: which columns, and from where.

use uuid::Uuid;

use crate::domain::{call::Status, number::CallNumber, severity::Severity};

/// A call as a row of a list.
#[derive(Debug, Clone)]
pub struct CallSummary {
    pub customer_id: Uuid,
    pub id: Uuid,
    pub number: i64,
    pub title: String,
    pub severity: i16,
    pub status: String,
    pub in_review: bool,
    pub accept_by: Option<jiff_sqlx::Timestamp>,
    pub origin: String,
    pub queue: String,
    pub queue_name: String,
    pub assignee_id: Option<Uuid>,
    pub assignee_name: Option<String>,
    pub customer_name: String,
    pub site_code: String,
    pub site_name: String,
    pub time_zone: String,
    pub serial: Option<String>,
    pub nickname: Option<String>,
    pub redundancy: Option<String>,
    pub due_at: Option<jiff_sqlx::Timestamp>,
    pub due_kind: Option<String>,
    pub chip: String,
    pub alarm_count: i32,
    pub reopen_count: i32,
    pub version: i32,
    pub opened_at: jiff_sqlx::Timestamp,
    pub ended_at: Option<jiff_sqlx::Timestamp>,
    pub updated_at: jiff_sqlx::Timestamp,
    pub cause: Option<String>,
    pub resolved_at: Option<jiff_sqlx::Timestamp>,
    pub external_number: Option<String>,
    pub priority: i16,
    pub pressing: Vec<String>,
    pub public_version: i32,
    pub public_at: Option<jiff_sqlx::Timestamp>,
    /// A fault of it comes and goes.
    pub flapping: bool,
}

impl CallSummary {
    pub fn call_number(&self) -> CallNumber {
        CallNumber::from_serial(self.number)
    }

    /// The same as of the whole call: who may not read work notes can't count them either.
    pub fn version_for(&self, internal: bool) -> (i32, jiff_sqlx::Timestamp) {
        if internal {
            return (self.version, self.updated_at);
        }
        (self.public_version, self.public_at.unwrap_or(self.opened_at))
    }

    pub fn severity(&self) -> Severity {
        Severity::try_from(self.severity).unwrap_or(Severity::Minor)
    }

    pub fn status(&self) -> Status {
        Status::from_name(&self.status).unwrap_or(Status::Open)
    }
}

macro_rules! summaries {
    ($rest:literal $(, $arg:expr)* $(,)?) => {
        sqlx::query_as!(
            $crate::store::calls::CallSummary,
            r#"SELECT call.customer_id, call.id, call.number, call.title, call.severity, call.status, call.in_review,
                      call.accept_by, call.origin, call.queue, coalesce(queue.name, call.queue) AS "queue_name!",
                      call.assignee_id, person.display_name AS "assignee_name?", account.name AS customer_name,
                      site.site_code, site.name AS site_name, site.time_zone, system.serial AS "serial?",
                      system.nickname AS "nickname?", system.redundancy AS "redundancy?", call.due_at, call.due_kind,
                      call.chip, call.alarm_count, call.reopen_count, call.version, call.opened_at, call.ended_at,
                      call.updated_at, call.state #>> '{resolution,cause}' AS cause,
                      (call.state ->> 'resolved_at')::timestamptz AS resolved_at, call.external_number,
                      call.priority, call.pressing,
                      coalesce((call.state ->> 'public_version')::integer, 0) AS "public_version!",
                      (call.state ->> 'public_at')::timestamptz AS public_at,
                      EXISTS (SELECT FROM fault WHERE fault.customer_id = call.customer_id
                                                  AND fault.call_id = call.id AND fault.flapping) AS "flapping!"
               FROM call
               JOIN account ON account.id = call.customer_id
               JOIN site ON site.customer_id = call.customer_id AND site.id = call.site_id
               LEFT JOIN system ON system.customer_id = call.customer_id AND system.id = call.system_id
               LEFT JOIN person ON person.id = call.assignee_id
               LEFT JOIN queue ON queue.slug = call.queue "# + $rest
            $(, $arg)*
        )
    };
}

pub(in crate::store) use summaries;

/// What a person typed, so that it means itself in a LIKE pattern.
pub fn like(words: &str) -> String {
    words.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_")
}
