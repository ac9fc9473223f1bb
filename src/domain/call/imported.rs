//! What another desk's log says of a call.

use serde::{Deserialize, Serialize};

use super::Filing;
use crate::domain::severity::Severity;

/// A row of another desk's log, kept in its own words beside what we make of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ImportedChange {
    /// The columns of the source, verbatim.
    pub words: Vec<(String, String)>,
    pub queue: String,
    pub team: String,
    pub severity: Severity,
    /// The value had no place in the mapping table.
    #[serde(default)]
    pub flagged: bool,
    /// Only on the row that begins a call: what makes the call and no later row says again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub opening: Option<Opening>,
}

/// An imported call has no line of filing, so that its history is exactly the rows of the log.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Opening {
    pub title: String,
    pub external_number: String,
}

impl ImportedChange {
    /// What a line of filing would have said; only the row that begins a call knows.
    pub fn filing(&self) -> Option<Filing> {
        let opening = self.opening.as_ref()?;
        Some(Filing {
            title: opening.title.clone(),
            severity: self.severity,
            subject: None,
            contact: String::new(),
            available_24x7: false,
            service_level: None,
            alarm_id: None,
            external_number: Some(opening.external_number.clone()),
        })
    }
}
