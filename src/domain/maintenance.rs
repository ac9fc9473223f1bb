//! Planned work: times at which the alarms of a site, or of some of its systems, make no calls.
//!
//! A window has a plan (once, or again and again by the clock of a place) and occurrences that follow from it. The
//! one that runs or comes next is written out beside the plan, because people make it longer, end it or leave it out.
mod judge;
mod plan;
mod report;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

pub use judge::{LATE, Placed, is_for, suppresses};
pub use plan::{Days, LONGEST_ONCE, LONGEST_REPEATED, MOST_WEEKS, Plan, Repeat, Rule, first_shown};
pub use report::{Gone, NAMED, Report, Reported, Suppressed};

/// One time at which a window is in force: from `starts_at` up to, but not including, `ends_at`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Occurrence {
    /// The start that the plan gives it, by which it is known whatever people make of it.
    pub planned_at: Timestamp,
    pub starts_at: Timestamp,
    pub ends_at: Timestamp,
}

impl Occurrence {
    pub fn contains(&self, at: Timestamp) -> bool {
        self.starts_at <= at && at < self.ends_at
    }
}

/// A plan and what people have made of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Window {
    pub plan: Plan,
    /// Occurrences that were left out, by their planned start.
    pub skipped: Vec<Timestamp>,
    /// The one that runs or comes next; none where nothing more will come.
    pub current: Option<Occurrence>,
    /// Nothing comes after the current one.
    pub cancelled: bool,
}

impl Window {
    /// The occurrence in which that instant lies. Also right where nobody has closed those before it yet.
    pub fn in_force(&self, at: Timestamp) -> Option<Occurrence> {
        self.coming(at).next().filter(|occurrence| occurrence.contains(at))
    }

    /// What is not over at that instant, in order: first the one that runs, if one does.
    pub fn coming(&self, at: Timestamp) -> impl Iterator<Item = Occurrence> {
        let all = std::iter::successors(self.current, |last| self.after(last));
        all.skip_while(move |occurrence| occurrence.ends_at <= at)
    }

    /// What comes after an occurrence, as it was in the end: one that it has swallowed does not come again.
    pub fn after(&self, last: &Occurrence) -> Option<Occurrence> {
        if self.cancelled {
            return None;
        }
        let kept = self.plan.after(last.planned_at).filter(|next| !self.skipped.contains(&next.planned_at));
        let next = kept.into_iter().find(|next| next.ends_at > last.ends_at)?;
        Some(Occurrence { starts_at: next.starts_at.max(last.ends_at), ..next })
    }

    /// What was left out and is to come, or would run now: forgotten, it would come all the same.
    pub fn still_skipped(&self, now: Timestamp) -> Vec<Timestamp> {
        let longest = LONGEST_REPEATED + SignedDuration::from_hours(1);
        self.skipped.iter().copied().filter(|at| now.duration_since(*at) < longest).collect()
    }
}

#[cfg(test)]
mod tests;
