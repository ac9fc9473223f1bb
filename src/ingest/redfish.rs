//! Events of Redfish services: the management controllers of servers of any make.
//!
//! <https://www.dmtf.org/sites/default/files/standards/documents/DSP0266_1.20.1.html>, eventing. Real controllers write
//! times that are not RFC 3339, put one event twice into a message, leave out ids, and send events that hold nothing
//! but a part of their maker's own.

mod messages;

use jiff::{Timestamp, civil, tz::TimeZone};
use serde_json::Value;

use self::messages::Meaning;
use super::{
    BATCH, Piece, Read, Sender, Unusable, blank, digest, first_line, instant, nickname, not_read, serial, tidy,
    unusable,
};
use crate::domain::alarm::{Alarm, AlarmSeverity, Kind, SystemName};

/// Every event by itself; the same one twice in a message is told once.
pub fn read(body: &[u8], sender: Sender<'_>, now: Timestamp) -> Read<Vec<Piece>> {
    let message: Value = serde_json::from_slice(body)
        .map_err(|e| Unusable(format!("This is not a Redfish event: {}.", not_read(&e))))?;
    let mut events = match message.get("Events") {
        Some(Value::Array(events)) => events.clone(),
        None if of_type(&message, "#MetricReport") => return Ok(vec![report(&message, body, sender, now)]),
        None if message.get("MessageId").is_some() => vec![message.clone()],
        _ => return unusable("This is not a Redfish event: it has no list Events."),
    };
    if events.len() > BATCH {
        return unusable(format!("More than {BATCH} events in one message."));
    }
    let mut seen = std::collections::HashSet::new();
    events.retain(|event| seen.insert(event.to_string()));
    let piece = |(index, event): (usize, &Value)| {
        let body = event.to_string().into_bytes();
        let read = one(index, event, &message, sender, now);
        Piece { read: read.map(|alarm| Alarm { body: body.clone(), ..alarm }), body }
    };
    Ok(events.iter().enumerate().map(piece).collect())
}

fn of_type(message: &Value, name: &str) -> bool {
    text(message, "@odata.type").starts_with(name)
}

/// Telemetry says that the system is there; its numbers are kept.
fn report(message: &Value, body: &[u8], sender: Sender<'_>, now: Timestamp) -> Piece {
    let system = system(message, message, sender);
    let alarm = Alarm {
        source: source(system.as_ref(), sender),
        source_id: digest(&[body]),
        code: "MetricReport".to_owned(),
        summary: "Metric report".to_owned(),
        names_system: system,
        body: body.to_vec(),
        ..blank("redfish", Kind::Report, moment(text(message, "Timestamp")).unwrap_or(now))
    };
    Piece { read: Ok(tidy(alarm)), body: body.to_vec() }
}

fn one(index: usize, event: &Value, message: &Value, sender: Sender<'_>, now: Timestamp) -> Read<Alarm> {
    if !event.is_object() {
        return unusable(format!("Event {} must be an object.", index + 1));
    }
    let code = code(text(event, "MessageId"));
    let meaning = Meaning::of(&code);
    let names_system = system(event, message, sender);
    Ok(tidy(Alarm {
        source: source(names_system.as_ref(), sender),
        source_id: id(event, message),
        severity: severity(event).unwrap_or(meaning.severity),
        component: component(event),
        summary: summary(event, &code),
        problem: format!("redfish {}", meaning.problem),
        code,
        names_system,
        ..blank("redfish", meaning.kind, moment(text(event, "EventTimestamp")).unwrap_or(now))
    }))
}

/// Ids are unique to one controller, so the name it goes by is a part of who says it.
fn source(system: Option<&SystemName>, sender: Sender<'_>) -> String {
    let named = system.map(|(SystemName::Serial(name) | SystemName::Nickname(name))| name.as_str());
    let name = named.or(sender.serial).unwrap_or_default();
    format!("/sites/{}/redfish/{name}", sender.site_code)
}

