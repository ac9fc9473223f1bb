//! Wire formats into alarms, in our words. Reads bytes, knows no store and no HTTP server.
pub mod alertmanager;
pub mod native;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jiff::Timestamp;
use sha2::{Digest, Sha256};

use crate::domain::alarm::Alarm;

/// Who sends, as far as a format needs to know it.
#[derive(Debug, Clone, Copy)]
pub struct Sender<'a> {
    pub site_code: &'a str,
    pub serial: Option<&'a str>,
}

/// A message that can't be used, in a sentence that names what is wrong.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Unusable(pub String);

pub type Read<T> = Result<T, Unusable>;

/// One message of a batch: what it says, or why it can't be used, and its own bytes.
#[derive(Debug, Clone, PartialEq)]
pub struct Piece {
    pub read: Read<Alarm>,
    pub body: Vec<u8>,
}

pub fn unusable<T>(sentence: impl Into<String>) -> Read<T> {
    Err(Unusable(sentence.into()))
}

/// The most that one message may hold: a batch of a site that lost its power, and more.
pub const BATCH: usize = 20_000;

/// Longer names would not fit an index.
const LONGEST_NAME: usize = 400;

/// Postgres keeps microseconds and no NUL; what a machine sends may have both.
pub(crate) fn instant(text: &str) -> Option<Timestamp> {
    let at: Timestamp = text.trim().parse().ok()?;
    Timestamp::from_microsecond(at.as_microsecond()).ok()
}

pub(crate) fn clean(text: &str, most: usize) -> String {
    text.chars().filter(|c| *c != '\0').take(most).collect()
}

/// A name that is too long to keep is kept by its digest: cut, two of them could be one.
fn name(text: &str) -> String {
    if text.len() <= LONGEST_NAME && !text.contains('\0') {
        return text.to_owned();
    }
    format!("sha256:{}", URL_SAFE_NO_PAD.encode(Sha256::digest(text.as_bytes())))
}

/// Puts every text of an alarm into what the store can keep.
pub(crate) fn tidy(mut alarm: Alarm) -> Alarm {
    alarm.source_id = name(&alarm.source_id);
    for text in [&mut alarm.source, &mut alarm.code, &mut alarm.component, &mut alarm.problem] {
        *text = clean(text, 400);
    }
    alarm.summary = clean(&alarm.summary, 400);
    alarm.state = alarm.state.map(|state| clean(&state, 100));
    alarm
}
