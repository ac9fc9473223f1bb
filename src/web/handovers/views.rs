//! How handovers look: for each region what waits and what will come, and below what is done.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::super::view::{self, Due, Sev, When};
use crate::{
    domain::{
        access::{Party, Role, Viewer},
        call::Verb,
        number::CallNumber,
        severity::Severity,
    },
    reference::Reference,
    router::Held,
    store::handovers::{Handover, LastLine, Urgent},
};

/// What one region has to look at; the last one is the duty manager's.
pub struct Region {
    pub code: String,
    pub index: usize,
    pub awake: bool,
    pub words: String,
    pub waiting: Vec<Group>,
    pub coming: Vec<Coming>,
}

/// What came at one boundary and waits to be accepted.
pub struct Group {
    pub from: String,
    pub to: String,
    pub boundary: When,
    pub exact: String,
    pub may_accept: bool,
    pub packets: Vec<Parcel>,
}

pub struct Parcel {
    pub number: String,
    pub sev: Sev,
    pub title: String,
    pub place: String,
    pub status: &'static str,
    pub had_it: Option<String>,
    pub next_step: Option<String>,
    pub promises: Vec<Due>,
    pub accept_by: Option<Due>,
    pub escalated: bool,
    pub lines: Vec<Line>,
}

pub struct Line {
    pub what: String,
    pub at: When,
}

/// What a boundary will bring.
pub struct Coming {
    pub from: String,
    pub at: When,
    pub left: String,
    pub calls: Vec<ComingCall>,
}

pub struct ComingCall {
    pub number: String,
    pub sev: Sev,
    pub title: String,
    pub assignee: Option<String>,
    pub due: Option<When>,
    pub prepared: bool,
}

pub fn duty(code: Option<&str>) -> String {
    code.unwrap_or("Duty manager").to_owned()
}

pub fn severity(n: i16) -> Sev {
    Severity::try_from(n).unwrap_or(Severity::Serious).into()
}

pub fn number(serial: i64) -> String {
    CallNumber::from_serial(serial).to_string()
}

/// A call as the router follows it.
pub fn held(call: &Urgent) -> Held {
    let since = call.queue_since.as_deref().and_then(|at| at.parse().ok());
    Held {
        queue: call.queue.clone(),
        subject: call.subject.clone(),
        region: call.region.clone(),
        since: since.unwrap_or_else(|| call.opened_at.to_jiff()),
    }
}

/// What somebody looks at, and when.
pub struct Looked<'a> {
    pub viewer: &'a Viewer,
    pub reference: &'a Reference,
    pub waiting: &'a [&'a Handover],
    pub lines: &'a [LastLine],
    pub now: Timestamp,
}

