//! The command line: each arm is one call.
mod agent;
mod audit;
mod bench;
mod clock;
mod device;
mod health;
mod ledger;
mod lines;
mod manual;
mod opening;
mod people;
mod portal;
mod route;

use std::{net::SocketAddr, path::PathBuf};

use clap::{Args, CommandFactory, Parser, Subcommand};

use crate::{
    config,
    domain::proof::Mfa,
    error::{Error, Result},
    logs, migrate_in,
};

/// A service call management portal for fault-tolerant servers.
#[derive(Debug, Parser)]
#[command(name = "meridian", version, max_term_width = 100)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the portal.
    Serve(ServeArgs),
    /// Run a portal full of made-up customers, to try things out.
    Demo(DemoArgs),
    /// Bring the schema of the store up to date.
    Migrate(StoreArgs),
    /// Ask a running portal whether it is well; for service managers and containers.
    Healthcheck {
        #[arg(long, env = "MERIDIAN_LISTEN", default_value = "127.0.0.1:8080")]
        listen: SocketAddr,
    },
    /// Say what this machine has and lacks.
    #[command(args_conflicts_with_subcommands = true)]
    Doctor {
        #[command(subcommand)]
        command: Option<audit::DoctorCommand>,
        #[command(flatten)]
        store: StoreArgs,
        /// For programs.
        #[arg(long)]
        json: bool,
    },
    /// People who sign in.
    User {
        #[command(subcommand)]
        command: people::UserCommand,
    },
    /// Credentials with which systems phone home.
    Device {
        #[command(subcommand)]
        command: device::DeviceCommand,
    },
    /// The site agent: takes alarms beside the systems, keeps them on disk, and carries them to a portal.
    Agent {
        #[command(subcommand)]
        command: agent::AgentCommand,
    },
    /// Tokens with which programs call the API.
    Token {
        #[command(subcommand)]
        command: people::TokenCommand,
    },
    /// Bring in the log of another desk: customers, sites, systems, queues, calls and their whole history.
    Import(ImportArgs),
    /// Ask the router, try other rules on it, and look for what they leave open.
    Route {
        #[command(subcommand)]
        command: route::RouteCommand,
    },
    /// Ask calendars about working time.
    Clock {
        #[command(subcommand)]
        command: clock::ClockCommand,
    },
    /// Measure how fast this machine does the portal's work.
    Bench {
        #[command(subcommand)]
        command: bench::BenchCommand,
    },
    /// Print the description of the API (`OpenAPI` 3.1).
    Openapi,
    /// Print what a shell needs to complete these commands.
    Completions { shell: clap_complete::Shell },
    /// Print the manual page, or write one of each command into a folder.
    Man {
        #[arg(long, value_name = "FOLDER")]
        into: Option<PathBuf>,
    },
}

