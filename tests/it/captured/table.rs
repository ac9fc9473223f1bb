//! What becomes of every recorded request.

/// A file, the site that sends it, and what becomes of it. What is folded or cleared has the call of an earlier row.
pub struct Case(pub &'static str, pub &'static str, pub Becomes);

#[derive(Clone, Copy)]
pub enum Becomes {
    /// A call of its own.
    Opened,
    /// A line on the call of that row.
    Folded(usize),
    /// The call of that row is resolved.
    Cleared(usize),
    /// The same message as that row's, answered the same.
    Known(usize),
    Informational,
    /// Refused with a sentence, and kept.
    Kept,
}
use Becomes::{Cleared, Folded, Informational, Kept, Known, Opened};

/// Programs of one kind, the address that they are pointed at, and the site at which FT6500-001234 stands.
pub struct Group(pub &'static str, pub &'static str, pub &'static [Case]);

pub const PROMETHEUS: Group = Group(
    "/ingest/prometheus/api/v2/alerts",
    "LYON-2",
    &[
        Case("api_v2_alerts__1.http", "PARIS-01", Opened),
        Case("api_v2_alerts__2.http", "PARIS-01", Opened),
        Case("api_v2_alerts__3.http", "PARIS-01", Opened),
        Case("api_v2_alerts__4.http", "PARIS-01", Folded(0)),
        Case("api_v2_alerts__5.http", "PARIS-01", Folded(1)),
        Case("api_v2_alerts__6.http", "PARIS-01", Folded(2)),
        Case("collectd_write_http__1.http", "LYON-2", Opened),
        Case("collectd_write_http__2.http", "LYON-2", Kept),
    ],
);
pub const ALERTMANAGER: Group = Group(
    "/ingest/alertmanager",
    "LYON-2",
    &[
        Case("alertmanager_webhook__1.http", "LYON-2", Opened),
        Case("alertmanager_webhook__2.http", "PARIS-01", Opened),
        Case("alertmanager_webhook__3.http", "PARIS-01", Opened),
        Case("alertmanager_webhook__4.http", "LYON-2", Cleared(0)),
        Case("alertmanager_webhook__5.http", "PARIS-01", Opened),
    ],
);
pub const PAGERDUTY: Group = Group(
    "/ingest/pagerduty/v2/enqueue",
    "LYON-2",
    &[
        Case("alertmanager_pagerduty__1.http", "LYON-2", Opened),
        Case("alertmanager_pagerduty__2.http", "PARIS-01", Opened),
        Case("alertmanager_pagerduty__3.http", "PARIS-01", Opened),
        Case("alertmanager_pagerduty__4.http", "LYON-2", Cleared(0)),
        Case("alertmanager_pagerduty__5.http", "PARIS-01", Opened),
        Case("pagerduty_v2_v2_enqueue__1.http", "LYON-2", Opened),
        Case("pagerduty_v2_v2_enqueue__2.http", "LYON-2", Cleared(5)),
    ],
);
pub const CLOUDEVENTS: Group = Group(
    "/ingest/alarms",
    "PARIS-01",
    &[
        Case("cloudevents_js_binary__1.http", "LYON-2", Opened),
        Case("cloudevents_js_structured__1.http", "LYON-2", Known(0)),
        Case("cloudevents_py_to_binary_event__1.http", "PARIS-01", Opened),
        Case("cloudevents_py_to_structured_event__1.http", "PARIS-01", Known(2)),
    ],
);
pub const REDFISH: Group = Group("/ingest/redfish", "PARIS-01", &[Case("redfish_event__1.http", "PARIS-01", Opened)]);
pub const SNMP: Group = Group(
    "/ingest/snmptrap?10.1.2.3=FT6500-001234",
    "PARIS-01",
    &[
        Case("snmptrapd_traphandle_stdin_n1.txt", "PARIS-01", Opened),
        Case("snmptrapd_traphandle_stdin_n2.txt", "PARIS-01", Opened),
        Case("snmptrapd_traphandle_stdin_n3.txt", "PARIS-01", Opened),
        Case("snmptrapd_traphandle_stdin_n4.txt", "PARIS-01", Cleared(0)),
        Case("snmptrapd_traphandle_stdin_n5.txt", "PARIS-01", Opened),
        Case("snmptrapd_traphandle_stdin_n6.txt", "PARIS-01", Opened),
    ],
);
pub const MAIL: Group = Group(
    "/ingest/mail",
    "LYON-2",
    &[
        Case("smtp_alertmanager__1.eml", "LYON-2", Opened),
        Case("smtp_alertmanager__2.eml", "PARIS-01", Opened),
        Case("smtp_alertmanager__3.eml", "PARIS-01", Opened),
        Case("smtp_alertmanager__4.eml", "LYON-2", Informational),
        Case("smtp_alertmanager__5.eml", "PARIS-01", Opened),
        Case("smtp_bounce__1.eml", "PARIS-01", Informational),
        Case("smtp_calls+PARIS-01__1.eml", "PARIS-01", Opened),
        Case("smtp_monit__1.eml", "PARIS-01", Informational),
        Case("smtp_monit__2.eml", "PARIS-01", Opened),
        Case("smtp_monit__3.eml", "PARIS-01", Opened),
        Case("smtp_monit__4.eml", "PARIS-01", Opened),
        Case("smtp_monit__5.eml", "PARIS-01", Informational),
        Case("smtp_msmtp__1.eml", "PARIS-01", Opened),
    ],
);
pub const GROUPS: [&Group; 7] = [&PROMETHEUS, &ALERTMANAGER, &PAGERDUTY, &CLOUDEVENTS, &REDFISH, &SNMP, &MAIL];

/// Of no format of ours, by the beginning of their names: other services' words, and what is no HTTP at all.
pub const FOREIGN: [&str; 11] = [
    "alertmanager_opsgenie",
    "alertmanager_slack",
    "alertmanager_victorops",
    "apprise_",
    "curl_json",
    "monit_collector",
    "otlp_",
    "schemathesis",
    "snmptrap_stratus",
    "snmptrapd_log",
    "syslog_",
];
