//! What is known of a system's time, and since when it is known.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Annotation, Period, Standing};

/// One thing that is on record. Call numbers are those of the store, without their check digit.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Evidence {
    pub recorded_at: Timestamp,
    /// It was taken back, as when a window is moved or a merge undone: only reports of before still have it.
    pub withdrawn_at: Option<Timestamp>,
    pub fact: Fact,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Fact {
    /// It holds until the next one.
    Redundancy {
        at: Timestamp,
        state: Redundancy,
        call: Option<i64>,
    },
    /// A call was severity 1 and service was not back.
    Critical {
        from: Timestamp,
        until: Option<End>,
        call: i64,
    },
    Silence {
        from: Timestamp,
        until: Option<End>,
        call: Option<i64>,
    },
    /// One occurrence of a maintenance window, as people have made it.
    Work {
        during: Period,
        window: Uuid,
        title: String,
    },
    Annotated(Annotation),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Redundancy {
    Duplex,
    Simplex,
    Down,
}

/// An end has its own time of record: a report of before does not know that it came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct End {
    pub at: Timestamp,
    pub recorded_at: Timestamp,
}

impl Evidence {
    /// As it was known at that instant, without a trace of what became known later; nothing if it was not.
    pub fn known(&self, as_of: Timestamp) -> Option<Self> {
        let withdrawn = self.withdrawn_at.is_some_and(|at| at <= as_of);
        (self.recorded_at <= as_of && !withdrawn).then(|| Self {
            recorded_at: self.recorded_at,
            withdrawn_at: None,
            fact: self.fact.known(as_of),
        })
    }

    /// Whether the system was down by it, whatever people have made of that.
    pub fn says_down(&self) -> bool {
        matches!(self.fact, Fact::Critical { .. } | Fact::Redundancy { state: Redundancy::Down, .. })
    }

    /// Somebody disputes the stretch and has no answer yet.
    pub fn is_proposed(&self) -> bool {
        matches!(&self.fact, Fact::Annotated(annotation) if annotation.standing() == Standing::Proposed)
    }
}

impl Fact {
    fn known(&self, as_of: Timestamp) -> Self {
        let known = |until: &Option<End>| until.filter(|end| end.recorded_at <= as_of);
        match self {
            Self::Critical { from, until, call } => Self::Critical { from: *from, until: known(until), call: *call },
            Self::Silence { from, until, call } => Self::Silence { from: *from, until: known(until), call: *call },
            Self::Annotated(annotation) => Self::Annotated(annotation.known(as_of)),
            Self::Redundancy { .. } | Self::Work { .. } => self.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const THEN: Timestamp = Timestamp::constant(1_764_000_000, 0);
    const BEFORE: Timestamp = Timestamp::constant(1_763_999_999, 0);

    #[test]
    fn what_is_recorded_at_an_instant_is_known_at_it_and_not_before() {
        let silence = |until| Fact::Silence { from: BEFORE, until, call: None };
        let end = Some(End { at: BEFORE, recorded_at: THEN });
        let ended = Evidence { recorded_at: BEFORE, withdrawn_at: None, fact: silence(end) };
        assert_eq!(ended.known(THEN).unwrap().fact, silence(end));
        assert_eq!(ended.known(BEFORE).unwrap().fact, silence(None));

        let withdrawn = Evidence { withdrawn_at: Some(THEN), ..ended };
        assert_eq!(withdrawn.known(THEN), None);
        assert_eq!(withdrawn.known(BEFORE).unwrap().withdrawn_at, None);
    }
}
