//! Wire formats into alarms, in our words. Reads bytes, knows no store and no HTTP server.
pub mod alertmanager;
#[cfg(test)]
mod fuzz;
pub mod mail;
pub mod native;
pub mod pagerduty;
pub mod prometheus;
pub mod redfish;
pub mod snmp;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jiff::Timestamp;
use sha2::{Digest, Sha256};

use crate::domain::alarm::{Alarm, AlarmSeverity, Kind, SystemName};

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

/// What is wrong with a message, for whoever never saw the program that reads it.
pub(crate) fn not_read(error: &serde_json::Error) -> String {
    if error.is_data() { "it is JSON of another shape".to_owned() } else { error.to_string() }
}

/// One of several alerts that is no alert.
pub(crate) fn no_alert(index: usize) -> Unusable {
    Unusable(format!("Alert {} must be an object whose labels, annotations and times are texts.", index + 1))
}

/// The most that one message may hold: a batch of a site that lost its power, and more.
pub const BATCH: usize = 20_000;

/// Longer names would not fit an index.
const LONGEST_NAME: usize = 400;

/// Postgres keeps microseconds and no NUL; what a machine sends may have both. Before the year 1 nothing was sent.
pub(crate) fn instant(text: &str) -> Option<Timestamp> {
    let at: Timestamp = text.trim().parse().ok()?;
    Timestamp::from_microsecond(at.as_microsecond()).ok().filter(|at| *at >= YEAR_ONE)
}

const YEAR_ONE: Timestamp = Timestamp::constant(-62_135_596_800, 0);

pub(crate) fn clean(text: &str, most: usize) -> String {
    text.chars().filter(|c| *c != '\0').take(most).collect()
}

/// The first line that says something, as a title.
pub(crate) fn first_line(text: &str) -> &str {
    text.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default()
}

/// Names what has no name of its own: the same bytes have the same.
pub(crate) fn digest(parts: &[&[u8]]) -> String {
    let mut digest = Sha256::new();
    for part in parts {
        digest.update(part.len().to_be_bytes());
        digest.update(part);
    }
    URL_SAFE_NO_PAD.encode(digest.finalize())
}

/// Why a message was kept, in what the store can keep: a sentence may quote the message.
pub fn kept_reason(unusable: &Unusable) -> String {
    clean(&unusable.0, 400)
}

/// A name that is too long to keep is kept by its digest: cut, two of them could be one.
fn name(text: &str) -> String {
    if text.len() <= LONGEST_NAME && !text.contains('\0') {
        return text.to_owned();
    }
    format!("sha256:{}", digest(&[text.as_bytes()]))
}

/// As many bytes of a text as fit, whole characters.
fn cut(text: &str, bytes: usize) -> &str {
    let end = (0..=bytes.min(text.len())).rev().find(|end| text.is_char_boundary(*end)).unwrap_or_default();
    &text[..end]
}

/// An alarm of which nothing is known yet but its format.
pub(crate) fn blank(format: &'static str, kind: Kind, at: Timestamp) -> Alarm {
    Alarm {
        source: String::new(),
        source_id: String::new(),
        format,
        kind,
        code: String::new(),
        severity: AlarmSeverity::Unknown,
        component: String::new(),
        summary: String::new(),
        problem: String::new(),
        keyed: false,
        names_system: None,
        state: None,
        reason: None,
        occurred_at: at,
        expires_at: None,
        report: None,
        sequence: None,
        body: Vec::new(),
    }
}

/// Puts every text of an alarm into what the store can keep.
pub(crate) fn tidy(mut alarm: Alarm) -> Alarm {
    alarm.source_id = name(&alarm.source_id);
    alarm.problem = name(&alarm.problem);
    for text in [&mut alarm.source, &mut alarm.code, &mut alarm.component] {
        let kept = clean(text, LONGEST_NAME);
        cut(&kept, LONGEST_NAME).clone_into(text);
    }
    alarm.summary = clean(&alarm.summary, 400);
    for text in [&mut alarm.state, &mut alarm.reason].into_iter().flatten() {
        *text = clean(text, 100);
    }
    if let Some(SystemName::Serial(text) | SystemName::Nickname(text)) = &mut alarm.names_system {
        *text = clean(text, 200);
    }
    alarm
}

/// A system by its serial, if the text says anything.
pub(crate) fn serial(text: &str) -> Option<SystemName> {
    Some(text.trim()).filter(|text| !text.is_empty()).map(|text| SystemName::Serial(text.to_owned()))
}

/// A system by its nickname, or by its serial where that was put instead; without its port.
pub(crate) fn nickname(text: &str) -> Option<SystemName> {
    let text = text.trim();
    let host = match text.rsplit_once(':') {
        Some((host, port)) if !port.is_empty() && port.bytes().all(|b| b.is_ascii_digit()) => host,
        _ => text,
    };
    Some(host).filter(|host| !host.is_empty()).map(|host| SystemName::Nickname(host.to_owned()))
}
