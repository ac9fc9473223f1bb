//! What the router is told of a call.
use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize};

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
    pub at: Timestamp,
}

/// The first-line partner of the site, if it has one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartnerFirst {
    pub accept_minutes: u32,
    /// Whether these are the partner's hours.
    pub open: bool,
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
