//! Words that nobody says: by these, kept among those of a call, a question meets only the calls that it may be about.

use jiff::Timestamp;
use uuid::Uuid;

const WEEK: i64 = 7 * 24 * 60 * 60;

pub fn customer(id: Uuid) -> String {
    format!("@c{}", id.simple())
}

/// Weeks are counted since 1970, all of them seven days of 24 hours.
pub fn week_of(at: Timestamp) -> i64 {
    at.as_second().div_euclid(WEEK)
}

pub fn week(number: i64) -> String {
    format!("@w{number}")
}

/// Of calls that somebody still works on.
pub const WORKED: &str = "@worked";

/// The question, and of each of these lists at least one mark.
pub fn beside(question: &str, any: &[Vec<String>]) -> String {
    let mut all = question.to_owned();
    for marks in any.iter().filter(|marks| !marks.is_empty()) {
        let quoted: Vec<String> = marks.iter().map(|mark| format!("'{mark}'")).collect();
        let and = if all.is_empty() { "" } else { "&" };
        all = format!("{all}{and}({})", quoted.join("|"));
    }
    all
}

/// Which weeks to look at first, where looking at all of them takes long: the newest, then more, then all.
///
/// `calls_a_week` says how many a week has on average, `last` which week is the newest that counts.
pub fn spans(calls_a_week: i64, last: i64) -> Vec<Option<(i64, i64)>> {
    let first = (AT_ONCE / calls_a_week.max(1)).max(1);
    if first > MANY {
        return vec![None];
    }
    let mut spans = vec![Some((last - first + 1, last))];
    if first == 1 {
        spans.push(Some((last - MANY + 1, last)));
    }
    spans.push(None);
    spans
}

/// So many calls are looked at without a thought.
const AT_ONCE: i64 = 3_000;
/// Naming more weeks costs more than it saves: each is one more list of calls to go through beside the others.
const MANY: i64 = 16;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_small_house_looks_everywhere_at_once_and_a_large_one_at_the_newest_first() {
        assert_eq!(spans(0, 2_961), [None]);
        assert_eq!(spans(100, 2_961), [None]);
        assert_eq!(spans(300, 2_961), [Some((2_952, 2_961)), None]);
        assert_eq!(spans(2_000, 2_961), [Some((2_961, 2_961)), Some((2_946, 2_961)), None]);
        assert_eq!(spans(40_000, 2_961), [Some((2_961, 2_961)), Some((2_946, 2_961)), None]);
    }

    #[test]
    fn weeks_are_counted_since_1970() {
        assert_eq!(week_of("1970-01-07T23:59:59Z".parse().unwrap()), 0);
        assert_eq!(week_of("1970-01-08T00:00:00Z".parse().unwrap()), 1);
        assert_eq!(week_of("1969-12-31T23:59:59Z".parse().unwrap()), -1);
    }
}
