//! Systems phone home: many at once share one transaction, and each is answered when it is durable.
//!
//! A commit costs the same for one alarm as for hundreds. So what arrives while a transaction is under way waits for
//! the next one and travels with whatever else came meanwhile; nobody waits for company.

mod batch;
mod calm;
mod deciding;
mod kept_back;
mod opening;
mod origin;
mod paths;
mod release;
mod talk;
mod testing;
mod unwritten;
mod windows;
mod writing;

use std::{
    hash::{DefaultHasher, Hash, Hasher},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jiff::Timestamp;
use sha2::{Digest, Sha256};
use tokio::sync::oneshot;

use self::batch::Item;
pub use self::{opening::filing, talk::words};
use crate::{
    actions::in_turn::InTurn,
    app::App,
    domain::{
        alarm::{Alarm, Disposition, Sequence},
        number::CallNumber,
        test_receipt::TestReceipt,
    },
    error::{Error, Result},
    store::{arrivals, credentials::Device, kept},
};

pub use self::{calm::believe_the_calm, kept_back::report_kept_back, release::release_message, talk::tell_murmurs};

/// Alarms of one transaction: more would only make the first of them wait.
const TOGETHER: usize = 500;
/// With more than this waiting, whoever comes is asked to come again: it is durable there, and would not be here.
const WAITING: usize = 20_000;
/// Customers whose alarms wait for each other; two transactions at a time keep a small machine busy.
const LANES: usize = 2;
/// So often is tried again what only another transaction was in the way of.
const ATTEMPTS: usize = 5;

/// What the sender is told of one message; told again, word for word, when it comes again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    pub disposition: Disposition,
    pub call: Option<CallNumber>,
    /// Of a test: how far it came, and where a real alarm would have gone.
    pub test: Option<Box<TestReceipt>>,
}

type Answer = oneshot::Sender<Result<Vec<Receipt>>>;

/// Alarms of one request.
struct Parcel {
    device: Device,
    alarms: Vec<Alarm>,
    came_at: Timestamp,
    answer: Answer,
}

/// What has come and is not durable yet.
#[derive(Clone, Default)]
pub struct Intake {
    lanes: [InTurn<Parcel>; LANES],
    count: Arc<AtomicUsize>,
}

impl Intake {
    fn lane(&self, device: &Device) -> &InTurn<Parcel> {
        let mut hasher = DefaultHasher::new();
        device.customer_id.hash(&mut hasher);
        let lane = usize::try_from(hasher.finish() % LANES as u64).unwrap_or(0);
        &self.lanes[lane]
    }

    /// On its way, on a task of its own: a sender that hangs up must not take the others with it.
    fn put(&self, app: &App, parcel: Parcel) -> Result<()> {
        let count = parcel.alarms.len();
        if self.count.fetch_add(count, Ordering::Relaxed) > WAITING {
            self.count.fetch_sub(count, Ordering::Relaxed);
            return Err(Error::Overloaded);
        }
        let app = app.clone();
        self.lane(&parcel.device).put(parcel, fit_together, move |parcels| deliver(app.clone(), parcels));
        Ok(())
    }
}

/// Whether one transaction has room for one more parcel.
fn fit_together(parcels: &[Parcel], next: &Parcel) -> bool {
    parcels.iter().chain([next]).map(|parcel| parcel.alarms.len()).sum::<usize>() <= TOGETHER
}

/// Answered when every alarm is durable, in their order.
pub async fn receive_alarms(app: &App, device: &Device, alarms: Vec<Alarm>) -> Result<Vec<Receipt>> {
    let mut receipts = Vec::with_capacity(alarms.len());
    let (mut rest, came_at) = (alarms, app.clock.now());
    while !rest.is_empty() {
        let next = rest.split_off(rest.len().min(TOGETHER));
        let (answer, answered) = oneshot::channel();
        app.intake.put(app, Parcel { device: device.clone(), alarms: rest, came_at, answer })?;
        rest = next;
        let told = answered.await.map_err(|_| Error::Internal("alarms were dropped before their answer".to_owned()))?;
        receipts.extend(told?);
    }
    Ok(receipts)
}

