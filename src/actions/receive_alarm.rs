use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jiff::Timestamp;
use sha2::{Digest, Sha256};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::{
    app::App,
    domain::{
        access::{Actor, Party, Scope},
        alarm::{Alarm, Disposition, Kind, SystemName},
        call::{Call, Change, Filing},
        correlate::{self, Outcome},
        number::CallNumber,
    },
    error::{Error, Result},
    reference::Reference,
    store::{
        alarms, calls,
        credentials::Device,
        faults, systems,
        targets::{self, Target},
    },
};

use super::pen::Pen;

/// What the sender is told of one message; told again, word for word, when it comes again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    pub disposition: Disposition,
    pub call: Option<CallNumber>,
}

/// A server phones home: the alarm is kept, and what it means for calls is done, in one transaction.
pub async fn receive_alarm(app: &App, device: &Device, alarm: &Alarm) -> Result<Receipt> {
    if let Some(receipt) = answered(app, device, alarm).await? {
        return Ok(receipt);
    }
    match receive(app, device, alarm).await {
        Err(error) if error.constraint() == Some(alarms::SEEN) => answered(app, device, alarm).await?.ok_or(error),
        Ok(receipt) => {
            app.told();
            Ok(receipt)
        }
        other => other,
    }
}

async fn answered(app: &App, device: &Device, alarm: &Alarm) -> Result<Option<Receipt>> {
    let known = alarms::answered(app.store.reader(), device.customer_id, &alarm.source, &alarm.source_id).await?;
    Ok(known.map(|answer| Receipt {
        disposition: Disposition::from_name(&answer.disposition).unwrap_or(Disposition::Folded),
        call: answer.call_number(),
    }))
}

/// Where an alarm comes from, as far as its credential lets it speak.
enum Origin {
    System(Uuid),
    Site,
    Unknown(String),
}

async fn receive(app: &App, device: &Device, alarm: &Alarm) -> Result<Receipt> {
    let now = app.clock.now();
    let mut tx = app.store.begin_write().await?;
    let system = match origin(&mut tx, device, alarm).await? {
        Origin::System(id) => Some(id),
        Origin::Site => None,
        Origin::Unknown(reason) => {
            let receipt = quarantine(&mut tx, device, alarm, &reason, now).await?;
            tx.commit().await?;
            return Ok(receipt);
        }
    };
    let scope = Scope::within(device.customer_id);
    let target = targets::by_id(&mut *tx, &scope, device.customer_id, device.site_id, system, now).await?;
    let mut receiving = Receiving { reference: &app.reference.now(), target: &target, alarm, now, id: Uuid::now_v7() };
    let receipt = receiving.decide(&mut tx).await?;
    tx.commit().await?;
    Ok(receipt)
}

async fn origin(tx: &mut PgConnection, device: &Device, alarm: &Alarm) -> Result<Origin> {
    let (serial, nickname) = match &alarm.names_system {
        None => return Ok(device.system_id.map_or(Origin::Site, Origin::System)),
        Some(SystemName::Serial(serial)) => (Some(serial.as_str()), None),
        Some(SystemName::Nickname(nickname)) => (None, Some(nickname.as_str())),
    };
    let named = targets::named_at_site(&mut *tx, device.customer_id, device.site_id, serial, nickname).await?;
    Ok(match (device.system_id, named) {
        (None, Some(id)) => Origin::System(id),
        (Some(own), Some(id)) if own == id => Origin::System(id),
        (Some(own), None) if serial.is_none() => Origin::System(own),
        (None, None) if serial.is_none() => Origin::Site,
        (Some(_), _) => Origin::Unknown(format!(
            "the message speaks of {}, the credential belongs to {}",
            serial.or(nickname).unwrap_or("another system"),
            device.serial.as_deref().unwrap_or("another system"),
        )),
        (None, None) => {
            Origin::Unknown(format!("no system {} is known at site {}", serial.unwrap_or_default(), device.site_code))
        }
    })
}

