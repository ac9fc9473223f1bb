//! What a simulation has found.
use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Answer, Asked};
use crate::domain::severity::Severity;

/// Nobody reads more lines than that; all are counted.
const SHOWN: usize = 500;

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    pub calls: u64,
    /// Calls that another queue would have.
    pub moved_count: u64,
    /// The first of them.
    pub moved: Vec<Move>,
    /// Calls that stay in their queue and wait there for another opening.
    pub waits_changed: u64,
    pub duty_pages: Change,
    pub queues: BTreeMap<String, Load>,
    pub promises: Promises,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    pub before: u64,
    pub after: u64,
}

/// One call that goes elsewhere.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Move {
    pub name: String,
    pub at: Timestamp,
    pub severity: Severity,
    pub from_queue: String,
    pub to_queue: String,
    pub why_before: String,
    pub why_after: String,
}

/// What arrives in one queue, by the hour of the UTC day.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Load {
    pub calls: Change,
    pub hours_before: [u64; 24],
    pub hours_after: [u64; 24],
}

/// First answers that somebody could give in time.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Promises {
    pub asked: u64,
    pub possible: Change,
    pub gained: u64,
    pub lost: u64,
    /// The first of the lost ones.
    pub lost_calls: Vec<Promise>,
}

/// A promise that could be kept, and would not be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Promise {
    pub name: String,
    pub due: Timestamp,
    /// When somebody would be there; none if never.
    pub first_before: Option<Timestamp>,
    pub first_after: Option<Timestamp>,
}

impl Report {
    /// Whether any call fares otherwise.
    pub fn is_unchanged(&self) -> bool {
        self.moved_count == 0 && self.waits_changed == 0 && self.promises.gained == 0 && self.promises.lost == 0
    }

    pub(super) fn add(&mut self, call: &Asked, before: &Answer, after: &Answer) {
        self.calls += 1;
        self.duty_pages.before += u64::from(before.pages_duty);
        self.duty_pages.after += u64::from(after.pages_duty);
        let hour = hour_of_day(call.facts.at);
        let load = self.load(&before.decision.queue);
        load.calls.before += 1;
        load.hours_before[hour] += 1;
        let load = self.load(&after.decision.queue);
        load.calls.after += 1;
        load.hours_after[hour] += 1;
        self.compare(call, before, after);
        self.promises.add(call, before.first, after.first);
    }

    fn compare(&mut self, call: &Asked, before: &Answer, after: &Answer) {
        let (before, after) = (&before.decision, &after.decision);
        if before.queue == after.queue {
            self.waits_changed += u64::from(before.wait_until != after.wait_until);
            return;
        }
        self.moved_count += 1;
        if self.moved.len() < SHOWN {
            self.moved.push(Move {
                name: call.name.clone(),
                at: call.facts.at,
                severity: call.facts.severity,
                from_queue: before.queue.clone(),
                to_queue: after.queue.clone(),
                why_before: before.chip().to_owned(),
                why_after: after.chip().to_owned(),
            });
        }
    }

    fn load(&mut self, queue: &str) -> &mut Load {
        self.queues.entry(queue.to_owned()).or_default()
    }
}

impl Promises {
    fn add(&mut self, call: &Asked, first_before: Option<Timestamp>, first_after: Option<Timestamp>) {
        let Some(due) = call.promise else { return };
        let in_time = |first: Option<Timestamp>| first.is_some_and(|first| first <= due);
        let (before, after) = (in_time(first_before), in_time(first_after));
        self.asked += 1;
        self.possible.before += u64::from(before);
        self.possible.after += u64::from(after);
        self.gained += u64::from(!before && after);
        self.lost += u64::from(before && !after);
        if before && !after && self.lost_calls.len() < SHOWN {
            self.lost_calls.push(Promise { name: call.name.clone(), due, first_before, first_after });
        }
    }
}

fn hour_of_day(at: Timestamp) -> usize {
    usize::try_from(at.as_second().div_euclid(3600).rem_euclid(24)).unwrap_or(0)
}
