use serde::{Deserialize, Serialize};

use super::{REOPEN_DAYS, Status};
use crate::domain::access::Party;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verb {
    File,
    Route,
    /// Puts right what was filed; no step of the lifecycle.
    Edit,
    Acknowledge,
    Assign,
    Comment,
    Note,
    AskCustomer,
    Answer,
    Hold,
    Resume,
    ChangeSeverity,
    TakeReview,
    PassOn,
    Dismiss,
    HandOver,
    AcceptHandover,
    Restore,
    Resolve,
    RejectSolution,
    Accept,
    Close,
    Reopen,
    Cancel,
    ClockAtRisk,
    ClockMissed,
    ClocksRecounted,
    Remind,
    FoldAlarm,
    ClearAlarm,
    Recover,
    Flap,
    JoinStorm,
    FallSilent,
    EndSilence,
    PlaybookStep,
    RemoteAccess,
    ImportedChange,
}

/// Why a verb is not possible, as a sentence for the person who tried.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    #[error("That is not possible while the call is {}.", .0.words())]
    Status(Status),
    #[error("{}", .0.only_for())]
    Party(Verb),
    #[error("The call is with the partner now; hand it over to a queue first.")]
    InReview,
    #[error("The call is not with a partner for review.")]
    NotInReview,
    #[error("It was closed more than {REOPEN_DAYS} days ago. File a new call and name this one.")]
    TooLate,
    #[error("No handover of this call waits to be accepted.")]
    NotHanded,
    #[error("It is written down already when service came back.")]
    Restored,
    #[error("The call has that severity already.")]
    SameSeverity,
    #[error("Nothing on this call was silent.")]
    NotSilent,
    #[error("People have worked on this call, so a machine does not end it.")]
    Touched,
}

impl Verb {
    pub const ALL: [Self; 38] = [
        Self::File,
        Self::Route,
        Self::Edit,
        Self::Acknowledge,
        Self::Assign,
        Self::Comment,
        Self::Note,
        Self::AskCustomer,
        Self::Answer,
        Self::Hold,
        Self::Resume,
        Self::ChangeSeverity,
        Self::TakeReview,
        Self::PassOn,
        Self::Dismiss,
        Self::HandOver,
        Self::AcceptHandover,
        Self::Restore,
        Self::Resolve,
        Self::RejectSolution,
        Self::Accept,
        Self::Close,
        Self::Reopen,
        Self::Cancel,
        Self::ClockAtRisk,
        Self::ClockMissed,
        Self::ClocksRecounted,
        Self::Remind,
        Self::FoldAlarm,
        Self::ClearAlarm,
        Self::Recover,
        Self::Flap,
        Self::JoinStorm,
        Self::FallSilent,
        Self::EndSilence,
        Self::PlaybookStep,
        Self::RemoteAccess,
        Self::ImportedChange,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Self::File => "file",
            Self::Route => "route",
            Self::Edit => "edit",
            Self::Acknowledge => "acknowledge",
            Self::Assign => "assign",
            Self::Comment => "comment",
            Self::Note => "note",
            Self::AskCustomer => "ask_customer",
            Self::Answer => "answer",
            Self::Hold => "hold",
            Self::Resume => "resume",
            Self::ChangeSeverity => "change_severity",
            Self::TakeReview => "take_review",
            Self::PassOn => "pass_on",
            Self::Dismiss => "dismiss",
            Self::HandOver => "hand_over",
            Self::AcceptHandover => "accept_handover",
            Self::Restore => "restore",
            Self::Resolve => "resolve",
            Self::RejectSolution => "reject_solution",
            Self::Accept => "accept",
            Self::Close => "close",
            Self::Reopen => "reopen",
            Self::Cancel => "cancel",
            Self::ClockAtRisk => "clock_at_risk",
            Self::ClockMissed => "clock_missed",
            Self::ClocksRecounted => "clocks_recounted",
            Self::Remind => "remind",
            Self::FoldAlarm => "fold_alarm",
            Self::ClearAlarm => "clear_alarm",
            Self::Recover => "recover",
            Self::Flap => "flap",
            Self::JoinStorm => "join_storm",
            Self::FallSilent => "fall_silent",
            Self::EndSilence => "end_silence",
            Self::PlaybookStep => "playbook_step",
            Self::RemoteAccess => "remote_access",
            Self::ImportedChange => "imported_change",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|verb| verb.name() == name)
    }

    /// Whether somebody may ask for it as a verb; the others have an address of their own or go with a field, or the
    /// portal writes them.
    pub fn is_by_hand(self) -> bool {
        !matches!(
            self,
            Self::File
                | Self::Route
                | Self::Edit
                | Self::ClockAtRisk
                | Self::ClockMissed
                | Self::ClocksRecounted
                | Self::Remind
                | Self::FoldAlarm
                | Self::ClearAlarm
                | Self::Recover
                | Self::Flap
                | Self::JoinStorm
                | Self::FallSilent
                | Self::EndSilence
                | Self::RemoteAccess
                | Self::ImportedChange
        )
    }

    fn only_for(self) -> String {
        let parties = self.parties();
        let who: Vec<&str> = parties.iter().filter(|p| p.is_person()).map(|p| p.words()).collect();
        if who.is_empty() {
            return "Nobody does that by hand.".to_owned();
        }
        format!("Only {} can do that.", who.join(" or "))
    }

    /// Who may do this at all; the states in which it is possible are in [`decide`](super::decide).
    pub fn parties(self) -> &'static [Party] {
        use Party::{Customer, Device, Hub, Import, Partner, Router, Staff, Timer};
        match self {
            Self::File => &[Customer, Partner, Staff, Device, Hub],
            Self::Route => &[Router],
            Self::Edit => &[Customer, Partner, Staff],
            Self::Comment => &[Customer, Partner, Staff, Hub],
            Self::Answer => &[Customer, Partner, Hub],
            Self::AskCustomer | Self::Resolve | Self::PlaybookStep => &[Staff, Partner],
            Self::TakeReview | Self::Dismiss => &[Partner],
            Self::PassOn => &[Partner, Timer],
            Self::Reopen => &[Customer, Partner, Staff, Device],
            Self::RejectSolution | Self::Accept => &[Customer, Partner],
            Self::Cancel => &[Staff, Customer, Partner],
            Self::HandOver | Self::Close => &[Staff, Timer],
            Self::Remind | Self::ClockAtRisk | Self::ClockMissed | Self::ClocksRecounted => &[Timer],
            Self::FoldAlarm
            | Self::ClearAlarm
            | Self::Recover
            | Self::Flap
            | Self::JoinStorm
            | Self::FallSilent
            | Self::EndSilence => &[Device],
            Self::ChangeSeverity => &[Staff, Device],
            Self::RemoteAccess => &[Customer, Staff, Timer],
            Self::ImportedChange => &[Import],
            Self::Acknowledge
            | Self::Assign
            | Self::Note
            | Self::Hold
            | Self::Resume
            | Self::AcceptHandover
            | Self::Restore => &[Staff],
        }
    }
}

impl Party {
    fn words(self) -> &'static str {
        match self {
            Self::Customer => "the customer",
            Self::Partner => "the partner",
            Self::Staff => "CAC staff",
            _ => "the portal itself",
        }
    }
}
