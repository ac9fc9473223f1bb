//! What one center tells the next when a call changes hands.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{
    call::{Call, Status},
    objective::{Clock, ClockState, Kind},
    severity::Severity,
};

/// Who gives a call to whom; none is the duty manager. Kept with the line of history that does it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shift {
    pub from: Option<String>,
    pub to: Option<String>,
    pub boundary_at: Timestamp,
    /// Until when somebody there must have accepted it; the duty manager is the last and has no deadline.
    pub accept_by: Option<Timestamp>,
    /// Why, where the sun moved it and no person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sun: Option<Sun>,
}

/// The reasons of the router, which everybody who sees the call may read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sun {
    pub chip: String,
    pub why: Vec<String>,
    #[serde(default)]
    pub plain: String,
}

/// A handover that nobody has accepted yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Handed {
    pub from: Option<String>,
    pub to: Option<String>,
    pub accept_by: Option<Timestamp>,
}

/// How the call stood. People and words are named by their ids, so that what is erased is gone here too.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Packet {
    pub status: Status,
    pub severity: Severity,
    /// Who had it until then.
    pub assignee: Option<Uuid>,
    /// The last line of history before it changed hands.
    pub version: i32,
    pub promises: Vec<Promise>,
    /// The line that says what to do next.
    pub next_step: Option<i32>,
}

/// A promise that is still to be kept, or was broken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Promise {
    pub kind: Kind,
    pub due_at: Timestamp,
    pub missed: bool,
}

impl Packet {
    /// The call before the handover, and its clocks; `words` is the line of the handover where somebody wrote on it.
    pub fn of(call: &Call, clocks: &[Clock], words: Option<i32>) -> Self {
        Self {
            status: call.status,
            severity: call.severity,
            assignee: call.assignee_id,
            version: call.version,
            promises: clocks.iter().filter_map(Promise::of).collect(),
            next_step: words.or(call.course.next_step),
        }
    }
}

impl Promise {
    fn of(clock: &Clock) -> Option<Self> {
        if clock.met_at.is_some() {
            return None;
        }
        Some(Self { kind: clock.kind, due_at: clock.due_at?, missed: clock.state == ClockState::Missed })
    }
}

impl Shift {
    /// What waits to be accepted after it.
    pub fn handed(&self) -> Handed {
        Handed { from: self.from.clone(), to: self.to.clone(), accept_by: self.accept_by }
    }
}
