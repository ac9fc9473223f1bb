//! A window as somebody types it, in a form or from a program.

use std::collections::BTreeSet;

use jiff::{
    SignedDuration, Timestamp,
    civil::{Date, DateTime, Time},
    tz::{AmbiguousOffset, TimeZone},
};

use super::fault;
use crate::{
    domain::{
        calendar::{DAYS, zone},
        maintenance::{Days, LONGEST_ONCE, LONGEST_REPEATED, MOST_WEEKS, Plan, Repeat, Rule, first_shown},
    },
    error::FieldError,
    store::maintenance::WindowRow,
};

#[derive(Debug, Clone, Default)]
pub struct WantedWindow {
    pub site: String,
    /// Serials; none is the whole site.
    pub systems: Vec<String>,
    /// It was said that only some systems are meant.
    pub only_some: bool,
    pub title: String,
    pub reason: String,
    /// Empty is the site's own.
    pub zone: String,
    /// `once`, `weekly` or `monthly`.
    pub repeats: String,
    /// By the clock of that zone, or instants with an offset.
    pub from: String,
    pub to: String,
    pub weekdays: Vec<String>,
    pub every: String,
    pub nth: String,
    pub weekday: String,
    pub at: String,
    /// Minutes, or hours and minutes with a colon.
    pub duration: String,
    pub valid_from: String,
    pub valid_until: String,
}

const TITLE: usize = 200;
const REASON: usize = 2_000;
/// Who plans for longer plans again.
const AHEAD: SignedDuration = SignedDuration::from_hours(5 * 366 * 24);

impl WantedWindow {
    /// The words of a window that is there, so that only what differs has to be said.
    pub fn of(row: &WindowRow) -> Self {
        let own = Self {
            site: row.site_code.clone(),
            systems: row.named.iter().map(|system| system.serial.clone()).collect(),
            only_some: row.systems.is_some(),
            title: row.title.clone(),
            reason: row.reason.clone(),
            zone: row.plan.time_zone.clone(),
            repeats: "once".to_owned(),
            ..Self::default()
        };
        match &row.plan.rule {
            Rule::Once { from, to } => Self { from: from.to_string(), to: to.to_string(), ..own },
            Rule::Repeated(repeat) => own.repeating(repeat),
        }
    }

    fn repeating(self, repeat: &Repeat) -> Self {
        let own = Self {
            at: repeat.at.strftime("%H:%M").to_string(),
            duration: format!("{:02}:{:02}", repeat.minutes / 60, repeat.minutes % 60),
            valid_from: repeat.valid_from.to_string(),
            valid_until: repeat.valid_until.map(|day| day.to_string()).unwrap_or_default(),
            ..self
        };
        match &repeat.days {
            Days::Weekly { weekdays, every } => Self {
                repeats: "weekly".to_owned(),
                weekdays: weekdays.iter().filter_map(|day| Some(name_of(*day)?.to_owned())).collect(),
                every: every.to_string(),
                ..own
            },
            Days::Monthly { nth, weekday } => Self {
                repeats: "monthly".to_owned(),
                nth: nth.to_string(),
                weekday: name_of(*weekday).unwrap_or_default().to_owned(),
                ..own
            },
        }
    }

    /// What is wrong besides the plan.
    pub(super) fn faults(&self) -> Vec<FieldError> {
        let mut faults = Vec::new();
        let mut words = |field: &str, text: &str, most: usize, what: &str| {
            if text.trim().is_empty() {
                faults.push(fault(field, what));
            } else if text.chars().count() > most {
                faults.push(fault(field, format!("That is longer than {most} characters.")));
            }
        };
        words("title", &self.title, TITLE, "Say in a few words what is done.");
        words("reason", &self.reason, REASON, "Say why: whoever misses a call will ask.");
        faults
    }

    /// The plan that is meant, or everything that is wrong with it.
    pub fn plan(&self, of_site: &str, now: Timestamp) -> Result<Plan, Vec<FieldError>> {
        let name = Some(self.zone.trim()).filter(|name| !name.is_empty()).unwrap_or(of_site);
        let zone = zone(name).map_err(|error| vec![fault("zone", error.to_string())])?;
        let rule = match self.repeats.trim() {
            "" | "once" => self.once(&zone, now)?,
            "weekly" => self.repeated(self.weekly(), now, &zone)?,
            "monthly" => self.repeated(self.monthly(), now, &zone)?,
            _ => return Err(vec![fault("repeats", "A window is planned once, weekly or monthly.")]),
        };
        Plan::new(name, rule).map_err(|error| vec![fault("zone", error.to_string())])
    }

    fn once(&self, zone: &TimeZone, now: Timestamp) -> Result<Rule, Vec<FieldError>> {
        let mut faults = Vec::new();
        let mut read = |field: &str, what: &str, text: &str| {
            let read = instant(text, zone);
            if read.is_none() {
                faults.push(fault(field, format!("Say on which day and when it {what}, such as 2026-12-01T22:00.")));
            }
            read
        };
        let (from, to) = (read("from", "begins", &self.from), read("to", "ends", &self.to));
        let (Some(from), Some(to)) = (from, to) else { return Err(faults) };
        if let Some(skipped) = skipped(&self.from, zone).or_else(|| skipped(&self.to, zone)).filter(|_| to <= from) {
            faults.push(fault("to", format!("{skipped} Nothing is left between the beginning and the end.")));
        } else if to <= from {
            faults.push(fault("to", "The end must be later than the beginning."));
        } else if to <= now {
            faults.push(fault("to", "That is over already; nothing can be kept back any more."));
        } else if to.duration_since(from) > LONGEST_ONCE {
            faults.push(fault("to", "A window lasts up to 31 days."));
        } else if from.duration_since(now) > AHEAD {
            faults.push(fault("from", "Windows are planned for up to five years ahead."));
        }
        if faults.is_empty() { Ok(Rule::Once { from, to }) } else { Err(faults) }
    }

