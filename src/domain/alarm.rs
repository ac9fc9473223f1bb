//! One message from a system, in our words, whatever format it came in.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::severity::Severity;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    Raised,
    Cleared,
    Heartbeat,
    Report,
    Test,
}

impl Kind {
    pub fn name(self) -> &'static str {
        match self {
            Self::Raised => "raised",
            Self::Cleared => "cleared",
            Self::Heartbeat => "heartbeat",
            Self::Report => "report",
            Self::Test => "test",
        }
    }
}

/// How bad the machine thinks it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AlarmSeverity {
    Critical,
    Error,
    Warning,
    Info,
    /// Neither code nor severity is known: kept and flagged, never an error.
    Unknown,
}

impl AlarmSeverity {
    pub fn name(self) -> &'static str {
        match self {
            Self::Critical => "critical",
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Info => "info",
            Self::Unknown => "unknown",
        }
    }

    /// Reads the words that machines and monitoring systems use.
    pub fn from_words(words: &str) -> Self {
        match words.trim().to_ascii_lowercase().as_str() {
            "critical" | "crit" | "emergency" | "emerg" | "alert" | "fatal" | "page" | "p1" | "sev1" => Self::Critical,
            "error" | "err" | "failure" | "major" | "high" | "p2" | "sev2" => Self::Error,
            "warning" | "warn" | "minor" | "medium" | "p3" | "sev3" => Self::Warning,
            "info" | "informational" | "information" | "notice" | "none" | "ok" | "okay" | "low" | "debug"
            | "success" => Self::Info,
            _ => Self::Unknown,
        }
    }
}

/// The formats in which messages come, as they are kept.
pub const FORMATS: [&str; 7] = ["native", "alertmanager", "prometheus", "pagerduty", "redfish", "snmp", "mail"];

/// A message after reading, before anything is decided about it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Alarm {
    /// Who says it, and the sender's own name for the message: the same pair is the same message.
    pub source: String,
    pub source_id: String,
    #[serde(skip)]
    pub format: &'static str,
    pub kind: Kind,
    pub code: String,
    pub severity: AlarmSeverity,
    pub component: String,
    pub summary: String,
    /// What tells this fault from others of the same system.
    pub problem: String,
    /// The sender's own key for the problem is enough: a later message about it need not name the system again.
    pub keyed: bool,
    /// `serial` or nickname, as the sender names the system; none means the credential's own or its site.
    pub names_system: Option<SystemName>,
    /// The component now stands so (`broken`, `simplex`, …), where the sender says it.
    pub state: Option<String>,
    /// Why it stands so, where the sender says it.
    pub reason: Option<String>,
    pub occurred_at: Timestamp,
    /// When it is over unless it is said again, where the format has such a thing.
    pub expires_at: Option<Timestamp>,
    /// What the sender says of the way home itself.
    pub report: Option<Report>,
    /// The place of the message among those of its spool.
    pub sequence: Option<Sequence>,
    #[serde(skip)]
    pub body: Vec<u8>,
}

/// A spool numbers what it sends without gaps: what is missing between two numbers was never heard.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sequence {
    pub spool: String,
    pub number: i64,
    /// When it was on the disk of whoever numbers it, by their clock.
    pub taken_at: Option<Timestamp>,
}

/// What an agent says of itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// Messages that wait to be sent.
    pub spool_depth: i64,
    /// For how long the oldest of them has.
    pub oldest_s: Option<i64>,
    /// Messages that were never sent and never will be.
    pub dropped: Option<i64>,
    /// How far our clock is ahead of its own.
    pub clock_offset_s: Option<i64>,
    pub version: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SystemName {
    Serial(String),
    Nickname(String),
}

/// What became of a message; each ends in exactly one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Disposition {
    Opened,
    Folded,
    Informational,
    Suppressed,
    Uncovered,
    Cleared,
    Heartbeat,
    Test,
    Rejected,
    Quarantined,
}

impl Disposition {
    pub const ALL: [Self; 10] = [
        Self::Opened,
        Self::Folded,
        Self::Informational,
        Self::Suppressed,
        Self::Uncovered,
        Self::Cleared,
        Self::Heartbeat,
        Self::Test,
        Self::Rejected,
        Self::Quarantined,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Self::Opened => "opened",
            Self::Folded => "folded",
            Self::Informational => "informational",
            Self::Suppressed => "suppressed",
            Self::Uncovered => "uncovered",
            Self::Cleared => "cleared",
            Self::Heartbeat => "heartbeat",
            Self::Test => "test",
            Self::Rejected => "rejected",
            Self::Quarantined => "quarantined",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|d| d.name() == name)
    }
}

