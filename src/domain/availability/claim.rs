//! What each piece of evidence says of which stretch, and which of them decides.

use std::cmp::Reverse;

use jiff::Timestamp;

use super::{End, Evidence, Fact, Period, Redundancy, Standing, State};

/// What one piece of evidence says, the later in this list before the earlier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Word {
    /// To be seen beside the others; nothing follows from it.
    Beside,
    /// Somebody works on the system, which takes away what is worse than up and nothing else.
    Work,
    /// The graver counts.
    Seen(State),
    /// An annotation that was accepted then. The later counts.
    Ruled(Timestamp, State),
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Claim<'a> {
    pub during: Period,
    pub word: Word,
    pub evidence: &'a Evidence,
}

/// All precedence there is: what a stretch counts as, and the place of the claim that decides it among those that
/// stand there, which are in order of weight.
pub(super) fn decide(standing: &[Claim]) -> (State, Option<usize>) {
    let work = standing.iter().position(|claim| claim.word == Word::Work);
    match (standing.first().map(|claim| claim.word), work) {
        (Some(Word::Seen(state)), Some(work)) if state > State::Up => (State::Planned, Some(work)),
        (Some(Word::Ruled(_, state) | Word::Seen(state)), _) => (state, Some(0)),
        (Some(Word::Work | Word::Beside) | None, _) => (State::Up, None),
    }
}

/// Of equal weight, what has stood longest comes first.
pub(super) fn by_weight<'a>(claim: &Claim<'a>) -> (Reverse<Word>, Timestamp, &'a Evidence) {
    (Reverse(claim.word), claim.during.from, claim.evidence)
}

/// What lies in `whole` of what the evidence says; what has no end stands to the end of it.
pub(super) fn claims(known: &[Evidence], whole: Period) -> Vec<Claim<'_>> {
    let others = known.iter().filter_map(|evidence| {
        let (during, word) = said(&evidence.fact, whole.to)?;
        Some(Claim { during, word, evidence })
    });
    let all = others.chain(redundancy(known, whole.to));
    all.filter_map(|claim| Some(Claim { during: claim.during.within(whole)?, ..claim })).collect()
}

/// Nothing for redundancy, of which one alone does not say how long it holds.
fn said(fact: &Fact, end: Timestamp) -> Option<(Period, Word)> {
    let until = |from, until: Option<End>| Period { from, to: until.map_or(end, |until| until.at) };
    match fact {
        Fact::Redundancy { .. } => None,
        Fact::Critical { from, until: to, .. } => Some((until(*from, *to), Word::Seen(State::Outage))),
        Fact::Silence { from, until: to, .. } => Some((until(*from, *to), Word::Seen(State::Unheard))),
        Fact::Work { during, .. } => Some((*during, Word::Work)),
        Fact::Annotated(annotation) => {
            let accepted = annotation.verdict.filter(|_| annotation.standing() == Standing::Accepted);
            let word = accepted.map_or(Word::Beside, |verdict| Word::Ruled(verdict.at, annotation.says.into()));
            Some((annotation.during, word))
        }
    }
}

/// Each change holds until the next. Of two at the same instant what was recorded last holds, or else the graver.
fn redundancy(known: &[Evidence], end: Timestamp) -> Vec<Claim<'_>> {
    let mut changes: Vec<Change> = known.iter().filter_map(change).collect();
    changes.sort_by_key(|change| (change.at, change.evidence));
    let ends = changes.iter().skip(1).map(|next| next.at).chain([end]);
    changes.iter().zip(ends).map(|(change, to)| change.held_to(to)).collect()
}

struct Change<'a> {
    at: Timestamp,
    state: Redundancy,
    evidence: &'a Evidence,
}

impl<'a> Change<'a> {
    fn held_to(&self, to: Timestamp) -> Claim<'a> {
        let during = Period { from: self.at, to };
        Claim { during, word: Word::Seen(self.state.into()), evidence: self.evidence }
    }
}

fn change(evidence: &Evidence) -> Option<Change<'_>> {
    match evidence.fact {
        Fact::Redundancy { at, state, .. } => Some(Change { at, state, evidence }),
        _ => None,
    }
}

impl From<Redundancy> for State {
    fn from(redundancy: Redundancy) -> Self {
        match redundancy {
            Redundancy::Duplex => Self::Up,
            Redundancy::Simplex => Self::Exposed,
            Redundancy::Down => Self::Outage,
        }
    }
}
