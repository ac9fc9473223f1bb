//! Remote access: CAC staff ask, the customer grants for a limited time and purpose, and can end it at once.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::access::{Actor, Party};

/// Nobody has answered a request for so long: it lapses.
pub const ANSWER_HOURS: i64 = 24;
/// No grant reaches further ahead than this.
pub const LONGEST_DAYS: i64 = 7;
/// For how many hours access is asked for and granted, where no instant is named.
pub const HOURS: [i16; 4] = [1, 4, 8, 24];

/// Where an access stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    Asked,
    Granted,
    Declined,
    Withdrawn,
    /// Nobody answered in time.
    Lapsed,
    /// Somebody ended it before its time.
    Ended,
    Expired,
}

impl State {
    pub const ALL: [Self; 7] =
        [Self::Asked, Self::Granted, Self::Declined, Self::Withdrawn, Self::Lapsed, Self::Ended, Self::Expired];

    pub fn name(self) -> String {
        super::names::name_of(self)
    }

    pub fn from_name(name: &str) -> Option<Self> {
        super::names::named_as(name)
    }

    /// It waits for an answer, or lets somebody in.
    pub fn stands(self) -> bool {
        matches!(self, Self::Asked | Self::Granted)
    }

    /// The same after "the access".
    fn told(self) -> String {
        match self {
            Self::Asked | Self::Lapsed => self.words().to_owned(),
            Self::Granted => "is in force".to_owned(),
            _ => format!("was {} already", self.words()),
        }
    }

    pub fn words(self) -> &'static str {
        match self {
            Self::Asked => "waits for an answer",
            Self::Granted => "in force",
            Self::Declined => "declined",
            Self::Withdrawn => "withdrawn",
            Self::Lapsed => "lapsed without an answer",
            Self::Ended => "ended",
            Self::Expired => "expired",
        }
    }
}

/// What is done with an access: each is one line of the call's history.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    Ask,
    /// Also without being asked, and again with another end.
    Grant,
    Decline,
    Withdraw,
    Lapse,
    BeginUse,
    EndUse,
    End,
    Expire,
    /// The call is over, and with it what the access was for.
    CallOver,
}

impl Step {
    pub const ALL: [Self; 10] = [
        Self::Ask,
        Self::Grant,
        Self::Decline,
        Self::Withdraw,
        Self::Lapse,
        Self::BeginUse,
        Self::EndUse,
        Self::End,
        Self::Expire,
        Self::CallOver,
    ];

    pub fn name(self) -> String {
        super::names::name_of(self)
    }

    pub fn from_name(name: &str) -> Option<Self> {
        super::names::named_as(name)
    }

    /// Whose step it is at all. Of staff only those grant whom the table of rights names.
    pub fn parties(self) -> &'static [Party] {
        use Party::{Customer, Staff, Timer};
        match self {
            Self::Ask | Self::Withdraw | Self::BeginUse | Self::EndUse => &[Staff],
            Self::Grant | Self::Decline | Self::End => &[Customer, Staff],
            Self::Lapse | Self::Expire | Self::CallOver => &[Timer],
        }
    }

    /// Whether it lets somebody in, or is on the way there: not on a call that is over.
    pub fn opens(self) -> bool {
        matches!(self, Self::Ask | Self::Grant | Self::BeginUse)
    }
}

/// What a line of a call's history says of it; the words stand in the line itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    pub access: Uuid,
    pub step: Step,
    /// Until when it is granted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
    /// For how long it is asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hours: Option<i16>,
}

/// An access as far as its rules go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Access {
    pub state: State,
    /// Until when a request waits, or a grant holds.
    pub until: Timestamp,
    /// Who is in now.
    pub inside: Vec<Uuid>,
}

