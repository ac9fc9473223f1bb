//! The history of a call as people read it: their words stand out, the machines' are quiet and folded.

use jiff::Timestamp;

use super::{
    super::{
        shell::initials,
        view::{self, When},
    },
    edits,
    machines::{self, party_words},
    playbook, remote,
};
use crate::{
    domain::{
        access::{Party, Viewer},
        call::{Change, CloseCode, Due, Routing},
        objective::Kind,
        policy::{Action, Relation, Resource},
    },
    reference::Reference,
    store::{calls::CallDetail, history::Told},
};

pub enum Item {
    /// What somebody wrote.
    Entry(Entry),
    /// What happened by itself or without many words.
    Machine(Machine),
}

pub struct Entry {
    pub seq: i32,
    pub class: &'static str,
    pub author: String,
    pub initials: String,
    pub audience: String,
    pub at: When,
    pub body: String,
    pub tag: Option<String>,
    /// What was removed is said by us, not by the author.
    pub removed: bool,
    /// Where this reader may ask for the words to be removed.
    pub redaction: Option<String>,
}

pub struct Machine {
    pub seq: i32,
    pub tag: &'static str,
    pub text: String,
    pub at: When,
    pub why: bool,
    /// Lines folded under this one.
    pub more: Vec<(When, String)>,
}

pub fn items(told: &[Told], viewer: &Viewer, detail: &CallDetail, reference: &Reference, now: Timestamp) -> Vec<Item> {
    let reader = Reader { viewer, detail, reference, now };
    let mut items: Vec<Item> = Vec::new();
    for line in told {
        match reader.item(line) {
            Item::Machine(folded) if is_alarm(line) => fold(&mut items, folded),
            item => items.push(item),
        }
    }
    items
}

fn is_alarm(told: &Told) -> bool {
    matches!(told.line.change, Change::FoldAlarm { .. } | Change::ImportedChange(_))
}

/// The same thing again goes under the first.
fn fold(items: &mut Vec<Item>, next: Machine) {
    match items.last_mut() {
        Some(Item::Machine(first)) if first.tag == next.tag && first.tag == "alarm" => {
            first.more.push((next.at, next.text));
        }
        _ => items.push(Item::Machine(next)),
    }
}

fn author(told: &Told) -> String {
    told.actor_name.clone().unwrap_or_else(|| party_words(told.line.actor.party).to_owned())
}

struct Reader<'a> {
    viewer: &'a Viewer,
    detail: &'a CallDetail,
    reference: &'a Reference,
    now: Timestamp,
}

