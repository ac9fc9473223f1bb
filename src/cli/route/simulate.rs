//! `route simulate`: the same calls under the rules of today and under others.
use std::path::PathBuf;

use clap::Args;
use indicatif::{ProgressBar, ProgressIterator};
use jiff::Timestamp;

use super::{
    made_ready, print_json,
    rules::{RulesArgs, from_file},
};
use crate::{
    clock::Clock,
    demo,
    error::Result,
    router::{self, Profile, Report, synthetic_year},
};

#[derive(Debug, Args)]
pub struct SimulateArgs {
    /// The other rules are those of --config; without it, nothing changes.
    #[command(flatten)]
    after: RulesArgs,
    /// The rules of today, if they are not those of the store or of a new house.
    #[arg(long, value_name = "FILE")]
    before: Option<PathBuf>,
    /// How many calls the year has.
    #[arg(long, default_value_t = 100_000)]
    calls: u64,
    /// Where the year begins, such as 2027-01-01T00:00:00Z; without it, now.
    #[arg(long)]
    from: Option<Timestamp>,
    /// Another number makes another year.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// For programs.
    #[arg(long)]
    json: bool,
}

pub async fn simulate(args: &SimulateArgs) -> Result<()> {
    let before = match &args.before {
        Some(file) => from_file(file)?,
        None => args.after.standing().await?,
    };
    let after = if args.after.config.is_some() { args.after.read().await? } else { before.clone() };
    let profile = Profile::like(&before, demo::Profile::read()?.hours());
    let from = args.from.unwrap_or_else(|| Clock::system().now());
    let calls = synthetic_year(from, args.calls, args.seed, &profile);
    let (before, after) = (made_ready(before)?, made_ready(after)?);
    let report = router::simulate(&before, &after, calls.progress_with(ProgressBar::new(args.calls)));
    if args.json {
        return print_json(&report);
    }
    print(&report);
    Ok(())
}

fn print(report: &Report) {
    let Report { calls, moved_count, waits_changed, duty_pages, promises, .. } = report;
    println!("{calls} calls: {moved_count} would have another queue, {waits_changed} would wait for another opening.");
    println!("The duty manager is paged {} times, and {} times then.", duty_pages.before, duty_pages.after);
    let (gained, lost) = (promises.gained, promises.lost);
    println!("Of {} first answers, {gained} could be in time that can't now; {lost} could no more.", promises.asked);
    println!("{:<24} {:>9} {:>9}", "queue", "now", "then");
    for (queue, load) in &report.queues {
        println!("{queue:<24} {:>9} {:>9}", load.calls.before, load.calls.after);
    }
    for moved in report.moved.iter().take(10) {
        println!("{}: {} → {} ({})", moved.name, moved.from_queue, moved.to_queue, moved.why_after);
    }
}
