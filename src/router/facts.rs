//! What the router is told of a call.
use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize};
use uuid::Uuid;

use crate::domain::calendar::zone;
use crate::domain::severity::Severity;

/// One question to the router, as programs ask it line by line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Facts {
    pub region: String,
    #[serde(deserialize_with = "zone_that_exists")]
    pub site_zone: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub site_name: Option<String>,
    pub severity: Severity,
    #[serde(default)]
    pub subject: Option<String>,
    #[serde(default = "covered")]
    pub covered: bool,
    #[serde(default)]
    pub partner: Option<PartnerFirst>,
    /// What the people of the site speak, as an ISO 639-1 code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// A call about the same subject that is open on the same system.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub same_incident: Option<SameIncident>,
    /// Who had the last call on this system.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub known_to: Option<KnownTo>,
    pub at: Timestamp,
}

/// Whoever works on one fault of a system should have the next one too.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SameIncident {
    pub call: String,
    pub queue: String,
}

/// An engineer by id, and where they work: their shift is the calendar of that CAC.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KnownTo {
    pub engineer: Uuid,
    pub cac: String,
}

/// The first-line partner of the site, if it has one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartnerFirst {
    pub accept_minutes: u32,
    /// Whether these are the partner's hours.
    pub open: bool,
    /// When the review ends, by those hours; where nobody has said, the minutes count day and night.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accept_by: Option<Timestamp>,
}

/// Who says nothing of a contract asks about a covered system.
fn covered() -> bool {
    true
}

/// A site's zone is said to people with every time, so a wrong one is refused at the door.
fn zone_that_exists<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let name = String::deserialize(deserializer)?;
    zone(&name).map_err(serde::de::Error::custom)?;
    Ok(name)
}
