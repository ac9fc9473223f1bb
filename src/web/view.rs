//! How times, severities and calls look on pages. Pure: what it is now is an argument.

use jiff::{SignedDuration, Timestamp, tz::TimeZone};

use crate::{
    domain::{access::Viewer, names::named_as, objective::Kind, priority::Priority, severity::Severity},
    store::calls::CallSummary,
};

/// A severity as its number (shape and colour follow from it) and its word.
#[derive(Debug, Clone, Copy)]
pub struct Sev {
    pub n: u8,
    pub word: &'static str,
}

impl From<Severity> for Sev {
    fn from(severity: Severity) -> Self {
        Self { n: severity.number(), word: severity.word() }
    }
}

/// An instant for `<time>`: what machines read and what people read.
#[derive(Debug, Clone, Default)]
pub struct When {
    pub iso: String,
    pub words: String,
}

/// A promise: how near it is decides its colour, and the word says the same.
#[derive(Debug, Clone)]
pub struct Due {
    pub class: &'static str,
    pub iso: String,
    pub words: String,
    pub kind: &'static str,
}

pub fn iso(at: Timestamp) -> String {
    format!("{at:.0}")
}

/// A length of time in the two largest units that matter.
pub fn span(length: SignedDuration) -> String {
    let minutes = length.abs().as_secs() / 60;
    let (days, hours, rest) = (minutes / 1440, minutes / 60 % 24, minutes % 60);
    match (days, hours, rest) {
        (0, 0, 0) => "under a minute".to_owned(),
        (0, 0, m) => format!("{m} min"),
        (0, h, 0) => format!("{h} h"),
        (0, h, m) => format!("{h} h {m:02} min"),
        (d, 0, _) => format!("{d} d"),
        (d, h, _) if d < 10 => format!("{d} d {h} h"),
        (d, ..) => format!("{d} d"),
    }
}

/// The clock of a place; the day is named where it is not today.
pub fn at_place(at: Timestamp, zone: &str, now: Timestamp) -> String {
    let tz = TimeZone::get(zone).unwrap_or(TimeZone::UTC);
    let (then, today) = (at.to_zoned(tz.clone()), now.to_zoned(tz));
    let form = match () {
        () if then.date() == today.date() => "%H:%M",
        () if then.year() == today.year() => "%-d %b %H:%M",
        () => "%-d %b %Y %H:%M",
    };
    then.strftime(form).to_string()
}

/// The same for what is ahead: the day of the week tells more than its number.
pub fn ahead_at_place(at: Timestamp, zone: &str, now: Timestamp) -> String {
    let tz = TimeZone::get(zone).unwrap_or(TimeZone::UTC);
    let (then, today) = (at.to_zoned(tz.clone()), now.to_zoned(tz));
    let form = match () {
        () if then.date() == today.date() => "%H:%M",
        () if then.year() == today.year() => "%a %-d %b %H:%M",
        () => "%a %-d %b %Y %H:%M",
    };
    then.strftime(form).to_string()
}

/// What somebody may choose from: the places of the world, without old names and offsets.
pub fn zones() -> Vec<String> {
    let regions = ["Africa", "America", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific"];
    let places = jiff::tz::db().available().map(|name| name.to_string());
    let is_place = |name: &String| name.split_once('/').is_some_and(|(region, _)| regions.contains(&region));
    let mut zones: Vec<String> = places.filter(is_place).collect();
    zones.sort();
    zones
}

pub fn when(at: Timestamp, zone: &str, now: Timestamp) -> When {
    When { iso: iso(at), words: at_place(at, zone, now) }
}

pub fn ago(at: Timestamp, now: Timestamp) -> When {
    When { iso: iso(at), words: span(now.duration_since(at)) }
}

/// The city of a zone, as people say it.
pub fn city(zone: &str) -> String {
    zone.rsplit('/').next().unwrap_or(zone).replace('_', " ")
}

/// A contract by its name and its end.
pub fn contract(name: Option<&str>, ends_at: Option<Timestamp>, now: Timestamp) -> String {
    match (name, ends_at) {
        (Some(name), Some(ends)) if ends > now => format!("{name} to {}", ends.strftime("%Y-%m")),
        (Some(name), _) => format!("{name}, ended"),
        (None, _) => "none".to_owned(),
    }
}

/// A day by itself.
pub fn day(at: Timestamp, zone: &str) -> String {
    at.to_zoned(TimeZone::get(zone).unwrap_or(TimeZone::UTC)).strftime("%-d %b %Y").to_string()
}

pub fn minutes(minutes: i32) -> String {
    span(SignedDuration::from_mins(i64::from(minutes)))
}

/// A number with commas between its thousands.
pub fn count(n: i64) -> String {
    let digits = n.to_string();
    let parts: Vec<_> = digits.as_bytes().rchunks(3).rev().map(String::from_utf8_lossy).collect();
    parts.join(",")
}

pub fn kind_words(kind: Kind) -> &'static str {
    match kind {
        Kind::Acknowledge => "answer",
        Kind::NextUpdate => "next update",
        Kind::Restore => "restore",
        Kind::Resolve => "resolve",
    }
}

