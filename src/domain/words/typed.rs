//! What somebody types into a search field: words, phrases in quotes, what to leave out, and narrowings such as
//! `status:open`.

use jiff::{Timestamp, civil::Date, tz::TimeZone};

use super::looked_for::{LookedFor, Term};
use crate::domain::{call::Status, severity::Severity};

/// Longer questions are answered by their beginning.
const MOST_TERMS: usize = 24;

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Order {
    /// Names first, then titles, then the rest.
    #[default]
    Relevance,
    Newest,
}

/// A question, taken apart.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Typed {
    pub looked_for: LookedFor,
    /// Nothing narrows nothing.
    pub statuses: Vec<Status>,
    pub severity: Option<Severity>,
    pub queue: Option<String>,
    pub site: Option<String>,
    pub serial: Option<String>,
    /// Opened from then on, and before then.
    pub from: Option<Timestamp>,
    pub until: Option<Timestamp>,
    pub order: Order,
    /// What could not be understood, each in a sentence.
    pub unclear: Vec<String>,
}

impl Typed {
    /// `zone` says when the days begin that are typed.
    pub fn read(typed: &str, zone: &TimeZone) -> Self {
        let mut read = Self::default();
        for word in split(typed) {
            if read.looked_for.terms.len() + read.looked_for.without.len() < MOST_TERMS {
                read.take(&word, zone);
            }
        }
        read
    }

    pub fn is_narrowed(&self) -> bool {
        !self.statuses.is_empty()
            || self.severity.is_some()
            || self.queue.is_some()
            || self.site.is_some()
            || self.serial.is_some()
            || self.from.is_some()
            || self.until.is_some()
    }

    fn take(&mut self, word: &Split, zone: &TimeZone) {
        if let Some((name, value)) = word.narrowing()
            && self.narrow(name, value, zone)
        {
            return;
        }
        let begins = word.text.ends_with('*');
        let Some(term) = Term::of(&word.text, word.quoted, begins) else { return };
        if word.without { self.looked_for.without.push(term) } else { self.looked_for.terms.push(term) }
    }

    /// Whether `name` narrows at all; any other `a:b` is words.
    fn narrow(&mut self, name: &str, value: &str, zone: &TimeZone) -> bool {
        match name.to_lowercase().as_str() {
            "status" | "is" => self.narrow_status(value),
            "severity" | "sev" => match value.parse() {
                Ok(severity) => self.severity = Some(severity),
                Err(_) => self.unclear.push(format!("There is no severity “{value}”: say 1, 2, 3 or 4.")),
            },
            "queue" => self.queue = Some(value.to_lowercase()),
            "site" => self.site = Some(value.to_owned()),
            "system" | "serial" => self.serial = Some(value.to_owned()),
            "after" | "since" => self.from = self.day(value).and_then(|day| start(day, zone)),
            "before" => self.until = self.day(value).and_then(|day| start(day, zone)),
            "on" => {
                let day = self.day(value);
                self.from = day.and_then(|day| start(day, zone));
                self.until = day.and_then(|day| start(day.tomorrow().ok()?, zone));
            }
            "sort" | "by" => match value.to_lowercase().as_str() {
                "newest" | "time" => self.order = Order::Newest,
                "relevance" => self.order = Order::Relevance,
                _ => self.unclear.push(format!("There is no order “{value}”: say newest or relevance.")),
            },
            _ => return false,
        }
        true
    }

    fn narrow_status(&mut self, value: &str) {
        match value.to_lowercase().as_str() {
            "active" | "unfinished" => self.statuses.extend(Status::ALL.into_iter().filter(|s| s.is_worked())),
            "ended" | "done" => self.statuses.extend(Status::ALL.into_iter().filter(|s| !s.is_worked())),
            name => {
                let status = Status::from_name(name);
                if status.is_none() {
                    let all = Status::ALL.map(Status::name).join(", ");
                    self.unclear.push(format!("There is no status “{value}”: say {all}, active or ended."));
                }
                self.statuses.extend(status);
            }
        }
    }

    fn day(&mut self, value: &str) -> Option<Date> {
        let whole = match value.len() {
            4 => format!("{value}-01-01"),
            7 => format!("{value}-01"),
            _ => value.to_owned(),
        };
        let day = whole.parse().ok();
        if day.is_none() {
            self.unclear.push(format!("“{value}” is no day: write it as 2026-11-30, 2026-11 or 2026."));
        }
        day
    }
}

fn start(day: Date, zone: &TimeZone) -> Option<Timestamp> {
    Some(day.to_zoned(zone.clone()).ok()?.timestamp())
}

