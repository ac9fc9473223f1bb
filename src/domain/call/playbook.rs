//! What there is to do about a system that is silent, and what came of it.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// In the order in which they are done; any may come first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    CheckPath,
    CallSite,
    TellPartner,
    Visit,
}

impl Step {
    pub const ALL: [Self; 4] = [Self::CheckPath, Self::CallSite, Self::TellPartner, Self::Visit];

    pub fn name(self) -> &'static str {
        match self {
            Self::CheckPath => "check_path",
            Self::CallSite => "call_site",
            Self::TellPartner => "tell_partner",
            Self::Visit => "visit",
        }
    }

    pub fn words(self) -> &'static str {
        match self {
            Self::CheckPath => "Check the path home",
            Self::CallSite => "Call the site contact",
            Self::TellPartner => "Tell the partner",
            Self::Visit => "Visit the site",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|step| step.name() == name)
    }
}

/// Why it was silent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Found {
    LineDown,
    Power,
    Planned,
    AgentStopped,
    SystemRemoved,
    Other,
}

impl Found {
    pub const ALL: [Self; 6] =
        [Self::LineDown, Self::Power, Self::Planned, Self::AgentStopped, Self::SystemRemoved, Self::Other];

    pub fn name(self) -> &'static str {
        match self {
            Self::LineDown => "line_down",
            Self::Power => "power",
            Self::Planned => "planned",
            Self::AgentStopped => "agent_stopped",
            Self::SystemRemoved => "system_removed",
            Self::Other => "other",
        }
    }

    pub fn words(self) -> &'static str {
        match self {
            Self::LineDown => "the line is down",
            Self::Power => "no power",
            Self::Planned => "it was planned",
            Self::AgentStopped => "the agent has stopped",
            Self::SystemRemoved => "the system was removed",
            Self::Other => "something else",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|found| found.name() == name)
    }
}

/// Why a silence is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Over {
    Heard,
    /// Somebody has said that it calls home less often, or not at all.
    NotExpected,
}

/// What has been done about a silence; a call has one only if it is about a silence.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Playbook {
    pub ticked: Vec<Ticked>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub heard_at: Option<Timestamp>,
}

impl Playbook {
    /// When a step was last done.
    pub fn done(&self, step: Step) -> Option<Ticked> {
        self.ticked.iter().rev().find(|ticked| ticked.step == step).copied()
    }

    /// The last word on why it was silent.
    pub fn found(&self) -> Option<Found> {
        self.ticked.iter().rev().find_map(|ticked| ticked.found)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ticked {
    pub step: Step,
    pub at: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub found: Option<Found>,
}