async fn quarantine(
    tx: &mut PgConnection,
    device: &Device,
    alarm: &Alarm,
    reason: &str,
    now: Timestamp,
) -> Result<Receipt> {
    let kept = alarms::NewKept {
        customer_id: device.customer_id,
        site_id: device.site_id,
        system_id: device.system_id,
        disposition: Disposition::Quarantined,
        source: &alarm.source,
        source_id: &alarm.source_id,
        format: alarm.format,
        reason,
        body: &alarm.body,
    };
    alarms::keep(tx, &kept, now).await?;
    Ok(Receipt { disposition: Disposition::Quarantined, call: None })
}

/// A known sender has sent what can't be read: kept whole, so that somebody can look at it.
pub async fn keep_message(app: &App, device: &Device, format: &str, reason: &str, body: &[u8]) -> Result<()> {
    let digest = URL_SAFE_NO_PAD.encode(Sha256::digest(body));
    let source = device.serial.as_deref().unwrap_or(&device.site_code).to_owned();
    let kept = alarms::NewKept {
        customer_id: device.customer_id,
        site_id: device.site_id,
        system_id: device.system_id,
        disposition: Disposition::Rejected,
        source: &source,
        source_id: &digest,
        format,
        reason,
        body,
    };
    let mut tx = app.store.begin_write().await?;
    alarms::keep(&mut tx, &kept, app.clock.now()).await?;
    tx.commit().await?;
    Ok(())
}

/// One alarm on its way through the table of dispositions.
struct Receiving<'a> {
    reference: &'a Reference,
    target: &'a Target,
    alarm: &'a Alarm,
    now: Timestamp,
    id: Uuid,
}

