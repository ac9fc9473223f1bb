//! Rules as data: what `route export` prints and `--config` reads.
use serde::{Deserialize, Serialize};

use crate::domain::calendar::{Calendar, CalendarError};

/// Regions, CACs, their hours and queues; the order of the regions breaks ties.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Rules {
    pub regions: Vec<String>,
    pub duty_manager: String,
    #[serde(rename = "calendar", default)]
    pub calendars: Vec<NamedCalendar>,
    #[serde(rename = "cac", default)]
    pub cacs: Vec<Cac>,
    #[serde(rename = "queue", default)]
    pub queues: Vec<Queue>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NamedCalendar {
    pub name: String,
    #[serde(flatten)]
    pub calendar: Calendar,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cac {
    pub code: String,
    pub region: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    pub calendar: String,
    /// So long somebody there may take to accept what another CAC hands over, before the duty manager hears of it.
    #[serde(default = "usual_minutes", skip_serializing_if = "is_usual")]
    pub accept_minutes: u32,
}

/// What a CAC has that has said nothing else; unsaid in text, so that rules of old keep their hash.
pub const ACCEPT_MINUTES: u32 = 15;

fn usual_minutes() -> u32 {
    ACCEPT_MINUTES
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands it so")]
fn is_usual(minutes: &u32) -> bool {
    *minutes == ACCEPT_MINUTES
}

/// A queue of a CAC and its subjects; `*` takes what no other queue there names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Queue {
    pub slug: String,
    pub cac: String,
    pub subjects: Vec<String>,
    /// What its people speak, as ISO 639-1 codes; none named means whatever the house speaks.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub languages: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RulesError {
    #[error("The rules can't be read: {0}")]
    Unreadable(String),
    #[error("There is something in the rules that nobody reads: {}", .0.join(" "))]
    Unknown(Vec<String>),
    #[error("The rules can't be followed: {}", .0.join(" "))]
    Contradictory(Vec<String>),
}

impl Queue {
    pub fn names(&self, subject: &str) -> bool {
        self.subjects.iter().any(|s| s.eq_ignore_ascii_case(subject.trim()))
    }

    pub fn takes_the_rest(&self) -> bool {
        self.names("*")
    }

    pub fn speaks(&self, language: &str) -> bool {
        self.languages.iter().any(|spoken| spoken.eq_ignore_ascii_case(language.trim()))
    }
}

impl Rules {
    /// Three CACs that hand the weekday round the globe; at weekends only duty is awake.
    pub fn standard() -> Result<Self, CalendarError> {
        let regions = [("AMER", "America/New_York"), ("EMEA", "Europe/Dublin"), ("APAC", "Asia/Tokyo")];
        let calendars = regions.iter().map(|(code, zone)| {
            Ok(NamedCalendar { name: code.to_ascii_lowercase(), calendar: Calendar::prime_hours(zone)? })
        });
        Ok(Self {
            regions: regions.map(|(code, _)| code.to_owned()).to_vec(),
            duty_manager: "duty".into(),
            calendars: calendars.collect::<Result<_, CalendarError>>()?,
            cacs: regions.map(|(code, _)| standard_cac(code)).to_vec(),
            queues: regions.iter().flat_map(|(code, _)| standard_queues(code)).collect(),
        })
    }

    /// As somebody types them: a key that nobody reads would be passed over without a word.
    pub fn strictly(text: &str) -> Result<Self, RulesError> {
        let rules = Self::from_toml(text)?;
        match Self::unknown_keys(text) {
            unknown if unknown.is_empty() => Ok(rules),
            unknown => Err(RulesError::Unknown(unknown)),
        }
    }

    /// What a newer portal may have printed is read too: what is not known here is left aside.
    pub fn from_toml(text: &str) -> Result<Self, RulesError> {
        toml::from_str(text).map_err(|e| RulesError::Unreadable(e.to_string()))
    }

    pub fn calendar(&self, name: &str) -> Option<&Calendar> {
        self.calendars.iter().find(|c| c.name == name).map(|c| &c.calendar)
    }
}

fn standard_cac(code: &str) -> Cac {
    let calendar = code.to_ascii_lowercase();
    Cac { code: code.into(), region: code.into(), name: None, calendar, accept_minutes: ACCEPT_MINUTES }
}

fn standard_queues(code: &str) -> [Queue; 4] {
    let prefix = code.to_ascii_lowercase();
    [("hardware", "hardware"), ("os", "os"), ("storage", "storage"), ("general", "*")].map(|(name, subject)| Queue {
        slug: format!("{prefix}-{name}"),
        cac: code.into(),
        subjects: vec![subject.into()],
        languages: Vec::new(),
    })
}
