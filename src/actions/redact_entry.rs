use serde_json::json;

use super::audit::{self, Entry};
use crate::{
    app::App,
    domain::{
        access::Viewer,
        audit::{Kind, Subject},
        number::CallNumber,
        policy::{Action, Relation, Resource},
    },
    error::{Error, Result},
    store::{calls, outbox, redaction, words},
};

const REASON_LENGTH: usize = 500;

/// Takes the words from one line of a call: a secret that was pasted, a name that should not be there.
pub async fn redact_entry(app: &App, viewer: &Viewer, number: CallNumber, seq: i32, reason: &str) -> Result<()> {
    let now = app.clock.now();
    let mut tx = app.store.begin_write().await?;
    let detail = calls::lock(&mut tx, &viewer.scope, number).await?;
    viewer.may(Action::Redact, Resource::History, Relation::Own)?;
    let reason = reason.trim();
    if reason.is_empty() || reason.chars().count() > REASON_LENGTH {
        return Err(Error::invalid("reason", "Say in a sentence why the words go, without repeating them."));
    }
    let call = &detail.call;
    let line = (call.customer_id, call.id, seq);
    if !redaction::redact(&mut tx, line, viewer.person_id, now).await? {
        return Err(Error::refused("There are no words on that line."));
    }
    redaction::refold(&mut tx, call.customer_id, call.id, seq).await?;
    words::forget(&mut tx, call.customer_id, call.id).await?;
    let entry = Entry::new(Kind::EntryRedacted, Subject::Entry, format!("{number}/{seq}")).by_viewer(viewer);
    audit::record(&mut tx, entry.of(call.customer_id).with(json!({"reason": reason})), now).await?;
    outbox::insert_redaction(&mut tx, call, seq, now).await?;
    tx.commit().await?;
    app.told();
    Ok(())
}
