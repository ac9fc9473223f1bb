//! Five regions, the clocks and holidays of their countries, and calls at random, which end, come back and change:
//! minute by minute.
//!
//! The walker asks only whether the CAC of a queue is open; what it finds is not the router's own word.

use std::collections::{BTreeMap, BTreeSet};

use super::*;
use crate::domain::calendar::{Calendar, Period};
use crate::domain::severity::Severity;
use crate::router::{ACCEPT_MINUTES, Cac, Facts, NamedCalendar, Rules};

const REGIONS: [(&str, &str, &str); 5] = [
    ("AMER", "America/New_York", "US"),
    ("LATAM", "America/Santiago", "CL"),
    ("EMEA", "Europe/Dublin", "IE"),
    ("APAC", "Asia/Tokyo", "JP"),
    ("ANZ", "Pacific/Auckland", "NZ"),
];
const HOLIDAYS: &str = include_str!("../../demo/public_holidays.csv");
/// Weeks in which clocks change in the north or the south, and the end of the year.
const WEEKS: [&str; 5] = [
    "2026-03-05T00:00:00Z",
    "2026-03-26T00:00:00Z",
    "2026-04-02T00:00:00Z",
    "2026-10-22T00:00:00Z",
    "2026-12-22T00:00:00Z",
];
const USELESS: &str = "TAPES";
const MINUTE: SignedDuration = SignedDuration::from_mins(1);

fn house() -> Router {
    let day_off = |line: &str, country: &str| {
        let mut fields = line.split(',');
        (fields.next() == Some(country)).then(|| fields.next().unwrap().parse().unwrap())
    };
    let calendar = |(code, zone, country): &(&str, &str, &str)| NamedCalendar {
        name: (*code).into(),
        calendar: Calendar::on_workdays(
            zone,
            &[1, 2, 3, 4, 5],
            &[Period::PRIME],
            HOLIDAYS.lines().filter_map(|line| day_off(line, country)),
        )
        .unwrap(),
    };
    let queue = |code: &str, name: &str, subject: &str| Queue {
        languages: Vec::new(),
        slug: format!("{}-{name}", code.to_lowercase()),
        cac: code.into(),
        subjects: vec![subject.into()],
    };
    let mut rules = Rules {
        regions: REGIONS.map(|(code, ..)| code.into()).to_vec(),
        duty_manager: "duty".into(),
        calendars: REGIONS.iter().map(calendar).collect(),
        cacs: REGIONS
            .map(|(code, ..)| Cac {
                code: code.into(),
                region: code.into(),
                name: None,
                calendar: code.into(),
                accept_minutes: ACCEPT_MINUTES,
            })
            .to_vec(),
        queues: REGIONS
            .iter()
            .flat_map(|(code, ..)| [queue(code, "hardware", "hardware"), queue(code, "general", "*")])
            .collect(),
    };
    // Awake at other hours than all others, longer than most, and of no use to any of these calls.
    let (code, zone) = (USELESS.to_owned(), "Pacific/Honolulu");
    rules.regions.push(code.clone());
    rules.calendars.push(NamedCalendar { name: code.clone(), calendar: Calendar::prime_hours(zone).unwrap() });
    rules.queues.push(queue(USELESS, "storage", "storage"));
    rules.cacs.push(Cac { region: code.clone(), calendar: code.clone(), code, ..rules.cacs[0].clone() });
    Router::new(rules).unwrap()
}

/// Numbers that look random and are the same in every run (splitmix64).
struct Dice(u64);

impl Dice {
    fn below(&mut self, n: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (z ^ (z >> 31)) % n
    }
}

struct Open {
    id: usize,
    severity: Severity,
    zone: &'static str,
    held: Held,
    ends: Timestamp,
    /// Taken for solved until then.
    solved_until: Option<Timestamp>,
    /// Whether it got another severity meanwhile.
    changed: bool,
    came_back_at: Option<Timestamp>,
}

impl Open {
    fn facts(&self, now: Timestamp) -> Facts {
        Facts { subject: self.held.subject.clone(), ..Facts::plain(&self.held.region, self.zone, self.severity, now) }
    }
}