/// One alarm by itself.
pub async fn receive_alarm(app: &App, device: &Device, alarm: &Alarm) -> Result<Receipt> {
    let receipts = receive_alarms(app, device, vec![alarm.clone()]).await?;
    receipts.into_iter().next().ok_or_else(|| Error::Internal("an alarm got no receipt".to_owned()))
}

/// One that can't be received must not keep the others out.
async fn deliver(app: App, parcels: Vec<Parcel>) {
    let alarms = parcels.iter().map(|parcel| parcel.alarms.len()).sum();
    app.intake.count.fetch_sub(alarms, Ordering::Relaxed);
    match settle(&app, &parcels).await {
        Ok(receipts) => hand_out(parcels, receipts),
        Err(error) if parcels.len() == 1 || is_about_the_store(&error) => refuse(parcels, error),
        Err(_) => {
            for parcel in parcels {
                let alone = [parcel];
                let settled = settle(&app, &alone).await;
                match settled {
                    Ok(receipts) => hand_out(alone.into(), receipts),
                    Err(error) => refuse(alone.into(), error),
                }
            }
        }
    }
}

fn hand_out(parcels: Vec<Parcel>, receipts: Vec<Receipt>) {
    let mut receipts = receipts.into_iter();
    for parcel in parcels {
        let own = receipts.by_ref().take(parcel.alarms.len()).collect();
        // Who has hung up asks again, and is told the same.
        let _ = parcel.answer.send(Ok(own));
    }
}

fn refuse(parcels: Vec<Parcel>, error: Error) {
    let mut parcels = parcels.into_iter();
    let first = parcels.next();
    for parcel in parcels {
        let _ = parcel.answer.send(Err(error.for_others()));
    }
    if let Some(parcel) = first {
        let _ = parcel.answer.send(Err(error));
    }
}

fn is_about_the_store(error: &Error) -> bool {
    matches!(error, Error::StoreAway | Error::NotPrimary | Error::Overloaded)
}

async fn settle(app: &App, parcels: &[Parcel]) -> Result<Vec<Receipt>> {
    let items: Vec<Item<'_>> = parcels
        .iter()
        .flat_map(|parcel| {
            let Parcel { device, alarms, came_at, .. } = parcel;
            alarms.iter().map(|alarm| Item { device, alarm, came_at: *came_at })
        })
        .collect();
    let mut attempt = 1;
    loop {
        match batch::settle(app, &items).await {
            Err(error) if attempt < ATTEMPTS && was_in_the_way(&error) => attempt += 1,
            settled => return settled,
        }
    }
}

/// Another node received the same message at the same moment, or each waited for the other.
fn was_in_the_way(error: &Error) -> bool {
    let deadlock = match error {
        Error::Database(sqlx::Error::Database(e)) => e.code().is_some_and(|code| code == "40P01" || code == "40001"),
        _ => false,
    };
    deadlock || matches!(error, Error::Stale) || error.constraint() == Some(arrivals::SEEN)
}

/// What can't be read, why, and where its sender had put it, if as much can be read.
#[derive(Debug, Clone, Copy)]
pub struct Unread<'a> {
    pub format: &'a str,
    pub reason: &'a str,
    pub sequence: Option<&'a Sequence>,
    pub body: &'a [u8],
}

/// A known sender has sent what can't be read: kept whole, so that somebody can look at it.
pub async fn keep_message(app: &App, device: &Device, unread: &Unread<'_>) -> Result<()> {
    let Unread { format, reason, sequence, body } = *unread;
    let digest = URL_SAFE_NO_PAD.encode(Sha256::digest(body));
    let source = device.serial.as_deref().unwrap_or(&device.site_code).to_owned();
    let new = kept::NewKept {
        customer_id: device.customer_id,
        site_id: device.site_id,
        system_id: device.system_id,
        disposition: Disposition::Rejected,
        source: &source,
        source_id: &digest,
        format,
        reason,
        sequence,
        body,
        alarm: None,
    };
    let mut tx = app.store.begin_write().await?;
    kept::insert(&mut tx, &new, app.clock.now()).await?;
    tx.commit().await?;
    Ok(())
}
