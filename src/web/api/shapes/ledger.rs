//! Ledgers as programs read them.

use std::collections::BTreeMap;

use serde::Serialize;
use utoipa::ToSchema;

use crate::store::ledger::{self, Account};

/// What was sent is the sum of what became of it, at any moment.
#[derive(Debug, Serialize, ToSchema)]
pub struct Ledger {
    /// Messages by their names.
    sent: i64,
    /// Messages by what became of them.
    dispositions: BTreeMap<String, i64>,
    /// Whether the two agree.
    adds_up: bool,
    spools: Vec<Spool>,
    /// Numbers that were never heard; a late message closes its gap.
    gaps: Vec<Gap>,
}

/// What one spool has numbered. One that speaks for several systems numbers them together.
#[derive(Debug, Serialize, ToSchema)]
pub struct Spool {
    name: String,
    highest: i64,
    heard: i64,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct Gap {
    spool: String,
    from: i64,
    to: i64,
}

impl From<Account> for Ledger {
    fn from(Account { sent, sums, spools, gaps }: Account) -> Self {
        let sum: i64 = sums.iter().map(|sum| sum.count).sum();
        Self {
            sent,
            dispositions: sums.into_iter().map(|sum| (sum.disposition, sum.count)).collect(),
            adds_up: sum == sent,
            spools: spools.into_iter().map(Spool::from).collect(),
            gaps: gaps.into_iter().map(Gap::from).collect(),
        }
    }
}

impl From<ledger::Spool> for Spool {
    fn from(spool: ledger::Spool) -> Self {
        Self { name: spool.name, highest: spool.highest, heard: spool.heard }
    }
}

impl From<ledger::Gap> for Gap {
    fn from(gap: ledger::Gap) -> Self {
        Self { spool: gap.spool, from: gap.from, to: gap.to }
    }
}
