//! One file of records; its name is the number of its first.

use std::{
    collections::VecDeque,
    fs::{self, File, OpenOptions},
    io::{self, ErrorKind, Write},
    path::{Path, PathBuf},
};

use super::super::{
    files,
    frame::{self, Record},
};

#[derive(Debug)]
pub struct Segment {
    pub path: PathBuf,
    pub first: u64,
    next: u64,
    /// How much of it is on disk for certain. Behind it may stand what could not be written to its end.
    pub len: u64,
    /// Open where this process writes.
    file: Option<File>,
}

/// The segments of a spool in the order of their numbers.
pub fn all(folder: &Path) -> io::Result<VecDeque<Segment>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder.join("segments"))? {
        let path = entry?.path();
        let number = path.file_stem().and_then(|stem| stem.to_str()?.parse().ok());
        if let (Some(first @ 1..), true) = (number, path.extension().is_some_and(|ending| ending == "log")) {
            found.push(Segment { path, first, next: first, len: 0, file: None });
        }
    }
    found.sort_by_key(|segment| segment.first);
    for segment in &mut found {
        segment.len = match segment.path.metadata() {
            // Acknowledged and removed while we look.
            Err(error) if error.kind() == ErrorKind::NotFound => 0,
            found => found?.len(),
        };
    }
    Ok(found.into())
}

/// Cuts off what was being written at the end, and names the segments that are damaged elsewhere.
pub fn mend(segments: &mut VecDeque<Segment>) -> io::Result<Vec<PathBuf>> {
    let (mut damaged, last) = (Vec::new(), segments.len().saturating_sub(1));
    for (index, segment) in segments.iter_mut().enumerate() {
        let bytes = fs::read(&segment.path)?;
        let (mut readable, mut end) = (0, 0);
        for (record, place) in frame::records(&bytes, 0) {
            readable += place.len();
            end = place.end;
            segment.next = record.sequence + 1;
        }
        if readable < end || (index < last && end < bytes.len()) {
            damaged.push(segment.path.clone());
        }
        if index == last && end < bytes.len() {
            segment.len = end as u64;
            segment.cut()?;
        }
    }
    Ok(damaged)
}

impl Segment {
    pub fn begin(folder: &Path, first: u64) -> io::Result<Self> {
        let path = folder.join("segments").join(format!("{first:020}.log"));
        let file = files::create(&path)?;
        files::sync_folder(&path)?;
        Ok(Self { path, first, next: first, len: 0, file: Some(file) })
    }

    /// The number behind its last.
    pub fn next(&self) -> u64 {
        self.next
    }

    /// What is in it for certain.
    pub fn bytes(&self) -> io::Result<Vec<u8>> {
        let mut bytes = match fs::read(&self.path) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            read => read?,
        };
        bytes.truncate(usize::try_from(self.len).unwrap_or(usize::MAX));
        Ok(bytes)
    }

    pub fn read(&self) -> io::Result<Vec<Record>> {
        Ok(frame::records(&self.bytes()?, 0).map(|(record, _)| record).collect())
    }

    /// Behind what is there for certain, so that nothing half written ever stands between two records.
    pub fn append(&mut self, bytes: &[u8], next: u64) -> io::Result<()> {
        let written = self.write(bytes);
        if written.is_err() {
            // If even this fails, the next one to write or to open cuts it.
            let _ = self.cut();
            self.file = None;
            return written;
        }
        self.len += bytes.len() as u64;
        self.next = next;
        Ok(())
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        if self.file.is_none() {
            self.cut()?;
            self.file = Some(OpenOptions::new().append(true).open(&self.path)?);
        }
        let file = self.file.as_mut().ok_or(ErrorKind::NotFound)?;
        file.write_all(bytes)?;
        file.sync_data()
    }

    fn cut(&self) -> io::Result<()> {
        let file = OpenOptions::new().write(true).open(&self.path)?;
        if file.metadata()?.len() > self.len {
            file.set_len(self.len)?;
            file.sync_all()?;
        }
        Ok(())
    }
}
