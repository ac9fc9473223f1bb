//! Whose turn it is: the queue, the partner, the person who has the call.

use uuid::Uuid;

use super::{Call, Line, Review, Routing};
use crate::domain::handover::Shift;

impl Call {
    pub(super) fn route(&mut self, routing: &Routing, line: &Line) {
        let moved = !self.queue.is_empty() && self.queue != routing.queue;
        if self.queue != routing.queue {
            self.course.queue_since = Some(line.occurred_at);
            self.course.handed = None;
        }
        self.course.queue_changes += i32::from(moved);
        self.course.also_partner = routing.also_partner;
        self.queue.clone_from(&routing.queue);
        self.partner_id = routing.partner_id;
        self.wait_until = routing.wait_until;
        self.chip.clone_from(&routing.chip);
        self.course.why.clone_from(&routing.why);
        self.course.for_desks.clone_from(&routing.for_desks);
        self.course.plain.clone_from(&routing.plain);
        self.course.offered_to = routing.engineer;
        self.review = line.in_review.then_some(Review { accept_by: routing.accept_by });
    }

    /// The partner works on it now: nothing waits to be accepted, and the promise to look at it is kept.
    pub(super) fn take_review(&mut self, line: &Line) {
        if self.review.is_some_and(|review| review.accept_by.is_some()) {
            self.course.why.push("The partner has taken it".to_owned());
            "Your partner has taken it and works on it.".clone_into(&mut self.course.plain);
        }
        self.review = Some(Review { accept_by: None });
        self.course.acknowledged_at.get_or_insert(line.occurred_at);
    }

    /// Whoever is given a call has it, handed over or not.
    pub(super) fn assign(&mut self, assignee: Option<Uuid>) {
        self.assignee_id = assignee;
        if assignee.is_some() {
            self.course.handed = None;
        }
    }

    pub(super) fn hand_over(&mut self, queue: &str, shift: Option<&Shift>, line: &Line) {
        queue.clone_into(&mut self.queue);
        self.course.queue_changes += 1;
        self.course.queue_since = Some(line.occurred_at);
        self.course.handed = shift.map(Shift::handed);
        self.assignee_id = None;
        self.wait_until = None;
        self.course.offered_to = None;
        self.course.for_desks.clear();
        if let Some(sun) = shift.and_then(|shift| shift.sun.as_ref()) {
            self.chip.clone_from(&sun.chip);
            self.course.why.clone_from(&sun.why);
            self.course.plain.clone_from(&sun.plain);
        } else {
            "handed over by hand".clone_into(&mut self.chip);
            self.course.why = vec!["Somebody of the CAC gave it to this queue by hand".to_owned()];
            "An engineer gave it to the people who can help best.".clone_into(&mut self.course.plain);
        }
    }
}
