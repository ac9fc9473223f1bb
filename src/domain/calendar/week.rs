//! A week as people type it: one line a day.
use super::{CalendarError, Period};

/// The days in their order, as files and forms call them, and as people read them.
pub const DAYS: [(&str, &str); 7] = [
    ("mon", "Monday"),
    ("tue", "Tuesday"),
    ("wed", "Wednesday"),
    ("thu", "Thursday"),
    ("fri", "Friday"),
    ("sat", "Saturday"),
    ("sun", "Sunday"),
];

/// The openings of one day, `08:00-12:30, 13:15-20:00`; nothing typed is closed.
pub fn hours_of(text: &str) -> Result<Vec<Period>, CalendarError> {
    let parts = text.split([',', ';']).map(str::trim).filter(|part| !part.is_empty());
    // People type an en dash where a file has a hyphen.
    parts.map(|part| part.replace(['–', '—'], "-").parse()).collect()
}

/// The same in writing.
pub fn hours_text(hours: &[Period]) -> String {
    hours.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_reads_as_it_is_typed() {
        for text in ["08:00-12:30, 13:15-20:00", "22:00-06:00", "00:00-24:00", ""] {
            assert_eq!(hours_text(&hours_of(text).unwrap()), text);
        }
        assert_eq!(hours_of(" 8:00 – 12:30 ;13:15-20:00, ").unwrap().len(), 2);
        assert_eq!(hours_of("08:00-12:30, noon"), Err(CalendarError::BadPeriod("noon".into())));
    }
}
