use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{CloseCode, Due, Edits, Found, HoldReason, ImportedChange, Over, Status, Step, Verb};
use crate::domain::{
    access::Actor,
    correlate::Cause,
    handover::Shift,
    objective::{Kind, Miss},
    remote,
    severity::Severity,
};

/// One line of a call's history: who did what, when, and where the call stood afterwards.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    pub seq: i32,
    pub actor: Actor,
    pub occurred_at: Timestamp,
    pub recorded_at: Timestamp,
    /// What a person wrote, if the change carries words.
    pub body: Option<String>,
    pub change: Change,
    pub status: Status,
    pub in_review: bool,
    /// The next promise after this change, as it was computed then.
    pub due: Option<Due>,
}

/// What a line of history says beyond who and when. Tagged with the verb's name.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "verb", rename_all = "snake_case")]
pub enum Change {
    File(Box<Filing>),
    Route(Routing),
    /// What was filed is put right.
    Edit(Box<Edits>),
    Acknowledge,
    Assign {
        assignee: Option<Uuid>,
    },
    Comment {
        /// The customer asks for another severity along with the words.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        wants_severity: Option<Severity>,
    },
    Note,
    /// A note that says what to do next: the next center finds it in its packet.
    NextStep,
    AskCustomer,
    /// The customer's words that end the waiting.
    Answer,
    Hold {
        reason: HoldReason,
    },
    Resume,
    ChangeSeverity {
        from: Severity,
        to: Severity,
        /// What was missed by then, which lowering the severity does not undo.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        missed: Vec<Miss>,
    },
    TakeReview,
    PassOn,
    Dismiss,
    HandOver {
        queue: String,
        /// Where it goes to another center; none between the queues of one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        shift: Option<Box<Shift>>,
    },
    AcceptHandover,
    Restore,
    Resolve {
        code: String,
        cause: String,
    },
    RejectSolution,
    Accept,
    Close {
        code: CloseCode,
    },
    Reopen,
    Cancel {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        duplicate_of: Option<String>,
    },
    /// Four fifths of the time of a promise are used up.
    ClockAtRisk {
        kind: Kind,
        due_at: Timestamp,
    },
    ClockMissed {
        kind: Kind,
        due_at: Timestamp,
    },
    /// The hours in which promises are counted have changed, and with them the instant that comes first.
    ClocksRecounted {
        was: Option<Due>,
    },
    /// The reminder that went to a customer who has not answered.
    Remind,
    /// Machines have said it again; of a loud one many messages are one line.
    FoldAlarm {
        /// The last of them.
        alarm_id: Uuid,
        summary: String,
        #[serde(default = "one", skip_serializing_if = "is_one")]
        count: u32,
        /// Why a fault that is new is no call of its own.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        cause: Option<Cause>,
    },
    /// The machine says that it is over.
    ClearAlarm {
        alarm_id: Uuid,
        summary: String,
    },
    /// Some of the faults of the call are over, others stand.
    Recover {
        /// The last message that said so.
        alarm_id: Uuid,
        summary: String,
        count: u32,
        standing: u32,
    },
    /// The fault comes and goes: its end is not believed before it has been quiet for a while.
    Flap {
        alarm_id: Uuid,
        summary: String,
    },
    /// One of many systems of the site that called home at once: another call has them all.
    JoinStorm {
        into: String,
    },
    /// Systems that should have called home by now have not.
    FallSilent {
        /// When the last of them was heard; none if none ever was.
        since: Option<Timestamp>,
        systems: u32,
        /// Calls of single systems among them that people work on already; for the desks.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        beside: Vec<String>,
    },
    /// They are heard again, or nobody expects them to be.
    EndSilence {
        why: Over,
    },
    /// Somebody has done one of the things that there are to do about a silence; their words say what came of it.
    PlaybookStep {
        step: Step,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        found: Option<Found>,
    },
    /// CAC staff ask to be let into the system, are let in, and are in it.
    RemoteAccess(Box<remote::Event>),
    ImportedChange(Box<ImportedChange>),
}

