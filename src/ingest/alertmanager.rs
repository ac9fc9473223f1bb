//! The webhook of Prometheus Alertmanager, version 4.
//!
//! <https://prometheus.io/docs/alerting/latest/configuration/#webhook_config>. Alertmanager sends a
//! firing alert again every `repeat_interval`: the same alert in the same state is the same message.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{BATCH, Piece, Read, Sender, Unusable, blank, instant, no_alert, not_read, prometheus, tidy, unusable};
use crate::domain::alarm::{Alarm, AlarmSeverity, Kind};

#[derive(Deserialize)]
struct Webhook {
    version: Value,
    alerts: Vec<Value>,
}

#[derive(Deserialize)]
struct Alert {
    #[serde(default)]
    status: String,
    #[serde(default)]
    labels: BTreeMap<String, String>,
    #[serde(default)]
    annotations: BTreeMap<String, String>,
    #[serde(rename = "startsAt", default)]
    starts_at: String,
    #[serde(rename = "endsAt", default)]
    ends_at: String,
    #[serde(default)]
    fingerprint: String,
}

/// Every alert of one notification, in its order; one that can't be used takes none of the others with it.
pub fn read(body: &[u8], sender: Sender<'_>, now: Timestamp) -> Read<Vec<Piece>> {
    let webhook: Webhook = serde_json::from_slice(body)
        .map_err(|e| Unusable(format!("This is not an Alertmanager notification: {}.", not_read(&e))))?;
    if webhook.version != json!("4") && webhook.version != json!(4) {
        return unusable(format!("Only version 4 of the webhook is understood, not {}.", webhook.version));
    }
    if webhook.alerts.len() > BATCH {
        return unusable(format!("More than {BATCH} alerts in one notification."));
    }
    let piece = |(i, alert): (usize, Value)| {
        let body = alert.to_string().into_bytes();
        Piece { read: one(i, alert, sender, now), body }
    };
    Ok(webhook.alerts.into_iter().enumerate().map(piece).collect())
}

fn one(index: usize, value: Value, sender: Sender<'_>, now: Timestamp) -> Read<Alarm> {
    let body = value.to_string().into_bytes();
    let alert: Alert = serde_json::from_value(value).map_err(|_| no_alert(index))?;
    let kind = match alert.status.as_str() {
        "firing" => Kind::Raised,
        "resolved" => Kind::Cleared,
        other => {
            return unusable(format!("Alert {} has the status {other:?}; it must be firing or resolved.", index + 1));
        }
    };
    let name = alert.labels.get("alertname").cloned().unwrap_or_else(|| "unnamed alert".to_owned());
    let fingerprint = fingerprint(&alert);
    let since = if kind == Kind::Cleared { &alert.ends_at } else { &alert.starts_at };
    let labels = &alert.labels;
    Ok(tidy(Alarm {
        source: format!("/sites/{}/alertmanager", sender.site_code),
        source_id: format!("{fingerprint}/{}/{}", alert.starts_at, alert.status),
        severity: labels.get("severity").map_or(AlarmSeverity::Unknown, |s| AlarmSeverity::from_words(s)),
        component: prometheus::component(labels),
        summary: prometheus::summary(&alert.annotations, &name),
        code: name,
        problem: fingerprint,
        names_system: prometheus::system(labels),
        state: labels.get("state").cloned(),
        body,
        ..blank("alertmanager", kind, instant(since).unwrap_or(now))
    }))
}

/// Alertmanager's own, else what it would make of the labels.
fn fingerprint(alert: &Alert) -> String {
    if alert.fingerprint.is_empty() { prometheus::fingerprint(&alert.labels) } else { alert.fingerprint.clone() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::alarm::SystemName;

    const PARIS: Sender<'static> = Sender { site_code: "PARIS-01", serial: None };

    fn read_one(alert: &Value) -> Read<Vec<Alarm>> {
        alarms(&json!({"version": "4", "alerts": [alert]}))
    }

    fn alarms(body: &Value) -> Read<Vec<Alarm>> {
        let pieces = read(body.to_string().as_bytes(), PARIS, Timestamp::UNIX_EPOCH)?;
        pieces.into_iter().map(|piece| piece.read).collect()
    }

    #[test]
    fn a_firing_alert_becomes_a_raised_alarm() {
        let alarms = read_one(&json!({
            "status": "firing", "fingerprint": "89b8", "startsAt": "2026-11-23T09:33:27.782286349Z",
            "labels": {"alertname": "HostRaidDiskFailure", "device": "md0", "instance": "ft6500-07:9100",
                       "serial": "FT6500-001234", "severity": "critical"},
            "annotations": {"summary": "Host RAID disk failure (instance ft6500-07:9100)"}}))
        .unwrap();

        let alarm = &alarms[0];
        assert_eq!(alarm.kind, Kind::Raised);
        assert_eq!(alarm.severity, AlarmSeverity::Critical);
        assert_eq!(alarm.names_system, Some(SystemName::Serial("FT6500-001234".into())));
        assert_eq!(alarm.occurred_at.to_string(), "2026-11-23T09:33:27.782286Z");
    }

    #[test]
    fn without_a_serial_the_instance_names_the_system() {
        let alarms = read_one(&json!({"status": "resolved", "labels": {"instance": "ft6500-07:9100"}})).unwrap();
        assert_eq!(alarms[0].names_system, Some(SystemName::Nickname("ft6500-07".into())));
        assert_eq!(alarms[0].kind, Kind::Cleared);
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (body, says) in [
            (json!([]), "not an Alertmanager notification"),
            (json!({"version": "3", "alerts": []}), "version 4"),
            (json!({"version": "4", "alerts": [{"status": "maybe"}]}), "\"maybe\""),
            (json!({"version": "4", "alerts": [{"status": "firing", "labels": 7}]}), "Alert 1"),
        ] {
            let refused = alarms(&body).unwrap_err();
            assert!(refused.0.contains(says), "{} should say {says}", refused.0);
        }
    }
}
