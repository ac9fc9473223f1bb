//! Segments of a call's life in which the work waits for somebody else.
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Time in `awaiting_customer` or `on_hold`; without an end it still lasts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pause {
    pub from: Timestamp,
    pub to: Option<Timestamp>,
}

impl Pause {
    pub fn lasts_at(&self, at: Timestamp) -> bool {
        self.from <= at && self.to.is_none_or(|to| to > at)
    }
}

/// A pause that is cut to what is known, so it has two ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Gap {
    pub from: Timestamp,
    pub to: Timestamp,
}

/// Pauses within [start, end], in order, those that overlap or touch joined.
pub(super) fn gaps(pauses: &[Pause], start: Timestamp, end: Timestamp) -> Vec<Gap> {
    let cut = |p: &Pause| Gap { from: p.from.max(start), to: p.to.unwrap_or(end).min(end) };
    let mut gaps: Vec<Gap> = pauses.iter().map(cut).filter(|gap| gap.from < gap.to).collect();
    gaps.sort_unstable_by_key(|gap| gap.from);
    gaps.dedup_by(|next, last| {
        let joined = next.from <= last.to;
        if joined {
            last.to = last.to.max(next.to);
        }
        joined
    });
    gaps
}
