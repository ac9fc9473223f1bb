//! What becomes of urgent calls when a region closes, and when one opens (product, section 6).
//!
//! A call changes its owner only where its own CAC closes, or where the duty manager has it and somebody
//! opens: so no boundary moves it twice, and no opening pulls it back from a CAC that works on it.

use jiff::{SignedDuration, Timestamp};

use super::center::{Center, awake_longest};
use super::rules::Queue;
use super::{Router, words};

/// An open call of severity 1 or 2, as it lies in a queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    pub queue: String,
    pub subject: Option<String>,
    pub region: String,
    /// Since when the queue has it.
    pub since: Timestamp,
}

/// A change of owner; `from` or `to` none is the duty manager.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Handover {
    pub queue: String,
    pub from: Option<String>,
    pub to: Option<String>,
    pub boundary_at: Timestamp,
    pub why: Vec<String>,
    pub chip: String,
}

/// What has just become of a call, after which it may have to go elsewhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turned {
    /// It has another severity.
    Severity { was_urgent: bool },
    /// It was taken for solved; meanwhile it may have got another severity.
    Back { changed: bool },
}

/// The next boundary of the house: who gives, who takes; none is the duty manager.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Turn {
    pub at: Timestamp,
    pub from: Option<String>,
    pub to: Option<String>,
}

/// A boundary that is older is of no interest to anybody.
const LOOK_BACK: SignedDuration = SignedDuration::from_hours(14 * 24);
/// No call changes hands more often in any stretch that somebody looks at.
const MOST: usize = 200;

impl Router {
    /// What must happen to a call at an instant; none while its CAC is open, or nobody could do better.
    pub fn handover(&self, held: &Held, at: Timestamp) -> Option<Handover> {
        match self.owner_of(&held.queue) {
            Some(owner) if owner.calendar.is_open(at) => None,
            Some(owner) => Some(self.closing(owner, held, at)),
            None if held.queue == self.rules.duty_manager && self.home_of(&held.region).is_some() => {
                // Who gave it to the duty manager while others were awake meant it, until somebody opens.
                let opened = |center: &Center| last_change(center, held.since, at) > held.since;
                let (center, queue) = self.awake_longest(held.subject.as_deref(), at, opened)?;
                Some(opening(center, queue, held, at))
            }
            None => None,
        }
    }

    fn closing(&self, owner: &Center, held: &Held, at: Timestamp) -> Handover {
        let boundary_at = last_change(owner, held.since, at);
        let closed = format!("{} closed at {}", owner.code, words::there(&owner.calendar, boundary_at, at));
        let from = Some(owner.code.clone());
        let Some((center, queue)) = self.awake_longest(held.subject.as_deref(), at, |_| true) else {
            let why = vec![closed, "No CAC is open".into(), "The duty manager is paged".into()];
            let chip = format!("{} closed, duty manager", owner.code);
            return Handover { queue: self.rules.duty_manager.clone(), from, to: None, boundary_at, why, chip };
        };
        let till = words::open_till(center, &center.opening(at), at);
        let longest = format!("{} is awake longest, {till} {}", center.code, center.calendar.place());
        let why = vec![closed, longest, words::subject(held.subject.as_deref(), center, Some(queue))];
        let chip = format!("{} closed, {} {till}", owner.code, center.code);
        Handover { queue: queue.slug.clone(), from, to: Some(center.code.clone()), boundary_at, why, chip }
    }

    /// When the call changes hands next if nobody touches it, and how.
    pub fn next_handover(&self, held: &Held, from: Timestamp) -> Option<(Timestamp, Handover)> {
        let at = match self.owner_of(&held.queue) {
            Some(owner) if owner.calendar.is_open(from) => owner.calendar.open_until(from)?,
            Some(_) => from,
            None if self.handover(held, from).is_some() => from,
            None => self.centers.iter().filter_map(|center| next_opening(center, from)).min()?,
        };
        Some((at, self.handover(held, at)?))
    }

    /// Every change of hands until an instant: what the coming hours bring to a call that stays open.
    pub fn journey(&self, held: &Held, from: Timestamp, until: Timestamp) -> Vec<(Timestamp, Handover)> {
        let (mut held, mut at, mut moves) = (held.clone(), from, Vec::new());
        while moves.len() < MOST {
            let Some((when, handover)) = self.next_handover(&held, at).filter(|(when, _)| *when <= until) else {
                break;
            };
            held = Held { queue: handover.queue.clone(), since: when, ..held };
            at = when;
            moves.push((when, handover));
        }
        moves
    }

    /// Queues in which no urgent call may lie at that instant: their CAC is closed, or somebody could relieve duty.
    pub fn forsaken(&self, at: Timestamp) -> Vec<String> {
        let (open, closed): (Vec<_>, Vec<_>) = self.centers.iter().partition(|center| center.calendar.is_open(at));
        let mut queues: Vec<String> = closed.iter().flat_map(|center| center.slugs().map(str::to_owned)).collect();
        queues.extend((!open.is_empty()).then(|| self.rules.duty_manager.clone()));
        queues
    }