/// Why a step is not possible, as a sentence for the person who tried.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    #[error("{}", only_for(*.0))]
    Party(Step),
    #[error("That is not possible: the access {}.", .0.told())]
    State(State),
    #[error("A request for this call waits for an answer, or an access is in force.")]
    Stands,
    #[error("Its time is over.")]
    Over,
    #[error("Its time is not over yet.")]
    Early,
    #[error("You are in already.")]
    Inside,
    #[error("You are not in.")]
    Outside,
}

fn only_for(step: Step) -> &'static str {
    match step.parties() {
        [Party::Staff] => "Only CAC staff can do that.",
        [Party::Timer] => "Nobody does that by hand.",
        _ => "Only the customer can do that.",
    }
}

impl Access {
    /// Somebody may be in at this moment.
    pub fn in_force(&self, now: Timestamp) -> bool {
        self.state == State::Granted && now < self.until
    }
}

/// The whole life of an access as one table: where a step leads, of none at all too.
#[expect(clippy::match_same_arms, reason = "each line of the table stands for itself")]
pub fn after(access: Option<&Access>, step: Step, actor: &Actor, now: Timestamp) -> Result<State, Refused> {
    use State::{Asked, Declined, Ended, Expired, Granted, Lapsed, Withdrawn};
    if !step.parties().contains(&actor.party) {
        return Err(Refused::Party(step));
    }
    let Some(access) = access else {
        return match step {
            Step::Ask => Ok(Asked),
            Step::Grant => Ok(Granted),
            _ => Err(Refused::Over),
        };
    };
    let (over, inside) = (now >= access.until, actor.id.is_some_and(|id| access.inside.contains(&id)));
    match (access.state, step) {
        (Asked | Granted, Step::Ask) => Err(Refused::Stands),
        (Asked | Granted, Step::Grant) | (Granted, Step::BeginUse) if over => Err(Refused::Over),
        (Asked | Granted, Step::Grant) => Ok(Granted),
        (Asked, Step::Decline) => Ok(Declined),
        (Asked, Step::Withdraw) => Ok(Withdrawn),
        (Asked, Step::Lapse) | (Granted, Step::Expire) if !over => Err(Refused::Early),
        (Asked, Step::Lapse | Step::CallOver) => Ok(Lapsed),
        (Granted, Step::BeginUse) if inside => Err(Refused::Inside),
        (Granted, Step::BeginUse) => Ok(Granted),
        (Granted, Step::EndUse) if inside => Ok(Granted),
        (Granted, Step::EndUse) => Err(Refused::Outside),
        (Granted, Step::End | Step::CallOver) => Ok(Ended),
        (Granted, Step::Expire) => Ok(Expired),
        (state, _) => Err(Refused::State(state)),
    }
}

/// What the portal itself has to do about it now: its time is over, or its call is.
pub fn due(access: &Access, call_over: bool, now: Timestamp) -> Option<Step> {
    match access.state {
        State::Asked | State::Granted if call_over => Some(Step::CallOver),
        State::Asked if now >= access.until => Some(Step::Lapse),
        State::Granted if now >= access.until => Some(Step::Expire),
        _ => None,
    }
}

/// For how long somebody is let in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Length {
    Hours(i16),
    Until(Timestamp),
    /// Something that is no instant.
    Unread,
}

/// The end that a grant of this length has now, or a sentence on why it can't have it.
pub fn end_of(length: Length, now: Timestamp) -> Result<Timestamp, &'static str> {
    match length {
        Length::Hours(hours) if HOURS.contains(&hours) => Ok(now + SignedDuration::from_hours(hours.into())),
        Length::Hours(_) => Err("Choose 1, 4, 8 or 24 hours, or an instant."),
        Length::Unread => Err("That is no instant; one is written as in 2026-11-24T09:00:00Z."),
        Length::Until(at) if at <= now => Err("That is past already; choose an instant ahead."),
        Length::Until(at) if at > now + SignedDuration::from_hours(24 * LONGEST_DAYS) => {
            Err("That is more than 7 days ahead; it can be granted again then.")
        }
        Length::Until(at) => Ok(at),
    }
}

#[cfg(test)]
mod tests;
