//! A year of a system, week by week: how many alarms a day, and on which days calls began.

use jiff::{Timestamp, ToSpan, civil::Date, tz::TimeZone};

use super::super::calls::place_at;
use crate::store::{alarms, systems::SystemRow};

const CELL: i64 = 17;
const LEFT: i64 = 30;
const TOP: i64 = 17;
const WEEKS: i64 = 53;

pub struct Year {
    pub quiet: Vec<Quiet>,
    pub cells: Vec<Cell>,
    pub labels: Vec<(i64, String)>,
    pub months: Vec<Month>,
}

/// A stretch of days on which nothing is drawn over the ground.
pub struct Quiet {
    pub x: i64,
    pub width: i64,
    pub height: i64,
}

/// A day on which something happened.
pub struct Cell {
    pub x: i64,
    pub y: i64,
    pub class: &'static str,
    pub incident: bool,
    pub label: String,
}

/// The same by month, for the table.
pub struct Month {
    name: String,
    pub label: String,
    pub alarms: i64,
    pub calls: i64,
    /// Where the incident list stands at the end of the month.
    pub place: String,
}

impl Year {
    pub fn of(days: &[alarms::Day], system: &SystemRow, now: Timestamp) -> Self {
        let zone = TimeZone::get(&system.time_zone).unwrap_or(TimeZone::UTC);
        let today = now.to_zoned(zone.clone()).date();
        let chart = Chart { today, zone };
        let installed = system.installed_at.to_jiff().to_zoned(chart.zone.clone()).date();
        Self {
            quiet: chart.quiet(installed),
            cells: days.iter().filter_map(|day| chart.cell(day)).collect(),
            labels: chart.labels(),
            months: chart.months(days),
        }
    }
}

struct Chart {
    today: Date,
    zone: TimeZone,
}

impl Chart {
    fn weekday(&self) -> i64 {
        i64::from(self.today.weekday().to_monday_zero_offset())
    }

    fn days_ago(&self, days: i32) -> Date {
        self.today.saturating_sub(days.days())
    }

    /// Column and row of a day; the last column is the week that is under way.
    fn place(&self, days_ago: i64) -> (i64, i64) {
        let from_first_monday = (WEEKS - 1) * 7 + self.weekday() - days_ago;
        (from_first_monday.div_euclid(7), from_first_monday.rem_euclid(7))
    }

    /// No ground before the system was there, none for the days to come.
    fn quiet(&self, installed: Date) -> Vec<Quiet> {
        let age = self.today.since(installed).map_or(0, |span| i64::from(span.get_days()));
        let first = self.place(age).0.clamp(0, WEEKS - 1);
        let whole = Quiet { x: LEFT + first * CELL, width: (WEEKS - 1 - first) * CELL, height: 7 * CELL };
        let this_week = Quiet { x: LEFT + (WEEKS - 1) * CELL, width: CELL, height: (self.weekday() + 1) * CELL };
        vec![whole, this_week]
    }

    fn cell(&self, day: &alarms::Day) -> Option<Cell> {
        let (week, row) = self.place(i64::from(day.days_ago));
        let date = self.days_ago(day.days_ago).strftime("%-d %b").to_string();
        (0..WEEKS).contains(&week).then(|| Cell {
            x: LEFT + week * CELL,
            y: TOP + row * CELL,
            class: match day.alarms {
                ..=0 => "h0",
                1 => "h1",
                2..=9 => "h2",
                _ => "h3",
            },
            incident: day.calls > 0,
            label: format!("{date}: {}, {}", several(day.alarms, "alarm"), several(day.calls, "call")),
        })
    }

    /// A month is named over the column of its first whole week.
    fn labels(&self) -> Vec<(i64, String)> {
        let monday = |week: i64| self.today.saturating_sub((self.weekday() + (WEEKS - 1 - week) * 7).days());
        (1..WEEKS - 1)
            .filter(|week| monday(*week).month() != monday(week - 1).month())
            .map(|week| (LEFT + week * CELL, monday(week).strftime("%b").to_string()))
            .collect()
    }

    fn months(&self, days: &[alarms::Day]) -> Vec<Month> {
        let mut months: Vec<Month> = Vec::new();
        for day in days {
            let date = self.days_ago(day.days_ago);
            let name = date.strftime("%Y-%m").to_string();
            if months.last().is_none_or(|last| last.name != name) {
                months.push(self.month(date, name));
            }
            if let Some(month) = months.last_mut() {
                month.alarms += day.alarms;
                month.calls += day.calls;
            }
        }
        months
    }

    fn month(&self, date: Date, name: String) -> Month {
        let after = date.last_of_month().saturating_add(1.day());
        let end = after.to_zoned(self.zone.clone()).map_or(Timestamp::MAX, |zoned| zoned.timestamp());
        Month { name, label: date.strftime("%b %Y").to_string(), alarms: 0, calls: 0, place: place_at(end) }
    }
}

fn several(count: i64, what: &str) -> String {
    match count {
        1 => format!("1 {what}"),
        n => format!("{n} {what}s"),
    }
}
