//! How badly the customer is hit, by contract; our own order of work is another thing.
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Customer impact from 1 (worst) to 4, so the smaller value is the graver one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "Written", into = "u8")]
pub enum Severity {
    Critical = 1,
    Serious = 2,
    Moderate = 3,
    Minor = 4,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("There is no severity “{0}”; use 1 to 4, or critical, serious, moderate, minor.")]
pub struct UnknownSeverity(String);

impl Severity {
    pub const ALL: [Self; 4] = [Self::Critical, Self::Serious, Self::Moderate, Self::Minor];

    pub const fn word(self) -> &'static str {
        match self {
            Self::Critical => "Critical",
            Self::Serious => "Serious",
            Self::Moderate => "Moderate",
            Self::Minor => "Minor",
        }
    }

    pub const fn number(self) -> u8 {
        self as u8
    }

    /// Severity 1 and 2 are worked around the clock; 3 and 4 wait for business hours (product, section 4).
    pub const fn is_urgent(self) -> bool {
        matches!(self, Self::Critical | Self::Serious)
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

impl FromStr for Severity {
    type Err = UnknownSeverity;

    /// `2`, `serious`, `S2` and `P2` are the same to the people who type them.
    fn from_str(text: &str) -> Result<Self, UnknownSeverity> {
        let word = text.trim().to_ascii_lowercase();
        let digit = word.strip_prefix(['s', 'p']).unwrap_or(&word);
        Self::ALL
            .into_iter()
            .find(|s| digit == s.number().to_string() || word == s.word().to_ascii_lowercase())
            .ok_or_else(|| UnknownSeverity(text.to_owned()))
    }
}

impl TryFrom<i16> for Severity {
    type Error = UnknownSeverity;

    fn try_from(number: i16) -> Result<Self, UnknownSeverity> {
        Self::ALL.into_iter().find(|s| i16::from(*s) == number).ok_or_else(|| UnknownSeverity(number.to_string()))
    }
}

impl From<Severity> for i16 {
    fn from(severity: Severity) -> Self {
        Self::from(severity.number())
    }
}

impl From<Severity> for u8 {
    fn from(severity: Severity) -> Self {
        severity.number()
    }
}

/// What other programs send: the number, or one of the words.
#[derive(Deserialize)]
#[serde(untagged)]
enum Written {
    Number(i16),
    Word(String),
}

impl TryFrom<Written> for Severity {
    type Error = UnknownSeverity;

    fn try_from(written: Written) -> Result<Self, UnknownSeverity> {
        match written {
            Written::Number(number) => number.try_into(),
            Written::Word(word) => word.parse(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_of_the_contract_is_understood() {
        for (text, severity) in [
            ("1", Severity::Critical),
            ("serious", Severity::Serious),
            ("MODERATE", Severity::Moderate),
            ("S4", Severity::Minor),
            ("p1", Severity::Critical),
        ] {
            assert_eq!(text.parse(), Ok(severity));
        }
    }

    #[test]
    fn anything_else_is_refused_in_a_sentence() {
        for text in ["", "0", "5", "S", "s0", "ps1", "grave", "1.0", "-1"] {
            let refusal = text.parse::<Severity>().unwrap_err();
            assert!(refusal.to_string().contains("There is no severity"), "{text}");
        }
        assert!(Severity::try_from(0).is_err() && Severity::try_from(5).is_err());
    }

    #[test]
    fn a_severity_is_written_as_its_number() {
        for severity in Severity::ALL {
            let json = serde_json::to_string(&severity).unwrap();
            assert_eq!(json, i16::from(severity).to_string());
            assert_eq!(serde_json::from_str::<Severity>(&json).unwrap(), severity);
            assert_eq!(severity.word().parse(), Ok(severity));
        }
        assert_eq!(serde_json::from_str::<Severity>("\"S2\"").unwrap(), Severity::Serious);
    }
}
