//! New calls: of one fault, or of a storm with what had been opened before anybody knew of it.

use sqlx::PgConnection;
use uuid::Uuid;

use super::{
    batch::{Batch, Site},
    talk::{Talk, Word, words},
};
use crate::{
    actions::pen::Pen,
    domain::{
        access::{Actor, Party, Scope},
        alarm::Alarm,
        call::{Call, Change, Filing},
        correlate::Cause,
        fault::{Fault, Place},
        severity::Severity,
        storm::{self, Lately},
    },
    error::Result,
    store::{
        calls,
        faults::{self, CallOfFault},
        storms,
        targets::Target,
    },
};

impl Batch<'_> {
    /// A new call: of this fault alone, or of the storm that it makes with those before it.
    pub(super) async fn begin(&mut self, tx: &mut PgConnection, alarm: &Alarm, id: Uuid, place: Place) -> Result<Uuid> {
        let site = (place.customer_id, place.site_id);
        let Some(system) = place.system_id else { return self.open(tx, alarm, id, place).await };
        if !self.lately.contains_key(&site) {
            let systems = Lately::new(self.recent(tx, site).await?.into_iter().map(|recent| recent.0));
            self.lately.insert(site, systems);
        }
        if !self.lately.entry(site).or_default().makes_storm(system) {
            return self.open(tx, alarm, id, place).await;
        }
        let calls = self.recent(tx, site).await?.into_iter().map(|recent| recent.1).collect();
        self.begin_storm(tx, (alarm, id, place), calls).await
    }

    /// The systems of the site with a fault that is new, and its call: of before, and of this transaction.
    async fn recent(&mut self, tx: &mut PgConnection, site: Site) -> Result<Vec<(Uuid, Uuid)>> {
        let since = self.now - storm::WINDOW;
        let mut recent = self.new_before(tx, site).await?.to_vec();
        let here = self.faults.values().filter(|fault| (fault.customer_id, fault.site_id) == site);
        let fresh = |fault: &Fault| {
            fault.raised_at > since || self.kept_back.contains(&(fault.customer_id, fault.fingerprint.clone()))
        };
        let new = here.filter(|fault| fault.stands() && fresh(fault) && fault.call_id.is_some());
        recent.extend(new.filter_map(|fault| Some((fault.system_id?, fault.call_id?))));
        Ok(recent)
    }

    async fn open(&mut self, tx: &mut PgConnection, alarm: &Alarm, id: Uuid, place: Place) -> Result<Uuid> {
        let target = self.target(place)?;
        let severity = alarm.call_severity().unwrap_or(Severity::Moderate);
        let filing = filing(alarm.summary.clone(), severity, target, Some(id));
        let actor = Actor { party: Party::Device, id: place.system_id };
        let words = format!("{}{}", words(alarm, target), self.remark);
        let call = self.file(tx, place, filing, &words, actor).await?;
        Ok(self.remember_call(&call))
    }

    async fn file(
        &mut self,
        tx: &mut PgConnection,
        place: Place,
        filing: Filing,
        words: &str,
        actor: Actor,
    ) -> Result<Call> {
        let target = self.target(place)?;
        let mut pen = Pen::file(self.reference, target, filing, words, actor, self.now)?;
        pen.call.number = calls::next_number(tx).await?;
        pen.route_by(self.affinity(tx, &pen.call).await?, target, true)?;
        let call = pen.call.clone();
        self.write_later(pen);
        Ok(call)
    }

    fn remember_call(&mut self, call: &Call) -> Uuid {
        let talk = Talk::of(CallOfFault {
            customer_id: call.customer_id,
            id: call.id,
            number: call.number,
            status: call.status,
            severity: call.severity,
            human_touched: call.course.human_touched,
            ended_at: call.ended_at,
            alarm_count: call.alarm_count,
            told_at: None,
            untold: (0, 0),
        });
        self.talks.insert(call.id, talk);
        call.id
    }

    /// One call for all of them; those that had been opened before anybody knew become part of it.
    async fn begin_storm(
        &mut self,
        tx: &mut PgConnection,
        (alarm, id, place): (&Alarm, Uuid, Place),
        calls: Vec<Uuid>,
    ) -> Result<Uuid> {
        let site = Place { system_id: None, ..place };
        self.load_targets(tx, [site].into_iter()).await?;
        let target = self.target(site)?;
        let severity = alarm.call_severity().unwrap_or(Severity::Serious);
        let title = format!("Storm: many systems of {} call home at once", target.site_name);
        let body = format!(
            "{} It began with others of the site within a minute.{}",
            words(alarm, self.target(place)?),
            self.remark
        );
        let actor = Actor { party: Party::Device, id: None };
        let filing = filing(title, severity, target, Some(id));
        let parent = self.file(tx, site, filing, &body, actor).await?;
        storms::begin(tx, site.customer_id, site.site_id, parent.id, self.now).await?;
        self.remember_call(&parent);
        self.storms.insert((site.customer_id, site.site_id), parent.id);
        let mut calls = calls;
        calls.sort_unstable();
        calls.dedup();
        self.write_new(tx).await?;
        for call in calls {
            self.join_storm(tx, site.customer_id, call, &parent, (alarm, id)).await?;
        }
        Ok(parent.id)
    }

    /// Only what no person has touched: whoever works on a call keeps it.
    async fn join_storm(
        &mut self,
        tx: &mut PgConnection,
        customer: Uuid,
        call: Uuid,
        parent: &Call,
        (alarm, id): (&Alarm, Uuid),
    ) -> Result<()> {
        let detail = calls::lock_by_id(tx, &Scope::within(customer), customer, call).await?;
        let own = &detail.call;
        let fresh = own.opened_at > self.now - storm::WINDOW && own.origin == Party::Device;
        if !fresh || own.course.human_touched || !own.status.is_worked() {
            return Ok(());
        }
        let (count, severity) = (u32::try_from(own.alarm_count).unwrap_or(1), own.severity);
        let actor = Actor { party: Party::Device, id: own.system_id };
        let mut pen = Pen::of(self.reference, detail, self.now)?;
        pen.write(actor, Change::JoinStorm { into: parent.number.to_string() }, None)?;
        let joined = pen.advance(tx, None).await?;
        faults::move_to(tx, customer, call, parent.id).await?;
        for fault in self.faults.values_mut().filter(|fault| fault.call_id == Some(call)) {
            fault.call_id = Some(parent.id);
        }
        self.talks.remove(&joined.id);
        if let Some(talk) = self.talks.get_mut(&parent.id) {
            talk.raises += count;
            talk.cause = Some(Cause::Storm);
            talk.worse = [talk.worse, Some(severity).filter(|s| *s < parent.severity)].into_iter().flatten().min();
            talk.last = Some(Word { alarm_id: id, summary: alarm.summary.clone(), system_id: None });
        }
        Ok(())
    }
}

/// What a machine says to open a call.
pub fn filing(title: String, severity: Severity, target: &Target, alarm_id: Option<Uuid>) -> Filing {
    Filing {
        title,
        severity,
        subject: target.subject.clone(),
        contact: String::new(),
        available_24x7: false,
        service_level: target.service_level_id,
        alarm_id,
        external_number: None,
    }
}
