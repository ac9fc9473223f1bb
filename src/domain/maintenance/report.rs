//! What came of an occurrence: what was kept back, what still stands, what was over by itself.
use serde::{Deserialize, Serialize};

use crate::domain::number::CallNumber;

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// Alarms that made no call, and of which systems.
    pub alarms: i64,
    pub systems: Vec<Suppressed>,
    /// Faults that stood at the end; each has a call since then.
    pub standing: i64,
    pub calls: Vec<Reported>,
    /// Faults that came and went, and that nobody had to hear of.
    pub over: i64,
    pub went: Vec<Gone>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Suppressed {
    /// None is the site itself.
    pub serial: Option<String>,
    pub alarms: i64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reported {
    pub serial: Option<String>,
    pub component: String,
    pub summary: String,
    pub call: Option<CallNumber>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gone {
    pub serial: Option<String>,
    pub component: String,
    pub summary: String,
}

/// A report names so many of each kind; the numbers count all of them.
pub const NAMED: usize = 200;

impl Report {
    /// In one line: “12 alarms made no call; 2 faults still stand, 3 are over.”
    pub fn in_short(&self) -> String {
        if self.alarms == 0 && self.standing == 0 {
            return "No alarm came in it.".to_owned();
        }
        let alarms = counted(self.alarms, "alarm", "alarms");
        let standing = match self.standing {
            0 => "nothing stands".to_owned(),
            1 => "1 fault still stood at its end".to_owned(),
            n => format!("{n} faults still stood at its end"),
        };
        let over = if self.over == 0 { String::new() } else { format!(", {} over by then", self.over) };
        format!("{alarms} made no call; {standing}{over}.")
    }
}

fn counted(n: i64, one: &str, many: &str) -> String {
    if n == 1 { format!("1 {one}") } else { format!("{n} {many}") }
}
