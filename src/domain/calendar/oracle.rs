//! Answers that two independent time zone implementations agree on, minute by minute.
use std::{fs, path::Path};

use jiff::Timestamp;
use jiff::civil::Date;
use serde::Deserialize;

use super::{Calendar, Period};

#[derive(Deserialize)]
struct Line {
    id: u32,
    zone: String,
    open_min: u16,
    close_min: u16,
    workdays: Vec<i64>,
    holidays: Vec<Date>,
    start_utc: Option<Timestamp>,
    end_utc: Option<Timestamp>,
    business_minutes: Option<i64>,
    sla_minutes: Option<i64>,
    due_utc: Option<Timestamp>,
    instant_utc: Option<Timestamp>,
    open: Option<bool>,
    next_change_utc: Option<Timestamp>,
}

impl Line {
    fn calendar(&self) -> Calendar {
        let period = Period::new(self.open_min, self.close_min).unwrap();
        let holidays = self.holidays.iter().copied();
        Calendar::on_workdays(&self.zone, &self.workdays, &[period], holidays).unwrap()
    }
}

/// Lines of a shared file, or none, said aloud, where the folder is absent; where it is there, so are the lines.
fn lines(name: &str) -> Vec<Line> {
    let folder = format!("{}/../shared/data/time", env!("CARGO_MANIFEST_DIR"));
    if !Path::new(&folder).is_dir() {
        println!("skipped: {folder} is absent");
        return Vec::new();
    }
    let text = fs::read_to_string(format!("{folder}/{name}")).unwrap_or_else(|e| panic!("{folder}/{name}: {e}"));
    let lines: Vec<Line> = text.lines().map(|l| serde_json::from_str(l).unwrap()).collect();
    assert!(!lines.is_empty(), "{folder}/{name} asks nothing");
    println!("{} lines of {name}", lines.len());
    lines
}

#[test]
fn business_minutes_and_due_instants_are_those_of_the_oracle() {
    for line in lines("business_hours_oracle.jsonl") {
        let calendar = line.calendar();
        let (start, end) = (line.start_utc.unwrap(), line.end_utc.unwrap());
        let minutes = calendar.minutes_between(start, end);
        assert_eq!(Some(minutes), line.business_minutes, "line {}", line.id);
        let due = calendar.due(start, line.sla_minutes.unwrap());
        assert_eq!(due, line.due_utc, "line {}", line.id);
    }
}

#[test]
fn openings_and_their_changes_are_those_of_the_oracle() {
    for line in lines("queue_open_oracle.jsonl") {
        let calendar = line.calendar();
        let at = line.instant_utc.unwrap();
        assert_eq!(Some(calendar.is_open(at)), line.open, "line {}", line.id);
        assert_eq!(calendar.next_change(at), line.next_change_utc, "line {}", line.id);
        assert_eq!(calendar.hours_at(at).is_some(), calendar.is_open(at), "line {}", line.id);
    }
}