#[derive(Debug, Default)]
struct Counted {
    minutes: u64,
    calls: usize,
    open_minutes: u64,
    duty_minutes: u64,
    unowned_minutes: u64,
    handovers: usize,
    twice_at_a_boundary: usize,
    pages_to_the_closed: usize,
    needless: usize,
    came_back: usize,
    lowered: usize,
    raised: usize,
    /// Minutes in which a call that can wait was not at home.
    astray_minutes: u64,
    /// Handed over at a boundary of before it came back, of which its next center has heard already.
    told_before: usize,
    /// Handed over elsewhere than it would have been filed.
    disagreed: usize,
}

struct Walk<'a> {
    router: &'a Router,
    dice: Dice,
    open: Vec<Open>,
    changes: BTreeSet<(usize, Timestamp)>,
    counted: Counted,
}

/// Whether each CAC is open, asked once a minute of the calendars alone.
type Awake = BTreeMap<String, bool>;

/// The CAC of a queue by its name; none is the duty manager.
fn owner(queue: &str) -> Option<String> {
    let (code, _) = queue.split_once('-')?;
    Some(code.to_uppercase())
}

impl Walk<'_> {
    fn minute(&mut self, now: Timestamp) {
        let able = self.router.centers.iter().filter(|center| center.code != USELESS);
        let awake: Awake = able.map(|c| (c.code.clone(), c.calendar.is_open(now))).collect();
        self.counted.minutes += 1;
        self.open.retain(|call| call.ends > now);
        if self.dice.below(30) == 0 {
            self.file(now);
        }
        for index in 0..self.open.len() {
            self.turn(index, now);
            let call = &self.open[index];
            match (call.solved_until, call.severity.is_urgent()) {
                (Some(_), _) => {}
                (None, true) => {
                    self.sweep(index, now, &awake);
                    self.look(index, &awake);
                }
                (None, false) => {
                    let home = owner(&call.held.queue).as_ref() == Some(&call.held.region);
                    self.counted.astray_minutes += u64::from(!home);
                }
            }
        }
    }

    /// Once in a while somebody takes it for solved, or says that it is not, or finds that it is worse, or not so bad.
    fn turn(&mut self, index: usize, now: Timestamp) {
        let chance = self.dice.below(1_000);
        if self.open[index].solved_until.is_some_and(|until| until <= now) {
            return self.come_back(index, now);
        }
        match chance {
            0 | 1 if self.open[index].solved_until.is_none() => {
                let minutes = i64::try_from(1 + self.dice.below(3 * 24 * 60)).unwrap();
                self.open[index].solved_until = Some(now + SignedDuration::from_mins(minutes));
                self.open[index].changed = false;
            }
            2 | 3 => self.change_severity(index, now),
            _ => {}
        }
    }

    fn come_back(&mut self, index: usize, now: Timestamp) {
        let call = &mut self.open[index];
        self.counted.came_back += 1;
        (call.solved_until, call.came_back_at, call.held.since) = (None, Some(now), now);
        let turned = Turned::Back { changed: call.changed };
        self.route(index, turned, now);
    }

    fn change_severity(&mut self, index: usize, now: Timestamp) {
        let other = Severity::try_from(i16::try_from(1 + self.dice.below(4)).unwrap()).unwrap();
        let call = &mut self.open[index];
        let was_urgent = call.severity.is_urgent();
        self.counted.lowered += usize::from(was_urgent && !other.is_urgent());
        self.counted.raised += usize::from(!was_urgent && other.is_urgent());
        (call.severity, call.changed) = (other, true);
        if call.solved_until.is_none() {
            self.route(index, Turned::Severity { was_urgent }, now);
        }
    }

    fn route(&mut self, index: usize, turned: Turned, now: Timestamp) {
        let call = &mut self.open[index];
        let (held, urgent) = (&call.held, call.severity.is_urgent());
        if self.router.is_astray(&held.queue, &held.region, urgent, turned, now) {
            let queue = self.router.route(&call.facts(now)).queue;
            let since = if queue == call.held.queue { call.held.since } else { now };
            call.held = Held { queue, since, ..call.held.clone() };
        }
    }

    /// A call comes in somewhere, stays for minutes or days, and is routed as by `route`.
    fn file(&mut self, now: Timestamp) {
        let (region, zone, _) = REGIONS[usize::try_from(self.dice.below(5)).unwrap()];
        let severity = Severity::try_from(i16::try_from(1 + self.dice.below(3)).unwrap()).unwrap();
        let subject = (self.dice.below(2) == 0).then(|| "hardware".to_owned());
        let hours = 1 << self.dice.below(8);
        let ends = now + SignedDuration::from_mins(i64::try_from(5 + self.dice.below(60 * hours)).unwrap());
        self.counted.calls += 1;
        let held = Held { queue: String::new(), subject, region: region.into(), since: now };
        let (id, solved_until, came_back_at) = (self.counted.calls, None, None);
        let mut call = Open { id, severity, zone, held, ends, solved_until, changed: false, came_back_at };
        call.held.queue = self.router.route(&call.facts(now)).queue;
        self.open.push(call);
    }

    fn sweep(&mut self, index: usize, now: Timestamp, awake: &Awake) {
        let call = &mut self.open[index];
        let Some(handover) = self.router.handover(&call.held, now) else { return };
        let counted = &mut self.counted;
        counted.handovers += 1;
        counted.twice_at_a_boundary += usize::from(!self.changes.insert((call.id, handover.boundary_at)));
        counted.pages_to_the_closed += usize::from(owner(&handover.queue).is_some_and(|code| !awake[&code]));
        counted.told_before += usize::from(call.came_back_at.is_some_and(|at| handover.boundary_at < at));
        let home = call.held.region.clone();
        if !awake[&home] {
            counted.disagreed += usize::from(self.router.route(&call.facts(now)).queue != handover.queue);
        }
        counted.needless += usize::from(owner(&call.held.queue).is_some_and(|code| awake[&code]));
        call.held = Held { queue: handover.queue, since: now, ..call.held.clone() };
    }

    /// Unowned: the CAC that has it is closed. The duty manager has only what nobody else could have.
    fn look(&mut self, index: usize, awake: &Awake) {
        self.counted.open_minutes += 1;
        match owner(&self.open[index].held.queue) {
            Some(code) => self.counted.unowned_minutes += u64::from(!awake[&code]),
            None if awake.values().any(|open| *open) => self.counted.unowned_minutes += 1,
            None => self.counted.duty_minutes += 1,
        }
    }
}

