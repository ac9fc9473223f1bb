//! What a reader may do with a call now, and what they tell whoever has it next.

use jiff::Timestamp;

use super::log::Item;
use crate::{
    actions,
    domain::{
        access::{Role, Viewer},
        call::{self, Verb},
    },
    store::calls::CallDetail,
};

/// The verbs that this person could use now: the table of the lifecycle, whose review it is, and to whom it was handed.
pub fn open_to(call: &call::Call, viewer: &Viewer, now: Timestamp) -> Vec<Verb> {
    let mut verbs = call::verbs_open(call, &viewer.actor(), now);
    let reviewer = call.partner_id == Some(viewer.account_id);
    verbs.retain(|verb| reviewer || !actions::reviews(*verb, viewer));
    verbs.retain(|verb| *verb != Verb::AcceptHandover || actions::may_accept(viewer, call));
    verbs
}

/// What the next center finds in its packet when this one closes.
pub struct NextStep {
    pub words: String,
    /// Whoever has the call writes it: staff of its center, a lead, the duty manager.
    pub may_write: bool,
}

impl NextStep {
    /// Urgent calls have one, and for staff alone.
    pub fn of(detail: &CallDetail, viewer: &Viewer, items: &[Item]) -> Option<Self> {
        let call = &detail.call;
        let ours = viewer.role != Role::Engineer || viewer.cac == detail.place.cac_code;
        let may_write = viewer.role.works_calls() && ours && call.status.is_worked() && call.severity.is_urgent();
        let words = call.course.next_step.and_then(|seq| said_at(items, seq));
        let shown = viewer.scope.internal() && (may_write || words.is_some());
        shown.then(|| Self { words: words.unwrap_or_default(), may_write })
    }
}

/// Staff see every line, so its place among them is its number.
fn said_at(items: &[Item], seq: i32) -> Option<String> {
    items.iter().find_map(|item| match item {
        Item::Entry(entry) if entry.seq == seq && !entry.removed => Some(entry.body.clone()),
        _ => None,
    })
}