fn one() -> u32 {
    1
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks so")]
fn is_one(count: &u32) -> bool {
    *count == 1
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Filing {
    pub title: String,
    pub severity: Severity,
    pub subject: Option<String>,
    pub contact: String,
    pub available_24x7: bool,
    /// Whose promises hold: the service level of the contract at the time of filing.
    pub service_level: Option<Uuid>,
    pub alarm_id: Option<Uuid>,
    /// For a call that came in from elsewhere: its number there.
    pub external_number: Option<String>,
}

/// What the router decided, in the form that history keeps.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Routing {
    pub queue: String,
    pub cac: Option<String>,
    pub why: Vec<String>,
    /// Places in `why` of the steps that only the desks read.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub for_desks: Vec<usize>,
    pub chip: String,
    pub wait_until: Option<Timestamp>,
    /// The partner who serves this system, and until when it may keep the call to itself.
    pub partner_id: Option<Uuid>,
    pub accept_by: Option<Timestamp>,
    /// The partner is told while the CAC works.
    #[serde(default)]
    pub also_partner: bool,
    /// Who knows the system and is on shift: told first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub engineer: Option<Uuid>,
    /// The reason in one sentence for whoever does not know the desks.
    #[serde(default)]
    pub plain: String,
}

impl Routing {
    /// The steps as somebody reads them.
    pub fn reasons(&self, internal: bool) -> Vec<String> {
        readable(&self.why, &self.for_desks, internal)
    }
}

/// A customer or partner reads no step that tells of other calls or of who works on what.
pub(super) fn readable(why: &[String], for_desks: &[usize], internal: bool) -> Vec<String> {
    let told = why.iter().enumerate().filter(|(place, _)| internal || !for_desks.contains(place));
    told.map(|(_, step)| step.clone()).collect()
}

impl Change {
    pub fn verb(&self) -> Verb {
        match self {
            Self::File(_) => Verb::File,
            Self::Route(_) => Verb::Route,
            Self::Edit(_) => Verb::Edit,
            Self::Acknowledge => Verb::Acknowledge,
            Self::Assign { .. } => Verb::Assign,
            Self::Comment { .. } => Verb::Comment,
            Self::Note | Self::NextStep => Verb::Note,
            Self::AskCustomer => Verb::AskCustomer,
            Self::Answer => Verb::Answer,
            Self::Hold { .. } => Verb::Hold,
            Self::Resume => Verb::Resume,
            Self::ChangeSeverity { .. } => Verb::ChangeSeverity,
            Self::TakeReview => Verb::TakeReview,
            Self::PassOn => Verb::PassOn,
            Self::Dismiss => Verb::Dismiss,
            Self::HandOver { .. } => Verb::HandOver,
            Self::AcceptHandover => Verb::AcceptHandover,
            Self::Restore => Verb::Restore,
            Self::Resolve { .. } => Verb::Resolve,
            Self::RejectSolution => Verb::RejectSolution,
            Self::Accept => Verb::Accept,
            Self::Close { .. } => Verb::Close,
            Self::Reopen => Verb::Reopen,
            Self::Cancel { .. } => Verb::Cancel,
            Self::ClockAtRisk { .. } => Verb::ClockAtRisk,
            Self::ClockMissed { .. } => Verb::ClockMissed,
            Self::ClocksRecounted { .. } => Verb::ClocksRecounted,
            Self::Remind => Verb::Remind,
            Self::FoldAlarm { .. } => Verb::FoldAlarm,
            Self::ClearAlarm { .. } => Verb::ClearAlarm,
            Self::Recover { .. } => Verb::Recover,
            Self::Flap { .. } => Verb::Flap,
            Self::JoinStorm { .. } => Verb::JoinStorm,
            Self::FallSilent { .. } => Verb::FallSilent,
            Self::EndSilence { .. } => Verb::EndSilence,
            Self::PlaybookStep { .. } => Verb::PlaybookStep,
            Self::RemoteAccess(_) => Verb::RemoteAccess,
            Self::ImportedChange(_) => Verb::ImportedChange,
        }
    }

    /// Only staff read work notes, warnings of a clock, and why somebody gave a call to another desk; that a region
    /// closed is for all.
    pub fn is_internal(&self) -> bool {
        match self {
            Self::HandOver { shift, .. } => shift.as_ref().is_none_or(|shift| shift.sun.is_none()),
            _ => !self.is_seen_outside(),
        }
    }

    /// Whether anything of it shows to the customer and the partner: of a handover the other queue.
    pub fn is_seen_outside(&self) -> bool {
        !matches!(
            self,
            Self::Note | Self::NextStep | Self::AcceptHandover | Self::ClockAtRisk { .. } | Self::ClockMissed { .. }
        )
    }
}
