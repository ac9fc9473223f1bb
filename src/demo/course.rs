//! One made-up call from its filing on: who does what next, and how long that takes.
//!
//! Every line goes through the same table of verbs, the same router and the same clocks as a real one.

use std::collections::VecDeque;

use jiff::{SignedDuration, Timestamp};

use super::{
    dice::{Dice, seconds},
    fleet::System,
    incident::{Incident, actor, filing, signal, words},
    messages::Message,
    past::Setting,
    people::Person,
    stories::{Pool, Story, Words},
};
use crate::{
    actions::{intake, pen::Pen},
    domain::{
        access::{Actor, Role},
        alarm::{Alarm, Disposition},
        calendar::Calendar,
        call::{Call, Change, REMIND_DAYS, Status},
        severity::Severity,
    },
    error::{Error, Result},
    store::targets::Target,
};

/// The share of calls that staff work on: the others end by themselves, with a partner, or at once.
const WORKED_AT_A_DESK: f64 = 0.87;

/// A call on its way. Where `brisk`, everybody is quick, so that it ends while it is still the past.
pub struct Course<'a> {
    pub set: &'a Setting<'a>,
    pub story: &'a Story,
    pub system: &'a System,
    pub pen: Pen<'a>,
    pub target: Target,
    pub dice: Dice,
    pub words: Words,
    pub notes: Pool<'a>,
    pub updates: Pool<'a>,
    pub fixes: Pool<'a>,
    pub worker: Option<&'a Person>,
    pub brisk: bool,
    pub crossing: bool,
    site: Calendar,
    pub(super) signal: Option<Alarm>,
    pub(super) cleared_at: Option<Timestamp>,
    pub(super) folds: VecDeque<Timestamp>,
    pub(super) messages: Vec<Message>,
}

impl<'a> Course<'a> {
    /// Files and routes the call, as `actions` would.
    pub fn open(set: &'a Setting<'a>, incident: &Incident<'a>, brisk: bool) -> Result<Self> {
        let mut dice = incident.dice.clone();
        let target = set.world.target(incident.system, incident.at);
        let mut signal = signal(incident, &mut dice);
        let words = words(set, incident, signal.as_ref(), &mut dice);
        let title = words.fill(dice.line(&incident.story.titles));
        if let Some(alarm) = &mut signal {
            alarm.summary.clone_from(&title);
        }
        let raised = signal.clone().map(|alarm| raised(alarm, &target, &mut dice));
        let body = match &signal {
            Some(alarm) => intake::words(alarm, &target),
            None => words.fill(dice.line(&incident.story.opening)),
        };
        let filing = filing(incident, title, raised.as_ref(), &target);
        let mut pen = Pen::file(set.reference, &target, filing, &body, actor(incident), incident.at)?;
        pen.call.id = dice.id(incident.at);
        pen.route(&target, true)?;
        let mut course = Self::begun(set, incident, pen, target, words, dice)?;
        course.messages.extend(raised.map(|message| message.of_call(course.pen.call.id)));
        course.signal = signal;
        course.crossing &= !brisk;
        course.brisk = brisk;
        course.expect_folds();
        Ok(course)
    }

    fn begun(
        set: &'a Setting<'a>,
        incident: &Incident<'a>,
        pen: Pen<'a>,
        target: Target,
        words: Words,
        mut dice: Dice,
    ) -> Result<Self> {
        let (story, system, common) = (incident.story, incident.system, &set.library.phrases);
        Ok(Self {
            notes: Pool::new(&story.notes, &common.notes, &mut dice),
            updates: Pool::new(&story.updates, &common.updates, &mut dice),
            fixes: Pool::new(&[], &story.fixes, &mut dice),
            crossing: dice.chance(set.profile.crossing / WORKED_AT_A_DESK),
            site: set.reference.site_calendar(None, &target.time_zone, &target.country)?,
            messages: Vec::new(),
            folds: VecDeque::new(),
            worker: None,
            signal: None,
            cleared_at: None,
            brisk: false,
            set,
            story,
            system,
            pen,
            target,
            words,
            dice,
        })
    }

    pub fn call(&self) -> &Call {
        &self.pen.call
    }

    pub fn urgent(&self) -> bool {
        self.pen.call.severity.is_urgent()
    }

    /// A line on the call; what would lie in the future is refused.
    pub fn write(&mut self, actor: Actor, change: Change, body: Option<String>) -> Result<()> {
        self.tell_folds()?;
        if self.pen.now >= self.set.now {
            return Err(Error::refused("That has not happened yet."));
        }
        self.pen.tell_clocks()?;
        self.pen.write(actor, change, body)
    }

    pub fn say(&mut self, from: &'a [String]) -> String {
        self.words.fill(self.dice.line(from))
    }

