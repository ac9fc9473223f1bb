//! PagerDuty's Events API, version 2: for monitoring that knows how to page and nothing else.
//!
//! <https://developer.pagerduty.com/docs/events-api-v2/trigger-events/>. The `routing_key` in the body is the
//! credential, so it is taken out before anything of the message is kept.

use jiff::Timestamp;
use serde_json::{Map, Value};

use super::{Piece, Read, Sender, Unusable, blank, digest, first_line, instant, nickname, serial, tidy, unusable};
use crate::domain::alarm::{Alarm, AlarmSeverity, Kind, SystemName};

const KEY: &str = "routing_key";

/// What each action means to us. That somebody has seen it elsewhere is worth knowing, and changes nothing here.
const ACTIONS: [(&str, Kind); 3] =
    [("trigger", Kind::Raised), ("acknowledge", Kind::Raised), ("resolve", Kind::Cleared)];

/// <https://developer.pagerduty.com/docs/events-api-v2/pd-cef/>: all that it allows; other words are read as elsewhere.
const SEVERITIES: [(&str, AlarmSeverity); 4] = [
    ("critical", AlarmSeverity::Critical),
    ("error", AlarmSeverity::Error),
    ("warning", AlarmSeverity::Warning),
    ("info", AlarmSeverity::Info),
];

/// An event without its secret.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    fields: Map<String, Value>,
}

/// The secret of an event, and what is left of the message without it; a message that is no event has none.
pub fn open(body: &[u8]) -> (Option<String>, Read<Event>) {
    match serde_json::from_slice(body) {
        Ok(Value::Object(mut fields)) => {
            let key = fields.remove(KEY).and_then(|key| key.as_str().map(str::to_owned));
            (key, Ok(Event { fields }))
        }
        Ok(_) => (None, unusable("An event must be an object.")),
        Err(e) => (None, Err(Unusable(format!("The body is not JSON: {e}.")))),
    }
}

impl Event {
    pub fn body(&self) -> Vec<u8> {
        Value::Object(self.fields.clone()).to_string().into_bytes()
    }

    fn text(&self, name: &str) -> &str {
        self.fields.get(name).and_then(Value::as_str).map(str::trim).unwrap_or_default()
    }

    fn of_payload(&self, name: &str) -> &str {
        let payload = self.fields.get("payload").and_then(|payload| payload.get(name));
        payload.and_then(Value::as_str).map(str::trim).unwrap_or_default()
    }

    /// What tells this fault from others; whoever gives none is given one, and it is in the answer.
    pub fn dedup_key(&self, now: Timestamp) -> String {
        match self.text("dedup_key") {
            "" => digest(&[&self.body(), now.to_string().as_bytes()])[..32].to_owned(),
            own => own.to_owned(),
        }
    }
}

pub fn read(event: &Event, sender: Sender<'_>, now: Timestamp) -> Piece {
    Piece { read: one(event, sender, now), body: event.body() }
}

fn one(event: &Event, sender: Sender<'_>, now: Timestamp) -> Read<Alarm> {
    let action = event.text("event_action");
    let Some((_, kind)) = ACTIONS.iter().find(|(name, _)| *name == action) else {
        return unusable(format!("event_action is {action:?}; it must be trigger, acknowledge or resolve."));
    };
    if action == "trigger" && event.of_payload("summary").is_empty() {
        return unusable("payload.summary is missing.");
    }
    if action != "trigger" && event.text("dedup_key").is_empty() {
        return unusable(format!("dedup_key is missing: nothing says what to {action}."));
    }
    let problem = event.dedup_key(now);
    Ok(tidy(Alarm {
        source: format!("/sites/{}/pagerduty", sender.site_code),
        source_id: format!("{problem}/{action}/{}", moment(event, now)),
        code: event.of_payload("class").to_owned(),
        severity: if action == "acknowledge" { AlarmSeverity::Info } else { severity(event.of_payload("severity")) },
        summary: summary(event, action, &problem),
        names_system: system(event),
        // The key alone names the fault: what else it is about comes with the trigger only.
        problem,
        keyed: true,
        body: event.body(),
        ..blank("pagerduty", *kind, now)
    }))
}

/// Events have no id: with a time of their own they are the same message, else each that comes is another one.
fn moment(event: &Event, now: Timestamp) -> String {
    instant(event.of_payload("timestamp")).unwrap_or(now).to_string()
}

