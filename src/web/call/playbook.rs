//! What there is to do about a silence, step by step.

use jiff::Timestamp;

use super::super::view::{self, When};
use crate::domain::call::{Call, Found, Step};

pub struct PlaybookView {
    pub steps: Vec<StepView>,
    /// Why it was silent, as far as anybody has said.
    pub found: Option<&'static str>,
    pub reasons: Vec<(&'static str, &'static str)>,
}

pub struct StepView {
    pub name: &'static str,
    pub words: &'static str,
    pub done: Option<When>,
}

impl PlaybookView {
    /// Nothing for a call that is about no silence.
    pub fn of(call: &Call, zone: &str, now: Timestamp) -> Option<Self> {
        let playbook = call.course.playbook.as_ref()?;
        let step = |step: Step| StepView {
            name: step.name(),
            words: step.words(),
            done: playbook.done(step).map(|ticked| view::when(ticked.at, zone, now)),
        };
        Some(Self {
            steps: Step::ALL.into_iter().map(step).collect(),
            found: playbook.found().map(Found::words),
            reasons: Found::ALL.map(|found| (found.name(), found.words())).into(),
        })
    }
}

/// As a line without words of its own.
pub fn done(who: &str, step: Step, found: Option<Found>) -> String {
    format!("{who}: {}", tag(step, found))
}

/// Beside the words of whoever did it.
pub fn tag(step: Step, found: Option<Found>) -> String {
    let step = match step {
        Step::CheckPath => "checked the path home",
        Step::CallSite => "called the site contact",
        Step::TellPartner => "told the partner",
        Step::Visit => "visited the site",
    };
    found.map_or_else(|| step.to_owned(), |found| format!("{step}: {}", found.words()))
}
