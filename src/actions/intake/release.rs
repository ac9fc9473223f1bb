//! A message that was quarantined is received after all, because somebody knows which system it is about.

use sqlx::PgConnection;
use uuid::Uuid;

use super::{
    Receipt,
    batch::{self, Batch, Item},
    testing,
};
use crate::{
    actions::{
        audit::{self, Entry},
        silence::break_silence,
    },
    app::App,
    domain::{
        access::Viewer,
        alarm::{Alarm, Disposition},
        audit::{Kind, Subject},
        fault::Place,
        policy::{Action, Relation, Resource},
    },
    error::{Error, Result},
    store::{
        credentials::Device,
        kept::{self, Kept},
        silences, systems,
    },
};

/// It goes the way of every other alarm of that system; only that it was heard when it came, and not now.
pub async fn release_message(app: &App, viewer: &Viewer, id: Uuid, serial: &str) -> Result<Receipt> {
    viewer.may(Action::See, Resource::Audit, Relation::Foreign)?;
    viewer.may(Action::Change, Resource::Device, Relation::Foreign)?;
    let (now, reference) = (app.clock.now(), app.reference.now());
    let mut tx = app.store.begin_write().await?;
    let found = kept::find(&mut *tx, &viewer.scope, id).await?;
    let (device, came_at) = (sender(&found), found.received_at.to_jiff());
    let alarm = read(&found, kept::body(&mut *tx, &viewer.scope, id).await?)?;
    let item = Item { device: &device, alarm: &alarm, came_at };
    batch::lock(&mut tx, &[item]).await?;
    // Whoever was quicker has received it by now.
    let found = kept::find(&mut *tx, &viewer.scope, id).await?;
    if !found.waits() {
        return Err(Error::refused("This message does not wait any more: it has been received."));
    }
    let place = place(&mut tx, viewer, &found, serial, now).await?;
    let mut batch = Batch::load(&mut tx, &reference, &[(item, place)], now).await?;
    let mut receipt = batch.take(&mut tx, item, place).await?;
    let heard = std::mem::take(&mut batch.heard);
    let tests = std::mem::take(&mut batch.tests);
    batch.write(&mut tx).await?;
    let (customers, ids): (Vec<_>, Vec<_>) = heard.into_iter().unzip();
    let silent = systems::heard(&mut tx, &customers, &ids, came_at).await?;
    // Words from before the silence end nothing.
    let heard_again = silences::begun_before(&mut tx, &silent, came_at).await?;
    if !heard_again.is_empty() {
        break_silence(&mut tx, &reference, &heard_again, now).await?;
    }
    let tests = testing::write(&mut tx, tests, app.clock.now()).await?;
    receipt.test = tests.into_iter().next().map(|(_, test)| Box::new(test));
    kept::release(&mut tx, &found, viewer.person_id, receipt.disposition, now).await?;
    let detail = serde_json::json!({"message": id, "disposition": receipt.disposition, "call": receipt.call,
                                    "source": found.source, "id": found.source_id});
    let entry = Entry::new(Kind::MessageReleased, Subject::Device, serial).by_viewer(viewer).of(found.customer_id);
    audit::record(&mut tx, entry.with(detail), now).await?;
    tx.commit().await?;
    app.told();
    Ok(receipt)
}

/// Whoever sent it, as far as that matters now.
fn sender(kept: &Kept) -> Device {
    Device {
        id: kept.id,
        customer_id: kept.customer_id,
        site_id: kept.site_id,
        site_code: kept.site_code.clone(),
        system_id: kept.system_id,
        serial: kept.serial.clone(),
        used_at: None,
    }
}

/// What was read of it on the day it came.
fn read(kept: &Kept, body: Vec<u8>) -> Result<Alarm> {
    if kept.disposition != Disposition::Quarantined.name() {
        return Err(Error::refused("This message can't be received: nobody could read it."));
    }
    let read = kept.alarm.as_ref().and_then(|read| Alarm::of_kept(read, &kept.format, body));
    read.ok_or_else(|| {
        Error::refused("What was read of this message was not kept. Let its sender send it again under another id.")
    })
}

/// A system of the site whose credential the message came with, and no other.
async fn place(
    tx: &mut PgConnection,
    viewer: &Viewer,
    kept: &Kept,
    serial: &str,
    now: jiff::Timestamp,
) -> Result<Place> {
    let elsewhere = || Error::invalid("system", "Choose a system of the site that the message came from.");
    let system = match systems::find(&mut *tx, &viewer.scope, serial, now).await {
        Err(Error::NotFound) => return Err(elsewhere()),
        found => found?,
    };
    if (system.customer_id, system.site_id) != (kept.customer_id, kept.site_id) {
        return Err(elsewhere());
    }
    Ok(Place { customer_id: kept.customer_id, site_id: kept.site_id, system_id: Some(system.id) })
}
