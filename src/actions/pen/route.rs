//! How a call gets its queue: what the router is told of it, and what becomes of the answer.

use jiff::SignedDuration;
use serde_json::json;
use sqlx::PgConnection;

use super::Pen;
use crate::{
    domain::{
        access::{Actor, Party, Scope},
        calendar::Calendar,
        call::{Change, Routing, Status},
        number::CallNumber,
    },
    error::Result,
    router::{self, Turned},
    store::{
        affinity::{self, Affinity},
        calls,
        targets::Target,
    },
};

/// So long an engineer is taken to remember a system.
pub(in crate::actions) const KNOWN_FOR: SignedDuration = SignedDuration::from_hours(24 * 90);

impl Pen<'_> {
    /// As [`Pen::route`], once it is known who has to do with the system already.
    pub async fn route_knowing(&mut self, db: &mut PgConnection, target: &Target, partner_first: bool) -> Result<()> {
        if self.call.system_id.is_some() {
            let scope = Scope::within(self.call.customer_id);
            self.affinity = affinity::of_system(db, &scope, &self.call, self.now - KNOWN_FOR).await?;
        }
        self.route(target, partner_first)
    }

    /// As [`Pen::route`], by what somebody has found out already.
    pub fn route_by(&mut self, affinity: Affinity, target: &Target, partner_first: bool) -> Result<()> {
        self.affinity = affinity;
        self.route(target, partner_first)
    }

    /// Asks the router and writes down what it answered, with what it knew.
    pub fn route(&mut self, target: &Target, partner_first: bool) -> Result<()> {
        let facts = self.facts(target, partner_first);
        let decision = self.reference.router.route(&facts);
        let routing = Routing {
            queue: decision.queue.clone(),
            cac: decision.cac.clone(),
            why: decision.why.clone(),
            for_desks: decision.for_desks.clone(),
            chip: decision.chip().to_owned(),
            wait_until: decision.wait_until,
            partner_id: target.partner_id,
            accept_by: decision.accept_by,
            also_partner: decision.also_partner,
            engineer: decision.engineer,
            plain: decision.plain.clone(),
        };
        self.write(Actor::ROUTER, Change::Route(routing), None)?;
        self.decisions.push(calls::Decided {
            seq: self.call.version,
            inputs: json!(facts),
            decision: json!(decision),
            basis: self.reference.basis(),
        });
        Ok(())
    }

    fn facts(&self, target: &Target, partner_first: bool) -> router::Facts {
        let first_line = target.first_line == Some(true) && partner_first;
        let partner = first_line.then(|| self.partner(target));
        router::Facts {
            region: target.region.clone(),
            site_zone: target.time_zone.clone(),
            site_name: Some(target.site_name.clone()),
            severity: self.call.severity,
            subject: self.call.course.subject.clone(),
            covered: target.covered(self.now),
            partner,
            language: target.language.clone(),
            same_incident: self.same_incident(),
            known_to: self.known_to(),
            at: self.now,
        }
    }

    fn same_incident(&self) -> Option<router::SameIncident> {
        let (number, queue) = self.affinity.open_number.zip(self.affinity.open_queue.clone())?;
        Some(router::SameIncident { call: CallNumber::from_serial(number).to_string(), queue })
    }

    fn known_to(&self) -> Option<router::KnownTo> {
        let (engineer, cac) = self.affinity.engineer_id.zip(self.affinity.engineer_cac.clone())?;
        Some(router::KnownTo { engineer, cac })
    }

    /// The minutes to take a call are minutes of the partner's hours.
    fn partner(&self, target: &Target) -> router::PartnerFirst {
        let accept_minutes = target.accept_minutes.and_then(|m| u32::try_from(m).ok()).unwrap_or(30);
        let hours = self.partner_hours(target);
        router::PartnerFirst {
            accept_minutes,
            open: hours.as_ref().is_some_and(|hours| hours.is_open(self.now)),
            accept_by: hours.and_then(|hours| hours.due(self.now, accept_minutes.into())),
        }
    }

    /// Whether the line just written leaves the call where it can't stay. By hand it may lie anywhere until it
    /// becomes urgent, is urgent no more, or comes back.
    pub fn is_astray(&self, written: &Change, region: &str) -> bool {
        let call = &self.call;
        if !call.status.is_worked() {
            return false;
        }
        let turned = match written {
            Change::PassOn | Change::Reopen => return true,
            // Of another subject, and nobody has begun: it may belong to another queue.
            Change::Edit(edits) => return edits.subject.is_some() && call.status == Status::New,
            Change::ChangeSeverity { from, .. } => Turned::Severity { was_urgent: from.is_urgent() },
            Change::RejectSolution => Turned::Back { changed: self.changed_while_solved() },
            _ => return false,
        };
        let urgent = call.severity.is_urgent();
        let lost = matches!(written, Change::RejectSolution) && self.is_lost();
        let router = &self.reference.router;
        lost || (urgent && call.in_review()) || router.is_astray(&call.queue, region, urgent, turned, self.now)
    }

    /// A partner without a calendar of its own keeps the hours of the site.
    fn partner_hours(&self, target: &Target) -> Option<Calendar> {
        let own = target.partner_calendar.as_deref().and_then(|name| self.reference.calendar(name)).cloned();
        let site = || self.reference.site_calendar(target.site_calendar.as_deref(), &target.time_zone, &target.country);
        own.or_else(|| site().ok())
    }

    /// Another severity than when somebody worked on it; what was solved then could not be routed.
    fn changed_while_solved(&self) -> bool {
        let before = self.found.as_ref().map(|call| &call.course);
        before.is_some_and(|course| course.resolved_at.is_some() && course.anew_at >= course.resolved_at)
    }

    /// Other rules may have taken the queue away while nobody worked on the call.
    fn is_lost(&self) -> bool {
        self.call.origin != Party::Import && !self.reference.queue_names.contains_key(&self.call.queue)
    }
}
