//! A CAC with its hours and queues at hand.
use jiff::Timestamp;

use super::decision::Opening;
use super::rules::{Cac, Queue, Rules};
use crate::domain::calendar::Calendar;

#[derive(Debug, Clone)]
pub(super) struct Center {
    pub code: String,
    pub region: String,
    pub calendar: Calendar,
    queues: Vec<Queue>,
}

impl Center {
    pub(super) fn of(cac: &Cac, rules: &Rules) -> Option<Self> {
        let queues = rules.queues.iter().filter(|queue| queue.cac == cac.code);
        Some(Self {
            code: cac.code.clone(),
            region: cac.region.clone(),
            calendar: rules.calendar(&cac.calendar)?.clone(),
            queues: queues.cloned().collect(),
        })
    }

    /// The queue that names the subject, else the one that takes the rest.
    pub(super) fn queue_for(&self, subject: Option<&str>) -> Option<&Queue> {
        let named = subject.and_then(|subject| self.queues.iter().find(|queue| queue.names(subject)));
        named.or_else(|| self.queues.iter().find(|queue| queue.takes_the_rest()))
    }

    pub(super) fn opening(&self, at: Timestamp) -> Opening {
        Opening { cac: self.code.clone(), open: self.calendar.is_open(at), changes_at: self.calendar.next_change(at) }
    }

    pub(super) fn renewals(&self) -> String {
        format!("renewals-{}", self.code.to_ascii_lowercase())
    }
}
