//! What people do with a call, one after the other.

use super::{course::Course, profile::Stage};
use crate::{
    domain::{
        call::{Change, HoldReason, Status},
        severity::Severity,
    },
    error::Result,
};

/// More than any but the most troublesome calls move.
const MOST_BEATS: usize = 22;
/// Two rows of a log that are closer than this tell of one thing.
const DOUBLED: f64 = 60.0;

impl Course<'_> {
    /// From the queue to the customer's word that it is solved, by the moves that real desks make.
    pub fn work(&mut self) -> Result<()> {
        self.acknowledge()?;
        if self.dice.chance(0.012) {
            return self.cancel();
        }
        let mut stage = Stage::InProgress;
        for _ in 0..if self.brisk { 3 } else { MOST_BEATS } {
            let next = self.set.profile.next(stage, &mut self.dice);
            if matches!(next, Stage::End | Stage::Cancelled) {
                break;
            }
            let dwell = self.set.profile.dwell(stage, next, &mut self.dice);
            if next != stage || dwell > DOUBLED {
                self.beat(next, dwell)?;
            }
            stage = next;
        }
        self.finish()
    }

    /// Whatever is still to be said until the call is closed.
    pub fn finish(&mut self) -> Result<()> {
        if self.call().status.is_worked() {
            self.pass(1_200.0)?;
            self.resolve()?;
        }
        self.close()
    }

    pub fn beat(&mut self, next: Stage, dwell: f64) -> Result<()> {
        if next == Stage::Closed {
            return self.close();
        }
        let breath = self.dice.between(50, 400);
        self.pass(dwell.max(f64::from(i32::try_from(breath).unwrap_or(50))))?;
        match next {
            Stage::AwaitingAssignment => self.give_back(),
            Stage::Assigned => self.give_to_colleague(),
            Stage::WaitUser | Stage::WaitCustomer => self.ask(),
            Stage::Wait => self.hold(HoldReason::Scheduled),
            Stage::WaitVendor => self.hold(HoldReason::Vendor),
            Stage::WaitImplementation => self.hold(HoldReason::Part),
            Stage::Resolved | Stage::InCall => self.resolve(),
            _ => self.progress(),
        }
    }

    /// The first look, nearly always within the promise.
    pub fn acknowledge(&mut self) -> Result<()> {
        let dwell = self.set.profile.dwell(Stage::AwaitingAssignment, Stage::InProgress, &mut self.dice);
        let promised = match self.call().severity {
            Severity::Critical => 1_300.0,
            Severity::Serious => 5_400.0,
            Severity::Moderate => 11_000.0,
            Severity::Minor => 30_000.0,
        };
        let late = if self.dice.chance(0.03) { 1.8 } else { 1.0 };
        self.pass(dwell.min(promised) * late)?;
        self.wait_for_staff();
        if self.dice.chance(0.3) {
            let person = self.staff();
            self.write(person.actor(), Change::Acknowledge, None)?;
            self.pass(600.0)?;
        }
        self.take()
    }

    pub fn take(&mut self) -> Result<()> {
        let person = self.staff();
        self.worker = Some(person);
        self.write(person.actor(), Change::Assign { assignee: Some(person.id) }, None)
    }

    /// One step on: from wherever the call stands, towards a solution.
    pub fn progress(&mut self) -> Result<()> {
        match self.call().status {
            Status::AwaitingCustomer => self.answer(),
            Status::OnHold => self.resume(),
            Status::Resolved => self.reject(),
            Status::Closed => self.reopen(),
            Status::Cancelled => Ok(()),
            _ if self.call().assignee_id.is_none() => {
                self.wait_for_staff();
                self.take()
            }
            _ => self.talk(),
        }
    }

    fn talk(&mut self) -> Result<()> {
        match self.dice.fraction() {
            luck if luck < 0.42 => self.note(),
            luck if luck < 0.78 => self.update(),
            luck if luck < 0.81 => self.change_severity(),
            _ => {
                self.wait_for_customer();
                let (customer, words) = (self.customer()?, self.say(&self.set.library.phrases.customer));
                self.write(customer, Change::Comment { wants_severity: None }, Some(words))
            }
        }
    }

    pub fn note(&mut self) -> Result<()> {
        self.wait_for_staff();
        let words = self.words.fill(self.notes.say());
        let staff = self.staff().actor();
        self.write(staff, Change::Note, Some(words))
    }

    pub fn update(&mut self) -> Result<()> {
        self.wait_for_staff();
        let words = self.words.fill(self.updates.say());
        let staff = self.staff().actor();
        self.write(staff, Change::Comment { wants_severity: None }, Some(words))
    }

    fn change_severity(&mut self) -> Result<()> {
        self.wait_for_staff();
        let phrases = &self.set.library.phrases;
        let (to, why) = match self.call().severity {
            Severity::Critical => (Severity::Serious, &phrases.milder),
            Severity::Serious => (Severity::Moderate, &phrases.milder),
            Severity::Moderate => (Severity::Serious, &phrases.worse),
            Severity::Minor => (Severity::Moderate, &phrases.worse),
        };
        let (staff, from, words) = (self.staff().actor(), self.call().severity, self.say(why));
        self.write(staff, Change::ChangeSeverity { from, to, missed: Vec::new() }, Some(words))
    }

    /// Only an open call can be asked about or put on hold.
    fn be_open(&mut self) -> Result<()> {
        match self.call().status {
            Status::New => self.take(),
            Status::Open => Ok(()),
            _ => {
                self.progress()?;
                self.pass(300.0)
            }
        }
    }

    pub fn ask(&mut self) -> Result<()> {
        if self.call().status == Status::AwaitingCustomer {
            let (staff, words) = (self.staff().actor(), self.say(&self.set.library.phrases.chase));
            return self.write(staff, Change::Comment { wants_severity: None }, Some(words));
        }
        self.be_open()?;
        self.wait_for_staff();
        let (staff, words) = (self.staff().actor(), self.say(&self.story.ask));
        self.write(staff, Change::AskCustomer, Some(words))
    }

    fn answer(&mut self) -> Result<()> {
        self.wait_for_customer();
        let asked = self.call().course.pauses.len() == 1;
        let from = if asked { &self.story.answer } else { &self.set.library.phrases.customer };
        let (customer, words) = (self.customer()?, self.say(from));
        self.write(customer, Change::Answer, Some(words))
    }

    pub fn hold(&mut self, reason: HoldReason) -> Result<()> {
        self.be_open()?;
        self.wait_for_staff();
        let phrases = &self.set.library.phrases;
        let from = match reason {
            HoldReason::Part => &phrases.part,
            HoldReason::Vendor => &phrases.vendor,
            HoldReason::Scheduled => &phrases.scheduled,
        };
        let (staff, words) = (self.staff().actor(), self.say(from));
        self.write(staff, Change::Hold { reason }, Some(words))
    }

    fn resume(&mut self) -> Result<()> {
        self.wait_for_staff();
        let (staff, words) = (self.staff().actor(), self.say(&self.set.library.phrases.resume));
        self.write(staff, Change::Resume, Some(words))
    }
}
