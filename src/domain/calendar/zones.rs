//! Every zone at every change of its clocks, against a walker who looks at each minute.
//!
//! The walker asks only what the clocks on the wall show, and holds that against the definition; so it knows
//! nothing of pieces, offsets and stretches. One walk serves many questions.
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use jiff::civil::date;
use jiff::tz::{TimeZone, db};
use jiff::{SignedDuration, Timestamp, ToSpan};

use super::{Calendar, Period, zone};

const FIRST: &str = "1970-01-01T00:00:00Z";
const LAST: &str = "2038-01-01T00:00:00Z";
/// Before and after a change: long enough for the shift of the day before and that of the day after.
const AROUND: i64 = 40 * 3600;

/// `SplitMix64`: the same questions in every run.
struct Chance(u64);

impl Chance {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        usize::try_from((mixed ^ (mixed >> 31)) % end as u64).unwrap()
    }

    fn minute(&mut self) -> u16 {
        u16::try_from(self.below(1441)).unwrap()
    }
}

/// What the clocks on the wall show, step by step: the day since 1970 and the minute of the day.
struct Walk {
    start: Timestamp,
    step: i64,
    walls: Vec<(i64, u16)>,
    change: (i64, u16),
}

impl Walk {
    fn around(zone: &TimeZone, change: Timestamp) -> Self {
        let start = change - SignedDuration::from_secs(AROUND);
        // Liberia was 44 minutes and 30 seconds behind until 1972.
        let offsets = [start, change].map(|at| zone.to_offset(at).seconds());
        let step = if offsets.iter().all(|seconds| seconds % 60 == 0) { 60 } else { 30 };
        let wall = |at| {
            let local = zone.to_datetime(at);
            let day = local.date().duration_since(date(1970, 1, 1)).as_hours() / 24;
            (day, u16::try_from(local.hour()).unwrap() * 60 + u16::try_from(local.minute()).unwrap())
        };
        let steps = 0..2 * AROUND / step;
        let walls = steps.map(|n| wall(start + SignedDuration::from_secs(n * step))).collect();
        Self { start, step, walls, change: wall(change) }
    }

    fn at(&self, index: usize) -> Timestamp {
        self.start + SignedDuration::from_secs(i64::try_from(index).unwrap() * self.step)
    }

    /// The definition itself: [open, close) of a work day that is not a holiday; a shift belongs to its first day.
    fn openings(&self, calendar: &Calendar) -> Vec<bool> {
        let shifts = |day: i64| {
            let date = date(1970, 1, 1) + day.days();
            let weekday = usize::try_from(date.weekday().to_monday_zero_offset()).unwrap();
            let off = calendar.holidays().contains(&date);
            calendar.weekly()[weekday].iter().filter(move |_| !off)
        };
        let open = |(day, minute): (i64, u16)| {
            let night = |p: &Period| p.close_min() < p.open_min();
            let today = shifts(day).any(|p| minute >= p.open_min() && (night(p) || minute < p.close_min()));
            today || shifts(day - 1).any(|p| night(p) && minute < p.close_min())
        };
        let mut known: Option<((i64, u16), bool)> = None;
        let walls = self.walls.iter().map(|wall| match known {
            Some((same, is_open)) if same == *wall => is_open,
            _ => {
                let is_open = open(*wall);
                known = Some((*wall, is_open));
                is_open
            }
        });
        walls.collect()
    }
}

/// Hours that begin or end where the clocks change, at night, at midnight, around lunch, or anywhere.
fn hours(kind: usize, walk: &Walk, chance: &mut Chance) -> Vec<Period> {
    let near = |by: usize| (usize::from(walk.change.1) + 1440 + by - 90).rem_euclid(1440);
    let minute = |n: usize| u16::try_from(n).unwrap();
    let pairs = match kind {
        0 => vec![(minute(near(chance.below(180))), minute(near(chance.below(180))))],
        1 => vec![(22 * 60, 6 * 60)],
        2 => vec![(0, 1440)],
        3 => vec![(8 * 60, 12 * 60 + 30), (13 * 60 + 15, 20 * 60)],
        4 => vec![(0, 90), (23 * 60, 1440)],
        _ => vec![(chance.minute(), chance.minute()), (chance.minute(), chance.minute())],
    };
    pairs.into_iter().map(|(open, close)| Period::new(open, close).unwrap()).collect()
}

