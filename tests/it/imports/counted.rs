//! The totals of a log, counted straight from the file and without any of the importer's code.
use std::{collections::BTreeMap, fs::File, io::BufReader, path::Path};

use csv::StringRecord;

use super::{Tallies, Tally};

/// The columns that are counted by, and what they mean.
pub struct Layout {
    number: usize,
    team: usize,
    /// Something that sorts as the row's time does.
    time: fn(&StringRecord) -> String,
    status: fn(&StringRecord, first: bool) -> &'static str,
}

pub const BPI2013: Layout = Layout { number: 0, team: 7, time: |row| row[2].to_owned(), status: bpi2013_status };
pub const UCI498: Layout = Layout { number: 0, team: 23, time: |row| year_first(&row[13]), status: uci498_status };

pub fn count(path: &Path, layout: &Layout) -> Tallies {
    let unpacked = zstd::Decoder::with_buffer(BufReader::new(File::open(path).unwrap())).unwrap();
    let mut cases: BTreeMap<String, Vec<StringRecord>> = BTreeMap::new();
    for row in csv::Reader::from_reader(unpacked).into_records() {
        let row = row.unwrap();
        cases.entry(row[layout.number].to_owned()).or_default().push(row);
    }
    cases.into_iter().map(|(number, rows)| (number, tally(rows, layout))).collect()
}

fn tally(mut rows: Vec<StringRecord>, layout: &Layout) -> Tally {
    rows.sort_by_key(layout.time);
    let changes = rows.windows(2).filter(|pair| pair[0][layout.team] != pair[1][layout.team]).count();
    let status = (layout.status)(rows.last().unwrap(), rows.len() == 1);
    Tally {
        rows: rows.len().try_into().unwrap(),
        queue_changes: changes.try_into().unwrap(),
        status: status.to_owned(),
    }
}

/// `9/3/2016 08:05` → `2016-03-09 08:05`.
fn year_first(text: &str) -> String {
    let (date, time) = text.split_once(' ').unwrap();
    let parts: Vec<u32> = date.split('/').map(|part| part.parse().unwrap()).collect();
    format!("{:04}-{:02}-{:02} {time:0>5}", parts[2], parts[1], parts[0])
}

fn bpi2013_status(row: &StringRecord, first: bool) -> &'static str {
    match format!("{}/{}", &row[3], &row[4]).as_str() {
        "Queued/Awaiting Assignment" if first => "new",
        "Accepted/Wait - User" | "Accepted/Wait - Customer" => "awaiting_customer",
        "Accepted/Wait" | "Accepted/Wait - Vendor" | "Accepted/Wait - Implementation" => "on_hold",
        "Completed/Resolved" | "Completed/In Call" => "resolved",
        "Completed/Closed" => "closed",
        "Completed/Cancelled" => "cancelled",
        _ => "open",
    }
}

fn uci498_status(row: &StringRecord, _first: bool) -> &'static str {
    match &row[1] {
        "New" => "new",
        "Awaiting User Info" => "awaiting_customer",
        "Awaiting Vendor" => "on_hold",
        "Resolved" => "resolved",
        "Closed" => "closed",
        _ => "open",
    }
}
