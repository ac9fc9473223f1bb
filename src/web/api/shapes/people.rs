//! People as programs read them.

use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{Instant, RoleWord};
use crate::store::{directory, rights};

/// What somebody is in an account, or is invited to become: one line for each.
#[derive(Debug, Serialize, ToSchema)]
pub struct UserLine {
    /// The person's; null while they are only invited.
    id: Option<Uuid>,
    invitation: Option<Uuid>,
    membership: Option<Uuid>,
    name: String,
    email: String,
    #[schema(value_type = RoleWord)]
    role: String,
    account: String,
    account_name: String,
    cac: Option<String>,
    /// How many; null is all of the account's.
    sites: Option<i32>,
    state: String,
    invited_until: Option<Instant>,
    second_factor: bool,
    last_sign_in_at: Option<Instant>,
}

impl From<directory::Row> for UserLine {
    fn from(row: directory::Row) -> Self {
        Self {
            id: row.person_id,
            invitation: row.person_id.is_none().then_some(row.id),
            membership: row.person_id.is_some().then_some(row.id),
            name: row.name,
            email: row.email,
            role: row.role,
            account: row.account_slug,
            account_name: row.account_name,
            cac: row.cac_code,
            sites: row.sites,
            state: row.state,
            invited_until: row.expires_at.map(Into::into),
            second_factor: row.second_factor,
            last_sign_in_at: row.last_sign_in.map(Into::into),
        }
    }
}

/// A person, and everything that they are.
#[derive(Debug, Serialize, ToSchema)]
pub struct User {
    id: Uuid,
    name: String,
    email: String,
    state: String,
    second_factor: bool,
    last_sign_in_at: Option<Instant>,
    /// How many are open.
    sessions: i64,
    created_at: Instant,
    memberships: Vec<Membership>,
}

impl User {
    pub fn of(person: directory::Person, memberships: Vec<rights::Row>) -> Self {
        let state = if person.disabled_at.is_some() { "disabled" } else { "active" };
        Self {
            id: person.id,
            name: person.name,
            email: person.email,
            state: state.to_owned(),
            second_factor: person.second_factor,
            last_sign_in_at: person.last_sign_in.map(Into::into),
            sessions: person.sessions,
            created_at: person.created_at.into(),
            memberships: memberships.into_iter().map(Into::into).collect(),
        }
    }
}

#[derive(Debug, Serialize, ToSchema)]
pub struct Membership {
    id: Uuid,
    account: String,
    account_name: String,
    #[schema(value_type = RoleWord)]
    role: String,
    cac: Option<String>,
    /// Null is all of the account's.
    sites: Option<Vec<Uuid>>,
    since: Instant,
    ended_at: Option<Instant>,
}

impl From<rights::Row> for Membership {
    fn from(row: rights::Row) -> Self {
        Self {
            id: row.id,
            account: row.account_slug,
            account_name: row.account_name,
            role: row.role,
            cac: row.cac_code,
            sites: row.sites,
            since: row.created_at.into(),
            ended_at: row.ended_at.map(Into::into),
        }
    }
}

/// The same whether the house knows the address or not.
#[derive(Debug, Serialize, ToSchema)]
pub struct Invited {
    pub invitation: Uuid,
    /// For the person who is invited; it works once.
    pub url: String,
    pub expires_at: Instant,
    pub state: String,
}
