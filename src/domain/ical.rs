//! Holidays in an iCalendar file (RFC 5545): read as other programs write them, written as they read them.
//!
//! Of a calendar program's many things only whole days are holidays. What can't be used is named by its line, so
//! that nobody believes a day to be closed that is not.
mod event;
mod lines;
mod recur;
mod write;

use std::collections::BTreeMap;

use jiff::civil::Date;

pub use write::write;

use event::Event;

/// What a file said.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Imported {
    pub days: BTreeMap<Date, String>,
    pub faults: Vec<Fault>,
    /// Days beyond what a calendar holds.
    left_out: usize,
}

/// Something in the file that can't be used, or only in part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    pub line: usize,
    pub what: String,
}

/// More days than that are no holidays.
const MOST: usize = 5_000;

/// Days that come back every year are written out for the years around `today`.
pub fn read(file: &[u8], today: Date) -> Imported {
    let mut found = Imported::default();
    let mut reading: Option<Event> = None;
    // What stands inside an event or beside events, such as alarms and time zones, is nothing to us.
    let mut inside: Vec<String> = Vec::new();
    for line in lines::unfold(file) {
        let Some(property) = line.property() else {
            found.fault(line.number, format!("“{}” is no line of a calendar.", line.start()));
            continue;
        };
        match (property.name.as_str(), property.value.trim().to_ascii_uppercase().as_str()) {
            ("BEGIN", "VEVENT") if reading.is_none() => reading = Some(Event::at(line.number)),
            ("END", "VEVENT") if inside.last().is_none_or(|outer| outer == "VCALENDAR") => match reading.take() {
                Some(event) => event.put_into(&mut found, today),
                None => found.fault(line.number, "An event ends that has not begun.".into()),
            },
            ("BEGIN", what) => {
                if ["VTODO", "VJOURNAL", "VFREEBUSY"].contains(&what) {
                    found.fault(line.number, format!("A {what} is no holiday."));
                }
                inside.push(what.to_owned());
            }
            ("END", _) => {
                inside.pop();
            }
            _ if inside.iter().all(|outer| outer == "VCALENDAR") => {
                if let Some(event) = &mut reading {
                    event.take(property, &line);
                }
            }
            _ => {}
        }
    }
    if let Some(event) = reading {
        found.fault(event.line, "The file ends inside this event.".into());
    }
    if found.left_out > 0 {
        let last = file.split(|byte| *byte == b'\n').count();
        found.fault(last, format!("{} days more than the {MOST} that a calendar holds are left out.", found.left_out));
    }
    if found.days.is_empty() && found.faults.is_empty() {
        found.fault(1, "There is no event in this.".into());
    }
    found
}

impl Imported {
    fn fault(&mut self, line: usize, what: String) {
        self.faults.push(Fault { line, what });
    }

    /// Two holidays on one day share it.
    fn add(&mut self, day: Date, name: &str) {
        if self.days.len() >= MOST && !self.days.contains_key(&day) {
            self.left_out += 1;
            return;
        }
        let own = self.days.entry(day).or_default();
        if own.is_empty() {
            name.clone_into(own);
        } else if !name.is_empty() && !own.split(" / ").any(|known| known == name) {
            own.push_str(" / ");
            own.push_str(name);
        }
    }
}

#[cfg(test)]
mod tests;
