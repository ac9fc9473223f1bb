//! What a form or a program says of an access. What can't be read is judged with the rest, after whose access it is.

use jiff::{Timestamp, civil::DateTime, tz::TimeZone};

use crate::{
    actions::{RemoteGrant, RemoteWish},
    domain::remote::Length,
    web::fields::Fields,
};

pub fn wish(fields: &Fields) -> RemoteWish {
    RemoteWish { purpose: fields.text("purpose").to_owned(), hours: hours(fields) }
}

pub fn grant(fields: &Fields) -> RemoteGrant {
    RemoteGrant {
        length: length(fields),
        purpose: fields.text("purpose").to_owned(),
        agreed_with: fields.text("agreed_with").to_owned(),
    }
}

/// An instant counts more than hours, since a form always sends hours along.
fn length(fields: &Fields) -> Length {
    match fields.given("until") {
        Some(text) => {
            instant(text.trim(), fields.given("zone").unwrap_or_default()).map_or(Length::Unread, Length::Until)
        }
        None => Length::Hours(hours(fields)),
    }
}

/// None, or no number, is a length that nobody can choose.
fn hours(fields: &Fields) -> i16 {
    fields.text("hours").trim().parse().unwrap_or(0)
}

/// With an offset, or as the clock on the wall of a zone shows it.
fn instant(text: &str, zone: &str) -> Option<Timestamp> {
    let there = || {
        let wall: DateTime = text.parse().ok()?;
        Some(wall.to_zoned(TimeZone::get(zone).ok()?).ok()?.timestamp())
    };
    text.parse().ok().or_else(there)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(pairs: &[(&str, &str)]) -> Fields {
        let pairs: Vec<(String, String)> = pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        Fields::from(pairs)
    }

    #[test]
    fn an_instant_is_read_on_the_clock_of_the_site_and_counts_more_than_hours() {
        let eight: Timestamp = "2026-11-24T08:00:00Z".parse().unwrap();
        let typed = [("hours", "4"), ("until", "2026-11-24T09:00"), ("zone", "Europe/Paris")];
        assert_eq!(length(&fields(&typed)), Length::Until(eight));
        assert_eq!(length(&fields(&[("until", "2026-11-24T08:00:00Z")])), Length::Until(eight));
        assert_eq!(length(&fields(&[("hours", "8"), ("until", " ")])), Length::Hours(8));
        assert_eq!(length(&fields(&[("hours", "long")])), Length::Hours(0));
        for wrong in ["2026-11-24T09:00", "tomorrow"] {
            assert_eq!(length(&fields(&[("hours", "8"), ("until", wrong)])), Length::Unread, "{wrong}");
        }
    }
}
