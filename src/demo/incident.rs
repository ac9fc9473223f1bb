//! What happens to a system, and what is said of it first.

use jiff::Timestamp;

use super::{
    dice::Dice,
    fleet::System,
    messages::{self, Message},
    past::Setting,
    people::Person,
    stories::{Story, Words},
};
use crate::{
    domain::{
        access::{Actor, Party},
        alarm::{Alarm, AlarmSeverity, Kind},
        call::Filing,
        severity::Severity,
    },
    store::targets::Target,
};

/// What happens to a system, before anybody has done anything about it.
#[derive(Clone)]
pub struct Incident<'a> {
    pub at: Timestamp,
    pub system: &'a System,
    pub story: &'a Story,
    pub severity: Severity,
    pub filer: Filer<'a>,
    pub dice: Dice,
}

#[derive(Clone, Copy)]
pub enum Filer<'a> {
    Device,
    Person(&'a Person),
}

pub(super) fn actor(incident: &Incident) -> Actor {
    match incident.filer {
        Filer::Device => Actor { party: Party::Device, id: Some(incident.system.id) },
        Filer::Person(person) => person.actor(),
    }
}

/// What the machine says, if it is the machine that files.
pub(super) fn signal(incident: &Incident, dice: &mut Dice) -> Option<Alarm> {
    let signal = incident.story.alarm.as_ref().filter(|_| matches!(incident.filer, Filer::Device))?;
    let severity = match (incident.severity, signal.severity) {
        (Severity::Moderate, _) => AlarmSeverity::Warning,
        (_, AlarmSeverity::Warning) => AlarmSeverity::Error,
        (_, severity) => severity,
    };
    let plain = messages::plain(incident.system, Kind::Raised, &signal.code, "", incident.at);
    Some(Alarm { severity, component: dice.pick(&signal.units).clone(), state: signal.state.clone(), ..plain })
}

pub(super) fn words(set: &Setting, incident: &Incident, signal: Option<&Alarm>, dice: &mut Dice) -> Words {
    let system = incident.system;
    let unit = signal.map_or("0", |alarm| alarm.component.as_str());
    let facts = [
        ("{nick}", system.nickname.as_str()),
        ("{serial}", system.serial.as_str()),
        ("{model}", system.model),
        ("{os}", system.os),
        ("{unit}", unit),
        ("{site}", set.world.site_of(system).name.as_str()),
    ];
    Words::new(facts, dice)
}

pub(super) fn filing(incident: &Incident, title: String, raised: Option<&Message>, target: &Target) -> Filing {
    let story = incident.story;
    let subject = Some(story.subject.clone()).filter(|subject| subject != "any");
    let contact = match incident.filer {
        Filer::Person(person) if person.role.party() == Party::Customer => format!("{}, {}", person.name, person.email),
        _ => String::new(),
    };
    Filing {
        title,
        severity: incident.severity,
        subject,
        contact,
        available_24x7: incident.severity.is_urgent(),
        service_level: target.service_level_id,
        alarm_id: raised.map(|message| message.id),
        external_number: None,
    }
}