fn severity(word: &str) -> AlarmSeverity {
    let known = SEVERITIES.iter().find(|(name, _)| *name == word);
    known.map_or_else(|| AlarmSeverity::from_words(word), |(_, severity)| *severity)
}

fn summary(event: &Event, action: &str, key: &str) -> String {
    let said = first_line(event.of_payload("summary"));
    if !said.is_empty() {
        return said.to_owned();
    }
    format!("{} {key}", if action == "resolve" { "Resolved:" } else { "Acknowledged elsewhere:" })
}

/// A serial among the details, else `payload.source`, by nickname or serial.
fn system(event: &Event) -> Option<SystemName> {
    let details = event.fields.get("payload").and_then(|payload| payload.get("custom_details"));
    let field = |name: &str| details.and_then(|details| details.get(name)).and_then(Value::as_str);
    let listed = ["firing", "resolved"].iter().find_map(|list| label(field(list)?, "serial"));
    field("serial").and_then(serial).or_else(|| serial(listed?)).or_else(|| nickname(event.of_payload("source")))
}

/// Alertmanager's own template lists the labels as text, one a line.
fn label<'a>(list: &'a str, name: &str) -> Option<&'a str> {
    list.lines().find_map(|line| line.trim().strip_prefix("- ")?.strip_prefix(name)?.strip_prefix(" = "))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const LYON: Sender<'static> = Sender { site_code: "LYON-2", serial: None };
    const NOW: Timestamp = Timestamp::constant(1_764_000_000, 0);

    fn alarm(event: &Value) -> Read<Alarm> {
        read(&open(event.to_string().as_bytes()).1.unwrap(), LYON, NOW).read
    }

    #[test]
    fn a_key_ties_what_triggers_to_what_resolves_and_is_no_secret() {
        let trigger = json!({"routing_key": "md_secret", "event_action": "trigger", "dedup_key": "ft6500-07/disk3",
                             "payload": {"summary": "Disk 3 predicted failure", "source": "ft6500-07",
                                         "severity": "critical", "class": "disk",
                                         "custom_details": {"serial": "FT6500-001234"}}});
        let (key, event) = open(trigger.to_string().as_bytes());
        assert_eq!(key.as_deref(), Some("md_secret"));
        let raised = read(&event.unwrap(), LYON, NOW).read.unwrap();
        assert_eq!((raised.severity, raised.code.as_str()), (AlarmSeverity::Critical, "disk"));
        assert_eq!(raised.names_system, Some(SystemName::Serial("FT6500-001234".into())));
        assert!(!String::from_utf8_lossy(&raised.body).contains("md_secret"));

        let resolved = alarm(&json!({"event_action": "resolve", "dedup_key": "ft6500-07/disk3"})).unwrap();
        assert_eq!((resolved.kind, resolved.problem), (Kind::Cleared, raised.problem));
    }

    #[test]
    fn what_alertmanager_writes_for_people_names_the_system_too() {
        let details = json!({"firing": "Labels:\n - alertname = Raid\n - serial = FT6500-001234\n"});
        let event = json!({"event_action": "trigger", "payload": {"summary": "Raid", "source": "Alertmanager",
                           "severity": "error", "custom_details": details}});
        assert_eq!(alarm(&event).unwrap().names_system, Some(SystemName::Serial("FT6500-001234".into())));
    }

    #[test]
    fn a_trigger_without_a_key_is_given_one() {
        let event =
            json!({"event_action": "trigger", "payload": {"summary": "Fan", "source": "x", "severity": "info"}});
        let (_, event) = open(event.to_string().as_bytes());
        let event = event.unwrap();
        assert_eq!(event.dedup_key(NOW).len(), 32);
        assert_eq!(read(&event, LYON, NOW).read.unwrap().problem, event.dedup_key(NOW));
    }

    #[test]
    fn what_is_missing_is_named() {
        for (event, says) in [
            (json!({"event_action": "trigger"}), "payload.summary"),
            (json!({"event_action": "resolve"}), "dedup_key"),
            (json!({"event_action": "shout", "dedup_key": "a"}), "\"shout\""),
            (json!({"payload": 7}), "event_action"),
        ] {
            assert!(alarm(&event).unwrap_err().0.contains(says), "{event}");
        }
        assert!(open(b"[]").1.is_err() && open(b"{").1.is_err());
    }
}
