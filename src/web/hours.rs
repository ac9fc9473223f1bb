//! How a promise is counted, in words: whose hours, of which place, without which days.

use crate::{
    domain::{
        calendar::{Calendar, Period},
        call::Call,
        objective::ClockKind,
    },
    reference::Reference,
    store::calls::Place,
};

const DAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

/// “08:00-20:00 Mon-Fri, Paris, without the public holidays of FR”.
pub fn counted(kind: ClockKind, reference: &Reference, call: &Call, place: &Place, site: &Calendar) -> String {
    match (kind, reference.cac_calendar(&call.queue)) {
        (ClockKind::Elapsed, _) => "counted day and night".to_owned(),
        (ClockKind::CacCalendar, Some(cac)) => {
            let code = reference.cac_of(&call.queue).unwrap_or_default();
            format!("counted {}, {} ({code}){}", week(cac), cac.place(), own_holidays(cac))
        }
        _ => format!("counted {}, {}{}", week(site), site.place(), site_holidays(reference, place, site)),
    }
}

/// A site without hours of its own says that these are everybody's.
fn site_holidays(reference: &Reference, place: &Place, site: &Calendar) -> String {
    let own = place.site_calendar.as_deref().is_some_and(|name| reference.calendar(name).is_some());
    match &place.country {
        _ if own => own_holidays(site).to_owned(),
        country if reference.knows_holidays_of(country) => format!(", public holidays of {country}"),
        country => format!(", no public holidays of {country} are known"),
    }
}

fn own_holidays(calendar: &Calendar) -> &'static str {
    if calendar.holidays().is_empty() { "" } else { ", with its holidays" }
}

/// Days with the same hours are said together.
fn week(calendar: &Calendar) -> String {
    let weekly = calendar.weekly();
    let mut parts = Vec::new();
    let mut first = 0;
    while first < weekly.len() {
        let hours = &weekly[first];
        let last = (first..weekly.len()).take_while(|day| weekly[*day] == *hours).last().unwrap_or(first);
        if !hours.is_empty() {
            parts.push(format!("{} {}", hours_of(hours), days(first, last)));
        }
        first = last + 1;
    }
    if parts.is_empty() { "no hours at all".to_owned() } else { parts.join(", ") }
}

fn hours_of(hours: &[Period]) -> String {
    hours.iter().map(ToString::to_string).collect::<Vec<_>>().join(" and ")
}

fn days(first: usize, last: usize) -> String {
    if first == last { DAYS[first].to_owned() } else { format!("{}-{}", DAYS[first], DAYS[last]) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_week_is_said_in_few_words() {
        let prime = Calendar::prime_hours("Europe/Paris").unwrap();
        assert_eq!(week(&prime), "08:00-20:00 Mon-Fri");
        let never = Calendar::on_workdays("Europe/Paris", &[], &[], []).unwrap();
        assert_eq!(week(&never), "no hours at all");
        let lunch = ["08:00-12:30".parse().unwrap(), "13:15-20:00".parse().unwrap()];
        let mut hours: [Vec<Period>; 7] = std::array::from_fn(|_| vec![Period::PRIME]);
        hours[4] = lunch.to_vec();
        hours[6] = Vec::new();
        let odd = Calendar::new("Europe/Paris", hours, []).unwrap();
        assert_eq!(week(&odd), "08:00-20:00 Mon-Thu, 08:00-12:30 and 13:15-20:00 Fri, 08:00-20:00 Sat");
    }
}
