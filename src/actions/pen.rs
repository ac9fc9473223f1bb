//! What every verb on a call shares: judge the change, write the line, compute the next promise.

use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::{
    domain::{
        access::{Actor, Party, Scope},
        calendar::Calendar,
        call::{self, Call, Change, Due, Identity, Line, Routing},
        number::CallNumber,
        objective::{self, Clock, ClockState, Event, Miss, Noted, What},
        priority::Pressing,
    },
    error::{Error, Result},
    reference::Reference,
    router,
    store::{
        affinity::{self, Affinity},
        calls::{self, CallDetail},
        request_keys::RequestKey,
        targets::Target,
    },
};

/// So long an engineer is taken to remember a system.
const KNOWN_FOR: SignedDuration = SignedDuration::from_hours(24 * 90);

/// Lines being added to one call; nothing is stored before [`Pen::insert`] or [`Pen::advance`].
pub struct Pen<'a> {
    pub call: Call,
    pub now: Timestamp,
    reference: &'a Reference,
    site_calendar: Calendar,
    lines: Vec<Line>,
    decisions: Vec<calls::Decided>,
    queues: Vec<String>,
    before: Vec<Uuid>,
    affinity: Affinity,
}

impl From<call::Refused> for Error {
    fn from(refused: call::Refused) -> Self {
        match refused {
            call::Refused::Party(_) => Self::Forbidden(refused.to_string()),
            other => Self::Refused(other.to_string()),
        }
    }
}

impl<'a> Pen<'a> {
    /// A pen for a call that its first line is about to make.
    pub fn file(
        reference: &'a Reference,
        target: &Target,
        filing: call::Filing,
        body: &str,
        actor: Actor,
        now: Timestamp,
    ) -> Result<Self> {
        let identity = Identity {
            customer_id: target.customer_id,
            id: Uuid::now_v7(),
            number: CallNumber::from_serial(0),
            site_id: target.site_id,
            system_id: target.system_id,
        };
        let site = reference.site_calendar(target.site_calendar.as_deref(), &target.time_zone, &target.country)?;
        let call = Call::file(identity, &filing, &actor, now, now);
        let mut pen = Self::on(reference, call, site, now);
        pen.write(actor, Change::File(Box::new(filing)), Some(body.to_owned()))?;
        Ok(pen)
    }

    /// A pen for a call that the transaction has locked.
    pub fn of(reference: &'a Reference, detail: CallDetail, now: Timestamp) -> Result<Self> {
        let place = &detail.place;
        let site = reference.site_calendar(place.site_calendar.as_deref(), &place.time_zone, &place.country)?;
        Ok(Self::on(reference, detail.call, site, now))
    }

    fn on(reference: &'a Reference, call: Call, site_calendar: Calendar, now: Timestamp) -> Self {
        let queues = (!call.queue.is_empty()).then(|| call.queue.clone()).into_iter().collect();
        let before = call.partner_id.into_iter().collect();
        Self {
            call,
            now,
            reference,
            site_calendar,
            lines: Vec::new(),
            decisions: Vec::new(),
            queues,
            before,
            affinity: Affinity::default(),
        }
    }

    /// In whose hours the site's promises are counted.
    pub fn site_calendar(&self) -> &Calendar {
        &self.site_calendar
    }

    /// Judges the change and puts it on the call.
    pub fn write(&mut self, actor: Actor, change: Change, body: Option<String>) -> Result<()> {
        self.write_of(self.now, actor, change, body)
    }

    /// Writes down now what became true at another instant.
    fn write_of(&mut self, at: Timestamp, actor: Actor, change: Change, body: Option<String>) -> Result<()> {
        let (status, in_review) = call::decide(&self.call, &change, &actor, self.now)?;
        let mut line = Line {
            seq: self.call.version + 1,
            actor,
            occurred_at: at,
            recorded_at: self.now,
            body,
            change,
            status,
            in_review,
            due: None,
        };
        self.call.apply(&line);
        line.due = self.next_due();
        self.call.due = line.due;
        if !self.queues.contains(&self.call.queue) && !self.call.queue.is_empty() {
            self.queues.push(self.call.queue.clone());
        }
        self.lines.push(line);
        Ok(())
    }