impl Looked<'_> {
    /// One's own region first, then in the order of the rules.
    pub fn regions(&self, urgent: &[Urgent], until: Timestamp) -> Vec<Region> {
        let rules = self.reference.router.rules();
        let ordered =
            rules.regions.iter().flat_map(|region| rules.cacs.iter().filter(move |cac| cac.region == *region));
        let mut coming = self.coming(urgent, until);
        let mut regions: Vec<Region> = ordered
            .enumerate()
            .map(|(index, cac)| {
                let calendar = rules.calendar(&cac.calendar);
                Region {
                    index: index % 5 + 1,
                    awake: calendar.is_some_and(|calendar| calendar.is_open(self.now)),
                    words: calendar.map_or_else(String::new, |c| {
                        super::super::queues::awake_words("", c, self.now).trim().to_owned()
                    }),
                    waiting: self.groups(Some(&cac.code)),
                    coming: coming.remove(&Some(cac.code.clone())).unwrap_or_default(),
                    code: cac.code.clone(),
                }
            })
            .collect();
        regions.sort_by_key(|region| self.viewer.cac.as_deref() != Some(region.code.as_str()));
        let (waiting, coming) = (self.groups(None), coming.remove(&None).unwrap_or_default());
        if !waiting.is_empty() || !coming.is_empty() || self.viewer.role == Role::DutyManager {
            let words = "when no region is open".to_owned();
            regions.push(Region { code: duty(None), index: 0, awake: true, words, waiting, coming });
        }
        regions
    }

    fn groups(&self, to: Option<&str>) -> Vec<Group> {
        let mut groups: BTreeMap<Timestamp, Vec<&Handover>> = BTreeMap::new();
        for row in self.waiting.iter().filter(|row| row.to_cac.as_deref() == to) {
            groups.entry(row.boundary_at.to_jiff()).or_default().push(row);
        }
        groups.into_iter().map(|(at, rows)| self.group(to, at, &rows)).collect()
    }

    fn group(&self, to: Option<&str>, at: Timestamp, rows: &[&Handover]) -> Group {
        let mut from: Vec<String> = rows.iter().map(|row| duty(row.from_cac.as_deref())).collect();
        from.sort();
        from.dedup();
        Group {
            from: from.join(", "),
            to: to.unwrap_or_default().to_owned(),
            boundary: view::when(at, "UTC", self.now),
            exact: at.to_string(),
            may_accept: self.may_accept(to),
            packets: rows.iter().map(|row| self.packet(row)).collect(),
        }
    }

    fn may_accept(&self, to: Option<&str>) -> bool {
        let staff = self.viewer.role.works_calls() && !self.viewer.is_watched();
        let here = to.is_some() && self.viewer.cac.as_deref() == to;
        staff && (self.viewer.role != Role::Engineer || here)
    }

    fn packet(&self, row: &Handover) -> Parcel {
        let packet = &row.packet.0;
        let lines = self.lines.iter().filter(|line| line.handover == row.id);
        Parcel {
            number: number(row.number),
            sev: severity(row.severity),
            title: row.title.clone(),
            place: format!("{} · {}", row.customer_name, row.site_name),
            status: packet.status.words(),
            had_it: row.had_it.clone(),
            next_step: row.next_step.clone().filter(|words| !words.is_empty()),
            promises: packet.promises.iter().map(|p| view::due(p.kind, p.due_at, self.now)).collect(),
            accept_by: row
                .accept_by
                .map(|at| view::due(crate::domain::objective::Kind::Acknowledge, at.to_jiff(), self.now)),
            escalated: row.escalated_at.is_some(),
            lines: lines.map(|line| self.line(line)).collect(),
        }
    }

    fn line(&self, line: &LastLine) -> Line {
        let who =
            line.actor_name.as_deref().unwrap_or(if line.party == Party::Device.name() { "The system" } else { "" });
        let what = Verb::from_name(&line.kind).map_or("", past_words);
        let said = line.body.as_deref().filter(|body| !body.is_empty()).map(glance);
        let words = said.map(|said| format!(": {said}")).unwrap_or_default();
        Line {
            what: format!("{who} {what}{words}").trim().to_owned(),
            at: view::ago(line.occurred_at.to_jiff(), self.now),
        }
    }

    /// What the next boundary of each call will do with it, by who gets it.
    fn coming(&self, urgent: &[Urgent], until: Timestamp) -> BTreeMap<Option<String>, Vec<Coming>> {
        let mut groups: BTreeMap<(Option<String>, Timestamp, Option<String>), Vec<ComingCall>> = BTreeMap::new();
        for call in urgent {
            let next = self.reference.router.next_handover(&held(call), self.now);
            let Some((at, handover)) = next.filter(|(at, _)| *at <= until) else { continue };
            groups.entry((handover.to, at, handover.from)).or_default().push(self.coming_call(call));
        }
        let mut by_receiver: BTreeMap<Option<String>, Vec<Coming>> = BTreeMap::new();
        for ((to, at, from), calls) in groups {
            let left = view::span(at.duration_since(self.now));
            let coming = Coming { from: duty(from.as_deref()), at: view::when(at, "UTC", self.now), left, calls };
            by_receiver.entry(to).or_default().push(coming);
        }
        by_receiver
    }

    fn coming_call(&self, call: &Urgent) -> ComingCall {
        ComingCall {
            number: number(call.number),
            sev: severity(call.severity),
            title: call.title.clone(),
            assignee: call.assignee_name.clone(),
            due: call.due_at.map(|at| view::when(at.to_jiff(), "UTC", self.now)),
            prepared: call.next_step.as_deref().is_some_and(|words| !words.is_empty()),
        }
    }
}

/// So much of what somebody wrote is shown here; the rest stands on the call.
const GLANCE: usize = 140;

fn glance(body: &str) -> String {
    let plain = body.replace('\n', " ");
    match plain.char_indices().nth(GLANCE) {
        Some((end, _)) => format!("{}…", &plain[..end]),
        None => plain,
    }
}

fn past_words(verb: Verb) -> &'static str {
    match verb {
        Verb::File => "opened it",
        Verb::Edit => "put something right",
        Verb::Acknowledge => "is looking at it",
        Verb::Assign => "changed who has it",
        Verb::Comment | Verb::Answer => "wrote",
        Verb::Note => "noted",
        Verb::AskCustomer => "asked",
        Verb::Hold => "put it on hold",
        Verb::Resume => "went on with it",
        Verb::ChangeSeverity => "changed the severity",
        Verb::HandOver => "handed it over",
        Verb::AcceptHandover => "accepted it",
        Verb::Restore => "reports service restored",
        Verb::Reopen => "opened it again",
        Verb::RejectSolution => "says it is not solved",
        Verb::Route => "chose its queue",
        Verb::PassOn => "passed it on",
        Verb::TakeReview => "reviews it",
        Verb::Resolve => "solved it",
        Verb::FoldAlarm => "called home again",
        Verb::ClearAlarm => "says the fault is over",
        Verb::Recover => "says that some of it is over",
        Verb::Flap => "comes and goes",
        Verb::ClockAtRisk => "saw a promise at risk",
        Verb::ClockMissed => "saw a promise missed",
        Verb::ClocksRecounted => "counted the promises anew",
        Verb::Remind => "reminded the customer",
        Verb::RemoteAccess => "changed the remote access",
        _ => "did something",
    }
}
