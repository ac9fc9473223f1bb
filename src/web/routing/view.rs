//! Rules as people read them.

use jiff::{Timestamp, civil::Date};

use super::super::view::{self, When};
use crate::{
    domain::calendar::{Calendar, DAYS, hours_text},
    router::{NamedCalendar, Rules},
    store::rule_sets::RuleSetRow,
};

/// A version, as it stands in a list.
pub struct Published {
    pub version: i32,
    pub note: String,
    pub by: String,
    pub at: When,
    pub hash: String,
    pub reverted_to: Option<i32>,
}

impl Published {
    pub fn of(row: &RuleSetRow, now: Timestamp) -> Self {
        Self {
            version: row.version,
            note: row.note.clone(),
            by: row.published_by.clone().unwrap_or_else(|| "the house".to_owned()),
            at: view::when(row.published_at.to_jiff(), "UTC", now),
            hash: row.hash.chars().take(12).collect(),
            reverted_to: row.reverted_to,
        }
    }
}

/// All of the rules at one moment.
pub struct House {
    pub regions: Vec<String>,
    pub regions_text: String,
    pub duty_manager: String,
    pub centers: Vec<Center>,
    pub calendars: Vec<CalendarView>,
}

pub struct Center {
    pub code: String,
    pub region: String,
    pub order: usize,
    pub calendar: CalendarView,
    pub accept_minutes: u32,
    pub queues: Vec<QueueView>,
}

pub struct QueueView {
    pub slug: String,
    pub cac: String,
    pub subjects: String,
    pub languages: String,
}

impl House {
    pub fn of(rules: &Rules, now: Timestamp) -> Self {
        let mut centers: Vec<Center> = rules.cacs.iter().filter_map(|cac| Center::of(&cac.code, rules, now)).collect();
        centers.sort_by_key(|center| center.order);
        Self {
            regions: rules.regions.clone(),
            regions_text: rules.regions.join(", "),
            duty_manager: rules.duty_manager.clone(),
            centers,
            calendars: rules.calendars.iter().map(|named| CalendarView::of(named, rules, now)).collect(),
        }
    }
}

impl Center {
    fn of(code: &str, rules: &Rules, now: Timestamp) -> Option<Self> {
        let cac = rules.cacs.iter().find(|cac| cac.code == code)?;
        let named = rules.calendars.iter().find(|named| named.name == cac.calendar)?;
        let own = rules.queues.iter().filter(|queue| queue.cac == code);
        Some(Self {
            code: code.to_owned(),
            region: cac.region.clone(),
            order: rules.regions.iter().position(|region| *region == cac.region).map_or(usize::MAX, |at| at + 1),
            calendar: CalendarView::of(named, rules, now),
            accept_minutes: cac.accept_minutes,
            queues: own
                .map(|queue| QueueView {
                    slug: queue.slug.clone(),
                    cac: queue.cac.clone(),
                    subjects: queue.subjects.join(", "),
                    languages: queue.languages.join(", "),
                })
                .collect(),
        })
    }
}

/// Hours and holidays of one calendar, and what comes next.
pub struct CalendarView {
    pub name: String,
    pub zone: String,
    /// The field of a form, the word for it, and the hours.
    pub week: Vec<(&'static str, &'static str, String)>,
    /// The same in few words, equal days together.
    pub summary: String,
    pub open: bool,
    pub next: String,
    pub holidays: Vec<Holiday>,
    pub next_holiday: Option<String>,
    pub kept_by: Vec<String>,
}

pub struct Holiday {
    pub day: String,
    pub words: String,
    pub name: String,
    pub past: bool,
}

impl CalendarView {
    pub fn of(named: &NamedCalendar, rules: &Rules, now: Timestamp) -> Self {
        let calendar = &named.calendar;
        let today = calendar.zone().to_datetime(now).date();
        let holidays: Vec<Holiday> = calendar.holidays().iter().map(|day| holiday(calendar, *day, today)).collect();
        let next = holidays.iter().find(|holiday| !holiday.past);
        let kept = rules.cacs.iter().filter(|cac| cac.calendar == named.name);
        let week = DAYS.iter().zip(calendar.weekly());
        Self {
            name: named.name.clone(),
            zone: calendar.zone_name().to_owned(),
            week: week.map(|((field, word), hours)| (*field, *word, hours_text(hours))).collect(),
            summary: summary(calendar),
            open: calendar.is_open(now),
            next: next_change(calendar, now),
            next_holiday: next.map(|day| format!("{} {}", day.words, day.name).trim().to_owned()),
            holidays,
            kept_by: kept.map(|cac| cac.code.clone()).collect(),
        }
    }
}

fn holiday(calendar: &Calendar, day: Date, today: Date) -> Holiday {
    Holiday {
        day: day.to_string(),
        words: day.strftime("%a %-d %b %Y").to_string(),
        name: calendar.holiday_names().get(&day).cloned().unwrap_or_default(),
        past: day < today,
    }
}

/// `Monday to Friday 08:00-20:00`: days with the same hours stand together.
fn summary(calendar: &Calendar) -> String {
    let days: Vec<(&str, String)> =
        DAYS.iter().zip(calendar.weekly()).map(|((_, word), hours)| (*word, hours_text(hours))).collect();
    let groups = days.chunk_by(|a, b| a.1 == b.1).filter(|group| !group[0].1.is_empty());
    let told: Vec<String> = groups.map(group_words).collect();
    if told.is_empty() { "never open".to_owned() } else { told.join(" · ") }
}

fn group_words(group: &[(&str, String)]) -> String {
    let (first, last) = (&group[0].0[..3], &group[group.len() - 1].0[..3]);
    if group.len() == 1 { format!("{first} {}", group[0].1) } else { format!("{first} to {last} {}", group[0].1) }
}

/// `opens Mon 08:00 Dublin`, `open till 20:00 Dublin`.
pub fn next_change(calendar: &Calendar, now: Timestamp) -> String {
    let place = calendar.place();
    match (calendar.is_open(now), calendar.next_change(now)) {
        (true, Some(at)) => format!("open till {} {place}", moment(calendar, at, now)),
        (true, None) => "always open".to_owned(),
        (false, Some(at)) => format!("opens {} {place}", moment(calendar, at, now)),
        (false, None) => "never opens".to_owned(),
    }
}

fn moment(calendar: &Calendar, at: Timestamp, now: Timestamp) -> String {
    let (then, today) = (calendar.zone().to_datetime(at), calendar.zone().to_datetime(now).date());
    let form = match then.date().duration_since(today).as_hours() / 24 {
        0 => "%H:%M",
        1..=6 => "%a %H:%M",
        _ => "%a %-d %b %H:%M",
    };
    then.strftime(form).to_string()
}
