//! The sum of everything that was sent, and what was never heard.

use super::view;
use crate::{
    app::App,
    domain::access::Viewer,
    error::Result,
    store::ledger::{self, Account, Gap, Holder, Spool},
};

/// Gaps and spools that the page names; programs get more of them.
const SHOWN: i64 = 50;

pub struct LedgerView {
    pub sent: String,
    /// How many, and what became of them.
    pub sums: Vec<(String, String)>,
    pub adds_up: bool,
    pub spools: Vec<SpoolView>,
    pub gaps: Vec<GapView>,
    pub more_gaps: bool,
    pub missing: String,
}

pub struct SpoolView {
    pub name: String,
    pub highest: String,
    pub heard: String,
    pub missing: i64,
}

pub struct GapView {
    pub spool: String,
    pub numbers: String,
    pub count: String,
}

impl LedgerView {
    /// None where there is too much to count while somebody waits.
    pub async fn read(app: &App, viewer: &Viewer, of: Holder) -> Result<Option<Self>> {
        let account = ledger::account(&app.store, &viewer.scope, of, SHOWN).await?;
        Ok(account.map(Self::from))
    }
}

impl From<Account> for LedgerView {
    fn from(Account { sent, sums, spools, mut gaps }: Account) -> Self {
        let missing: i64 = spools.iter().map(|spool| spool.highest - spool.heard).sum();
        let shown = usize::try_from(SHOWN).unwrap_or(0);
        let more_gaps = gaps.len() > shown;
        gaps.truncate(shown);
        Self {
            adds_up: sums.iter().map(|sum| sum.count).sum::<i64>() == sent,
            sent: view::count(sent),
            sums: sums.into_iter().map(|sum| (view::count(sum.count), sum.disposition)).collect(),
            spools: spools.into_iter().map(SpoolView::from).collect(),
            gaps: gaps.into_iter().map(GapView::from).collect(),
            more_gaps,
            missing: view::count(missing),
        }
    }
}

impl From<Spool> for SpoolView {
    fn from(spool: Spool) -> Self {
        Self {
            name: spool.name,
            highest: view::count(spool.highest),
            heard: view::count(spool.heard),
            missing: spool.highest - spool.heard,
        }
    }
}

impl From<Gap> for GapView {
    fn from(Gap { spool, from, to }: Gap) -> Self {
        let numbers = if from == to { from.to_string() } else { format!("{from} to {to}") };
        Self { spool, numbers, count: view::count(to - from + 1) }
    }
}
