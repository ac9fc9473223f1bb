//! The table of rights, word for word, and who may use which verb.

/// Columns: customer, `customer_admin`, partner, `partner_admin`, engineer, `cac_lead`, `duty_manager`, admin,
/// auditor, device. The words are those of the table in the rules.
pub const TABLE: [(&str, [&str; 10]); 9] = [
    (
        "see calls, systems, sites, history",
        ["✓ (their sites)", "✓", "✓ relation's sites and dates", "✓", "●", "●", "●", "●", "●", "—"],
    ),
    ("see work notes, internal fields, staff beyond display name", ["—", "—", "—", "—", "●", "●", "●", "●", "●", "—"]),
    ("file, comment", ["✓", "✓", "✓", "✓", "●", "●", "●", "—", "—", "alarms only"]),
    ("work verbs", ["accept, reject, reopen", "same", "review verbs", "same", "●", "●", "●", "—", "—", "—"]),
    ("people of their account", ["—", "✓", "—", "✓", "—", "CAC's", "—", "●", "see", "—"]),
    (
        "calendars, rules, queues, staffing",
        ["—", "—", "—", "—", "see", "own CAC; rules all leads", "see", "●", "see", "—"],
    ),
    (
        "maintenance windows, remote-access grants",
        ["✓", "✓", "window only", "window only", "ask, ● windows", "●", "●", "—", "see", "—"],
    ),
    (
        "accounts, contracts, relations, devices, tokens, store",
        ["—", "see own contract", "see own relation", "same", "see", "see", "see", "●", "see", "—"],
    ),
    ("audit", ["—", "own people", "—", "own people", "—", "—", "—", "see", "see", "—"]),
];

/// Who may use each verb at all; everybody else and every other verb: nobody.
pub const VERBS: [(&str, &[&str]); 24] = [
    ("file", &["customer", "partner", "staff"]),
    ("edit", &["customer", "partner", "staff"]),
    ("acknowledge", &["staff"]),
    ("assign", &["staff"]),
    ("comment", &["customer", "partner", "staff"]),
    ("answer", &["customer", "partner"]),
    ("note", &["staff"]),
    ("ask_customer", &["staff", "partner"]),
    ("hold", &["staff"]),
    ("resume", &["staff"]),
    ("change_severity", &["staff"]),
    ("take_review", &["partner"]),
    ("pass_on", &["partner"]),
    ("dismiss", &["partner"]),
    ("hand_over", &["staff"]),
    ("accept_handover", &["staff"]),
    ("restore", &["staff"]),
    ("resolve", &["staff", "partner"]),
    ("reject_solution", &["customer", "partner"]),
    ("accept", &["customer", "partner"]),
    ("close", &["staff"]),
    ("reopen", &["customer", "partner", "staff"]),
    ("playbook_step", &["staff", "partner"]),
    ("remote_access", &["customer", "staff"]),
];
/// Staff, and whoever filed it while it is new.
pub const CANCEL: [&str; 3] = ["customer", "partner", "staff"];
