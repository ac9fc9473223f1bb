//! What people say of disputed minutes.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Period, State};

/// Somebody finds that a stretch counts as something else than the evidence has it.
///
/// Nothing follows from it before it is accepted. Then it overrules everything else, and what was accepted later
/// overrules it. Kept when rejected, so that whoever asks again finds the answer.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Annotation {
    pub during: Period,
    pub says: Says,
    pub why: String,
    pub who: Uuid,
    pub verdict: Option<Verdict>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Says {
    Up,
    Outage,
    Excluded,
}

/// The answer to an annotation, and who gave it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Verdict {
    pub at: Timestamp,
    pub by: Uuid,
    pub accepted: bool,
}

/// How far an annotation has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    Proposed,
    Accepted,
    Rejected,
}

impl Annotation {
    pub fn standing(&self) -> Standing {
        match self.verdict {
            None => Standing::Proposed,
            Some(verdict) if verdict.accepted => Standing::Accepted,
            Some(_) => Standing::Rejected,
        }
    }

    pub(super) fn known(&self, as_of: Timestamp) -> Self {
        Self { verdict: self.verdict.filter(|verdict| verdict.at <= as_of), ..self.clone() }
    }
}

impl From<Says> for State {
    fn from(says: Says) -> Self {
        match says {
            Says::Up => Self::Up,
            Says::Outage => Self::Outage,
            Says::Excluded => Self::Excluded,
        }
    }
}