    fn weekly(&self) -> Result<Days, FieldError> {
        let weekdays: Option<BTreeSet<i8>> = self.weekdays.iter().map(|day| number_of(day)).collect();
        let weekdays = weekdays.filter(|days| !days.is_empty());
        let weekdays = weekdays.ok_or_else(|| fault("weekdays", "Choose the days of the week, mon to sun."))?;
        let every = if self.every.trim().is_empty() { Ok(1) } else { self.every.trim().parse() };
        let every = every.ok().filter(|weeks| (1..=MOST_WEEKS).contains(weeks));
        let every = every.ok_or_else(|| fault("every", "It comes every 1 to 52 weeks."))?;
        Ok(Days::Weekly { weekdays, every })
    }

    fn monthly(&self) -> Result<Days, FieldError> {
        let nth = self.nth.trim().parse().ok().filter(|nth| matches!(nth, 1..=4 | -1));
        let nth =
            nth.ok_or_else(|| fault("nth", "It comes on the 1st to 4th such day of a month, or on the last: -1."))?;
        let weekday =
            number_of(&self.weekday).ok_or_else(|| fault("weekday", "Choose a day of the week, mon to sun."))?;
        Ok(Days::Monthly { nth, weekday })
    }

    fn repeated(
        &self,
        days: Result<Days, FieldError>,
        now: Timestamp,
        zone: &TimeZone,
    ) -> Result<Rule, Vec<FieldError>> {
        let today = zone.to_datetime(now).date();
        let at = self.at.trim().parse::<Time>().map_err(|_| fault("at", "Say when it begins, such as 22:00."));
        let minutes = minutes(&self.duration).filter(|minutes| (1..=LONGEST_REPEATED.as_mins()).contains(minutes));
        let minutes = minutes.ok_or_else(|| fault("duration", "It lasts from one minute to 24 hours, such as 04:00."));
        let valid_from = day("valid_from", &self.valid_from).map(|day| day.unwrap_or(today));
        let valid_until = day("valid_until", &self.valid_until);
        match (days, at, minutes, valid_from, valid_until) {
            (Ok(days), Ok(at), Ok(minutes), Ok(valid_from), Ok(valid_until)) => {
                if valid_until.is_some_and(|until| until < valid_from) {
                    return Err(vec![fault("valid_until", "The last day comes after the first.")]);
                }
                Ok(Rule::Repeated(Repeat { days, at, minutes, valid_from, valid_until }))
            }
            (days, at, minutes, from, until) => {
                Err([days.err(), at.err(), minutes.err(), from.err(), until.err()].into_iter().flatten().collect())
            }
        }
    }
}

/// An instant as it is, or a wall time of the place.
pub(super) fn instant(text: &str, zone: &TimeZone) -> Option<Timestamp> {
    let text = text.trim();
    let exact = text.parse::<Timestamp>().ok();
    let exact = exact.or_else(|| first_shown(zone, text.parse::<DateTime>().ok()?));
    exact.and_then(|at| Timestamp::from_microsecond(at.as_microsecond()).ok())
}

/// The hour that clocks leave out when they are put forward, where that is the time that was typed.
fn skipped(text: &str, zone: &TimeZone) -> Option<String> {
    let wall = text.trim().parse::<DateTime>().ok()?;
    let AmbiguousOffset::Gap { .. } = zone.to_ambiguous_timestamp(wall).offset() else { return None };
    let goes_on = zone.to_datetime(first_shown(zone, wall)?);
    let (wall, goes_on) = (wall.strftime("%Y-%m-%d %H:%M"), goes_on.strftime("%H:%M"));
    Some(format!("There is no {wall} there: clocks are put forward, and go on at {goes_on}."))
}

fn day(field: &str, text: &str) -> Result<Option<Date>, FieldError> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    let read = text.parse::<Date>().ok().filter(|day| (1970..3000).contains(&day.year()));
    read.map(Some).ok_or_else(|| fault(field, "A day is written as 2026-12-31."))
}

fn minutes(text: &str) -> Option<i64> {
    match text.trim().split_once(':') {
        None => text.trim().parse().ok(),
        Some((hours, minutes)) => {
            let minutes = minutes.parse::<i64>().ok().filter(|minutes| (0..60).contains(minutes))?;
            Some(hours.parse::<i64>().ok().filter(|hours| (0..1000).contains(hours))? * 60 + minutes)
        }
    }
}

fn number_of(day: &str) -> Option<i8> {
    let place = DAYS.iter().position(|(short, _)| short.eq_ignore_ascii_case(day.trim()))?;
    i8::try_from(place + 1).ok()
}

fn name_of(day: i8) -> Option<&'static str> {
    DAYS.get(usize::try_from(day - 1).ok()?).map(|(short, _)| *short)
}
