//! What becomes of the call of a silence when it is over.

use std::collections::BTreeMap;

use jiff::Timestamp;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::{
    actions::pen::Pen,
    domain::{
        access::{Actor, Party, Scope},
        call::{Call, Change, Over},
    },
    error::Result,
    reference::Reference,
    store::{
        calls, outbox,
        silences::{self, Running},
    },
};

/// These silent systems were heard. A site is heard as soon as one of its systems is: the others have all their time
/// once more, and whoever is silent after that gets a call of its own.
pub async fn break_silence(
    tx: &mut PgConnection,
    reference: &Reference,
    heard: &[(Uuid, Uuid)],
    now: Timestamp,
) -> Result<()> {
    let (customers, systems): (Vec<Uuid>, Vec<Uuid>) = heard.iter().copied().unzip();
    let mut by_call: BTreeMap<(Uuid, Uuid), Vec<Running>> = BTreeMap::new();
    for running in silences::broken_by(tx, &customers, &systems).await? {
        by_call.entry((running.call_id, running.customer_id)).or_default().push(running);
    }
    for ((call, customer), running) in by_call {
        let ids: Vec<Uuid> = running.iter().map(|silence| silence.id).collect();
        let heard: Vec<Uuid> = running.iter().map(|s| s.system_id).filter(|id| systems.contains(id)).collect();
        let call = tell(tx, reference, (customer, call), Over::Heard, now).await?;
        silences::end(tx, customer, &ids, &heard, now).await?;
        outbox::insert_silence(tx, outbox::HEARD, &call, &heard, now).await?;
    }
    Ok(())
}

/// Nobody waits any more for a system to be heard.
pub async fn let_be(
    tx: &mut PgConnection,
    reference: &Reference,
    (customer, system): (Uuid, Uuid),
    now: Timestamp,
) -> Result<()> {
    let Some((silence, others)) = silences::of_system(tx, customer, system).await? else { return Ok(()) };
    if others == 0 {
        tell(tx, reference, (customer, silence.call_id), Over::NotExpected, now).await?;
    }
    silences::end(tx, customer, &[silence.id], &[], now).await
}

/// What nobody has touched is solved; whoever works on it reads a line. What is closed stays as it is.
async fn tell(
    tx: &mut PgConnection,
    reference: &Reference,
    (customer, call): (Uuid, Uuid),
    why: Over,
    now: Timestamp,
) -> Result<Call> {
    let detail = calls::lock_by_id(tx, &Scope::within(customer), customer, call).await?;
    if detail.call.status.is_ended() {
        return Ok(detail.call);
    }
    let device = Actor { party: Party::Device, id: detail.call.system_id };
    let mut pen = Pen::of(reference, detail, now)?;
    pen.write(device, Change::EndSilence { why }, None)?;
    pen.advance(tx, None).await
}
