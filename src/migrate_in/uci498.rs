//! What the words of the ServiceNow log mean (UCI Machine Learning Repository, data set 498).
use jiff::{civil::DateTime, tz::TimeZone};

use super::{countries::NOWHERE, kind::Columns, places::SiteWords, source::SourceRow};
use crate::domain::{call::Status, severity::Severity};

pub const COLUMNS: Columns = Columns {
    number: &["number"],
    time: &["sys_updated_at"],
    status: &["incident_state"],
    team: &["assignment_group"],
    severity: &["priority"],
};

pub fn status(row: &SourceRow) -> Option<Status> {
    match row.get(COLUMNS.status) {
        "New" => Some(Status::New),
        "Active" | "Awaiting Problem" | "Awaiting Evidence" => Some(Status::Open),
        "Awaiting User Info" => Some(Status::AwaitingCustomer),
        "Awaiting Vendor" => Some(Status::OnHold),
        "Resolved" => Some(Status::Resolved),
        "Closed" => Some(Status::Closed),
        _ => None,
    }
}

pub fn severity(word: &str) -> Option<Severity> {
    match word {
        "1 - Critical" => Some(Severity::Critical),
        "2 - High" => Some(Severity::Serious),
        "3 - Moderate" => Some(Severity::Moderate),
        "4 - Low" => Some(Severity::Minor),
        _ => None,
    }
}

/// Day before month, as the log has it: `29/2/2016 01:16`.
pub fn wall_time(text: &str) -> Option<DateTime> {
    DateTime::strptime("%d/%m/%Y %H:%M", text).ok()
}

pub fn title(row: &SourceRow) -> String {
    let words: Vec<&str> = ["category", "subcategory", "u_symptom"].iter().filter_map(|key| given(row, key)).collect();
    if words.is_empty() { "Incident without a category".to_owned() } else { words.join(", ") }
}

pub fn site(row: &SourceRow, zone: &TimeZone) -> SiteWords {
    let zone = zone.iana_name().unwrap_or("Etc/UTC");
    let location = given(row, "location").unwrap_or("Location not given");
    SiteWords::new(location, location, NOWHERE, region(zone), zone)
}

/// The log names no country, so its zone must tell the region.
fn region(zone: &str) -> &'static str {
    match zone.split('/').next() {
        Some("America" | "US" | "Canada" | "Brazil" | "Chile" | "Mexico") => "AMER",
        Some("Asia" | "Australia" | "Pacific") => "APAC",
        _ => "EMEA",
    }
}

pub fn system(row: &SourceRow) -> Option<String> {
    given(row, "cmdb_ci").map(str::to_owned)
}

/// A question mark is how this log says that there is nothing.
fn given<'a>(row: &'a SourceRow, key: &str) -> Option<&'a str> {
    Some(row.get(&[key]).trim()).filter(|value| !value.is_empty() && *value != "?")
}
