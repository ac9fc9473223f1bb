//! Calls as programs read them.

use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{Instant, StatusWord, VerbWord};
use crate::{
    domain::{
        access::Party,
        call::{self, Course, Status, Verb},
        number::CallNumber,
        objective::Kind,
        priority,
        severity::Severity,
    },
    store::calls::{self, CallDetail},
};

/// A call as an element of a list.
#[derive(Debug, Serialize, ToSchema)]
pub struct CallSummary {
    #[schema(value_type = String, examples("C-2041172-5"))]
    number: CallNumber,
    id: Uuid,
    title: String,
    #[schema(minimum = 1, maximum = 4)]
    severity: i16,
    #[schema(value_type = StatusWord)]
    status: String,
    partner_review: bool,
    queue: String,
    /// From which side it came.
    origin: String,
    assignee: Option<String>,
    customer: String,
    site: String,
    system: Option<String>,
    /// Our order of work; for staff.
    #[serde(skip_serializing_if = "Option::is_none")]
    priority: Option<Priority>,
    /// The next promise.
    due_at: Option<Instant>,
    due_kind: Option<String>,
    alarms: i32,
    version: i32,
    opened_at: Instant,
    ended_at: Option<Instant>,
    updated_at: Instant,
    time_zone: String,
    external_number: Option<String>,
}

impl CallSummary {
    pub fn of(call: calls::CallSummary, internal: bool) -> Self {
        let (version, updated_at) = call.version_for(internal);
        Self {
            priority: call.order_of_work().filter(|_| internal).map(Into::into),
            number: call.call_number(),
            id: call.id,
            title: call.title,
            severity: call.severity,
            status: call.status,
            partner_review: call.in_review,
            queue: call.queue,
            origin: call.origin,
            assignee: call.assignee_name,
            customer: call.customer_name,
            site: call.site_code,
            system: call.serial,
            due_at: call.due_at.map(Into::into),
            due_kind: call.due_kind,
            alarms: call.alarm_count,
            version,
            opened_at: call.opened_at.into(),
            ended_at: call.ended_at.map(Into::into),
            updated_at: updated_at.into(),
            time_zone: call.time_zone,
            external_number: call.external_number,
        }
    }
}

/// A call with everything that is known about it beside its history.
#[derive(Debug, Serialize, ToSchema)]
pub struct Call {
    #[schema(value_type = String, examples("C-2041172-5"))]
    number: CallNumber,
    id: Uuid,
    title: String,
    #[schema(value_type = u8, minimum = 1, maximum = 4)]
    severity: Severity,
    #[schema(value_type = StatusWord)]
    status: Status,
    /// Our order of work; for staff.
    #[serde(skip_serializing_if = "Option::is_none")]
    priority: Option<Priority>,
    partner_review: bool,
    accept_by: Option<Instant>,
    queue: String,
    queue_name: String,
    /// Why it is in this queue.
    why: Vec<String>,
    wait_until: Option<Instant>,
    assignee: Option<String>,
    partner: Option<String>,
    customer: String,
    site: String,
    time_zone: String,
    system: Option<String>,
    #[schema(value_type = String)]
    origin: Party,
    contact: String,
    available_24x7: bool,
    due_at: Option<Instant>,
    #[schema(value_type = Option<String>)]
    due_kind: Option<Kind>,
    alarms: i32,
    reopened: i32,
    queue_changes: i32,
    opened_at: Instant,
    acknowledged_at: Option<Instant>,
    restored_at: Option<Instant>,
    resolved_at: Option<Instant>,
    ended_at: Option<Instant>,
    updated_at: Instant,
    resolution: Option<Resolution>,
    external_number: Option<String>,
    version: i32,
    /// What the caller may do with it now.
    #[schema(value_type = Vec<VerbWord>)]
    verbs: Vec<Verb>,
}

/// The place of a call in the order of work: 1 comes first.
#[derive(Debug, Serialize, ToSchema)]
pub struct Priority {
    rank: i16,
    why: Vec<String>,
}

impl From<priority::Priority> for Priority {
    fn from(priority::Priority { rank, why }: priority::Priority) -> Self {
        Self { rank, why }
    }
}

#[derive(Debug, Serialize, ToSchema)]
pub struct Resolution {
    code: String,
    cause: String,
    text: String,
}

impl Call {
    pub fn of(detail: CallDetail, verbs: Vec<Verb>, internal: bool) -> Self {
        let priority = detail.order_of_work().filter(|_| internal);
        let CallDetail { call, place } = detail;
        let (version, updated_at) = call.version_for(internal);
        let (in_review, at) = (call.in_review(), |at: Option<jiff::Timestamp>| at.map(Instant::from));
        let course: Course = call.course;
        Self {
            number: call.number,
            id: call.id,
            title: call.title,
            severity: call.severity,
            status: call.status,
            priority: priority.map(Into::into),
            partner_review: in_review,
            accept_by: at(call.review.and_then(|r| r.accept_by)),
            queue: call.queue,
            queue_name: place.queue_name,
            why: course.reasons(internal),
            wait_until: at(call.wait_until),
            assignee: place.assignee_name,
            partner: place.partner_name,
            customer: place.customer_name,
            site: place.site_code,
            time_zone: place.time_zone,
            system: place.system.map(|s| s.serial),
            origin: call.origin,
            contact: course.contact,
            available_24x7: course.available_24x7,
            due_at: at(call.due.map(|d| d.at)),
            due_kind: call.due.map(|d| d.kind),
            alarms: call.alarm_count,
            reopened: call.reopen_count,
            queue_changes: course.queue_changes,
            opened_at: call.opened_at.into(),
            acknowledged_at: at(course.acknowledged_at),
            restored_at: at(course.restored_at),
            resolved_at: at(course.resolved_at),
            ended_at: at(call.ended_at),
            updated_at: updated_at.into(),
            resolution: course.resolution.map(Into::into),
            external_number: call.external_number,
            version,
            verbs,
        }
    }
}

impl From<call::Resolution> for Resolution {
    fn from(call::Resolution { code, cause, text }: call::Resolution) -> Self {
        Self { code, cause, text }
    }
}
