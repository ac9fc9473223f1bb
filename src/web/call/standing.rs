//! Where a call stands for whoever reads it: its status in words, what can be done, when it closes by itself.

use jiff::{SignedDuration, Timestamp};

use super::super::view;
use crate::domain::{
    access::{Party, Viewer},
    call::{self, CLOSE_DAYS, Status},
};

pub(super) fn status_words(call: &call::Call, viewer: &Viewer) -> &'static str {
    match call.status {
        status if call.in_review() && !status.is_ended() => "With the partner",
        Status::New => "New",
        Status::Open => "Open",
        Status::AwaitingCustomer if viewer.role.party() == Party::Customer => "Waits for your answer",
        Status::AwaitingCustomer => "Awaiting customer",
        Status::OnHold => "On hold",
        Status::Resolved => "Resolved",
        Status::Closed => "Closed",
        Status::Cancelled => "Cancelled",
    }
}

pub(super) fn closes_on(call: &call::Call, zone: &str, now: Timestamp) -> Option<String> {
    if call.status != Status::Resolved || call.severity.number() == 1 {
        return None;
    }
    let at = call.last_public_at? + SignedDuration::from_hours(24 * CLOSE_DAYS);
    Some(view::at_place(at, zone, now))
}
