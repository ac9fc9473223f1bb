use crate::{
    app::App,
    domain::access::Viewer,
    error::{Error, Result},
    store::{drafts, notifications},
};

const DRAFT_LENGTH: usize = 100_000;

/// Keeps what somebody is writing; nothing left means nothing kept.
pub async fn keep_draft(app: &App, viewer: &Viewer, key: &str, body: &str) -> Result<()> {
    if key.len() > 100 || body.len() > DRAFT_LENGTH {
        return Err(Error::invalid("draft", "That is too long to keep as a draft."));
    }
    let nothing = body.trim().is_empty();
    // Most who have sent something had kept nothing of it, and need no second transaction for that.
    if nothing && drafts::find(app.store.reader(), viewer.person_id, key).await?.is_none() {
        return Ok(());
    }
    let mut tx = app.store.begin_write().await?;
    if nothing {
        drafts::delete(&mut tx, viewer.person_id, key).await?;
    } else {
        drafts::save(&mut tx, viewer.person_id, key, body, app.clock.now()).await?;
    }
    tx.commit().await?;
    Ok(())
}

/// The person has looked at what they were told, up to a position.
pub async fn mark_notices_seen(app: &App, viewer: &Viewer, up_to: i64) -> Result<()> {
    let mut tx = app.store.begin_write().await?;
    notifications::mark_seen(&mut tx, viewer.person_id, up_to, app.clock.now()).await?;
    tx.commit().await?;
    Ok(())
}
