use std::{collections::BTreeSet, io::Read, sync::Arc};

use csv::{ByteRecord, StringRecord};

use super::{
    Odd,
    source::{SourceRow, readable},
};
use crate::error::{Error, Result};

/// The rows of a CSV file, whatever their length: a short or broken row is a row all the same.
pub fn rows(content: impl Read, required: &[&[&str]], mut take: impl FnMut(SourceRow)) -> Result<()> {
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(content);
    let header = reader.byte_headers().map_err(|e| broken(&e))?;
    let keys: Arc<[String]> =
        header.iter().map(|name| readable(name, &mut BTreeSet::new()).trim().to_owned()).collect();
    refuse_strangers(&keys, required)?;
    let mut record = ByteRecord::new();
    while reader.read_byte_record(&mut record).map_err(|e| broken(&e))? {
        if is_swallowed(&keys, &record) {
            released(&keys, &record).into_iter().for_each(&mut take);
        } else {
            take(row(&keys, &record));
        }
    }
    Ok(())
}

/// A quote that nobody closed makes one row of all that follow it, up to the next quote.
fn is_swallowed(header: &[String], record: &ByteRecord) -> bool {
    record.len() != header.len() && record.iter().any(|value| value.contains(&b'\n'))
}

/// The rows inside such a row, line by line and with quotes that mean nothing.
fn released(header: &Arc<[String]>, record: &ByteRecord) -> Vec<SourceRow> {
    let text = record.iter().collect::<Vec<_>>().join(&b',');
    let mut reader = csv::ReaderBuilder::new().flexible(true).has_headers(false).quoting(false).from_reader(&*text);
    let before = record.position().map_or(0, csv::Position::line).saturating_sub(1);
    let mut rows: Vec<SourceRow> = reader.byte_records().flatten().map(|record| row(header, &record)).collect();
    for row in &mut rows {
        row.line += before;
        row.odd.insert(Odd::OpenQuote);
    }
    rows
}

fn row(header: &Arc<[String]>, record: &ByteRecord) -> SourceRow {
    let mut odd = BTreeSet::new();
    if record.len() < header.len() {
        odd.insert(Odd::ShortRow);
    }
    let mut keys = Arc::clone(header);
    if record.len() > header.len() {
        odd.insert(Odd::LongRow);
        let extra = (header.len() + 1..=record.len()).map(|column| format!("column {column}"));
        keys = header.iter().cloned().chain(extra).collect();
    }
    let line = record.position().map_or(0, csv::Position::line);
    SourceRow { line, keys, values: values(record, &mut odd), odd }
}

fn values(record: &ByteRecord, odd: &mut BTreeSet<Odd>) -> StringRecord {
    match StringRecord::from_byte_record(record.clone()) {
        Ok(clean) if !clean.as_slice().contains('\0') => clean,
        _ => record.iter().map(|value| readable(value, odd)).collect(),
    }
}

/// A file without the columns that matter is another log, or none.
fn refuse_strangers(header: &[String], required: &[&[&str]]) -> Result<()> {
    let absent = required.iter().find(|names| !header.iter().any(|key| names.contains(&key.as_str())));
    match absent {
        Some(names) => {
            Err(Error::command(format!("The file has no column “{}”: it is not a log of this kind.", names[0])))
        }
        None => Ok(()),
    }
}

fn broken(error: &csv::Error) -> Error {
    Error::command(format!("The file can't be read to its end: {error}."))
}
