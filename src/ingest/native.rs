//! Meridian's own messages: CloudEvents 1.0, structured, binary or batched.
//!
//! <https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/bindings/http-protocol-binding.md>

use std::{borrow::Cow, collections::BTreeMap};

use base64::{Engine, engine::general_purpose::STANDARD};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{BATCH, Piece, Read, Sender, Unusable, blank, first_line, instant, tidy, unusable};
use crate::domain::alarm::{Alarm, AlarmSeverity, Kind, Report, Sequence, SystemName};

/// What came over HTTP, in the form that the binding needs.
pub struct Message<'a> {
    pub content_type: &'a str,
    /// `ce-…` headers without their prefix.
    pub attributes: BTreeMap<String, String>,
    pub body: &'a [u8],
}

/// Each event by itself: one that can't be used takes none of the others with it.
pub fn read(message: &Message<'_>, sender: Sender<'_>, now: Timestamp) -> Read<Vec<Piece>> {
    let kind = message.content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let events = match kind.as_str() {
        "application/cloudevents-batch+json" => batch(message.body)?,
        _ if !message.attributes.is_empty() => vec![binary(message)?],
        _ => structured(message.body)?,
    };
    if events.len() > BATCH {
        return unusable(format!("More than {BATCH} events in one message."));
    }
    let piece = |event: &Value| Piece { read: one(event, sender, now), body: event.to_string().into_bytes() };
    Ok(events.iter().map(piece).collect())
}

/// What the first event says of who sends it, read before anything is believed: a serial, else the code of a site.
pub fn sender(header: Option<&str>, body: &[u8]) -> Option<String> {
    #[derive(Deserialize)]
    struct Event<'a> {
        #[serde(borrow)]
        source: Cow<'a, str>,
    }
    let source = if let Some(source) = header {
        Cow::Borrowed(source)
    } else if body.trim_ascii_start().starts_with(b"[") {
        let events: Vec<Event<'_>> = serde_json::from_slice(body).ok()?;
        events.into_iter().next()?.source
    } else {
        serde_json::from_slice::<Event<'_>>(body).ok()?.source
    };
    after(&source, "systems").or_else(|| after(&source, "sites")).map(str::to_owned)
}

/// The part of a path that follows the one of that name.
fn after<'a>(path: &'a str, name: &str) -> Option<&'a str> {
    path.split('/').skip_while(|part| *part != name).nth(1).filter(|part| !part.is_empty())
}

fn json(body: &[u8]) -> Read<Value> {
    serde_json::from_slice(body).map_err(|e| Unusable(format!("The body is not JSON: {e}.")))
}

fn batch(body: &[u8]) -> Read<Vec<Value>> {
    match json(body)? {
        Value::Array(events) => Ok(events),
        _ => unusable("A batch must be a list of events."),
    }
}

/// A list without the batch's content type is understood all the same.
fn structured(body: &[u8]) -> Read<Vec<Value>> {
    match json(body)? {
        Value::Array(events) => Ok(events),
        event @ Value::Object(_) => Ok(vec![event]),
        _ => unusable("An event must be an object."),
    }
}

/// Attributes in the headers, percent-encoded; the body is the data, of whatever type.
fn binary(message: &Message<'_>) -> Read<Value> {
    let decoded = |value: &str| percent_decoded(value.trim().trim_matches('"'));
    let mut event: serde_json::Map<String, Value> =
        message.attributes.iter().map(|(name, value)| (name.clone(), json!(decoded(value)))).collect();
    let (member, data) = match std::str::from_utf8(message.body) {
        Ok("") => ("data", Value::Null),
        Ok(_) if is_json(message.content_type) => ("data", json(message.body)?),
        Ok(text) => ("data", json!(text)),
        Err(_) => ("data_base64", json!(STANDARD.encode(message.body))),
    };
    event.insert(member.to_owned(), data);
    Ok(Value::Object(event))
}

/// What says nothing of its type is JSON.
fn is_json(content_type: &str) -> bool {
    let kind = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    kind.is_empty() || kind.ends_with("/json") || kind.ends_with("+json")
}

fn percent_decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        let byte = Some(tail).filter(|_| *first == b'%').and_then(octet);
        bytes.push(byte.unwrap_or(*first));
        rest = if byte.is_some() { &tail[2..] } else { tail };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn octet(text: &[u8]) -> Option<u8> {
    let two = text.get(..2).filter(|two| two.iter().all(u8::is_ascii_hexdigit))?;
    u8::from_str_radix(std::str::from_utf8(two).ok()?, 16).ok()
}

/// JSON where it is, else text; octets that are neither say nothing here.
fn data(event: &Value) -> Value {
    let Some(encoded) = event.get("data_base64").and_then(Value::as_str) else {
        return event.get("data").cloned().unwrap_or(Value::Null);
    };
    let bytes = STANDARD.decode(encoded).unwrap_or_default();
    let text = || std::str::from_utf8(&bytes).map_or(Value::Null, |text| json!(text));
    serde_json::from_slice(&bytes).unwrap_or_else(|_| text())
}

