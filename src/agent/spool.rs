//! What has been taken and not yet been acknowledged by the portal, on disk.
//!
//! Records are numbered without gaps and written to the last of a row of segments; what is written is on disk when
//! [`Spool::append`] returns. A segment is removed when all of it is acknowledged, so that everything before the first
//! one is: where the disk has no room even for the acknowledged position, the names of the segments tell it.

mod segment;
#[cfg(test)]
mod tests;

use std::{
    collections::VecDeque,
    fs::File,
    io,
    path::{Path, PathBuf},
    time::Duration,
};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

pub use super::frame::Record;
use super::{files, frame};
use crate::{
    error::{Error, Result},
    seal::hex,
};
use segment::Segment;

/// A segment that has grown so long is followed by another.
const SEGMENT: u64 = 1024 * 1024;

/// How far the portal has acknowledged, and when it last did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Acknowledged {
    pub sequence: u64,
    pub at: Option<Timestamp>,
}

#[derive(Serialize, Deserialize)]
struct Identity {
    spool: String,
    made_at: Timestamp,
}

/// What lies in a spool.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contents {
    pub id: String,
    pub waiting: u64,
    pub oldest: Option<Timestamp>,
    /// The last number that was given.
    pub sequence: u64,
    pub acknowledged: Acknowledged,
}

#[derive(Debug)]
pub struct Spool {
    folder: PathBuf,
    id: String,
    segments: VecDeque<Segment>,
    /// Where the first waiting record stands in the first segment.
    front: usize,
    next: u64,
    waiting: u64,
    oldest: Option<Timestamp>,
    acknowledged: Acknowledged,
    /// The most bytes that it may take.
    limit: u64,
    /// Segments with something in their middle that can't be read.
    damaged: Vec<PathBuf>,
    _lock: File,
}

impl Spool {
    /// Opens the spool of a folder, or makes one there; what a crash has left half written is cut off.
    pub fn open(folder: &Path, limit: u64, now: Timestamp) -> Result<Self> {
        files::make_folder(&folder.join("segments"))?;
        let lock = lock(folder)?;
        let id = identity(folder, now)?;
        let mut segments = segment::all(folder)?;
        let damaged = segment::mend(&mut segments)?;
        let saved = saved_position(folder)?;
        let before_first = segments.front().map_or(0, |segment| segment.first - 1);
        let acknowledged = Acknowledged { sequence: saved.sequence.max(before_first), ..saved };
        let after_last = segments.back().map_or(0, Segment::next);
        let next = after_last.max(acknowledged.sequence + 1);
        let mut spool = Self {
            folder: folder.to_owned(),
            id,
            segments,
            front: 0,
            next,
            waiting: 0,
            oldest: None,
            acknowledged,
            limit,
            damaged,
            _lock: lock,
        };
        spool.pass_over(acknowledged.sequence)?;
        Ok(spool)
    }

    /// What lies in the spool of a folder, whoever works on it meanwhile.
    pub fn look(folder: &Path) -> Result<Contents> {
        let identity: Identity = read_json(&folder.join("spool.json"))?
            .ok_or_else(|| Error::command(format!("There is no spool in {}.", folder.display())))?;
        let acknowledged = saved_position(folder)?;
        let segments = segment::all(folder)?;
        let before_first = segments.front().map_or(0, |segment| segment.first - 1);
        let passed = acknowledged.sequence.max(before_first);
        let (mut waiting, mut oldest, mut sequence) = (0, None, passed);
        for record in segments.iter().flat_map(|segment| segment.read().unwrap_or_default()) {
            sequence = sequence.max(record.sequence);
            if record.sequence > passed {
                waiting += 1;
                oldest = oldest.or(Some(record.at));
            }
        }
        let acknowledged = Acknowledged { sequence: passed, ..acknowledged };
        Ok(Contents { id: identity.spool, waiting, oldest, sequence, acknowledged })
    }

    pub fn contents(&self) -> Contents {
        Contents {
            id: self.id.clone(),
            waiting: self.waiting,
            oldest: self.oldest,
            sequence: self.next - 1,
            acknowledged: self.acknowledged,
        }
    }

    /// A random name made with the spool: numbers are counted within it.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The number that the next record will have.
    pub fn next(&self) -> u64 {
        self.next
    }

    /// Segments in whose middle something could not be read when the spool was opened.
    pub fn damaged(&self) -> &[PathBuf] {
        &self.damaged
    }

    /// Every record that is still on disk, acknowledged or not.
    pub fn everything(&self) -> impl Iterator<Item = Record> {
        self.segments.iter().flat_map(|segment| segment.read().unwrap_or_default())
    }

