//! Windows and their occurrences in words. Pure: what it is now is an argument.

use jiff::{Timestamp, civil::Time, tz::TimeZone};

use super::super::view::{self, When};
use crate::{
    domain::{
        access::Viewer,
        calendar::DAYS,
        maintenance::{Days, Occurrence, Plan, Repeat, Rule},
    },
    store::maintenance::WindowRow,
};

/// A window as a row of any list.
pub struct WindowLine {
    pub id: String,
    pub title: String,
    pub customer: String,
    pub site: String,
    pub site_code: String,
    /// For what of the site.
    pub part: String,
    pub plan: String,
    pub state: &'static str,
    /// The occurrence that runs or comes next.
    pub next: Option<Times>,
    pub last: Option<When>,
    pub planner: String,
}

impl WindowLine {
    pub fn of(row: &WindowRow, viewer: &Viewer, now: Timestamp) -> Self {
        let next = row.window().coming(now).next();
        Self {
            id: row.id.to_string(),
            title: row.title.clone(),
            customer: row.customer_name.clone(),
            site: row.site_name.clone(),
            site_code: row.site_code.clone(),
            part: part(row),
            plan: plan_words(&row.plan, now),
            state: match next {
                Some(next) if next.contains(now) => "runs",
                Some(_) => "comes",
                None if row.cancelled_at.is_some() => "cancelled",
                None => "over",
            },
            next: next.map(|next| Times::of(&next, &row.time_zone, viewer, now)),
            last: row.last_ended_at.map(|at| view::when(at.to_jiff(), &row.time_zone, now)),
            planner: row.planner.clone().unwrap_or_default(),
        }
    }
}

fn part(row: &WindowRow) -> String {
    if row.systems.is_none() {
        return "the whole site".to_owned();
    }
    let names: Vec<_> = row.named.iter().map(|s| format!("{} {}", s.serial, s.nickname)).collect();
    match names.as_slice() {
        [] => "systems that are gone".to_owned(),
        [one] => one.clone(),
        [one, other] => format!("{one}, {other}"),
        [first, rest @ ..] => format!("{first} and {} more", rest.len()),
    }
}

/// From when until when, on the clock of the site and on the reader's own where that differs.
pub struct Times {
    pub key: String,
    pub from: When,
    pub to: When,
    pub place: String,
    pub own: Option<String>,
    pub lasts: String,
}

impl Times {
    pub fn of(of: &Occurrence, zone: &str, viewer: &Viewer, now: Timestamp) -> Self {
        let own = viewer.time_zone.as_deref().unwrap_or("UTC");
        let on = |zone: &str| (there(of.starts_at, zone, now), end_there(of, zone, now));
        let ((from, to), place) = (on(zone), view::city(zone));
        let differs = on(own) != (from.clone(), to.clone());
        Self {
            key: of.planned_at.as_microsecond().to_string(),
            from: When { iso: view::iso(of.starts_at), words: from },
            to: When { iso: view::iso(of.ends_at), words: to },
            place,
            own: differs.then(|| format!("{} – {} {}", on(own).0, on(own).1, view::city(own))),
            lasts: view::span(of.ends_at.duration_since(of.starts_at)),
        }
    }
}

/// As a field of a form takes it.
pub fn wall(at: Timestamp, zone: &TimeZone) -> String {
    zone.to_datetime(at).strftime("%Y-%m-%dT%H:%M").to_string()
}

/// What a field says, or the instant that it showed where that was left as it was: a wall time may come twice.
pub fn exact(typed: &str, shown: &str, zone: &TimeZone) -> String {
    let shown = shown.trim().parse::<Timestamp>().ok();
    let same = shown.filter(|at| wall(*at, zone) == typed.trim());
    same.map_or_else(|| typed.to_owned(), |at| at.to_string())
}

/// In a table every day is named, today as well.
fn there(at: Timestamp, zone: &str, now: Timestamp) -> String {
    let words = view::ahead_at_place(at, zone, now);
    if words.len() == 5 { format!("today {words}") } else { words }
}

/// The day is said again where it is another one.
fn end_there(of: &Occurrence, zone: &str, now: Timestamp) -> String {
    let (from, to) = (view::day(of.starts_at, zone), view::day(of.ends_at, zone));
    let words = view::ahead_at_place(of.ends_at, zone, now);
    if from == to { words.rsplit(' ').next().unwrap_or_default().to_owned() } else { there(of.ends_at, zone, now) }
}

/// “Tue and Thu 22:00 for 4 h, every 2nd week, Paris”.
pub fn plan_words(plan: &Plan, now: Timestamp) -> String {
    let place = view::city(&plan.time_zone);
    match &plan.rule {
        Rule::Once { from, .. } => format!("once, {} {place}", view::ahead_at_place(*from, &plan.time_zone, now)),
        Rule::Repeated(repeat) => format!("{}, {place}{}", often(repeat), until(repeat)),
    }
}

fn often(repeat: &Repeat) -> String {
    let length = view::span(jiff::SignedDuration::from_mins(repeat.minutes));
    let at = clock(repeat.at);
    match &repeat.days {
        Days::Weekly { weekdays, every } => {
            let days: Vec<_> = weekdays.iter().filter_map(|day| day_name(*day)).map(|name| &name[..3]).collect();
            let days = if days.len() == 7 { "daily".to_owned() } else { days.join(", ") };
            let weeks = if *every > 1 { format!(", every {every} weeks") } else { String::new() };
            format!("{days} {at} for {length}{weeks}")
        }
        Days::Monthly { nth, weekday } => {
            let nth = match nth {
                -1 => "last",
                1 => "first",
                2 => "second",
                3 => "third",
                _ => "fourth",
            };
            format!("{nth} {} of the month {at} for {length}", day_name(*weekday).unwrap_or_default())
        }
    }
}

fn until(repeat: &Repeat) -> String {
    repeat.valid_until.map(|day| format!(", until {}", day.strftime("%-d %b %Y"))).unwrap_or_default()
}

fn clock(at: Time) -> String {
    at.strftime("%H:%M").to_string()
}

fn day_name(day: i8) -> Option<&'static str> {
    DAYS.get(usize::try_from(day - 1).ok()?).map(|(_, name)| *name)
}

#[cfg(test)]
mod tests {
    use jiff::civil::{date, time};

    use super::*;

    #[test]
    fn a_plan_is_said_in_a_few_words() {
        let now: Timestamp = "2026-11-23T14:33:00Z".parse().unwrap();
        let plan = |days| {
            let repeat = Repeat {
                days,
                at: time(22, 0, 0, 0),
                minutes: 240,
                valid_from: date(2026, 11, 1),
                valid_until: Some(date(2027, 3, 31)),
            };
            plan_words(&Plan::new("Europe/Paris", Rule::Repeated(repeat)).unwrap(), now)
        };
        assert_eq!(
            plan(Days::Weekly { weekdays: [2, 4].into(), every: 2 }),
            "Tue, Thu 22:00 for 4 h, every 2 weeks, Paris, until 31 Mar 2027"
        );
        assert_eq!(
            plan(Days::Monthly { nth: -1, weekday: 5 }),
            "last Friday of the month 22:00 for 4 h, Paris, until 31 Mar 2027"
        );
        let once = Rule::Once { from: now, to: now + jiff::SignedDuration::from_hours(1) };
        assert_eq!(plan_words(&Plan::new("Europe/Paris", once).unwrap(), now), "once, 15:33 Paris");
    }
}
