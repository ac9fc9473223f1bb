//! What is posted or dropped here, as CloudEvents for the portal. Nothing that was said is left out.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::{Map, Value, json};

/// A longer one is not an alarm.
const LARGEST: usize = 256 * 1024;
/// So many may come in one post or file.
const MOST: usize = 5_000;

/// What came over HTTP, in the form that the binding of CloudEvents needs.
pub struct Post<'a> {
    pub content_type: &'a str,
    /// `ce-…` headers without their prefix.
    pub attributes: BTreeMap<String, String>,
    pub body: &'a [u8],
}

/// Who speaks and when, where the event does not say it itself.
#[derive(Debug, Clone, Copy)]
pub struct Said<'a> {
    pub source: &'a str,
    pub now: Timestamp,
}

/// A `CloudEvent`; without an id until it is given one.
#[derive(Debug, Clone, PartialEq)]
pub struct Event(Map<String, Value>);

/// Every event of a post, or what is wrong with the first that can't be used.
pub fn read(post: &Post<'_>, said: Said<'_>) -> Result<Vec<Event>, String> {
    if post.attributes.is_empty() {
        let value: Value = serde_json::from_slice(post.body).map_err(|e| format!("The body is not JSON: {e}."))?;
        return several(value).and_then(|values| values.into_iter().map(|value| one(value, said)).collect());
    }
    let mut event: Map<String, Value> = post.attributes.iter().map(|(k, v)| (k.clone(), json!(v))).collect();
    if !post.body.is_empty() {
        let data = serde_json::from_slice(post.body).map_err(|e| format!("The data is not JSON: {e}."))?;
        event.insert("data".to_owned(), data);
    }
    one(Value::Object(event), said).map(|event| vec![event])
}

/// The events of a file: one JSON value, or one a line. Each by itself: a bad one takes none of the others with it.
pub fn lines(bytes: &[u8], said: Said<'_>) -> Vec<Result<Event, String>> {
    if let Ok(value) = serde_json::from_slice(bytes) {
        return match several(value) {
            Ok(values) => values.into_iter().map(|value| one(value, said)).collect(),
            Err(wrong) => vec![Err(wrong)],
        };
    }
    let lines = bytes.split(|byte| *byte == b'\n').enumerate();
    let told = lines.filter(|(_, line)| !line.trim_ascii().is_empty());
    let read = |(index, line): (usize, &[u8])| {
        let value = serde_json::from_slice(line).map_err(|e| format!("line {} is not JSON: {e}", index + 1))?;
        one(value, said)
    };
    told.map(read).collect()
}

fn several(value: Value) -> Result<Vec<Value>, String> {
    match value {
        Value::Array(values) if values.is_empty() => Err("The list is empty.".to_owned()),
        Value::Array(values) if values.len() > MOST => Err(format!("More than {MOST} events at once.")),
        Value::Array(values) => Ok(values),
        value => Ok(vec![value]),
    }
}

fn one(value: Value, said: Said<'_>) -> Result<Event, String> {
    let Value::Object(object) = value else { return Err("An event must be an object.".to_owned()) };
    let mut event = if object.contains_key("specversion") { whole(object)? } else { plain(object)? };
    if text(&event, &["source"]).is_empty() {
        event.insert("source".to_owned(), json!(said.source));
    }
    event.entry("time").or_insert_with(|| json!(said.now));
    if json!(event).to_string().len() > LARGEST {
        return Err(format!("The event is longer than {} KiB.", LARGEST / 1024));
    }
    Ok(Event(event))
}

/// A `CloudEvent` as it is; only what the portal could not do without is asked for.
fn whole(event: Map<String, Value>) -> Result<Map<String, Value>, String> {
    if text(&event, &["specversion"]) != "1.0" {
        return Err("Only CloudEvents 1.0 are understood.".to_owned());
    }
    if text(&event, &["type"]).is_empty() {
        return Err("The event has no type.".to_owned());
    }
    for name in ["id", "source"] {
        if event.get(name).is_some_and(|value| !value.is_string()) {
            return Err(format!("The {name} of the event must be a text."));
        }
    }
    Ok(event)
}