/// Some controllers begin to count again when they start, some give every event the same id: the time tells these
/// apart, or the whole event where there is none.
fn id(event: &Value, message: &Value) -> String {
    let (own, at) = (text(event, "EventId"), text(event, "EventTimestamp"));
    let whole = event.to_string();
    match (own, at) {
        ("", "") => format!("{}/{}", text(message, "Id"), digest(&[whole.as_bytes()])),
        (own, _) => format!("{own}/{at}/{}", digest(&[text(event, "MessageId").as_bytes(), origin(event).as_bytes()])),
    }
}

/// `StorageDevice.1.4.DriveFailure` is `StorageDevice.DriveFailure` in every version.
fn code(message_id: &str) -> String {
    let number = |part: &&str| part.bytes().all(|b| b.is_ascii_digit());
    message_id.split('.').filter(|part| !number(part)).collect::<Vec<_>>().join(".")
}

/// <https://redfish.dmtf.org/schemas/v1/Event.json>: `Severity` is the older name of `MessageSeverity`.
fn severity(event: &Value) -> Option<AlarmSeverity> {
    let read = |name: &str| Some(AlarmSeverity::from_words(text(event, name)));
    ["MessageSeverity", "Severity"].into_iter().filter_map(read).find(|found| *found != AlarmSeverity::Unknown)
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value.get(name).and_then(Value::as_str).map(str::trim).unwrap_or_default()
}

/// A link, or only its text.
fn origin(event: &Value) -> &str {
    let Some(origin) = event.get("OriginOfCondition") else { return "" };
    origin.as_str().or_else(|| origin.get("@odata.id")?.as_str()).unwrap_or_default()
}

/// Where the origin is the whole box, the first argument says which part of it.
fn component(event: &Value) -> String {
    let origin = origin(event).trim_start_matches("/redfish/v1/");
    let part = event.get("MessageArgs").and_then(|args| args.get(0)).and_then(Value::as_str).unwrap_or_default();
    match (origin.split('/').filter(|part| !part.is_empty()).count(), part) {
        (3.., _) | (_, "") => origin.to_owned(),
        (0, part) => part.to_owned(),
        (_, part) => format!("{origin} {part}"),
    }
}

fn summary(event: &Value, code: &str) -> String {
    let said = [first_line(text(event, "Message")), code, text(event, "EventType")];
    said.into_iter().find(|said| !said.is_empty()).unwrap_or("An event without a message").to_owned()
}

/// The subscription's `Context` is the serial; a site may stand before it. A controller that has a credential of its
/// own may leave there what it likes, unless that is another system; without any, the maker's part may say a name.
fn system(event: &Value, message: &Value, sender: Sender<'_>) -> Option<SystemName> {
    let context = [text(event, "Context"), text(message, "Context")].into_iter().find(|context| !context.is_empty());
    let context = context.and_then(|context| context.rsplit('/').find(|part| !part.is_empty()));
    match (context, sender.serial) {
        (Some(context), None) => serial(context),
        (Some(context), Some(_)) => nickname(context),
        (None, _) => nickname(host(event).or_else(|| host(message))?),
    }
}

fn host(value: &Value) -> Option<&str> {
    let mut makers = value.get("Oem")?.as_object()?.values();
    makers.find_map(|maker| maker.get("ServerHostname").or_else(|| maker.get("Hostname"))?.as_str())
}

