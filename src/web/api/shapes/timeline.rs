use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::Instant;
use crate::{domain::number::CallNumber, store::timeline};

/// One of the things that happened to a system or at a site.
#[derive(Debug, Serialize, ToSchema)]
pub struct Happening {
    at: Instant,
    id: Uuid,
    kind: String,
    /// The serial of the system; none where it happened to the whole site.
    system: Option<String>,
    /// The call that it is, or that it belongs to.
    #[schema(value_type = Option<String>)]
    call: Option<CallNumber>,
    what: String,
    severity: Option<i16>,
    /// The status of a call, what was left of the redundancy, what became of an alarm.
    state: Option<String>,
    over_at: Option<Instant>,
    outcome: Option<String>,
    alarms: Option<i32>,
}

impl From<timeline::Happening> for Happening {
    fn from(row: timeline::Happening) -> Self {
        Self {
            call: row.call_number(),
            at: row.at.into(),
            id: row.id,
            kind: row.kind,
            system: row.serial,
            what: row.words,
            severity: row.severity,
            state: row.state,
            over_at: row.over_at.map(Into::into),
            outcome: row.outcome,
            alarms: row.alarms,
        }
    }
}
