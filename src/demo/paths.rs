//! The ways that not every call goes: to a partner, to another region, to nobody's contract.

use jiff::SignedDuration;

use super::{course::Course, people::Person};
use crate::{
    domain::{
        access::{Actor, Role},
        call::{Change, Status},
    },
    error::{Error, Result},
};

/// The desks of the logs sent calls from team to team until one fitted; a router finds it at once, and people talk.
const MISROUTED_ELSEWHERE: f64 = 0.65;

impl<'a> Course<'a> {
    /// The whole life of a call that is over.
    pub fn tell_to_the_end(&mut self) -> Result<()> {
        if self.clears_itself() {
            return self.end_by_itself();
        }
        if self.call().queue.starts_with("renewals-") {
            return self.without_contract();
        }
        if self.call().in_review() {
            self.review()?;
        }
        if self.call().queue == "duty" {
            self.leave_duty()?;
        }
        if self.call().status.is_worked() && !self.call().in_review() {
            return self.work();
        }
        if self.call().status.is_worked() {
            let partner = self.partner()?.actor();
            self.partner_solves(partner)?;
        }
        self.close()
    }

    /// Some faults are gone before anybody has looked.
    fn clears_itself(&mut self) -> bool {
        self.story.alarm.is_some() && !self.urgent() && !self.brisk && self.dice.chance(0.22)
    }

    fn end_by_itself(&mut self) -> Result<()> {
        let minutes = self.dice.between(4, 55);
        self.pen.now += SignedDuration::from_mins(minutes);
        self.clear()?;
        if self.call().status != Status::Resolved {
            return self.work();
        }
        self.close_in_silence()
    }

