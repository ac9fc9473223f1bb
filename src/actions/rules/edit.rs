//! The changes that a form of the draft can make, each judged field by field.

use std::collections::BTreeMap;

use jiff::civil::Date;

use crate::{
    domain::calendar::{Calendar, DAYS, Period, hours_of, zone},
    error::{Error, FieldError, Result},
    router::{NamedCalendar, Queue, Rules},
};

/// One change of the draft, as it was typed.
#[derive(Debug, Clone)]
pub enum Edit {
    /// The draft begins, with nothing changed yet.
    Begin,
    Hours {
        calendar: String,
        time_zone: String,
        /// One text a day, Monday first.
        days: [String; 7],
    },
    AddCalendar {
        name: String,
        time_zone: String,
    },
    RemoveCalendar {
        name: String,
    },
    /// A day, or all from the first to the last of a range.
    AddDays {
        calendar: String,
        from: String,
        to: String,
        name: String,
    },
    RemoveDays {
        calendar: String,
        days: Vec<String>,
    },
    /// What a file of holidays said.
    ImportDays {
        calendar: String,
        days: BTreeMap<Date, String>,
    },
    /// A new queue, or another CAC or other subjects for one that is there.
    Queue {
        slug: String,
        cac: String,
        subjects: String,
        /// Codes of two letters; what its people speak beside the language of the house.
        languages: String,
    },
    RemoveQueue {
        slug: String,
    },
    /// The regions in their order, and the queue of the duty manager.
    Order {
        regions: String,
        duty_manager: String,
    },
    /// Which hours a CAC keeps, and how long it may take to accept a call; nothing said leaves that as it is.
    Cac {
        cac: String,
        calendar: String,
        accept_minutes: String,
    },
    /// The whole, as TOML.
    Text(String),
}

/// Longer would be no holiday but a calendar of its own.
const LONGEST_RANGE: i32 = 366;
/// A day, in minutes: who has not accepted a call by then will not.
const LONGEST_WAIT: u32 = 24 * 60;

impl Edit {
    pub(super) fn apply(&self, rules: &mut Rules) -> Result<()> {
        match self {
            Self::Begin => Ok(()),
            Self::Hours { calendar, time_zone, days } => hours(rules, calendar, time_zone, days),
            Self::AddCalendar { name, time_zone } => add_calendar(rules, name, time_zone),
            Self::RemoveCalendar { name } => remove(&mut rules.calendars, |own| own.name == *name),
            Self::AddDays { calendar, from, to, name } => {
                let days = range(from, to)?;
                let add = |named: &mut BTreeMap<Date, String>| {
                    named.extend(days.into_iter().map(|day| (day, name.trim().to_owned())));
                };
                holidays(rules, calendar, add)
            }
            Self::RemoveDays { calendar, days } => {
                let gone: Vec<Date> = days.iter().filter_map(|day| day.parse().ok()).collect();
                holidays(rules, calendar, |named| named.retain(|day, _| !gone.contains(day)))
            }
            Self::ImportDays { calendar, days } => {
                holidays(rules, calendar, |named| named.extend(days.iter().map(|(day, name)| (*day, name.clone()))))
            }
            Self::Queue { slug, cac, subjects, languages } => queue(rules, slug, cac, (subjects, languages)),
            Self::RemoveQueue { slug } => remove(&mut rules.queues, |own| own.slug == *slug),
            Self::Order { regions, duty_manager } => order(rules, regions, duty_manager),
            Self::Cac { cac, calendar, accept_minutes } => center(rules, cac, calendar, accept_minutes.trim()),
            Self::Text(text) => {
                *rules = Rules::strictly(text).map_err(|e| Error::invalid("text", e.to_string()))?;
                Ok(())
            }
        }
    }
}

fn fault(field: &str, message: impl Into<String>) -> FieldError {
    FieldError { field: field.to_owned(), message: message.into() }
}

fn calendar_of<'a>(rules: &'a mut Rules, name: &str) -> Result<&'a mut Calendar> {
    let found = rules.calendars.iter_mut().find(|named| named.name == name);
    found.map(|named| &mut named.calendar).ok_or(Error::NotFound)
}

fn hours(rules: &mut Rules, name: &str, time_zone: &str, days: &[String; 7]) -> Result<()> {
    let calendar = calendar_of(rules, name)?;
    let mut faults = Vec::new();
    let mut week: [Vec<Period>; 7] = Default::default();
    if let Err(error) = zone(time_zone.trim()) {
        faults.push(fault("time_zone", error.to_string()));
    }
    for ((own, (field, day)), text) in week.iter_mut().zip(DAYS).zip(days) {
        match hours_of(text) {
            Ok(periods) if periods.iter().any(|period| period.is_closed()) => {
                let told =
                    "it opens and closes at the same minute. 00:00-24:00 is all day; a closed day is left empty.";
                faults.push(fault(field, format!("{day}: {told}")));
            }
            Ok(periods) => *own = periods,
            Err(error) => faults.push(fault(field, format!("{day}: {error} Several are parted by commas."))),
        }
    }
    if !faults.is_empty() {
        return Err(Error::Invalid(faults));
    }
    let names = calendar.holiday_names().clone();
    let made = Calendar::new(time_zone.trim(), week, calendar.holidays().iter().copied());
    *calendar = made.map_err(|e| Error::invalid("time_zone", e.to_string()))?.with_holiday_names(names);
    Ok(())
}