impl Receiving<'_> {
    async fn decide(&mut self, tx: &mut PgConnection) -> Result<Receipt> {
        let customer = self.target.customer_id;
        let fingerprint = self.alarm.fingerprint(&self.subject_of_fault());
        if let Some(system) = self.target.system_id {
            systems::heard(tx, customer, system, self.now).await?;
        }
        let fault = match self.alarm.kind {
            Kind::Raised | Kind::Cleared => faults::lock(tx, customer, &fingerprint).await?,
            _ => None,
        };
        let covered = self.target.covered(self.now);
        let outcome = correlate::correlate(self.alarm, fault.as_ref().map(|f| f.known), covered, self.now);
        let call_of_fault = fault.map(|f| f.call_id);
        let call = self.carry_out(tx, outcome, call_of_fault).await?;
        self.keep(tx, outcome.disposition(), &fingerprint, call.as_ref().map(|c| c.id)).await?;
        self.settle(tx, outcome, &fingerprint, call.as_ref()).await?;
        Ok(Receipt { disposition: outcome.disposition(), call: call.map(|c| c.number) })
    }

    /// A fault belongs to a system, or to the site where no system is named.
    fn subject_of_fault(&self) -> String {
        self.target.system_id.unwrap_or(self.target.site_id).to_string()
    }

    fn actor(&self) -> Actor {
        Actor { party: Party::Device, id: self.target.system_id }
    }

    async fn carry_out(&self, tx: &mut PgConnection, outcome: Outcome, call: Option<Uuid>) -> Result<Option<Call>> {
        let summary = self.alarm.summary.clone();
        let fold = Change::FoldAlarm { alarm_id: self.id, summary: summary.clone() };
        match (outcome, call) {
            (Outcome::Keep(_), _) => Ok(None),
            (Outcome::Open(_), _) => self.open(tx).await.map(Some),
            (Outcome::Fold | Outcome::FoldLate, Some(id)) => self.add(tx, id, &[fold]).await,
            (Outcome::FoldAndReopen, Some(id)) => self.add(tx, id, &[Change::Reopen, fold]).await,
            (Outcome::Clear, Some(id)) => self.add(tx, id, &[Change::ClearAlarm { alarm_id: self.id, summary }]).await,
            (_, None) => Err(Error::Internal("a fault without a call was to be folded".to_owned())),
        }
    }

    async fn open(&self, tx: &mut PgConnection) -> Result<Call> {
        let severity = self.alarm.call_severity().unwrap_or(crate::domain::severity::Severity::Moderate);
        let filing = Filing {
            title: self.alarm.summary.clone(),
            severity,
            subject: self.target.subject.clone(),
            contact: String::new(),
            available_24x7: false,
            service_level: self.target.service_level_id,
            alarm_id: Some(self.id),
            external_number: None,
        };
        let mut pen =
            Pen::file(self.reference, self.target, filing, &words(self.alarm, self.target), self.actor(), self.now)?;
        pen.route_knowing(tx, self.target, true).await?;
        pen.insert(tx, None).await
    }

    async fn add(&self, tx: &mut PgConnection, call: Uuid, changes: &[Change]) -> Result<Option<Call>> {
        let scope = Scope::within(self.target.customer_id);
        let detail = calls::lock_by_id(tx, &scope, self.target.customer_id, call).await?;
        let mut pen = Pen::of(self.reference, detail, self.now)?;
        for change in changes {
            pen.write(self.actor(), change.clone(), None)?;
            if matches!(change, Change::Reopen) {
                pen.route_knowing(tx, self.target, true).await?;
            }
        }
        pen.advance(tx, None).await.map(Some)
    }

    async fn keep(
        &self,
        tx: &mut PgConnection,
        disposition: Disposition,
        fingerprint: &str,
        call_id: Option<Uuid>,
    ) -> Result<()> {
        let filed = alarms::Filed {
            customer_id: self.target.customer_id,
            site_id: self.target.site_id,
            system_id: self.target.system_id,
            id: self.id,
            fingerprint,
            received_at: self.now,
            disposition,
            flag: correlate::flag(self.alarm),
            call_id,
        };
        alarms::insert(tx, self.alarm, &filed).await
    }

    /// Remembers what stands and what is over, and what that leaves of the system's redundancy.
    async fn settle(
        &self,
        tx: &mut PgConnection,
        outcome: Outcome,
        fingerprint: &str,
        call: Option<&Call>,
    ) -> Result<()> {
        let (customer, system) = (self.target.customer_id, self.target.system_id);
        match (outcome, call) {
            (Outcome::Open(_) | Outcome::Fold | Outcome::FoldAndReopen, Some(call)) => {
                let standing = faults::Standing {
                    customer_id: customer,
                    fingerprint,
                    system_id: system,
                    call_id: call.id,
                    redundancy: self.alarm.redundancy(),
                    stood_at: self.alarm.occurred_at.min(self.now),
                };
                faults::raise(tx, &standing, self.now).await?;
            }
            (Outcome::Clear, _) => {
                faults::clear(tx, customer, fingerprint, self.now, self.alarm.occurred_at.min(self.now)).await?;
            }
            _ => return Ok(()),
        }
        match system {
            Some(system) => {
                systems::settle_redundancy(tx, customer, system, self.now).await?;
                calls::rerank_of_system(tx, customer, system).await
            }
            None => Ok(()),
        }
    }
}

/// What the machine said, for people.
pub(crate) fn words(alarm: &Alarm, target: &Target) -> String {
    let system = match (&target.serial, &target.nickname) {
        (Some(serial), Some(nickname)) => format!("{serial} ({nickname})"),
        _ => format!("Site {}", target.site_name),
    };
    let component = if alarm.component.is_empty() { String::new() } else { format!(", device {}", alarm.component) };
    let state = alarm.state.as_deref().map(|s| format!(", now {s}")).unwrap_or_default();
    let (summary, code, severity) = (&alarm.summary, &alarm.code, alarm.severity.name());
    format!("{system} called home: {summary}{component}{state}. Code {code}, said to be {severity}.")
}
