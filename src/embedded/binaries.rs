//! Which Postgres to run: the newest for a new store, the same major version for an old one.
use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::cluster;
use super::place::Home;
use crate::error::{Error, Result};

/// Older ones lack what the store move and the roles rely on.
const OLDEST: u32 = 15;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Binaries {
    pub folder: PathBuf,
    pub major: u32,
}

impl Binaries {
    pub fn program(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }
}

pub fn find(wanted: Option<&Path>, home: &Home) -> Result<Binaries> {
    let found = match wanted {
        Some(folder) => inspect(folder).into_iter().collect(),
        None => folders().iter().filter_map(|f| inspect(f)).collect(),
    };
    let chosen = match cluster::version(home)? {
        Some(major) => same(found, major).ok_or_else(|| mismatch(home, major))?,
        None => newest(found).ok_or_else(|| missing(wanted))?,
    };
    if let Some(account) = &home.account {
        account.may_enter(&chosen.folder)?;
    }
    Ok(chosen)
}

fn newest(found: Vec<Binaries>) -> Option<Binaries> {
    // The first of equals: the order of the folders is an order of trust.
    let newest = found.iter().map(|b| b.major).max()?;
    same(found, newest).filter(|b| b.major >= OLDEST)
}

fn same(found: Vec<Binaries>, major: u32) -> Option<Binaries> {
    found.into_iter().find(|b| b.major == major)
}

fn missing(wanted: Option<&Path>) -> Error {
    let place = wanted.map_or("on this machine".to_owned(), |w| format!("in {}", w.display()));
    Error::command(format!(
        "No PostgreSQL {OLDEST} or newer {place}. Install it (apt-get install postgresql), set MERIDIAN_PG_BIN to its \
         bin folder, or give a --database-url."
    ))
}

fn mismatch(home: &Home, major: u32) -> Error {
    Error::command(format!(
        "The store in {} was made by PostgreSQL {major}, which is not here. Install that version \
         (apt-get install postgresql-{major}), or set MERIDIAN_PG_BIN to its bin folder.",
        home.data.display()
    ))
}

fn folders() -> Vec<PathBuf> {
    let mut all = Vec::new();
    all.extend(children("/usr/lib/postgresql", "", "bin"));
    all.extend(children("/usr", "pgsql-", "bin"));
    all.extend(children("/opt/homebrew/opt", "postgresql", "bin"));
    all.extend(children("/usr/local/opt", "postgresql", "bin"));
    all.extend(env::current_exe().ok().and_then(|exe| Some(exe.parent()?.join("pg/bin"))));
    all.extend(env::var_os("PATH").iter().flat_map(env::split_paths));
    all
}

fn children(parent: &str, prefix: &str, below: &str) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(parent) else {
        return Vec::new();
    };
    entries
        .flatten()
        .filter(|e| e.file_name().to_string_lossy().starts_with(prefix))
        .map(|e| e.path().join(below))
        .collect()
}

/// Follows links (Debian's `/usr/bin` holds some): `initdb` must be the sibling of the real `postgres`.
fn inspect(folder: &Path) -> Option<Binaries> {
    let postgres = folder.join("postgres").canonicalize().ok()?;
    let folder = postgres.parent()?.to_owned();
    folder.join("initdb").exists().then_some(())?;
    let said = Command::new(&postgres).arg("--version").output().ok()?;
    let major = major(&String::from_utf8_lossy(&said.stdout))?;
    Some(Binaries { folder, major })
}

/// "postgres (PostgreSQL) 15.20 (Debian …)", or "19beta1" in the same place.
fn major(said: &str) -> Option<u32> {
    let version = said.split("(PostgreSQL) ").nth(1)?;
    let digits = version.split(|c: char| !c.is_ascii_digit()).next()?;
    digits.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_major_version_is_read_from_what_postgres_says() {
        assert_eq!(major("postgres (PostgreSQL) 15.20 (Debian 15.20-1)\n"), Some(15));
        assert_eq!(major("postgres (PostgreSQL) 19beta1\n"), Some(19));
        assert_eq!(major("bash: postgres: command not found"), None);
    }

    #[test]
    fn a_new_store_takes_the_newest_and_the_first_of_equals() {
        let on = |folder: &str, major| Binaries { folder: folder.into(), major };

        let chosen = newest(vec![on("a", 15), on("b", 18), on("c", 18)]);

        assert_eq!(chosen, Some(on("b", 18)));
        assert_eq!(newest(vec![on("a", 14)]), None);
    }
}