/// `{code, severity, summary, component?, state?, system?, kind?}`, as a script writes it down.
fn plain(mut data: Map<String, Value>) -> Result<Map<String, Value>, String> {
    for name in ["code", "summary", "severity", "component", "state", "system", "kind"] {
        let usable = |value: &Value| value.is_string() || value.is_null() || (name == "severity" && value.is_number());
        if data.get(name).is_some_and(|value| !usable(value)) {
            return Err(format!("The {name} must be a text."));
        }
    }
    let kind = kind(&data)?;
    let (code, summary) = (text(&data, &["code"]), text(&data, &["summary", "message", "title", "description"]));
    if kind.starts_with("meridian.alarm") && code.is_empty() && summary.is_empty() {
        return Err("An alarm needs a code or a summary.".to_owned());
    }
    let mut event = Map::from_iter([("specversion".to_owned(), json!("1.0")), ("type".to_owned(), json!(kind))]);
    let system = text(&data, &["system", "serial"]);
    if !system.is_empty() {
        event.insert("source".to_owned(), json!(format!("/systems/{system}")));
    }
    let component = text(&data, &["component"]);
    if !component.is_empty() {
        event.insert("subject".to_owned(), json!(component));
    }
    for name in ["id", "time"] {
        if let Some(Value::String(given)) = data.remove(name) {
            event.insert(name.to_owned(), json!(given));
        }
    }
    data.remove("kind");
    event.insert("data".to_owned(), Value::Object(data));
    Ok(event)
}

fn kind(data: &Map<String, Value>) -> Result<&'static str, String> {
    let over = ["cleared", "resolved", "ok"].contains(&text(data, &["state"]).to_ascii_lowercase().as_str());
    match text(data, &["kind"]).as_str() {
        "" if over => Ok("meridian.alarm.cleared"),
        "" | "raised" => Ok("meridian.alarm.raised"),
        "cleared" => Ok("meridian.alarm.cleared"),
        "heartbeat" => Ok("meridian.heartbeat"),
        "report" => Ok("meridian.report"),
        "test" => Ok("meridian.test"),
        other => Err(format!("There is no kind {other:?}; it is raised, cleared, heartbeat, report or test.")),
    }
}

fn text(object: &Map<String, Value>, names: &[&str]) -> String {
    let found = names.iter().find_map(|name| object.get(*name).and_then(Value::as_str));
    found.map(|text| text.trim().to_owned()).unwrap_or_default()
}

impl Event {
    /// Something that the agent itself has to say.
    pub fn own(said: Said<'_>, kind: &str, data: &Value) -> Self {
        let Said { source, now } = said;
        let event = json!({"specversion": "1.0", "type": kind, "source": source, "time": now, "data": data});
        let Value::Object(event) = event else { return Self(Map::new()) };
        Self(event)
    }

    /// A name of its own, unless whoever said it gave it one.
    #[must_use]
    pub fn named(mut self, id: &str) -> Self {
        if text(&self.0, &["id"]).is_empty() {
            self.0.insert("id".to_owned(), json!(id));
        }
        self
    }

    /// What makes it the same message when it comes again.
    pub fn key(&self) -> Option<(String, String)> {
        let (source, id) = (text(&self.0, &["source"]), text(&self.0, &["id"]));
        (!id.is_empty()).then_some((source, id))
    }

    /// The event as it is sent, with its place among all that this spool has taken: a gap at the portal is a loss. And
    /// with when it was taken, so that a test can tell how long it lay here.
    pub fn numbered(self, spool: &str, sequence: u64, now: Timestamp) -> (String, Vec<u8>) {
        let mut event = self.named(&format!("{spool}-{sequence}")).0;
        event.insert("sequence".to_owned(), json!(format!("{sequence:020}")));
        event.insert("spool".to_owned(), json!(spool));
        event.insert("spooledat".to_owned(), json!(now));
        let id = text(&event, &["id"]);
        (id, Value::Object(event).to_string().into_bytes())
    }

