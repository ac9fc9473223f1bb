//! How far a test alarm came, and where a real one would have gone: what its sender is told, and a page shows.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{alarm::Disposition, number::CallNumber, severity::Severity};

/// Each hop with its time, as whoever was there tells it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TestReceipt {
    /// By the clock of the system.
    pub said_at: Timestamp,
    /// On the disk of the site agent, by its clock; none where none carried it.
    pub agent_at: Option<Timestamp>,
    /// The portal had all of it.
    pub received_at: Timestamp,
    /// It was written into the store; the sender is answered only once that is safe.
    pub durable_at: Timestamp,
    pub would: Would,
}

/// What a real alarm of this severity would have become at that moment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Would {
    pub disposition: Disposition,
    /// The open call that it would have been added to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub call: Option<CallNumber>,
    /// A contract covers the system.
    pub covered: bool,
    /// In a maintenance window.
    pub in_window: bool,
    /// Of the call; none where it is worth no call.
    pub severity: Option<Severity>,
    /// The test named none: an error was taken.
    pub severity_assumed: bool,
    pub queue: Option<String>,
    pub queue_name: Option<String>,
    pub cac: Option<String>,
    /// Why there, in a sentence for whoever does not know the desks.
    pub plain: String,
    pub why: Vec<String>,
    /// Places in `why` of the steps that only the desks read.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub for_desks: Vec<usize>,
    /// Until when it would wait for its home CAC to open.
    pub wait_until: Option<Timestamp>,
    /// Who would be told, in words.
    pub told: Vec<String>,
}

impl Would {
    /// Why there, as somebody reads it.
    pub fn reasons(&self, internal: bool) -> impl Iterator<Item = &String> {
        let read = move |n: &usize| internal || !self.for_desks.contains(n);
        self.why.iter().enumerate().filter(move |(n, _)| read(n)).map(|(_, reason)| reason)
    }

    /// What would have become of it, in a sentence.
    pub fn words(&self) -> &'static str {
        match self.disposition {
            Disposition::Opened => "A real alarm would have opened a call.",
            Disposition::Folded => "A real alarm would have been added to a call that is open already.",
            Disposition::Suppressed => {
                "A real alarm would have been kept without a call: the system is in a maintenance window."
            }
            Disposition::Uncovered => {
                "A real alarm would have opened a call about the contract: none covers the system now."
            }
            _ => "A real alarm of this severity is kept and opens no call.",
        }
    }
}

impl TestReceipt {
    /// As a machine of the customer may know it: without what only the desks read.
    #[must_use]
    pub fn for_outside(&self) -> Self {
        let why = self.would.reasons(false).cloned().collect();
        Self { would: Would { why, for_desks: Vec::new(), ..self.would.clone() }, ..self.clone() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_only_the_desks_read_does_not_leave_the_house() {
        let at = Timestamp::UNIX_EPOCH;
        let would = Would {
            disposition: Disposition::Opened,
            call: None,
            covered: true,
            in_window: false,
            severity: Some(Severity::Serious),
            severity_assumed: false,
            queue: Some("emea-hardware".into()),
            queue_name: Some("EMEA hardware".into()),
            cac: Some("EMEA".into()),
            plain: "EMEA is open.".into(),
            why: vec!["open".into(), "Ilse knows it".into()],
            for_desks: vec![1],
            wait_until: None,
            told: Vec::new(),
        };
        let receipt = TestReceipt { said_at: at, agent_at: None, received_at: at, durable_at: at, would };

        assert_eq!(receipt.for_outside().would.why, ["open"]);
        assert_eq!(receipt.would.reasons(true).count(), 2);
        let kept = serde_json::to_value(&receipt).unwrap();
        assert_eq!(serde_json::from_value::<TestReceipt>(kept).unwrap(), receipt);
    }
}
