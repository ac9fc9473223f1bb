//! Holidays as a file that every calendar program reads.
use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};

use crate::domain::calendar::Calendar;

/// Octets of a line, without its end (RFC 5545, section 3.1).
const WIDTH: usize = 75;

/// One event a day; a day that nobody has named has no summary, and comes back without one.
pub fn write(name: &str, calendar: &Calendar, now: Timestamp) -> String {
    let mut file = String::new();
    let mut put = |line: &str| fold(line, &mut file);
    put("BEGIN:VCALENDAR");
    put("VERSION:2.0");
    put("PRODID:-//Meridian//Holidays//EN");
    put("CALSCALE:GREGORIAN");
    put(&format!("X-WR-CALNAME:{}", escaped(name)));
    let stamp = now.strftime("%Y%m%dT%H%M%SZ").to_string();
    for day in calendar.holidays() {
        put("BEGIN:VEVENT");
        put(&format!("UID:{day}-{}@meridian", escaped(name)));
        put(&format!("DTSTAMP:{stamp}"));
        put(&format!("DTSTART;VALUE=DATE:{}", digits(*day)));
        put(&format!("DTEND;VALUE=DATE:{}", digits(day.saturating_add(1.day()))));
        if let Some(name) = calendar.holiday_names().get(day) {
            put(&format!("SUMMARY:{}", escaped(name)));
        }
        put("TRANSP:TRANSPARENT");
        put("END:VEVENT");
    }
    put("END:VCALENDAR");
    file
}

fn digits(day: Date) -> String {
    day.strftime("%Y%m%d").to_string()
}

fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars().filter(|c| !c.is_control()) {
        if matches!(c, '\\' | ';' | ',') {
            escaped.push('\\');
        }
        escaped.push(c);
    }
    escaped
}

/// A letter of several bytes stays whole.
fn fold(line: &str, file: &mut String) {
    let mut width = 0;
    for c in line.chars() {
        if width + c.len_utf8() > WIDTH {
            file.push_str("\r\n ");
            width = 1;
        }
        file.push(c);
        width += c.len_utf8();
    }
    file.push_str("\r\n");
}
