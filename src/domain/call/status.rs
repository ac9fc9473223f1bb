use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    New,
    Open,
    AwaitingCustomer,
    OnHold,
    Resolved,
    Closed,
    Cancelled,
}

impl Status {
    pub const ALL: [Self; 7] =
        [Self::New, Self::Open, Self::AwaitingCustomer, Self::OnHold, Self::Resolved, Self::Closed, Self::Cancelled];

    pub fn name(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Open => "open",
            Self::AwaitingCustomer => "awaiting_customer",
            Self::OnHold => "on_hold",
            Self::Resolved => "resolved",
            Self::Closed => "closed",
            Self::Cancelled => "cancelled",
        }
    }

    /// As a person reads it.
    pub fn words(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Open => "open",
            Self::AwaitingCustomer => "awaiting customer",
            Self::OnHold => "on hold",
            Self::Resolved => "resolved",
            Self::Closed => "closed",
            Self::Cancelled => "cancelled",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.name() == name)
    }

    /// Somebody still has to do something about the fault.
    pub fn is_worked(self) -> bool {
        matches!(self, Self::New | Self::Open | Self::AwaitingCustomer | Self::OnHold)
    }

    /// Clocks stand still while it is somebody else's turn.
    pub fn pauses(self) -> bool {
        matches!(self, Self::AwaitingCustomer | Self::OnHold)
    }

    pub fn is_ended(self) -> bool {
        matches!(self, Self::Closed | Self::Cancelled)
    }
}
