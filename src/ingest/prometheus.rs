//! What Prometheus posts to an Alertmanager, straight to us: a bare list of alerts.
//!
//! <https://github.com/prometheus/alertmanager/blob/v0.25.0/api/v2/openapi.yaml>. A firing alert is sent again about
//! every minute with an `endsAt` some minutes ahead; one that has ended is sent with an `endsAt` that is past. An alert
//! that is heard of no more is over when its last `endsAt` is. collectd's `write_http` sends the same form with words
//! of its own: <https://collectd.org/documentation/manpages/collectd.conf.html#plugin-write-http>.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;

use super::{
    BATCH, Piece, Read, Sender, Unusable, blank, first_line, instant, nickname, no_alert, not_read, serial, tidy,
    unusable,
};
use crate::domain::alarm::{Alarm, AlarmSeverity, Kind, SystemName};

pub type Labels = BTreeMap<String, String>;

#[derive(Deserialize)]
struct Alert {
    labels: Labels,
    #[serde(default)]
    annotations: Labels,
    #[serde(rename = "startsAt", default)]
    starts_at: String,
    #[serde(rename = "endsAt", default)]
    ends_at: String,
}

/// collectd says how a value stands where others say how bad an alert is: its severity is no part of the name.
const COLLECTD: [(&str, Kind, AlarmSeverity); 3] = [
    ("FAILURE", Kind::Raised, AlarmSeverity::Error),
    ("WARNING", Kind::Raised, AlarmSeverity::Warning),
    ("OKAY", Kind::Cleared, AlarmSeverity::Info),
];

/// Every alert by itself: one that can't be used takes none of the others with it.
pub fn read(body: &[u8], sender: Sender<'_>, now: Timestamp) -> Read<Vec<Piece>> {
    let alerts: Vec<Value> = serde_json::from_slice(body)
        .map_err(|e| Unusable(format!("This is not a list of alerts: {}.", not_read(&e))))?;
    if alerts.len() > BATCH {
        return unusable(format!("More than {BATCH} alerts in one message."));
    }
    let piece = |(index, alert): (usize, Value)| {
        let body = alert.to_string().into_bytes();
        let read = one(index, alert, sender, now);
        Piece { read: read.map(|alarm| Alarm { body: body.clone(), ..alarm }), body }
    };
    Ok(alerts.into_iter().enumerate().map(piece).collect())
}

fn one(index: usize, value: Value, sender: Sender<'_>, now: Timestamp) -> Read<Alarm> {
    let alert: Alert = serde_json::from_value(value).map_err(|_| no_alert(index))?;
    let Some(name) = alert.labels.get("alertname").filter(|name| !name.is_empty()) else {
        return unusable(format!("Alert {} has no label alertname.", index + 1));
    };
    let said = alert.labels.get("severity").map(String::as_str).unwrap_or_default();
    let collectd = COLLECTD.iter().find(|(word, ..)| *word == said);
    let ends_at = instant(&alert.ends_at).filter(|at| *at > Timestamp::UNIX_EPOCH);
    let (kind, severity) = match collectd {
        Some((_, kind, severity)) => (*kind, *severity),
        None => (Kind::Raised, AlarmSeverity::from_words(said)),
    };
    let kind = if ends_at.is_some_and(|at| at <= now) { Kind::Cleared } else { kind };
    let mut labels = alert.labels.clone();
    if collectd.is_some() {
        labels.remove("severity");
    }
    let problem = fingerprint(&labels);
    Ok(tidy(Alarm {
        source: format!("/sites/{}/prometheus", sender.site_code),
        // Said again with a later end it is news: without it, the end would come.
        source_id: format!("{problem}/{said}/{}/{}", alert.starts_at, alert.ends_at),
        code: name.clone(),
        severity,
        component: component(&labels),
        summary: summary(&alert.annotations, name),
        problem,
        names_system: system(&labels),
        state: labels.get("state").cloned(),
        expires_at: ends_at.filter(|_| kind == Kind::Raised),
        // Each message says how it stands now, and they come in order: what `startsAt` says is long past in one that
        // is still firing after a silence.
        ..blank("prometheus", kind, now)
    }))
}