    /// As [`Pen::route`], once it is known who has to do with the system already.
    pub async fn route_knowing(&mut self, db: &mut PgConnection, target: &Target, partner_first: bool) -> Result<()> {
        if self.call.system_id.is_some() {
            let scope = Scope::within(self.call.customer_id);
            self.affinity = affinity::of_system(db, &scope, &self.call, self.now - KNOWN_FOR).await?;
        }
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
        let partner = first_line.then(|| router::PartnerFirst {
            accept_minutes: target.accept_minutes.and_then(|m| u32::try_from(m).ok()).unwrap_or(30),
            open: self.partner_is_open(target),
        });
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

    /// A partner without a calendar of its own keeps prime hours in the zone of the site.
    fn partner_is_open(&self, target: &Target) -> bool {
        let own = target.partner_calendar.as_deref().and_then(|name| self.reference.calendar(name));
        match own {
            Some(calendar) => calendar.is_open(self.now),
            None => Calendar::prime_hours(&target.time_zone).is_ok_and(|prime| prime.is_open(self.now)),
        }
    }

    /// Whether an urgent call would lie here: with a partner first, or in a queue whose CAC is closed.
    pub fn sleeps(&self) -> bool {
        let closed = |calendar: &Calendar| !calendar.is_open(self.now);
        self.call.in_review() || self.reference.cac_calendar(&self.call.queue).is_some_and(closed)
    }

    /// The promises that are broken already: another severity does not mend them.
    pub fn missed(&self) -> Vec<Miss> {
        let clocks = self.clocks();
        let missed = clocks.iter().filter(|clock| clock.state == ClockState::Missed);
        missed.filter_map(|clock| Some(Miss { kind: clock.kind, at: clock.due_at? })).collect()
    }

    fn next_due(&self) -> Option<Due> {
        if !self.call.status.is_worked() {
            return None;
        }
        let clocks = self.clocks();
        let next = objective::next_due(&clocks)?;
        Some(Due { kind: next.kind, at: next.due_at? })
    }

    fn clocks(&self) -> Vec<Clock> {
        self.reference.clocks(&self.call, &self.site_calendar, self.now)
    }

    /// Writes down what the clocks of the call have to tell and nobody has told yet; answers how much it was.
    pub fn tell_clocks(&mut self) -> Result<usize> {
        let events = self.watch(&self.clocks()).events;
        for event in &events {
            self.write_of(event.at, Actor::TIMER, told(event), None)?;
        }
        Ok(events.len())
    }

    /// Nobody has promised anything for a call of another desk's log.
    fn is_watched(&self) -> bool {
        self.call.status.is_worked() && self.call.origin != Party::Import
    }

    fn watch(&self, clocks: &[Clock]) -> objective::Watch {
        let course = &self.call.course;
        let noted = Noted { severity: self.call.severity, risks: &course.risks, misses: &course.misses };
        let clocks = if self.is_watched() { clocks } else { &[] };
        objective::next_event(clocks, noted, self.now)
    }

    fn pressure(&self) -> calls::Pressure {
        if !self.is_watched() {
            return calls::Pressure::default();
        }
        let clocks = self.clocks();
        let watch = self.watch(&clocks);
        let untold = watch.events.first().map(|event| event.at);
        calls::Pressure { watch_at: untold.or(watch.next_at), pressing: Pressing::among(&clocks, self.now) }
    }

    /// Who listens: the queues, partners and pages that this change touches.
    fn topics(&self) -> Vec<String> {
        let call = &self.call;
        let mut topics: Vec<String> = self.queues.iter().map(|slug| format!("queue:{slug}")).collect();
        topics.push(format!("customer:{}", call.customer_id));
        topics.extend(self.lines.iter().any(changes_hands).then(|| "handovers".to_owned()));
        let partners = self.before.iter().chain(call.partner_id.iter());
        topics.extend(partners.map(|partner| format!("partner:{partner}")));
        topics.extend(call.system_id.map(|system| format!("system:{system}")));
        if call.number.serial() > 0 {
            topics.push(format!("call:{}", call.number));
        }
        topics.sort();
        topics.dedup();
        topics
    }

    pub async fn insert(mut self, db: &mut PgConnection, request: Option<&RequestKey>) -> Result<Call> {
        let topics = self.topics();
        let recorded = self.recorded(&topics, request);
        let number = calls::insert(db, &recorded).await?;
        self.call.number = number;
        Ok(self.call)
    }

    /// A call that was over long before this store heard of it: kept like any other, told to nobody.
    pub(crate) async fn insert_untold(mut self, db: &mut PgConnection) -> Result<Call> {
        self.call.number = calls::insert(db, &self.recorded(&[], None)).await?;
        Ok(self.call)
    }

    pub async fn advance(self, db: &mut PgConnection, request: Option<&RequestKey>) -> Result<Call> {
        let topics = self.topics();
        if self.lines.is_empty() {
            calls::set_pressure(db, &self.call, &self.pressure()).await?;
            return Ok(self.call);
        }
        calls::advance(db, &self.recorded(&topics, request)).await?;
        Ok(self.call)
    }

    fn recorded<'b>(&'b self, topics: &'b [String], request: Option<&'b RequestKey>) -> calls::Recorded<'b> {
        calls::Recorded {
            call: &self.call,
            pressure: self.pressure(),
            lines: &self.lines,
            decisions: &self.decisions,
            topics,
            request,
            import_id: None,
        }
    }
}

/// What the page of handovers shows.
fn changes_hands(line: &Line) -> bool {
    matches!(line.change, Change::HandOver { .. } | Change::AcceptHandover)
}

fn told(event: &Event) -> Change {
    let Event { kind, what, due_at, .. } = *event;
    match what {
        What::AtRisk => Change::ClockAtRisk { kind, due_at },
        What::Missed => Change::ClockMissed { kind, due_at },
    }
}
