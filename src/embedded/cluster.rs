//! The files of the store: making them, and which version made them.
use std::fs::{self, File};
use std::io::ErrorKind;

use super::binaries::Binaries;
use super::place::{self, Home};
use super::{process, roles};
use crate::error::{Error, Result};

/// The major version that made the store; none if there is no store yet.
pub fn version(home: &Home) -> Result<Option<u32>> {
    let file = home.pg().join("PG_VERSION");
    match fs::read_to_string(&file) {
        Ok(text) => text.trim().parse().map(Some).map_err(|_| unreadable(home)),
        Err(e) if e.kind() == ErrorKind::NotFound => Ok(None),
        Err(e) => Err(e.into()),
    }
}

fn unreadable(home: &Home) -> Error {
    Error::command(format!("{} is not a store: its PG_VERSION names no version.", home.pg().display()))
}

/// Made beside its place and renamed, so that a half-made store is never taken for one.
pub async fn make(home: &Home, binaries: &Binaries) -> Result<()> {
    let draft = home.data.join("pg.tmp");
    if draft.exists() {
        fs::remove_dir_all(&draft)?;
    }
    place::private(&draft, home.account.as_ref())?;
    initdb(home, binaries, &draft).await?;
    fs::rename(&draft, home.pg()).map_err(|e| in_the_way(home, &e))?;
    File::open(&home.data)?.sync_all()?;
    Ok(())
}

async fn initdb(home: &Home, binaries: &Binaries, draft: &std::path::Path) -> Result<()> {
    let said = process::command(&binaries.program("initdb"), home, "KILL")
        .await
        .args(["--auth-local=trust", "--auth-host=reject", "--data-checksums"])
        .args(["--encoding=UTF8", "--locale=C.UTF-8", "--no-instructions"])
        .arg(format!("--username={}", roles::ADMIN))
        .arg("-D")
        .arg(draft)
        .output()
        .await?;
    if said.status.success() {
        return Ok(());
    }
    let why = String::from_utf8_lossy(&said.stderr);
    let why = why.lines().find(|l| l.contains("error")).unwrap_or("it did not say why");
    Err(Error::command(format!("The store could not be made: {why}.")))
}

fn in_the_way(home: &Home, why: &std::io::Error) -> Error {
    Error::command(format!(
        "{} is in the way of a new store: it is no store and could not be replaced ({why}).",
        home.pg().display()
    ))
}
