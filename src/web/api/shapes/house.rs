//! Accounts, contracts, relations, tokens and people as programs read them.

use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{Instant, RoleWord};
use crate::store::{accounts, relations::RelationRow, tokens::TokenRow};

#[derive(Debug, Serialize, ToSchema)]
pub struct Account {
    id: Uuid,
    #[serde(rename = "account")]
    slug: String,
    name: String,
    kind: String,
    people: i64,
    sites: i64,
    systems: i64,
    relations: i64,
    created_at: Instant,
}

impl From<accounts::AccountRow> for Account {
    fn from(row: accounts::AccountRow) -> Self {
        Self {
            id: row.id,
            slug: row.slug,
            name: row.name,
            kind: row.kind,
            people: row.people,
            sites: row.sites,
            systems: row.systems,
            relations: row.relations,
            created_at: row.created_at.into(),
        }
    }
}

#[derive(Debug, Serialize, ToSchema)]
pub struct Contract {
    id: Uuid,
    name: String,
    customer: String,
    account: String,
    service_level: String,
    systems: i64,
    starts_at: Instant,
    ends_at: Instant,
}

impl From<accounts::ContractRow> for Contract {
    fn from(row: accounts::ContractRow) -> Self {
        Self {
            id: row.id,
            name: row.name,
            customer: row.customer_name,
            account: row.customer_slug,
            service_level: row.service_level,
            systems: row.systems,
            starts_at: row.starts_at.into(),
            ends_at: row.ends_at.into(),
        }
    }
}

/// Which partner serves which customer, where and how far back it may look.
#[derive(Debug, Serialize, ToSchema)]
pub struct PartnerRelation {
    id: Uuid,
    partner: String,
    partner_name: String,
    customer: String,
    customer_name: String,
    /// Null is every site of the customer.
    site: Option<String>,
    first_line: bool,
    accept_minutes: i32,
    /// In whose hours the minutes are counted; null is those of the site.
    calendar: Option<String>,
    history: String,
    history_from: Option<Instant>,
    valid_from: Instant,
    valid_to: Option<Instant>,
}

impl From<RelationRow> for PartnerRelation {
    fn from(row: RelationRow) -> Self {
        Self {
            id: row.id,
            partner: row.partner_slug,
            partner_name: row.partner_name,
            customer: row.customer_slug,
            customer_name: row.customer_name,
            site: row.site_code,
            first_line: row.first_line,
            accept_minutes: row.accept_minutes,
            calendar: row.calendar,
            history: row.history,
            history_from: row.history_from.map(Into::into),
            valid_from: row.valid_from.into(),
            valid_to: row.valid_to.map(Into::into),
        }
    }
}

/// A token, without what opens anything.
#[derive(Debug, Serialize, ToSchema)]
pub struct Token {
    id: Uuid,
    prefix: String,
    name: String,
    scopes: Vec<String>,
    person: Uuid,
    person_name: String,
    #[schema(value_type = RoleWord)]
    role: String,
    account_name: String,
    /// Neither revoked nor expired, of somebody who may still come.
    opens: bool,
    made_by: Option<String>,
    created_at: Instant,
    expires_at: Option<Instant>,
    last_used_at: Option<Instant>,
    revoked_at: Option<Instant>,
    /// Only in the answer that makes it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub secret: Option<String>,
}

impl From<TokenRow> for Token {
    fn from(row: TokenRow) -> Self {
        Self {
            id: row.id,
            prefix: row.prefix,
            name: row.name,
            scopes: row.scopes,
            person: row.person_id,
            person_name: row.person_name,
            role: row.role,
            account_name: row.account_name,
            opens: row.opens,
            made_by: row.made_by,
            created_at: row.created_at.into(),
            expires_at: row.expires_at.map(Into::into),
            last_used_at: row.last_used_at.map(Into::into),
            revoked_at: row.revoked_at.map(Into::into),
            secret: None,
        }
    }
}
