//! The site agent: one small process beside the systems that loses no alarm on its way to the portal.
//!
//! What is posted to it or dropped into a folder is on disk before anybody is told that it was taken, has a number, is
//! signed, and is sent again until the portal acknowledges it. Nothing is ever dropped: where there is no room, whoever
//! posts is refused.

mod answer;
mod aside;
pub mod board;
mod clocks;
mod courier;
pub mod event;
pub mod files;
mod frame;
mod intake;
mod listener;
mod patience;
pub mod spool;
mod upkeep;
pub mod voice;
mod watch;

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use axum::Router;
use jiff::Timestamp;
use tokio::{sync::Notify, task::JoinSet, time::interval};
use tokio_util::sync::CancellationToken;
use url::Url;

use crate::{
    clock::Clock,
    error::{Error, Result},
};
use aside::Aside;
use board::Board;
use courier::{Courier, Pace, Portal};
use intake::{Intake, Shared, Shelf, Writer};
use spool::Spool;
use upkeep::Upkeep;
use voice::Voice;
use watch::{Folder, Watcher};

/// How old what `agent status` reads of a running agent may be.
const SAVED: Duration = Duration::from_millis(250);

#[derive(Debug, Clone)]
pub struct Settings {
    pub url: Url,
    /// The serial of a system, or the code of a site for its gateway.
    pub device: String,
    pub credential_file: PathBuf,
    pub spool: PathBuf,
    pub watch: Vec<PathBuf>,
    pub heartbeat: Duration,
    /// The most bytes that the spool may take.
    pub limit: u64,
}

/// Into this folder of a spool `agent send` renames whole files.
pub fn incoming(spool: &Path) -> PathBuf {
    spool.join("incoming")
}

/// What everybody in here uses.
#[derive(Clone)]
struct Parts {
    shelf: Shared,
    board: Arc<Board>,
    intake: Intake,
    voice: Voice,
    clock: Clock,
    aside: Aside,
}

/// An agent that has its spool to itself.
pub struct Agent {
    parts: Parts,
    writer: Writer,
    courier: Courier,
    watcher: Watcher,
    upkeep: Upkeep,
}

impl Agent {
    pub fn open(settings: &Settings, clock: Clock) -> Result<Self> {
        let now = clock.now();
        let portal = Portal::new(&settings.url, &settings.device, settings.credential_file.clone())?;
        let unusable = settings.spool.join("unusable");
        for folder in [&incoming(&settings.spool), &unusable] {
            files::make_folder(folder)?;
        }
        let spool = Spool::open(&settings.spool, settings.limit, now)?;
        // What waits here was said by somebody, and is to be nobody else's.
        let before = board::look(&settings.spool).device;
        let waiting = spool.contents().waiting;
        if waiting > 0 && !before.is_empty() && before != settings.device {
            return Err(Error::command(format!(
                "In {} {waiting} events of {before} wait to be sent, and would become those of {}. Run it as {before} \
                 until they are sent, or use another folder.",
                settings.spool.display(),
                settings.device
            )));
        }
        let folders = folders(settings)?;
        let board = Arc::new(board(settings, now));
        let (voice, damaged) = (Voice::new(&settings.device, spool.id()), spool.damaged().to_vec());
        let (shelf, wake) = (Shared::new(Shelf::new(spool)), Arc::new(Notify::new()));
        let (intake, writer) = Writer::new(shelf.clone(), clock.clone(), wake.clone());
        let aside = Aside::new(unusable.clone());
        let parts = Parts { shelf, board, intake, voice, clock, aside };
        Ok(Self {
            writer,
            courier: Courier { portal, parts: parts.clone(), wake, unusable: unusable.clone(), pace: Pace::default() },
            watcher: Watcher { folders, parts: parts.clone() },
            upkeep: Upkeep { parts: parts.clone(), heartbeat: settings.heartbeat, damaged, unusable },
            parts,
        })
    }

    /// Where programs of this machine post.
    pub fn router(&self) -> Router {
        listener::router(self.parts.clone())
    }

    /// Works until it is told to stop. What was taken by then is on disk, and sent after the next start if not before.
    pub async fn work(self, stop: CancellationToken) -> Result<()> {
        let mut tasks = JoinSet::new();
        tasks.spawn(self.writer.run());
        tasks.spawn(self.courier.run());
        tasks.spawn(self.watcher.run());
        tasks.spawn(save(self.parts.board.clone()));
        tasks.spawn(self.upkeep.run());
        let ended = tokio::select! {
            () = stop.cancelled() => Ok(()),
            // None of them ends by itself.
            _ = tasks.join_next() => Err(Error::Internal("a part of the agent died".to_owned())),
        };
        self.parts.board.save()?;
        ended
    }
}

fn board(settings: &Settings, now: Timestamp) -> Board {
    let board = Board::open(&settings.spool, now);
    board.change(|state| {
        env!("CARGO_PKG_VERSION").clone_into(&mut state.version);
        state.url = settings.url.to_string();
        state.device.clone_from(&settings.device);
        state.started_at = Some(now);
    });
    board
}

fn folders(settings: &Settings) -> Result<Vec<Folder>> {
    let mut folders = vec![Folder { path: incoming(&settings.spool), whole: true }];
    for path in &settings.watch {
        if !path.is_dir() {
            return Err(Error::command(format!("There is no folder {} to watch.", path.display())));
        }
        folders.push(Folder { path: path.clone(), whole: false });
    }
    Ok(folders)
}

async fn save(board: Arc<Board>) {
    let mut ticks = interval(SAVED);
    loop {
        ticks.tick().await;
        let board = board.clone();
        // A full disk keeps the last one; the next change tries again.
        let _ = tokio::task::spawn_blocking(move || board.save()).await;
    }
}
