use jiff::Timestamp;
use uuid::Uuid;

use super::{
    Change, Course, Due, Filing, ImportedChange, Line, Over, Resolution, Review, Status, Ticked, Wait, Waiting,
};
use crate::domain::{
    access::{Actor, Party},
    number::CallNumber,
    objective::{Miss, Pause, Risk},
    severity::Severity,
};

/// The call as its history tells it: every field follows from the lines, in order.
#[derive(Debug, Clone, PartialEq)]
pub struct Call {
    pub customer_id: Uuid,
    pub id: Uuid,
    pub number: CallNumber,
    pub site_id: Uuid,
    pub system_id: Option<Uuid>,
    pub version: i32,
    pub origin: Party,
    pub title: String,
    pub severity: Severity,
    pub status: Status,
    pub review: Option<Review>,
    pub partner_id: Option<Uuid>,
    pub queue: String,
    pub assignee_id: Option<Uuid>,
    pub filed_by: Option<Uuid>,
    pub due: Option<Due>,
    pub alarm_count: i32,
    pub reopen_count: i32,
    pub opened_at: Timestamp,
    pub updated_at: Timestamp,
    pub ended_at: Option<Timestamp>,
    pub last_public_at: Option<Timestamp>,
    pub reminded_at: Option<Timestamp>,
    pub wait_until: Option<Timestamp>,
    pub chip: String,
    pub external_number: Option<String>,
    pub course: Course,
}

/// What identifies a call and never changes: no line of history carries it.
#[derive(Debug, Clone, Copy)]
pub struct Identity {
    pub customer_id: Uuid,
    pub id: Uuid,
    pub number: CallNumber,
    pub site_id: Uuid,
    pub system_id: Option<Uuid>,
}

impl Call {
    /// The first line makes the call.
    pub fn file(identity: Identity, filing: &Filing, actor: &Actor, at: Timestamp, recorded_at: Timestamp) -> Self {
        Self {
            customer_id: identity.customer_id,
            id: identity.id,
            number: identity.number,
            site_id: identity.site_id,
            system_id: identity.system_id,
            version: 0,
            origin: actor.party,
            title: filing.title.clone(),
            severity: filing.severity,
            status: Status::New,
            review: None,
            partner_id: None,
            queue: String::new(),
            assignee_id: None,
            filed_by: actor.id.filter(|_| actor.party.is_person()),
            due: None,
            alarm_count: i32::from(filing.alarm_id.is_some()),
            reopen_count: 0,
            opened_at: at,
            updated_at: recorded_at,
            ended_at: None,
            last_public_at: None,
            reminded_at: None,
            wait_until: None,
            chip: String::new(),
            external_number: filing.external_number.clone(),
            course: Course {
                human_touched: actor.party.is_person(),
                subject: filing.subject.clone(),
                contact: filing.contact.clone(),
                available_24x7: filing.available_24x7,
                service_level: filing.service_level,
                ..Course::default()
            },
        }
    }

    pub fn in_review(&self) -> bool {
        self.review.is_some()
    }

    /// The version that a reader knows, and since when: who may not read internal lines can't count them either.
    pub fn version_for(&self, internal: bool) -> (i32, Timestamp) {
        if internal {
            return (self.version, self.updated_at);
        }
        (self.course.public_version, self.course.public_at.unwrap_or(self.opened_at))
    }

    /// Rebuilds a call from its whole history: it begins with a filing, or with the first row of an imported log.
    pub fn rebuild(identity: Identity, lines: &[Line]) -> Option<Self> {
        let first = lines.first()?;
        let filing = match &first.change {
            Change::File(filing) => filing.as_ref().clone(),
            Change::ImportedChange(row) => row.filing()?,
            _ => return None,
        };
        let mut call = Self::file(identity, &filing, &first.actor, first.occurred_at, first.recorded_at);
        for line in lines {
            call.apply(line);
        }
        Some(call)
    }

    /// Puts one more line of history on top.
    pub fn apply(&mut self, line: &Line) {
        let before = self.status;
        let over_since = self.course.resolved_at.or(self.ended_at);
        self.version = line.seq;
        self.updated_at = line.recorded_at;
        // Of a handover outsiders read no words, but they see the other queue.
        if line.change.is_seen_outside() {
            self.course.public_version += 1;
            self.course.public_at = Some(line.recorded_at);
        }
        self.move_to(line);
        self.mark_clocks(before, line);
        if line.actor.party == Party::Partner && line.in_review {
            self.take_review(line);
        }
        match &line.change {
            Change::Route(routing) => self.route(routing, line),
            Change::Edit(edits) => edits.put_into(self),
            Change::Assign { assignee } => self.assign(*assignee),
            Change::NextStep => self.course.next_step = Some(line.seq),
            Change::ChangeSeverity { to, missed, .. } => {
                self.severity = *to;
                self.course.anew_at = Some(line.occurred_at);
                for miss in missed {
                    self.miss(*miss);
                }
            }
            Change::HandOver { queue, shift } => self.hand_over(queue, shift.as_deref(), line),
            Change::AcceptHandover => self.course.handed = None,
            Change::Restore => self.course.restored_at = Some(line.occurred_at),
            Change::Resolve { code, cause } => self.course.resolution = Some(resolution(code, cause, line)),
            Change::Reopen | Change::RejectSolution => self.come_back(line, over_since),
            Change::ClockAtRisk { kind, .. } => {
                self.course.risks.push(Risk { kind: *kind, severity: self.severity, at: line.occurred_at });
            }
            Change::ClockMissed { kind, due_at } => self.miss(Miss { kind: *kind, at: *due_at }),
            Change::ClocksRecounted { .. } => self.course.anew_at = Some(line.occurred_at),
            Change::RemoteAccess(event) => self.course.remote = Some(event.access),
            Change::Remind => self.reminded_at = Some(line.occurred_at),
            Change::FoldAlarm { count, .. } => self.alarm_count += i32::try_from(*count).unwrap_or(i32::MAX),
            Change::FallSilent { .. } => self.course.playbook.get_or_insert_default().heard_at = None,
            Change::EndSilence { why: Over::Heard } => {
                self.course.playbook.get_or_insert_default().heard_at = Some(line.occurred_at);
            }
            Change::PlaybookStep { step, found } => {
                let ticked = Ticked { step: *step, at: line.occurred_at, found: *found };
                self.course.playbook.get_or_insert_default().ticked.push(ticked);
            }
            Change::ImportedChange(row) => {
                self.import(row);
                self.bring_back(before, line, over_since);
            }
            _ => {}
        }
        if !self.status.is_worked() {
            self.course.handed = None;
        }
        self.due = line.due;
    }

