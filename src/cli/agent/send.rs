//! `agent send`: one event, through a folder that the agent watches.

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use jiff::Timestamp;
use serde_json::{Value, json};
use uuid::Uuid;

use super::SpoolArgs;
use crate::{
    agent::{event, files, incoming},
    domain::alarm::AlarmSeverity,
    error::{Error, Result},
};

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Kind {
    Raised,
    Cleared,
    Heartbeat,
    Test,
}

#[derive(Debug, Args)]
pub struct SendArgs {
    #[command(flatten)]
    spool: SpoolArgs,
    #[arg(long, value_enum, default_value = "raised")]
    kind: Kind,
    /// What is wrong, in a word that stays the same: a fault is known by it, and cleared by it.
    #[arg(long)]
    code: Option<String>,
    /// critical, error, warning or info; other words that machines use for these, such as major, are known too.
    #[arg(long, value_parser = severity)]
    severity: Option<String>,
    /// What is wrong, in a sentence.
    #[arg(long)]
    summary: Option<String>,
    /// The part that it is about, such as 11/2.
    #[arg(long)]
    component: Option<String>,
    /// How that part stands now, such as broken or simplex.
    #[arg(long)]
    state: Option<String>,
    /// The serial of the system, where the agent speaks for a site.
    #[arg(long)]
    system: Option<String>,
}

/// A machine may say what it likes and is heard; whoever types a word that means nothing would want to know.
fn severity(word: &str) -> Result<String, &'static str> {
    match AlarmSeverity::from_words(word) {
        AlarmSeverity::Unknown => Err("it is critical, error, warning or info"),
        _ => Ok(word.to_owned()),
    }
}

/// On disk when this returns, whether the agent runs or not.
pub fn send(args: SendArgs, now: Timestamp) -> Result<()> {
    let (id, spool) = (Uuid::now_v7().to_string(), args.spool.spool.clone());
    hand_over(&spool, &id, &plain(args, &id, now), now)?;
    println!("{id}");
    Ok(())
}

/// From here on it is the agent's.
pub fn hand_over(spool: &Path, id: &str, event: &Value, now: Timestamp) -> Result<()> {
    let folder = incoming(spool);
    if !folder.is_dir() {
        let spool = spool.display();
        return Err(Error::command(format!("There is no spool in {spool}: an agent that ran once has made one.")));
    }
    let event = event.to_string();
    let said = event::Said { source: "/agents", now };
    if let Some(Err(wrong)) = event::lines(event.as_bytes(), said).pop() {
        return Err(Error::command(wrong));
    }
    let path: PathBuf = folder.join(format!("{id}.json"));
    files::replace(&path, event.as_bytes())
        .map_err(|error| Error::command(format!("The event could not be kept, and will not be sent: {error}.")))
}

fn plain(args: SendArgs, id: &str, now: Timestamp) -> Value {
    let kind = args.kind.to_possible_value().map(|kind| kind.get_name().to_owned());
    let mut event = json!({"id": id, "time": now, "kind": kind});
    let SendArgs { code, severity, summary, component, state, system, .. } = args;
    let given = [
        ("code", code),
        ("severity", severity),
        ("summary", summary),
        ("component", component),
        ("state", state),
        ("system", system),
    ];
    for (name, value) in given {
        if let Some(value) = value {
            event[name] = json!(value);
        }
    }
    event
}
