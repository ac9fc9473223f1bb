use serde_json::json;
use uuid::Uuid;

use crate::{
    actions::audit::{self, Entry},
    app::App,
    domain::{
        access::Viewer,
        audit::{Kind, Subject},
        policy::{Action, Relation, Resource},
    },
    error::{Error, Result},
    store::{
        WriteTx,
        remote::{self, RemoteRow, UseRow},
        targets::{self, Target},
    },
};

/// More than enough to say where a system is reached.
const INSTRUCTIONS: usize = 4_000;
const USES: i64 = 500;

/// Everything about one access, and who was in: whoever looks at it is in the audit.
pub async fn read_remote_session(app: &App, viewer: &Viewer, id: Uuid) -> Result<(RemoteRow, Vec<UseRow>)> {
    let mut tx = app.store.begin_write().await?;
    let row = remote::find(&mut *tx, &viewer.scope, id).await?;
    viewer.may(Action::See, Resource::RemoteAccess, Relation::Own)?;
    let uses = remote::uses(&mut *tx, &viewer.scope, (row.customer_id, row.id), USES).await?;
    noted(app, &mut tx, viewer, Kind::RemoteSessionRead, &row).await?;
    tx.commit().await?;
    app.told();
    Ok((row, uses))
}

/// How the system is reached, for staff while an access to it is in force: each reading is in the audit.
pub async fn read_remote_instructions(app: &App, viewer: &Viewer, id: Uuid) -> Result<(RemoteRow, Option<String>)> {
    let mut tx = app.store.begin_write().await?;
    let row = remote::find(&mut *tx, &viewer.scope, id).await?;
    viewer.may(Action::Ask, Resource::RemoteAccess, Relation::Own)?;
    if !row.access().in_force(app.clock.now()) {
        return Err(Error::Forbidden("How to connect shows only while the access is in force.".to_owned()));
    }
    let body = remote::instructions(&mut *tx, &viewer.scope, (row.customer_id, row.system_id)).await?;
    noted(app, &mut tx, viewer, Kind::RemoteInstructionsRead, &row).await?;
    tx.commit().await?;
    app.told();
    Ok((row, body))
}

async fn noted(app: &App, tx: &mut WriteTx, viewer: &Viewer, kind: Kind, row: &RemoteRow) -> Result<()> {
    let entry = Entry::new(kind, Subject::System, &row.serial).by_viewer(viewer).of(row.customer_id);
    let detail = json!({"call": row.call_number().to_string(), "access": row.id});
    audit::record(tx, entry.with(detail), app.clock.now()).await
}

/// The customer's administrators say how a system of theirs is reached; empty takes it away.
pub async fn keep_remote_instructions(app: &App, viewer: &Viewer, serial: &str, body: &str) -> Result<()> {
    let now = app.clock.now();
    let target = may_keep_instructions(app, viewer, serial).await?;
    let body = body.trim();
    if body.chars().count() > INSTRUCTIONS {
        return Err(Error::invalid("instructions", "That is longer than 4,000 characters."));
    }
    let system = target.system_id.ok_or(Error::NotFound)?;
    let mut tx = app.store.begin_write().await?;
    let place = (target.customer_id, system, target.site_id);
    remote::keep_instructions(&mut tx, place, body, viewer.person_id, now).await?;
    let entry = Entry::new(Kind::RemoteInstructionsChanged, Subject::System, serial).by_viewer(viewer);
    audit::record(&mut tx, entry.of(target.customer_id), now).await?;
    tx.commit().await?;
    app.told();
    Ok(())
}

/// The system, if this person may say how it is reached.
pub async fn may_keep_instructions(app: &App, viewer: &Viewer, serial: &str) -> Result<Target> {
    let target = targets::by_serial(app.store.reader(), &viewer.scope, serial, app.clock.now()).await?;
    let target = target.ok_or(Error::NotFound)?;
    viewer.may(Action::Change, Resource::RemoteAccess, Relation::Own)?;
    Ok(target)
}