    /// Time goes by; a customer who is silent for long is reminded meanwhile.
    pub fn pass(&mut self, length: f64) -> Result<()> {
        let mut until = self.pen.now + seconds(self.at_pace(length)) + SignedDuration::from_secs(1);
        let call = &self.pen.call;
        let silent = matches!(call.status, Status::AwaitingCustomer | Status::Resolved);
        if silent && call.severity != Severity::Critical {
            let heard = call.last_public_at.unwrap_or(call.opened_at);
            let reminder = heard + SignedDuration::from_hours(24 * REMIND_DAYS) + SignedDuration::from_secs(40);
            until = until.min(heard + SignedDuration::from_hours(24 * 9));
            if reminder < until && reminder > self.pen.now && call.reminded_at.is_none() {
                self.pen.now = reminder;
                self.write(Actor::TIMER, Change::Remind, None)?;
            }
        }
        self.pen.now = self.pen.now.max(until);
        Ok(())
    }

    /// Moves on to somewhere between the last line and now, nearer to now.
    pub fn lately(&mut self) -> Result<()> {
        let left = self.set.now.duration_since(self.pen.now).as_secs();
        if left < 180 {
            return Err(Error::refused("There is no time left for it."));
        }
        self.pen.now += SignedDuration::from_secs(self.dice.between(left / 3, left - 90));
        Ok(())
    }

    /// What is urgent does not wait for days, and the brisk wait for nothing.
    fn at_pace(&self, length: f64) -> f64 {
        let longest = match (self.brisk, self.pen.call.severity) {
            (true, _) => 1_500.0,
            (_, Severity::Critical) => 2_400.0,
            (_, Severity::Serious) if !self.pen.call.status.pauses() => 12_600.0,
            _ if self.pen.call.status == Status::Closed => 25.0 * 86_400.0,
            _ if self.pen.call.status == Status::OnHold => 21.0 * 86_400.0,
            _ => 4.0 * 86_400.0,
        };
        length.min(longest)
    }

    /// Nobody gets up at night for what can wait.
    pub fn wait_for_staff(&mut self) {
        let calendar = self.set.reference.cac_calendar(&self.pen.call.queue);
        if let Some(opens) = calendar.and_then(|calendar| calendar.next_open(self.pen.now)) {
            self.wait_until(opens);
        }
    }

    pub fn wait_for_customer(&mut self) {
        if let Some(opens) = self.site.next_open(self.pen.now) {
            self.wait_until(opens);
        }
    }

    fn wait_until(&mut self, opens: Timestamp) {
        if !self.urgent() && !self.brisk && opens > self.pen.now {
            self.pen.now = opens + SignedDuration::from_secs(self.dice.between(90, 5_400));
        }
    }

    /// Whoever works the call now, else somebody of the CAC that has it.
    pub fn staff(&mut self) -> &'a Person {
        let cac = self.cac();
        if let Some(worker) = self.worker.filter(|worker| worker.cac == cac) {
            return worker;
        }
        let role = match (&cac, self.dice.chance(0.12)) {
            (None, _) => Role::DutyManager,
            (_, true) => Role::CacLead,
            _ => Role::Engineer,
        };
        let fits = |p: &&Person| p.role == role && (cac.is_none() || p.cac == cac);
        let fitting: Vec<&Person> = self.set.world.people.iter().filter(fits).collect();
        fitting[self.dice.below(fitting.len())]
    }

    /// None is the duty manager's; a call in review belongs to the CAC of its region as far as staff go.
    fn cac(&self) -> Option<String> {
        let queue = &self.pen.call.queue;
        match queue.as_str() {
            "duty" => None,
            "partner" => Some(self.target.region.clone()),
            _ => {
                let slug = queue.strip_prefix("renewals-").or_else(|| queue.split('-').next()).unwrap_or_default();
                Some(slug.to_ascii_uppercase())
            }
        }
    }

    pub fn somebody_of(&mut self, account: uuid::Uuid) -> Option<&'a Person> {
        let people: Vec<&Person> = self.set.world.people.iter().filter(|p| p.account == account).collect();
        (!people.is_empty()).then(|| *self.dice.pick(&people))
    }

    pub fn customer(&mut self) -> Result<Actor> {
        let account = self.target.customer_id;
        let person =
            self.somebody_of(account).ok_or_else(|| Error::Internal("a customer without people".to_owned()))?;
        Ok(person.actor())
    }
}

fn raised(alarm: Alarm, target: &Target, dice: &mut Dice) -> Message {
    let covered = target.covered(alarm.occurred_at);
    let disposition = if covered { Disposition::Opened } else { Disposition::Uncovered };
    Message::new(alarm, target, disposition, None, dice)
}
