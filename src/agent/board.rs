//! What the agent knows of itself, kept beside the spool so that `agent status` can tell it when the agent is down.

use std::{
    collections::BTreeMap,
    io,
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::files;

const FILE: &str = "state.json";

/// Losing the last moment of it costs nobody an alarm: numbers and positions are in the spool itself.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct State {
    pub version: String,
    pub url: String,
    pub device: String,
    pub started_at: Option<Timestamp>,
    /// What the portal made of what was sent: disposition and number.
    pub told: BTreeMap<String, u64>,
    pub last_rejected: Option<Told>,
    /// The last test alarm whose receipt the portal has sent.
    pub last_test: Option<Tested>,
    /// The failure that lasts now.
    pub failing: Option<Failing>,
    pub last_failure: Option<Told>,
    /// How far the portal's clock is ahead of ours, as its last answer told.
    pub clock_offset_s: i64,
    /// Refused for want of room since then.
    pub full: Option<Full>,
    /// Files that could not be read, and events that the portal would not have.
    pub set_aside: u64,
    pub last_set_aside: Option<Told>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Told {
    pub at: Timestamp,
    pub said: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tested {
    /// The event's own.
    pub id: String,
    pub at: Timestamp,
    /// As the portal tells it.
    pub receipt: Value,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failing {
    pub since: Timestamp,
    pub attempts: u64,
    pub reason: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Full {
    pub since: Timestamp,
    /// Events that were posted and refused; whoever posted them was told so.
    pub refused: u64,
}

struct Inner {
    state: State,
    changed: bool,
    /// How long the failure has lasted: by a clock that nobody sets, and before this process began.
    failing_since: Instant,
    failing_before: Duration,
}

pub struct Board {
    path: PathBuf,
    inner: Mutex<Inner>,
}

/// What is known of a spool's agent; nothing if it was never told or the power took it.
pub fn look(spool: &Path) -> State {
    let bytes = std::fs::read(spool.join(FILE)).unwrap_or_default();
    serde_json::from_slice(&bytes).unwrap_or_default()
}

impl Board {
    /// Goes on with what an earlier run has left: a failure that lasts since then still does.
    pub fn open(spool: &Path, now: Timestamp) -> Self {
        let state = look(spool);
        let before = state.failing.as_ref().map(|failing| now.duration_since(failing.since));
        let failing_before = before.and_then(|before| before.try_into().ok()).unwrap_or_default();
        let inner = Inner { state, changed: true, failing_since: Instant::now(), failing_before };
        Self { path: spool.join(FILE), inner: Mutex::new(inner) }
    }

    pub fn change<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        let mut inner = self.lock();
        inner.changed = true;
        change(&mut inner.state)
    }

    pub fn read<T>(&self, read: impl FnOnce(&State) -> T) -> T {
        read(&self.lock().state)
    }

    /// One more attempt that came to nothing.
    pub fn failed(&self, reason: String, now: Timestamp) {
        let mut inner = self.lock();
        if inner.state.failing.is_none() {
            (inner.failing_since, inner.failing_before) = (Instant::now(), Duration::ZERO);
        }
        let fresh = Failing { since: now, attempts: 0, reason: String::new() };
        let failing = inner.state.failing.get_or_insert(fresh);
        failing.attempts += 1;
        failing.reason.clone_from(&reason);
        inner.state.last_failure = Some(Told { at: now, said: reason });
        inner.changed = true;
    }

    /// The failure that lasts, and for how long it has.
    pub fn failing(&self) -> Option<(Failing, Duration)> {
        let inner = self.lock();
        let failing = inner.state.failing.clone()?;
        Some((failing, inner.failing_before + inner.failing_since.elapsed()))
    }

    /// Writes it down if it has changed.
    pub fn save(&self) -> io::Result<()> {
        let json = {
            let mut inner = self.lock();
            if !inner.changed {
                return Ok(());
            }
            inner.changed = false;
            serde_json::to_vec_pretty(&inner.state)?
        };
        let saved = files::replace_lightly(&self.path, &json);
        if saved.is_err() {
            self.lock().changed = true;
        }
        saved
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::constant(1_764_000_000, 0);

    #[test]
    fn a_failure_goes_on_over_a_restart() {
        let spool = tempfile::tempdir().unwrap();
        let board = Board::open(spool.path(), NOW);
        board.failed("refused".to_owned(), NOW);
        board.failed("timed out".to_owned(), NOW);
        board.save().unwrap();

        let later = Timestamp::constant(1_764_000_000 + 7_200, 0);
        let (failing, lasted) = Board::open(spool.path(), later).failing().unwrap();
        assert_eq!(failing, Failing { since: NOW, attempts: 2, reason: "timed out".to_owned() });
        assert!(lasted >= Duration::from_hours(2), "{lasted:?}");
    }

    #[test]
    fn half_a_file_is_as_none() {
        let spool = tempfile::tempdir().unwrap();
        std::fs::write(spool.path().join(FILE), "{\"version\":").unwrap();
        assert_eq!(look(spool.path()), State::default());
    }
}
