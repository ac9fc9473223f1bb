//! One transaction for many messages: what they find, what each becomes, and what is left behind.

use std::collections::{BTreeSet, HashMap};

use jiff::Timestamp;
use sqlx::PgConnection;
use uuid::Uuid;

use super::{
    Receipt,
    origin::{self, Origin},
    talk::Talk,
    testing::{self, Tested},
    unwritten::Unwritten,
    windows::Windows,
};
use crate::{
    app::App,
    domain::{
        alarm::{Alarm, Disposition, Kind},
        fault::{Fault, Place},
        storm::{self, Lately},
    },
    error::Result,
    reference::Reference,
    store::{
        arrivals::{self, Filed},
        credentials::Device,
        faults, kept, storms,
        targets::{self, Target},
    },
};

/// One message and who sends it.
#[derive(Clone, Copy)]
pub struct Item<'a> {
    pub device: &'a Device,
    pub alarm: &'a Alarm,
    /// When the portal had it in full.
    pub came_at: Timestamp,
}

/// What tells a message from all others of a customer.
pub type Name<'a> = (Uuid, &'a str, &'a str);

impl<'a> Item<'a> {
    pub fn name(&self) -> Name<'a> {
        (self.device.customer_id, &self.alarm.source, &self.alarm.source_id)
    }
}

/// All of them or none.
pub async fn settle(app: &App, items: &[Item<'_>]) -> Result<Vec<Receipt>> {
    let now = app.clock.now();
    let mut tx = app.store.begin_write().await?;
    lock(&mut tx, items).await?;
    let mut answers = seen(&mut tx, items).await?;
    let origins = origin::of(&mut tx, items).await?;
    let reference = app.reference.now();
    let new = items.iter().zip(&origins).filter(|(item, _)| !answers.contains_key(&item.name()));
    let placed: Vec<(Item<'_>, Place)> = new.filter_map(|(item, origin)| Some((*item, origin.place()?))).collect();
    let mut batch = Batch::load(&mut tx, &reference, &placed, now).await?;
    let mut again = Vec::new();
    for (item, origin) in items.iter().zip(&origins) {
        if answers.contains_key(&item.name()) {
            again.push(*item);
            continue;
        }
        let receipt = match origin {
            Origin::Place(place) => batch.take(&mut tx, *item, *place).await?,
            Origin::Unknown(reason) => quarantine(&mut tx, item, reason, now).await?,
        };
        answers.insert(item.name(), receipt);
    }
    let tests = std::mem::take(&mut batch.tests);
    batch.write(&mut tx).await?;
    hear_again(&mut tx, &again, now).await?;
    for (name, receipt) in testing::write(&mut tx, tests, app.clock.now()).await? {
        answers.entry(name).and_modify(|answer| answer.test = Some(Box::new(receipt)));
    }
    tx.commit().await?;
    app.told();
    Ok(items.iter().filter_map(|item| answers.get(&item.name()).cloned()).collect())
}

/// Every sender of the same sites waits, on this node and on others.
pub(super) async fn lock(tx: &mut PgConnection, items: &[Item<'_>]) -> Result<()> {
    let sites: BTreeSet<String> =
        items.iter().map(|item| format!("{}|{}", item.device.customer_id, item.device.site_id)).collect();
    faults::lock_sites(tx, &sites.into_iter().collect::<Vec<_>>()).await
}

/// What was answered to those that came before.
async fn seen<'a>(tx: &mut PgConnection, items: &[Item<'a>]) -> Result<HashMap<Name<'a>, Receipt>> {
    let customers: Vec<Uuid> = items.iter().map(|item| item.device.customer_id).collect();
    let sources: Vec<String> = items.iter().map(|item| item.alarm.source.clone()).collect();
    let ids: Vec<String> = items.iter().map(|item| item.alarm.source_id.clone()).collect();
    let known = arrivals::answered(&mut *tx, &customers, &sources, &ids).await?;
    let tests = testing::of_before(tx, &known).await?;
    let receipt = |answered: &arrivals::Answered| Receipt {
        disposition: Disposition::from_name(&answered.disposition).unwrap_or(Disposition::Folded),
        call: answered.call_number(),
        test: answered.alarm_id.and_then(|id| tests.get(&id).cloned()).map(Box::new),
    };
    let place = |answered: &arrivals::Answered| usize::try_from(answered.place - 1).ok();
    Ok(known.iter().filter_map(|k| Some((items.get(place(k)?)?.name(), receipt(k)))).collect())
}

