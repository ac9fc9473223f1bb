//! Remote access as programs read it, and what they send about it.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::Instant;
use crate::{
    domain::remote::State,
    store::remote::{RemoteRow, UseRow},
};

/// What was asked for or granted, and how it stands.
#[derive(Debug, Serialize, ToSchema)]
pub struct RemoteAccess {
    id: Uuid,
    /// The number of the call that it is for.
    call: String,
    /// The serial of the system.
    system: String,
    site: String,
    /// asked, granted, declined, withdrawn, lapsed, ended or expired.
    #[schema(value_type = String)]
    state: State,
    /// What it is for; null where the words were taken out of the history.
    purpose: Option<String>,
    opened_at: Instant,
    /// Null where the customer granted it without being asked.
    asked_by: Option<String>,
    /// For how many hours it was asked for.
    hours: Option<i16>,
    answered_at: Option<Instant>,
    answered_by: Option<String>,
    /// Until when a request waits for an answer, or a grant holds.
    until: Instant,
    over_at: Option<Instant>,
    /// Null where it was over by itself.
    ended_by: Option<String>,
    /// Why it was declined or ended.
    reason: Option<String>,
    inside: Vec<RemoteInside>,
    /// How often somebody was in.
    uses: i64,
    time_zone: String,
}

/// Somebody who is in now.
#[derive(Debug, Serialize, ToSchema)]
pub struct RemoteInside {
    #[serde(rename = "use")]
    one: Uuid,
    person: String,
}

/// An access with everybody who was in.
#[derive(Debug, Serialize, ToSchema)]
pub struct RemoteSession {
    #[serde(flatten)]
    access: RemoteAccess,
    sessions: Vec<RemoteUse>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct RemoteUse {
    id: Uuid,
    person: String,
    began_at: Instant,
    ended_at: Option<Instant>,
    /// What was done; null where the end of the access cut it off.
    note: Option<String>,
}

/// How a system is reached, in the words of its customer.
#[derive(Debug, Serialize, ToSchema)]
pub struct RemoteInstructions {
    pub system: String,
    /// Null where the customer has not said.
    #[schema(required)]
    pub instructions: Option<String>,
}

impl From<RemoteRow> for RemoteAccess {
    fn from(row: RemoteRow) -> Self {
        let inside = row.inside_uses.iter().zip(&row.inside_names);
        Self {
            id: row.id,
            call: row.call_number().to_string(),
            state: row.state(),
            inside: inside.map(|(one, person)| RemoteInside { one: *one, person: person.clone() }).collect(),
            system: row.serial,
            site: row.site_code,
            purpose: row.purpose,
            opened_at: row.opened_at.into(),
            asked_by: row.asked_by,
            hours: row.hours,
            answered_at: row.answered_at.map(Into::into),
            answered_by: row.answered_by,
            until: row.until.into(),
            over_at: row.over_at.map(Into::into),
            ended_by: row.ended_by,
            reason: row.over_words,
            uses: row.uses,
            time_zone: row.time_zone,
        }
    }
}

impl RemoteSession {
    pub fn of(row: RemoteRow, uses: Vec<UseRow>) -> Self {
        Self { access: row.into(), sessions: uses.into_iter().map(RemoteUse::from).collect() }
    }
}

impl From<UseRow> for RemoteUse {
    fn from(row: UseRow) -> Self {
        Self {
            id: row.id,
            person: row.name,
            began_at: row.began_at.into(),
            ended_at: row.ended_at.map(Into::into),
            note: row.note,
        }
    }
}

/// What staff ask for, or what the customer grants without being asked.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct NewRemoteAccess {
    #[schema(value_type = String, required, min_length = 1, max_length = 1000, pattern = r"\S")]
    purpose: Option<String>,
    /// 1, 4, 8 or 24; what staff ask for always has hours.
    hours: Option<i16>,
    /// Of a grant, instead of hours: an instant at most 7 days ahead.
    until: Option<String>,
}

/// How long somebody is let in: hours or an instant.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct RemoteGrant {
    /// 1, 4, 8 or 24.
    hours: Option<i16>,
    /// An instant at most 7 days ahead, instead of hours.
    until: Option<String>,
    /// Where it is narrower than what was asked for.
    #[schema(max_length = 1000)]
    purpose: Option<String>,
    /// Who of the customer agreed; needed from a lead or the duty manager.
    #[schema(max_length = 1000)]
    agreed_with: Option<String>,
}

#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct RemoteReason {
    /// Needed to decline.
    #[schema(max_length = 1000)]
    reason: Option<String>,
}

#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct RemoteNote {
    /// What was done.
    #[schema(value_type = String, required, min_length = 1, max_length = 1000, pattern = r"\S")]
    note: Option<String>,
}

/// An empty object: the address says everything.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct Nothing {}
