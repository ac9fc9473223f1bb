//! What every verb on a call shares: judge the change, write the line, compute the next promise.

mod route;
mod writing;

pub(super) use route::KNOWN_FOR;

use jiff::Timestamp;
use uuid::Uuid;

use crate::{
    domain::{
        access::{Actor, Party},
        calendar::Calendar,
        call::{self, Call, Change, Due, Identity, Line},
        number::CallNumber,
        objective::{self, Clock, ClockState, Event, Miss, Noted, What},
        priority::Pressing,
    },
    error::{Error, Result},
    reference::Reference,
    store::{
        affinity::Affinity,
        calls::{self, CallDetail},
        targets::Target,
    },
};

/// Lines being added to one call; nothing is stored before they are inserted or advanced.
pub struct Pen<'a> {
    pub call: Call,
    pub now: Timestamp,
    /// As the transaction found it, where it was there already.
    found: Option<Box<Call>>,
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

    /// A pen for a call that the transaction has locked; what its clocks have to tell stands before whatever follows.
    pub fn of(reference: &'a Reference, detail: CallDetail, now: Timestamp) -> Result<Self> {
        let place = &detail.place;
        let site = reference.site_calendar(place.site_calendar.as_deref(), &place.time_zone, &place.country)?;
        let counted_by = place.hours_version;
        let found = Some(Box::new(detail.call.clone()));
        let mut pen = Self { found, ..Self::on(reference, detail.call, site, now) };
        if counted_by < reference.hours_version {
            pen.count_anew()?;
        }
        pen.tell_clocks()?;
        Ok(pen)
    }

    fn on(reference: &'a Reference, call: Call, site_calendar: Calendar, now: Timestamp) -> Self {
        let queues = (!call.queue.is_empty()).then(|| call.queue.clone()).into_iter().collect();
        let before = call.partner_id.into_iter().collect();
        Self {
            call,
            now,
            found: None,
            reference,
            site_calendar,
            lines: Vec::new(),
            decisions: Vec::new(),
            queues,
            before,
            affinity: Affinity::default(),
        }
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

    /// The promises that are broken already: another severity does not mend them.
    pub fn missed(&self) -> Vec<Miss> {
        let clocks = self.clocks();
        let missed = clocks.iter().filter(|clock| clock.state == ClockState::Missed);
        // What an earlier severity missed is known; its new instant may still be ahead.
        let passed = |at: &Timestamp| *at < self.now;
        missed.filter_map(|clock| Some(Miss { kind: clock.kind, at: clock.due_at.filter(passed)? })).collect()
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

    /// Under other hours another instant comes first: who reads the call reads since when, and why.
    fn count_anew(&mut self) -> Result<()> {
        let was = self.call.due;
        if self.is_watched() && self.next_due() != was {
            self.write(Actor::TIMER, Change::ClocksRecounted { was }, None)?;
        }
        Ok(())
    }

    /// Writes down what the clocks of the call have to tell and nobody has told yet.
    pub fn tell_clocks(&mut self) -> Result<()> {
        let events = self.watch(&self.clocks()).events;
        for event in &events {
            // What was not promised yet could not be in danger.
            let at = self.call.course.anew_at.map_or(event.at, |anew| anew.max(event.at));
            self.write_of(at, Actor::TIMER, told(event), None)?;
        }
        Ok(())
    }

    /// Whether anything is to be written down.
    pub fn tells(&self) -> bool {
        !self.lines.is_empty()
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
