//! Five regions, the clocks and holidays of their countries, and calls at random: minute by minute.
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
    Router::new(Rules {
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
    })
    .unwrap()
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
    held: Held,
    ends: Timestamp,
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
        let awake: Awake = self.router.centers.iter().map(|c| (c.code.clone(), c.calendar.is_open(now))).collect();
        self.counted.minutes += 1;
        self.open.retain(|call| call.ends > now);
        if self.dice.below(90) == 0 {
            self.file(now);
        }
        for index in 0..self.open.len() {
            if self.open[index].severity.is_urgent() {
                self.sweep(index, now, &awake);
                self.look(index, &awake);
            }
        }
    }

    /// A call comes in somewhere, stays for minutes or days, and is routed as by `route`.
    fn file(&mut self, now: Timestamp) {
        let (region, zone, _) = REGIONS[usize::try_from(self.dice.below(5)).unwrap()];
        let severity = Severity::try_from(i16::try_from(1 + self.dice.below(3)).unwrap()).unwrap();
        let subject = (self.dice.below(2) == 0).then(|| "hardware".to_owned());
        let facts = Facts { subject: subject.clone(), ..Facts::plain(region, zone, severity, now) };
        let queue = self.router.route(&facts).queue;
        let hours = 1 << self.dice.below(8);
        let ends = now + SignedDuration::from_mins(i64::try_from(5 + self.dice.below(60 * hours)).unwrap());
        self.counted.calls += 1;
        let held = Held { queue, subject, region: region.into(), since: now };
        self.open.push(Open { id: self.counted.calls, severity, held, ends });
    }

    fn sweep(&mut self, index: usize, now: Timestamp, awake: &Awake) {
        let call = &mut self.open[index];
        let Some(handover) = self.router.handover(&call.held, now) else { return };
        let counted = &mut self.counted;
        counted.handovers += 1;
        counted.twice_at_a_boundary += usize::from(!self.changes.insert((call.id, handover.boundary_at)));
        counted.pages_to_the_closed += usize::from(owner(&handover.queue).is_some_and(|code| !awake[&code]));
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
