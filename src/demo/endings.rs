//! How a call ends, and how it comes back.

use jiff::SignedDuration;

use super::{course::Course, profile::Stage};
use crate::{
    domain::{
        access::Actor,
        call::{CLOSE_DAYS, Change, CloseCode, REMIND_DAYS, Status},
        severity::Severity,
    },
    error::Result,
};

impl Course<'_> {
    pub fn resolve(&mut self) -> Result<()> {
        if self.call().status == Status::New {
            self.take()?;
        }
        if self.crossing && self.call().status.is_worked() {
            self.cross()?;
            self.pass(1_800.0)?;
            self.take()?;
        }
        if !self.call().status.is_worked() {
            return Ok(());
        }
        self.wait_for_staff();
        self.clear()?;
        self.pass(240.0)?;
        let staff = self.staff().actor();
        if self.urgent() && self.call().course.restored_at.is_none() {
            let words = self.say(&self.set.library.phrases.restore);
            self.write(staff, Change::Restore, Some(words))?;
            self.pass(900.0)?;
        }
        let fix = self.words.fill(self.fixes.say());
        self.write(staff, self.solution(), Some(fix))
    }

    pub fn solution(&self) -> Change {
        let cause = self.dice.clone().pick(&self.story.cause).clone();
        Change::Resolve { code: self.story.code.clone(), cause }
    }

    pub(super) fn reject(&mut self) -> Result<()> {
        self.wait_for_customer();
        let (customer, words) = (self.customer()?, self.say(&self.set.library.phrases.reject));
        self.write(customer, Change::RejectSolution, Some(words))
    }

    pub(super) fn reopen(&mut self) -> Result<()> {
        self.wait_for_customer();
        let (customer, words) = (self.customer()?, self.say(&self.set.library.phrases.reopen));
        self.write(customer, Change::Reopen, Some(words))?;
        self.target = self.set.world.target(self.system, self.pen.now);
        self.pen.route(&self.target, false)
    }

    pub(super) fn cancel(&mut self) -> Result<()> {
        self.clear()?;
        self.pass(900.0)?;
        let (staff, words) = (self.staff().actor(), self.say(&self.set.library.phrases.cancel));
        self.write(staff, Change::Cancel { duplicate_of: None }, Some(words))
    }

    /// The customer accepts, or says nothing until the portal reminds them and closes it.
    pub fn close(&mut self) -> Result<()> {
        if self.call().status != Status::Resolved {
            return Ok(());
        }
        let dwell = self.set.profile.dwell(Stage::Resolved, Stage::Closed, &mut self.dice);
        let patience = 5.0 * 86_400.0;
        if dwell < patience || self.brisk || self.call().severity == Severity::Critical {
            self.pass(dwell.min(4.5 * 86_400.0))?;
            self.wait_for_customer();
            let customer = self.customer()?;
            let words = self.dice.chance(0.6).then(|| self.say(&self.set.library.phrases.accept));
            return self.write(customer, Change::Accept, words);
        }
        self.close_in_silence()
    }

    pub fn close_in_silence(&mut self) -> Result<()> {
        let heard = self.call().last_public_at.unwrap_or(self.call().opened_at);
        let minute = self.dice.between(1, 55);
        for (days, change) in [(REMIND_DAYS, Change::Remind), (CLOSE_DAYS, Change::Close { code: CloseCode::Solved })] {
            let due = heard + SignedDuration::from_hours(24 * days) + SignedDuration::from_secs(minute);
            self.pen.now = self.pen.now.max(due);
            self.write(Actor::TIMER, change, None)?;
        }
        Ok(())
    }
}
