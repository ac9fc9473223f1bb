//! A question with nothing special about it, to which others add what they need.
use jiff::Timestamp;

use super::facts::Facts;
use crate::domain::severity::Severity;

impl Facts {
    /// A covered call without a partner and without a subject.
    pub fn plain(region: &str, site_zone: &str, severity: Severity, at: Timestamp) -> Self {
        Self {
            region: region.to_owned(),
            site_zone: site_zone.to_owned(),
            site_name: None,
            severity,
            subject: None,
            covered: true,
            partner: None,
            language: None,
            same_incident: None,
            known_to: None,
            at,
        }
    }
}
