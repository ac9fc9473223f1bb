//! What the made-up systems have sent, and the faults that they speak of.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{dice::Dice, fleet::System, past::Setting, quiet::Quiet};
use crate::{
    domain::{
        alarm::{Alarm, AlarmSeverity, Disposition, Kind},
        correlate,
        severity::Severity,
    },
    store::targets::Target,
};

/// One message with what became of it.
pub struct Message {
    pub alarm: Alarm,
    pub id: Uuid,
    pub received_at: Timestamp,
    pub disposition: Disposition,
    pub call_id: Option<Uuid>,
    customer: Uuid,
    site: Uuid,
    pub system: Uuid,
}

impl Message {
    pub fn new(
        alarm: Alarm,
        target: &Target,
        disposition: Disposition,
        call_id: Option<Uuid>,
        dice: &mut Dice,
    ) -> Self {
        let received_at = alarm.occurred_at;
        Self {
            id: dice.id(received_at),
            received_at,
            disposition,
            call_id,
            customer: target.customer_id,
            site: target.site_id,
            system: target.system_id.unwrap_or(target.site_id),
            alarm,
        }
    }

    /// The same, once it is known which call it opened.
    pub fn of_call(self, call: Uuid) -> Self {
        Self { call_id: Some(call), ..self }
    }

    pub fn fingerprint(&self) -> String {
        self.alarm.fingerprint(&self.system.to_string())
    }

    fn row(&self, source_id: usize) -> Value {
        let alarm = &self.alarm;
        let kind = match alarm.kind {
            Kind::Raised => "meridian.alarm.raised",
            Kind::Cleared => "meridian.alarm.cleared",
            Kind::Heartbeat => "meridian.heartbeat",
            Kind::Report => "meridian.report",
            Kind::Test => "meridian.test",
        };
        let data = json!({"code": alarm.code, "severity": alarm.severity.name(), "summary": alarm.summary,
                          "state": alarm.state});
        let body = json!({"specversion": "1.0", "id": source_id.to_string(), "source": alarm.source, "type": kind,
                          "time": alarm.occurred_at, "subject": alarm.component, "data": data});
        json!({
            "customer_id": self.customer, "id": self.id, "site_id": self.site, "system_id": self.system,
            "source": alarm.source, "source_id": source_id.to_string(), "format": alarm.format,
            "kind": alarm.kind.name(), "fingerprint": self.fingerprint(), "code": alarm.code,
            "severity": alarm.severity.name(), "component": alarm.component, "summary": alarm.summary,
            "occurred_at": alarm.occurred_at, "received_at": self.received_at,
            "disposition": self.disposition.name(), "flag": correlate::flag(alarm), "call_id": self.call_id,
            "body": hexadecimal(body.to_string().as_bytes()),
        })
    }
}

/// As Postgres reads a `bytea`.
fn hexadecimal(bytes: &[u8]) -> String {
    const DIGITS: [char; 16] = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f'];
    let digits = bytes.iter().flat_map(|b| [DIGITS[usize::from(b >> 4)], DIGITS[usize::from(b & 15)]]);
    ['\\', 'x'].into_iter().chain(digits).collect()
}

/// Rows in the order in which they came, each system counting its own messages without a gap.
pub fn rows(mut messages: Vec<Message>) -> Vec<Value> {
    messages.sort_by_key(|message| (message.system, message.received_at, message.id));
    let mut counted = (Uuid::nil(), 0);
    let row = |message: &Message| {
        counted = if counted.0 == message.system { (message.system, counted.1 + 1) } else { (message.system, 1) };
        message.row(counted.1)
    };
    messages.iter().map(row).collect()
}

/// A fault that stands or once stood, and the call that has it.
pub struct Fault {
    pub fingerprint: String,
    pub system: Uuid,
    pub customer: Uuid,
    pub call: Uuid,
    pub raised_at: Timestamp,
    pub cleared_at: Option<Timestamp>,
    pub redundancy: Option<&'static str>,
    pub site: Uuid,
    pub component: String,
    pub summary: String,
    pub severity: Option<Severity>,
    pub alarm: Uuid,
    pub raises: usize,
}

