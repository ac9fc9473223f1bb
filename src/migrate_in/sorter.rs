use std::collections::HashMap;

use jiff::tz::TimeZone;

use super::{
    Kind, Odd,
    kind::When,
    log::{Case, Log, Oddity, Row},
    places::clip,
    source::SourceRow,
};
use crate::domain::{call::Status, severity::Severity};

/// The longest number that a desk would give; what is longer is a broken row.
const NUMBER_LENGTH: usize = 100;
const TITLE_LENGTH: usize = 200;

/// Takes the rows of a file one by one and puts them to their calls.
pub struct Sorter<'a> {
    kind: Kind,
    zone: &'a TimeZone,
    by_number: HashMap<String, usize>,
    cases: Vec<(String, Vec<Row>)>,
    oddities: Vec<Oddity>,
    rows: u64,
}

impl<'a> Sorter<'a> {
    pub fn new(kind: Kind, zone: &'a TimeZone) -> Self {
        Self { kind, zone, by_number: HashMap::new(), cases: Vec::new(), oddities: Vec::new(), rows: 0 }
    }

    pub fn take(&mut self, source: SourceRow) {
        self.rows += 1;
        let number = source.get(self.kind.columns().number).trim().to_owned();
        let mut row = self.understand(source);
        if number.is_empty() || number == "?" || number.len() > NUMBER_LENGTH {
            row.source.odd.insert(Odd::NoNumber);
        }
        for odd in &row.source.odd {
            self.oddities.push(Oddity::new(*odd, &row.source));
        }
        if !row.source.odd.iter().any(|odd| odd.keeps_aside()) {
            self.put(number, row);
        }
    }

    fn understand(&self, mut source: SourceRow) -> Row {
        let columns = self.kind.columns();
        let (when, odd_time) = self.kind.when(&source, self.zone);
        let (status, severity) = (self.kind.status(&source), self.kind.severity(&source));
        source.odd.extend(odd_time);
        source.odd.extend(status.is_none().then_some(Odd::UnknownStatus));
        source.odd.extend(severity.is_none().then_some(Odd::UnknownSeverity));
        if source.get(columns.time).trim().is_empty() && source.get(columns.status).trim().is_empty() {
            source.odd.insert(Odd::SaysNothing);
        }
        Row {
            when,
            status: status.unwrap_or(Status::Open),
            team: source.get(columns.team).to_owned(),
            severity: severity.unwrap_or(Severity::Moderate),
            flagged: status.is_none() || severity.is_none(),
            source,
        }
    }

    fn put(&mut self, number: String, row: Row) {
        let next = self.cases.len();
        let place = *self.by_number.entry(number.clone()).or_insert(next);
        if place == next {
            self.cases.push((number, Vec::new()));
        }
        self.cases[place].1.push(row);
    }

    pub fn finish(mut self) -> Log {
        let sorted = std::mem::take(&mut self.cases);
        let cases: Vec<Case> = sorted.into_iter().filter_map(|(number, rows)| self.case(number, rows)).collect();
        Log { kind: self.kind, cases, oddities: self.oddities, rows: self.rows }
    }

    /// What the first row of a call says stands for the whole call; of systems, the first that is named.
    fn case(&mut self, number: String, mut rows: Vec<Row>) -> Option<Case> {
        put_in_order(&mut rows);
        let first = rows.first_mut()?;
        if self.kind.begins_new(&first.source) {
            first.status = Status::New;
        }
        let first = rows.first()?;
        self.oddities.extend(self.kind.site_oddity(&first.source).map(|odd| Oddity::new(odd, &first.source)));
        Some(Case {
            number,
            title: self.kind.title(&first.source).chars().take(TITLE_LENGTH).collect(),
            site: self.kind.site(&first.source, self.zone),
            system: rows.iter().find_map(|row| self.kind.system(&row.source)).map(|words| clip(&words)),
            rows,
        })
    }
}

impl Oddity {
    fn new(odd: Odd, source: &SourceRow) -> Self {
        Self { line: source.line, odd, text: source.text() }
    }
}

/// In the order of time. Rows of the same minute stay as the file has them, and a row whose time can't be
/// read stays with the row before it in the file, or else with the row after it.
fn put_in_order(rows: &mut [Row]) {
    let mut last: Option<When> = rows.iter().find_map(|row| row.when);
    for row in &mut *rows {
        row.when = row.when.or(last);
        last = row.when;
    }
    rows.sort_by_key(|row| row.when.map(|when| when.order));
}
