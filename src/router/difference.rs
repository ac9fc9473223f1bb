//! What one set of rules says otherwise than another, in words, and whose concern each change is.
use jiff::civil::Date;

use super::rules::{Cac, Queue, Rules};
use crate::domain::calendar::{Calendar, DAYS, hours_text};

/// One change, as a lead reads it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    pub words: String,
    pub touches: Touches,
}

/// Whose rules a change is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Touches {
    /// Everybody's: the order of the regions, the duty manager.
    House,
    /// The hours, queues or place of these CACs.
    Cacs(Vec<String>),
    /// A calendar that no CAC keeps: that of a site or a partner.
    Calendar(String),
}

/// As many days are told one by one.
const TOLD: usize = 6;

/// Every change on the way from one set of rules to the next.
pub fn differences(before: &Rules, after: &Rules) -> Vec<Difference> {
    let mut found = of_the_house(before, after);
    found.extend(of_calendars(before, after));
    found.extend(of_cacs(before, after));
    found.extend(of_queues(before, after));
    found
}

fn of_the_house(before: &Rules, after: &Rules) -> Vec<Difference> {
    let mut words = Vec::new();
    if before.regions != after.regions {
        let (old, new) = (before.regions.join(", "), after.regions.join(", "));
        words.push(format!("The regions were {old}; they become {new}, in this order."));
    }
    if before.duty_manager != after.duty_manager {
        let (old, new) = (&before.duty_manager, &after.duty_manager);
        words.push(format!("What nobody takes goes to the queue “{new}” instead of “{old}”."));
    }
    words.into_iter().map(|words| Difference { words, touches: Touches::House }).collect()
}

fn of_calendars(before: &Rules, after: &Rules) -> Vec<Difference> {
    let mut found = Vec::new();
    for (name, old, new) in pairs(&before.calendars, &after.calendars, |c| &c.name) {
        let words = match (old, new) {
            (Some(old), Some(new)) => hours_changed(name, &old.calendar, &new.calendar),
            (None, Some(new)) => vec![format!("Calendar {name} is new, in {}.", new.calendar.zone_name())],
            _ => vec![format!("Calendar {name} is gone.")],
        };
        let touches = touched_by(name, before, after);
        found.extend(words.into_iter().map(|words| Difference { words, touches: touches.clone() }));
    }
    found
}

/// A calendar belongs to every CAC that keeps it, before or after.
fn touched_by(calendar: &str, before: &Rules, after: &Rules) -> Touches {
    let both = before.cacs.iter().chain(&after.cacs).filter(|cac| cac.calendar == calendar);
    let mut cacs: Vec<String> = both.map(|cac| cac.code.clone()).collect();
    cacs.sort();
    cacs.dedup();
    if cacs.is_empty() { Touches::Calendar(calendar.to_owned()) } else { Touches::Cacs(cacs) }
}

fn hours_changed(name: &str, old: &Calendar, new: &Calendar) -> Vec<String> {
    let mut words = Vec::new();
    if old.zone_name() != new.zone_name() {
        words.push(format!("Calendar {name} moves from {} to {}.", old.zone_name(), new.zone_name()));
    }
    for ((_, day), (old, new)) in DAYS.iter().zip(old.weekly().iter().zip(new.weekly())) {
        if old != new {
            words.push(format!(
                "Calendar {name}: {day} {} becomes {}.",
                spoken(&hours_text(old)),
                spoken(&hours_text(new))
            ));
        }
    }
    let added = new.holidays().difference(old.holidays()).map(|day| day_words(new, *day)).collect();
    let removed = old.holidays().difference(new.holidays()).map(|day| day_words(old, *day)).collect();
    words.extend(days(added).map(|days| format!("Calendar {name}: closed on {days}.")));
    words.extend(days(removed).map(|days| format!("Calendar {name}: no longer closed on {days}.")));
    if words.is_empty() && old != new {
        words.push(format!("Calendar {name}: holidays get other names."));
    }
    words
}

fn spoken(hours: &str) -> &str {
    if hours.is_empty() { "closed" } else { hours }
}

fn day_words(calendar: &Calendar, day: Date) -> String {
    let name = calendar.holiday_names().get(&day).map(|name| format!(" ({name})"));
    format!("{}{}", day.strftime("%a %-d %b %Y"), name.unwrap_or_default())
}

fn days(mut days: Vec<String>) -> Option<String> {
    let more = days.len().saturating_sub(TOLD);
    days.truncate(TOLD);
    let more = if more > 0 { format!(" and {more} more days") } else { String::new() };
    (!days.is_empty()).then(|| format!("{}{more}", days.join(", ")))
}

fn of_cacs(before: &Rules, after: &Rules) -> Vec<Difference> {
    let mut found = Vec::new();
    for (code, old, new) in pairs(&before.cacs, &after.cacs, |cac| &cac.code) {
        let words = match (old, new) {
            (Some(old), Some(new)) => cac_changed(old, new),
            (None, Some(new)) => vec![format!("CAC {code} is new, in {} with calendar {}.", new.region, new.calendar)],
            _ => vec![format!("CAC {code} is gone.")],
        };
        let touches = Touches::Cacs(vec![code.to_owned()]);
        found.extend(words.into_iter().map(|words| Difference { words, touches: touches.clone() }));
    }
    found
}

