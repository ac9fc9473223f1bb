//! How a system, or the agent of a site, is heard.

use jiff::{SignedDuration, Timestamp};

use super::super::{
    fleet,
    view::{self, When},
};
use crate::{
    domain::silence::State,
    store::{paths::PathRow, systems::SystemRow},
};

pub struct PathView {
    /// How it is heard; nothing of whoever is not expected to call home.
    pub state: Option<&'static str>,
    pub class: &'static str,
    pub expected: Option<String>,
    pub tested: Option<When>,
    /// What the agent says that sends for the system alone, then the one of the site.
    pub agents: Vec<AgentView>,
}

pub struct AgentView {
    pub of_site: bool,
    pub heard: When,
    pub report: Option<ReportView>,
}

pub struct ReportView {
    pub at: When,
    pub waiting: String,
    pub dropped: Option<String>,
    pub clock: Option<String>,
    pub version: Option<String>,
}

impl PathView {
    pub fn of_system(row: &SystemRow, paths: &[PathRow], now: Timestamp) -> Self {
        let state = fleet::watched(row).map(|watched| watched.state(now));
        let own = paths.iter().find(|path| path.system_id.is_some());
        let agents = paths.iter().filter(|path| path.system_id.is_none() || path.reported_at.is_some());
        Self {
            state: state.map(words),
            class: if matches!(state, Some(State::Late | State::Silent)) { "silent" } else { "ok" },
            expected: row.heartbeat_minutes.map(|minutes| format!("every {}", view::minutes(minutes))),
            tested: own.and_then(|path| path.tested_at).map(|at| view::when(at.to_jiff(), &row.time_zone, now)),
            agents: agents.map(|path| AgentView::of(path, now)).collect(),
        }
    }
}

fn words(state: State) -> &'static str {
    match state {
        State::Awaited => "not heard yet, and it has time left",
        State::Heard => "heard in time",
        State::Late => "late",
        State::Silent => "silent",
    }
}

impl AgentView {
    pub fn of(path: &PathRow, now: Timestamp) -> Self {
        Self {
            of_site: path.system_id.is_none(),
            heard: view::ago(path.heard_at.to_jiff(), now),
            report: path.reported_at.map(|at| ReportView::of(path, at.to_jiff(), now)),
        }
    }
}

impl ReportView {
    fn of(path: &PathRow, at: Timestamp, now: Timestamp) -> Self {
        let oldest = path.oldest_s.filter(|seconds| *seconds > 0).map(SignedDuration::from_secs);
        let depth = path.spool_depth.unwrap_or_default();
        Self {
            at: view::ago(at, now),
            waiting: match (depth, oldest) {
                (0, _) => "nothing waits".to_owned(),
                (n, Some(oldest)) => format!("{} wait, the oldest for {}", view::count(n), view::span(oldest)),
                (n, None) => format!("{} wait", view::count(n)),
            },
            dropped: path.dropped.map(|n| if n == 0 { "none".to_owned() } else { view::count(n) }),
            clock: path.clock_offset_s.map(clock),
            version: path.version.clone(),
        }
    }
}

fn clock(ahead: i64) -> String {
    let by = SignedDuration::from_secs(ahead);
    match ahead {
        -1..=1 => "right".to_owned(),
        2.. => format!("{} slow", seconds(by)),
        _ => format!("{} fast", seconds(by)),
    }
}

fn seconds(by: SignedDuration) -> String {
    if by.abs().as_secs() < 60 { format!("{} s", by.abs().as_secs()) } else { view::span(by) }
}
