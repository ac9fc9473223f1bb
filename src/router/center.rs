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

    /// The queue that names the subject, else one that takes the rest; of several the one that speaks the language.
    pub(super) fn queue_for(&self, subject: Option<&str>, language: Option<&str>) -> Option<&Queue> {
        let named = subject.and_then(|subject| self.best(language, |queue| queue.names(subject)));
        named.or_else(|| self.best(language, Queue::takes_the_rest))
    }

    /// Whoever speaks it, else whoever speaks what the house speaks, else whoever there is: in the order of the rules.
    fn best(&self, language: Option<&str>, fits: impl Fn(&Queue) -> bool) -> Option<&Queue> {
        let strange = |queue: &&Queue| match language {
            Some(language) if queue.speaks(language) => 0,
            _ if queue.languages.is_empty() => 1,
            _ => 2,
        };
        self.queues.iter().filter(|queue| fits(queue)).min_by_key(strange)
    }

    pub(super) fn queue(&self, slug: &str) -> Option<&Queue> {
        self.queues.iter().find(|queue| queue.slug == slug)
    }

    pub(super) fn opening(&self, at: Timestamp) -> Opening {
        Opening { cac: self.code.clone(), open: self.calendar.is_open(at), changes_at: self.calendar.next_change(at) }
    }

    pub(super) fn slugs(&self) -> impl Iterator<Item = &str> {
        self.queues.iter().map(|queue| queue.slug.as_str())
    }

    pub(super) fn renewals(&self) -> String {
        format!("renewals-{}", self.code.to_ascii_lowercase())
    }
}

/// Of those that are open and have a queue for it, whoever stays longest; the earlier region wins a tie. Whoever files
/// and whoever hands over ask here.
pub(super) fn awake_longest<'c>(
    looked: impl DoubleEndedIterator<Item = (&'c Center, Opening)>,
    queue_for: impl Fn(&'c Center) -> Option<&'c Queue>,
) -> Option<(&'c Center, Opening, &'c Queue)> {
    let awake = looked.rev().filter(|(_, opening)| opening.open);
    let able = awake.filter_map(|(center, opening)| Some((center, opening, queue_for(center)?)));
    able.max_by_key(|(_, opening, _)| opening.changes_at.unwrap_or(Timestamp::MAX))
}
