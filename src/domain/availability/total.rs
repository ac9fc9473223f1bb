//! The systems of a site or of a customer, taken together.

use std::cmp::Ordering;

use serde::{Deserialize, Serialize};

use super::Figures;

/// What several systems come to: their times add up, so each weighs as much as it was in service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Total<Name> {
    pub figures: Figures,
    /// The least available; none where none was down.
    pub worst: Option<Name>,
}

/// Of equally bad systems the one with more outages is worse, then the one that was exposed for longer, then the first
/// by name.
pub fn total<Name: Ord>(systems: impl IntoIterator<Item = (Name, Figures)>) -> Total<Name> {
    let mut sum = Figures::default();
    let mut worst: Option<(Name, Figures)> = None;
    for (name, figures) in systems {
        sum = sum + figures;
        let is_worse = |than: &(Name, Figures)| badness(&figures, &than.1).then_with(|| name.cmp(&than.0)).is_lt();
        if figures.downtime.is_positive() && worst.as_ref().is_none_or(is_worse) {
            worst = Some((name, figures));
        }
    }
    Total { figures: sum, worst: worst.map(|(name, _)| name) }
}

/// The worse first. Whoever was down has service time, and so an availability.
fn badness(one: &Figures, two: &Figures) -> Ordering {
    let share = match (one.availability(), two.availability()) {
        (Some(one), Some(two)) => one.compare(two),
        _ => Ordering::Equal,
    };
    share.then(two.outages.cmp(&one.outages)).then(two.exposure.cmp(&one.exposure))
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;

    fn figures(covered: i64, downtime: i64, outages: i32) -> Figures {
        let hours = SignedDuration::from_hours;
        Figures { covered: hours(covered), downtime: hours(downtime), outages, ..Figures::default() }
    }

    #[test]
    fn a_site_is_as_available_as_all_of_its_time_and_names_its_worst() {
        let site = [("FT-1", figures(720, 0, 0)), ("FT-2", figures(720, 6, 1)), ("FT-3", figures(60, 1, 1))];
        let found = total(site);

        // 7 hours of 1500 are down: 99.5333 %. An hour of 60 is worse than six of 720. Two failures in 1493 hours.
        assert_eq!(found.figures.availability().unwrap().to_string(), "99.53 %");
        assert_eq!(found.worst, Some("FT-3"));
        assert_eq!(found.figures.mtbf(), Some(SignedDuration::from_mins(1493 * 30)));
    }

    #[test]
    fn of_equally_bad_systems_the_worst_is_the_same_in_any_order() {
        let often = [("FT-1", figures(720, 6, 1)), ("FT-2", figures(720, 6, 3))];
        let alike = [("FT-2", figures(720, 6, 1)), ("FT-1", figures(720, 6, 1))];
        for turned in [false, true] {
            let worst = |mut site: [(&'static str, Figures); 2]| {
                if turned {
                    site.reverse();
                }
                total(site).worst
            };
            assert_eq!((worst(often), worst(alike)), (Some("FT-2"), Some("FT-1")));
        }
    }

    #[test]
    fn where_none_was_down_none_is_the_worst() {
        assert_eq!(total([("FT-1", figures(720, 0, 0))]).worst, None);
        assert_eq!(total::<&str>([]), Total { figures: Figures::default(), worst: None });
    }
}