fn walk(router: &Router, from: &str, days: i64, seed: u64) -> Counted {
    let start: Timestamp = from.parse().unwrap();
    let mut walk =
        Walk { router, dice: Dice(seed), open: Vec::new(), changes: BTreeSet::new(), counted: Counted::default() };
    for minute in 0..days * 24 * 60 {
        walk.minute(start + MINUTE * i32::try_from(minute).unwrap());
    }
    walk.counted
}

fn holds(counted: &Counted) {
    println!("{counted:?}");
    assert!(counted.open_minutes > 10_000 && counted.handovers > 50, "too little happened: {counted:?}");
    assert!(counted.duty_minutes > 0, "nobody was ever closed at once: {counted:?}");
    assert_eq!(counted.unowned_minutes, 0);
    assert_eq!(counted.twice_at_a_boundary, 0);
    assert_eq!(counted.pages_to_the_closed, 0);
    assert_eq!(counted.needless, 0);
    let turned = [counted.came_back, counted.lowered, counted.raised];
    assert!(turned.iter().all(|times| *times > 20), "too little changed: {counted:?}");
    assert_eq!(counted.astray_minutes, 0);
    assert_eq!(counted.told_before, 0);
    assert_eq!(counted.disagreed, 0);
}

#[test]
fn in_weeks_of_changing_clocks_and_holidays_no_urgent_call_is_without_an_owner() {
    let router = house();
    for (week, seed) in WEEKS.iter().zip(1..) {
        holds(&walk(&router, week, 8, seed));
    }
}

#[test]
fn in_a_whole_year_of_a_long_run_neither() {
    if std::env::var_os("LONG").is_none() {
        println!("skipped: only a long run walks through a year");
        return;
    }
    holds(&walk(&house(), "2026-01-01T00:00:00Z", 365, 2_003));
}

#[test]
fn what_can_wait_stays_at_home() {
    let router = house();
    for hour in 0..7 * 24 {
        let at = "2026-03-26T00:30:00Z".parse::<Timestamp>().unwrap() + SignedDuration::from_hours(hour);
        let facts = Facts::plain("EMEA", "Europe/Paris", Severity::Moderate, at);
        assert_eq!(router.route(&facts).cac.as_deref(), Some("EMEA"));
    }
}
