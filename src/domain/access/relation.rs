//! Which partner serves which customer: where, and how far back it may look.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// How much of what was before a relation the partner may see.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HistoryScope {
    All,
    FromDate,
    /// Only what began under the relation itself.
    None,
}

impl HistoryScope {
    pub const ALL: [Self; 3] = [Self::All, Self::FromDate, Self::None];

    pub fn name(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::FromDate => "from_date",
            Self::None => "none",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|history| history.name() == name)
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartnerRelation {
    pub id: Uuid,
    pub customer_id: Uuid,
    /// One site, or none named: all of the customer's.
    pub site_id: Option<Uuid>,
    pub history: HistoryScope,
    pub history_from: Option<Timestamp>,
    pub valid_from: Timestamp,
    pub valid_to: Option<Timestamp>,
}

impl PartnerRelation {
    /// A relation that has not begun, or is over, opens nothing.
    pub fn is_valid(&self, now: Timestamp) -> bool {
        self.valid_from <= now && self.valid_to.is_none_or(|end| now < end)
    }

    /// The next instant at which time alone makes it begin or end.
    pub fn turns_at(&self, now: Timestamp) -> Option<Timestamp> {
        [Some(self.valid_from), self.valid_to].into_iter().flatten().filter(|at| *at > now).min()
    }

    /// From when the partner may look; none is from the very beginning.
    pub fn sees_from(&self) -> Option<Timestamp> {
        match self.history {
            HistoryScope::All => None,
            HistoryScope::FromDate => Some(self.history_from.unwrap_or(self.valid_from)),
            HistoryScope::None => Some(self.valid_from),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn relation(history: HistoryScope, from: Option<&str>) -> PartnerRelation {
        PartnerRelation {
            id: Uuid::nil(),
            customer_id: Uuid::nil(),
            site_id: None,
            history,
            history_from: from.map(at),
            valid_from: at("2026-03-01T00:00:00Z"),
            valid_to: Some(at("2026-09-01T00:00:00Z")),
        }
    }

    #[test]
    fn a_relation_holds_from_its_first_instant_up_to_its_last() {
        let relation = relation(HistoryScope::All, None);

        assert!(!relation.is_valid(at("2026-02-28T23:59:59Z")));
        assert!(relation.is_valid(at("2026-03-01T00:00:00Z")));
        assert!(relation.is_valid(at("2026-08-31T23:59:59Z")));
        assert!(!relation.is_valid(at("2026-09-01T00:00:00Z")));
        assert_eq!(relation.turns_at(at("2026-02-01T00:00:00Z")), Some(relation.valid_from));
        assert_eq!(relation.turns_at(relation.valid_from), relation.valid_to);
        assert_eq!(relation.turns_at(at("2026-09-01T00:00:00Z")), None);
        assert!(PartnerRelation { valid_to: None, ..relation }.is_valid(at("2036-01-01T00:00:00Z")));
    }

    #[test]
    fn the_history_scope_says_from_when_a_partner_may_look() {
        let date = Some("2025-01-01T00:00:00Z");
        assert_eq!(relation(HistoryScope::All, date).sees_from(), None);
        assert_eq!(relation(HistoryScope::FromDate, date).sees_from(), date.map(at));
        assert_eq!(relation(HistoryScope::FromDate, None).sees_from(), Some(at("2026-03-01T00:00:00Z")));
        assert_eq!(relation(HistoryScope::None, date).sees_from(), Some(at("2026-03-01T00:00:00Z")));
        for history in HistoryScope::ALL {
            assert_eq!(HistoryScope::from_name(history.name()), Some(history));
        }
    }
}