pub fn due(kind: Kind, at: Timestamp, now: Timestamp) -> Due {
    let left = at.duration_since(now);
    let class = match left.as_secs() {
        s if s < 0 => "late",
        s if s < 15 * 60 => "now",
        s if s < 60 * 60 => "soon",
        _ => "",
    };
    let words = if left.is_negative() { format!("{} late", span(left)) } else { span(left) };
    Due { class, iso: iso(at), words, kind: kind_words(kind) }
}

/// A call as a row of any list.
#[derive(Debug, Clone)]
#[expect(clippy::struct_excessive_bools, reason = "a row answers many questions of yes or no")]
pub struct CallRow {
    pub number: String,
    pub sev: Sev,
    pub due: Option<Due>,
    /// What is due, and when on the reader's clock.
    pub due_there: String,
    pub title: String,
    pub customer: String,
    pub site: String,
    pub site_code: String,
    pub serial: Option<String>,
    pub nickname: Option<String>,
    pub chip: String,
    pub queue_name: String,
    pub assignee: Option<String>,
    pub status: &'static str,
    pub status_class: &'static str,
    pub opened: When,
    pub began: When,
    pub lasted: String,
    pub ended: bool,
    pub cause: String,
    pub alarms: i32,
    /// Only staff are shown it.
    pub priority: Option<Priority>,
    pub by_machine: bool,
    pub exposed: Option<&'static str>,
    pub accept_by: Option<Due>,
    pub in_review: bool,
    pub external: Option<String>,
    /// A fault of it comes and goes.
    pub flapping: bool,
}

impl CallRow {
    /// In the zone of the reader; who has chosen none reads the site's where no script knows better.
    pub fn of(call: &CallSummary, zone: Option<&str>, now: Timestamp) -> Self {
        let zone = zone.unwrap_or(&call.time_zone);
        let (status, opened_at) = (call.status(), call.opened_at.to_jiff());
        let ended_at = call.resolved_at.or(call.ended_at).map(jiff_sqlx::Timestamp::to_jiff);
        let kind = call.due_kind.as_deref().and_then(named_as::<Kind>);
        let due_at = call.due_at.map(jiff_sqlx::Timestamp::to_jiff);
        let accept_by = call.accept_by.map(|at| due(Kind::Acknowledge, at.to_jiff(), now));
        Self {
            number: call.call_number().to_string(),
            sev: call.severity().into(),
            due: kind.zip(due_at).map(|(kind, at)| due(kind, at, now)),
            due_there: kind
                .zip(due_at)
                .map(|(kind, at)| format!("{} due {} {}", kind.words(), ahead_at_place(at, zone, now), city(zone)))
                .unwrap_or_default(),
            title: call.title.clone(),
            customer: call.customer_name.clone(),
            site: call.site_name.clone(),
            site_code: call.site_code.clone(),
            serial: call.serial.clone(),
            nickname: call.nickname.clone(),
            chip: call.chip.clone(),
            queue_name: call.queue_name.clone(),
            assignee: call.assignee_name.clone(),
            status: if call.in_review && !status.is_ended() { "partner review" } else { status.words() },
            status_class: status.name(),
            opened: ago(opened_at, now),
            began: when(opened_at, zone, now),
            lasted: span(ended_at.unwrap_or(now).duration_since(opened_at)),
            ended: ended_at.is_some(),
            cause: call.cause.clone().unwrap_or_default(),
            alarms: call.alarm_count,
            priority: call.order_of_work(),
            by_machine: call.origin == "device",
            exposed: exposed(call.redundancy.as_deref()).filter(|_| !status.is_ended()),
            accept_by,
            in_review: call.in_review,
            external: call.external_number.clone(),
            flapping: call.flapping,
        }
    }

    /// Who must act now, as the customer's side reads it.
    pub fn holder(&self) -> String {
        match (&self.assignee, self.status_class) {
            (_, "awaiting_customer") => "the customer".to_owned(),
            (Some(name), _) => name.clone(),
            (None, _) if self.in_review => "your partner".to_owned(),
            (None, _) => self.queue_name.clone(),
        }
    }

    /// Neither solved nor over.
    pub fn is_worked(&self) -> bool {
        !matches!(self.status_class, "resolved" | "closed" | "cancelled")
    }

    pub fn all(calls: &[CallSummary], viewer: &Viewer, now: Timestamp) -> Vec<Self> {
        calls.iter().map(|call| Self::of(call, viewer.time_zone.as_deref(), now)).collect()
    }
}

/// How the system of a call stands, where it does not run whole.
fn exposed(redundancy: Option<&str>) -> Option<&'static str> {
    match redundancy {
        Some("down") => Some("down"),
        Some("simplex") => Some("simplex"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_of_time_are_short_to_read() {
        for (seconds, words) in [
            (20, "under a minute"),
            (360, "6 min"),
            (7_800, "2 h 10 min"),
            (10_800, "3 h"),
            (90_000, "1 d 1 h"),
            (2_000_000, "23 d"),
        ] {
            assert_eq!(span(SignedDuration::from_secs(seconds)), words);
        }
    }

    #[test]
    fn a_promise_says_how_near_it_is() {
        let now: Timestamp = "2026-11-23T14:33:00Z".parse().unwrap();
        for (minutes, class) in [(-1, "late"), (6, "now"), (38, "soon"), (130, "")] {
            let due = due(Kind::Acknowledge, now + SignedDuration::from_mins(minutes), now);
            assert_eq!(due.class, class, "{minutes}");
        }
    }
}
