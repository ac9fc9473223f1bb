//! What the agent has to say for itself, through the same spool as everybody else.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use super::{
    board::{Failing, Full},
    event::{Event, Said},
    spool::Contents,
};

/// From here on somebody should ask why.
const LONG: Duration = Duration::from_hours(1);

/// Who speaks: without another word an event is of whom the credential belongs to, a system or a site.
#[derive(Debug, Clone)]
pub struct Voice {
    pub source: String,
    pub spool: String,
}

impl Voice {
    pub fn new(device: &str, spool: &str) -> Self {
        Self { source: format!("/agents/{device}"), spool: spool.to_owned() }
    }

    pub fn said(&self, now: Timestamp) -> Said<'_> {
        Said { source: &self.source, now }
    }

    /// The same thing told again, after a crash, has the same name.
    fn name(&self, what: &str, at: Timestamp) -> String {
        format!("{}-{what}-{}", self.spool, at.as_microsecond())
    }

    /// How the spool is, and how far the portal's clock is ahead of this one.
    pub fn heartbeat(&self, contents: &Contents, clock_offset_s: i64, now: Timestamp) -> Event {
        let oldest = contents.oldest.map_or(0, |oldest| now.duration_since(oldest).as_secs().max(0));
        let data = json!({"spool_depth": contents.waiting, "oldest_s": oldest, "dropped": 0, "clock_offset_s": clock_offset_s,
                          "version": env!("CARGO_PKG_VERSION"), "sequence": contents.sequence});
        Event::own(self.said(now), "meridian.heartbeat", &data)
    }

    pub fn could_not_call_home(&self, failing: &Failing, lasted: Duration, now: Timestamp) -> Event {
        let severity = if lasted < LONG { "info" } else { "warning" };
        let Failing { since, attempts, reason } = failing;
        let summary = format!("Could not call home for {}: {reason}", words(lasted));
        let data = json!({"code": "could-not-call-home", "severity": severity, "summary": summary, "component": "agent",
                          "since": since, "lasted_s": lasted.as_secs(), "attempts": attempts, "reason": reason});
        let event = Event::own(self.said(now), "meridian.alarm.raised", &data);
        event.named(&self.name("could-not-call-home", *since))
    }

    pub fn spool_full(&self, full: &Full, now: Timestamp) -> Event {
        let Full { since, refused } = full;
        let summary = format!("The spool was full since {since}; {refused} events were refused to whoever posted them");
        let data = json!({"code": "agent-spool-full", "severity": "warning", "summary": summary, "component": "agent",
                          "since": since, "refused": refused, "dropped": 0});
        Event::own(self.said(now), "meridian.alarm.raised", &data).named(&self.name("spool-full", *since))
    }

    pub fn spool_damaged(&self, segment: &str, now: Timestamp) -> Event {
        let summary = format!("A part of the spool could not be read: {segment} is kept in unusable");
        let data = json!({"code": "agent-spool-damaged", "severity": "error", "summary": summary,
                          "component": "agent", "segment": segment});
        let event = Event::own(self.said(now), "meridian.alarm.raised", &data);
        event.named(&format!("{}-damaged-{segment}", self.spool))
    }

    pub fn clock_jumped(&self, by: SignedDuration, now: Timestamp) -> Event {
        let summary = format!("The clock of this machine jumped by {:.1} s", by.as_secs_f64());
        let data = json!({"code": "clock-jumped", "severity": "info", "summary": summary, "component": "agent",
                          "jump_s": by.as_secs_f64()});
        Event::own(self.said(now), "meridian.alarm.raised", &data)
    }

    pub fn file_unusable(&self, file: &str, reason: &str, id: &str, now: Timestamp) -> Event {
        let summary = format!("{file} can't be used and is kept in unusable: {reason}");
        let data = json!({"code": "agent-file-unusable", "severity": "info", "summary": summary, "component": "agent",
                          "file": file, "reason": reason});
        Event::own(self.said(now), "meridian.alarm.raised", &data).named(id)
    }
}

/// As long as somebody would say it.
pub fn words(lasted: Duration) -> String {
    let (hours, minutes, seconds) = (lasted.as_secs() / 3_600, lasted.as_secs() / 60 % 60, lasted.as_secs() % 60);
    match (hours, minutes) {
        (0, 0) => format!("{seconds} s"),
        (0, _) => format!("{minutes} min {seconds} s"),
        _ => format!("{hours} h {minutes} min"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_silence_weighs_more_than_a_short_one() {
        let voice = Voice::new("LYON-2", "abc");
        let failing = Failing { since: Timestamp::UNIX_EPOCH, attempts: 9, reason: "refused".to_owned() };
        let told = |minutes| {
            let event = voice.could_not_call_home(&failing, Duration::from_mins(minutes), Timestamp::UNIX_EPOCH);
            String::from_utf8(event.numbered("abc", 1, Timestamp::UNIX_EPOCH).1).unwrap()
        };
        assert!(told(5).contains(r#""severity":"info""#));
        assert!(told(90).contains(r#""severity":"warning""#));
        assert!(told(90).contains("for 1 h 30 min: refused"));
        assert!(told(90).contains(r#""id":"abc-could-not-call-home-0""#));
    }
}
