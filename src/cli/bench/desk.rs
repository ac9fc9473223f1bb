//! `bench seed` and `bench run`: a store with many calls, and what people do in it.

use std::{path::PathBuf, time::Duration};

use clap::Args;
use indicatif::ProgressBar;
use sqlx::{Connection, PgConnection};

use super::{
    super::{
        StoreArgs,
        opening::{self, migrate_as},
    },
    missed,
    server::Server,
    tell,
};
use crate::{
    bench::{self, Desk, DeskPlan, Job, Seeded},
    clock::Clock,
    demo::Printed,
    domain::{access::Role, number::CallNumber},
    embedded::Reached,
    error::{Error, Result},
    store::{
        Store,
        copies::{self, Asked},
        pool_size,
    },
};

#[derive(Debug, Args)]
pub struct SeedArgs {
    #[arg(long, default_value_t = 100_000)]
    calls: u64,
    /// The folder of the store, which must be empty.
    #[arg(long)]
    data: PathBuf,
    #[arg(long, env = "MERIDIAN_PG_BIN")]
    pg_bin: Option<PathBuf>,
    /// For programs.
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
pub struct RunArgs {
    /// How many calls the store has; one that has not so many is filled first.
    #[arg(long, default_value_t = 100_000)]
    calls: u64,
    #[arg(long, default_value_t = 8)]
    clients: usize,
    #[arg(long, default_value_t = 10)]
    seconds: u64,
    /// Only this job: create, queue, call, system, site or search.
    #[arg(long)]
    job: Vec<String>,
    /// The folder of the store; without it, one that is thrown away.
    #[arg(long)]
    data: Option<PathBuf>,
    #[arg(long, env = "MERIDIAN_PG_BIN")]
    pg_bin: Option<PathBuf>,
    /// For programs.
    #[arg(long)]
    json: bool,
}

pub async fn seed(args: &SeedArgs) -> Result<()> {
    let seeded = seeded(&store_in(args.data.clone(), args.pg_bin.clone()), args.calls).await?;
    match seeded {
        Some(seeded) => tell(&seeded, &seeded_in_words(&seeded), args.json),
        None => Err(Error::command("This store holds that many calls already.")),
    }
}

fn store_in(data: PathBuf, pg_bin: Option<PathBuf>) -> StoreArgs {
    StoreArgs { database_url: None, owner_url: None, data: Some(data), pg_bin }
}

/// Fills the store if it is empty; nothing if it holds as many already.
async fn seeded(args: &StoreArgs, calls: u64) -> Result<Option<Seeded>> {
    let private = Reached::open(&opening::settings(args)).await?;
    migrate_as(private.owner()).await?;
    let store = Store::connect(private.app(), pool_size()).await?;
    let done = if bench::holds(&store, calls).await? {
        Ok(None)
    } else {
        let mut owner = PgConnection::connect_with(&private.owner()).await?;
        let bar = ProgressBar::new(calls);
        let told = |what: &str, done: u64, all: u64| {
            bar.set_message(what.to_owned());
            bar.set_length(all);
            bar.set_position(done);
        };
        let seeded = bench::seed(&store, &mut owner, (&bench::MODEL, calls), told).await;
        bar.finish_and_clear();
        owner.close().await?;
        seeded.map(Some)
    };
    store.close().await;
    private.close().await?;
    done
}

pub async fn run(args: &RunArgs) -> Result<()> {
    let jobs = jobs(&args.job)?;
    let passing = std::env::temp_dir().join(format!("meridian-bench-{}", std::process::id()));
    let folder = args.data.clone().unwrap_or_else(|| passing.clone());
    let done = on_store(args, &store_in(folder, args.pg_bin.clone()), &jobs).await;
    if args.data.is_none() {
        let _ = std::fs::remove_dir_all(&passing);
    }
    done
}

fn jobs(named: &[String]) -> Result<Vec<Job>> {
    if named.is_empty() {
        return Ok(Job::ALL.to_vec());
    }
    let known = |name: &String| Job::ALL.into_iter().find(|job| job.name() == name);
    let unknown = named.iter().find(|name| known(name).is_none());
    match unknown {
        Some(name) => Err(Error::command(format!("There is no job {name}."))),
        None => Ok(named.iter().filter_map(known).collect()),
    }
}

async fn on_store(args: &RunArgs, store: &StoreArgs, jobs: &[Job]) -> Result<()> {
    if let Some(seeded) = seeded(store, args.calls).await? {
        tell(&seeded, &seeded_in_words(&seeded), args.json)?;
    }
    let mut server = Server::start(store, &["--mfa", "none"]).await?;
    let plan = plan(args, store, &server).await?;
    for job in jobs {
        let measured = bench::desk(server.address, &plan, *job, || server.processor_seconds()).await?;
        let measured = Desk { server_mb: server.most_memory(), calls: args.calls, ..measured };
        tell(&measured, &words(&measured), args.json)?;
    }
    server.stop().await
}

/// What there is to ask for, and somebody who asks.
async fn plan(args: &RunArgs, store: &StoreArgs, server: &Server) -> Result<DeskPlan> {
    let private = Reached::open(&opening::settings(store)).await?;
    let mut owner = PgConnection::connect_with(&private.owner()).await?;
    let numbers = copies::names(&mut owner, Asked::Calls, 5_000).await?;
    let number = |serial: &String| Some(CallNumber::from_serial(serial.parse().ok()?).to_string());
    let queue = copies::names(&mut owner, Asked::Queues, 1).await?;
    let calls: Vec<String> = numbers.iter().filter_map(number).collect();
    let systems = copies::names(&mut owner, Asked::Systems, 5_000).await?;
    let sites = copies::names(&mut owner, Asked::Sites, 1_000).await?;
    owner.close().await?;
    let app = Store::connect(private.app(), 2).await?;
    let printed = crate::demo::open(&app, Clock::system().now(), 0, |_, _, _| {}).await?;
    app.close().await;
    private.close().await?;
    let (email, password) = engineer(&printed)?;
    let words = bench::words_to_ask(&calls, &systems);
    Ok(DeskPlan {
        clients: args.clients.max(1),
        time: Duration::from_secs(args.seconds.max(1)),
        warm_up: Duration::from_secs(args.seconds.clamp(1, 3)),
        staff: bench::sign_in(server.address, &email, &password).await?,
        queue: queue.first().cloned().unwrap_or_default(),
        calls,
        systems,
        sites,
        words,
    })
}

fn engineer(printed: &Printed) -> Result<(String, String)> {
    let login = printed.logins.iter().find(|(role, ..)| *role == Role::Engineer);
    let (_, email, password) = login.ok_or_else(|| Error::Internal("nobody works in this store".to_owned()))?;
    Ok((email.clone(), password.clone()))
}

fn seeded_in_words(seeded: &Seeded) -> String {
    let Seeded { calls, history, seconds, per_s, indexes_s, words_s, bytes_per_call, .. } = seeded;
    format!(
        "seed: {calls} calls with {history} lines of history in {seconds} s, {per_s} calls a second (indexes \
         {indexes_s} s, words {words_s} s); {bytes_per_call} bytes a call on the disk"
    )
}

fn words(measured: &Desk) -> String {
    let Desk { job, per_s, p50_ms, p99_ms, max_ms, errors, server_mb, server_cpu, postgres_cpu, .. } = measured;
    let Desk { clients, calls, goal_per_s, .. } = measured;
    let goal = goal_per_s.map(|goal| format!(" (goal {goal})")).unwrap_or_default();
    let missed = missed(goal_per_s.is_none_or(|goal| *per_s >= goal));
    format!(
        "{job}: {per_s} a second{goal} with {clients} clients at {calls} calls; p50 {p50_ms} ms, p99 {p99_ms} ms, \
         max {max_ms} ms, {errors} errors; server {server_mb} MB and {server_cpu} cores, Postgres {postgres_cpu} \
         cores{missed}"
    )
}
