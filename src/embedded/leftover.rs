//! What a crash left behind: Postgres processes nobody watches, and files that keep a new one from starting.
use std::fs;
use std::io::ErrorKind;
use std::path::Path;
use std::time::Duration;

use rustix::process::{Pid, kill_process};
use tokio::time::{Instant, sleep};

use super::place::{Home, PORT};
use super::process::LADDER;
use crate::error::{Error, Result};

/// Only the holder of the lock may call this: nobody else can be using the store on purpose.
pub async fn clear(home: &Home, socket: &Path) -> Result<()> {
    if !Path::new("/proc/self/cwd").exists() {
        return Ok(()); // Without /proc we can't tell whose a pid is; Postgres then judges for itself.
    }
    stop(&home.pg()).await?;
    remove(&home.pg().join("postmaster.pid"))?;
    remove(&socket.join(format!(".s.PGSQL.{PORT}")))?;
    remove(&socket.join(format!(".s.PGSQL.{PORT}.lock")))
}

/// Two servers on the same files would destroy them, and so would a backend that outlived its server.
async fn stop(pg: &Path) -> Result<()> {
    for (signal, patience) in LADDER {
        for pid in heads(pg) {
            // It may have ended since we looked.
            let _ = kill_process(pid, signal);
        }
        if gone(pg, patience).await {
            return Ok(());
        }
    }
    Err(Error::command(format!(
        "A PostgreSQL that was left running on {} does not stop. End it by hand, then start again.",
        pg.display()
    )))
}

async fn gone(pg: &Path, patience: Duration) -> bool {
    let end = Instant::now() + patience;
    while !alive(pg).is_empty() {
        if Instant::now() > end {
            return false;
        }
        sleep(Duration::from_millis(50)).await;
    }
    true
}

/// The server if it lives, as it stops its own backends in good order; else every backend.
fn heads(pg: &Path) -> Vec<Pid> {
    let alive = alive(pg);
    match recorded(pg).filter(|pid| alive.contains(pid)) {
        Some(server) => vec![server],
        None => alive,
    }
}

fn recorded(pg: &Path) -> Option<Pid> {
    let file = fs::read_to_string(pg.join("postmaster.pid")).ok()?;
    Pid::from_raw(file.lines().next()?.trim().parse().ok()?)
}

/// Every Postgres process works in its data folder, so a zombie or a foreign pid never counts.
fn alive(pg: &Path) -> Vec<Pid> {
    let Ok(entries) = fs::read_dir("/proc") else {
        return Vec::new();
    };
    let ours = entries.flatten().map(|e| e.path()).filter(|p| works_in(p, pg));
    ours.filter_map(|p| pid(&p)).collect()
}

fn works_in(process: &Path, pg: &Path) -> bool {
    let name = fs::read_to_string(process.join("comm")).unwrap_or_default();
    name.starts_with("post") && fs::read_link(process.join("cwd")).is_ok_and(|cwd| cwd == pg)
}

fn pid(process: &Path) -> Option<Pid> {
    Pid::from_raw(process.file_name()?.to_str()?.parse().ok()?)
}

fn remove(file: &Path) -> Result<()> {
    match fs::remove_file(file) {
        Err(e) if e.kind() != ErrorKind::NotFound => Err(e.into()),
        _ => Ok(()),
    }
}
