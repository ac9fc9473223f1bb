use std::{collections::HashSet, path::Path};

use jiff::tz::TimeZone;

use super::{
    Kind, Odd,
    kind::When,
    places::SiteWords,
    report::Report,
    sorter::Sorter,
    source::{self, SourceRow},
};
use crate::{
    domain::{call::Status, severity::Severity},
    error::{Error, Result},
};

/// A whole log, sorted into calls.
pub struct Log {
    pub kind: Kind,
    pub cases: Vec<Case>,
    pub oddities: Vec<Oddity>,
    pub rows: u64,
}

/// One call of the log, its rows in the order in which they happened.
pub struct Case {
    pub number: String,
    pub rows: Vec<Row>,
    pub title: String,
    pub site: SiteWords,
    pub system: Option<String>,
}

/// One row, and what the mapping table makes of it.
pub struct Row {
    pub source: SourceRow,
    pub when: Option<When>,
    pub status: Status,
    pub team: String,
    pub severity: Severity,
    /// Its status or severity is not in the table.
    pub flagged: bool,
}

pub struct Oddity {
    pub line: u64,
    pub odd: Odd,
    pub text: String,
}

impl Log {
    /// Reads the whole file before anything is written, because the rows of a call need not stand together.
    pub fn read(kind: Kind, path: &Path, zone: &TimeZone) -> Result<Self> {
        let mut sorter = Sorter::new(kind, zone);
        let columns = kind.columns();
        let required = [columns.number, columns.time, columns.status, columns.team];
        source::rows(path, &required, |row| sorter.take(row))?;
        let log = sorter.finish();
        if log.cases.is_empty() {
            return Err(Error::command("There is no call in this file."));
        }
        Ok(log)
    }

    /// What the import will have brought in; it follows from the file alone.
    pub fn report(&self, zone: Option<&str>) -> Report {
        let mut report = Report { zone: zone.map(str::to_owned), rows: self.rows, customers: 1, ..Report::default() };
        for case in &self.cases {
            report.calls += 1;
            report.history_rows += case.rows.len() as u64;
            report.queue_changes += case.queue_changes();
            *report.statuses.entry(case.status().name().to_owned()).or_default() += 1;
        }
        for oddity in &self.oddities {
            *report.oddities.entry(oddity.odd.words().to_owned()).or_default() += 1;
        }
        report.sites = distinct(self.cases.iter().map(|case| case.site.name.as_str()));
        report.systems = distinct(self.cases.iter().filter_map(|case| case.system.as_deref()));
        report.queues = distinct(self.rows().map(|row| row.team.as_str()));
        report
    }

    pub fn rows(&self) -> impl Iterator<Item = &Row> {
        self.cases.iter().flat_map(|case| &case.rows)
    }
}

fn distinct<'a>(words: impl Iterator<Item = &'a str>) -> u64 {
    words.collect::<HashSet<_>>().len() as u64
}

impl Case {
    /// Two rows in a row whose teams differ, to the letter.
    fn queue_changes(&self) -> u64 {
        self.rows.windows(2).map(|pair| u64::from(pair[0].team != pair[1].team)).sum()
    }

    fn status(&self) -> Status {
        self.rows.last().map_or(Status::New, |row| row.status)
    }
}
