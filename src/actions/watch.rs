use uuid::Uuid;

use super::{
    audit::{self, Entry},
    secret_hash,
};
use crate::{
    app::App,
    domain::{
        access::{Role, Viewer},
        audit::{Kind, Subject},
        policy::{Action, Relation, Resource},
    },
    error::{Error, Result},
    store::{outbox, sessions},
};

/// An administrator begins to see what somebody else sees, and can change nothing until that ends.
pub async fn begin_watching(app: &App, viewer: &Viewer, membership: Uuid) -> Result<()> {
    viewer.may(Action::Watch, Resource::Person, Relation::Foreign)?;
    let session = viewer.session_id.ok_or_else(|| Error::refused("Only a browser can look at the pages of others."))?;
    let now = app.clock.now();
    let mut tx = app.store.begin_write().await?;
    let watched = sessions::of_membership(&mut *tx, membership).await?.ok_or(Error::NotFound)?;
    if Role::from_name(&watched.role) == Some(Role::Admin) {
        return Err(Error::Forbidden("Nobody looks at the pages of an administrator.".to_owned()));
    }
    sessions::watch(&mut tx, session, membership).await?;
    let entry = Entry::new(Kind::WatchingBegan, Subject::Person, watched.person_id).by_viewer(viewer);
    audit::record(&mut tx, entry.of(watched.account_id), now).await?;
    outbox::insert_rights(&mut tx, &[format!("session:{session}")], now).await?;
    tx.commit().await?;
    app.told();
    Ok(())
}

/// By the session itself, since whoever only looks may change nothing else. Answers who was looked at.
pub async fn end_watching(app: &App, token: &str) -> Result<Option<Uuid>> {
    let now = app.clock.now();
    let mut tx = app.store.begin_write().await?;
    let Some(ended) = sessions::end_watching(&mut tx, &secret_hash(token), now).await? else { return Ok(None) };
    let entry = Entry::new(Kind::WatchingEnded, Subject::Person, ended.watched_id).by(ended.watcher_id);
    audit::record(&mut tx, entry.of(ended.account_id), now).await?;
    outbox::insert_rights(&mut tx, &[format!("session:{}", ended.session_id)], now).await?;
    tx.commit().await?;
    app.told();
    Ok(Some(ended.watched_id))
}
