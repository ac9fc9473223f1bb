//! Systems, sites, queues and people as programs read them.

use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{CallSummary, Instant, RoleWord};
use crate::{
    domain::{
        access::{Role, Viewer},
        number::CallNumber,
    },
    store::{alarms::AlarmRow, desk::QueueRow, paths::PathRow, places::SiteRow, systems::SystemRow},
    web::fleet,
};

/// A system, how it is, and what covers it.
#[derive(Debug, Serialize, ToSchema)]
pub struct System {
    serial: String,
    nickname: String,
    model: String,
    os: String,
    redundancy: String,
    redundancy_since: Instant,
    /// Since when it runs without redundancy, be it simplex or down.
    exposed_since: Option<Instant>,
    last_heard_at: Option<Instant>,
    /// How often it should call home; null where nobody expects it to.
    expected_every_minutes: Option<i32>,
    /// `awaited`, `heard`, `late` or `silent`; null where nobody expects it to call home.
    call_home: Option<&'static str>,
    /// What is known of its way home, where one system is asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    path: Option<Path>,
    installed_at: Instant,
    customer: String,
    site: String,
    time_zone: String,
    contract: Option<String>,
    contract_ends_at: Option<Instant>,
    open_calls: i64,
}

impl System {
    pub fn of(row: SystemRow, now: Timestamp) -> Self {
        Self {
            call_home: fleet::watched(&row).map(|watched| watched.state(now).name()),
            expected_every_minutes: row.heartbeat_minutes,
            exposed_since: row.exposed_since.map(Into::into),
            path: None,
            serial: row.serial,
            nickname: row.nickname,
            model: row.model,
            os: row.os,
            redundancy: row.redundancy,
            redundancy_since: row.redundancy_since.into(),
            last_heard_at: row.last_heard_at.map(Into::into),
            installed_at: row.installed_at.into(),
            customer: row.customer_name,
            site: row.site_code,
            time_zone: row.time_zone,
            contract: row.contract,
            contract_ends_at: row.contract_ends_at.map(Into::into),
            open_calls: row.open_calls,
        }
    }
}

impl System {
    pub fn with(self, paths: &[PathRow]) -> Self {
        let own = paths.iter().find(|path| path.system_id.is_some());
        let agent = paths.iter().filter(|path| path.reported_at.is_some());
        let path = Path {
            last_test_at: own.and_then(|path| path.tested_at).map(Into::into),
            agents: agent.map(Agent::of).collect(),
        };
        Self { path: Some(path), ..self }
    }
}

/// The way home of a system.
#[derive(Debug, Serialize, ToSchema)]
pub struct Path {
    last_test_at: Option<Instant>,
    agents: Vec<Agent>,
}

/// What an agent on the way last said of itself.
#[derive(Debug, Serialize, ToSchema)]
pub struct Agent {
    /// `system` or `site`: for whom it speaks.
    speaks_for: &'static str,
    last_heard_at: Instant,
    reported_at: Option<Instant>,
    /// Messages that wait to be sent, and for how long the oldest has.
    spool_depth: Option<i64>,
    oldest_seconds: Option<i64>,
    /// Messages that never will be sent.
    dropped: Option<i64>,
    /// How far our clock is ahead of its own.
    clock_offset_seconds: Option<i64>,
    version: Option<String>,
}

impl Agent {
    fn of(path: &PathRow) -> Self {
        Self {
            speaks_for: if path.system_id.is_some() { "system" } else { "site" },
            last_heard_at: path.heard_at.into(),
            reported_at: path.reported_at.map(Into::into),
            spool_depth: path.spool_depth,
            oldest_seconds: path.oldest_s,
            dropped: path.dropped,
            clock_offset_seconds: path.clock_offset_s,
            version: path.version.clone(),
        }
    }
}

#[derive(Debug, Serialize, ToSchema)]
pub struct Site {
    #[serde(rename = "site_code")]
    code: String,
    name: String,
    customer: String,
    country: String,
    region: String,
    time_zone: String,
    systems: i64,
    open_calls: i64,
}

impl From<SiteRow> for Site {
    fn from(row: SiteRow) -> Self {
        Self {
            code: row.site_code,
            name: row.name,
            customer: row.customer_name,
            country: row.country,
            region: row.region,
            time_zone: row.time_zone,
            systems: row.systems,
            open_calls: row.open_calls,
        }
    }
}

/// A message of a system, and what became of it.
#[derive(Debug, Serialize, ToSchema)]
pub struct Alarm {
    id: Uuid,
    kind: String,
    format: String,
    code: String,
    severity: String,
    component: String,
    summary: String,
    occurred_at: Instant,
    received_at: Instant,
    disposition: String,
    flag: Option<String>,
    #[schema(value_type = Option<String>)]
    call: Option<CallNumber>,
}

impl From<AlarmRow> for Alarm {
    fn from(row: AlarmRow) -> Self {
        Self {
            call: row.call_number(),
            id: row.id,
            kind: row.kind,
            format: row.format,
            code: row.code,
            severity: row.severity,
            component: row.component,
            summary: row.summary,
            occurred_at: row.occurred_at.into(),
            received_at: row.received_at.into(),
            disposition: row.disposition,
            flag: row.flag,
        }
    }
}

/// A queue and how full it is; for staff.
#[derive(Debug, Serialize, ToSchema)]
pub struct Queue {
    slug: String,
    name: String,
    kind: String,
    cac: Option<String>,
    open: i64,
    unassigned: i64,
    late: i64,
    next_due_at: Option<Instant>,
}

impl From<QueueRow> for Queue {
    fn from(row: QueueRow) -> Self {
        Self {
            slug: row.slug,
            name: row.name,
            kind: row.kind,
            cac: row.cac_code,
            open: row.open,
            unassigned: row.unassigned,
            late: row.late,
            next_due_at: row.next_due_at.map(Into::into),
        }
    }
}

/// Something that was looked for.
#[derive(Debug, Serialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Found {
    Call(CallSummary),
    System(System),
    Site(Site),
}

/// Who is asking.
#[derive(Debug, Serialize, ToSchema)]
pub struct Me {
    id: Uuid,
    name: String,
    email: String,
    #[schema(value_type = RoleWord)]
    role: Role,
    account_id: Uuid,
    cac: Option<String>,
}

impl From<Viewer> for Me {
    fn from(viewer: Viewer) -> Self {
        Self {
            id: viewer.person_id,
            name: viewer.name,
            email: viewer.email,
            role: viewer.role,
            account_id: viewer.account_id,
            cac: viewer.cac,
        }
    }
}
