//! Who Postgres runs as. It refuses root, so root steps down to somebody else.
use std::fs::{self, Metadata};
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use crate::error::{Error, Result};

/// In order of preference; the first that exists on this machine.
const NAMES: [&str; 3] = ["meridian", "postgres", "nobody"];

#[derive(Debug, Clone)]
pub struct Account {
    name: String,
    pub uid: u32,
    pub gid: u32,
}

pub fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

/// Nobody for an ordinary user, who runs Postgres as themselves.
pub fn choose(data: &Path) -> Result<Option<Account>> {
    if !is_root() {
        return Ok(None);
    }
    owner(&data.join("pg"))
        .or_else(|| owner(data))
        .or_else(|| NAMES.iter().find_map(|name| named(name)))
        .map(Some)
        .ok_or_else(nobody)
}

fn nobody() -> Error {
    Error::command(format!(
        "PostgreSQL does not run as root and none of the accounts {} exists. Make one: useradd --system meridian",
        NAMES.join(", ")
    ))
}

fn owner(path: &Path) -> Option<Account> {
    let meta = fs::metadata(path).ok()?;
    let unnamed = || Account { name: meta.uid().to_string(), uid: meta.uid(), gid: meta.gid() };
    (meta.uid() != 0).then(|| accounts().find(|a| a.uid == meta.uid()).unwrap_or_else(unnamed))
}

fn named(name: &str) -> Option<Account> {
    accounts().find(|a| a.name == name && a.uid != 0)
}

fn accounts() -> impl Iterator<Item = Account> {
    let file = fs::read_to_string("/etc/passwd").unwrap_or_default();
    file.lines().filter_map(parse).collect::<Vec<_>>().into_iter()
}

fn parse(line: &str) -> Option<Account> {
    let mut fields = line.split(':');
    Some(Account {
        name: fields.next()?.to_owned(),
        uid: fields.nth(1)?.parse().ok()?,
        gid: fields.next()?.parse().ok()?,
    })
}

impl Account {
    /// Postgres only says "could not access directory"; this says which one, and whose turn it is.
    pub fn may_enter(&self, folder: &Path) -> Result<()> {
        for part in folder.ancestors() {
            if !self.enters(&fs::metadata(part)?) {
                return Err(Error::command(format!(
                    "PostgreSQL runs as {} here, who may not enter {}: choose another folder, or chmod o+x that one.",
                    self.name,
                    part.display()
                )));
            }
        }
        Ok(())
    }

    fn enters(&self, meta: &Metadata) -> bool {
        let shift = match (meta.uid() == self.uid, meta.gid() == self.gid) {
            (true, _) => 6,
            (false, true) => 3,
            (false, false) => 0,
        };
        meta.mode() >> shift & 1 == 1
    }

    pub fn own(&self, path: &Path) -> Result<()> {
        Ok(std::os::unix::fs::lchown(path, Some(self.uid), Some(self.gid))?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_passwd_names_an_account() {
        let found = parse("postgres:x:101:104:PostgreSQL administrator,,,:/var/lib/postgresql:/bin/bash").unwrap();

        assert_eq!((found.name.as_str(), found.uid, found.gid), ("postgres", 101, 104));
        assert!(parse("# not an account").is_none());
    }
}
