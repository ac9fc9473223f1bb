//! What was posted and can't be used: kept for whoever looks for it, and told to the portal.

use std::{fs, io, path::PathBuf, sync::Arc};

use sha2::{Digest, Sha256};

use super::files;
use crate::seal::hex;

/// A program that posts something else wrong each time must not fill the disk that alarms need.
const MOST: usize = 1_000;

/// The folder for it.
#[derive(Debug, Clone)]
pub struct Aside(Arc<PathBuf>);

/// Where something was put.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kept {
    /// Under this name, which is made of its content: the same thing posted again is there once.
    New(String),
    Before(String),
    /// There is enough of it.
    Full,
}

impl Aside {
    pub fn new(folder: PathBuf) -> Self {
        Self(Arc::new(folder))
    }

    pub fn keep(&self, body: &[u8]) -> io::Result<Kept> {
        let name = format!("post-{}.json", hex(&Sha256::digest(body)[..12]));
        let path = self.0.join(&name);
        if path.exists() {
            return Ok(Kept::Before(name));
        }
        if fs::read_dir(&*self.0)?.count() >= MOST {
            return Ok(Kept::Full);
        }
        files::replace(&path, body)?;
        Ok(Kept::New(name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_is_kept_once_and_not_without_end() {
        let folder = tempfile::tempdir().unwrap();
        let aside = Aside::new(folder.path().to_owned());
        let Kept::New(name) = aside.keep(b"[1, 2").unwrap() else { panic!("it was not there") };
        assert_eq!(fs::read(folder.path().join(&name)).unwrap(), b"[1, 2");
        assert_eq!(aside.keep(b"[1, 2").unwrap(), Kept::Before(name));

        for n in 1..MOST {
            fs::write(folder.path().join(format!("event-{n}.json")), "{}").unwrap();
        }
        assert_eq!(aside.keep(b"another").unwrap(), Kept::Full);
    }
}