    /// Queues whose urgent calls follow the sun at all.
    pub fn sunlit(&self) -> Vec<String> {
        let mut queues: Vec<String> = self.rules.queues.iter().map(|queue| queue.slug.clone()).collect();
        queues.push(self.rules.duty_manager.clone());
        queues
    }

    /// Every instant of a stretch, its end included, at which a CAC opens or closes.
    pub fn boundaries(&self, after: Timestamp, until: Timestamp) -> Vec<Timestamp> {
        let of = |center: &Center| {
            let next = |at: &Timestamp| center.calendar.next_change(*at).filter(|at| *at <= until);
            std::iter::successors(next(&after), next).take(MOST).collect::<Vec<_>>()
        };
        let mut all: Vec<Timestamp> = self.centers.iter().flat_map(of).collect();
        all.sort_unstable();
        all.dedup();
        all
    }

    /// Who gives to whom next: the first close among those awake, else the opening that relieves the duty manager.
    pub fn next_turn(&self, now: Timestamp) -> Option<Turn> {
        let awake = self.centers.iter().filter(|center| center.calendar.is_open(now));
        let closing =
            awake.filter_map(|center| Some((center.calendar.open_until(now)?, center))).min_by_key(|(at, _)| *at);
        if let Some((at, center)) = closing {
            let to = self.awake_longest(None, at, |_| true).map(|(center, _)| center.code.clone());
            return Some(Turn { at, from: Some(center.code.clone()), to });
        }
        if self.centers.iter().any(|center| center.calendar.is_open(now)) {
            return None;
        }
        let at = self.centers.iter().filter_map(|center| center.calendar.next_open(now)).min()?;
        let (center, _) = self.awake_longest(None, at, |_| true)?;
        Some(Turn { at, from: None, to: Some(center.code.clone()) })
    }

    /// Whether a call must be routed anew, because of what has just become of it.
    pub fn is_astray(&self, queue: &str, region: &str, urgent: bool, turned: Turned, at: Timestamp) -> bool {
        let asleep = || self.owner_of(queue).is_some_and(|owner| !owner.calendar.is_open(at));
        match turned {
            Turned::Severity { .. } if urgent => asleep(),
            Turned::Severity { was_urgent } => was_urgent && self.is_abroad(queue, region),
            // It came to the duty manager because everybody slept; by now somebody may be awake.
            Turned::Back { .. } if urgent => asleep() || queue == self.rules.duty_manager,
            Turned::Back { changed } => changed && self.is_abroad(queue, region),
        }
    }

    /// Whether a call that can wait lies where only urgent ones go: with the duty manager, or far from home.
    fn is_abroad(&self, queue: &str, region: &str) -> bool {
        let Some(home) = self.home_of(region) else { return false };
        queue == self.rules.duty_manager || self.owner_of(queue).is_some_and(|owner| owner.code != home.code)
    }

    /// The CAC that works a queue, if it follows the sun.
    fn owner_of(&self, queue: &str) -> Option<&Center> {
        self.centers.iter().find(|center| center.slugs().any(|slug| slug == queue))
    }

    fn awake_longest(
        &self,
        subject: Option<&str>,
        at: Timestamp,
        also: impl Fn(&Center) -> bool,
    ) -> Option<(&Center, &Queue)> {
        let open = self.centers.iter().filter(|center| center.calendar.is_open(at) && also(center));
        let looked = open.map(|center| (center, center.opening(at)));
        awake_longest(looked, |center| center.queue_for(subject, None)).map(|(center, _, queue)| (center, queue))
    }
}

fn opening(center: &Center, queue: &Queue, held: &Held, at: Timestamp) -> Handover {
    let boundary_at = last_change(center, held.since, at);
    let opened = format!("{} opened at {}", center.code, words::there(&center.calendar, boundary_at, at));
    let why = vec![opened, words::subject(held.subject.as_deref(), center, Some(queue))];
    let chip = format!("{} has opened", center.code);
    Handover { queue: queue.slug.clone(), from: None, to: Some(center.code.clone()), boundary_at, why, chip }
}

fn next_opening(center: &Center, from: Timestamp) -> Option<Timestamp> {
    let closed = if center.calendar.is_open(from) { center.calendar.open_until(from)? } else { from };
    center.calendar.next_open(closed)
}

/// When a CAC opened or closed last, but not before the call was there to notice.
fn last_change(center: &Center, since: Timestamp, at: Timestamp) -> Timestamp {
    let start = since.max(at.checked_sub(LOOK_BACK).unwrap_or(since)).min(at);
    let next = |from: &Timestamp| center.calendar.next_change(*from).filter(|change| *change <= at);
    std::iter::successors(next(&start), next).last().unwrap_or(start)
}

impl Handover {
    /// For everybody who sees the call: who had it, who has it, and no name.
    pub fn said(&self) -> String {
        match (&self.from, &self.to) {
            (Some(from), Some(to)) => format!("{from} closed; {to} has it from here."),
            (Some(from), None) => {
                format!("{from} closed and no other region is open; our duty manager has it from here.")
            }
            (None, Some(to)) => format!("{to} has opened and has it from here."),
            (None, None) => "Our duty manager has it.".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests;
#[cfg(test)]
mod year;