    fn move_to(&mut self, line: &Line) {
        if !line.in_review {
            self.review = None;
        }
        if line.actor.party.is_person() {
            self.course.human_touched = true;
        }
        let public = !line.change.is_internal() && line.actor.party.is_person();
        let resolved = line.status == Status::Resolved && self.status != Status::Resolved;
        if public || resolved || matches!(line.change, Change::File(_)) {
            self.last_public_at = Some(line.occurred_at);
            self.reminded_at = None;
        }
        self.status = line.status;
    }

    fn mark_clocks(&mut self, before: Status, line: &Line) {
        let (at, after) = (line.occurred_at, line.status);
        if after.pauses() && !before.pauses() {
            self.course.pauses.push(Pause { from: at, to: None });
            self.course.waits.push(Wait { from: at, why: Waiting::of(line) });
        }
        if before.pauses() && !after.pauses() {
            self.course.pauses.iter_mut().filter(|p| p.to.is_none()).for_each(|p| p.to = Some(at.max(p.from)));
        }
        if looks_at_it(before, line) {
            self.course.acknowledged_at.get_or_insert(at);
        }
        if speaks_to_customer(line) {
            self.course.last_update_at = Some(at);
        }
        if after == Status::Resolved && before != Status::Resolved {
            self.course.resolved_at = Some(at);
        }
        self.ended_at = after.is_ended().then(|| self.ended_at.unwrap_or(at));
    }

    fn miss(&mut self, miss: Miss) {
        if !self.course.misses.contains(&miss) {
            self.course.misses.push(miss);
        }
    }

    /// The promise to look at it begins anew, and what was solved is not. The time between counts for nobody.
    fn come_back(&mut self, line: &Line, over_since: Option<Timestamp>) {
        if let Some(from) = over_since {
            self.course.pauses.push(Pause { from, to: Some(line.occurred_at.max(from)) });
            self.course.waits.push(Wait { from, why: Waiting::Over });
        }
        self.course.anew_at = Some(line.occurred_at);
        self.course.resolved_at = None;
        self.course.restored_at = None;
        self.course.resolution = None;
        self.ended_at = None;
        if matches!(line.change, Change::Reopen) {
            self.reopen_count += 1;
            if line.actor.party != Party::Staff {
                self.course.restarted_at = Some(line.occurred_at);
                self.course.acknowledged_at = None;
            }
        }
    }

    /// Another desk's row is believed, not judged: even a closed call may simply be open again.
    fn bring_back(&mut self, before: Status, line: &Line, over_since: Option<Timestamp>) {
        if !before.is_worked() && line.status.is_worked() {
            self.reopen_count += i32::from(before.is_ended());
            self.come_back(line, over_since);
        }
    }

    fn import(&mut self, row: &ImportedChange) {
        if self.queue != row.queue {
            self.course.queue_changes += i32::from(!self.queue.is_empty());
            self.queue.clone_from(&row.queue);
        }
        self.severity = row.severity;
        "as in the imported log".clone_into(&mut self.chip);
        self.course.plain.clear();
        self.course.for_desks.clear();
        self.course.why = vec![format!("The imported log's last row names the team “{}”.", row.team)];
    }
}

fn resolution(code: &str, cause: &str, line: &Line) -> Resolution {
    Resolution { code: code.to_owned(), cause: cause.to_owned(), text: line.body.clone().unwrap_or_default() }
}

/// Somebody of ours has taken the call up: by saying so, by taking it, or with a first word.
fn looks_at_it(before: Status, line: &Line) -> bool {
    let begun = before == Status::New && line.status == Status::Open;
    let taken = matches!(line.change, Change::Assign { assignee: Some(_) });
    line.actor.party == Party::Staff && (begun || taken || speaks_to_customer(line))
}

/// What the customer reads from us counts as an update.
fn speaks_to_customer(line: &Line) -> bool {
    let words = matches!(
        line.change,
        Change::Comment { .. } | Change::AskCustomer | Change::Resolve { .. } | Change::PlaybookStep { .. }
    );
    words && line.actor.party == Party::Staff
}
