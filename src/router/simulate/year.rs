//! A year of made-up calls: the same seed makes the same year.
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::Asked;
use crate::domain::calendar::Calendar;
use crate::domain::objective::{ClockKind, Kind, Objective, defaults};
use crate::domain::severity::Severity;
use crate::router::facts::{Facts, PartnerFirst};
use crate::router::rules::Rules;

const HOURS: i64 = 365 * 24;

/// How calls are spread, in weights: twice the weight, twice as many.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Profile {
    /// The hours of the week by the clock of the site, from Monday midnight on.
    pub hours: [u32; 168],
    pub sites: Vec<Site>,
    /// From critical to minor.
    pub severities: [u32; 4],
    pub subjects: Vec<(Option<String>, u32)>,
    /// Of a hundred calls, those without a contract.
    pub uncovered: u32,
    /// Of a hundred calls, those of customers whom a first-line partner serves.
    pub with_partner: u32,
}

/// Where calls come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Site {
    pub region: String,
    pub zone: String,
    pub weight: u32,
}

impl Profile {
    /// Sites around every CAC of the rules, and every subject that a queue names. Urgent calls are a fifth,
    /// more than desks see, because they are what moves at night.
    pub fn like(rules: &Rules, hours: [u32; 168]) -> Self {
        let site = |cac: &crate::router::Cac| {
            let zone = rules.calendar(&cac.calendar)?.zone_name().to_owned();
            Some(Site { region: cac.region.clone(), zone, weight: 1 })
        };
        let mut named: Vec<_> = rules.queues.iter().flat_map(|q| &q.subjects).filter(|s| *s != "*").collect();
        named.sort_unstable();
        named.dedup();
        let subjects = named.into_iter().map(|subject| (Some(subject.clone()), 1)).chain([(None, 1)]);
        Self {
            hours,
            sites: rules.cacs.iter().filter_map(site).collect(),
            severities: [5, 15, 45, 35],
            subjects: subjects.collect(),
            uncovered: 2,
            with_partner: 15,
        }
    }
}

/// That many calls in the 365 days from `from` on, roughly in order: each comes at an hour by its site's clock.
pub fn synthetic_year(from: Timestamp, count: u64, seed: u64, profile: &Profile) -> Year {
    let start = TimeZone::UTC.to_datetime(from);
    let ends = hour_ends(start, &profile.hours);
    let places: Vec<Place> = profile.sites.iter().filter_map(Place::of).collect();
    let count = if places.is_empty() || ends.last() == Some(&0) { 0 } else { count };
    Year {
        start,
        ends,
        hour: 0,
        places,
        severities: profile.severities.map(u64::from),
        subjects: profile.subjects.clone(),
        uncovered: profile.uncovered.into(),
        with_partner: profile.with_partner.into(),
        promises: defaults().into_iter().filter(|o| o.kind == Kind::Acknowledge).collect(),
        chance: Chance(seed),
        made: 0,
        count,
    }
}

/// Calls as they come.
#[derive(Debug, Clone)]
pub struct Year {
    start: DateTime,
    /// The weight of all hours up to the end of each.
    ends: Vec<u64>,
    hour: usize,
    places: Vec<Place>,
    severities: [u64; 4],
    subjects: Vec<(Option<String>, u32)>,
    uncovered: u64,
    with_partner: u64,
    promises: Vec<Objective>,
    chance: Chance,
    made: u64,
    count: u64,
}

#[derive(Debug, Clone)]
struct Place {
    region: String,
    hours: Calendar,
    weight: u64,
}

impl Place {
    /// None for a zone that does not exist.
    fn of(site: &Site) -> Option<Self> {
        let hours = Calendar::prime_hours(&site.zone).ok()?;
        Some(Self { region: site.region.clone(), hours, weight: site.weight.into() })
    }
}

impl Iterator for Year {
    type Item = Asked;

    fn next(&mut self) -> Option<Asked> {
        if self.made >= self.count {
            return None;
        }
        let wall = self.wall_time();
        self.made += 1;
        let place = self.chance.pick(self.places.iter().map(|p| p.weight));
        let place = self.places.get(place)?.clone();
        let at = place.hours.zone().to_timestamp(wall).ok()?;
        let facts = self.facts(&place, at);
        let promise = self.promise(&place, &facts);
        Some(Asked { name: format!("#{}", self.made), facts, promise })
    }
}

impl Year {
    /// Each call has its share of the year's weight, so the hours come in order and none is searched for.
    fn wall_time(&mut self) -> DateTime {
        let total = self.ends.last().copied().unwrap_or(1);
        let within = u128::from(self.chance.below(total));
        let target = (u128::from(self.made) * u128::from(total) + within) / u128::from(self.count);
        while self.ends.get(self.hour).is_some_and(|end| u128::from(*end) <= target) {
            self.hour += 1;
        }
        let second = i64::try_from(self.chance.below(3600)).unwrap_or(0);
        let hour = i64::try_from(self.hour).unwrap_or(0);
        self.start.saturating_add(SignedDuration::from_secs(hour * 3600 + second))
    }

    fn facts(&mut self, place: &Place, at: Timestamp) -> Facts {
        let severity = Severity::ALL[self.chance.pick(self.severities.iter().copied())];
        let subject = self.chance.pick(self.subjects.iter().map(|(_, weight)| u64::from(*weight)));
        let with_partner = self.chance.below(100) < self.with_partner;
        Facts {
            subject: self.subjects.get(subject).and_then(|(subject, _)| subject.clone()),
            covered: self.chance.below(100) >= self.uncovered,
            partner: with_partner.then(|| PartnerFirst {
                accept_minutes: 30,
                open: place.hours.is_open(at),
                accept_by: None,
            }),
            ..Facts::plain(&place.region, place.hours.zone_name(), severity, at)
        }
    }

    /// When the default service level wants the first answer.
    fn promise(&self, place: &Place, facts: &Facts) -> Option<Timestamp> {
        let promise = self.promises.iter().find(|p| p.severity == facts.severity)?;
        match promise.clock {
            ClockKind::Elapsed => facts.at.checked_add(SignedDuration::from_mins(promise.minutes.into())).ok(),
            _ => place.hours.due(facts.at, promise.minutes.into()),
        }
    }
}

/// The weight of the year's hours, summed up.
fn hour_ends(start: DateTime, hours: &[u32; 168]) -> Vec<u64> {
    let first = i64::from(start.weekday().to_monday_zero_offset()) * 24 + i64::from(start.hour());
    let weight = |hour| usize::try_from((first + hour) % 168).map_or(0, |index| u64::from(hours[index]));
    let sums = (0..HOURS).scan(0, |sum, hour| {
        *sum += weight(hour);
        Some(*sum)
    });
    sums.collect()
}

/// Sebastiano Vigna's `SplitMix64`: chance that can be repeated.
#[derive(Debug, Clone)]
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, end: u64) -> u64 {
        self.next() % end.max(1)
    }

    /// One of the weights, the heavier the likelier.
    fn pick(&mut self, weights: impl Iterator<Item = u64> + Clone) -> usize {
        let mut left = self.below(weights.clone().sum());
        for (index, weight) in weights.enumerate() {
            if left < weight {
                return index;
            }
            left -= weight;
        }
        0
    }
}
