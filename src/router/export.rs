//! Rules as `route export` prints them.
use std::fmt::Write;

use toml::Value;

use super::rules::{ACCEPT_MINUTES, Cac, NamedCalendar, Queue, Rules};
use crate::domain::calendar::{Calendar, Period};

impl Rules {
    /// Written by hand, because people edit it: a week stays on one line.
    pub fn to_toml(&self) -> String {
        let mut text = format!("regions = {}\nduty_manager = {}\n", list(&self.regions), quoted(&self.duty_manager));
        let calendars = self.calendars.iter().map(NamedCalendar::to_toml);
        let tables = calendars.chain(self.cacs.iter().map(Cac::to_toml)).chain(self.queues.iter().map(Queue::to_toml));
        for table in tables {
            let _ = write!(text, "\n{table}");
        }
        text
    }
}

impl NamedCalendar {
    fn to_toml(&self) -> String {
        let Self { name, calendar } = self;
        let holidays: Vec<_> = calendar.holidays().iter().map(ToString::to_string).collect();
        format!(
            "[[calendar]]\nname = {}\ntime_zone = {}\nweekly = {}\nholidays = {}\n{}",
            quoted(name),
            quoted(calendar.zone_name()),
            week(calendar.weekly()),
            list(&holidays),
            named_days(calendar)
        )
    }
}

impl Cac {
    fn to_toml(&self) -> String {
        let name = self.name.as_ref().map(|name| format!("name = {}\n", quoted(name)));
        let mut table = format!(
            "[[cac]]\ncode = {}\nregion = {}\n{}calendar = {}\n",
            quoted(&self.code),
            quoted(&self.region),
            name.unwrap_or_default(),
            quoted(&self.calendar)
        );
        if self.accept_minutes != ACCEPT_MINUTES {
            let _ = writeln!(table, "accept_minutes = {}", self.accept_minutes);
        }
        table
    }
}

impl Queue {
    fn to_toml(&self) -> String {
        let (slug, cac) = (quoted(&self.slug), quoted(&self.cac));
        let mut table = format!("[[queue]]\nslug = {slug}\ncac = {cac}\nsubjects = {}\n", list(&self.subjects));
        if !self.languages.is_empty() {
            let _ = writeln!(table, "languages = {}", list(&self.languages));
        }
        table
    }
}

/// `holiday_names = { 2026-12-25 = "Christmas Day" }`, where any day has a name.
fn named_days(calendar: &Calendar) -> String {
    let days = calendar.holiday_names().iter().map(|(day, name)| format!("{day} = {}", quoted(name)));
    let days: Vec<_> = days.collect();
    if days.is_empty() { String::new() } else { format!("holiday_names = {{ {} }}\n", days.join(", ")) }
}

fn week(weekly: &[Vec<Period>; 7]) -> String {
    let days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"].iter().zip(weekly);
    let hours = |day: &[Period]| list(&day.iter().map(ToString::to_string).collect::<Vec<_>>());
    let days = days.filter(|(_, day)| !day.is_empty()).map(|(name, day)| format!("{name} = {}", hours(day)));
    format!("{{ {} }}", days.collect::<Vec<_>>().join(", "))
}

fn list(items: &[String]) -> String {
    let items: Vec<_> = items.iter().map(|item| quoted(item)).collect();
    format!("[{}]", items.join(", "))
}

fn quoted(text: &str) -> String {
    Value::from(text).to_string()
}