/// RFC 3339, or what real controllers write: an offset without its colon, a blank before it, or no offset at all.
fn moment(text: &str) -> Option<Timestamp> {
    let tight: String = text.trim().replacen(" -", "-", 1).replacen(" +", "+", 1);
    instant(&tight).or_else(|| {
        let at: civil::DateTime = tight.parse().ok()?;
        instant(&at.to_zoned(TimeZone::UTC).ok()?.timestamp().to_string())
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const GATEWAY: Sender<'static> = Sender { site_code: "PARIS-01", serial: None };
    const OWN: Sender<'static> = Sender { site_code: "PARIS-01", serial: Some("FT-1") };

    fn alarms(message: &Value, sender: Sender<'_>) -> Vec<Alarm> {
        let pieces = read(message.to_string().as_bytes(), sender, Timestamp::UNIX_EPOCH).unwrap();
        pieces.into_iter().map(|piece| piece.read.unwrap()).collect()
    }

    fn drive(key: &str, severity: &str) -> Value {
        json!({"EventId": "4711", "EventTimestamp": "2026-03-29T02:30:00+02:00", "Severity": severity,
               "Message": "The drive in bay 3 is so.", "MessageId": format!("StorageDevice.1.4.{key}"),
               "MessageArgs": ["bay 3"], "OriginOfCondition": {"@odata.id": "/redfish/v1/Chassis/1U"}})
    }

    #[test]
    fn a_failure_and_its_end_are_about_the_same_part() {
        let message = json!({"Events": [drive("DriveFailure", "Critical"), drive("DriveOK", "OK")],
                             "Context": "PARIS-01/FT6500-001234"});
        let [failed, well] = &alarms(&message, GATEWAY)[..] else { panic!("two events") };
        assert_eq!((failed.kind, failed.severity), (Kind::Raised, AlarmSeverity::Critical));
        assert_eq!(
            (failed.code.as_str(), failed.component.as_str()),
            ("StorageDevice.DriveFailure", "Chassis/1U bay 3")
        );
        assert_eq!(failed.names_system, Some(SystemName::Serial("FT6500-001234".into())));
        assert_eq!(failed.occurred_at.to_string(), "2026-03-29T00:30:00Z");
        assert_eq!(well.kind, Kind::Cleared);
        assert_eq!((&well.problem, &well.component), (&failed.problem, &failed.component));
    }

    #[test]
    fn one_event_twice_is_one_and_a_maker_s_time_is_understood() {
        let event = json!({"EventId": "2241", "EventTimestamp": "2025-01-29T23:26:31-0600", "MessageSeverity": "Critical",
                           "MessageId": "IDRAC.2.9.CPU0001", "Message": "CPU 1 has a thermal trip."});
        let message = json!({"Events": [event, event], "Oem": {"Dell": {"ServerHostname": "r660-ubuntu22"}}});
        let alarms = alarms(&message, GATEWAY);
        assert_eq!(alarms.len(), 1);
        assert_eq!(alarms[0].occurred_at.to_string(), "2025-01-30T05:26:31Z");
        assert_eq!(alarms[0].names_system, Some(SystemName::Nickname("r660-ubuntu22".into())));
    }

    #[test]
    fn times_are_read_as_controllers_write_them() {
        for (written, meant) in [
            ("2025-01-29T23:26:31-06:00", "2025-01-30T05:26:31Z"),
            ("2025-01-29T23:26:31 -0600", "2025-01-30T05:26:31Z"),
            ("2025-01-29 23:26:31", "2025-01-29T23:26:31Z"),
            ("2025-01-29T23:26:31", "2025-01-29T23:26:31Z"),
        ] {
            assert_eq!(moment(written).map(|at| at.to_string()).as_deref(), Some(meant), "{written}");
        }
        assert_eq!((moment("[NOT SET]"), moment("0000-00-00T00:00:00Z")), (None, None));
    }

    #[test]
    fn what_only_its_maker_understands_is_kept_and_flagged() {
        let message = json!({"Context": "listener", "Events": [{"Oem": {"Hpe": {"Hostname": "10.25.40.207"}}}]});
        let alarm = &alarms(&message, OWN)[0];
        assert_eq!((alarm.kind, alarm.severity), (Kind::Raised, AlarmSeverity::Unknown));
        assert_eq!(alarm.names_system, Some(SystemName::Nickname("listener".into())));
    }

    #[test]
    fn a_service_that_works_and_a_test_are_no_faults() {
        for (id, kind) in [
            ("HeartbeatEvent.1.0.RedfishServiceFunctional", Kind::Heartbeat),
            ("ResourceEvent.1.0.TestMessage", Kind::Test),
        ] {
            let message = json!({"Events": [{"EventId": "1", "MessageId": id, "MessageSeverity": "OK"}]});
            assert_eq!(alarms(&message, OWN)[0].kind, kind);
        }
        let report = json!({"@odata.type": "#MetricReport.v1_4_2.MetricReport", "MetricValues": []});
        assert_eq!(alarms(&report, OWN)[0].kind, Kind::Report);
    }
}