fn cac_changed(old: &Cac, new: &Cac) -> Vec<String> {
    let code = &new.code;
    let mut words = Vec::new();
    if old.region != new.region {
        words.push(format!("CAC {code} moves from region {} to {}.", old.region, new.region));
    }
    if old.calendar != new.calendar {
        words.push(format!("CAC {code} keeps calendar {} instead of {}.", new.calendar, old.calendar));
    }
    if old.accept_minutes != new.accept_minutes {
        let (before, after) = (old.accept_minutes, new.accept_minutes);
        words.push(format!("CAC {code} has {after} minutes to accept a handover instead of {before}."));
    }
    if words.is_empty() && old != new {
        words.push(format!("CAC {code} is called “{}”.", new.name.as_deref().unwrap_or(code)));
    }
    words
}

fn of_queues(before: &Rules, after: &Rules) -> Vec<Difference> {
    let mut found = Vec::new();
    for (slug, old, new) in pairs(&before.queues, &after.queues, |queue| &queue.slug) {
        let words = match (old, new) {
            (Some(old), Some(new)) => queue_changed(old, new),
            (None, Some(new)) => Some(format!("Queue {slug} of {} is new, for {}.", new.cac, subjects(new))),
            (Some(old), None) => Some(format!("Queue {slug} of {} is gone.", old.cac)),
            (None, None) => None,
        };
        let mut cacs: Vec<String> = old.into_iter().chain(new).map(|queue| queue.cac.clone()).collect();
        cacs.dedup();
        found.extend(words.map(|words| Difference { words, touches: Touches::Cacs(cacs) }));
    }
    found
}

fn queue_changed(old: &Queue, new: &Queue) -> Option<String> {
    let slug = &new.slug;
    match () {
        () if old == new => None,
        () if old.cac != new.cac => Some(format!("Queue {slug} moves from {} to {}.", old.cac, new.cac)),
        () if (&old.subjects, &old.languages) != (&new.subjects, &new.languages) => {
            Some(format!("Queue {slug} takes {} instead of {}.", subjects(new), subjects(old)))
        }
        () => Some(format!("Queue {slug} is set up otherwise.")),
    }
}

fn subjects(queue: &Queue) -> String {
    let subjects = if queue.subjects.is_empty() { "nothing".into() } else { queue.subjects.join(", ") };
    if queue.languages.is_empty() { subjects } else { format!("{subjects} in {}", queue.languages.join(", ")) }
}

/// Things of both lists by their names, each once, those of the first list first.
pub(super) fn pairs<'a, T>(before: &'a [T], after: &'a [T], name: fn(&T) -> &String) -> Vec<Pair<'a, T>> {
    let of = |list: &'a [T], wanted: &str| list.iter().find(|item| name(item) == wanted);
    let mut found: Vec<Pair<'a, T>> = Vec::new();
    for item in before.iter().chain(after) {
        let own = name(item).as_str();
        if !found.iter().any(|(known, ..)| *known == own) {
            found.push((own, of(before, own), of(after, own)));
        }
    }
    found
}

/// A thing by its name, as it was and as it becomes.
type Pair<'a, T> = (&'a str, Option<&'a T>, Option<&'a T>);

#[cfg(test)]
mod tests {
    use super::*;

    fn changed(change: impl Fn(&mut Rules)) -> Vec<Difference> {
        let before = Rules::standard().unwrap();
        let mut after = before.clone();
        change(&mut after);
        differences(&before, &after)
    }

    #[test]
    fn rules_that_are_the_same_differ_in_nothing() {
        assert_eq!(changed(|_| ()), []);
        assert_eq!(changed(|rules| rules.queues.reverse()), [], "an order that means nothing");
    }

    #[test]
    fn changed_hours_are_told_by_the_day_and_concern_the_cac_that_keeps_them() {
        let found = changed(|rules| {
            let mut week = rules.calendars[1].calendar.weekly().clone();
            week[4] = crate::domain::calendar::hours_of("08:00-12:30, 13:15-20:00").unwrap();
            let days = ["2026-12-25".parse().unwrap()];
            let calendar = Calendar::new("Europe/Dublin", week, days).unwrap();
            let names = [("2026-12-25".parse().unwrap(), "Christmas Day".to_owned())].into();
            rules.calendars[1].calendar = calendar.with_holiday_names(names);
        });

        let words: Vec<_> = found.iter().map(|one| one.words.as_str()).collect();
        assert_eq!(
            words,
            [
                "Calendar emea: Friday 08:00-20:00 becomes 08:00-12:30, 13:15-20:00.",
                "Calendar emea: closed on Fri 25 Dec 2026 (Christmas Day).",
            ]
        );
        assert!(found.iter().all(|one| one.touches == Touches::Cacs(vec!["EMEA".into()])));
    }

    #[test]
    fn a_queue_that_changes_hands_concerns_both() {
        let found = changed(|rules| rules.queues[0].cac = "APAC".into());
        assert_eq!(found[0].words, "Queue amer-hardware moves from AMER to APAC.");
        assert_eq!(found[0].touches, Touches::Cacs(vec!["AMER".into(), "APAC".into()]));
        let found = changed(|rules| rules.regions.reverse());
        assert_eq!(found[0].touches, Touches::House);
    }

    #[test]
    fn a_calendar_that_no_cac_keeps_is_nobodys_hours() {
        let found = changed(|rules| {
            let mut own = rules.calendars[0].clone();
            own.name = "lyon".into();
            rules.calendars.push(own);
        });
        assert_eq!(found[0].touches, Touches::Calendar("lyon".into()));
    }
}
