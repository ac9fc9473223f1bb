//! What machines say is wrong: of one system or of hundreds.

use super::super::view::{self, When};
use crate::{
    app::App,
    domain::{
        access::{Party, Viewer},
        call::Call,
    },
    error::Result,
    store::faults::{self, Tally},
};

/// Faults that the page names; programs get all of them.
const SHOWN: i64 = 100;

pub struct FaultsView {
    pub tally: Tally,
    /// How many messages have told of them.
    pub alarms: i64,
    pub rows: Vec<FaultView>,
    /// How many more there are.
    pub more: i64,
}

pub struct FaultView {
    pub serial: Option<String>,
    pub nickname: String,
    pub what: String,
    pub alarms: i64,
    pub flapping: bool,
    pub raised: When,
    pub over: Option<When>,
}

impl FaultsView {
    pub async fn read(app: &App, viewer: &Viewer, call: &Call) -> Result<Option<Self>> {
        let (db, now) = (app.store.reader(), app.clock.now());
        if call.origin != Party::Device {
            return Ok(None);
        }
        let tally = faults::tally(db, &viewer.scope, call.customer_id, call.id).await?;
        if tally.standing + tally.over == 0 {
            return Ok(None);
        }
        let rows = faults::of_call(db, &viewer.scope, (call.customer_id, call.id), None, SHOWN).await?;
        let at = |at: jiff_sqlx::Timestamp| view::ago(at.to_jiff(), now);
        let row = |row: faults::FaultRow| FaultView {
            nickname: row.nickname.unwrap_or_else(|| "the site".to_owned()),
            what: [row.component.as_str(), row.summary.as_str()].join(" ").trim().to_owned(),
            serial: row.serial,
            alarms: row.raises,
            flapping: row.flapping,
            raised: at(row.raised_at),
            over: row.over_at.map(at),
        };
        Ok(Some(Self {
            tally,
            alarms: i64::from(call.alarm_count) + tally.untold,
            rows: rows.into_iter().map(row).collect(),
            more: (tally.standing + tally.over - SHOWN).max(0),
        }))
    }

    /// One system with one fault needs no table.
    pub fn is_many(&self) -> bool {
        self.tally.standing + self.tally.over > 1
    }
}
