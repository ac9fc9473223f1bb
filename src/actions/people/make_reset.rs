use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use uuid::Uuid;

use super::{By, Link, target::Target};
use crate::{
    actions::{audit, new_secret, secret_hash},
    domain::audit::{Kind, Subject},
    error::Result,
    store::{Store, memberships, rights},
};

const RESET_HOURS: i64 = 1;

/// A link with which somebody chooses a new password; the second factor stays what it is.
///
/// It opens all that the person is, so it takes the right to change all of it. For oneself there is the page that asks
/// for the old password: a session that somebody took must not become the account.
pub async fn make_reset_for(store: &Store, by: By<'_>, person: Uuid, now: Timestamp) -> Result<Link> {
    by.not_oneself(person)?;
    let mut tx = store.begin_write().await?;
    Target::find(&mut tx, by, person).await?.as_a_whole(by)?;
    let until = now + SignedDuration::from_hours(RESET_HOURS);
    let link = Link { id: person, secret: new_secret("mr"), until };
    rights::insert_reset(&mut tx, &secret_hash(&link.secret), person, by.id(), until, now).await?;
    let entry = by.entry(Kind::ResetMade, Subject::Person, person, json!({}));
    let entry = match memberships::usual_account(&mut *tx, person).await? {
        Some(account) => entry.of(account),
        None => entry,
    };
    audit::record(&mut tx, entry, now).await?;
    tx.commit().await?;
    Ok(link)
}
