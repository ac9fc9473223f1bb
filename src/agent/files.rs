//! Files that are there, whole, after whatever happens.

use std::{
    fs::{DirBuilder, File, OpenOptions},
    io::{self, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::Path,
};

/// What machines say of themselves is for their operator.
const OURS: u32 = 0o600;

/// Makes a folder that only its owner may enter, if it is not there.
pub fn make_folder(folder: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

/// A new file, or an emptied one.
pub fn create(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).create(true).truncate(true).mode(OURS).open(path)
}

/// Either the old content or the new, at any moment; durable when this returns.
pub fn replace(path: &Path, content: &[u8]) -> io::Result<()> {
    exchange(path, content, true)?;
    sync_folder(path)
}

/// The same for what may be lost with the power, but never be half.
pub fn replace_lightly(path: &Path, content: &[u8]) -> io::Result<()> {
    exchange(path, content, false)
}

fn exchange(path: &Path, content: &[u8], durable: bool) -> io::Result<()> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    // Nobody who watches the folder takes a name that begins with a dot.
    let next = path.with_file_name(format!(".{name}.next"));
    let mut file = create(&next)?;
    file.write_all(content)?;
    if durable {
        file.sync_all()?;
    }
    std::fs::rename(&next, path)
}

/// A new or changed name is on disk when its folder is.
pub fn sync_folder(of: &Path) -> io::Result<()> {
    let folder = of.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(folder)?.sync_all()
}

/// Whether there is no room: the disk is full, or the share of it that may be used.
pub fn is_full(error: &io::Error) -> bool {
    use io::ErrorKind::{FileTooLarge, QuotaExceeded, StorageFull};
    matches!(error.kind(), StorageFull | QuotaExceeded | FileTooLarge)
}