    pub fn of_bytes(bytes: &[u8]) -> Option<Self> {
        serde_json::from_slice(bytes).ok().map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SAID: Said<'static> = Said { source: "/agents/LYON-2", now: Timestamp::constant(1_764_000_000, 0) };

    fn posted(body: &Value) -> Result<Vec<Value>, String> {
        let body = body.to_string();
        let post = Post { content_type: "application/json", attributes: BTreeMap::new(), body: body.as_bytes() };
        Ok(read(&post, SAID)?.into_iter().map(|event| Value::Object(event.0)).collect())
    }

    #[test]
    fn a_plain_line_becomes_an_event_that_says_the_same() {
        let line =
            json!({"code": "fan-below", "severity": "warning", "summary": "Fan 2", "component": "11/2", "rpm": 7});
        assert_eq!(
            posted(&line).unwrap(),
            [json!({"specversion": "1.0", "type": "meridian.alarm.raised", "source": "/agents/LYON-2",
                    "subject": "11/2", "time": "2025-11-24T16:00:00Z", "data": line})]
        );
        let over = &posted(&json!({"code": "fan-below", "state": "cleared", "system": "FT-1"})).unwrap()[0];
        assert_eq!((&over["type"], &over["source"]), (&json!("meridian.alarm.cleared"), &json!("/systems/FT-1")));
    }

    #[test]
    fn a_cloud_event_stays_as_it_is() {
        let event = json!({"specversion": "1.0", "id": "7", "source": "/systems/FT-1", "type": "com.example.x",
                           "time": "2020-01-01T00:00:00Z", "traceparent": "t", "data": {"n": [1, null]}});
        assert_eq!(posted(&event).unwrap(), std::slice::from_ref(&event));
        assert_eq!(posted(&json!([event, event])).unwrap().len(), 2);
    }

    #[test]
    fn headers_carry_the_attributes_of_a_binary_event() {
        let attributes = [("specversion", "1.0"), ("type", "meridian.test"), ("id", "b1"), ("source", "/systems/FT-1")];
        let attributes = attributes.map(|(k, v)| (k.to_owned(), v.to_owned())).into();
        let post = Post { content_type: "application/json", attributes, body: br#"{"a":1}"# };
        let event = read(&post, SAID).unwrap().remove(0);
        assert_eq!(event.key(), Some(("/systems/FT-1".to_owned(), "b1".to_owned())));
        assert_eq!(event.0["data"], json!({"a": 1}));
    }

    #[test]
    fn what_is_wrong_is_said() {
        for (body, says) in [
            (json!(7), "an object"),
            (json!([]), "empty"),
            (json!({}), "a code or a summary"),
            (json!({"code": 7}), "The code must be a text"),
            (json!({"code": "x", "component": ["11/2"]}), "The component must be a text"),
            (json!({"code": "x", "kind": "wish"}), "\"wish\""),
            (json!({"specversion": "0.3", "type": "x"}), "1.0"),
            (json!({"specversion": "1.0"}), "no type"),
            (json!({"specversion": "1.0", "type": "x", "id": 7}), "must be a text"),
            (json!({"code": "x", "summary": "y".repeat(LARGEST)}), "longer than 256 KiB"),
        ] {
            let wrong = posted(&body).unwrap_err();
            assert!(wrong.contains(says), "{wrong} should say {says}");
        }
    }

    #[test]
    fn a_file_is_one_event_or_one_a_line() {
        let read = |text: &str| lines(text.as_bytes(), SAID).iter().map(Result::is_ok).collect::<Vec<_>>();
        assert_eq!(read("{\"code\": \"a\",\n \"severity\": \"info\"}\n"), [true]);
        assert_eq!(read("{\"code\":\"a\"}\n\n{\"code\":\"b\"}"), [true, true]);
        assert_eq!(read("{\"code\":\"a\"}\n{\"code\":"), [true, false]);
        assert_eq!(read(""), [] as [bool; 0]);
    }

    #[test]
    fn the_number_is_in_the_event_and_sorts_as_text() {
        let event = || Event::own(SAID, "meridian.heartbeat", &json!({}));
        let (id, bytes) = event().numbered("abc", 12, SAID.now);
        let sent: Value = serde_json::from_slice(&bytes).unwrap();
        assert_eq!((id.as_str(), &sent["spool"]), ("abc-12", &json!("abc")));
        assert_eq!(sent["sequence"], json!("00000000000000000012"));
        assert_eq!(sent["spooledat"], "2025-11-24T16:00:00Z");
        assert_eq!(event().named("mine").numbered("abc", 13, SAID.now).0, "mine");
    }
}
