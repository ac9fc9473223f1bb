//! What is open today: composed, so that every desk has something of everything to look at.

use jiff::{SignedDuration, Timestamp};

use super::{
    course::Course,
    dice::Dice,
    fleet::System,
    incident::Incident,
    past::{Setting, filer, share_of_devices},
    stories::Story,
    wishes::{
        Near::{self, Any, Fine, Late, Soon},
        Stand::{self, Awaiting, New, Offered, OnHold, Resolved, Taken, Uncovered, Worked},
        WISHES, Wish,
    },
};
use crate::{
    domain::{
        call::{HoldReason, Status},
        severity::Severity::Moderate,
    },
    error::{Error, Result},
};

/// Tries for one wish before it is granted less exactly.
const TRIES: usize = 60;

/// The open calls, all of them or the same in small.
pub fn calls<'a>(set: &'a Setting<'a>, share: f64, mut dice: Dice) -> Result<Vec<Course<'a>>> {
    let mut calls: Vec<Course> = Vec::new();
    for wish in &WISHES {
        for _ in 0..scaled(wish.count, share) {
            calls.extend(granted(set, wish, &calls, &mut dice)?);
        }
    }
    Ok(calls)
}

fn scaled(count: usize, share: f64) -> usize {
    let count = i32::try_from(count).map_or(1.0, f64::from) * share;
    (1..100).take_while(|n| f64::from(*n) <= count + 0.5).count().max(1)
}

/// A partner that is closed can be offered nothing now: then it has taken one earlier.
fn granted<'a>(set: &'a Setting<'a>, wish: &Wish, others: &[Course], dice: &mut Dice) -> Result<Option<Course<'a>>> {
    let plain = Wish { near: Any, ..*wish };
    let instead = Wish { stand: if wish.stand == Offered { Taken } else { wish.stand }, near: Any, hours: 80, ..*wish };
    for wish in [wish, &plain, &instead] {
        for _ in 0..TRIES {
            let Some(incident) = incident(set, wish, others, dice.fork()) else { continue };
            match told(set, wish, &incident) {
                Ok(course) if fits(set, wish, &course) && is_new(&course, others) => return Ok(Some(course)),
                Ok(_) | Err(Error::Refused(_) | Error::Forbidden(_)) => {}
                Err(error) => return Err(error),
            }
        }
    }
    Ok(None)
}

fn incident<'a>(set: &'a Setting<'a>, wish: &Wish, others: &[Course], mut dice: Dice) -> Option<Incident<'a>> {
    let fits = |system: &&System| others.iter().all(|other| other.system.id != system.id) && is_for(set, wish, system);
    let systems: Vec<&System> = set.world.systems.iter().filter(fits).collect();
    if systems.is_empty() {
        return None;
    }
    let system = *dice.pick(&systems);
    let story = story(set, wish, &mut dice);
    let newest = set.now - SignedDuration::from_mins(if wish.stand == New { 1 } else { 45 });
    let oldest = set.now - SignedDuration::from_hours(wish.hours);
    let at = set.profile.arrival(&set.world.site_of(system).zone, oldest, newest.max(oldest), &mut dice);
    let filer = filer(set, system, story.alarm.is_some(), at, &mut dice);
    Some(Incident { at, system, story, severity: wish.severity, filer, dice })
}

fn is_for(set: &Setting, wish: &Wish, system: &System) -> bool {
    let target = set.world.target(system, set.now);
    let reviewed = target.first_line == Some(true);
    match wish.stand {
        Offered | Taken => reviewed && target.covered(set.now),
        Uncovered => !target.covered(set.now),
        _ => target.covered(set.now),
    }
}

/// Machines that have lost redundancy today are wished for by name; no other story may take it.
fn story<'a>(set: &'a Setting<'a>, wish: &Wish, dice: &mut Dice) -> &'a Story {
    let keeps = |story: &Story| story.alarm.as_ref().is_none_or(|signal| signal.state.is_none());
    let named = wish.story.and_then(|key| set.library.stories.iter().find(|story| story.key == key));
    named.unwrap_or_else(|| {
        let by_device = dice.chance(share_of_devices(wish.severity));
        let mut chosen = set.library.choose(wish.severity, by_device, dice);
        for _ in 0..50 {
            if keeps(chosen) {
                break;
            }
            chosen = set.library.choose(wish.severity, by_device, dice);
        }
        chosen
    })
}

fn told<'a>(set: &'a Setting<'a>, wish: &Wish, incident: &Incident<'a>) -> Result<Course<'a>> {
    let mut course = Course::open(set, incident, true)?;
    match wish.stand {
        New | Offered | Uncovered => {}
        Taken => {
            course.pass(900.0)?;
            let partner = course.partner()?.actor();
            course.take_review(partner)?;
        }
        _ => worked(&mut course, wish)?,
    }
    course.settle()?;
    Ok(course)
}

fn worked(course: &mut Course, wish: &Wish) -> Result<()> {
    if course.call().in_review() {
        return Err(Error::refused("A partner has it."));
    }
    course.acknowledge()?;
    course.pass(1_200.0)?;
    course.note()?;
    if wish.near == Late || (wish.near == Soon && wish.severity == Moderate) {
        return Ok(());
    }
    course.lately()?;
    match wish.stand {
        Awaiting => course.ask(),
        OnHold => {
            course.update()?;
            let reason = *course.dice.pick(&HoldReason::ALL);
            course.hold(reason)
        }
        Resolved => course.resolve(),
        _ => course.update(),
    }
}

fn fits(set: &Setting, wish: &Wish, course: &Course) -> bool {
    stands(wish.stand, course) && near(wish.near, course.call().due.map(|due| due.at), set.now)
}

/// No two calls on the desks read the same.
fn is_new(course: &Course, others: &[Course]) -> bool {
    others.iter().all(|other| other.call().title != course.call().title)
}

fn stands(stand: Stand, course: &Course) -> bool {
    let call = course.call();
    let offered = call.review.is_some_and(|review| review.accept_by.is_some_and(|by| by > course.set.now));
    match stand {
        New => call.status == Status::New,
        Worked => call.status == Status::Open && !call.in_review(),
        Awaiting => call.status == Status::AwaitingCustomer,
        OnHold => call.status == Status::OnHold,
        Resolved => call.status == Status::Resolved,
        Offered => offered,
        Taken => call.in_review() && !offered && call.course.acknowledged_at.is_some(),
        Uncovered => call.queue.starts_with("renewals-"),
    }
}

fn near(near: Near, due: Option<Timestamp>, now: Timestamp) -> bool {
    let hour = now + SignedDuration::from_hours(1);
    match near {
        Any => true,
        Fine => due.is_none_or(|due| due > hour),
        Soon => due.is_some_and(|due| now < due && due <= hour),
        Late => due.is_some_and(|due| due <= now),
    }
}
