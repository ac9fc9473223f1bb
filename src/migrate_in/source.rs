//! The file itself: plain or packed, a table or XML, told apart by its first bytes and not by its name.

use std::{
    collections::BTreeSet,
    fs::File,
    io::{BufRead, BufReader, Read},
    path::Path,
    sync::Arc,
};

use csv::StringRecord;
use sha2::{Digest, Sha256};

use super::Odd;
use crate::error::{Error, Result};

const ZSTD: [u8; 4] = [0x28, 0xB5, 0x2F, 0xFD];
const BUFFER: usize = 256 * 1024;

/// One row as the file has it, before anybody makes sense of it.
#[derive(Debug, Clone)]
pub struct SourceRow {
    pub line: u64,
    /// Names of the columns, shared by all rows that have the same.
    pub keys: Arc<[String]>,
    pub values: StringRecord,
    pub odd: BTreeSet<Odd>,
}

impl SourceRow {
    /// The value of the first of these columns that the row has; absent is empty.
    pub fn get(&self, names: &[&str]) -> &str {
        let mut columns = self.keys.iter().zip(&self.values);
        columns.find(|(key, _)| names.contains(&key.as_str())).map_or("", |(_, value)| value)
    }

    /// Every column, verbatim.
    pub fn words(&self) -> Vec<(String, String)> {
        self.keys.iter().cloned().zip(self.values.iter().map(str::to_owned)).collect()
    }

    /// The row as one line of text, for people who look into what was odd.
    pub fn text(&self) -> String {
        let mut writer =
            csv::WriterBuilder::new().flexible(true).terminator(csv::Terminator::Any(b'\n')).from_writer(vec![]);
        let written = writer.write_record(&self.values).ok().and_then(|()| writer.into_inner().ok());
        String::from_utf8_lossy(&written.unwrap_or_default()).trim_end().to_owned()
    }
}

/// What the file says once it is unpacked.
pub fn open(path: &Path) -> Result<Box<dyn BufRead + Send>> {
    let file = File::open(path).map_err(|e| unreadable(path, &e))?;
    let mut packed = BufReader::with_capacity(BUFFER, file);
    let is_packed = packed.fill_buf().map_err(|e| unreadable(path, &e))?.starts_with(&ZSTD);
    if !is_packed {
        return Ok(Box::new(packed));
    }
    let unpacked = zstd::Decoder::with_buffer(packed).map_err(|e| unreadable(path, &e))?;
    Ok(Box::new(BufReader::with_capacity(BUFFER, unpacked)))
}

/// The fingerprint of what the file says, so that it is the same file packed and unpacked.
pub fn digest(path: &Path) -> Result<Vec<u8>> {
    let mut content = open(path)?;
    let mut hash = Sha256::new();
    let mut part = vec![0; BUFFER];
    loop {
        let length = content.read(&mut part).map_err(|e| unreadable(path, &e))?;
        if length == 0 {
            return Ok(hash.finalize().to_vec());
        }
        hash.update(&part[..length]);
    }
}

/// Hands every row of the file to `take`, in the file's order.
pub fn rows(path: &Path, required: &[&[&str]], take: impl FnMut(SourceRow)) -> Result<()> {
    let mut content = open(path)?;
    let start = content.fill_buf().map_err(|e| unreadable(path, &e))?;
    let start = start.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(start);
    let is_xml = start.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'<');
    if is_xml { super::xes::rows(content, take) } else { super::table::rows(content, required, take) }
}

/// Bytes as text that the store can keep: what is not UTF-8 is written out, a NUL is left out.
pub fn readable(bytes: &[u8], odd: &mut BTreeSet<Odd>) -> String {
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        if !chunk.invalid().is_empty() {
            odd.insert(Odd::NotUtf8);
            text.push_str(&chunk.invalid().escape_ascii().to_string());
        }
    }
    if text.contains('\0') {
        odd.insert(Odd::Nul);
        text.retain(|c| c != '\0');
    }
    text
}

fn unreadable(path: &Path, error: &std::io::Error) -> Error {
    Error::command(format!("{} can't be read: {error}.", path.display()))
}