/// The message is kept; what may be new is the number that it came under.
async fn hear_again(tx: &mut PgConnection, items: &[Item<'_>], now: Timestamp) -> Result<()> {
    let numbers: Vec<_> = items
        .iter()
        .filter_map(|item| Some((item.device.customer_id, item.device.site_id, item.alarm.sequence.as_ref()?)))
        .collect();
    if numbers.is_empty() { Ok(()) } else { arrivals::hear_again(tx, &numbers, now).await }
}

async fn quarantine(tx: &mut PgConnection, item: &Item<'_>, reason: &str, now: Timestamp) -> Result<Receipt> {
    let Item { device, alarm, .. } = item;
    let read = alarm.to_kept();
    let new = kept::NewKept {
        customer_id: device.customer_id,
        site_id: device.site_id,
        system_id: device.system_id,
        disposition: Disposition::Quarantined,
        source: &alarm.source,
        source_id: &alarm.source_id,
        format: alarm.format,
        reason,
        sequence: alarm.sequence.as_ref(),
        body: &alarm.body,
        alarm: read.as_ref(),
    };
    kept::insert(tx, &new, now).await?;
    Ok(Receipt { disposition: Disposition::Quarantined, call: None, test: None })
}

impl Origin {
    fn place(&self) -> Option<Place> {
        match self {
            Self::Place(place) => Some(*place),
            Self::Unknown(_) => None,
        }
    }
}

pub type Site = (Uuid, Uuid);
pub type FaultName = (Uuid, String);

/// What a transaction knows while it receives.
pub struct Batch<'a> {
    pub(super) reference: &'a Reference,
    pub(super) now: Timestamp,
    pub(super) targets: HashMap<Place, Target>,
    pub(super) faults: HashMap<FaultName, Fault>,
    pub(super) talks: HashMap<Uuid, Talk>,
    /// The call of the storm that a site is in.
    pub(super) storms: HashMap<Site, Uuid>,
    pub(super) lately: HashMap<Site, Lately>,
    pub(super) unwritten: Unwritten<'a>,
    pub(super) windows: Windows,
    /// Faults that a window kept back and that are reported now: new to everybody, however long they have stood.
    pub(super) kept_back: BTreeSet<FaultName>,
    /// What the words of a new call end with.
    pub(super) remark: String,
    /// Faults that are no longer as they were found.
    pub(super) changed: BTreeSet<FaultName>,
    /// What those that were found took from the redundancy of their systems.
    pub(super) exposed: HashMap<FaultName, Option<String>>,
    pub(super) heard: BTreeSet<(Uuid, Uuid)>,
    pub(super) rows: Vec<(&'a Alarm, Filed)>,
    pub(super) tests: Vec<Tested<'a>>,
}

impl<'a> Batch<'a> {
    pub async fn load(
        tx: &mut PgConnection,
        reference: &'a Reference,
        placed: &[(Item<'a>, Place)],
        now: Timestamp,
    ) -> Result<Self> {
        let mut batch = Self::new(reference, now, placed.len());
        batch.load_targets(tx, placed.iter().map(|(_, place)| *place)).await?;
        // A test is told where a real alarm would go, which depends on what stands.
        let kinds = [Kind::Raised, Kind::Cleared, Kind::Test];
        let faulty = placed.iter().filter(|(item, _)| kinds.contains(&item.alarm.kind));
        let faulty: Vec<_> = faulty.copied().collect();
        if !faulty.is_empty() {
            batch.load_faults(tx, &faulty).await?;
            batch.load_storms(tx, faulty.iter().map(|(_, place)| (place.customer_id, place.site_id)).collect()).await?;
            batch.load_talks(tx).await?;
            batch.load_for_openings(tx, &faulty).await?;
            batch.windows = Windows::load(tx, &faulty, now).await?;
        }
        Ok(batch)
    }

    pub(super) fn new(reference: &'a Reference, now: Timestamp, messages: usize) -> Self {
        Self {
            reference,
            now,
            targets: HashMap::new(),
            faults: HashMap::new(),
            talks: HashMap::new(),
            storms: HashMap::new(),
            lately: HashMap::new(),
            unwritten: Unwritten::default(),
            windows: Windows::default(),
            kept_back: BTreeSet::new(),
            remark: String::new(),
            changed: BTreeSet::new(),
            exposed: HashMap::new(),
            heard: BTreeSet::new(),
            rows: Vec::with_capacity(messages),
            tests: Vec::new(),
        }
    }

    pub(super) async fn load_targets(
        &mut self,
        tx: &mut PgConnection,
        places: impl Iterator<Item = Place>,
    ) -> Result<()> {
        let wanted: BTreeSet<_> = places
            .filter(|place| !self.targets.contains_key(place))
            .map(|place| (place.customer_id, place.site_id, place.system_id))
            .collect();
        if wanted.is_empty() {
            return Ok(());
        }
        let customers: Vec<Uuid> = wanted.iter().map(|w| w.0).collect();
        let sites: Vec<Uuid> = wanted.iter().map(|w| w.1).collect();
        let systems: Vec<Option<Uuid>> = wanted.iter().map(|w| w.2).collect();
        for target in targets::of_places(tx, &customers, &sites, &systems, self.now).await? {
            let place = Place { customer_id: target.customer_id, site_id: target.site_id, system_id: target.system_id };
            self.targets.insert(place, target);
        }
        Ok(())
    }

    async fn load_faults(&mut self, tx: &mut PgConnection, faulty: &[(Item<'_>, Place)]) -> Result<()> {
        let name = |(item, place): &(Item<'_>, Place)| (place.customer_id, place.fingerprint(item.alarm));
        let names: BTreeSet<FaultName> = faulty.iter().map(name).collect();
        let (customers, fingerprints): (Vec<_>, Vec<_>) = names.into_iter().unzip();
        self.remember_faults(faults::known(tx, &customers, &fingerprints).await?);
        // What is new may hang together with something else of its system.
        let new = faulty.iter().filter(|item| self.faults.get(&name(item)).is_none_or(|fault| !fault.stands()));
        let systems: BTreeSet<(Uuid, Uuid)> =
            new.filter_map(|(_, place)| Some((place.customer_id, place.system_id?))).collect();
        if systems.is_empty() {
            return Ok(());
        }
        let (customers, systems): (Vec<_>, Vec<_>) = systems.into_iter().unzip();
        self.remember_faults(faults::standing_on(tx, &customers, &systems).await?);
        Ok(())
    }

    pub(super) fn remember_faults(&mut self, faults: Vec<Fault>) {
        for fault in faults {
            let name = (fault.customer_id, fault.fingerprint.clone());
            self.exposed.insert(name.clone(), fault.exposes().map(str::to_owned));
            self.faults.insert(name, fault);
        }
    }

    pub(super) async fn load_storms(&mut self, tx: &mut PgConnection, sites: BTreeSet<Site>) -> Result<()> {
        let (customers, sites): (Vec<_>, Vec<_>) = sites.into_iter().unzip();
        for found in storms::running(tx, &customers, &sites).await? {
            if storm::lasts(found.last_at.to_jiff(), self.now) {
                self.storms.insert((found.customer_id, found.site_id), found.call_id);
            } else {
                storms::end(tx, found.customer_id, found.call_id, self.now).await?;
            }
        }
        Ok(())
    }

    /// The calls of what is known by now.
    pub(super) async fn load_talks(&mut self, tx: &mut PgConnection) -> Result<()> {
        let calls = self.faults.values().filter_map(|fault| Some((fault.customer_id, fault.call_id?)));
        let storms = self.storms.iter().map(|((customer, _), call)| (*customer, *call));
        let calls: BTreeSet<(Uuid, Uuid)> = calls.chain(storms).collect();
        let (customers, calls): (Vec<_>, Vec<_>) = calls.into_iter().unzip();
        for call in faults::lock_calls(tx, &customers, &calls).await? {
            self.talks.insert(call.id, Talk::of(call));
        }
        Ok(())
    }
}
