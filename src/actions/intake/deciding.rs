//! One message through the table of dispositions, knowing what came before it in the same transaction.

use jiff::SignedDuration;
use sqlx::PgConnection;
use uuid::Uuid;

use super::{
    Receipt,
    batch::{Batch, FaultName, Item},
};
use crate::{
    domain::{
        alarm::{Alarm, Disposition, Kind},
        correlate::{self, Cause, Known, Outcome, Situation},
        fault::{Fault, Place},
        number::CallNumber,
    },
    error::{Error, Result},
    store::{
        arrivals::{self, Filed},
        targets::Target,
    },
};

/// What comes so soon after it was said has overtaken nothing.
const AT_ONCE: SignedDuration = SignedDuration::from_secs(2);
/// What is later than this is judged as if nothing had been heard of its end.
const OLDEST: SignedDuration = SignedDuration::from_hours(31 * 24);

impl<'a> Batch<'a> {
    pub async fn take(&mut self, tx: &mut PgConnection, item: Item<'a>, place: Place) -> Result<Receipt> {
        let (id, alarm) = (Uuid::now_v7(), item.alarm);
        let name = (place.customer_id, place.fingerprint(alarm));
        self.heard.extend(place.system_id.map(|system| (place.customer_id, system)));
        self.recall(tx, alarm, place, &name).await?;
        let cause = self.cause(alarm, place, &name);
        let situation = self.situation(alarm, place, &name, cause)?;
        let outcome = correlate::correlate(alarm, &situation, self.now);
        let call = match outcome {
            Outcome::Open(_) => Some(self.begin(tx, alarm, id, place).await?),
            Outcome::Join(_) => cause.map(|(_, call)| call),
            Outcome::Keep(_) | Outcome::Suppress => None,
            _ => self.faults.get(&name).and_then(|fault| fault.call_id),
        };
        self.talk_of(outcome, call, (alarm, id, place));
        self.settle_fault(outcome, call, &name, (alarm, id, place));
        if alarm.kind == Kind::Raised && matches!(outcome, Outcome::Open(_) | Outcome::Join(_)) {
            self.end_as_known(tx, &name, (alarm, id, place), call).await?;
        }
        self.windows.note_taken(alarm, &name);
        self.keep((alarm, id, place), outcome.disposition(), &name.1, call);
        if alarm.kind == Kind::Test {
            self.test(tx, (item, id, place)).await?;
        }
        Ok(Receipt { disposition: outcome.disposition(), call: call.and_then(|call| self.number(call)), test: None })
    }

    pub(super) fn number(&self, call: Uuid) -> Option<CallNumber> {
        self.talks.get(&call).map(|talk| talk.call.number)
    }

    /// What matters besides the message.
    pub(super) fn situation(
        &self,
        alarm: &Alarm,
        place: Place,
        name: &FaultName,
        cause: Option<(Cause, Uuid)>,
    ) -> Result<Situation> {
        Ok(Situation {
            known: self.known(name),
            covered: self.target(place)?.covered(self.now),
            in_window: self.is_worked_on(alarm, place, name),
            cause: cause.map(|(cause, _)| cause),
        })
    }

    pub(super) fn target(&self, place: Place) -> Result<&Target> {
        self.targets.get(&place).ok_or(Error::NotFound)
    }

    fn known(&self, name: &FaultName) -> Option<Known> {
        let fault = self.faults.get(name)?;
        self.known_with(fault, fault.call_id?)
    }

    /// What is known of a fault where that call has it.
    pub(super) fn known_with(&self, fault: &Fault, call: Uuid) -> Option<Known> {
        let call = &self.talks.get(&call)?.call;
        Some(Known {
            call_status: call.status,
            human_touched: call.human_touched,
            over_at: fault.over.map(|over| over.said_at),
            stood_at: fault.stood_at,
            ended_at: call.ended_at,
            flapping: fault.flapping,
        })
    }

    /// Whether a maintenance window keeps the alarm from making a call.
    pub(super) fn is_worked_on(&self, alarm: &Alarm, place: Place, name: &FaultName) -> bool {
        let is_over = self.is_over_since(alarm, name) || self.windows.hears_of_end(alarm, name);
        alarm.kind == Kind::Raised && self.windows.suppress(alarm, place, self.now, is_over)
    }

    fn is_over_since(&self, alarm: &Alarm, name: &FaultName) -> bool {
        let over = self.faults.get(name).and_then(|fault| fault.over);
        over.is_some_and(|over| alarm.occurred_at < over.said_at)
    }

    /// The call that has the cause of a new fault: of the storm, or of what carries it or hangs on it.
    pub(super) fn cause(&self, alarm: &Alarm, place: Place, name: &FaultName) -> Option<(Cause, Uuid)> {
        if alarm.kind != Kind::Raised {
            return None;
        }
        let worked = |call: Uuid| self.talks.get(&call).is_some_and(|talk| talk.call.status.is_worked());
        let storm = self.storms.get(&(place.customer_id, place.site_id)).copied().filter(|call| worked(*call));
        if let Some(call) = storm {
            return Some((Cause::Storm, call));
        }
        let new = Fault::new(place, alarm, Uuid::nil(), self.now);
        let others = self.faults.iter().filter(|(other, fault)| *other != name && fault.stands());
        let related = others.filter_map(|(_, fault)| Some((relation(&new, fault)?, fault.call_id?)));
        related.filter(|(_, call)| worked(*call)).min_by_key(|(_, call)| *call)
    }