fn add_calendar(rules: &mut Rules, name: &str, time_zone: &str) -> Result<()> {
    let name = name.trim();
    if !is_name(name) {
        return Err(Error::invalid(
            "name",
            "A calendar is called by small letters, digits and hyphens, such as lyon-2.",
        ));
    }
    if rules.calendar(name).is_some() {
        return Err(Error::invalid("name", "A calendar of that name is there already."));
    }
    let calendar = Calendar::prime_hours(time_zone.trim()).map_err(|e| Error::invalid("new_zone", e.to_string()))?;
    rules.calendars.push(NamedCalendar { name: name.to_owned(), calendar });
    Ok(())
}

/// Names stand in addresses.
fn is_name(name: &str) -> bool {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    !name.is_empty() && name.len() <= 40 && name.chars().all(plain)
}

fn remove<T>(list: &mut Vec<T>, is_meant: impl Fn(&T) -> bool) -> Result<()> {
    let before = list.len();
    list.retain(|item| !is_meant(item));
    if list.len() < before { Ok(()) } else { Err(Error::NotFound) }
}

fn range(from: &str, to: &str) -> Result<Vec<Date>> {
    let day = |field: &str, text: &str| {
        text.trim().parse::<Date>().map_err(|_| Error::invalid(field, "Write the day as in 2026-12-25."))
    };
    let first = day("from", from)?;
    let last = if to.trim().is_empty() { first } else { day("to", to)? };
    let length = first.until(last).map_or(-1, |span| span.get_days());
    if !(0..LONGEST_RANGE).contains(&length) {
        return Err(Error::invalid("to", "The last day comes after the first, and within a year of it."));
    }
    Ok(first.series(jiff::ToSpan::day(1)).take_while(|day| *day <= last).collect())
}

fn holidays(rules: &mut Rules, calendar: &str, change: impl FnOnce(&mut BTreeMap<Date, String>)) -> Result<()> {
    let calendar = calendar_of(rules, calendar)?;
    let name = |day: &Date| calendar.holiday_names().get(day).cloned().unwrap_or_default();
    let mut named: BTreeMap<Date, String> = calendar.holidays().iter().map(|day| (*day, name(day))).collect();
    change(&mut named);
    let made = Calendar::new(calendar.zone_name(), calendar.weekly().clone(), named.keys().copied());
    *calendar = made.map_err(|e| Error::Internal(e.to_string()))?.with_holiday_names(named);
    Ok(())
}

/// As ISO 639-1 has it.
pub(super) fn is_language(code: &str) -> bool {
    code.len() == 2 && code.chars().all(|c| c.is_ascii_lowercase())
}

fn words(text: &str) -> Vec<String> {
    let words = text.split([',', ';', '\n']).map(str::trim).filter(|word| !word.is_empty());
    words.map(str::to_owned).collect()
}

fn queue(rules: &mut Rules, slug: &str, cac: &str, (subjects, languages): (&str, &str)) -> Result<()> {
    let (slug, subjects, languages) = (slug.trim(), words(subjects), words(&languages.to_lowercase()));
    let mut faults = Vec::new();
    if !is_name(slug) {
        faults.push(fault("slug", "A queue is called by small letters, digits and hyphens, such as emea-network."));
    }
    if !rules.cacs.iter().any(|own| own.code == cac) {
        faults.push(fault("cac", "Choose the CAC whose queue it is."));
    }
    if !languages.iter().all(|code| is_language(code)) {
        faults.push(fault("languages", "Languages are two letters each, such as fr, parted by commas."));
    }
    if !faults.is_empty() {
        return Err(Error::Invalid(faults));
    }
    match rules.queues.iter_mut().find(|own| own.slug == slug) {
        Some(own) if own.cac != cac => {
            let told = format!("There is a queue of that name already, of {}. Choose another name.", own.cac);
            return Err(Error::invalid("slug", told));
        }
        Some(own) => {
            own.subjects = subjects;
            own.languages = languages;
        }
        None => {
            rules.queues.push(Queue { slug: slug.to_owned(), cac: cac.to_owned(), subjects, languages });
        }
    }
    Ok(())
}

fn order(rules: &mut Rules, regions: &str, duty_manager: &str) -> Result<()> {
    let words = regions.split([',', '\n']).map(str::trim).filter(|word| !word.is_empty());
    let duty = duty_manager.trim();
    if !is_name(duty) {
        return Err(Error::invalid("duty_manager", "The queue is called by small letters, digits and hyphens."));
    }
    rules.regions = words.map(str::to_owned).collect();
    duty.clone_into(&mut rules.duty_manager);
    Ok(())
}

fn center(rules: &mut Rules, cac: &str, calendar: &str, accept_minutes: &str) -> Result<()> {
    if rules.calendar(calendar).is_none() {
        return Err(Error::invalid("calendar", "There is no such calendar."));
    }
    let found = rules.cacs.iter_mut().find(|own| own.code == cac).ok_or(Error::NotFound)?;
    if !accept_minutes.is_empty() {
        let told = || format!("{cac}: write whole minutes to accept a handover, from 1 to {LONGEST_WAIT}.");
        let minutes = accept_minutes.parse().ok().filter(|minutes| (1..=LONGEST_WAIT).contains(minutes));
        found.accept_minutes = minutes.ok_or_else(|| Error::invalid("accept_minutes", told()))?;
    }
    calendar.clone_into(&mut found.calendar);
    Ok(())
}
