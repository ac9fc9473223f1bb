//! The order of work, as of the last look at the clocks.

use super::{CallDetail, CallSummary};
use crate::domain::priority::{self, Pressing, Priority};

impl CallDetail {
    /// The place in the order of work, while there is work.
    pub fn order_of_work(&self) -> Option<Priority> {
        let redundancy = self.place.system.as_ref().map(|system| system.redundancy.as_str());
        let worked = self.call.status.is_worked();
        worked.then(|| priority::priority(self.call.severity, redundancy, &self.place.pressing))
    }
}

impl CallSummary {
    pub fn order_of_work(&self) -> Option<Priority> {
        let pressing: Vec<Pressing> = self.pressing.iter().filter_map(|name| Pressing::from_name(name)).collect();
        let worked = self.status().is_worked();
        worked.then(|| priority::priority(self.severity(), self.redundancy.as_deref(), &pressing))
    }
}
