//! `route check`: what a draft would leave open.
use clap::Args;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use super::{print_json, rules::RulesArgs};
use crate::{
    clock::Clock,
    error::{Error, Result},
    router::{HolePattern, HoleReport, Router, Rules},
};

#[derive(Debug, Args)]
pub struct CheckArgs {
    #[command(flatten)]
    rules: RulesArgs,
    /// Look from this instant on, such as 2027-01-01T00:00:00Z; without it, from now on.
    #[arg(long)]
    from: Option<Timestamp>,
    /// How far to look.
    #[arg(long, default_value_t = 365, value_parser = clap::value_parser!(u16).range(1..=3650))]
    days: u16,
    /// Fail also where the rules hold and somebody's call would find only the duty manager.
    #[arg(long)]
    strict: bool,
    /// For programs.
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Checked {
    ok: bool,
    /// What can't be followed.
    contradictions: Vec<String>,
    /// What can be followed, and leaves somebody alone.
    gaps: Vec<String>,
    /// None where the rules can't be followed.
    holes: Option<HoleReport>,
}

pub async fn check(args: &CheckArgs) -> Result<()> {
    let rules = args.rules.read().await?;
    let from = args.from.unwrap_or_else(|| Clock::system().now());
    let until = from.checked_add(SignedDuration::from_hours(24 * i64::from(args.days)));
    let checked = Checked::of(rules, from, until.unwrap_or(Timestamp::MAX));
    if args.json {
        print_json(&checked)?;
    } else {
        checked.print();
    }
    checked.verdict(args.strict)
}

impl Checked {
    fn of(rules: Rules, from: Timestamp, until: Timestamp) -> Self {
        let (contradictions, gaps) = (rules.contradictions(), rules.holes());
        let holes = Router::new(rules).ok().map(|router| router.hole_report(from, until));
        Self { ok: contradictions.is_empty(), contradictions, gaps, holes }
    }

    fn has_holes(&self) -> bool {
        !self.gaps.is_empty() || self.holes.as_ref().is_some_and(|holes| !holes.is_empty())
    }

    fn verdict(&self, strict: bool) -> Result<()> {
        if !self.ok {
            return Err(Error::command("The rules can't be followed."));
        }
        if strict && self.has_holes() {
            return Err(Error::command("The rules leave calls to the duty manager."));
        }
        Ok(())
    }

    fn print(&self) {
        for fault in self.contradictions.iter().chain(&self.gaps) {
            println!("{fault}");
        }
        let Some(holes) = self.holes.as_ref().filter(|holes| !holes.is_empty()) else {
            if !self.has_holes() && self.ok {
                println!("The rules hold, and at every hour somebody has every call.");
            }
            return;
        };
        lines("Only the duty manager has a call:", &holes.patterns);
        lines("Besides, because of holidays and of clocks that change:", &holes.exceptions);
        for sum in &holes.regions {
            println!(
                "{:<10} {} minutes a week on average are left to the duty manager",
                sum.region, sum.minutes_a_week
            );
        }
    }
}

fn lines(heading: &str, holes: &[HolePattern]) {
    if !holes.is_empty() {
        println!("{heading}");
    }
    for hole in holes {
        println!("  {hole}");
    }
}
