//! One file that somebody has dropped.

use std::{
    fs::{self, OpenOptions},
    io::{self, Read},
    os::unix::fs::{MetadataExt, OpenOptionsExt},
    path::{Path, PathBuf},
};

use rustix::fs::OFlags;
use sha2::{Digest, Sha256};

use super::event::{self, Event};
use crate::seal::hex;

/// More than a machine has to say at once.
const LARGEST: u64 = 8 * 1024 * 1024;

/// What changes when somebody still writes to a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stamp {
    inode: u64,
    length: u64,
    changed: (i64, i64),
}

impl Stamp {
    fn of(found: &fs::Metadata) -> Self {
        Self { inode: found.ino(), length: found.len(), changed: (found.mtime(), found.mtime_nsec()) }
    }
}

/// What to read in a folder, in the order of names.
pub fn names(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let path = entry.path();
        let hidden = entry.file_name().as_encoded_bytes().starts_with(b".");
        let ours = path.extension().is_some_and(|ending| ending == "json" || ending == "drop");
        // A link could lead to a file that whoever made it may not read.
        if ours && !hidden && entry.file_type()?.is_file() {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

pub fn stamp(path: &Path) -> io::Result<Stamp> {
    fs::symlink_metadata(path).map(|found| Stamp::of(&found))
}

pub struct Dropped {
    name: String,
    content: Vec<u8>,
    too_long: bool,
    digest: String,
}

impl Dropped {
    pub fn read(path: &Path) -> io::Result<Self> {
        let flags = i32::try_from((OFlags::NOFOLLOW | OFlags::NONBLOCK).bits()).unwrap_or_default();
        let mut file = OpenOptions::new().read(true).custom_flags(flags).open(path)?;
        let before = file.metadata()?;
        let (mut content, too_long) = (Vec::new(), before.len() > LARGEST);
        if !too_long {
            file.read_to_end(&mut content)?;
        }
        if !before.is_file() || Stamp::of(&before) != Stamp::of(&file.metadata()?) {
            return Err(io::ErrorKind::ResourceBusy.into());
        }
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let digest = digest(&name, Stamp::of(&before), &content);
        Ok(Self { name, content, too_long, digest })
    }

    pub fn name(&self) -> String {
        self.name.clone()
    }

    /// What tells this file from every other, also from one of the same name that says the same an hour later.
    pub fn digest(&self) -> &str {
        &self.digest
    }

    pub fn events(&self, said: event::Said<'_>) -> Vec<Result<Event, String>> {
        if self.too_long {
            return vec![Err(format!("it is longer than {} MiB", LARGEST / 1024 / 1024))];
        }
        event::lines(&self.content, said)
    }
}

fn digest(name: &str, stamp: Stamp, content: &[u8]) -> String {
    let about = format!("{name}\n{}\n{:?}\n", stamp.inode, stamp.changed);
    let digest = Sha256::new().chain_update(about).chain_update(content).finalize();
    hex(&digest[..12])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn digest_of(path: &Path) -> String {
        Dropped::read(path).unwrap().digest
    }

    #[test]
    fn a_file_has_one_name_and_another_file_that_says_the_same_has_another() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("fan.drop");
        fs::write(&path, "{\"code\":\"fan\"}").unwrap();
        let first = digest_of(&path);
        assert_eq!(digest_of(&path), first);

        std::thread::sleep(std::time::Duration::from_millis(20));
        fs::write(&path, "{\"code\":\"fan\"}").unwrap();
        assert_ne!(digest_of(&path), first, "it is another fault of the same kind");
    }

    #[test]
    fn links_hidden_and_foreign_files_are_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["b.json", "a.drop", ".c.json.next", "notes.txt"] {
            fs::write(folder.path().join(name), "{}").unwrap();
        }
        std::os::unix::fs::symlink("/etc/passwd", folder.path().join("d.json")).unwrap();
        fs::create_dir(folder.path().join("e.json")).unwrap();

        let found = names(folder.path()).unwrap();
        assert_eq!(found, [folder.path().join("a.drop"), folder.path().join("b.json")]);
        assert!(Dropped::read(&folder.path().join("d.json")).is_err());
    }
}
