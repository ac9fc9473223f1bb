//! CAC staff ask to be let into a system, the customer lets them in for a while, and can end it at once.
mod act;
mod ask;
mod expire;
mod read;

pub use act::{RemoteDeed, act_on_access};
pub use ask::{RemoteGrant, RemoteWish, ask_remote_access, grant_unasked};
pub use expire::end_remote_access;
pub use read::{keep_remote_instructions, may_keep_instructions, read_remote_instructions, read_remote_session};

use jiff::Timestamp;
use serde_json::json;
use sqlx::PgConnection;

use super::audit::{self, Entry};
use crate::{
    domain::{
        access::{Party, Viewer},
        audit::{Kind, Subject},
        call::Call,
        remote::{self, Length},
    },
    error::{Error, Result},
};

/// What it is for, why it is declined, what was done: a few sentences.
const WORDS: usize = 1_000;

impl From<remote::Refused> for Error {
    fn from(refused: remote::Refused) -> Self {
        match refused {
            remote::Refused::Party(_) => Self::Forbidden(refused.to_string()),
            other => Self::Refused(other.to_string()),
        }
    }
}

/// Words that must be there, of a length that somebody reads.
fn required(field: &str, text: &str, missing: &str) -> Result<String> {
    optional(field, text)?.ok_or_else(|| Error::invalid(field, missing))
}

fn optional(field: &str, text: &str) -> Result<Option<String>> {
    let text = text.trim();
    if text.chars().count() > WORDS {
        return Err(Error::invalid(field, "That is longer than 1,000 characters."));
    }
    Ok(Some(text.to_owned()).filter(|text| !text.is_empty()))
}

fn end_of(length: Length, now: Timestamp) -> Result<Timestamp> {
    let field = if matches!(length, Length::Hours(_)) { "hours" } else { "until" };
    remote::end_of(length, now).map_err(|sentence| Error::invalid(field, sentence))
}

/// Whoever grants in the name of the customer says who there agreed to it.
fn agreed(viewer: &Viewer, with: &str) -> Result<Option<String>> {
    if viewer.role.party() == Party::Customer {
        return Ok(None);
    }
    let who = required("agreed_with", with, "Say who of the customer agreed to it.")?;
    Ok(Some(format!("Agreed with {}.", who.trim_end_matches('.'))))
}

/// The words of a line: what it is for, and who agreed.
fn joined(purpose: Option<&str>, agreed: Option<String>) -> Option<String> {
    match (purpose, agreed) {
        (Some(purpose), Some(agreed)) => Some(format!("{purpose}\n{agreed}")),
        (purpose, agreed) => purpose.map(str::to_owned).or(agreed),
    }
}

/// A right that somebody gives or takes away is in the audit, with the call that it belongs to.
async fn audited(
    tx: &mut PgConnection,
    viewer: &Viewer,
    kind: Kind,
    (call, serial): (&Call, &str),
    until: Option<Timestamp>,
) -> Result<()> {
    let detail = json!({"call": call.number.to_string(), "until": until.map(|at| format!("{at:.0}"))});
    let entry = Entry::new(kind, Subject::System, serial).by_viewer(viewer).of(call.customer_id).with(detail);
    audit::record(tx, entry, call.updated_at).await
}