    /// All of them are on disk when this returns, or none of them is in the spool.
    pub fn append(&mut self, said: &[Vec<u8>], now: Timestamp) -> io::Result<()> {
        let room: u64 = said.iter().map(|said| frame::room(said)).sum();
        if self.size() + room > self.limit {
            return Err(io::ErrorKind::QuotaExceeded.into());
        }
        let mut bytes = Vec::with_capacity(usize::try_from(room).unwrap_or_default());
        for (sequence, said) in (self.next..).zip(said) {
            frame::put(&mut bytes, sequence, now, said);
        }
        let next = self.next + said.len() as u64;
        self.writable()?.append(&bytes, next)?;
        self.next = next;
        self.waiting += said.len() as u64;
        self.oldest = self.oldest.or(Some(now));
        Ok(())
    }

    /// The first records that wait, in their order, at least one if there is one.
    pub fn peek(&self, most: usize, most_bytes: usize) -> io::Result<Vec<Record>> {
        let Some(first) = self.segments.front() else { return Ok(Vec::new()) };
        let bytes = first.bytes()?;
        let (mut taken, mut room) = (Vec::new(), most_bytes);
        for (record, _) in frame::records(&bytes, self.front).take(most) {
            if !taken.is_empty() && record.said.len() > room {
                break;
            }
            room = room.saturating_sub(record.said.len());
            taken.push(record);
        }
        Ok(taken)
    }

    /// The portal has everything up to this number. What can't be noted on a full disk is noted later: until then
    /// a crash would only have it sent again.
    pub fn acknowledge(&mut self, sequence: u64, now: Timestamp) -> io::Result<()> {
        self.acknowledged = Acknowledged { sequence, at: Some(now) };
        self.pass_over(sequence)?;
        let noted = serde_json::to_vec(&self.acknowledged).map_err(io::Error::other)?;
        let noted = files::replace(&self.folder.join("acknowledged.json"), &noted);
        let grown = self.segments.front().is_some_and(|segment| segment.len > SEGMENT);
        if self.waiting == 0 && (grown || noted.is_err()) {
            self.begin_segment()?;
            self.pass_over(sequence)?;
        }
        match noted {
            Err(error) if files::is_full(&error) => Ok(()),
            noted => noted,
        }
    }

    /// Moves the front behind a number, and removes segments of which nothing is left.
    fn pass_over(&mut self, sequence: u64) -> io::Result<()> {
        self.oldest = None;
        while let Some(first) = self.segments.front() {
            let bytes = first.bytes()?;
            for (record, place) in frame::records(&bytes, self.front) {
                if record.sequence > sequence {
                    self.oldest = Some(record.at);
                    self.waiting = self.next - record.sequence;
                    return Ok(());
                }
                self.front = place.end;
            }
            if self.segments.len() == 1 {
                break;
            }
            std::fs::remove_file(&first.path)?;
            self.segments.pop_front();
            self.front = 0;
        }
        self.waiting = 0;
        Ok(())
    }

    fn size(&self) -> u64 {
        self.segments.iter().map(|segment| segment.len).sum()
    }

    fn writable(&mut self) -> io::Result<&mut Segment> {
        if self.segments.back().is_none_or(|segment| segment.len > SEGMENT) {
            self.begin_segment()?;
        }
        self.segments.back_mut().ok_or_else(|| io::Error::other("a segment that was begun is there"))
    }

    fn begin_segment(&mut self) -> io::Result<()> {
        if self.segments.back().is_none_or(|segment| segment.len > 0) {
            self.segments.push_back(Segment::begin(&self.folder, self.next)?);
        }
        Ok(())
    }
}

/// Two agents on one spool would send everything twice. Who only looks whether there is one holds it for a moment.
fn lock(folder: &Path) -> Result<File> {
    let lock = File::options().write(true).create(true).truncate(false).open(folder.join("lock"))?;
    for _ in 0..20 {
        if lock.try_lock().is_ok() {
            return Ok(lock);
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    Err(Error::command(format!("Another agent works on {}; each needs a spool of its own.", folder.display())))
}

fn identity(folder: &Path, now: Timestamp) -> Result<String> {
    let path = folder.join("spool.json");
    if let Some(Identity { spool, .. }) = read_json(&path)? {
        return Ok(spool);
    }
    let mut random = [0; 8];
    getrandom::fill(&mut random).map_err(|_| Error::Internal("there is no randomness".to_owned()))?;
    let identity = Identity { spool: hex(&random), made_at: now };
    let json = serde_json::to_vec(&identity).map_err(io::Error::other)?;
    files::replace(&path, &json)?;
    Ok(identity.spool)
}

fn saved_position(folder: &Path) -> Result<Acknowledged> {
    Ok(read_json(&folder.join("acknowledged.json"))?.unwrap_or_default())
}

fn read_json<T: for<'a> Deserialize<'a>>(path: &Path) -> Result<Option<T>> {
    let bytes = match std::fs::read(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        read => read?,
    };
    let read = serde_json::from_slice(&bytes);
    read.map(Some).map_err(|e| Error::command(format!("{} can't be read: {e}.", path.display())))
}
