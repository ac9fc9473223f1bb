//! What somebody takes away, which is a deed that is written down.

use serde_json::json;
use uuid::Uuid;

use super::audit::{self, Entry};
use crate::{
    app::App,
    domain::{
        access::Viewer,
        audit::{Kind, Subject},
    },
    error::Result,
    store::audit::lists::{self, Filter, Shown},
};

/// So many rows go into one file; a range of days takes the rest.
const MOST: i64 = 50_000;

/// Somebody takes a part of the log away, which is a deed of the sensitive kind itself.
pub async fn export_audit(app: &App, viewer: &Viewer, filter: &Filter) -> Result<Vec<Shown>> {
    let mut tx = app.store.begin_write().await?;
    let rows = lists::list(&mut *tx, filter, None, MOST).await?;
    let entry = Entry::new(Kind::AuditExported, Subject::Audit, "log").by_viewer(viewer).of(viewer.account_id);
    audit::record(&mut tx, entry.with(json!({"rows": rows.len()})), app.clock.now()).await?;
    tx.commit().await?;
    app.told();
    Ok(rows)
}

/// Somebody takes the history of a system or a site away.
pub async fn note_history_export(
    app: &App,
    viewer: &Viewer,
    (subject, name, customer): (Subject, &str, Uuid),
    format: &str,
) -> Result<()> {
    let mut tx = app.store.begin_write().await?;
    let entry = Entry::new(Kind::HistoryExported, subject, name).by_viewer(viewer).of(customer);
    audit::record(&mut tx, entry.with(json!({"format": format})), app.clock.now()).await?;
    tx.commit().await?;
    app.told();
    Ok(())
}
