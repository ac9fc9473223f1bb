use jiff::Timestamp;

use super::super::view;
use crate::{
    domain::{
        call::Call,
        objective::{Clock, ClockState, Kind},
    },
    reference::Reference,
};

/// One promise as a bar: how much of its time has run, where it paused, how it stands.
pub struct ClockRow {
    pub name: &'static str,
    pub class: &'static str,
    pub words: String,
    pub iso: Option<String>,
    pub until: String,
    pub segments: Vec<Segment>,
    pub label: String,
    pub pauses: Vec<String>,
}

/// A part of the bar, in percent of the whole.
pub struct Segment {
    pub class: &'static str,
    pub x: u8,
    pub width: u8,
}

impl ClockRow {
    pub fn of(clock: &Clock, zone: &str, now: Timestamp) -> Self {
        let (class, words) = standing(clock, now);
        let segments = segments(clock, now);
        let used: u32 = segments.iter().map(|s| u32::from(s.width)).sum();
        let name = name(clock.kind);
        Self {
            name,
            class,
            words: words.clone(),
            iso: clock.due_at.filter(|_| clock.is_pending()).map(view::iso),
            until: clock.due_at.map(|at| view::at_place(at, zone, now)).unwrap_or_default(),
            label: format!("{name}: {words}, {used} percent used, {}", pauses_words(clock)),
            pauses: pauses(clock, zone, now),
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
        (ClockState::Missed, None, Some(due)) if clock.ended_at.is_none() => {
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
fn segments(clock: &Clock, now: Timestamp) -> Vec<Segment> {
    let Some(due) = clock.due_at else { return Vec::new() };
    let end = clock.met_at.or(clock.ended_at).unwrap_or(now);
    let place = |at: Timestamp| percent(clock.started_at, due, at);
    let ran = place(end);
    let class = if clock.state == ClockState::Missed { "late" } else { "ran" };
    let mut bar = vec![Segment { class, x: 0, width: ran }];
    for pause in &clock.pauses {
        let (from, to) = (place(pause.from), place(pause.to.unwrap_or(now)));
        if to > from {
            bar.push(Segment { class: "paused", x: from, width: to - from });
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

fn pauses(clock: &Clock, zone: &str, now: Timestamp) -> Vec<String> {
    let at = |instant| view::at_place(instant, zone, now);
    clock
        .pauses
        .iter()
        .map(|pause| match pause.to {
            Some(to) => format!("{} to {}, {}", at(pause.from), at(to), view::span(to.duration_since(pause.from))),
            None => format!("since {}", at(pause.from)),
        })
        .collect()
}

/// What time it is for everybody who reads this: the world, the site, the CAC.
pub fn now_here(reference: &Reference, call: &Call, zone: &str, now: Timestamp) -> Vec<String> {
    let at = |zone: &str| view::at_place(now, zone, now);
    let mut places = vec![format!("{} UTC", at("UTC")), format!("{} {}", at(zone), view::city(zone))];
    if let Some(calendar) = reference.cac_calendar(&call.queue) {
        places.push(format!("{} CAC {}", at(calendar.zone_name()), calendar.place()));
    }
    places
}