impl Reader<'_> {
    fn item(&self, told: &Told) -> Item {
        let line = &told.line;
        let words = line.body.as_deref().unwrap_or_default();
        let spoken = matches!(
            line.change,
            Change::File(_)
                | Change::Comment { .. }
                | Change::Note
                | Change::NextStep
                | Change::AskCustomer
                | Change::Answer
                | Change::Resolve { .. }
                | Change::RejectSolution
                | Change::Reopen
                | Change::PlaybookStep { .. }
        );
        let removed = self.removed(told);
        if let Some(said) = &removed
            && spoken
        {
            return Item::Entry(Entry { removed: true, redaction: None, ..self.entry(told, said) });
        }
        if spoken && line.actor.party.is_person() && !words.is_empty() {
            return Item::Entry(self.entry(told, words));
        }
        Item::Machine(self.machine(told))
    }

    /// The line stays; what it said is gone, and this says since when and by whom.
    fn removed(&self, told: &Told) -> Option<String> {
        let (at, by) = told.redacted.as_ref()?;
        let day = view::day(*at, &self.detail.place.time_zone);
        Some(format!("Words removed on {day} by {}.", by.as_deref().unwrap_or("the house")))
    }

    fn redaction(&self, told: &Told) -> Option<String> {
        let may = self.viewer.may(Action::Redact, Resource::History, Relation::Own).is_ok();
        may.then(|| format!("/calls/{}/redaction?seq={}", self.detail.call.number, told.line.seq))
    }

    fn at(&self, told: &Told) -> When {
        let zone = self.viewer.time_zone.as_deref().unwrap_or(&self.detail.place.time_zone);
        view::when(told.line.occurred_at, zone, self.now)
    }

    fn entry(&self, told: &Told, words: &str) -> Entry {
        let author = author(told);
        let note = matches!(told.line.change, Change::Note | Change::NextStep);
        Entry {
            seq: told.place,
            class: match (note, told.line.actor.party) {
                (true, _) => "note",
                (_, Party::Staff) => "",
                _ => "theirs",
            },
            initials: initials(&author),
            audience: self.audience(told, note),
            author,
            at: self.at(told),
            body: words.to_owned(),
            tag: tag(&told.line.change),
            removed: false,
            redaction: self.redaction(told),
        }
    }

    fn audience(&self, told: &Told, note: bool) -> String {
        let own = told.line.actor.id == Some(self.viewer.person_id);
        match told.line.actor.party {
            _ if note => "work note, staff only".to_owned(),
            Party::Staff if self.viewer.scope.internal() => "to customer and partner".to_owned(),
            Party::Staff => "Customer Assistance Center".to_owned(),
            _ if own => "you".to_owned(),
            Party::Customer => self.detail.place.customer_name.clone(),
            Party::Partner => self.detail.place.partner_name.clone().unwrap_or_else(|| "partner".to_owned()),
            party => party_words(party).to_owned(),
        }
    }

    fn machine(&self, told: &Told) -> Machine {
        let (tag, text) = self.words(told);
        Machine {
            seq: told.place,
            tag,
            text,
            at: self.at(told),
            why: matches!(told.line.change, Change::Route(_)),
            more: more(told),
        }
    }

    fn words(&self, told: &Told) -> (&'static str, String) {
        let (who, place) = (author(told), &self.detail.place);
        let body = told.line.body.clone().or_else(|| self.removed(told));
        let said = body.map(|body| format!(": {body}")).unwrap_or_default();
        match &told.line.change {
            Change::File(_) => {
                let tag = if self.detail.call.course.playbook.is_some() { "silence" } else { "call-home" };
                (tag, told.line.body.clone().unwrap_or_else(|| format!("{who} opened this call")))
            }
            Change::Route(routing) => ("router", self.routed(routing)),
            Change::Edit(edits) => ("put right", format!("{who}: {}", edits::words(edits))),
            Change::Acknowledge => ("answered", format!("{who} is looking at it")),
            Change::Assign { assignee } => ("assigned", assigned(&who, told, assignee.is_some())),
            Change::Hold { reason } => ("on hold", format!("{who}: {}{said}", reason.words())),
            Change::Resume => ("open", format!("{who} goes on with it")),
            Change::ChangeSeverity { from, to, .. } => ("severity", format!("{who}: {from} is now {to}{said}")),
            Change::TakeReview => ("review", format!("{who} has taken it")),
            Change::PassOn => ("review", format!("{who} passed it on{said}")),
            Change::Dismiss => ("review", format!("{who} dismissed it{said}")),
            Change::HandOver { shift: Some(shift), .. } if shift.sun.is_some() => {
                ("handed over", told.line.body.clone().unwrap_or_default())
            }
            Change::HandOver { queue, .. } => {
                ("handed over", format!("{who} gave it to {}{said}", self.reference.queue_name(queue)))
            }
            Change::AcceptHandover => ("accepted", format!("{who} has taken it over")),
            Change::Restore => ("restored", format!("{who}: service is back")),
            Change::Accept => ("closed", format!("{who} accepted the solution")),
            Change::Close { code: CloseCode::Solved } => ("closed", format!("{who} closed it")),
            Change::Close { code: CloseCode::NoAnswer } => ("closed", "nobody answered for ten days".to_owned()),
            Change::Reopen => ("open again", format!("{who}{said}")),
            Change::Cancel { duplicate_of: Some(other) } => ("cancelled", format!("{who}: same as {other}{said}")),
            Change::Cancel { duplicate_of: None } => ("cancelled", format!("{who}{said}")),
            Change::ClockAtRisk { kind, due_at } => ("at risk", self.pressed("is at risk, due", *kind, *due_at)),
            Change::ClockMissed { kind, due_at } => ("missed", self.pressed("is late, it was due", *kind, *due_at)),
            Change::ClocksRecounted { was } => ("hours", self.recounted(*was, told.line.due)),
            Change::Remind => ("reminder", "the customer was asked once more".to_owned()),
            Change::FoldAlarm { .. }
            | Change::ClearAlarm { .. }
            | Change::Recover { .. }
            | Change::Flap { .. }
            | Change::JoinStorm { .. }
            | Change::EndSilence { .. } => machines::words(&told.line.change, &who),
            Change::FallSilent { systems, beside, .. } => {
                let beside = self.viewer.scope.internal().then_some(beside.as_slice());
                ("silent", machines::silent(&who, *systems, beside))
            }
            Change::PlaybookStep { step, found } => {
                ("playbook", format!("{}{said}", playbook::done(&who, *step, *found)))
            }
            Change::RemoteAccess(event) => {
                ("remote access", remote::line(event, &who, &said, &place.time_zone, self.now))
            }
            Change::ImportedChange(row) => ("imported", machines::imported(row, told.line.status.words())),
            Change::Comment { .. } | Change::Note | Change::NextStep | Change::AskCustomer | Change::Answer => {
                ("said", format!("{who}{said}"))
            }
            Change::Resolve { cause, .. } => ("resolved", format!("{who}: {cause}{said}")),
            Change::RejectSolution => ("open again", format!("{who} says it is not solved{said}")),
        }
    }

    fn pressed(&self, how: &str, kind: Kind, due_at: Timestamp) -> String {
        let place = &self.detail.place;
        let due = view::at_place(due_at, &place.time_zone, self.now);
        format!("{} {how} {due} {}", capital(kind.words()), view::city(&place.time_zone))
    }

    /// Hours were changed under the promises: which instant comes first now, and which did.
    fn recounted(&self, was: Option<Due>, due: Option<Due>) -> String {
        let zone = &self.detail.place.time_zone;
        let named = |due: Due| format!("{} by {}", due.kind.words(), view::at_place(due.at, zone, self.now));
        let now = due.map_or_else(|| "nothing is due".to_owned(), |due| capital(&named(due)));
        let before = was.map_or_else(String::new, |was| format!(", before it was {}", named(was)));
        format!("opening hours have changed: {now} {}{before}", view::city(zone))
    }

    fn routed(&self, routing: &Routing) -> String {
        let queue = self.reference.queue_name(&routing.queue);
        format!("{queue}: {}", routing.chip)
    }
}