impl Fault {
    pub fn row(&self) -> Value {
        json!({"customer_id": self.customer, "fingerprint": self.fingerprint, "system_id": self.system,
               "call_id": self.call, "raised_at": self.raised_at, "stood_at": self.raised_at, "cleared_at": self.cleared_at,
               "redundancy": self.redundancy, "site_id": self.site, "component": self.component,
               "summary": self.summary, "severity": self.severity, "alarm_id": self.alarm, "raises": self.raises,
               "turns": [], "flapping": false, "parent_broken": false})
    }
}

/// A message about nothing in particular.
pub fn plain(system: &System, kind: Kind, code: &str, summary: &str, at: Timestamp) -> Alarm {
    notice(&system.serial, kind, code, summary, at)
}

/// The same for a system of which only the serial is known.
pub fn notice(serial: &str, kind: Kind, code: &str, summary: &str, at: Timestamp) -> Alarm {
    let severity = if kind == Kind::Raised { AlarmSeverity::Info } else { AlarmSeverity::Unknown };
    Alarm {
        source: format!("/systems/{serial}"),
        source_id: String::new(),
        format: "native",
        kind,
        code: code.to_owned(),
        severity,
        component: String::new(),
        summary: summary.to_owned(),
        problem: code.to_owned(),
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

/// How often the made-up systems say that they are there.
pub const HEARTBEAT_MINUTES: i64 = 60;

/// What comes without anything being wrong, up to `count` messages: the last heartbeats, monthly reports,
/// now and then a test, and the things that are only worth keeping.
pub fn everyday(set: &Setting, count: usize, quiet: &Quiet, dice: &mut Dice) -> Vec<Message> {
    let systems = set.world.systems.iter();
    let mut messages: Vec<Message> = systems.flat_map(|s| signs_of_life(set, s, quiet.lag(s), dice)).collect();
    while messages.len() < count {
        let system = dice.pick(&set.world.systems);
        let at = set.now - SignedDuration::from_secs(dice.between(3_600, 2 * 365 * 86_400)) - quiet.lag(system);
        let summary = dice.pick(&set.library.phrases.informational).replace("{n}", &dice.between(310, 540).to_string());
        let alarm = plain(system, Kind::Raised, "notice", &summary, at);
        messages.push(kept(set, system, alarm, Disposition::Informational, dice));
    }
    messages
}

fn signs_of_life(set: &Setting, system: &System, lag: SignedDuration, dice: &mut Dice) -> Vec<Message> {
    let mut messages = Vec::new();
    let last = set.now - SignedDuration::from_secs(dice.between(20, HEARTBEAT_MINUTES * 60 - 300)) - lag;
    for hour in 0..12 {
        let at = last - SignedDuration::from_mins(hour * HEARTBEAT_MINUTES);
        let alarm = plain(system, Kind::Heartbeat, "heartbeat", "Heartbeat", at);
        messages.push(kept(set, system, alarm, Disposition::Heartbeat, dice));
    }
    for month in 1..=24 {
        let at = last - SignedDuration::from_hours(24 * 30 * month);
        let alarm = plain(system, Kind::Report, "report", "Periodic report", at);
        messages.push(kept(set, system, alarm, Disposition::Heartbeat, dice));
    }
    for year in 0..2 {
        let at = last - SignedDuration::from_hours(24 * dice.between(2 + 365 * year, 360 + 365 * year));
        let summary = dice.line(&set.library.phrases.test);
        messages.push(kept(set, system, plain(system, Kind::Test, "test", summary, at), Disposition::Test, dice));
    }
    messages
}

fn kept(set: &Setting, system: &System, alarm: Alarm, disposition: Disposition, dice: &mut Dice) -> Message {
    let target = set.world.target(system, alarm.occurred_at);
    Message::new(alarm, &target, disposition, None, dice)
}
