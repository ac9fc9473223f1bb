//! Time zones by the names of the tz database.
use jiff::tz::TimeZone;

use super::CalendarError;

/// The zone of that IANA name; offsets and the server's own zone are refused.
pub fn zone(name: &str) -> Result<TimeZone, CalendarError> {
    if name.trim().is_empty() {
        return Err(CalendarError::NoZone);
    }
    let zone = TimeZone::get(name).ok().filter(is_from_the_database);
    zone.ok_or_else(|| CalendarError::UnknownZone(name.to_owned()))
}

/// System zone directories also hold `localtime`, and copies with leap seconds under `right/`.
fn is_from_the_database(zone: &TimeZone) -> bool {
    let strangers = ["localtime", "posixrules", "factory"];
    let name = zone.iana_name().unwrap_or_default().to_ascii_lowercase();
    let copied = name.starts_with("posix/") || name.starts_with("right/");
    !(name.is_empty() || zone.is_unknown() || copied || strangers.contains(&name.as_str()))
}
