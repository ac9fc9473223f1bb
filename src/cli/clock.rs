//! `clock due`: what calendars say about time, for programs.
use clap::Subcommand;
use jiff::{Timestamp, civil::Date};
use serde::{Deserialize, Deserializer, de::Error as _};
use serde_json::{Map, Value};

use super::lines;
use crate::{
    domain::calendar::{Calendar, Period},
    error::Result,
};

#[derive(Debug, Subcommand)]
pub enum ClockCommand {
    /// Answer questions about working time, one JSON object a line, until the input ends.
    Due {
        /// JSON lines; there is no other form.
        #[arg(long)]
        json: bool,
    },
}

pub fn clock(command: &ClockCommand) -> Result<()> {
    let ClockCommand::Due { .. } = command;
    lines::answer_each(Question::answer)
}

/// A calendar, and what is asked of it; unknown fields mean nothing.
#[derive(Debug, Deserialize)]
struct Question {
    zone: String,
    workdays: Vec<i64>,
    open_min: Option<u16>,
    close_min: Option<u16>,
    periods: Option<Vec<(u16, u16)>>,
    #[serde(default)]
    holidays: Vec<Date>,
    #[serde(default, deserialize_with = "asked")]
    start_utc: Option<Timestamp>,
    #[serde(default, deserialize_with = "asked")]
    end_utc: Option<Timestamp>,
    sla_minutes: Option<i64>,
    #[serde(default, deserialize_with = "asked")]
    instant_utc: Option<Timestamp>,
}

impl Question {
    fn answer(&self) -> Result<Value, String> {
        let calendar = self.calendar()?;
        let mut said = Map::new();
        if let (Some(start), Some(end)) = (self.start_utc, self.end_utc) {
            said.insert("business_minutes".into(), calendar.minutes_between(start, end).into());
        }
        if let (Some(start), Some(minutes)) = (self.start_utc, self.sla_minutes) {
            said.insert("due_utc".into(), instant(calendar.due(start, minutes)));
        }
        if let Some(at) = self.instant_utc {
            said.insert("open".into(), calendar.is_open(at).into());
            said.insert("next_change_utc".into(), instant(calendar.next_change(at)));
        }
        if said.is_empty() {
            return Err("Ask with start_utc and end_utc, with start_utc and sla_minutes, or with instant_utc.".into());
        }
        Ok(Value::Object(said))
    }

    fn calendar(&self) -> Result<Calendar, String> {
        let pair = self.open_min.zip(self.close_min);
        let hours = self.periods.clone().or_else(|| pair.map(|pair| vec![pair]));
        let hours = hours.ok_or("missing field `open_min`, `close_min` or `periods`")?;
        let periods: Result<Vec<_>, _> = hours.into_iter().map(|(open, close)| Period::new(open, close)).collect();
        let periods = periods.map_err(|e| e.to_string())?;
        let holidays = self.holidays.iter().copied();
        Calendar::on_workdays(&self.zone, &self.workdays, &periods, holidays).map_err(|e| e.to_string())
    }
}

/// What is no instant is named, so that whoever reads the answer finds it in the question.
fn asked<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Timestamp>, D::Error> {
    let text = Option::<String>::deserialize(deserializer)?;
    let parse = |text: String| {
        let wrong = |_| D::Error::custom(format!("“{text}” is not an instant; write it as 2026-03-29T01:30:00Z"));
        text.parse().map_err(wrong)
    };
    text.map(parse).transpose()
}

fn instant(at: Option<Timestamp>) -> Value {
    at.map_or(Value::Null, |at| at.to_string().into())
}
