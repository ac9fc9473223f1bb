//! A calendar as it stands in a file or a column, checked on the way in.
use std::collections::BTreeMap;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::{Calendar, CalendarError, Period};

#[derive(Serialize, Deserialize)]
pub(super) struct Form {
    time_zone: String,
    weekly: Weekly,
    #[serde(default)]
    holidays: Vec<Date>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    holiday_names: BTreeMap<Date, String>,
}

/// A mistyped day would close it without a word, so unknown ones are refused.
#[derive(Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Weekly {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    mon: Vec<Period>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tue: Vec<Period>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    wed: Vec<Period>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    thu: Vec<Period>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    fri: Vec<Period>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    sat: Vec<Period>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    sun: Vec<Period>,
}

impl TryFrom<Form> for Calendar {
    type Error = CalendarError;

    fn try_from(form: Form) -> Result<Self, CalendarError> {
        let week = form.weekly;
        let weekly = [week.mon, week.tue, week.wed, week.thu, week.fri, week.sat, week.sun];
        Ok(Self::new(&form.time_zone, weekly, form.holidays)?.with_holiday_names(form.holiday_names))
    }
}

impl From<Calendar> for Form {
    fn from(calendar: Calendar) -> Self {
        let [mon, tue, wed, thu, fri, sat, sun] = calendar.weekly;
        Self {
            time_zone: calendar.zone_name,
            weekly: Weekly { mon, tue, wed, thu, fri, sat, sun },
            holidays: calendar.holidays.into_iter().collect(),
            holiday_names: calendar.holiday_names,
        }
    }
}
