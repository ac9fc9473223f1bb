//! Two years of calls that are over.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use super::{
    course::Course,
    dice::Dice,
    incident::{Filer, Incident},
    profile::Profile,
    stories::Library,
    world::World,
};
use crate::{
    domain::{access::Role, severity::Severity},
    error::{Error, Result},
    reference::Reference,
};

/// Everything that a story is told with.
pub struct Setting<'a> {
    pub world: &'a World,
    pub reference: &'a Reference,
    pub profile: &'a Profile,
    pub library: &'a Library,
    pub now: Timestamp,
}

/// The oldest call, and how long ago the last of the past ended at the latest.
const OLDEST_DAYS: i64 = 730;
const LATEST_HOURS: i64 = 36;

/// Each call of the past as it went, the oldest first.
pub fn calls<'a>(set: &'a Setting<'a>, count: usize, taken: &[String], mut dice: Dice) -> Result<Vec<Course<'a>>> {
    let mut incidents: Vec<Incident> = (0..count).map(|_| incident(set, dice.fork())).collect();
    incidents.sort_by_key(|incident| incident.at);
    let mut faults = Faults::taken(taken);
    let mut titles = Vec::new();
    let mut calls: Vec<Course> = Vec::with_capacity(count);
    for incident in incidents {
        let course = told(set, incident, &mut faults, &titles)?;
        titles.truncate(4);
        titles.insert(0, course.call().title.clone());
        calls.push(course);
    }
    Ok(calls)
}

/// Until when a fault is somebody's call: what is raised again meanwhile belongs to that one.
struct Faults(BTreeMap<String, Timestamp>);

impl Faults {
    /// Faults that stand today are never those of the past.
    fn taken(fingerprints: &[String]) -> Self {
        Self(fingerprints.iter().map(|fingerprint| (fingerprint.clone(), Timestamp::MAX)).collect())
    }

    fn is_free(&self, course: &Course) -> bool {
        let of = |fingerprint: &String| self.0.get(fingerprint).is_none_or(|until| *until < course.call().opened_at);
        course.fingerprint().as_ref().is_none_or(of)
    }

    fn hold(&mut self, course: &Course) {
        if let Some(fingerprint) = course.fingerprint() {
            self.0.insert(fingerprint, course.call().ended_at.unwrap_or(Timestamp::MAX));
        }
    }
}

/// Tells it anew with other dice while it reads like its neighbours, and briskly where it would not end in time.
fn told<'a>(
    set: &'a Setting<'a>,
    mut incident: Incident<'a>,
    faults: &mut Faults,
    titles: &[String],
) -> Result<Course<'a>> {
    for _ in 0..30 {
        let course = match ended(set, &incident, false) {
            Err(Error::Refused(_)) => ended(set, &incident, true),
            other => other,
        };
        match course {
            Ok(course) if faults.is_free(&course) && !titles.contains(&course.call().title) => {
                faults.hold(&course);
                return Ok(course);
            }
            Err(error) if !matches!(error, Error::Refused(_)) => return Err(error),
            _ => {
                let system = set.world.systems.iter().filter(|system| system.site == incident.system.site);
                let sisters: Vec<_> = system.collect();
                incident.system = sisters[incident.dice.below(sisters.len())];
                incident.dice = incident.dice.fork();
                incident.story =
                    set.library.choose(incident.severity, matches!(incident.filer, Filer::Device), &mut incident.dice);
            }
        }
    }
    Err(Error::Internal("no way was found to tell a call of the past".to_owned()))
}

fn ended<'a>(set: &'a Setting<'a>, incident: &Incident<'a>, brisk: bool) -> Result<Course<'a>> {
    let mut course = Course::open(set, incident, brisk)?;
    course.tell_to_the_end()?;
    if course.call().status.is_ended() { Ok(course) } else { Err(Error::refused("It did not end.")) }
}

fn incident<'a>(set: &'a Setting<'a>, mut dice: Dice) -> Incident<'a> {
    let oldest = set.now - SignedDuration::from_hours(24 * OLDEST_DAYS);
    let latest = set.now - SignedDuration::from_hours(LATEST_HOURS);
    let system = dice.pick(&set.world.systems);
    let at = set.profile.arrival(&set.world.site_of(system).zone, oldest, latest, &mut dice);
    let severity = set.profile.severity(&mut dice);
    let by_device = dice.chance(share_of_devices(severity));
    let story = set.library.choose(severity, by_device, &mut dice);
    let filer = filer(set, system, story.alarm.is_some(), at, &mut dice);
    Incident { at, system, story, severity, filer, dice }
}

/// Machines call home about what is serious; what is minor is asked by people.
pub fn share_of_devices(severity: Severity) -> f64 {
    match severity {
        Severity::Serious => 0.75,
        Severity::Critical | Severity::Moderate => 0.5,
        Severity::Minor => 0.0,
    }
}

/// The machine, else mostly the customer, now and then the partner, or staff for somebody on the phone.
pub fn filer<'a>(
    set: &'a Setting<'a>,
    system: &super::fleet::System,
    by_device: bool,
    at: Timestamp,
    dice: &mut Dice,
) -> Filer<'a> {
    if by_device {
        return Filer::Device;
    }
    let target = set.world.target(system, at);
    let luck = dice.fraction();
    let fits = |person: &&super::people::Person| match target.partner_id {
        Some(partner) if luck < 0.12 => person.account == partner,
        _ if luck > 0.9 => person.role == Role::Engineer && person.cac.as_deref() == Some(&target.region),
        _ => person.account == target.customer_id,
    };
    let fitting: Vec<_> = set.world.people.iter().filter(fits).collect();
    Filer::Person(fitting[dice.below(fitting.len())])
}