/// Which store: a database of yours, or a private one in a folder.
#[derive(Debug, Clone, Args)]
pub struct StoreArgs {
    /// The database the portal works in; without it, a private Postgres.
    #[arg(long, env = "MERIDIAN_DATABASE_URL", hide_env_values = true)]
    pub database_url: Option<String>,
    /// The same database as its owner, who may change the schema.
    #[arg(long, env = "MERIDIAN_OWNER_URL", hide_env_values = true)]
    pub owner_url: Option<String>,
    /// The folder of the private Postgres.
    #[arg(long, env = "MERIDIAN_DATA")]
    pub data: Option<PathBuf>,
    /// Where `postgres` and `initdb` are, if not in the usual places.
    #[arg(long, env = "MERIDIAN_PG_BIN")]
    pub pg_bin: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub struct ServeArgs {
    #[arg(long, env = "MERIDIAN_LISTEN", default_value = "127.0.0.1:8080")]
    pub listen: SocketAddr,
    #[command(flatten)]
    pub store: StoreArgs,
    /// Where people reach the portal, such as <https://support.example.com>.
    #[arg(long, env = "MERIDIAN_PUBLIC_URL")]
    pub public_url: Option<String>,
    /// Addresses of the proxies that end TLS before the portal.
    #[arg(long, env = "MERIDIAN_TRUSTED_PROXY", value_delimiter = ',')]
    pub trusted_proxy: Vec<std::net::IpAddr>,
    /// Of whom a second factor is demanded: staff, partner, customer (with commas between them) or none.
    #[arg(long, env = "MERIDIAN_MFA", default_value = "staff,partner")]
    pub mfa: Mfa,
    /// Leave the sweeps (reminders, deadlines) to other nodes.
    #[arg(long)]
    pub no_jobs: bool,
}

#[derive(Debug, Args)]
pub struct DemoArgs {
    /// 0 takes any free port.
    #[arg(long, default_value_t = 8080)]
    pub port: u16,
    /// The folder of the demo's private Postgres.
    #[arg(long, env = "MERIDIAN_DATA")]
    pub data: Option<PathBuf>,
    #[arg(long, env = "MERIDIAN_PG_BIN")]
    pub pg_bin: Option<PathBuf>,
    /// Throw the demo's world away and make a new one.
    #[arg(long)]
    pub reset: bool,
    /// Begin at another instant, such as 2026-03-29T00:30:00Z.
    #[arg(long)]
    pub at: Option<jiff::Timestamp>,
    /// Of whom a second factor is demanded: staff, partner, customer (with commas between them) or none.
    #[arg(long, env = "MERIDIAN_MFA", default_value = "none")]
    pub mfa: Mfa,
    /// No new alarms and calls by themselves.
    #[arg(long)]
    pub quiet_fleet: bool,
}

#[derive(Debug, Args)]
struct ImportArgs {
    /// Whose log it is.
    #[arg(value_enum)]
    kind: migrate_in::Kind,
    /// CSV or XES, plain or compressed with zstd.
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// The time zone of a log that names none, such as Europe/Lisbon.
    #[arg(long)]
    zone: Option<String>,
    #[command(flatten)]
    store: StoreArgs,
}

/// Runs one command to its end.
pub fn run(cli: Cli) -> Result<()> {
    config::refuse_unknown_names()?;
    logs::start();
    let mut threads = match &cli.command {
        // It runs beside what it is there for.
        Command::Agent { .. } => tokio::runtime::Builder::new_current_thread(),
        _ => tokio::runtime::Builder::new_multi_thread(),
    };
    let runtime = threads.enable_all().build()?;
    // On the main thread: the private Postgres ends with the thread that started it.
    runtime.block_on(carry_out(cli.command))
}

async fn carry_out(command: Command) -> Result<()> {
    match command {
        Command::Serve(args) => portal::serve(args).await,
        Command::Demo(args) => portal::demo(args).await,
        Command::Migrate(store) => opening::migrate(&store).await,
        Command::Healthcheck { listen } => health::check(listen).await,
        Command::Doctor { command: Some(command), .. } => audit::doctor(command).await,
        Command::Doctor { command: None, store, json } => health::doctor(&store, json).await,
        Command::User { command } => people::user(command).await,
        Command::Device { command } => device::device(command).await,
        Command::Agent { command } => agent::agent(command).await,
        Command::Token { command } => people::token(command).await,
        Command::Import(args) => import(args).await,
        Command::Route { command } => route::route(command).await,
        Command::Clock { command } => clock::clock(&command),
        Command::Bench { command } => bench::bench(&command).await,
        Command::Openapi => openapi(),
        Command::Completions { shell } => manual::completions(shell),
        Command::Man { into } => manual::man(into.as_deref()),
    }
}

async fn import(args: ImportArgs) -> Result<()> {
    if args.kind.needs_zone() && args.zone.is_none() {
        let sentence = "This log names no time zone: say which one it was written in, such as --zone Europe/Lisbon.";
        Cli::command().error(clap::error::ErrorKind::MissingRequiredArgument, sentence).exit();
    }
    let opened = opening::Opened::open(&args.store).await?;
    let imported = import_files(&opened, &args).await;
    opened.close().await?;
    imported
}

/// A bar on a terminal, nothing where nobody looks on.
async fn import_files(opened: &opening::Opened, args: &ImportArgs) -> Result<()> {
    for file in &args.files {
        let bar = indicatif::ProgressBar::new(0);
        let zone = args.zone.as_deref();
        let report = migrate_in::run(&opened.store, &opened.clock, args.kind, file, zone, &bar).await?;
        bar.finish_and_clear();
        println!("{report}");
    }
    Ok(())
}

fn openapi() -> Result<()> {
    let description = crate::web::description().to_pretty_json().map_err(|e| Error::Internal(e.to_string()))?;
    println!("{description}");
    Ok(())
}

/// A sentence for a thing that is not in the store.
fn unknown(what: &str, name: &str) -> Error {
    Error::command(format!("There is no {what} {name}."))
}
