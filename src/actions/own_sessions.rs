use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use super::audit::{self, Entry};
use crate::{
    app::App,
    domain::{
        access::{Role, Viewer},
        audit::{Kind, Subject},
        proof::Factors,
    },
    error::{Error, Result},
    store::{WriteTx, factors, outbox, own, own_sessions},
};

/// One of the person's sessions ends, and every stream that it has open with it.
pub async fn end_session(app: &App, viewer: &Viewer, session: Uuid) -> Result<()> {
    let mut tx = app.store.begin_write().await?;
    if !own_sessions::delete(&mut tx, viewer.person_id, session).await? {
        return Err(Error::NotFound);
    }
    let now = app.clock.now();
    outbox::insert_rights(&mut tx, &[format!("session:{session}")], now).await?;
    let entry = Entry::new(Kind::SessionRevoked, Subject::Session, session).by(viewer.person_id);
    audit::record(&mut tx, entry.of(viewer.account_id), now).await?;
    tx.commit().await?;
    app.told();
    Ok(())
}

/// Out everywhere but here.
pub async fn end_other_sessions(app: &App, viewer: &Viewer) -> Result<()> {
    let mut tx = app.store.begin_write().await?;
    let now = app.clock.now();
    end_others(&mut tx, viewer.person_id, viewer.session_id, now).await?;
    let entry = Entry::new(Kind::SessionRevoked, Subject::Person, viewer.person_id).by(viewer.person_id);
    audit::record(&mut tx, entry.of(viewer.account_id), now).await?;
    tx.commit().await?;
    app.told();
    Ok(())
}

pub(super) async fn end_others(tx: &mut WriteTx, person: Uuid, kept: Option<Uuid>, now: Timestamp) -> Result<()> {
    let ended = own_sessions::delete_others(tx, person, kept).await?;
    let topics: Vec<String> = ended.iter().map(|id| format!("session:{id}")).collect();
    if !topics.is_empty() {
        outbox::insert_rights(tx, &topics, now).await?;
    }
    Ok(())
}

/// From now on the person acts in another of their accounts; open pages look again.
pub async fn switch_membership(app: &App, viewer: &Viewer, membership: Uuid) -> Result<()> {
    let session = viewer.session_id.ok_or(Error::NotFound)?;
    let mut tx = app.store.begin_write().await?;
    let theirs = own::memberships(&mut *tx, viewer.person_id).await?;
    let wanted = theirs.iter().find(|theirs| theirs.id == membership).ok_or(Error::NotFound)?;
    let held = factors::held(&mut *tx, viewer.person_id).await?;
    let demanded = Role::from_name(&wanted.role).is_none_or(|role| app.config.mfa.demands(role));
    if demanded && Factors::from(&held) == Factors::default() {
        let sentence = format!("{} needs a second factor from you. Set one up first.", wanted.account_name);
        return Err(Error::Refused(sentence));
    }
    own_sessions::switch(&mut tx, session, viewer.person_id, membership).await?;
    let now = app.clock.now();
    outbox::insert_rights(&mut tx, &[format!("session:{session}")], now).await?;
    let entry = Entry::new(Kind::MembershipSwitched, Subject::Membership, membership).by(viewer.person_id);
    audit::record(&mut tx, entry.of(viewer.account_id), now).await?;
    tx.commit().await?;
    app.told();
    Ok(())
}

/// How much later a session's last use may be noted than it was.
const NOTED: SignedDuration = SignedDuration::from_mins(5);

/// Whether the use of a session is worth a write.
pub fn is_worth_noting(seen: Timestamp, now: Timestamp) -> bool {
    now.duration_since(seen) >= NOTED
}

pub async fn note_use(app: &App, session: Uuid) -> Result<()> {
    let mut tx = app.store.begin_write().await?;
    own_sessions::touch(&mut tx, session, app.clock.now()).await?;
    tx.commit().await?;
    Ok(())
}
