//! `bench alarms`: a server of its own on a store of its own, and clients that phone home.

use std::{path::PathBuf, time::Duration};

use clap::Args;
use indicatif::ProgressBar;

use super::{
    super::{StoreArgs, opening::Opened},
    missed,
    server::Server,
    tell,
};
use crate::{
    bench::{self, Alarms, Plan},
    error::{Error, Result},
};

#[derive(Debug, Args)]
pub struct AlarmsArgs {
    /// Systems that send, four to a site.
    #[arg(long, default_value_t = 500)]
    systems: usize,
    /// Stop after so many alarms instead of after a time.
    #[arg(long)]
    alarms: Option<usize>,
    /// Connections that each send the next message when the one before is acknowledged.
    #[arg(long, default_value_t = 8)]
    clients: usize,
    #[arg(long, default_value_t = 10)]
    seconds: u64,
    /// Before that, send for so long without timing it: Postgres has no plans yet for a store that was empty. 25 for a
    /// store that is thrown away, else none.
    #[arg(long, value_name = "SECONDS")]
    warm_up: Option<u64>,
    /// So many alarms a second, whether or not the answers come; their time counts from when each was due.
    #[arg(long)]
    rate: Option<u32>,
    /// Alarms of one message; one is a system's own, many are those of a site's gateway.
    #[arg(long, default_value_t = 1)]
    batch: usize,
    /// The folder of the store; without it, one that is thrown away.
    #[arg(long)]
    data: Option<PathBuf>,
    #[arg(long, env = "MERIDIAN_PG_BIN")]
    pg_bin: Option<PathBuf>,
    /// For programs.
    #[arg(long)]
    json: bool,
}

/// Until Postgres has looked at the tables of a store that was empty.
const WARM_UP: u64 = 25;
/// Durable alarms a second, one by one or in batches.
const GOAL_PER_S: f64 = 3_000.0;
/// The slowest but one of a hundred acknowledgements at 1,000 alarms a second.
const GOAL_ACK_MS: f64 = 50.0;

pub async fn alarms(args: &AlarmsArgs) -> Result<()> {
    let folder = args.data.clone().unwrap_or_else(passing);
    let measured = on_store(args, folder.clone()).await;
    if args.data.is_none() {
        let _ = std::fs::remove_dir_all(&folder);
    }
    let measured = measured?;
    tell(&measured, &words(&measured), args.json)?;
    match measured.lost + measured.doubled {
        0 => Ok(()),
        wrong => Err(Error::command(format!("{wrong} alarms were lost or doubled."))),
    }
}

fn passing() -> PathBuf {
    std::env::temp_dir().join(format!("meridian-bench-{}", std::process::id()))
}

async fn on_store(args: &AlarmsArgs, data: PathBuf) -> Result<Alarms> {
    let store = StoreArgs { database_url: None, owner_url: None, data: Some(data), pg_bin: args.pg_bin.clone() };
    let mut server = Server::start(&store, &[]).await?;
    // The store of the server that runs there: only its owner is another process.
    let opened = Opened::open(&store).await?;
    let plan = Plan {
        systems: args.systems.max(1),
        clients: args.clients.max(1),
        alarms: args.alarms,
        time: Duration::from_secs(args.seconds),
        warm_up: Duration::from_secs(args.warm_up.unwrap_or(if args.data.is_none() { WARM_UP } else { 0 })),
        rate: args.rate.filter(|rate| *rate > 0),
        batch: args.batch.max(1),
    };
    let bar = ProgressBar::new(u64::try_from(args.alarms.unwrap_or(0)).unwrap_or(0));
    let told = |count: usize| bar.inc(u64::try_from(count).unwrap_or(0));
    let measured = bench::alarms(&opened.store, server.address, &plan, told).await;
    bar.finish_and_clear();
    let server_mb = server.most_memory();
    opened.close().await?;
    server.stop().await?;
    Ok(Alarms { server_mb, ..measured? })
}

fn words(measured: &Alarms) -> String {
    let Alarms { job, per_s, ack_p50_ms, ack_p99_ms, ack_max_ms, errors, lost, doubled, server_mb, .. } = measured;
    let Alarms { acknowledged, seconds, warm_up_seconds, systems, clients, batch, fsync, .. } = measured;
    let (pace, ok) = match measured.rate {
        Some(rate) => (format!("at {rate} a second"), *ack_p99_ms <= GOAL_ACK_MS),
        None => (format!("{clients} clients"), *per_s >= GOAL_PER_S),
    };
    format!(
        "{job}: {per_s} durable alarms a second, {pace}, {batch} a message; acknowledged after p50 {ack_p50_ms} ms, \
         p99 {ack_p99_ms} ms, max {ack_max_ms} ms; {acknowledged} of {systems} systems in {seconds} s \
         after {warm_up_seconds} s that are not timed, {errors} errors, \
         {lost} lost, {doubled} doubled; server {server_mb} MB, fsync {fsync}{}",
        missed(ok)
    )
}
