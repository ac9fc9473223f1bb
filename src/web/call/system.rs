use jiff::Timestamp;

use super::super::view::{self, When};
use crate::store::calls::CallDetail;

/// The system that a call is about, as its page shows it.
pub struct SystemView {
    pub serial: String,
    pub nickname: String,
    pub model: String,
    pub redundancy: String,
    pub exposed_for: Option<String>,
    pub contract: String,
    pub last_heard: Option<When>,
}

impl SystemView {
    pub fn of(detail: &CallDetail, now: Timestamp) -> Option<Self> {
        let system = detail.place.system.as_ref()?;
        let exposed = system.redundancy != "duplex";
        Some(Self {
            serial: system.serial.clone(),
            nickname: system.nickname.clone(),
            model: system.model.clone(),
            redundancy: system.redundancy.clone(),
            exposed_for: exposed.then(|| view::span(now.duration_since(system.redundancy_since))),
            contract: view::contract(system.contract.as_deref(), system.contract_ends_at, now),
            last_heard: system.last_heard_at.map(|at| view::ago(at, now)),
        })
    }
}
