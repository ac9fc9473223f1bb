//! What a machine says on the call that it has opened: the same again, and in the end that it is over.

use jiff::SignedDuration;

use super::{
    course::Course,
    messages::{Fault, Message},
};
use crate::{
    actions::pen::Pen,
    domain::{
        access::{Actor, Party},
        alarm::{Alarm, Disposition, Kind},
        call::Change,
    },
    error::Result,
};

impl<'a> Course<'a> {
    /// It may repeat itself while people look.
    pub(super) fn expect_folds(&mut self) {
        if self.signal.is_none() || self.dice.chance(0.35) {
            return;
        }
        let mut at = self.pen.now;
        for _ in 0..self.dice.between(1, 7) {
            at += SignedDuration::from_secs(self.dice.between(240, 9_000));
            self.folds.push_back(at);
        }
    }

    pub(super) fn tell_folds(&mut self) -> Result<()> {
        let now = self.pen.now;
        while let Some(at) = self.folds.front().copied().filter(|at| *at < now) {
            self.folds.pop_front();
            self.pen.now = at;
            self.hear(Kind::Raised, Disposition::Folded)?;
        }
        self.pen.now = now;
        Ok(())
    }

    /// The fault is over, as far as the machine can tell.
    pub fn clear(&mut self) -> Result<()> {
        if self.signal.is_none() || self.cleared_at.is_some() {
            return Ok(());
        }
        self.tell_folds()?;
        self.folds.clear();
        self.cleared_at = Some(self.pen.now);
        self.hear(Kind::Cleared, Disposition::Cleared)
    }

    fn hear(&mut self, kind: Kind, disposition: Disposition) -> Result<()> {
        let Some(signal) = self.signal.clone() else { return Ok(()) };
        let alarm = Alarm { kind, occurred_at: self.pen.now, ..signal };
        let message = Message::new(alarm, &self.target, disposition, Some(self.pen.call.id), &mut self.dice);
        let (alarm_id, summary) = (message.id, message.alarm.summary.clone());
        let change = match kind {
            Kind::Cleared => Change::ClearAlarm { alarm_id, summary },
            _ => Change::FoldAlarm { alarm_id, summary, count: 1, cause: None },
        };
        let device = Actor { party: Party::Device, id: Some(self.system.id) };
        self.messages.push(message);
        self.pen.tell_clocks()?;
        self.pen.write(device, change, None)
    }

    /// Which fault the call is about, if a machine opened it.
    pub fn fingerprint(&self) -> Option<String> {
        self.messages.first().map(Message::fingerprint)
    }

    /// Lets the repeats happen that came before now.
    pub fn settle(&mut self) -> Result<()> {
        let at = self.pen.now;
        self.pen.now = self.set.now;
        self.tell_folds()?;
        self.pen.now = at;
        Ok(())
    }

    /// The pen, the messages of the machine, and what they leave of its fault.
    pub fn done(self) -> (Pen<'a>, Vec<Message>, Option<Fault>) {
        let ended = self.pen.call.ended_at;
        let fault = self.messages.first().map(|first| Fault {
            fingerprint: first.fingerprint(),
            system: self.system.id,
            customer: self.target.customer_id,
            call: self.pen.call.id,
            raised_at: first.received_at,
            cleared_at: self.cleared_at.or(ended),
            redundancy: first.alarm.redundancy(),
            site: self.target.site_id,
            component: first.alarm.component.clone(),
            summary: first.alarm.summary.clone(),
            severity: first.alarm.call_severity(),
            alarm: first.id,
            raises: self.messages.iter().filter(|message| message.alarm.kind == Kind::Raised).count(),
        });
        (self.pen, self.messages, fault)
    }
}