    pub fn partner(&mut self) -> Result<&'a Person> {
        let account = self.call().partner_id;
        let person = account.and_then(|account| self.somebody_of(account));
        person.ok_or_else(|| Error::Internal("a review without a partner".to_owned()))
    }

    /// The partner takes it, passes it on, lets the time pass, or says that it needs no work.
    fn review(&mut self) -> Result<()> {
        let partner = self.partner()?.actor();
        let phrases = &self.set.library.phrases;
        let luck = self.dice.fraction();
        let accept_by = self.call().review.and_then(|review| review.accept_by).unwrap_or(self.pen.now);
        let minutes = accept_by.duration_since(self.pen.now).as_secs() / 60;
        self.pen.now += SignedDuration::from_mins(self.dice.between(2, (minutes - 1).max(3)));
        if luck < 0.45 {
            return self.take_review(partner);
        }
        if luck < 0.7 {
            let words = self.say(&phrases.pass_on);
            return self.pass_on(partner, words);
        }
        if luck < 0.92 {
            self.pen.now = accept_by + SignedDuration::from_secs(self.dice.between(1, 55));
            return self.pass_on(Actor::TIMER, "The partner did not take it in time.".to_owned());
        }
        let words = self.say(&phrases.dismiss);
        self.write(partner, Change::Dismiss, Some(words))
    }

    pub fn take_review(&mut self, partner: Actor) -> Result<()> {
        self.write(partner, Change::TakeReview, None)?;
        self.pass(1_500.0)?;
        let words = self.say(&self.set.library.phrases.partner);
        self.write(partner, Change::Comment { wants_severity: None }, Some(words))?;
        if self.dice.chance(0.5) {
            return Ok(());
        }
        let hours = self.dice.between(1, 20);
        self.pass(f64::from(i32::try_from(hours * 3_600).unwrap_or(3_600)))?;
        let words = self.say(&self.set.library.phrases.pass_on);
        self.pass_on(partner, words)
    }

    fn partner_solves(&mut self, partner: Actor) -> Result<()> {
        self.pass(14_400.0)?;
        self.wait_for_customer();
        self.clear()?;
        self.pass(600.0)?;
        if self.call().status.is_worked() {
            let words = self.say(&self.set.library.phrases.partner_fix);
            self.write(partner, self.solution(), Some(words))?;
        }
        Ok(())
    }

    fn pass_on(&mut self, who: Actor, words: String) -> Result<()> {
        self.write(who, Change::PassOn, Some(words))?;
        self.target = self.set.world.target(self.system, self.pen.now);
        self.pen.route(&self.target, false)
    }

    /// Nobody was open: the duty manager looks at it and finds it a home.
    fn leave_duty(&mut self) -> Result<()> {
        self.pass(1_200.0)?;
        self.take()?;
        let home = self.target.region.to_ascii_lowercase();
        self.hand_over(&format!("{home}-{}", self.subject()))?;
        self.pass(900.0)
    }

    fn subject(&self) -> &'static str {
        match self.call().course.subject.as_deref() {
            Some("hardware") => "hardware",
            Some("os") => "os",
            Some("storage") => "storage",
            _ => "general",
        }
    }

    fn hand_over(&mut self, queue: &str) -> Result<()> {
        let named = self.set.reference.queue_name(queue);
        let words = self.say(&self.set.library.phrases.hand_over).replace("{queue}", &named);
        let staff = self.staff().actor();
        self.write(staff, Change::HandOver { queue: queue.to_owned(), shift: None }, Some(words))?;
        self.worker = None;
        Ok(())
    }

    /// Back to the queue: to another region if the call is one of those that cross, else nearby.
    pub fn give_back(&mut self) -> Result<()> {
        self.progress_if_over()?;
        if self.crossing {
            return self.cross();
        }
        if self.dice.chance(MISROUTED_ELSEWHERE) {
            return self.progress();
        }
        self.wait_for_staff();
        if self.dice.chance(0.45) {
            return self.hand_over_nearby();
        }
        let (staff, words) = (self.staff(), self.say(&self.set.library.phrases.shift));
        self.write(staff.actor(), Change::Note, Some(words))?;
        self.worker = None;
        self.write(staff.actor(), Change::Assign { assignee: None }, None)
    }

    fn progress_if_over(&mut self) -> Result<()> {
        if self.call().status.is_worked() { Ok(()) } else { self.progress() }
    }

    fn hand_over_nearby(&mut self) -> Result<()> {
        let (home, here) = self.call().queue.split_once('-').unwrap_or(("emea", "general"));
        let other = if here == self.subject() { "general" } else { self.subject() };
        let queue = format!("{home}-{other}");
        self.hand_over(&queue)
    }

    /// To a region that is awake, if there is one.
    pub fn cross(&mut self) -> Result<()> {
        let here = self.call().queue.split('-').next().unwrap_or_default().to_owned();
        let rules = self.set.reference.router.rules();
        let away: Vec<String> =
            rules.cacs.iter().map(|cac| cac.code.to_ascii_lowercase()).filter(|c| *c != here).collect();
        let now = self.pen.now;
        let awake = |cac: &&String| self.set.reference.calendar(cac).is_some_and(|calendar| calendar.is_open(now));
        let chosen = away.iter().find(awake).unwrap_or(&away[0]).clone();
        self.crossing = false;
        self.hand_over(&format!("{chosen}-{}", self.subject()))
    }

    /// A lead gives it to somebody, or a colleague takes it over.
    pub fn give_to_colleague(&mut self) -> Result<()> {
        self.progress_if_over()?;
        self.wait_for_staff();
        self.worker = None;
        let colleague = self.staff();
        if self.call().assignee_id == Some(colleague.id) {
            self.worker = Some(colleague);
            return self.note();
        }
        let cac = colleague.cac.clone();
        let lead = self.set.world.people.iter().find(|p| p.role == Role::CacLead && p.cac == cac);
        let giver = if self.dice.chance(0.5) { lead.unwrap_or(colleague) } else { colleague };
        self.worker = Some(colleague);
        self.write(giver.actor(), Change::Assign { assignee: Some(colleague.id) }, None)
    }

    /// Seen and answered, though nobody is bound to work on it.
    fn without_contract(&mut self) -> Result<()> {
        let phrases = &self.set.library.phrases;
        self.acknowledge()?;
        self.pass(1_800.0)?;
        let (staff, words) = (self.staff().actor(), self.say(&phrases.uncovered));
        self.write(staff, Change::Comment { wants_severity: None }, Some(words))?;
        self.pass(90_000.0)?;
        self.wait_for_staff();
        let words = self.say(&phrases.uncovered_note);
        self.write(staff, Change::Note, Some(words))?;
        self.pass(200_000.0)?;
        self.wait_for_staff();
        self.clear()?;
        self.pass(600.0)?;
        let words = self.say(&phrases.uncovered_fix);
        let change = Change::Resolve { code: "Advice given".to_owned(), cause: "no contract".to_owned() };
        self.write(staff, change, Some(words))?;
        self.close()
    }
}
