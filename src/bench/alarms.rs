//! Alarms over real HTTP into a whole server, as fast as it takes them or at a pace, and whether each was kept once.
//!
//! What is measured is what a sender sees: from the moment at which it wanted to send to the acknowledgement, which
//! comes when the alarm is durable. Before that, a store that nobody has used is warmed up by the same load: Postgres
//! knows nothing of tables that were empty a moment ago, and plans accordingly until it has looked at them.
mod check;
mod load;
mod wire;
mod words;
mod world;

use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};

use serde::Serialize;

use super::stopwatch::{milliseconds, per_second};
use crate::{error::Result, store::Store};

pub use check::Checked;
pub use wire::Wire;

/// What to send, and how.
#[derive(Debug, Clone, Copy)]
pub struct Plan {
    pub systems: usize,
    pub clients: usize,
    /// Stop after so many; without it, when the time is over.
    pub alarms: Option<usize>,
    pub time: Duration,
    /// What is sent so long before is kept and looked for like the rest, but not timed.
    pub warm_up: Duration,
    /// So many a second, whether or not the answers come; without it, each client waits for its answer.
    pub rate: Option<u32>,
    /// Events of one message.
    pub batch: usize,
}

/// One line of the table.
#[derive(Debug, Clone, Serialize)]
pub struct Alarms {
    pub job: &'static str,
    pub per_s: f64,
    pub ack_p50_ms: f64,
    pub ack_p99_ms: f64,
    pub ack_max_ms: f64,
    pub errors: usize,
    /// Acknowledged, and not in the store.
    pub lost: usize,
    /// In the store more often than once.
    pub doubled: usize,
    pub server_mb: u64,
    pub acknowledged: usize,
    pub seconds: f64,
    pub warm_up_seconds: u64,
    pub systems: usize,
    pub clients: usize,
    pub batch: usize,
    pub rate: Option<u32>,
    /// What the store says of itself: an alarm is durable when its commit has reached the disk.
    pub fsync: String,
}

/// Sets up systems of their own, sends, and compares what was acknowledged with what the store has.
pub async fn alarms(store: &Store, server: SocketAddr, plan: &Plan, told: impl Fn(usize) + Sync) -> Result<Alarms> {
    let world = world::build(store, plan.systems).await?;
    let before = Plan { time: plan.warm_up, alarms: None, ..*plan };
    let warm = load::send(server, &world, before, load::Part { first: 0, told: &|_| {} }).await?;
    let start = Instant::now();
    let sent = load::send(server, &world, *plan, load::Part { first: warm.turns, told: &told }).await?;
    let seconds = start.elapsed();
    let acknowledged: Vec<&String> = warm.acknowledged.iter().chain(&sent.acknowledged).collect();
    let Checked { lost, doubled } = check::compare(store, &world.run, &acknowledged).await?;
    let fsync = check::durability(store).await?;
    let times = sent.sorted();
    Ok(Alarms {
        job: "alarms",
        per_s: per_second(sent.acknowledged.len(), seconds),
        ack_p50_ms: milliseconds(&times, 50),
        ack_p99_ms: milliseconds(&times, 99),
        ack_max_ms: milliseconds(&times, 100),
        errors: warm.errors + sent.errors,
        lost,
        doubled,
        server_mb: 0,
        acknowledged: sent.acknowledged.len(),
        seconds: (seconds.as_secs_f64() * 1e3).round() / 1e3,
        warm_up_seconds: plan.warm_up.as_secs(),
        systems: plan.systems,
        clients: plan.clients,
        batch: plan.batch,
        rate: plan.rate,
        fsync,
    })
}
