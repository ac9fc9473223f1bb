use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Change, HoldReason, Line, Playbook, Status, change::readable};
use crate::domain::{
    handover::Handed,
    objective::{Kind, Miss, Pause, Risk},
};

/// What the call has been through, beyond what lists are ordered and filtered by.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Course {
    pub why: Vec<String>,
    /// Places in `why` of the steps that only the desks read.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub for_desks: Vec<usize>,
    /// The same in one sentence, for whoever does not know the desks.
    #[serde(default)]
    pub plain: String,
    /// The engineer who was told first, because they know the system.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offered_to: Option<Uuid>,
    pub human_touched: bool,
    pub subject: Option<String>,
    pub contact: String,
    pub available_24x7: bool,
    pub service_level: Option<Uuid>,
    pub restarted_at: Option<Timestamp>,
    pub acknowledged_at: Option<Timestamp>,
    pub last_update_at: Option<Timestamp>,
    pub restored_at: Option<Timestamp>,
    pub resolved_at: Option<Timestamp>,
    pub pauses: Vec<Pause>,
    /// What each pause waited for.
    #[serde(default)]
    pub waits: Vec<Wait>,
    pub resolution: Option<Resolution>,
    pub queue_changes: i32,
    #[serde(default)]
    pub also_partner: bool,
    /// How often the call has changed for the customer and the partner: their version of it.
    #[serde(default)]
    pub public_version: i32,
    /// When it did so last.
    #[serde(default)]
    pub public_at: Option<Timestamp>,
    /// Promises that were found broken, by the clock or when the severity changed.
    #[serde(default)]
    pub misses: Vec<Miss>,
    /// Since when the queue that has it does; unknown for calls that were routed before anybody asked.
    #[serde(default)]
    pub queue_since: Option<Timestamp>,
    /// A handover that nobody there has accepted yet.
    #[serde(default)]
    pub handed: Option<Handed>,
    /// The line that says what to do next.
    #[serde(default)]
    pub next_step: Option<i32>,
    /// Since when the promises are these: another severity, other hours, or the call came back.
    #[serde(default)]
    pub anew_at: Option<Timestamp>,
    /// Promises that were told to be at risk.
    #[serde(default)]
    pub risks: Vec<Risk>,
    /// What has been done about a silence, where the call is about one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub playbook: Option<Playbook>,
    /// The remote access that the history told of last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remote: Option<Uuid>,
}

impl Course {
    /// Since when the queue that has the call has it to work on: what came back there is as if it had just come.
    pub fn here_since(&self) -> Option<Timestamp> {
        self.queue_since.max(self.came_back_at())
    }

    /// When somebody said last that it is not solved.
    fn came_back_at(&self) -> Option<Timestamp> {
        let over = self.waits.iter().filter(|wait| wait.why == Waiting::Over).map(|wait| wait.from).max()?;
        self.pauses.iter().filter(|pause| pause.from == over).filter_map(|pause| pause.to).max()
    }

    /// Why the call is where it is, as somebody reads it.
    pub fn reasons(&self, internal: bool) -> Vec<String> {
        readable(&self.why, &self.for_desks, internal)
    }

    /// What the work waited for at that instant, if it did.
    pub fn waited_for(&self, at: Timestamp) -> Option<Waiting> {
        self.waits.iter().filter(|wait| wait.from <= at).max_by_key(|wait| wait.from).map(|wait| wait.why)
    }
}

/// From when the work waited, and what for; the pause knows until when.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wait {
    pub from: Timestamp,
    pub why: Waiting,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Waiting {
    Customer,
    Part,
    Vendor,
    Scheduled,
    OnHold,
    /// Solved or closed until it came back.
    Over,
}

impl Waiting {
    pub fn of(line: &Line) -> Self {
        match (&line.change, line.status) {
            (Change::Hold { reason: HoldReason::Part }, _) => Self::Part,
            (Change::Hold { reason: HoldReason::Vendor }, _) => Self::Vendor,
            (Change::Hold { reason: HoldReason::Scheduled }, _) => Self::Scheduled,
            (_, Status::AwaitingCustomer) => Self::Customer,
            _ => Self::OnHold,
        }
    }

    pub fn words(self) -> &'static str {
        match self {
            Self::Customer => "awaiting customer",
            Self::Part => HoldReason::Part.words(),
            Self::Vendor => HoldReason::Vendor.words(),
            Self::Scheduled => HoldReason::Scheduled.words(),
            Self::OnHold => "on hold",
            Self::Over => "taken for solved",
        }
    }
}

/// While a first-line partner has the call; without a deadline once the partner has taken it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Review {
    pub accept_by: Option<Timestamp>,
}

/// The next promise: what it is and until when.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Due {
    pub kind: Kind,
    pub at: Timestamp,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resolution {
    pub code: String,
    pub cause: String,
    pub text: String,
}
