//! What the systems say: mostly the same again, some news, some ends, and signs of life.

use jiff::Timestamp;

/// Parts of a system that may break.
const PARTS: [(&str, &str, &str); 3] = [
    ("11/2", "fan-below", "Fan 2 below threshold"),
    ("10", "board", "Board 10 is simplex"),
    ("1/4", "disk", "Disk 4 is slow"),
];

/// The messages of one fault.
pub const STORY: usize = 100;

/// Of a hundred messages, sixty say that the same is wrong, ten that it is over, fifteen are worth no call, and fifteen
/// are signs of life. Each story is of a part of its own: at a thousand messages a second ten calls begin, and ten end.
pub fn event(id: &str, serial: &str, number: usize, at: Timestamp) -> String {
    let story = number / STORY;
    let (part, code, summary) = PARTS[story % PARTS.len()];
    let (kind, severity) = match number % STORY {
        0..60 => ("alarm.raised", "warning"),
        60..70 => ("alarm.cleared", "warning"),
        70..85 => ("alarm.raised", "info"),
        _ => ("heartbeat", "info"),
    };
    format!(
        r#"{{"specversion":"1.0","id":"{id}","source":"/systems/{serial}","type":"meridian.{kind}","subject":"{part}.{story}","time":"{at:.6}","data":{{"code":"{code}","severity":"{severity}","summary":"{summary}"}}}}"#
    )
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    #[test]
    fn every_message_is_an_event() {
        for number in 0..STORY * PARTS.len() {
            let text = event("1", "FT-1", number, Timestamp::UNIX_EPOCH);
            let event: Value = serde_json::from_str(&text).unwrap_or_else(|e| panic!("{e}: {text}"));
            assert_eq!(event["time"], "1970-01-01T00:00:00.000000Z");
            assert!(event["type"].as_str().unwrap().starts_with("meridian."), "{text}");
        }
    }
}
