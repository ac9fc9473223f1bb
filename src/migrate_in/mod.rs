//! Logs of other desks become calls: each call keeps the number it had, each row is one line of its history.
//!
//! The file is read and sorted as a whole, then written in batches. What is written follows from the file
//! alone, so a run that was cut short is simply run again. The rows of a call stand in the order of their time
//! by the log's own clock; where two have the same time, the file's order stands. (In the logs known so far
//! both orders agree, while counters such as `sys_mod_count` start again in the middle of a call.)
mod arrivals;
mod bpi2013;
mod countries;
mod kind;
mod log;
mod names;
mod odd;
mod places;
mod report;
mod sorter;
mod source;
mod table;
mod uci498;
mod write;
mod xes;

use std::path::Path;

use indicatif::ProgressBar;

use crate::{
    clock::Clock,
    error::{Error, Result},
    store::{Store, imports},
};

pub use arrivals::{Arrival, arrivals};
pub use kind::Kind;
pub use odd::Odd;
pub use report::Report;

use log::Log;

/// Imports one file. A file that is known, packed or not, changes nothing and has its report again.
pub async fn run(
    store: &Store,
    clock: &Clock,
    kind: Kind,
    file: &Path,
    zone: Option<&str>,
    progress: &ProgressBar,
) -> Result<Report> {
    let time_zone = kind.zone(zone)?;
    let zone = zone.filter(|_| kind.needs_zone());
    let path = file.to_owned();
    let digest = reading(move || source::digest(&path)).await?;
    if let Some(before) = known(store, kind, &digest, zone).await? {
        return Ok(before);
    }
    let path = file.to_owned();
    let log = reading(move || Log::read(kind, &path, &time_zone)).await?;
    let report = log.report(zone);
    let name = file.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
    let import = write::begin(store, &log, &name, &digest, &report, clock.now()).await?;
    import.write(store, &log, progress).await?;
    import.finish(store, &report, clock.now()).await?;
    Ok(report)
}

/// Reading is work for the processor, so it keeps no other task waiting.
async fn reading<T: Send + 'static>(read: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    let read = tokio::task::spawn_blocking(read);
    read.await.map_err(|e| Error::Internal(format!("reading the file ended early: {e}")))?
}

/// The report of an earlier, complete import. One that was cut short may only go on with the same zone:
/// its calls would otherwise be hours apart from each other.
async fn known(store: &Store, kind: Kind, digest: &[u8], zone: Option<&str>) -> Result<Option<Report>> {
    let Some(before) = imports::find(store.reader(), kind.name(), digest).await? else { return Ok(None) };
    let report: Report = serde_json::from_value(before.report)
        .map_err(|e| Error::Internal(format!("the report of import {} can't be read: {e}", before.id)))?;
    if before.finished_at.is_some() {
        return Ok(Some(Report { already_imported: true, ..report }));
    }
    if report.zone.as_deref() != zone {
        let begun = report.zone.as_deref().map_or("without --zone".to_owned(), |zone| format!("with --zone {zone}"));
        return Err(Error::command(format!("The import of this file was begun {begun}; finish it the same way.")));
    }
    Ok(None)
}
