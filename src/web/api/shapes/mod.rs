//! What programs read and send: a type for each, from which the description is made, so that the two can't differ.
mod audit;
mod availability;
mod calls;
mod course;
mod devices;
mod faults;
mod fleet;
mod handovers;
mod house;
mod ledger;
mod maintenance;
mod outside;
mod people;
mod remote;
mod routing;
mod sent;
mod timeline;

use std::borrow::Cow;

use serde::{Serialize, Serializer};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{
        RefOr,
        schema::{ObjectBuilder, Schema, Type},
    },
};

pub use audit::Deed;
pub use availability::{SiteAvailability, SystemAvailability};
pub use calls::{Call, CallSummary};
pub use course::{Clock, ClockPlace, HistoryLine, Routing, told};
pub use devices::{Device, NewDevice, Rotation};
pub use faults::Faults;
pub use fleet::{Alarm, Found, Me, Queue, Site, System};
pub use handovers::Handover;
pub use house::{Account, Contract, PartnerRelation, Token};
pub use ledger::Ledger;
pub use maintenance::{MaintenanceWindow, NewWindow, WindowChange};
pub use people::{Invited, User, UserLine};
pub use remote::{
    NewRemoteAccess, Nothing, RemoteAccess, RemoteGrant, RemoteInstructions, RemoteNote, RemoteReason, RemoteSession,
};
pub use routing::{Cac, Calendar, Explanation, NewSimulation, Question, Simulation};
pub use sent::{CallChange, Entry, Handing, NewCall, NewRelation, NewToken, NewUser, Transition, UserChange};
pub use timeline::Happening;

use crate::domain::{
    access::Role,
    call::{Status, Verb},
};

/// RFC 3339 in UTC with microseconds.
#[derive(Debug, Clone, Copy, ToSchema)]
#[schema(value_type = String, format = DateTime, examples("2026-11-23T14:33:00.000000Z"))]
pub struct Instant(jiff::Timestamp);

impl From<jiff::Timestamp> for Instant {
    fn from(at: jiff::Timestamp) -> Self {
        Self(at)
    }
}

impl From<jiff_sqlx::Timestamp> for Instant {
    fn from(at: jiff_sqlx::Timestamp) -> Self {
        Self(at.to_jiff())
    }
}

impl Serialize for Instant {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("{:.6}", self.0))
    }
}

/// One page of a list, and where the next one begins.
#[derive(Debug, Serialize, ToSchema)]
pub struct List<T> {
    pub data: Vec<T>,
    /// Send it as `cursor` for the next page; null on the last one.
    #[schema(required)]
    pub next_cursor: Option<String>,
}

/// The same for what happened at a site.
#[derive(Debug, Serialize, ToSchema)]
pub struct SiteList<T> {
    pub data: Vec<T>,
    #[schema(required)]
    pub next_cursor: Option<String>,
    /// The site's time zone, for showing the instants as they were there.
    pub time_zone: String,
}

/// What was refused or failed, and why (RFC 9457).
#[derive(Debug, Serialize, ToSchema)]
pub struct Problem {
    pub r#type: String,
    pub title: String,
    pub status: u16,
    /// A sentence for people.
    pub detail: String,
    /// Everything that is wrong with what was sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub errors: Option<Vec<FieldFault>>,
    /// Name it when you ask about a failure of ours.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct FieldFault {
    pub field: String,
    pub message: String,
}

/// Words out of a table of the domain: the description lists what the domain knows.
macro_rules! words {
    ($name:ident, $words:expr) => {
        pub struct $name;

        impl PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                ObjectBuilder::new().schema_type(Type::String).enum_values(Some($words)).into()
            }
        }

        impl ToSchema for $name {
            fn name() -> Cow<'static, str> {
                Cow::Borrowed(stringify!($name))
            }
        }
    };
}

words!(StatusWord, Status::ALL.map(Status::name));
words!(VerbWord, Verb::ALL.map(Verb::name));
words!(RoleWord, Role::ALL.map(Role::name));
words!(VerbGiven, Verb::ALL.into_iter().filter(|verb| verb.is_by_hand()).map(Verb::name).chain(["take"]));
words!(EntryKind, [Verb::Comment, Verb::Note].map(Verb::name));