fn one(event: &Value, sender: Sender<'_>, now: Timestamp) -> Read<Alarm> {
    let text = |name: &str| event.get(name).and_then(Value::as_str).unwrap_or_default().trim().to_owned();
    for required in ["id", "source", "type", "specversion"] {
        if text(required).is_empty() {
            return unusable(format!("The event has no {required}."));
        }
    }
    if text("specversion") != "1.0" {
        return unusable(format!("Only CloudEvents 1.0 are understood, not {}.", text("specversion")));
    }
    let kind = kind(&text("type"))?;
    let mut alarm = alarm(kind, &data(event));
    alarm.source = text("source");
    alarm.source_id = text("id");
    alarm.names_system = system(&text("source"), sender);
    if !text("subject").is_empty() {
        alarm.component = text("subject");
    }
    alarm.report = report(kind, &data(event));
    alarm.sequence = sequence(event);
    // A machine may be wrong about its clock; what it says counts all the same.
    alarm.occurred_at = instant(&text("time")).unwrap_or(now);
    alarm.body = event.to_string().into_bytes();
    Ok(tidy(alarm))
}

/// The place of a message in its spool, also of one that can't be used.
pub fn numbered(body: &[u8]) -> Option<Sequence> {
    sequence(&serde_json::from_slice(body).ok()?)
}

/// The extensions of our agent: <https://github.com/cloudevents/spec/blob/main/cloudevents/extensions/sequence.md>.
fn sequence(event: &Value) -> Option<Sequence> {
    let said = event.get("sequence")?;
    let number = said.as_i64().or_else(|| said.as_str()?.trim().parse().ok()).filter(|number| *number >= 0)?;
    let spool = event.get("spool")?.as_str().map(str::trim).filter(|spool| !spool.is_empty())?;
    let taken_at = event.get("spooledat").and_then(Value::as_str).and_then(instant);
    Some(Sequence { spool: super::clean(spool, 100), number, taken_at })
}

/// What our agent says of itself along with its heartbeat.
fn report(kind: Kind, data: &Value) -> Option<Report> {
    let number = |name: &str| data.get(name).and_then(Value::as_i64);
    let spool_depth = number("spool_depth").filter(|_| matches!(kind, Kind::Heartbeat | Kind::Report))?;
    let version = data.get("version").and_then(Value::as_str).map(|version| super::clean(version, 40));
    Some(Report {
        spool_depth: spool_depth.max(0),
        oldest_s: number("oldest_s"),
        dropped: number("dropped"),
        clock_offset_s: number("clock_offset_s"),
        version,
    })
}

/// Types of other makers speak of something that is wrong.
fn kind(name: &str) -> Read<Kind> {
    match name {
        "meridian.alarm.raised" => Ok(Kind::Raised),
        "meridian.alarm.cleared" => Ok(Kind::Cleared),
        "meridian.heartbeat" => Ok(Kind::Heartbeat),
        "meridian.report" => Ok(Kind::Report),
        "meridian.test" => Ok(Kind::Test),
        other if other.starts_with("meridian.") => unusable(format!("There is no event type {other}.")),
        _ => Ok(Kind::Raised),
    }
}

/// Read for what it has: without a code the summary tells one fault from another.
fn alarm(kind: Kind, data: &Value) -> Alarm {
    let text = |names: &[&str]| {
        let found = names.iter().find_map(|name| data.get(*name).and_then(Value::as_str));
        found.map(|text| text.trim().to_owned()).unwrap_or_default()
    };
    let plain = data.as_str().map(first_line).unwrap_or_default();
    let summary = text(&["summary", "title", "message", "description"]);
    let summary = if summary.is_empty() { plain.to_owned() } else { summary };
    let code = text(&["code", "alarm", "name"]);
    let problem = if code.is_empty() { summary.clone() } else { code.clone() };
    Alarm {
        severity: AlarmSeverity::from_words(&text(&["severity", "level", "type"])),
        component: text(&["component", "device"]),
        summary: if summary.is_empty() { code.clone() } else { summary },
        code,
        problem,
        state: Some(text(&["state"]).to_ascii_lowercase()).filter(|s| !s.is_empty()),
        reason: Some(text(&["reason"]).to_ascii_lowercase()).filter(|s| !s.is_empty()),
        ..blank("native", kind, Timestamp::UNIX_EPOCH)
    }
}

