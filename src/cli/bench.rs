//! `bench`: one line a job.
mod alarms;
mod desk;
mod server;

use clap::{Args, Subcommand};
use indicatif::ProgressBar;
use serde::Serialize;

use crate::{
    bench::{self, Measured, Simulated},
    clock::Clock,
    error::{Error, Result},
};

#[derive(Debug, Subcommand)]
pub enum BenchCommand {
    /// One clock of one call: when its promise falls due, and how it stands.
    Clock(CountArgs),
    /// One routing decision with its reasons.
    Route(CountArgs),
    /// A made-up year of calls under two sets of rules.
    Simulate {
        #[arg(long, default_value_t = 1_000_000)]
        calls: u64,
        /// For programs.
        #[arg(long)]
        json: bool,
    },
    /// A whole server over HTTP: how many alarms a second become durable, and how soon each is acknowledged.
    Alarms(alarms::AlarmsArgs),
    /// Fills an empty store with calls in the shape of the load profile.
    Seed(desk::SeedArgs),
    /// A whole server over HTTP: queues, calls, systems, histories, searches and new calls, each by itself.
    Run(desk::RunArgs),
}

#[derive(Debug, Args)]
pub struct CountArgs {
    /// How often.
    #[arg(long, default_value_t = 200_000)]
    count: u32,
    /// For programs.
    #[arg(long)]
    json: bool,
}

pub async fn bench(command: &BenchCommand) -> Result<()> {
    let from = Clock::system().now();
    match command {
        BenchCommand::Alarms(args) => alarms::alarms(args).await,
        BenchCommand::Seed(args) => desk::seed(args).await,
        BenchCommand::Run(args) => desk::run(args).await,
        BenchCommand::Clock(args) => {
            let count = usize::try_from(args.count).unwrap_or(usize::MAX);
            let measured = bench::clock(from, count).map_err(|e| Error::Internal(e.to_string()))?;
            tell(&measured, &words(&measured), args.json)
        }
        BenchCommand::Route(args) => {
            let measured = bench::route(from, args.count.into())?;
            tell(&measured, &words(&measured), args.json)
        }
        BenchCommand::Simulate { calls, json } => {
            let bar = ProgressBar::new(*calls);
            let simulated = bench::simulate(from, *calls, |_| bar.inc(1))?;
            bar.finish_and_clear();
            tell(&simulated, &year_in_words(&simulated), *json)
        }
    }
}

fn tell(figures: &impl Serialize, words: &str, json: bool) -> Result<()> {
    if json {
        println!("{}", serde_json::to_string(figures).map_err(|e| Error::Internal(e.to_string()))?);
    } else {
        println!("{words}");
    }
    Ok(())
}

fn words(measured: &Measured) -> String {
    let Measured { job, count, per_s, p50_us, p99_us, max_us, goal_us, ok } = measured;
    let missed = missed(*ok);
    format!(
        "{job}: {per_s} a second; p50 {p50_us} µs, p99 {p99_us} µs (goal {goal_us} µs), max {max_us} µs; {count} times{missed}"
    )
}

fn year_in_words(year: &Simulated) -> String {
    let Simulated { job, calls, seconds, per_s, differences, goal_s, ok } = year;
    let missed = missed(*ok);
    format!(
        "{job}: {calls} calls in {seconds} s (goal {goal_s} s), {per_s} a second, {differences} differences{missed}"
    )
}

fn missed(ok: bool) -> &'static str {
    if ok { "" } else { ": the goal is missed" }
}
