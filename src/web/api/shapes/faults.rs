//! Faults as programs read them.

use serde::Serialize;
use utoipa::ToSchema;

use super::Instant;
use crate::{
    domain::call::Call,
    store::faults::{FaultRow, Tally},
};

/// What is wrong on a call.
#[derive(Debug, Serialize, ToSchema)]
pub struct Faults {
    standing: i64,
    over: i64,
    /// Of how many systems.
    systems: i64,
    /// One of them comes and goes: its end is not believed before it has been quiet for half an hour.
    flapping: bool,
    /// How many messages have told of them.
    alarms: i64,
    data: Vec<Fault>,
    next_cursor: Option<String>,
}

/// One thing that is wrong, however often machines have said so.
#[derive(Debug, Serialize, ToSchema)]
pub struct Fault {
    system: Option<String>,
    component: String,
    summary: String,
    alarms: i64,
    flapping: bool,
    raised_at: Instant,
    over_at: Option<Instant>,
}

impl Faults {
    pub fn of(call: &Call, tally: Tally, (rows, next_cursor): (Vec<FaultRow>, Option<String>)) -> Self {
        Self {
            standing: tally.standing,
            over: tally.over,
            systems: tally.systems,
            flapping: tally.flapping,
            alarms: i64::from(call.alarm_count) + tally.untold,
            data: rows.into_iter().map(Fault::from).collect(),
            next_cursor,
        }
    }
}

impl From<FaultRow> for Fault {
    fn from(row: FaultRow) -> Self {
        Self {
            system: row.serial,
            component: row.component,
            summary: row.summary,
            alarms: row.raises,
            flapping: row.flapping,
            raised_at: row.raised_at.into(),
            over_at: row.over_at.map(Into::into),
        }
    }
}
