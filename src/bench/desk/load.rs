//! The jobs, and how fast they are done.

use std::{
    net::SocketAddr,
    sync::atomic::{AtomicUsize, Ordering},
    time::{Duration, Instant},
};

use futures_util::future::join_all;
use uuid::Uuid;

use super::{
    super::stopwatch::{milliseconds, per_second},
    Desk,
    wire::Session,
};
use crate::error::Result;

/// What somebody does again and again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Job {
    Create,
    Queue,
    Call,
    System,
    /// The whole history of a site.
    Site,
    Search,
}

impl Job {
    pub const ALL: [Self; 6] = [Self::Queue, Self::Call, Self::System, Self::Site, Self::Search, Self::Create];

    pub fn name(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Queue => "queue",
            Self::Call => "call",
            Self::System => "system",
            Self::Site => "site",
            Self::Search => "search",
        }
    }

    /// So many a second, with 8 clients at 100,000 calls on two cores.
    fn goal(self) -> Option<f64> {
        match self {
            Self::Create => Some(1_300.0),
            Self::Queue => Some(2_000.0),
            Self::Call => Some(3_300.0),
            Self::Search => Some(1_250.0),
            Self::System | Self::Site => None,
        }
    }
}

/// Who asks for what.
#[derive(Debug, Clone)]
pub struct Plan {
    pub clients: usize,
    pub time: Duration,
    /// Before that, not timed.
    pub warm_up: Duration,
    /// The cookie of somebody of the desks.
    pub staff: String,
    pub queue: String,
    pub calls: Vec<String>,
    pub systems: Vec<String>,
    pub sites: Vec<String>,
    pub words: Vec<String>,
}

/// One job, by all clients at once; `used` tells the seconds of processors that were used so far.
pub async fn desk(server: SocketAddr, plan: &Plan, job: Job, used: impl Fn() -> (f64, f64)) -> Result<Desk> {
    let turns = AtomicUsize::new(0);
    run(server, plan, job, &turns, plan.warm_up).await?;
    let (before, start) = (used(), Instant::now());
    let (mut times, errors) = run(server, plan, job, &turns, plan.time).await?;
    let (after, seconds) = (used(), start.elapsed());
    times.sort_unstable();
    let share = |before: f64, after: f64| ((after - before) / seconds.as_secs_f64() * 100.0).round() / 100.0;
    Ok(Desk {
        job: job.name(),
        per_s: per_second(times.len(), seconds),
        p50_ms: milliseconds(&times, 50),
        p99_ms: milliseconds(&times, 99),
        max_ms: milliseconds(&times, 100),
        errors,
        server_mb: 0,
        server_cpu: share(before.0, after.0),
        postgres_cpu: share(before.1, after.1),
        clients: plan.clients,
        calls: 0,
        goal_per_s: job.goal(),
    })
}

async fn run(
    server: SocketAddr,
    plan: &Plan,
    job: Job,
    turns: &AtomicUsize,
    time: Duration,
) -> Result<(Vec<Duration>, usize)> {
    let end = Instant::now() + time;
    let clients = join_all((0..plan.clients).map(|_| client(server, plan, job, turns, end))).await;
    let (mut times, mut errors) = (Vec::new(), 0);
    for done in clients {
        let (some, wrong) = done?;
        times.extend(some);
        errors += wrong;
    }
    Ok((times, errors))
}

async fn client(
    server: SocketAddr,
    plan: &Plan,
    job: Job,
    turns: &AtomicUsize,
    end: Instant,
) -> Result<(Vec<Duration>, usize)> {
    let mut session = Session::with(server, &plan.staff).await?;
    let (mut times, mut errors) = (Vec::new(), 0);
    while Instant::now() < end {
        let turn = turns.fetch_add(1, Ordering::Relaxed);
        let start = Instant::now();
        let status = ask(&mut session, plan, job, turn).await?;
        times.push(start.elapsed());
        // A search that names one thing exactly leads there.
        let fine = status == 200 || (status == 303 && matches!(job, Job::Create | Job::Search));
        errors += usize::from(!fine);
    }
    Ok((times, errors))
}

async fn ask(session: &mut Session, plan: &Plan, job: Job, turn: usize) -> Result<u16> {
    // Neighbours in the list are far apart in the store.
    let pick = |names: &[String]| names.get(turn % names.len().max(1)).cloned().unwrap_or_default();
    match job {
        Job::Queue => session.get(&format!("/queues/{}", plan.queue)).await,
        Job::Call => session.get(&format!("/calls/{}", pick(&plan.calls))).await,
        Job::System => session.get(&format!("/systems/{}", pick(&plan.systems))).await,
        Job::Site => session.get(&format!("/sites/{}/history", pick(&plan.sites))).await,
        Job::Search => session.get(&format!("/search?q={}", pick(&plan.words))).await,
        Job::Create => {
            let (system, severity, key) = (pick(&plan.systems), turn % 3 + 2, Uuid::now_v7());
            let form = format!(
                "system={system}&severity={severity}&title=Fan+{turn}+rattles&body=It+began+at+noon.&contact=Desk&key={key}"
            );
            session.post("/calls", &form).await
        }
    }
}
