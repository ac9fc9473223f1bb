//! What the words of the Volvo IT log mean (BPI Challenge 2013, incidents).
use super::{countries, kind::Columns, places::SiteWords, source::SourceRow};
use crate::domain::{call::Status, severity::Severity};

pub const COLUMNS: Columns = Columns {
    number: &["sr_number", "trace concept:name"],
    time: &["change_time", "time:timestamp"],
    status: &["status", "concept:name"],
    team: &["support_team", "org:group"],
    severity: &["impact"],
};
const SUB_STATUS: [&str; 2] = ["sub_status", "lifecycle:transition"];
const COUNTRY: [&str; 2] = ["st_country", "organization country"];
const ORG_LINE: [&str; 2] = ["org_line", "organization involved"];
const PRODUCT: [&str; 1] = ["product"];

pub fn status(row: &SourceRow) -> Option<Status> {
    match (row.get(COLUMNS.status), row.get(&SUB_STATUS)) {
        ("Accepted", "In Progress" | "Assigned") | ("Queued", "Awaiting Assignment") | ("Unmatched", _) => {
            Some(Status::Open)
        }
        ("Accepted", "Wait - User" | "Wait - Customer") => Some(Status::AwaitingCustomer),
        ("Accepted", "Wait" | "Wait - Vendor" | "Wait - Implementation") => Some(Status::OnHold),
        ("Completed", "Resolved" | "In Call") => Some(Status::Resolved),
        ("Completed", "Closed") => Some(Status::Closed),
        ("Completed", "Cancelled") => Some(Status::Cancelled),
        _ => None,
    }
}

/// A call that waits in a queue is new if it begins so; later it has only changed hands.
pub fn is_queued(row: &SourceRow) -> bool {
    (row.get(COLUMNS.status), row.get(&SUB_STATUS)) == ("Queued", "Awaiting Assignment")
}

pub fn severity(word: &str) -> Option<Severity> {
    match word {
        "Major" => Some(Severity::Critical),
        "High" => Some(Severity::Serious),
        "Medium" => Some(Severity::Moderate),
        "Low" => Some(Severity::Minor),
        _ => None,
    }
}

pub fn title(row: &SourceRow) -> String {
    let words = [row.get(&PRODUCT).trim(), "incident"].join(" ");
    let org_line = row.get(&ORG_LINE).trim();
    if org_line.is_empty() { words.trim().to_owned() } else { format!("{}, {org_line}", words.trim()) }
}

pub fn site(row: &SourceRow) -> SiteWords {
    countries::site(row.get(&COUNTRY))
}

pub fn has_known_country(row: &SourceRow) -> bool {
    countries::is_known(row.get(&COUNTRY))
}

pub fn system(row: &SourceRow) -> Option<String> {
    let product = row.get(&PRODUCT).trim();
    (!product.is_empty()).then(|| product.to_owned())
}

pub fn region(row: &SourceRow) -> Option<&'static str> {
    countries::region(row.get(&COUNTRY))
}