/// An imported row shows its own words, as they stood there.
fn more(told: &Told) -> Vec<(When, String)> {
    let Change::ImportedChange(row) = &told.line.change else { return Vec::new() };
    row.words.iter().map(|(name, value)| (When::default(), format!("{name}: {value}"))).collect()
}

fn capital(words: &str) -> String {
    let mut letters = words.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

fn assigned(who: &str, told: &Told, somebody: bool) -> String {
    match (&told.assignee_name, somebody) {
        (Some(name), _) if name == who => format!("{who} took it"),
        (Some(name), _) => format!("{who} gave it to {name}"),
        (None, true) => format!("{who} gave it to somebody"),
        (None, false) => format!("{who} put it back; nobody has it"),
    }
}

fn tag(change: &Change) -> Option<String> {
    match change {
        Change::NextStep => Some("next step".to_owned()),
        Change::AskCustomer => Some("question".to_owned()),
        Change::Resolve { .. } => Some("solution".to_owned()),
        Change::RejectSolution => Some("not solved".to_owned()),
        Change::Reopen => Some("open again".to_owned()),
        Change::PlaybookStep { step, found } => Some(playbook::tag(*step, *found)),
        Change::Comment { wants_severity: Some(wanted) } => Some(format!("asks for {}", wanted.word().to_lowercase())),
        _ => None,
    }
}
