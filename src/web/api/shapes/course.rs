//! What a call has been through, and what was promised, as programs read it.

use jiff::tz::TimeZone;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::{Instant, StatusWord, VerbWord, outside};
use crate::{
    domain::{
        access::Party,
        call::{Course, Status, Verb, Waiting},
        objective::{self, ClockKind, ClockState, Kind},
    },
    store::history,
};

/// One line of a call's history.
#[derive(Debug, Serialize, ToSchema)]
pub struct HistoryLine {
    seq: i32,
    #[schema(value_type = VerbWord)]
    verb: Verb,
    #[schema(value_type = String)]
    party: Party,
    actor: Option<String>,
    occurred_at: Instant,
    recorded_at: Instant,
    #[schema(value_type = StatusWord)]
    status: Status,
    body: Option<String>,
    /// When words were taken out of this line, and by whom.
    redacted_at: Option<Instant>,
    redacted_by: Option<String>,
    /// What the verb changed; its fields depend on the verb.
    #[schema(value_type = Object)]
    change: Value,
}

pub fn told(told: history::Told, internal: bool) -> HistoryLine {
    let line = told.line;
    let mut change = if internal { serde_json::json!(line.change) } else { outside::change(&line.change) };
    whole_instants(&mut change);
    HistoryLine {
        seq: told.place,
        verb: line.change.verb(),
        party: line.actor.party,
        actor: told.actor_name,
        occurred_at: line.occurred_at.into(),
        recorded_at: line.recorded_at.into(),
        status: line.status,
        body: line.body,
        redacted_at: told.redacted.as_ref().map(|(at, _)| (*at).into()),
        redacted_by: told.redacted.and_then(|(_, by)| by),
        change,
    }
}

/// The store keeps instants as short as they are; here every one has its microseconds.
fn whole_instants(change: &mut Value) {
    match change {
        Value::Object(fields) => {
            for (name, value) in fields {
                let instant = value.as_str().and_then(|text| text.parse::<jiff::Timestamp>().ok());
                let named = ["at", "due_at", "wait_until", "accept_by", "boundary_at", "since", "until"];
                match instant.filter(|_| named.contains(&name.as_str())) {
                    Some(at) => *value = Value::from(format!("{at:.6}")),
                    None => whole_instants(value),
                }
            }
        }
        Value::Array(values) => values.iter_mut().for_each(whole_instants),
        _ => {}
    }
}

/// Why a call is where it is.
#[derive(Debug, Serialize, ToSchema)]
pub struct Routing {
    pub queue: String,
    /// Every step of the router that led there.
    pub why: Vec<String>,
    /// The same in a sentence or two.
    pub plain: String,
    pub wait_until: Option<Instant>,
    pub time_zone: String,
    /// What the router knew; for staff.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub inputs: Option<Value>,
    /// What it answered; for staff.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub decision: Option<Value>,
    /// Which rules and which tz database it went by; for staff.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub basis: Option<Value>,
}

/// How one promise stands.
#[derive(Debug, Serialize, ToSchema)]
pub struct Clock {
    #[schema(value_type = String)]
    kind: Kind,
    /// Whose time it is counted in.
    #[serde(rename = "clock")]
    #[schema(value_type = String)]
    counted_in: ClockKind,
    started_at: Instant,
    due_at: Option<Instant>,
    met_at: Option<Instant>,
    ended_at: Option<Instant>,
    #[schema(value_type = String)]
    state: ClockState,
    site_time_zone: String,
    /// Of the CAC that has the call; a queue without one has none.
    cac_time_zone: Option<String>,
    /// When it is due on the clocks of the site and of the CAC.
    #[schema(examples("2026-11-24T09:00"))]
    due_at_site: Option<String>,
    due_at_cac: Option<String>,
    /// Whose hours count, in words.
    counted: String,
    /// What was taken out because the work waited for somebody else.
    pauses: Vec<Pause>,
}

/// A pause without an end still lasts.
#[derive(Debug, Serialize, ToSchema)]
pub struct Pause {
    from: Instant,
    to: Option<Instant>,
    /// What it waited for; unknown for what happened long ago.
    #[schema(value_type = Option<String>)]
    why: Option<Waiting>,
}

/// What a clock is told with beside itself.
pub struct ClockPlace<'a> {
    pub course: &'a Course,
    pub site_time_zone: &'a str,
    pub cac_time_zone: Option<&'a str>,
    pub counted: String,
}

impl Clock {
    pub fn of(clock: objective::Clock, place: &ClockPlace<'_>) -> Self {
        let pause = |p: objective::Pause| Pause {
            from: p.from.into(),
            to: p.to.map(Into::into),
            why: place.course.waited_for(p.from),
        };
        let there = |zone: &str| clock.due_at.map(|at| wall_clock(at, zone));
        Self {
            kind: clock.kind,
            counted_in: clock.clock,
            started_at: clock.started_at.into(),
            due_at: clock.due_at.map(Into::into),
            met_at: clock.met_at.map(Into::into),
            ended_at: clock.ended_at.map(Into::into),
            state: clock.state,
            site_time_zone: place.site_time_zone.to_owned(),
            cac_time_zone: place.cac_time_zone.map(str::to_owned),
            due_at_site: there(place.site_time_zone),
            due_at_cac: place.cac_time_zone.and_then(there),
            counted: place.counted.clone(),
            pauses: clock.pauses.into_iter().map(pause).collect(),
        }
    }
}

/// Without an offset: what the clock on the wall shows.
fn wall_clock(at: jiff::Timestamp, zone: &str) -> String {
    let tz = TimeZone::get(zone).unwrap_or(TimeZone::UTC);
    at.to_zoned(tz).strftime("%Y-%m-%dT%H:%M").to_string()
}
