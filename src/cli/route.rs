//! `route`: asks the router, tries other rules on it, and looks for what they leave open.
mod check;
mod replay;
mod rules;
mod simulate;

use clap::{Args, Subcommand};

use super::lines;
use crate::{
    error::{Error, Result},
    router::{Facts, Router},
};

use rules::RulesArgs;

#[derive(Debug, Subcommand)]
pub enum RouteCommand {
    /// Answer questions, one JSON object a line: which queue has such a call, and why.
    Explain(AskArgs),
    /// Tell what other rules would do to a made-up year of calls.
    Simulate(simulate::SimulateArgs),
    /// Look for faults of the rules, and for times in which only the duty manager has a call.
    Check(check::CheckArgs),
    /// Print the rules as a file that --config reads.
    Export(AskArgs),
    /// Route the calls of another desk's log, and compare whose working hours they meet.
    Replay(replay::ReplayArgs),
}

#[derive(Debug, Args)]
pub struct AskArgs {
    #[command(flatten)]
    rules: RulesArgs,
    /// For programs.
    #[arg(long)]
    json: bool,
}

pub async fn route(command: RouteCommand) -> Result<()> {
    match command {
        RouteCommand::Explain(args) => explain(&args).await,
        RouteCommand::Simulate(args) => simulate::simulate(&args).await,
        RouteCommand::Check(args) => check::check(&args).await,
        RouteCommand::Export(args) => export(&args).await,
        RouteCommand::Replay(args) => replay::replay(&args).await,
    }
}

async fn explain(args: &AskArgs) -> Result<()> {
    let router = args.rules.router().await?;
    lines::answer_each(|facts: &Facts| Ok(router.route(facts)))
}

async fn export(args: &AskArgs) -> Result<()> {
    let rules = args.rules.read().await?;
    if args.json {
        print_json(&rules)
    } else {
        print!("{}", rules.to_toml());
        Ok(())
    }
}

fn print_json(value: &impl serde::Serialize) -> Result<()> {
    println!("{}", serde_json::to_string(value).map_err(|e| Error::Internal(e.to_string()))?);
    Ok(())
}

fn made_ready(rules: crate::router::Rules) -> Result<Router> {
    Router::new(rules).map_err(|e| Error::command(e.to_string()))
}
