use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HoldReason {
    Part,
    Vendor,
    Scheduled,
}

impl HoldReason {
    pub const ALL: [Self; 3] = [Self::Part, Self::Vendor, Self::Scheduled];

    pub fn name(self) -> &'static str {
        match self {
            Self::Part => "part",
            Self::Vendor => "vendor",
            Self::Scheduled => "scheduled",
        }
    }

    pub fn words(self) -> &'static str {
        match self {
            Self::Part => "waiting for a part",
            Self::Vendor => "waiting for a vendor",
            Self::Scheduled => "scheduled",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.name() == name)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CloseCode {
    Solved,
    NoAnswer,
}
