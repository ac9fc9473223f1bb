//! The log of sensitive deeds as programs read it.

use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{super::super::audit::unsealed, Instant};
use crate::store::audit::lists::Shown;

/// Who did what, to whom or what; nothing in it is ever changed.
#[derive(Debug, Serialize, ToSchema)]
pub struct Deed {
    id: Uuid,
    /// Its place in the chain; none while it waits for one.
    position: Option<i64>,
    at: Instant,
    kind: String,
    actor: Option<Named>,
    /// Whose people or things it is about.
    account: Option<Named>,
    subject: Subject,
    /// The person concerned, where that is neither the actor nor the subject.
    about: Option<Named>,
    #[schema(value_type = Object)]
    detail: Value,
    /// What names a person, where the reader may read it.
    #[schema(value_type = Option<Object>)]
    names: Option<Value>,
    /// Something is sealed that this reader can't open, or nobody can any more.
    sealed: bool,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct Named {
    id: Uuid,
    name: Option<String>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct Subject {
    kind: String,
    id: String,
    name: Option<String>,
}

impl From<Shown> for Deed {
    fn from(row: Shown) -> Self {
        let named = |id: Option<Uuid>, name: Option<String>| id.map(|id| Named { id, name });
        Self {
            names: unsealed(&row),
            sealed: row.sealed.is_some() && row.key.is_none(),
            id: row.id,
            position: row.pos,
            at: row.at.into(),
            kind: row.kind,
            actor: named(row.actor_id, row.actor_name),
            account: named(row.account_id, row.account_name),
            subject: Subject { kind: row.subject_kind, id: row.subject_id, name: row.subject_name },
            about: named(row.about_id, row.about_name),
            detail: row.detail,
        }
    }
}
