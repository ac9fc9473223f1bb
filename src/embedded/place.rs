//! Where the store lives on disk, who holds it, and where its socket is.
use std::env;
use std::fs::{self, DirBuilder, File, OpenOptions, Permissions, TryLockError};
use std::io::{ErrorKind, Read, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use rustix::fs::OFlags;
use sha2::{Digest, Sha256};

use super::account::{self, Account};
use crate::error::{Error, Result};

/// Names the socket file; nothing listens on it over the network.
pub const PORT: u16 = 5432;

/// The kernel takes 107 bytes, some systems fewer.
const LONGEST_SOCKET: usize = 100;

/// The flag (or its environment name) wins; then the system's place for root, else the person's own.
pub fn data_dir(flag: Option<PathBuf>) -> PathBuf {
    flag.unwrap_or_else(|| {
        if account::is_root() {
            return PathBuf::from("/var/lib/meridian");
        }
        personal().join("meridian")
    })
}

fn personal() -> PathBuf {
    let named = env::var_os("XDG_DATA_HOME").map(PathBuf::from);
    let named = named.filter(|path| path.is_absolute());
    named.unwrap_or_else(|| env::home_dir().unwrap_or_default().join(".local/share"))
}

/// The data folder, and who Postgres runs as in it.
#[derive(Debug)]
pub struct Home {
    pub data: PathBuf,
    pub account: Option<Account>,
}

impl Home {
    pub fn open(data: &Path) -> Result<Self> {
        let data = std::path::absolute(data)?;
        let account = account::choose(&data)?;
        settle(&data, account.as_ref())?;
        let data = data.canonicalize()?;
        if let Some(account) = &account {
            account.may_enter(&data)?;
        }
        Ok(Self { data, account })
    }

    pub fn pg(&self) -> PathBuf {
        self.data.join("pg")
    }

    /// Kept open for as long as the store is ours; the kernel lets go of it however we end.
    pub fn lock(&self) -> Result<File> {
        let path = self.data.join("meridian.lock");
        let mut file = direct().open(&path)?;
        match file.try_lock() {
            Ok(()) => {
                file.set_len(0)?;
                writeln!(file, "{}", std::process::id())?;
                Ok(file)
            }
            Err(TryLockError::WouldBlock) => Err(self.held(&mut file)),
            Err(TryLockError::Error(e)) => Err(e.into()),
        }
    }

    /// Whether a portal is running on this folder now.
    pub fn is_held(&self) -> bool {
        let locked = direct().open(self.data.join("meridian.lock")).map(|file| file.try_lock());
        matches!(locked, Ok(Err(TryLockError::WouldBlock)))
    }

    fn held(&self, file: &mut File) -> Error {
        let mut pid = String::new();
        let _ = file.read_to_string(&mut pid);
        Error::command(format!(
            "Another Meridian (process {}) is using {}. Stop it, or choose another folder with --data.",
            pid.trim(),
            self.data.display()
        ))
    }

    /// A folder only Postgres (and root) can enter: whoever reaches the socket is trusted.
    pub fn socket(&self) -> Result<PathBuf> {
        let near = self.data.join("run");
        let folder = if fits(&near) { near } else { self.short() };
        private(&folder, self.account.as_ref())?;
        Ok(folder)
    }

    fn short(&self) -> PathBuf {
        let digest = Sha256::digest(self.data.as_os_str().as_encoded_bytes());
        let name = digest.iter().take(8).fold(String::new(), |s, byte| format!("{s}{byte:02x}"));
        let system = Path::new("/run/meridian");
        if account::is_root() && fs::create_dir_all(system).is_ok() {
            return system.join(name);
        }
        PathBuf::from(format!("/tmp/meridian-{name}"))
    }
}

fn fits(folder: &Path) -> bool {
    folder.join(format!(".s.PGSQL.{PORT}")).as_os_str().len() < LONGEST_SOCKET
}

/// Root keeps a new or empty folder and lets the account pass through it: what root writes beside the store must not be
/// the account's to replace.
fn settle(data: &Path, account: Option<&Account>) -> Result<()> {
    if !data.exists() {
        fs::create_dir_all(data.parent().unwrap_or(data))?;
        private(data, None)?;
    }
    let (meta, empty) = (fs::metadata(data)?, fs::read_dir(data)?.next().is_none());
    if account.is_some() && empty && meta.uid() == 0 {
        fs::set_permissions(data, Permissions::from_mode(meta.mode() | 0o011))?;
    }
    Ok(())
}

/// Never through a link: the folder may be the account's, and we may be root.
pub fn direct() -> OpenOptions {
    let mut open = OpenOptions::new();
    open.read(true).write(true).create(true).custom_flags(OFlags::NOFOLLOW.bits().cast_signed());
    open
}

/// Makes sure of a folder with mode 0700. One that somebody else put there first is refused, not trusted.
pub fn private(folder: &Path, account: Option<&Account>) -> Result<()> {
    match DirBuilder::new().mode(0o700).create(folder) {
        Err(e) if e.kind() == ErrorKind::AlreadyExists => trusted(folder, account)?,
        other => other?,
    }
    fs::set_permissions(folder, Permissions::from_mode(0o700))?;
    account.map_or(Ok(()), |account| account.own(folder))
}

fn trusted(folder: &Path, account: Option<&Account>) -> Result<()> {
    let meta = fs::symlink_metadata(folder)?;
    let ours = rustix::process::geteuid().as_raw() == meta.uid();
    if meta.is_dir() && (ours || account.is_some_and(|a| a.uid == meta.uid())) {
        return Ok(());
    }
    Err(Error::command(format!(
        "{} belongs to somebody else and is in the way. Remove it, or choose another folder with --data.",
        folder.display()
    )))
}
