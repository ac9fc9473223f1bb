//! One thing that happened, in words.

use jiff::Timestamp;

use super::super::view::{self, Sev, When};
use crate::{
    domain::{alarm::Disposition, call::Status, severity::Severity},
    store::timeline::Happening,
};

pub struct Line {
    pub at: When,
    /// For its mark: what kind of thing it is, and how bad.
    pub class: String,
    pub sev: Option<Sev>,
    pub what: String,
    pub number: Option<String>,
    pub serial: Option<String>,
    pub state: String,
    pub lasted: Option<String>,
    pub outcome: String,
    /// Where more is to be read.
    pub href: Option<String>,
}

impl Line {
    pub fn icon(&self) -> String {
        match self.class.as_str() {
            "alarm" => "bell".to_owned(),
            "maintenance" => "wrench".to_owned(),
            "remote-access" => "plug".to_owned(),
            "contract" => "circle-check".to_owned(),
            health => format!("health-{health}"),
        }
    }

    /// `known` is the moment as of which it is told.
    pub fn of(row: &Happening, zone: &str, known: Timestamp) -> Self {
        let at = row.at.to_jiff();
        let lasted = row.over_at.map(|over| view::span(over.to_jiff().duration_since(at)));
        let running = ["silence", "maintenance"].contains(&row.kind.as_str()) && row.over_at.is_none();
        let number = row.call_number().map(|number| number.to_string());
        Self {
            at: view::when(at, zone, known),
            class: class(row),
            sev: row.severity.and_then(|severity| Severity::try_from(severity).ok()).map(Into::into),
            what: what(row),
            href: match row.kind.as_str() {
                "call" => number.as_ref().map(|number| format!("/calls/{number}")),
                "maintenance" => Some(format!("/maintenance-windows/{}", row.id)),
                "remote_access" => Some(format!("/remote-access/{}", row.id)),
                _ => None,
            },
            number,
            serial: row.serial.clone(),
            state: state(row),
            lasted: lasted.or_else(|| running.then(|| "still".to_owned())),
            outcome: outcome(row),
        }
    }
}

fn class(row: &Happening) -> String {
    match (row.kind.as_str(), row.state.as_deref()) {
        ("redundancy", Some(state)) => state.replace("duplex", "ok"),
        ("silence", _) => "silent".to_owned(),
        (kind, _) => kind.replace('_', "-"),
    }
}

fn what(row: &Happening) -> String {
    let said = row.words.clone();
    match (row.kind.as_str(), row.state.as_deref()) {
        ("redundancy", Some("duplex")) => "Redundant again".to_owned(),
        ("redundancy", Some("down")) => "Down".to_owned(),
        ("redundancy", _) => "Running without redundancy".to_owned(),
        ("silence", _) => "Stopped calling home".to_owned(),
        ("remote_access", _) => "Remote access".to_owned(),
        ("contract", Some("installed")) => format!("Installed: {said}"),
        ("contract", Some("covered")) => format!("Covered by {said}"),
        ("contract", _) => format!("Contract {said} ended"),
        _ => said,
    }
}

fn state(row: &Happening) -> String {
    let state = row.state.clone().unwrap_or_default();
    match row.kind.as_str() {
        "call" => Status::from_name(&state).map(|status| status.words().to_owned()).unwrap_or_default(),
        "alarm" => Disposition::from_name(&state).map(|d| d.name().to_owned()).unwrap_or_default(),
        "remote_access" => state,
        _ => String::new(),
    }
}

fn outcome(row: &Happening) -> String {
    let alarms = row.alarms.filter(|n| *n > 1).map(|n| format!("{n} alarms"));
    // That an alarm is for information is said by what became of it.
    let said = row.outcome.clone().filter(|said| !said.is_empty() && said != "info");
    said.into_iter().chain(alarms).collect::<Vec<_>>().join(" · ")
}
