//! What people do about their own proofs, for the audit log.

use jiff::Timestamp;
use uuid::Uuid;

use super::audit::{self, Entry};
use crate::{
    domain::audit::{Kind, Subject},
    error::Result,
    store::{WriteTx, memberships},
};

/// A deed of a person that their account's administrators may read of.
pub(super) async fn of_person(tx: &mut WriteTx, entry: Entry, person: Uuid, now: Timestamp) -> Result<()> {
    let entry = entry.of(memberships::usual_account(&mut **tx, person).await?);
    audit::record(tx, entry, now).await
}

/// The person did it, to what is theirs alone.
pub(super) async fn own(tx: &mut WriteTx, kind: Kind, person: Uuid, now: Timestamp) -> Result<()> {
    of_person(tx, Entry::new(kind, Subject::Person, person).by(person), person, now).await
}
