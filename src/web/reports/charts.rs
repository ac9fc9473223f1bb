//! Sums as pictures, each with the numbers that it is made of.

use std::collections::BTreeMap;

use jiff::civil::Date;

use super::asked::Asking;
use crate::{
    domain::severity::Severity,
    store::reports::{AGES, Arrivals, Hour, Promises, Waiting},
};

/// Severity by severity, the worst first.
type BySeverity = [i64; 4];

fn place(severity: i16) -> Option<usize> {
    usize::try_from(severity - 1).ok().filter(|place| *place < 4)
}

/// A piece of a pile in a picture that is a hundred units high.
pub struct Piece {
    pub n: usize,
    pub y: String,
    pub height: String,
}

fn pile(counts: &BySeverity, tallest: i64) -> Vec<Piece> {
    let unit = 100.0 / as_f64(tallest.max(1));
    let mut top = 100.0;
    let mut pieces = Vec::new();
    // The worst lies at the bottom, where its length is read best.
    for (place, count) in counts.iter().enumerate().filter(|(_, count)| **count > 0) {
        let height = as_f64(*count) * unit;
        top -= height;
        pieces.push(Piece { n: place + 1, y: format!("{top:.2}"), height: format!("{height:.2}") });
    }
    pieces
}

#[expect(clippy::cast_precision_loss, reason = "a picture is not that exact")]
fn as_f64(n: i64) -> f64 {
    n as f64
}

/// A day, and what came.
pub struct Column {
    pub words: String,
    pub x: String,
    pub width: String,
    pub counts: BySeverity,
    pub all: i64,
    pub pieces: Vec<Piece>,
}

impl Column {
    pub fn all(asking: &Asking, arrivals: &[Arrivals]) -> Vec<Self> {
        let mut days: BTreeMap<Date, BySeverity> = asking.days().map(|day| (day, [0; 4])).collect();
        for row in arrivals {
            if let (Some(counts), Some(place)) = (days.get_mut(&row.day), place(row.severity)) {
                counts[place] += row.calls;
            }
        }
        let tallest = days.values().map(|counts| counts.iter().sum::<i64>()).max().unwrap_or_default();
        let wide = 1000.0 / as_f64(i64::try_from(days.len()).unwrap_or(1).max(1));
        let column = |(index, (day, counts)): (usize, (Date, BySeverity))| Self {
            words: day.strftime("%a %-d %b").to_string(),
            x: format!("{:.2}", wide * as_f64(i64::try_from(index).unwrap_or_default()) + 1.0),
            width: format!("{:.2}", wide - 2.0),
            all: counts.iter().sum(),
            pieces: pile(&counts, tallest),
            counts,
        };
        days.into_iter().enumerate().map(column).collect()
    }
}

/// What waits, by age.
pub struct Ages {
    pub rows: Vec<Age>,
    pub all: i64,
}

pub struct Age {
    pub words: String,
    pub counts: BySeverity,
    pub all: i64,
    /// In hundredths of the longest.
    pub share: String,
}

impl Age {
    /// Each with the word for its severity, for readers whose screen has no room for a head.
    pub fn cells(&self) -> impl Iterator<Item = (&'static str, i64)> {
        Severity::ALL.iter().map(|severity| severity.word()).zip(self.counts)
    }
}

impl Ages {
    pub fn of(rows: &[Waiting]) -> Self {
        let mut ages: BTreeMap<i32, BySeverity> = AGES.iter().map(|days| (*days, [0; 4])).collect();
        for row in rows {
            if let (Some(counts), Some(place)) = (ages.get_mut(&row.days), place(row.severity)) {
                counts[place] += row.calls;
            }
        }
        let longest = ages.values().map(|counts| counts.iter().sum::<i64>()).max().unwrap_or_default().max(1);
        let age = |(index, (days, counts)): (usize, (i32, BySeverity))| {
            let all: i64 = counts.iter().sum();
            let words = match (days, AGES.get(index + 1)) {
                (0, _) => "less than a day".to_owned(),
                (1, Some(next)) => format!("a day and more, less than {next}"),
                (days, Some(next)) => format!("{days} to {next} days"),
                (days, None) => format!("{days} days and more"),
            };
            Age { words, counts, all, share: format!("{:.2}", as_f64(all) / as_f64(longest) * 100.0) }
        };
        let rows: Vec<Age> = ages.into_iter().enumerate().map(age).collect();
        Self { all: rows.iter().map(|row| row.all).sum(), rows }
    }
}

/// How many of the promises to some customers, or of some severity, were kept.
pub struct Kept {
    pub group: &'static str,
    pub name: String,
    pub severity: Option<u8>,
    pub cells: [Option<Share>; 4],
}

pub struct Share {
    pub percent: String,
    pub kept: i64,
    pub made: i64,
    /// Fewer than nine of ten.
    pub bad: bool,
}

/// Kinds of promises, as their columns stand.
pub const KINDS: [(&str, &str); 4] =
    [("acknowledge", "Acknowledged"), ("next_update", "Updated"), ("restore", "Restored"), ("resolve", "Resolved")];

/// Customers that are named; the others are in the sums.
const NAMED: usize = 20;

