//! Faults that a maintenance window kept from having a call: once it is over they are judged as if they were new.

use std::collections::{BTreeMap, HashMap};

use sqlx::PgConnection;
use uuid::Uuid;

use super::batch::Batch;
use crate::{
    app::App,
    domain::{
        alarm::{Alarm, AlarmSeverity, Kind},
        correlate::{Outcome, Situation, correlate},
        fault::{Fault, Place},
        number::CallNumber,
    },
    error::Result,
    store::{
        arrivals::{self, Said},
        faults,
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
    for fault in &found {
        let said = fault.alarm_id.and_then(|id| said.get(&id));
        batch.report(tx, fault, &alarm_of(fault, said)).await?;
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

    async fn report(&mut self, tx: &mut PgConnection, fault: &Fault, alarm: &Alarm) -> Result<()> {
        let (place, name) = (place_of(fault), (fault.customer_id, fault.fingerprint.clone()));
        let id = fault.alarm_id.unwrap_or_default();
        let cause = self.cause(alarm, place, &name);
        let covered = self.target(place)?.covered(self.now);
        let situation = Situation { known: None, covered, in_window: false, cause: cause.map(|(cause, _)| cause) };
        let outcome = correlate(alarm, &situation, self.now);
        let call = match (outcome, cause) {
            (Outcome::Join(_), Some((_, call))) => call,
            _ => self.begin(tx, alarm, id, place).await?,
        };
        self.talk_of(outcome, Some(call), (alarm, id, place));
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
