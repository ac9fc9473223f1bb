//! What the router answers; kept whole, so that it can be replayed without the tz data of its day.
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// One queue, and the reasons in the order in which they were found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    pub queue: String,
    pub cac: Option<String>,
    /// The next opening of home, for a call that waits for it; none in every other case.
    pub wait_until: Option<Timestamp>,
    pub why: Vec<String>,
    /// Places in `why` of the steps that only the desks read.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub for_desks: Vec<usize>,
    /// When a partner's review ends by itself.
    pub accept_by: Option<Timestamp>,
    /// The first-line partner is told while the CAC works.
    pub also_partner: bool,
    /// Who knows the system and is on shift: told first, without the call being theirs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub engineer: Option<Uuid>,
    pub(super) chip: String,
    /// The whole reason in a sentence for customers and partners.
    #[serde(default)]
    pub plain: String,
    /// The openings that were looked at (rules, section 6).
    pub openings: Vec<Opening>,
}

/// Whether a CAC was open then, and until when that stays so.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Opening {
    pub cac: String,
    pub open: bool,
    pub changes_at: Option<Timestamp>,
}

impl Decision {
    /// The whole reason in a few words, for the row of a queue.
    pub fn chip(&self) -> &str {
        &self.chip
    }
}