/// One word of the field, or what stands in quotes.
struct Split {
    text: String,
    quoted: bool,
    without: bool,
    /// Where the first colon outside quotes is.
    colon: Option<usize>,
}

impl Split {
    fn narrowing(&self) -> Option<(&str, &str)> {
        let at = self.colon.filter(|_| !self.without)?;
        let (name, value) = (self.text.get(..at)?, self.text.get(at + 1..)?);
        (!value.is_empty() && name.chars().all(|c| c.is_ascii_alphabetic())).then_some((name, value))
    }
}

fn split(typed: &str) -> Vec<Split> {
    let mut words = Vec::new();
    let mut chars = typed.chars().peekable();
    while let Some(&next) = chars.peek() {
        if next.is_whitespace() {
            chars.next();
            continue;
        }
        let mut word = Split { text: String::new(), quoted: false, without: false, colon: None };
        if next == '-' {
            chars.next();
            word.without = true;
        }
        let mut inside = false;
        while let Some(c) = chars.next_if(|c| inside || !c.is_whitespace()) {
            match c {
                '"' | '“' | '”' => {
                    word.quoted |= word.colon.is_none();
                    inside = !inside;
                }
                ':' if !inside && word.colon.is_none() && !word.quoted => {
                    word.colon = Some(word.text.len());
                    word.text.push(':');
                }
                c => word.text.push(c),
            }
        }
        words.push(word);
    }
    words
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(typed: &str) -> Typed {
        Typed::read(typed, &TimeZone::get("Europe/Paris").unwrap())
    }

    fn question(typed: &str) -> String {
        read(typed).looked_for.to_tsquery(false).unwrap_or_default()
    }

    #[test]
    fn words_phrases_beginnings_and_what_to_leave_out() {
        assert_eq!(question("17 18"), "('17')&('18')");
        assert_eq!(question("\"Fans Failed\""), "(('fans'<->'failed'))");
        assert_eq!(question("“17 18” -19"), "(('17'<->'18'))&!('19')");
        assert_eq!(question("fan*"), "('fan':*)");
        assert_eq!(question("\"unclosed 17"), "(('unclosed'<->'17'))");
        assert_eq!(question("-17"), "");
        assert_eq!(question("error:17"), "(('error'<->'17'))");
        assert_eq!(question("http://x1:8080/y2"), "(('http'<->'x1'<->'8080'<->'y2'))");
    }

    #[test]
    fn narrowings_are_no_words() {
        let typed = read("17 status:open sev:2 site:PARIS-01 system:FT-1 queue:emea-hardware is:new sort:newest");
        assert_eq!(typed.looked_for.to_tsquery(false).unwrap(), "('17')");
        assert_eq!(typed.statuses, [Status::Open, Status::New]);
        assert_eq!(typed.severity, Some(Severity::Serious));
        assert_eq!((typed.site.as_deref(), typed.serial.as_deref()), (Some("PARIS-01"), Some("FT-1")));
        assert_eq!((typed.queue.as_deref(), typed.order), (Some("emea-hardware"), Order::Newest));
        assert!(typed.unclear.is_empty() && typed.is_narrowed());
    }

    #[test]
    fn days_begin_where_the_reader_is() {
        let typed = read("after:2026-03-29 before:2026-04");
        assert_eq!(typed.from.unwrap().to_string(), "2026-03-28T23:00:00Z");
        assert_eq!(typed.until.unwrap().to_string(), "2026-03-31T22:00:00Z");
        let typed = read("on:2026-03-29");
        assert_eq!(typed.until.unwrap().duration_since(typed.from.unwrap()).as_hours(), 23);
    }

    #[test]
    fn what_is_not_understood_is_named_and_the_rest_is_looked_for() {
        let typed = read("17 status:broken sev:9 after:tomorrow sort:size");
        assert_eq!(typed.unclear.len(), 4);
        assert!(typed.unclear[0].contains("“broken”") && typed.unclear[0].contains("on_hold"), "{typed:?}");
        assert_eq!(typed.looked_for.to_tsquery(false).unwrap(), "('17')");
    }

    proptest! {
        #[test]
        fn anything_may_be_typed(typed in any::<String>()) {
            let zone = TimeZone::get("Europe/Paris").unwrap();
            let read = Typed::read(&typed, &zone);
            if let Some(query) = read.looked_for.to_tsquery(true) {
                prop_assert_eq!(query.matches('\'').count() % 2, 0);
                prop_assert!(!query.contains('\\') && !query.contains('\0'));
            }
        }
    }
}
