//! The last ninety days of a system, each by the worst that is known of it.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp, ToSpan, civil::Date, tz::TimeZone};

use crate::{
    domain::{access::Scope, number::CallNumber},
    store::{calls::Grave, systems::SystemRow},
};

pub const DAYS: i64 = 90;

pub struct Strip {
    pub days: Vec<Day>,
    pub from: String,
    pub summary: String,
}

/// A day: height and colour say the same, and a day that was not well leads to its call.
pub struct Day {
    pub x: i64,
    pub class: &'static str,
    pub label: String,
    pub number: Option<String>,
}

impl Strip {
    pub fn of(system: &SystemRow, grave: &[Grave], scope: &Scope, now: Timestamp) -> Self {
        let zone = TimeZone::get(&system.time_zone).unwrap_or(TimeZone::UTC);
        let today = now.to_zoned(zone.clone()).date();
        let teller = Teller { system, grave, scope, now, zone };
        let dates = (0..DAYS).map(|i| (i, today.saturating_sub((DAYS - 1 - i).days())));
        let days: Vec<Day> = dates.clone().map(|(i, date)| teller.day(i, date)).collect();
        let from = dates.map(|(_, date)| words(date)).next().unwrap_or_default();
        Self { days, from, summary: teller.summary() }
    }

    pub fn has_gaps(&self) -> bool {
        self.days.iter().any(|day| day.class == "silent")
    }

    pub fn bad_days(&self) -> impl Iterator<Item = &Day> {
        self.days.iter().filter(|day| matches!(day.class, "outage" | "simplex"))
    }
}

fn words(date: Date) -> String {
    date.strftime("%-d %b").to_string()
}

struct Teller<'a> {
    system: &'a SystemRow,
    grave: &'a [Grave],
    scope: &'a Scope,
    now: Timestamp,
    zone: TimeZone,
}

impl Teller<'_> {
    fn day(&self, i: i64, date: Date) -> Day {
        let (begin, end) = (self.midnight(date), self.midnight(date.saturating_add(1.day())));
        let (class, what, call) = self.state(begin, end);
        let number = call.map(|call| CallNumber::from_serial(call.number).to_string());
        let named = number.as_deref().map(|number| format!(", {number}")).unwrap_or_default();
        Day { x: i * 10 + 1, class, label: format!("{}: {what}{named}", words(date)), number }
    }

    fn midnight(&self, date: Date) -> Timestamp {
        date.to_zoned(self.zone.clone()).map_or(self.now, |zoned| zoned.timestamp())
    }

    /// The worst of a day; nothing is said of days that the system or the reader did not see.
    fn state(&self, begin: Timestamp, end: Timestamp) -> (&'static str, &'static str, Option<&Grave>) {
        let system = self.system;
        let call = self.grave.iter().find(|call| during(call, begin, end));
        let since = system.standing_since();
        let exposed = since < end && system.redundancy != "duplex";
        if end <= system.installed_at.to_jiff() {
            return ("silent", "not installed yet", None);
        }
        if !self.scope.contains(system.customer_id, system.site_id, begin) {
            return ("silent", "before the history that you see", None);
        }
        match call {
            Some(call) if call.severity == 1 => ("outage", "a critical call", Some(call)),
            _ if exposed && system.redundancy == "down" => ("outage", "down", call),
            _ if exposed => ("simplex", "without redundancy", call),
            Some(call) => ("simplex", "a serious call", Some(call)),
            None => ("ok", "no serious call", None),
        }
    }

    fn summary(&self) -> String {
        let since = self.now - SignedDuration::from_hours(24 * DAYS);
        let of = |severity| {
            let then = self.grave.iter().filter(|g| g.severity == severity && during(g, since, self.now));
            then.map(|g| g.number).collect::<BTreeSet<_>>().len()
        };
        let told = |count, word| match count {
            0 => format!("no {word} call"),
            1 => format!("1 {word} call"),
            n => format!("{n} {word} calls"),
        };
        format!("{} · {}", told(of(1), "critical"), told(of(2), "serious"))
    }
}

fn during(call: &Grave, begin: Timestamp, end: Timestamp) -> bool {
    call.began_at.to_jiff() < end && call.over_at.is_none_or(|over| over.to_jiff() > begin)
}
