//! Reasons in the plain words that everybody who sees the call can read.
use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::center::Center;
use super::decision::Opening;
use super::facts::Facts;
use super::rules::Queue;
use crate::domain::calendar::{Calendar, zone};

/// The site by its name, or by the city of its zone.
pub(super) fn site(facts: &Facts) -> String {
    let city = facts.site_zone.rsplit('/').next().unwrap_or_default().replace('_', " ");
    match &facts.site_name {
        Some(name) if !name.trim().is_empty() => name.clone(),
        _ if !city.is_empty() => city,
        _ => "The site".into(),
    }
}

pub(super) fn site_zone(facts: &Facts) -> TimeZone {
    zone(&facts.site_zone).unwrap_or(TimeZone::UTC)
}

/// `20:00` today, `Mon 08:00` within a week, `Mon 4 Jan 08:00` beyond.
pub(super) fn when(at: Timestamp, now: Timestamp, zone: &TimeZone) -> String {
    let (then, today) = (zone.to_datetime(at), zone.to_datetime(now).date());
    let format = match then.date().duration_since(today).as_hours() / 24 {
        0 => "%H:%M",
        1..=6 => "%a %H:%M",
        _ => "%a %-d %b %H:%M",
    };
    then.strftime(format).to_string()
}

pub(super) fn opening(center: &Center, at: Timestamp) -> String {
    let (code, calendar) = (&center.code, &center.calendar);
    match (calendar.hours_at(at), calendar.next_open(at)) {
        (Some(hours), _) => format!("{code} is open ({hours} {}{})", calendar.place(), no_holiday(calendar, at)),
        (None, Some(opens)) => {
            format!("{code} is closed{} until {}", holiday(calendar, at), there(calendar, opens, at))
        }
        (None, None) => format!("{code} never opens"),
    }
}

/// A night shift may run into a holiday; then nothing is said of it.
fn no_holiday(calendar: &Calendar, at: Timestamp) -> &'static str {
    if calendar.is_holiday(at) { "" } else { ", no holiday" }
}

fn holiday(calendar: &Calendar, at: Timestamp) -> &'static str {
    if calendar.is_holiday(at) { " (holiday)" } else { "" }
}

pub(super) fn there(calendar: &Calendar, at: Timestamp, now: Timestamp) -> String {
    format!("{} {}", when(at, now, calendar.zone()), calendar.place())
}

pub(super) fn open_till(center: &Center, opening: &Opening, now: Timestamp) -> String {
    match opening.changes_at {
        Some(closes) => format!("open till {}", when(closes, now, center.calendar.zone())),
        None => "always open".into(),
    }
}

pub(super) fn subject(subject: Option<&str>, center: &Center, queue: Option<&Queue>) -> String {
    let code = &center.code;
    match (subject, queue) {
        (_, None) => format!("{code} has no queue for subject {}", subject.unwrap_or("none")),
        (None, Some(queue)) => format!("No subject → {}", spoken(queue)),
        (Some(subject), Some(queue)) if queue.names(subject) => format!("Subject {subject} → {}", spoken(queue)),
        (Some(subject), Some(queue)) => format!("{code} has no own queue for subject {subject} → {}", spoken(queue)),
    }
}

/// Why no other CAC has it.
pub(super) fn nobody(subject: Option<&str>, awake: bool) -> String {
    match subject {
        _ if !awake => "No other CAC is open".into(),
        Some(subject) => format!("No other CAC that is open has a queue for subject {subject}"),
        None => "No other CAC that is open has a queue for calls without a subject".into(),
    }
}

pub(super) fn same_incident(call: &str, queue: &Queue) -> String {
    format!("{call} about the same subject is open on this system → {}", spoken(queue))
}

/// Said only where the language made a difference.
pub(super) fn language(language: &str, queue: &Queue) -> Option<String> {
    queue.speaks(language).then(|| format!("{} speaks {}", spoken(queue), language.to_uppercase()))
}

/// `emea-hardware` is said as EMEA hardware.
fn spoken(queue: &Queue) -> String {
    let prefix = format!("{}-", queue.cac.to_ascii_lowercase());
    match queue.slug.strip_prefix(&prefix) {
        Some(rest) => format!("{} {}", queue.cac, rest.replace('-', " ")),
        None => queue.slug.clone(),
    }
}

/// Nobody is open, or nobody has a queue for it: whoever is on duty looks, whatever the hour.
pub(super) const PLAIN_DUTY: &str =
    "No support center can take it at this hour, so our duty manager has been called and has it.";

pub(super) fn plain_renewals(home: &Center) -> String {
    format!(
        "No contract covers this at the moment. Our {} renewals desk has the call and will get in touch.",
        home.code
    )
}

pub(super) fn plain_review(until: &str) -> String {
    format!("Your partner looks at it first and has until {until}; then it goes on to our support center by itself.")
}

pub(super) fn plain_home(home: &Center, opening: &Opening, facts: &Facts) -> String {
    format!(
        "Our {} support center looks after {} and has the call; it is {}.",
        home.code,
        site(facts),
        till_in(home, opening, facts)
    )
}

pub(super) fn plain_away(home: &Center, center: &Center, opening: &Opening, facts: &Facts) -> String {
    let (home, away, till) = (&home.code, &center.code, till_in(center, opening, facts));
    format!("Our {home} support center is closed at this hour. It is urgent, so {away} has the call; it is {till}.")
}

pub(super) fn plain_wait(home: &Center, opens: Timestamp, facts: &Facts) -> String {
    let opens = at_both(opens, home, facts);
    format!("Our {} support center is closed and opens {opens}. Your call is the center's to answer then.", home.code)
}

fn till_in(center: &Center, opening: &Opening, facts: &Facts) -> String {
    match opening.changes_at {
        Some(closes) => format!("open until {}", at_both(closes, center, facts)),
        None => "always open".into(),
    }
}

/// In the time of the center, and in that of the site where its clocks show another.
fn at_both(at: Timestamp, center: &Center, facts: &Facts) -> String {
    let (site, here) = (site_zone(facts), center.calendar.zone());
    let theirs = format!("{} {}", when(at, facts.at, here), center.calendar.place());
    if site.to_datetime(at) == here.to_datetime(at) {
        return theirs;
    }
    format!("{theirs} ({} at the site)", when(at, facts.at, &site))
}
