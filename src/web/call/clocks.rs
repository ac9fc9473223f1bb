use jiff::Timestamp;

use super::super::{hours, view, zones::Zones};
use crate::{
    domain::{
        access::{Party, Viewer},
        call::{self, Course},
        objective::{Clock, ClockState, Kind, Pause},
    },
    error::Result,
    reference::Reference,
    store::calls::CallDetail,
};

/// The promises of a call, told in the times of everybody whom it concerns.
pub struct Clocks {
    pub rows: Vec<ClockRow>,
    pub zones: Zones,
    /// What time it is for everybody who reads this.
    pub now_here: Vec<String>,
}

impl Clocks {
    pub fn of(reference: &Reference, viewer: &Viewer, detail: &CallDetail, now: Timestamp) -> Result<Self> {
        let (call, place) = (&detail.call, &detail.place);
        let site = reference.site_calendar(place.site_calendar.as_deref(), &place.time_zone, &place.country)?;
        let zones = Zones::of(viewer, reference, call, place);
        let promised = call.origin != Party::Import || call.due.is_some();
        let clocks = if promised { reference.clocks(call, &site, now) } else { Vec::new() };
        let row = |clock: &Clock| {
            let counted = hours::counted(clock.clock, reference, call, place, &site);
            ClockRow { counted, ..ClockRow::of(clock, &call.course, &zones, now) }
        };
        let rows = clocks.iter().map(row).collect();
        let utc = format!("{} UTC", view::at_place(now, "UTC", now));
        let now_here = std::iter::once(utc).chain(zones.times(now, now)).collect();
        Ok(Self { rows, zones, now_here })
    }
}

/// One promise as a bar: how much of its time has run, where it paused, how it stands.
pub struct ClockRow {
    pub name: &'static str,
    pub class: &'static str,
    pub words: String,
    /// While somebody must still act on it.
    pub iso: Option<String>,
    /// When it is due, for the reader, the site and the CAC.
    pub times: Vec<String>,
    pub counted: String,
    pub segments: Vec<Segment>,
    pub label: String,
    pub pauses: Vec<String>,
}

/// A part of the bar, in percent of the whole; a pause says what it waited for.
pub struct Segment {
    pub class: &'static str,
    pub x: u8,
    pub width: u8,
    pub why: &'static str,
}

impl ClockRow {
    fn of(clock: &Clock, course: &Course, zones: &Zones, now: Timestamp) -> Self {
        let (class, words) = standing(clock, now);
        let segments = segments(clock, course, now);
        let used: u32 = segments.iter().filter(|s| s.class != "paused").map(|s| u32::from(s.width)).sum();
        let name = name(clock.kind);
        Self {
            name,
            class,
            words: words.clone(),
            iso: clock
                .due_at
                .filter(|due| clock.is_pending() && (clock.state != ClockState::Missed || *due < now))
                .map(view::iso),
            times: clock.due_at.map(|at| zones.times(at, now)).unwrap_or_default(),
            counted: String::new(),
            label: format!("{name}: {words}, {used} percent used, {}", pauses_words(clock)),
            pauses: clock.pauses.iter().map(|pause| paused(*pause, course, zones.first(), now)).collect(),
            segments,
        }
    }
}

fn name(kind: Kind) -> &'static str {
    match kind {
        Kind::Acknowledge => "First answer",
        Kind::NextUpdate => "Next update",
        Kind::Restore => "Restore",
        Kind::Resolve => "Resolve",
    }
}

fn standing(clock: &Clock, now: Timestamp) -> (&'static str, String) {
    let met = clock.met_at.map(|at| view::span(at.duration_since(clock.started_at)));
    match (clock.state, met, clock.due_at) {
        (ClockState::Met, Some(took), _) => ("", format!("met, in {took}")),
        (ClockState::Missed, Some(took), _) => ("late", format!("late, in {took}")),
        // Other hours or another severity may have moved it ahead again; missed it is all the same.
        (ClockState::Missed, None, Some(due)) if clock.ended_at.is_none() && due < now => {
            ("late", format!("{} late", view::span(now.duration_since(due))))
        }
        (ClockState::Missed, ..) => ("late", "missed".to_owned()),
        (ClockState::Paused, ..) => ("", "paused".to_owned()),
        (ClockState::Ended, ..) => ("", "over".to_owned()),
        (_, _, Some(due)) => {
            let due = view::due(clock.kind, due, now);
            (due.class, due.words)
        }
        (_, _, None) => ("", "no working time ahead".to_owned()),
    }
}

/// The bar runs from the start of the clock to its due instant.
fn segments(clock: &Clock, course: &Course, now: Timestamp) -> Vec<Segment> {
    let Some(due) = clock.due_at else { return Vec::new() };
    let end = clock.met_at.or(clock.ended_at).unwrap_or(now);
    let place = |at: Timestamp| percent(clock.started_at, due, at);
    let ran = place(end);
    let class = if clock.state == ClockState::Missed { "late" } else { "ran" };
    let mut bar = vec![Segment { class, x: 0, width: ran, why: "" }];
    for pause in &clock.pauses {
        let (from, to) = (place(pause.from), place(pause.to.unwrap_or(now)));
        if to > from {
            bar.push(Segment { class: "paused", x: from, width: to - from, why: why(*pause, course) });
        }
    }
    bar
}

fn percent(start: Timestamp, end: Timestamp, at: Timestamp) -> u8 {
    let whole = end.duration_since(start).as_secs().max(1);
    let part = at.duration_since(start).as_secs().clamp(0, whole);
    u8::try_from(part * 100 / whole).unwrap_or(100)
}

fn pauses_words(clock: &Clock) -> String {
    match clock.pauses.len() {
        0 => "no pause".to_owned(),
        1 => "one pause".to_owned(),
        n => format!("{n} pauses"),
    }
}

fn why(pause: Pause, course: &Course) -> &'static str {
    course.waited_for(pause.from).map_or("waiting", call::Waiting::words)
}

/// “10:00 to 12:00, 2 h, waiting for a part”.
fn paused(pause: Pause, course: &Course, zone: &str, now: Timestamp) -> String {
    let at = |instant| view::at_place(instant, zone, now);
    let (from, why) = (at(pause.from), why(pause, course));
    let lasted = view::span(pause.to.unwrap_or(now).duration_since(pause.from));
    match pause.to {
        Some(to) => format!("{from} to {}, {lasted}, {why}", at(to)),
        None => format!("since {from}, {lasted}, {why}"),
    }
}
