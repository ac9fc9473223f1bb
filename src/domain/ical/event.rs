//! One event on its way to being holidays.
use jiff::ToSpan;
use jiff::civil::Date;

use super::Imported;
use super::lines::{Line, Property};
use super::recur::Rule;

/// What an event says of itself, with the lines where it says so.
#[derive(Debug, Default)]
pub(super) struct Event {
    pub line: usize,
    name: String,
    start: Option<Date>,
    end: Option<Date>,
    days: Option<i32>,
    rule: Option<(usize, String)>,
    extra: Vec<Date>,
    except: Vec<Date>,
    cancelled: bool,
    faults: Vec<(usize, String)>,
}

/// Nobody is away for longer than that on a holiday.
const LONGEST: i32 = 366;

impl Event {
    pub(super) fn at(line: usize) -> Self {
        Self { line, ..Self::default() }
    }

    pub(super) fn take(&mut self, property: Property, line: &Line) {
        match property.name.as_str() {
            "SUMMARY" => self.name = plain(&property.value),
            "DTSTART" => self.start = self.days_of(&property, line).first().copied(),
            "DTEND" => self.end = self.days_of(&property, line).first().copied(),
            "DURATION" => match duration(&property.value) {
                Some(days) => self.days = Some(days),
                None => self.fault(line, "lasts no whole days."),
            },
            "RRULE" => self.rule = Some((line.number, property.value)),
            "RDATE" => self.extra = self.days_of(&property, line),
            "EXDATE" => {
                let days = self.days_of(&property, line);
                self.except.extend(days);
            }
            "STATUS" => self.cancelled = property.value.trim().eq_ignore_ascii_case("CANCELLED"),
            _ => {}
        }
    }

    fn fault(&mut self, line: &Line, what: &str) {
        self.faults.push((line.number, format!("“{}” {what}", line.start())));
    }

    fn days_of(&mut self, property: &Property, line: &Line) -> Vec<Date> {
        let zoned = property.parameters.iter().any(|(name, _)| name == "TZID");
        let days: Vec<_> = property.value.split(',').map(|text| day(text.trim(), zoned)).collect();
        if days.iter().any(Option::is_none) {
            self.fault(line, "is no whole day.");
        }
        days.into_iter().flatten().collect()
    }

    pub(super) fn put_into(self, found: &mut Imported, today: Date) {
        for (line, what) in &self.faults {
            found.fault(*line, what.clone());
        }
        if self.cancelled {
            return found.fault(self.line, format!("{} is cancelled.", self.spoken()));
        }
        let Some(start) = self.start else {
            return found.fault(self.line, format!("{} has no day on which it begins.", self.spoken()));
        };
        let Some(length) = self.length(start) else {
            return found.fault(self.line, format!("{} ends before it begins, or lasts over a year.", self.spoken()));
        };
        let recurring = self.occurrences(start, found, today);
        let starts = recurring.into_iter().chain(self.extra.iter().copied());
        for first in starts.filter(|day| !self.except.contains(day)) {
            for day in first.series(1.day()).take(usize::try_from(length).unwrap_or(1)) {
                found.add(day, &self.name);
            }
        }
    }

    /// The end is the first day that is no holiday any more; where it is the beginning, one day is meant.
    fn length(&self, start: Date) -> Option<i32> {
        let days = match self.end {
            Some(end) => start.until(end).ok()?.get_days(),
            None => self.days.unwrap_or(1),
        };
        (0..=LONGEST).contains(&days).then_some(days.max(1))
    }

    fn occurrences(&self, start: Date, found: &mut Imported, today: Date) -> Vec<Date> {
        let Some((line, text)) = &self.rule else { return vec![start] };
        if let Some(rule) = Rule::of(text) {
            return rule.days(start, today);
        }
        found.fault(*line, format!("{} comes back as {text}: only its first day is taken.", self.spoken()));
        vec![start]
    }

    fn spoken(&self) -> String {
        if self.name.is_empty() { "This event".into() } else { format!("“{}”", self.name) }
    }
}

/// `20261225`, or midnight of a place; a time of day or of UTC is no day.
fn day(text: &str, zoned: bool) -> Option<Date> {
    let (digits, time) = text.split_at_checked(8)?;
    let whole = match time {
        "" | "T000000" => true,
        // Midnight at Greenwich is a day only where no other place is meant.
        "T000000Z" => !zoned,
        _ => false,
    };
    let number = |range: std::ops::Range<usize>| digits.get(range)?.parse::<i16>().ok();
    let (year, month, day) = (number(0..4)?, number(4..6)?, number(6..8)?);
    let date = Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()?;
    (whole && digits.bytes().all(|byte| byte.is_ascii_digit())).then_some(date)
}

/// `P2D`, `P1W`
fn duration(text: &str) -> Option<i32> {
    let text = text.trim().trim_start_matches('+').strip_prefix('P')?;
    let (number, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    let count: i32 = number.parse().ok()?;
    match unit {
        "D" => Some(count),
        "W" => count.checked_mul(7),
        _ => None,
    }
}

/// A text without its escapes, on one line.
fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => match chars.next() {
                Some('n' | 'N') => plain.push(' '),
                Some(other) => plain.push(other),
                None => {}
            },
            other => plain.push(other),
        }
    }
    plain.trim().chars().take(200).collect()
}