    /// What the call hears of it.
    pub(super) fn talk_of(&mut self, outcome: Outcome, call: Option<Uuid>, (alarm, id, place): (&Alarm, Uuid, Place)) {
        let Some(talk) = call.and_then(|call| self.talks.get_mut(&call)) else { return };
        match outcome {
            Outcome::Fold | Outcome::FoldLate => talk.raise(alarm),
            Outcome::FoldAndReopen => {
                talk.reopens |= !talk.call.status.is_worked();
                talk.raise(alarm);
            }
            Outcome::Join(cause) => {
                talk.raise(alarm);
                talk.cause = Some(cause);
            }
            Outcome::Clear => talk.clears += 1,
            _ => return,
        }
        talk.hear(alarm, id, place.system_id);
    }

    /// Remembers what stands and what is over.
    fn settle_fault(
        &mut self,
        outcome: Outcome,
        call: Option<Uuid>,
        name: &FaultName,
        (alarm, id, place): (&Alarm, Uuid, Place),
    ) {
        match outcome {
            // Of before an end that is known already: nothing stands again.
            Outcome::Suppress if self.is_over_since(alarm, name) => return,
            Outcome::Suppress => {
                self.stand(call, name, (alarm, id, place));
                self.end_as_heard(name, alarm);
            }
            Outcome::Open(_) | Outcome::Join(_) => self.stand(call, name, (alarm, id, place)),
            Outcome::Fold | Outcome::FoldAndReopen => {
                self.stand(call, name, (alarm, id, place));
                self.quieten(call, outcome);
            }
            Outcome::Clear | Outcome::Doubt => self.end(name, alarm, id, call),
            Outcome::Keep(Disposition::Cleared) if self.stands_without_call(name, alarm) => {
                self.end(name, alarm, id, None);
            }
            _ => return,
        }
        self.changed.insert(name.clone());
    }

    fn stand(&mut self, call: Option<Uuid>, name: &FaultName, (alarm, id, place): (&Alarm, Uuid, Place)) {
        let now = self.now;
        let fault = self
            .faults
            .entry(name.clone())
            .and_modify(|fault| fault.raise(alarm, id, now))
            .or_insert_with(|| Fault::new(place, alarm, id, now));
        fault.call_id = call;
        fault.site_id = place.site_id;
    }

    /// Its end has come before it and will not be said again: kept back, it would stand where nobody looks.
    fn end_as_heard(&mut self, name: &FaultName, alarm: &Alarm) {
        let Some(end) = self.windows.end_before(alarm, name) else { return };
        if let Some(fault) = self.faults.get_mut(name).filter(|fault| fault.stood_at < end) {
            fault.clear(end, self.now);
        }
    }

    /// What begins late may be over already, and its end will not be said again.
    async fn end_as_known(
        &mut self,
        tx: &mut PgConnection,
        name: &FaultName,
        (alarm, id, place): (&Alarm, Uuid, Place),
        call: Option<Uuid>,
    ) -> Result<()> {
        let began = alarm.occurred_at.max(self.now - OLDEST);
        if self.now.duration_since(began) < AT_ONCE {
            return Ok(());
        }
        let here = self.rows.iter().filter(|(other, filed)| {
            other.kind == Kind::Cleared && (filed.customer_id, &filed.fingerprint) == (name.0, &name.1)
        });
        let here = here.map(|(other, _)| other.occurred_at).max();
        let before = arrivals::ended_after(tx, place, &name.1, began).await?;
        let Some(end) = here.max(before).filter(|end| *end > alarm.occurred_at) else { return Ok(()) };
        if let Some(fault) = self.faults.get_mut(name) {
            fault.clear(end, self.now);
        }
        if let Some(talk) = call.and_then(|call| self.talks.get_mut(&call)) {
            talk.clears += 1;
            talk.hear(alarm, id, place.system_id);
        }
        Ok(())
    }

    /// What comes back within this transaction finds the call open.
    pub(super) fn quieten(&mut self, call: Option<Uuid>, outcome: Outcome) {
        let talk = call.and_then(|call| self.talks.get_mut(&call));
        if let Some(talk) = talk.filter(|_| outcome == Outcome::FoldAndReopen) {
            talk.call.status = crate::domain::call::Status::Open;
        }
    }

    fn stands_without_call(&self, name: &FaultName, alarm: &Alarm) -> bool {
        let fault = self.faults.get(name);
        fault.is_some_and(|f| f.call_id.is_none() && f.stands() && alarm.occurred_at >= f.stood_at)
    }

    fn end(&mut self, name: &FaultName, alarm: &Alarm, id: Uuid, call: Option<Uuid>) {
        let Some(fault) = self.faults.get_mut(name) else { return };
        let flapped = fault.flapping;
        fault.clear(alarm.occurred_at, self.now);
        let talk = call.and_then(|call| self.talks.get_mut(&call));
        if let Some(talk) = talk.filter(|talk| !flapped && fault.flapping && talk.call.status.is_worked()) {
            talk.flaps = true;
            talk.hear(alarm, id, fault.system_id);
        }
    }

    fn keep(
        &mut self,
        (alarm, id, place): (&'a Alarm, Uuid, Place),
        disposition: Disposition,
        fingerprint: &str,
        call_id: Option<Uuid>,
    ) {
        let filed = Filed {
            customer_id: place.customer_id,
            site_id: place.site_id,
            system_id: place.system_id,
            id,
            fingerprint: fingerprint.to_owned(),
            received_at: self.now,
            disposition,
            flag: correlate::flag(alarm).map(str::to_owned),
            call_id,
        };
        self.rows.push((alarm, filed));
    }
}

/// How a new fault hangs together with one that stands.
fn relation(new: &Fault, stands: &Fault) -> Option<Cause> {
    if new.parent_broken && stands.carries(new) {
        return Some(Cause::Parent);
    }
    (stands.parent_broken && new.carries(stands)).then_some(Cause::Part)
}
