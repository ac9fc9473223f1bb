//! Which rules a command works with.
use std::path::{Path, PathBuf};

use clap::Args;

use super::made_ready;
use crate::{
    cli::{
        StoreArgs,
        opening::{self, Opened},
    },
    error::{Error, Result},
    reference::Reference,
    router::{Router, Rules},
};

/// The rules of a file, else those of the store that is named, else the ones a new house begins with.
#[derive(Debug, Args)]
pub struct RulesArgs {
    /// CACs, calendars and queues, as `route export` prints them.
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    #[command(flatten)]
    store: StoreArgs,
}

impl RulesArgs {
    pub async fn read(&self) -> Result<Rules> {
        match &self.config {
            Some(file) => from_file(file),
            None => self.standing().await,
        }
    }

    pub async fn router(&self) -> Result<Router> {
        made_ready(self.read().await?)
    }

    /// What holds where no file says otherwise.
    pub async fn standing(&self) -> Result<Rules> {
        if opening::names_a_store(&self.store)? {
            return from_store(&self.store).await;
        }
        Rules::standard().map_err(|e| Error::Internal(e.to_string()))
    }
}

/// As TOML, or as the JSON that `route export --json` prints.
pub fn from_file(file: &Path) -> Result<Rules> {
    let unreadable = |why: &dyn std::fmt::Display| Error::command(format!("{}: {why}", file.display()));
    let text = std::fs::read_to_string(file).map_err(|e| unreadable(&e))?;
    // Rules of a newer portal are still good for what is known here; a slip is seen by whoever looks.
    for key in Rules::unknown_keys(&text) {
        eprintln!("{}: {key} It is left aside.", file.display());
    }
    if text.trim_start().starts_with('{') {
        return serde_json::from_str(&text).map_err(|e| unreadable(&format!("The rules can't be read: {e}")));
    }
    Rules::from_toml(&text).map_err(|e| unreadable(&e))
}

async fn from_store(store: &StoreArgs) -> Result<Rules> {
    let opened = Opened::open(store).await?;
    let reference = Reference::load(&opened.store).await;
    opened.close().await?;
    Ok(reference?.router.rules().clone())
}
