//! Handovers that are over: who took them, or where they went.

use jiff::Timestamp;

use super::{
    super::view::{self, Sev, When},
    views::{duty, number, severity},
};
use crate::store::handovers::Handover;

pub struct Past {
    pub number: String,
    pub sev: Sev,
    pub title: String,
    pub from: String,
    pub to: String,
    pub handed: When,
    pub had_it: String,
    pub end: String,
    pub late: bool,
}

impl Past {
    pub fn all(rows: &[Handover], now: Timestamp) -> Vec<Self> {
        rows.iter().filter(|row| !row.waits).map(|row| Self::of(row, now)).collect()
    }

    fn of(row: &Handover, now: Timestamp) -> Self {
        let took = |at: jiff_sqlx::Timestamp| view::span(at.to_jiff().duration_since(row.handed_at.to_jiff()));
        Self {
            number: number(row.number),
            sev: severity(row.severity),
            title: row.title.clone(),
            from: duty(row.from_cac.as_deref()),
            to: duty(row.to_cac.as_deref()),
            handed: view::when(row.handed_at.to_jiff(), "UTC", now),
            had_it: row.had_it.clone().unwrap_or_default(),
            end: match (&row.accepted_by, row.accepted_at) {
                (Some(name), Some(at)) => format!("{name}, after {}", took(at)),
                (None, Some(at)) => format!("accepted after {}", took(at)),
                (_, None) => "went elsewhere first".to_owned(),
            },
            late: row.escalated_at.is_some(),
        }
    }
}
