//! `agent status`: what the folder of a spool tells, whether an agent works on it or not.

use std::{
    fs::{self, File},
    path::Path,
};

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::{
    agent::{
        board::{self, State},
        incoming,
        spool::{Contents, Spool},
        voice::words,
    },
    error::Result,
};

pub fn status(spool: &Path, as_json: bool, now: Timestamp) -> Result<()> {
    let (contents, state) = (Spool::look(spool)?, board::look(spool));
    let left = left(spool);
    let facts = facts(&contents, &state, (is_running(spool), left), now);
    if as_json {
        println!("{facts}");
        return Ok(());
    }
    for (name, value) in facts.as_object().into_iter().flatten().filter(|(_, value)| !value.is_null()) {
        println!("{name:<24} {}", value.as_str().map_or_else(|| value.to_string(), str::to_owned));
    }
    println!("\n{}", sentence(&contents, &state, left, now));
    Ok(())
}

/// Whoever works on a spool holds its lock.
fn is_running(spool: &Path) -> bool {
    File::open(spool.join("lock")).is_ok_and(|lock| lock.try_lock_shared().is_err())
}

/// Files that were handed over and that no agent has taken yet.
fn left(spool: &Path) -> usize {
    let Ok(files) = fs::read_dir(incoming(spool)) else { return 0 };
    files
        .filter_map(std::result::Result::ok)
        .filter(|file| !file.file_name().as_encoded_bytes().starts_with(b"."))
        .count()
}

fn facts(contents: &Contents, state: &State, (running, left): (bool, usize), now: Timestamp) -> Value {
    let told = |told: &board::Told| json!({"at": told.at, "said": told.said});
    json!({
        "running": running,
        "version": state.version,
        "url": state.url,
        "device": state.device,
        "spool": contents.id,
        "spooled": contents.waiting,
        "not_taken_yet": left,
        "oldest": contents.oldest,
        "oldest_s": contents.oldest.map(|oldest| now.duration_since(oldest).as_secs().max(0)),
        "sequence": contents.sequence,
        "sent": contents.acknowledged.sequence,
        "dispositions": state.told,
        "last_acknowledged_at": contents.acknowledged.at,
        "failing": state.failing,
        "last_failure": state.last_failure.as_ref().map(told),
        "last_test": state.last_test.as_ref().map(|test| json!({"at": test.at, "id": test.id})),
        "last_rejected": state.last_rejected.as_ref().map(told),
        "clock_offset_s": state.clock_offset_s,
        "full": state.full,
        "set_aside": state.set_aside,
        "last_set_aside": state.last_set_aside.as_ref().map(told),
        "dropped": 0,
    })
}

fn sentence(contents: &Contents, state: &State, left: usize, now: Timestamp) -> String {
    let waiting = match (contents.waiting, left) {
        (0, 0) => "Everything was sent".to_owned(),
        (0, left) => format!("What was taken was sent; {left} more that nobody has taken yet lie in incoming"),
        (1, 0) => "1 event waits".to_owned(),
        (many, 0) => format!("{many} events wait"),
        (many, left) => format!("{many} events wait, and {left} more that nobody has taken yet lie in incoming"),
    };
    let failing = state.failing.as_ref().map(|failing| {
        let lasted = now.duration_since(failing.since).try_into().unwrap_or_default();
        format!(" The portal could not be told for {}: {}", words(lasted), failing.reason)
    });
    let full = state.full.as_ref().map(|full| format!(" The spool is full; {} events were refused.", full.refused));
    format!("{waiting}; none was dropped.{}{}", failing.unwrap_or_default(), full.unwrap_or_default())
}