fn calendar(name: &str, kind: usize, walk: &Walk, chance: &mut Chance) -> Calendar {
    let hours = hours(kind, walk, chance);
    let workdays: &[i64] = if chance.below(3) == 0 { &[1, 2, 3, 4, 5] } else { &[1, 2, 3, 4, 5, 6, 7] };
    let holiday = date(1970, 1, 1) + (walk.change.0 + i64::try_from(chance.below(3)).unwrap() - 1).days();
    let holidays = (chance.below(3) == 0).then_some(holiday);
    Calendar::on_workdays(name, workdays, &hours, holidays).unwrap()
}

/// Seconds of work before each step, and before the end.
fn worked(open: &[bool], step: i64) -> Vec<i64> {
    let mut sums = vec![0];
    let mut sum = 0;
    for open in open {
        sum += i64::from(*open) * step;
        sums.push(sum);
    }
    sums
}

/// One calendar at one change, asked that many times.
fn ask(calendar: &Calendar, walk: &Walk, questions: usize, chance: &mut Chance) {
    let open = walk.openings(calendar);
    let worked = worked(&open, walk.step);
    for _ in 0..questions {
        let (a, b) = (chance.below(open.len()), chance.below(open.len() + 1));
        let (from, to) = (a.min(b), a.max(b));
        let (start, told) = (walk.at(from), format_args!("{} {:?}", calendar.zone_name(), calendar.weekly()));
        let work = worked[to] - worked[from];
        assert_eq!(calendar.seconds_between(start, walk.at(to)), work, "{told}: {start} to {}", walk.at(to));
        assert_eq!(calendar.minutes_between(start, walk.at(to)), work / 60, "{told}: {start}");
        let Some(is_open) = open.get(from) else { continue };
        assert_eq!(calendar.is_open(start), *is_open, "{told}: {start}");
        due(calendar, walk, &worked, (from, work / 60), start);
        if let Some(same) = open[from..].iter().position(|other| other != is_open) {
            assert_eq!(calendar.next_change(start), Some(walk.at(from + same)), "{told}: {start}");
        }
    }
}

/// The first instant at which that much work is done, if the walk goes so far.
fn due(calendar: &Calendar, walk: &Walk, worked: &[i64], (from, minutes): (usize, i64), start: Timestamp) {
    let done = worked[from..].partition_point(|sum| *sum < worked[from] + minutes * 60);
    let expected = worked.get(from + done).map(|_| walk.at(from + done));
    assert_eq!(calendar.due(start, minutes), expected, "{}: {minutes} from {start}", calendar.zone_name());
}

fn changes(zone: &TimeZone) -> Vec<Timestamp> {
    let (first, last): (Timestamp, Timestamp) = (FIRST.parse().unwrap(), LAST.parse().unwrap());
    zone.following(first).map(|change| change.timestamp()).take_while(|at| *at < last).collect()
}

fn prove(places: &[(String, Timestamp)], rounds: usize, questions: usize) -> u64 {
    let asked = AtomicU64::new(0);
    let threads = thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| {
        for part in places.chunks(places.len().div_ceil(threads)) {
            scope.spawn(|| {
                for (index, (name, change)) in part.iter().enumerate() {
                    let mut chance = Chance(change.as_second().cast_unsigned() ^ (index as u64) << 40);
                    let walk = Walk::around(&zone(name).unwrap(), *change);
                    for round in 0..rounds {
                        let kind = if rounds < 6 { chance.below(6) } else { round % 6 };
                        ask(&calendar(name, kind, &walk, &mut chance), &walk, questions, &mut chance);
                    }
                    asked.fetch_add((rounds * questions) as u64, Ordering::Relaxed);
                }
            });
        }
    });
    asked.into_inner()
}

/// With `LONG=1` ten million questions at every change; else a sample that touches every zone.
#[test]
fn every_zone_at_every_change_of_its_clocks_agrees_with_a_walker() {
    let long = std::env::var("LONG").is_ok();
    let names: Vec<String> = db().available().map(|name| name.to_string()).filter(|n| zone(n).is_ok()).collect();
    let places: Vec<(String, Timestamp)> = names
        .iter()
        .flat_map(|name| changes(&zone(name).unwrap()).into_iter().map(move |change| (name.clone(), change)))
        .collect();
    assert!(names.len() > 400 && places.len() > 20_000, "{} zones, {} changes", names.len(), places.len());
    let (stride, rounds) = if long { (1, 6) } else { (41, 1) };
    let sample: Vec<_> = places.iter().step_by(stride).cloned().collect();
    let questions = if long { 10_000_000 / (6 * sample.len()) + 1 } else { 20 };
    let asked = prove(&sample, rounds, questions);
    println!(
        "{asked} questions at {} of {} changes in {} zones: no difference",
        sample.len(),
        places.len(),
        names.len()
    );
    assert!(!long || asked >= 10_000_000);
}