/// `/systems/FT-4400-2210` or `/sites/LYON-2/systems/FT-4400-2210`; anything else is the sender itself.
fn system(source: &str, sender: Sender<'_>) -> Option<SystemName> {
    after(source, "systems").or(sender.serial).map(|serial| SystemName::Serial(serial.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const LYON: Sender<'static> = Sender { site_code: "LYON-2", serial: Some("FT-4400-2210") };

    fn alarms(message: &Message<'_>) -> Read<Vec<Alarm>> {
        read(message, LYON, Timestamp::UNIX_EPOCH)?.into_iter().map(|piece| piece.read).collect()
    }

    fn read_json(event: &Value) -> Read<Vec<Alarm>> {
        let body = event.to_string();
        let message = Message {
            content_type: "application/cloudevents+json",
            attributes: BTreeMap::new(),
            body: body.as_bytes(),
        };
        alarms(&message)
    }

    fn raised() -> Value {
        json!({"specversion": "1.0", "id": "1", "source": "/systems/FT-4400-2210", "type": "meridian.alarm.raised",
               "subject": "11/2", "time": "2026-03-29T01:30:00Z",
               "data": {"code": "fan-below", "severity": "warning", "summary": "Fan 2 below threshold"}})
    }

    #[test]
    fn our_own_event_says_everything() {
        let alarm = &read_json(&raised()).unwrap()[0];
        assert_eq!((alarm.kind, alarm.component.as_str(), alarm.code.as_str()), (Kind::Raised, "11/2", "fan-below"));
        assert_eq!(alarm.severity, AlarmSeverity::Warning);
    }

    #[test]
    fn headers_and_a_list_say_the_same() {
        let data = br#"{"severity":"warning","message":"PSU 2 lost AC"}"#;
        let attributes = [
            ("id", "77-1"),
            ("type", "com.example.alarm"),
            ("source", "/sites/LYON-2/systems/FT2600-000077"),
            ("specversion", "1.0"),
        ];
        let attributes = attributes.map(|(k, v)| (k.to_owned(), v.to_owned())).into();
        let message = Message { content_type: "application/json", attributes, body: data };
        let alarm = &alarms(&message).unwrap()[0];
        assert_eq!(alarm.summary, "PSU 2 lost AC");
        assert_eq!(alarm.names_system, Some(SystemName::Serial("FT2600-000077".into())));

        assert_eq!(read_json(&json!([raised(), raised()])).unwrap().len(), 2);
    }

    #[test]
    fn data_of_any_type_is_kept_and_told() {
        let attributes = [("id", "1"), ("type", "x"), ("source", "/systems/FT-4400-2210"), ("specversion", "1.0")];
        let attributes: BTreeMap<_, _> = attributes.map(|(k, v)| (k.to_owned(), v.to_owned())).into();
        for (content_type, body, says) in [
            ("text/plain", &b"Fan 2 stopped\nlater"[..], "Fan 2 stopped"),
            ("application/xml", b"<fan/>", "<fan/>"),
            ("application/octet-stream", b"\xff\xfe", ""),
        ] {
            let message = Message { content_type, attributes: attributes.clone(), body };
            assert_eq!(alarms(&message).unwrap()[0].summary, says);
        }
        let mut event = raised();
        event.as_object_mut().unwrap().remove("data");
        event["data_base64"] = json!(STANDARD.encode(br#"{"severity":"error","summary":"PSU 2"}"#));
        let alarm = &read_json(&event).unwrap()[0];
        assert_eq!((alarm.summary.as_str(), alarm.severity), ("PSU 2", AlarmSeverity::Error));
    }

    #[test]
    fn headers_are_decoded() {
        assert_eq!(percent_decoded("Euro%20%E2%82%AC%20%F0%9F%98%80 100% %zz"), "Euro € 😀 100% %zz");
    }

    #[test]
    fn whoever_signs_is_named_by_the_first_event() {
        let named = |body: &Value| sender(None, body.to_string().as_bytes());
        assert_eq!(named(&raised()).as_deref(), Some("FT-4400-2210"));
        assert_eq!(named(&json!([raised(), {"source": "/systems/other"}])).as_deref(), Some("FT-4400-2210"));
        assert_eq!(named(&json!({"source": "/sites/LYON-2"})).as_deref(), Some("LYON-2"));
        assert_eq!(named(&json!({"source": "/sites/LYON-2/systems/FT-1"})).as_deref(), Some("FT-1"));
        assert_eq!(sender(Some("/systems/FT-1"), b"no JSON").as_deref(), Some("FT-1"));
        for nobody in [json!({}), json!([]), json!({"source": "urn:here"}), json!({"source": "/systems/"}), json!(7)] {
            assert_eq!(named(&nobody), None, "{nobody}");
        }
    }

    #[test]
    fn each_missing_part_is_named() {
        for part in ["id", "source", "type", "specversion"] {
            let mut event = raised();
            event.as_object_mut().unwrap().remove(part);
            assert!(read_json(&event).unwrap_err().0.contains(part));
        }
    }

    #[test]
    fn a_wrong_clock_or_a_missing_code_costs_no_alarm() {
        let mut event = raised();
        event["time"] = json!("yesterday");
        event["data"] = json!({"severity": "critical", "summary": "The server is on fire"});
        let alarm = &read_json(&event).unwrap()[0];
        assert_eq!(alarm.occurred_at, Timestamp::UNIX_EPOCH);
        assert_eq!((alarm.problem.as_str(), alarm.severity), ("The server is on fire", AlarmSeverity::Critical));
    }
}
