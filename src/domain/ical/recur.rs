//! Days that come back every year: on a date, or on such as the fourth Thursday of November.
use jiff::ToSpan;
use jiff::civil::{Date, Weekday};

/// The yearly part of RFC 5545's recurrence rules; a rule with anything else in it is not understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Rule {
    interval: i16,
    count: Option<usize>,
    until: Option<Date>,
    months: Vec<i8>,
    month_days: Vec<i8>,
    /// `4TH` is the fourth Thursday, `-1MO` the last Monday, `0` every one of the month.
    weekdays: Vec<(i8, Weekday)>,
}

/// Holidays are written out for last year and for the years that calendars are asked about.
const BACK: i16 = 1;
const AHEAD: i16 = 6;

impl Rule {
    pub(super) fn of(text: &str) -> Option<Self> {
        let mut rule =
            Self { interval: 1, count: None, until: None, months: vec![], month_days: vec![], weekdays: vec![] };
        let mut yearly = false;
        for part in text.trim().split(';').filter(|part| !part.is_empty()) {
            let (name, value) = part.split_once('=')?;
            match name.trim().to_ascii_uppercase().as_str() {
                "FREQ" => yearly = value.eq_ignore_ascii_case("YEARLY"),
                "INTERVAL" => rule.interval = value.parse().ok().filter(|years| *years > 0)?,
                "COUNT" => rule.count = Some(value.parse().ok()?),
                "UNTIL" => rule.until = Some(until(value)?),
                "BYMONTH" => rule.months = list(value, |v| v.parse().ok().filter(|m| (1..=12).contains(m)))?,
                "BYMONTHDAY" => {
                    rule.month_days = list(value, |v| v.parse().ok().filter(|d| (1..=31).contains(&i8::abs(*d))))?;
                }
                "BYDAY" => rule.weekdays = list(value, weekday)?,
                "WKST" => {}
                _ => return None,
            }
        }
        // Without a month the fourth Thursday would be one of the year.
        let clear = rule.weekdays.is_empty() || (!rule.months.is_empty() && rule.month_days.is_empty());
        (yearly && clear).then_some(rule)
    }

    /// The days on which it begins, those of the years around `today`.
    pub(super) fn days(&self, start: Date, today: Date) -> Vec<Date> {
        let (first, last) = (today.year() - BACK, today.year() + AHEAD);
        let years = (start.year()..=last).step_by(usize::try_from(self.interval).unwrap_or(1));
        let all = years.flat_map(|year| self.of_year(year, start)).filter(|day| *day >= start);
        let until = self.until.unwrap_or(Date::MAX);
        let meant = all.take_while(|day| *day <= until).take(self.count.unwrap_or(usize::MAX));
        meant.filter(|day| day.year() >= first).collect()
    }

    fn of_year(&self, year: i16, start: Date) -> Vec<Date> {
        let months = if self.months.is_empty() { vec![start.month()] } else { self.months.clone() };
        let mut days: Vec<Date> = months.into_iter().flat_map(|month| self.of_month(year, month, start)).collect();
        days.sort_unstable();
        days.dedup();
        days
    }

    fn of_month(&self, year: i16, month: i8, start: Date) -> Vec<Date> {
        let Ok(first) = Date::new(year, month, 1) else { return Vec::new() };
        let length = first.days_in_month();
        let by_number = |day: i8| {
            let day = if day < 0 { length + 1 + day } else { day };
            Date::new(year, month, day).ok()
        };
        match (self.weekdays.is_empty(), self.month_days.is_empty()) {
            (false, _) => self.weekdays.iter().flat_map(|(nth, day)| on_weekdays(first, *nth, *day)).collect(),
            (true, false) => self.month_days.iter().filter_map(|day| by_number(*day)).collect(),
            (true, true) => by_number(start.day()).into_iter().collect(),
        }
    }
}

fn on_weekdays(first: Date, nth: i8, day: Weekday) -> Vec<Date> {
    if nth != 0 {
        return first.nth_weekday_of_month(nth, day).into_iter().collect();
    }
    let all = first.series(1.day()).take_while(|date| date.month() == first.month());
    all.filter(|date| date.weekday() == day).collect()
}

fn list<T>(text: &str, read: impl Fn(&str) -> Option<T>) -> Option<Vec<T>> {
    text.split(',').map(|item| read(item.trim())).collect()
}

fn until(text: &str) -> Option<Date> {
    let digits = text.trim().get(..8)?;
    let number = |range: std::ops::Range<usize>| digits.get(range)?.parse::<i16>().ok();
    let (month, day) = (i8::try_from(number(4..6)?).ok()?, i8::try_from(number(6..8)?).ok()?);
    Date::new(number(0..4)?, month, day).ok()
}

fn weekday(text: &str) -> Option<(i8, Weekday)> {
    let (nth, name) = text.split_at_checked(text.len().checked_sub(2)?)?;
    let names = [
        ("MO", Weekday::Monday),
        ("TU", Weekday::Tuesday),
        ("WE", Weekday::Wednesday),
        ("TH", Weekday::Thursday),
        ("FR", Weekday::Friday),
        ("SA", Weekday::Saturday),
        ("SU", Weekday::Sunday),
    ];
    let day = names.iter().find(|(own, _)| own.eq_ignore_ascii_case(name))?.1;
    let nth = if nth.is_empty() { 0 } else { nth.parse().ok().filter(|n: &i8| (1..=5).contains(&n.abs()))? };
    Some((nth, day))
}
