//! What the systems say: mostly the same again, some news, some ends, and signs of life.

use jiff::Timestamp;

/// Parts of a system that may break; each makes one call.
const PARTS: [(&str, &str, &str); 3] = [
    ("11/2", "fan-below", "Fan 2 below threshold"),
    ("10", "board", "Board 10 is simplex"),
    ("1/4", "disk", "Disk 4 is slow"),
];

/// Of twenty messages: twelve say that something is wrong, two that it is over, three are worth no call, and three are
/// signs of life.
pub fn event(id: &str, serial: &str, number: usize, at: Timestamp) -> String {
    let (component, code, summary) = PARTS[number / 20 % PARTS.len()];
    let (kind, severity) = match number % 20 {
        0..12 => ("alarm.raised", "warning"),
        12..14 => ("alarm.cleared", "warning"),
        14..17 => ("alarm.raised", "info"),
        _ => ("heartbeat", "info"),
    };
    format!(
        r#"{{"specversion":"1.0","id":"{id}","source":"/systems/{serial}","type":"meridian.{kind}","subject":"{component}","time":"{at:.6}","data":{{"code":"{code}","severity":"{severity}","summary":"{summary}"}}}}"#
    )
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    #[test]
    fn every_message_is_an_event() {
        for number in 0..60 {
            let text = event("1", "FT-1", number, Timestamp::UNIX_EPOCH);
            let event: Value = serde_json::from_str(&text).unwrap_or_else(|e| panic!("{e}: {text}"));
            assert_eq!(event["time"], "1970-01-01T00:00:00.000000Z");
            assert!(event["type"].as_str().unwrap().starts_with("meridian."), "{text}");
        }
    }
}
