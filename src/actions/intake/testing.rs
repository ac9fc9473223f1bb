//! Test alarms: each has a receipt that says how far it came, and where a real one would have gone.

use std::collections::HashMap;

use jiff::Timestamp;
use sqlx::PgConnection;
use uuid::Uuid;

use super::{
    batch::{Batch, Item, Name},
    opening::filing,
};
use crate::{
    actions::pen::Pen,
    domain::{
        access::{Actor, Party},
        alarm::{Alarm, AlarmSeverity, Disposition, Kind},
        call::Call,
        correlate,
        fault::Place,
        severity::Severity,
        test_receipt::{TestReceipt, Would},
    },
    error::Result,
    reference::Reference,
    store::{
        arrivals::Answered,
        test_receipts::{self, NewReceipt},
    },
};

/// A test whose receipt is written with its alarm.
pub struct Tested<'a> {
    name: Name<'a>,
    id: Uuid,
    place: Place,
    receipt: TestReceipt,
}

/// The receipts of those that came before.
pub async fn of_before(tx: &mut PgConnection, known: &[Answered]) -> Result<HashMap<Uuid, TestReceipt>> {
    let tests = known.iter().filter(|answered| answered.disposition == Disposition::Test.name());
    let (customers, ids): (Vec<Uuid>, Vec<Uuid>) =
        tests.filter_map(|answered| Some((answered.customer_id, answered.alarm_id?))).unzip();
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    Ok(test_receipts::of_alarms(tx, &customers, &ids).await?.into_iter().collect())
}

/// All else of the transaction is written; what remains until it is durable is the commit.
pub async fn write<'a>(
    tx: &mut PgConnection,
    tests: Vec<Tested<'a>>,
    now: Timestamp,
) -> Result<Vec<(Name<'a>, TestReceipt)>> {
    let mut written = Vec::with_capacity(tests.len());
    for Tested { name, id, place, receipt } in tests {
        let receipt = TestReceipt { durable_at: now, ..receipt };
        let Place { customer_id, site_id, system_id } = place;
        test_receipts::insert(tx, &NewReceipt { customer_id, id, site_id, system_id, receipt: &receipt }).await?;
        written.push((name, receipt));
    }
    Ok(written)
}

/// The alarm that the test stands for. One that says nothing of its severity stands for an error.
fn real(test: &Alarm) -> Alarm {
    let said = test.severity != AlarmSeverity::Unknown || test.call_severity().is_some();
    let severity = if said { test.severity } else { AlarmSeverity::Error };
    Alarm { kind: Kind::Raised, severity, ..test.clone() }
}

impl<'a> Batch<'a> {
    pub(super) async fn test(
        &mut self,
        tx: &mut PgConnection,
        (item, id, place): (Item<'a>, Uuid, Place),
    ) -> Result<()> {
        let alarm = item.alarm;
        let receipt = TestReceipt {
            said_at: alarm.occurred_at,
            agent_at: alarm.sequence.as_ref().and_then(|sequence| sequence.taken_at),
            received_at: item.came_at,
            durable_at: self.now,
            would: self.would(tx, alarm, place).await?,
        };
        self.tests.push(Tested { name: item.name(), id, place, receipt });
        Ok(())
    }

    /// Decided and routed as a real one is, and then not written.
    async fn would(&self, tx: &mut PgConnection, test: &Alarm, place: Place) -> Result<Would> {
        let alarm = real(test);
        let name = (place.customer_id, place.fingerprint(&alarm));
        let cause = self.cause(&alarm, place, &name);
        let situation = self.situation(&alarm, place, &name, cause)?;
        let outcome = correlate::correlate(&alarm, &situation, self.now);
        let own = self.faults.get(&name).and_then(|fault| fault.call_id);
        let folds = outcome.disposition() == Disposition::Folded;
        let joined = cause.map(|(_, call)| call).filter(|_| situation.known.is_none()).or(own);
        let would = Would {
            disposition: outcome.disposition(),
            call: joined.filter(|_| folds).and_then(|call| self.number(call)),
            covered: situation.covered,
            in_window: situation.in_window,
            severity: alarm.call_severity(),
            severity_assumed: alarm.severity != test.severity,
            queue: None,
            queue_name: None,
            cac: None,
            plain: String::new(),
            why: Vec::new(),
            for_desks: Vec::new(),
            wait_until: None,
            told: Vec::new(),
        };
        match alarm.call_severity() {
            Some(severity) => self.routed(tx, would, severity, place).await,
            None => Ok(would),
        }
    }

    /// With the queue that a call of it would have, alone.
    async fn routed(&self, tx: &mut PgConnection, would: Would, severity: Severity, place: Place) -> Result<Would> {
        let target = self.target(place)?;
        let filing = filing("Test".to_owned(), severity, target, None);
        let actor = Actor { party: Party::Device, id: place.system_id };
        let mut pen = Pen::file(self.reference, target, filing, "", actor, self.now)?;
        pen.route_by(self.affinity(tx, &pen.call).await?, target, true)?;
        let call = &pen.call;
        let makes_a_call = matches!(would.disposition, Disposition::Opened | Disposition::Uncovered);
        let told = if makes_a_call { told(call, self.reference) } else { Vec::new() };
        let plain = if makes_a_call { call.course.plain.clone() } else { would.words().to_owned() };
        Ok(Would {
            queue: Some(call.queue.clone()),
            queue_name: Some(self.reference.queue_name(&call.queue)),
            cac: cac(call, self.reference),
            plain,
            why: call.course.why.clone(),
            for_desks: call.course.for_desks.clone(),
            wait_until: call.wait_until.filter(|_| makes_a_call),
            told,
            ..would
        })
    }
}

fn cac(call: &Call, reference: &Reference) -> Option<String> {
    let cac = reference.cac_of(&call.queue).or_else(|| reference.router.renewing(&call.queue));
    cac.map(str::to_owned)
}

/// Who hears of such a call, as `jobs/notices` tells them, and who finds it in their queue.
fn told(call: &Call, reference: &Reference) -> Vec<String> {
    let mut told = Vec::new();
    if call.in_review() {
        told.push("the first-line partner, who has it for review".to_owned());
    } else if call.queue == reference.router.rules().duty_manager {
        told.push("the duty manager".to_owned());
    } else if let Some(cac) = reference.router.renewing(&call.queue) {
        told.push(format!("those who renew contracts at {cac}"));
    } else {
        told.push(format!("the engineers of {}, in their queue", reference.queue_name(&call.queue)));
    }
    if call.course.also_partner {
        told.push("the first-line partner".to_owned());
    }
    told
}