impl Kept {
    pub fn all(rows: &[Promises]) -> Vec<Self> {
        let mut all: Vec<Self> = Vec::new();
        for row in rows {
            let (group, name, severity) = match (row.severity, &row.region, &row.customer) {
                (Some(n), ..) => {
                    let Ok(severity) = Severity::try_from(n) else { continue };
                    ("severity", severity.word().to_owned(), Some(severity.number()))
                }
                (_, Some(region), _) => ("region", region.clone(), None),
                (_, _, Some(customer)) => ("customer", customer.clone(), None),
                _ => continue,
            };
            let Some(cell) = KINDS.iter().position(|(kind, _)| *kind == row.kind) else { continue };
            let known = all.iter().position(|one| one.group == group && one.name == name);
            let place = known.unwrap_or_else(|| {
                all.push(Self { group, name, severity, cells: [None, None, None, None] });
                all.len() - 1
            });
            all[place].cells[cell] = Some(Share::of(row));
        }
        let mut customers = 0;
        all.retain(|one| {
            customers += usize::from(one.group == "customer");
            one.group != "customer" || customers <= NAMED
        });
        all
    }
}

impl Kept {
    pub fn columns(&self) -> impl Iterator<Item = (&'static str, Option<&Share>)> {
        KINDS.iter().map(|(_, words)| *words).zip(self.cells.iter().map(Option::as_ref))
    }
}

impl Share {
    fn of(row: &Promises) -> Self {
        let kept = row.made - row.missed;
        // Never rounded up: all is only all.
        let tenths = kept * 1_000 / row.made.max(1);
        let percent =
            if tenths % 10 == 0 { format!("{} %", tenths / 10) } else { format!("{}.{} %", tenths / 10, tenths % 10) };
        Self { percent, kept, made: row.made, bad: tenths < 900 }
    }
}

/// The hours of a day on the clock of one region.
pub struct Clock {
    pub region: String,
    pub zone: String,
    pub hours: Vec<HourBar>,
    pub busiest: i64,
}

pub struct HourBar {
    pub hour: usize,
    pub calls: i64,
    pub x: usize,
    pub y: String,
    pub height: String,
}

impl Clock {
    pub fn all(regions: &[String], zones: &[String], rows: &[Hour]) -> Vec<Self> {
        let clock = |(region, zone): (&String, &String)| {
            let mut calls = [0_i64; 24];
            for row in rows.iter().filter(|row| row.region == *region) {
                if let Some(of_hour) = usize::try_from(row.hour).ok().and_then(|hour| calls.get_mut(hour)) {
                    *of_hour += row.calls;
                }
            }
            let busiest = calls.iter().copied().max().unwrap_or_default();
            let bar = |(hour, calls): (usize, i64)| {
                let height = as_f64(calls) / as_f64(busiest.max(1)) * 60.0;
                let (y, height) = (format!("{:.2}", 60.0 - height), format!("{height:.2}"));
                HourBar { hour, calls, x: hour * 10 + 1, y, height }
            };
            Self {
                region: region.clone(),
                zone: zone.clone(),
                hours: calls.into_iter().enumerate().map(bar).collect(),
                busiest,
            }
        };
        regions.iter().zip(zones).map(clock).filter(|clock| clock.busiest > 0).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn promises(made: i64, missed: i64) -> Promises {
        Promises { kind: "restore".into(), severity: Some(1), region: None, customer: None, made, missed }
    }

    #[test]
    fn a_share_is_never_rounded_up() {
        for (made, missed, told) in [(3, 1, "66.6 %"), (1_000, 1, "99.9 %"), (100_000, 1, "99.9 %"), (7, 0, "100 %")] {
            assert_eq!(Share::of(&promises(made, missed)).percent, told);
        }
    }

    #[test]
    fn each_day_has_its_column_and_the_pieces_of_the_tallest_fill_it() {
        let wanted = super::super::Wanted::default();
        let asking = wanted.read(&[], "2026-11-23T20:00:00Z".parse().unwrap()).unwrap();
        let day = asking.last;
        let row = |severity, calls| Arrivals { day, severity, calls, by_machines: 0, folded: 0 };
        let columns = Column::all(&asking, &[row(1, 3), row(4, 1)]);
        assert_eq!(columns.len(), 30);
        let last = columns.last().unwrap();
        assert_eq!((last.all, last.counts), (4, [3, 0, 0, 1]));
        let heights: Vec<&str> = last.pieces.iter().map(|piece| piece.height.as_str()).collect();
        assert_eq!(heights, ["75.00", "25.00"]);
        assert_eq!(columns[0].pieces.len(), 0);
    }

    #[test]
    fn what_waits_is_told_by_age() {
        let ages = Ages::of(&[Waiting { severity: 2, days: 30, calls: 1 }, Waiting { severity: 3, days: 0, calls: 4 }]);
        assert_eq!(ages.all, 5);
        let told: Vec<(&str, i64)> = ages.rows.iter().map(|row| (row.words.as_str(), row.all)).collect();
        assert_eq!(told[0], ("less than a day", 4));
        assert_eq!(told[2], ("3 to 7 days", 0));
        assert_eq!(told[4], ("30 days and more", 1));
    }
}
