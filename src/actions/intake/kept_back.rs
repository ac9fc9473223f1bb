//! Faults that a maintenance window kept from having a call: once it is over they are judged like any alarm that comes.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use jiff::SignedDuration;
use sqlx::PgConnection;
use uuid::Uuid;

use super::{
    batch::{Batch, FaultName},
    talk::Talk,
};
use crate::{
    app::App,
    domain::{
        alarm::{Alarm, AlarmSeverity, Kind},
        call::REOPEN_DAYS,
        correlate::{Outcome, Situation, correlate},
        fault::{Fault, Place},
        number::CallNumber,
    },
    error::Result,
    store::{
        arrivals::{self, Said},
        faults,
        maintenance::{self, OfFaults},
    },
};

/// Gives each of these faults of one site its call, by the same rules as any alarm; answers which one it is.
///
/// The caller holds the lock of the site: nobody else gives them a call meanwhile.
pub async fn report_kept_back(
    app: &App,
    tx: &mut PgConnection,
    found: Vec<Fault>,
    remark: String,
) -> Result<BTreeMap<String, CallNumber>> {
    let Some(customer) = found.first().map(|fault| fault.customer_id) else { return Ok(BTreeMap::new()) };
    let (now, reference) = (app.clock.now(), app.reference.now());
    let ids: Vec<Uuid> = found.iter().filter_map(|fault| fault.alarm_id).collect();
    let said: HashMap<Uuid, Said> = arrivals::said(tx, customer, &ids).await?.into_iter().map(|s| (s.id, s)).collect();
    let mut batch = Batch::new(&reference, now, 0);
    batch.remark = remark;
    batch.load_around(tx, &found).await?;
    let earlier = batch.earlier_calls(tx, &found).await?;
    for fault in &found {
        let said = fault.alarm_id.and_then(|id| said.get(&id));
        batch.report(tx, fault, &alarm_of(fault, said), earlier.get(&fault.fingerprint).copied()).await?;
    }
    let numbers = found.iter().filter_map(|fault| Some((fault.fingerprint.clone(), batch.number_of(fault)?))).collect();
    batch.write(tx).await?;
    Ok(numbers)
}

/// What the machine said last, as far as it is kept in words of ours.
fn alarm_of(fault: &Fault, said: Option<&Said>) -> Alarm {
    let text = |of: fn(&Said) -> &str| said.map(of).unwrap_or_default().to_owned();
    Alarm {
        source: text(|said| &said.source),
        source_id: text(|said| &said.source_id),
        format: "kept back",
        kind: Kind::Raised,
        code: text(|said| &said.code),
        severity: AlarmSeverity::from_words(&text(|said| &said.severity)),
        component: fault.component.clone(),
        summary: fault.summary.clone(),
        problem: String::new(),
        keyed: false,
        names_system: None,
        state: fault.redundancy.clone(),
        reason: fault.parent_broken.then(|| "parent-broken".to_owned()),
        occurred_at: fault.stood_at,
        expires_at: fault.expires_at,
        report: None,
        sequence: None,
        body: Vec::new(),
    }
}

fn place_of(fault: &Fault) -> Place {
    Place { customer_id: fault.customer_id, site_id: fault.site_id, system_id: fault.system_id }
}

impl Batch<'_> {
    /// All that these faults may hang together with.
    async fn load_around(&mut self, tx: &mut PgConnection, found: &[Fault]) -> Result<()> {
        self.load_targets(tx, found.iter().map(place_of)).await?;
        let systems: Vec<(Uuid, Uuid)> = found.iter().filter_map(|f| Some((f.customer_id, f.system_id?))).collect();
        let (customers, ids): (Vec<_>, Vec<_>) = systems.into_iter().unzip();
        self.remember_faults(faults::standing_on(tx, &customers, &ids).await?);
        self.remember_faults(found.to_vec());
        self.kept_back = found.iter().map(|fault| (fault.customer_id, fault.fingerprint.clone())).collect();
        self.load_storms(tx, found.iter().map(|fault| (fault.customer_id, fault.site_id)).collect()).await?;
        self.load_talks(tx).await
    }

    /// The calls that these faults of one site had before a window kept them from having one.
    async fn earlier_calls(&mut self, tx: &mut PgConnection, found: &[Fault]) -> Result<HashMap<String, Uuid>> {
        let Some(first) = found.first() else { return Ok(HashMap::new()) };
        let fingerprints: Vec<String> = found.iter().map(|fault| fault.fingerprint.clone()).collect();
        let of =
            OfFaults { customer_id: first.customer_id, site_id: first.site_id, fingerprints: fingerprints.as_slice() };
        let since = self.now - SignedDuration::from_hours(24 * REOPEN_DAYS);
        let earlier: HashMap<String, Uuid> = maintenance::calls_of(tx, of, since).await?.into_iter().collect();
        if earlier.is_empty() {
            return Ok(earlier);
        }
        let calls: BTreeSet<Uuid> = earlier.values().copied().filter(|call| !self.talks.contains_key(call)).collect();
        let (customers, calls): (Vec<_>, Vec<_>) = calls.into_iter().map(|call| (first.customer_id, call)).unzip();
        for call in faults::lock_calls(tx, &customers, &calls).await? {
            self.talks.insert(call.id, Talk::of(call));
        }
        Ok(earlier)
    }

    /// A fault that came and went in a window has no call: when it comes again, the one that it had before may reopen.
    pub(super) async fn recall(
        &mut self,
        tx: &mut PgConnection,
        alarm: &Alarm,
        place: Place,
        name: &FaultName,
    ) -> Result<()> {
        let Some(fault) = self.faults.get(name).filter(|fault| fault.call_id.is_none() && !fault.stands()) else {
            return Ok(());
        };
        if alarm.kind != Kind::Raised || self.is_worked_on(alarm, place, name) {
            return Ok(());
        }
        let found = Fault { site_id: place.site_id, ..fault.clone() };
        let earlier = self.earlier_calls(tx, std::slice::from_ref(&found)).await?;
        if let Some(fault) = self.faults.get_mut(name) {
            fault.call_id = earlier.get(&name.1).copied();
        }
        Ok(())
    }

    async fn report(
        &mut self,
        tx: &mut PgConnection,
        fault: &Fault,
        alarm: &Alarm,
        earlier: Option<Uuid>,
    ) -> Result<()> {
        let (place, name) = (place_of(fault), (fault.customer_id, fault.fingerprint.clone()));
        let id = fault.alarm_id.unwrap_or_default();
        let cause = self.cause(alarm, place, &name);
        let covered = self.target(place)?.covered(self.now);
        let known = earlier.and_then(|call| self.known_with(fault, call));
        let situation = Situation { known, covered, in_window: false, cause: cause.map(|(cause, _)| cause) };
        let outcome = correlate(alarm, &situation, self.now);
        let call = match (outcome, cause, earlier) {
            (Outcome::Join(_), Some((_, call)), _) | (Outcome::Fold | Outcome::FoldAndReopen, _, Some(call)) => call,
            _ => self.begin(tx, alarm, id, place).await?,
        };
        self.talk_of(outcome, Some(call), (alarm, id, place));
        self.quieten(Some(call), outcome);
        if let Some(fault) = self.faults.get_mut(&name) {
            fault.call_id = Some(call);
        }
        self.changed.insert(name);
        Ok(())
    }

    /// The call that has the fault in the end: a storm may have taken the first one.
    fn number_of(&self, fault: &Fault) -> Option<CallNumber> {
        let fault = self.faults.get(&(fault.customer_id, fault.fingerprint.clone()))?;
        Some(self.talks.get(&fault.call_id?)?.call.number)
    }
}