impl Alarm {
    /// What was read, for who may have to receive it another day; the format and the body are kept beside it.
    pub fn to_kept(&self) -> Option<Value> {
        serde_json::to_value(self).ok()
    }

    pub fn of_kept(read: &Value, format: &str, body: Vec<u8>) -> Option<Self> {
        let format = FORMATS.into_iter().find(|known| *known == format)?;
        let alarm = Self::deserialize(read).ok()?;
        Some(Self { format, body, ..alarm })
    }

    /// Same component and problem of the same system = the same fault; or the same key of the same sender.
    pub fn fingerprint(&self, subject_of_fault: &str) -> String {
        if self.keyed {
            return format!("{}|{}", self.source, self.problem);
        }
        format!("{subject_of_fault}|{}|{}", self.component, self.problem)
    }

    /// The severity of the call that this alarm would open, if it is worth one.
    ///
    /// Machines say "critical" of a broken part in a system that still runs, so only codes
    /// that say the system itself is down make a critical call.
    pub fn call_severity(&self) -> Option<Severity> {
        if self.says_system_down() {
            return Some(Severity::Critical);
        }
        match self.severity {
            AlarmSeverity::Critical | AlarmSeverity::Error => Some(Severity::Serious),
            AlarmSeverity::Warning => Some(Severity::Moderate),
            AlarmSeverity::Info | AlarmSeverity::Unknown => None,
        }
    }

    /// The component is only broken because what it hangs on is.
    pub fn is_parent_broken(&self) -> bool {
        let says = |word: &Option<String>| {
            word.as_ref().is_some_and(|word| word.to_ascii_lowercase().replace(['_', ' '], "-") == "parent-broken")
        };
        says(&self.state) || says(&self.reason)
    }

    fn says_system_down(&self) -> bool {
        let code = self.code.to_ascii_lowercase().replace(['_', '.', ' '], "-");
        matches!(code.as_str(), "system-down" | "systemdown" | "both-enclosures-offline")
            || self.state.as_deref() == Some("down")
    }

    /// The redundancy of the system while this fault lasts, where the message tells.
    pub fn redundancy(&self) -> Option<&'static str> {
        if self.says_system_down() {
            return Some("down");
        }
        let state = self.state.as_deref()?;
        matches!(state, "broken" | "simplex" | "removed" | "failed" | "offline").then_some("simplex")
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A fan that is too slow, said to be as bad as that.
    pub fn raised(severity: &str) -> Alarm {
        Alarm {
            source: "/systems/FT-1".into(),
            source_id: "1".into(),
            format: "native",
            kind: Kind::Raised,
            code: "fan".into(),
            severity: AlarmSeverity::from_words(severity),
            component: "11/2".into(),
            summary: "Fan below threshold".into(),
            problem: "fan".into(),
            keyed: false,
            names_system: None,
            state: None,
            reason: None,
            occurred_at: Timestamp::constant(1_764_000_000, 0),
            expires_at: None,
            report: None,
            sequence: None,
            body: Vec::new(),
        }
    }

    #[test]
    fn what_was_read_is_the_same_another_day() {
        let sequence = Sequence { spool: "s".into(), number: 7, taken_at: None };
        let names_system = Some(SystemName::Serial("FT-1".into()));
        let alarm = Alarm { sequence: Some(sequence), names_system, body: b"whole".to_vec(), ..raised("error") };
        let kept = alarm.to_kept().unwrap();
        assert_eq!(Alarm::of_kept(&kept, "native", b"whole".to_vec()), Some(alarm));
        assert_eq!(Alarm::of_kept(&kept, "smoke", Vec::new()), None);
    }

    #[test]
    fn what_hangs_on_something_broken_says_so_in_either_word() {
        assert!(Alarm { state: Some("parent_broken".into()), ..raised("error") }.is_parent_broken());
        assert!(Alarm { reason: Some("Parent Broken".into()), ..raised("error") }.is_parent_broken());
        assert!(!Alarm { state: Some("broken".into()), ..raised("error") }.is_parent_broken());
    }
}
