use std::{collections::BTreeMap, fmt};

use serde::{Deserialize, Serialize};

/// What an import has brought in. All numbers follow from the file, so that anybody can count them again.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Report {
    /// The zone in which times without one were read.
    pub zone: Option<String>,
    pub rows: u64,
    pub calls: u64,
    pub history_rows: u64,
    pub queue_changes: u64,
    /// Calls by the status of their last row.
    pub statuses: BTreeMap<String, u64>,
    pub customers: u64,
    pub sites: u64,
    pub systems: u64,
    pub queues: u64,
    /// How often each kind of oddity was met; the rows themselves are kept beside the import.
    pub oddities: BTreeMap<String, u64>,
    /// The file was known, and nothing was changed.
    #[serde(skip)]
    pub already_imported: bool,
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.already_imported {
            writeln!(f, "This file is imported already; nothing was changed. It brought in:")?;
        }
        writeln!(f, "calls {}", self.calls)?;
        writeln!(f, "history rows {} of {} rows", self.history_rows, self.rows)?;
        writeln!(f, "queue changes {}", self.queue_changes)?;
        for (status, count) in &self.statuses {
            writeln!(f, "status {status} {count}")?;
        }
        write!(f, "customers {}, sites {}, ", self.customers, self.sites)?;
        writeln!(f, "systems {}, queues {}", self.systems, self.queues)?;
        for (what, count) in &self.oddities {
            writeln!(f, "odd: {what}: {count}")?;
        }
        let zone = self.zone.as_deref().map_or(String::new(), |zone| format!(", local times read in {zone}"));
        write!(f, "oddities {}{zone}", self.oddities.values().sum::<u64>())
    }
}
