use jiff::Timestamp;
use uuid::Uuid;

use super::{
    super::{
        view::{self, Due},
        zones::Zones,
    },
    purpose, state_of,
};
use crate::{
    domain::{
        access::{Party, Viewer},
        objective::Kind,
        policy::{Action, Relation, Resource},
        remote::{HOURS, State},
    },
    store::remote::RemoteRow,
};

/// An access that waits or is in force, and what its reader may do about it.
#[expect(clippy::struct_excessive_bools, reason = "a page asks many questions of yes or no")]
pub struct Standing {
    pub id: Uuid,
    pub number: String,
    pub granted: bool,
    pub purpose: String,
    pub asked_by: Option<String>,
    pub answered_by: String,
    pub hours: i16,
    /// When it is over, for the reader, the site and the CAC.
    pub times: Vec<String>,
    pub left: Due,
    /// Who is in, and the use of the reader, if they are.
    pub inside: Vec<String>,
    pub own_use: Option<Uuid>,
    pub may_answer: bool,
    pub may_withdraw: bool,
    pub may_enter: bool,
    pub may_end: bool,
    /// Whoever answers in the customer's name says who there agreed.
    pub in_their_name: bool,
    pub zone: String,
}

impl Standing {
    pub fn of(row: &RemoteRow, viewer: &Viewer, zones: &Zones, now: Timestamp) -> Self {
        let state = state_of(row, now);
        let (granted, asked) = (state == State::Granted, state == State::Asked);
        let may = |action| viewer.may(action, Resource::RemoteAccess, Relation::Own).is_ok();
        let (lets_in, goes_in) = (may(Action::Grant), may(Action::Ask));
        let own = row.inside.iter().position(|person| *person == viewer.person_id);
        let until = row.until.to_jiff();
        Self {
            id: row.id,
            number: row.call_number().to_string(),
            granted,
            purpose: purpose(row),
            asked_by: row.asked_by.clone(),
            answered_by: row.answered_by.clone().unwrap_or_else(|| "the customer".to_owned()),
            hours: row.hours.unwrap_or(HOURS[1]),
            times: zones.times(until, now),
            left: view::due(Kind::Restore, until, now),
            inside: row.inside_names.clone(),
            own_use: own.and_then(|place| row.inside_uses.get(place).copied()),
            may_answer: lets_in && (asked || granted),
            may_withdraw: goes_in && asked,
            may_enter: goes_in && granted,
            may_end: granted && (lets_in || goes_in),
            in_their_name: viewer.role.party() != Party::Customer,
            zone: row.time_zone.clone(),
        }
    }

    pub fn hours(&self) -> [(i16, bool); 4] {
        HOURS.map(|hours| (hours, hours == self.hours))
    }

    pub fn city(&self) -> String {
        view::city(&self.zone)
    }

    /// In the time after it is over, and before the sweep has said so.
    pub fn is_over(&self) -> bool {
        self.left.class == "late"
    }
}
