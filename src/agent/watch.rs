//! Folders into which others drop files with alarms: `*.json` and `*.drop`, one event or one a line.
//!
//! A file is removed when what it says is on disk in the spool. A crash between the two costs nothing: read again, the
//! events have the same names, made of the file itself.

mod file;

use std::{
    collections::HashMap,
    fs, io,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use tokio::time::{MissedTickBehavior, interval};

use super::{
    Parts,
    board::Told,
    event::{self, Event},
    files,
};
use file::{Dropped, Stamp};

const GLANCE: Duration = Duration::from_secs(1);
/// A file that has not changed for so long is taken to be whole.
const SETTLED: Duration = Duration::from_secs(2);
/// One that can't be read may only be unfinished.
const PATIENCE: Duration = Duration::from_secs(10);

pub struct Watcher {
    pub folders: Vec<Folder>,
    pub parts: Parts,
}

#[derive(Debug, Clone)]
pub struct Folder {
    pub path: PathBuf,
    /// Only whole files are renamed into it.
    pub whole: bool,
}

/// What was seen of a file, since when it looks like that, and whether it was told that it can't be read.
type Seen = HashMap<PathBuf, Sight>;

#[derive(Clone, Copy)]
struct Sight {
    stamp: Stamp,
    since: Instant,
    told: bool,
}

/// What became of a look at a file.
enum Outcome {
    Later,
    Unreadable(io::Error),
    Done,
}

impl Watcher {
    /// Never ends by itself.
    pub async fn run(self) {
        let (mut seen, mut ticks) = (Seen::new(), interval(GLANCE));
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            let mut found = Seen::new();
            for folder in &self.folders {
                for path in self.names(folder).await {
                    self.visit(folder, path, &mut seen, &mut found).await;
                }
            }
            seen = found;
        }
    }

    async fn names(&self, folder: &Folder) -> Vec<PathBuf> {
        let path = folder.path.clone();
        let names = tokio::task::spawn_blocking(move || file::names(&path)).await;
        match names.map_err(io::Error::other).and_then(|names| names) {
            Ok(names) => names,
            Err(error) => {
                self.note(format!("{} can't be watched: {error}", folder.path.display()), false);
                Vec::new()
            }
        }
    }

    /// A look at one file; what is not done with it is remembered for the next.
    async fn visit(&self, folder: &Folder, path: PathBuf, seen: &mut Seen, found: &mut Seen) {
        let Ok(stamp) = file::stamp(&path) else { return };
        let before = seen.get(&path).copied().filter(|before| before.stamp == stamp);
        let sight = before.unwrap_or_else(|| Sight { stamp, since: Instant::now(), told: false });
        let age = sight.since.elapsed();
        if !folder.whole && age < SETTLED {
            found.insert(path, sight);
            return;
        }
        match self.take(&path, age >= PATIENCE).await {
            Outcome::Done => {}
            Outcome::Later => drop(found.insert(path, sight)),
            Outcome::Unreadable(error) => {
                let tell = age >= PATIENCE && !sight.told;
                if tell {
                    self.note(format!("{} can't be read: {error}", path.display()), false);
                }
                found.insert(path, Sight { told: sight.told || tell, ..sight });
            }
        }
    }

    async fn take(&self, path: &Path, patience_is_over: bool) -> Outcome {
        let (named, now) = (path.to_owned(), self.parts.clock.now());
        let dropped = tokio::task::spawn_blocking(move || Dropped::read(&named)).await;
        let dropped = match dropped.map_err(io::Error::other).and_then(|dropped| dropped) {
            Ok(dropped) => dropped,
            Err(error) => return Outcome::Unreadable(error),
        };
        let read = dropped.events(self.parts.voice.said(now));
        let wrong = read.iter().find_map(|event| event.as_ref().err().cloned());
        let wrong = wrong.or_else(|| read.is_empty().then(|| "there is nothing in it".to_owned()));
        if wrong.is_some() && !patience_is_over {
            return Outcome::Later;
        }
        let numbered = read.into_iter().enumerate().filter_map(|(index, event)| {
            let name = format!("file-{}-{index}", dropped.digest());
            event.ok().map(|event| event.named(&name))
        });
        let mut events: Vec<Event> = numbered.collect();
        if let Some(reason) = &wrong {
            let id = format!("file-{}-unusable", dropped.digest());
            events.push(self.parts.voice.file_unusable(&dropped.name(), reason, &id, now));
        }
        // Without room the file stays where it is: nothing is lost.
        if self.parts.intake.take(events).await.is_err() {
            return Outcome::Later;
        }
        self.clear_away(path, dropped, wrong).await
    }

    async fn clear_away(&self, path: &Path, dropped: Dropped, wrong: Option<String>) -> Outcome {
        let (said, digest) = (format!("{}: ", path.display()), dropped.digest().to_owned());
        let named = path.to_owned();
        let aside = wrong.is_some();
        let cleared =
            tokio::task::spawn_blocking(
                move || {
                    if aside { set_aside(&named, &digest) } else { fs::remove_file(&named) }
                },
            );
        match cleared.await.map_err(io::Error::other).and_then(|cleared| cleared) {
            Ok(()) => {
                if let Some(reason) = wrong {
                    self.note(said + &reason, true);
                }
                Outcome::Done
            }
            Err(error) => {
                self.note(format!("{said}it was sent, and can't be removed: {error}"), false);
                Outcome::Later
            }
        }
    }

    fn note(&self, said: String, counts: bool) {
        tracing::warn!(said, "a dropped file");
        let at = self.parts.clock.now();
        self.parts.board.change(|state| {
            state.set_aside += u64::from(counts);
            state.last_set_aside = Some(Told { at, said });
        });
    }
}

/// Into `unusable` beside it, under a name that nothing there has.
fn set_aside(path: &Path, digest: &str) -> io::Result<()> {
    let folder = path.with_file_name("unusable");
    files::make_folder(&folder)?;
    let name = path.file_name().unwrap_or_default();
    let mut target = folder.join(name);
    if target.exists() {
        target = folder.join(format!("{digest}-{}", name.to_string_lossy()));
    }
    fs::rename(path, target)
}