/// The hash by which Prometheus and Alertmanager tell alerts apart: FNV-1a over names and values.
///
/// <https://github.com/prometheus/common/blob/v0.39.0/model/signature.go>
pub fn fingerprint(labels: &Labels) -> String {
    const SEPARATOR: [u8; 1] = [255];
    let mut hash: u64 = 0xcbf2_9ce4_8422_2325;
    for (name, value) in labels {
        for byte in name.bytes().chain(SEPARATOR).chain(value.bytes()).chain(SEPARATOR) {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
    format!("{hash:016x}")
}

/// `serial` where the rules set it, else the name in `instance` without its port, else the site.
pub fn system(labels: &Labels) -> Option<SystemName> {
    let named = |label: &str| labels.get(label).map(String::as_str).unwrap_or_default();
    serial(named("serial")).or_else(|| nickname(named("instance")))
}

pub fn component(labels: &Labels) -> String {
    let named = ["component", "device", "mountpoint", "disk", "sensor", "job"];
    named.iter().find_map(|label| labels.get(*label)).cloned().unwrap_or_default()
}

/// What the rule says about it; many end in the name of an instance that is not there.
pub fn summary(annotations: &Labels, name: &str) -> String {
    let said = ["summary", "title", "description", "message"];
    let text = said.iter().find_map(|key| annotations.get(*key)).map(|text| first_line(text));
    let text = text.unwrap_or(name).trim_end_matches("(instance )").trim();
    if text.is_empty() { name } else { text }.to_owned()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const PARIS: Sender<'static> = Sender { site_code: "PARIS-01", serial: None };
    const NOW: &str = "2026-11-23T09:40:00Z";

    fn read_at(now: &str, alert: &Value) -> Read<Alarm> {
        let body = json!([alert]).to_string();
        read(body.as_bytes(), PARIS, now.parse().unwrap()).unwrap().remove(0).read
    }

    fn firing() -> Value {
        json!({"labels": {"alertname": "RaidDegraded", "instance": "ft6500-07:9100", "severity": "critical"},
               "annotations": {"summary": "RAID degraded (instance )"},
               "startsAt": "2026-11-23T09:39:01.324Z", "endsAt": "2026-11-23T09:43:01.324Z"})
    }

    #[test]
    fn what_fires_stands_until_its_end_and_is_over_after_it() {
        let standing = read_at(NOW, &firing()).unwrap();
        assert_eq!((standing.kind, standing.summary.as_str()), (Kind::Raised, "RAID degraded"));
        assert_eq!(standing.expires_at, Some("2026-11-23T09:43:01.324Z".parse().unwrap()));
        assert_eq!(standing.names_system, Some(SystemName::Nickname("ft6500-07".into())));

        let over = read_at("2026-11-23T09:43:02Z", &firing()).unwrap();
        assert_eq!((over.kind, over.expires_at), (Kind::Cleared, None));
        assert_eq!(over.problem, standing.problem);
    }

    #[test]
    fn a_later_end_is_another_message_about_the_same_fault() {
        let mut again = firing();
        again["endsAt"] = json!("2026-11-23T09:44:01.324Z");
        let (first, second) = (read_at(NOW, &firing()).unwrap(), read_at(NOW, &again).unwrap());
        assert_eq!(first.problem, second.problem);
        assert_ne!(first.source_id, second.source_id);
        assert_eq!(first.source_id, read_at(NOW, &firing()).unwrap().source_id);
    }

    #[test]
    fn collectd_is_better_again_by_its_severity() {
        let said = |severity: &str| {
            let labels = json!({"alertname": "collectd_load", "instance": "ft6500-07", "severity": severity});
            read_at(NOW, &json!({"labels": labels, "startsAt": NOW})).unwrap()
        };
        let (bad, good) = (said("FAILURE"), said("OKAY"));
        assert_eq!((bad.kind, bad.severity, bad.expires_at), (Kind::Raised, AlarmSeverity::Error, None));
        assert_eq!((good.kind, good.problem), (Kind::Cleared, bad.problem));
    }

    #[test]
    fn alerts_are_told_apart_as_alertmanager_does() {
        let labels = json!({"alertname": "HostRaidDiskFailure", "device": "md0", "instance": "ft6500-07:9100",
                            "serial": "FT6500-001234", "severity": "critical", "site": "LYON-2"});
        let labels: Labels = serde_json::from_value(labels).unwrap();
        assert_eq!(fingerprint(&labels), "89b82434449bc40a");
    }

    #[test]
    fn what_is_no_alert_is_named() {
        assert!(read(b"{}", PARIS, Timestamp::UNIX_EPOCH).unwrap_err().0.contains("list of alerts"));
        assert!(read_at(NOW, &json!({"labels": {}})).unwrap_err().0.contains("alertname"));
        assert!(read_at(NOW, &json!({"values": [7.2], "host": "ft6500-07"})).unwrap_err().0.contains("Alert 1"));
    }
}
