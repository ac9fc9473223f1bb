//! How real desks are loaded, measured on real logs: when calls come, how they move, how long that takes.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use serde::Deserialize;

use super::dice::Dice;
use crate::{
    domain::severity::Severity,
    error::{Error, Result},
};

#[derive(Debug, Deserialize)]
pub struct Profile {
    #[serde(rename = "cross_region_handover_case_share")]
    pub crossing: f64,
    impact: BTreeMap<String, f64>,
    uci_priority: BTreeMap<String, f64>,
    pub owner_region: BTreeMap<String, f64>,
    first_state: BTreeMap<Stage, f64>,
    transition_matrix: BTreeMap<Stage, BTreeMap<Stage, f64>>,
    dwell_seconds: BTreeMap<String, [f64; 10]>,
    /// Monday first, midnight first, by the clock of the site.
    pub arrivals_by_day_and_hour: [[f64; 24]; 7],
}

/// What the logs call the stages of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(try_from = "String")]
pub enum Stage {
    Assigned,
    AwaitingAssignment,
    Cancelled,
    Closed,
    End,
    InCall,
    InProgress,
    Resolved,
    Unmatched,
    Wait,
    WaitCustomer,
    WaitImplementation,
    WaitUser,
    WaitVendor,
}

impl Stage {
    const ALL: [(Self, &'static str); 14] = [
        (Self::Assigned, "Assigned"),
        (Self::AwaitingAssignment, "Awaiting Assignment"),
        (Self::Cancelled, "Cancelled"),
        (Self::Closed, "Closed"),
        (Self::End, "END"),
        (Self::InCall, "In Call"),
        (Self::InProgress, "In Progress"),
        (Self::Resolved, "Resolved"),
        (Self::Unmatched, "Unmatched"),
        (Self::Wait, "Wait"),
        (Self::WaitCustomer, "Wait - Customer"),
        (Self::WaitImplementation, "Wait - Implementation"),
        (Self::WaitUser, "Wait - User"),
        (Self::WaitVendor, "Wait - Vendor"),
    ];

    fn name(self) -> &'static str {
        Self::ALL.iter().find(|(stage, _)| *stage == self).map_or("", |(_, name)| name)
    }
}

impl TryFrom<String> for Stage {
    type Error = String;

    fn try_from(name: String) -> Result<Self, String> {
        let known = Self::ALL.iter().find(|(_, known)| *known == name);
        known.map(|(stage, _)| *stage).ok_or_else(|| format!("there is no stage {name:?}"))
    }
}

impl Profile {
    pub fn read() -> Result<Self> {
        serde_json::from_str(include_str!("load_profile.json"))
            .map_err(|e| Error::Internal(format!("the load profile can't be read: {e}")))
    }

    /// Shares of the severities 1 to 4. The two logs differ most in what they call critical, so there it is their mean.
    pub fn severities(&self) -> [f64; 4] {
        let impact = |name: &str| self.impact.get(name).copied().unwrap_or(0.0);
        let urgent = self.uci_priority.get("1 - Critical").copied().unwrap_or(0.0);
        [f64::midpoint(impact("Major"), urgent), impact("High"), impact("Medium"), impact("Low")]
    }

    pub fn severity(&self, dice: &mut Dice) -> Severity {
        Severity::ALL[dice.weighted(&self.severities())]
    }

    pub fn first(&self, dice: &mut Dice) -> Stage {
        draw(&self.first_state, dice).unwrap_or(Stage::InProgress)
    }

    pub fn next(&self, from: Stage, dice: &mut Dice) -> Stage {
        self.transition_matrix.get(&from).and_then(|shares| draw(shares, dice)).unwrap_or(Stage::End)
    }

    /// How long a call stays before it moves so; rare moves were not measured and take a quarter of an hour.
    pub fn dwell(&self, from: Stage, to: Stage, dice: &mut Dice) -> f64 {
        let key = format!("{}->{}", from.name(), to.name());
        self.dwell_seconds.get(&key).map_or(900.0, |quantiles| dice.quantile(quantiles))
    }

    /// When a call comes, in [from, to): busy hours of the site's week are likelier.
    pub fn arrival(&self, zone: &TimeZone, from: Timestamp, to: Timestamp, dice: &mut Dice) -> Timestamp {
        let span = to.duration_since(from).as_secs().max(1);
        let busiest = self.arrivals_by_day_and_hour.iter().flatten().copied().fold(0.0, f64::max);
        let mut at = from;
        for _ in 0..200 {
            at = from + SignedDuration::from_secs(dice.between(0, span - 1));
            if dice.chance(self.weight(zone, at) / busiest) {
                break;
            }
        }
        at
    }

    /// The same shares in whole weights, from Monday midnight on.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "shares of one")]
    pub fn hours(&self) -> [u32; 168] {
        let busiest = self.arrivals_by_day_and_hour.iter().flatten().copied().fold(f64::MIN_POSITIVE, f64::max);
        let weight = |share: f64| (share / busiest * 10_000.0).round() as u32;
        std::array::from_fn(|hour| weight(self.arrivals_by_day_and_hour[hour / 24][hour % 24]))
    }

    fn weight(&self, zone: &TimeZone, at: Timestamp) -> f64 {
        let wall = zone.to_datetime(at);
        let day = usize::try_from(wall.weekday().to_monday_zero_offset()).unwrap_or(0);
        let hour = usize::try_from(wall.hour()).unwrap_or(0);
        self.arrivals_by_day_and_hour[day][hour]
    }
}

fn draw(shares: &BTreeMap<Stage, f64>, dice: &mut Dice) -> Option<Stage> {
    let weights: Vec<f64> = shares.values().copied().collect();
    shares.keys().nth(dice.weighted(&weights)).copied()
}
