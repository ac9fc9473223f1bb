//! `agent`: the small process beside the systems that calls home.

mod send;
mod status;
mod test;

use std::{net::SocketAddr, path::PathBuf, time::Duration};

use clap::{Args, Subcommand};
use tokio_util::sync::CancellationToken;
use url::Url;

use crate::{
    agent::{Agent, Settings},
    clock::Clock,
    error::{Error, Result},
    serve,
    web::listen,
};

#[derive(Debug, Subcommand)]
pub enum AgentCommand {
    /// Take alarms from programs of this machine and from folders, and carry them to the portal.
    ///
    /// Programs post to /alarms on that address: CloudEvents (structured, binary or a batch), or plain JSON such as
    /// {"code": "fan-below", "severity": "warning", "summary": "Fan 2 below threshold", "component": "11/2"}. The
    /// answer is 202 when the alarm is on disk, 507 when there is no room for it. Nothing that was taken is dropped.
    Run(RunArgs),
    /// Say what waits, what was sent, and what went wrong last; also while the agent is down.
    Status {
        #[command(flatten)]
        spool: SpoolArgs,
        /// For programs.
        #[arg(long)]
        json: bool,
    },
    /// Hand one event to the agent, from a script; it is on disk when this ends, also while the agent is down.
    Send(send::SendArgs),
    /// Send a test alarm the way of every other, and say how far it came and where a real one would have gone.
    Test(test::TestArgs),
}

#[derive(Debug, Args)]
pub struct SpoolArgs {
    /// The folder of the spool.
    #[arg(long, env = "MERIDIAN_AGENT_SPOOL")]
    pub spool: PathBuf,
}

#[derive(Debug, Args)]
pub struct RunArgs {
    /// The portal, such as <https://support.example.com>.
    #[arg(long, env = "MERIDIAN_AGENT_URL")]
    url: Url,
    /// Whose credential it is: the serial of a system, or the code of a site.
    #[arg(long, env = "MERIDIAN_AGENT_DEVICE", value_parser = device)]
    device: String,
    /// The file that holds the credential. It is read again for each message, so a new one counts at once.
    #[arg(long, env = "MERIDIAN_AGENT_CREDENTIAL_FILE")]
    credential_file: PathBuf,
    #[command(flatten)]
    spool: SpoolArgs,
    /// Where programs of this machine post; port 0 takes any free one and prints it.
    #[arg(long, env = "MERIDIAN_AGENT_LISTEN", default_value = "127.0.0.1:8099")]
    listen: SocketAddr,
    /// A folder into which *.json and *.drop files are put: renamed into it, or written in one go. May be said again.
    #[arg(long, env = "MERIDIAN_AGENT_WATCH", value_delimiter = ',')]
    watch: Vec<PathBuf>,
    /// Seconds between two signs of life.
    #[arg(long, env = "MERIDIAN_AGENT_HEARTBEAT", default_value_t = 60, value_parser = clap::value_parser!(u64).range(1..=86_400))]
    heartbeat: u64,
    /// The most that the spool may take of the disk, in MiB.
    #[arg(long, env = "MERIDIAN_AGENT_SPOOL_MIB", default_value_t = 1_024, value_parser = clap::value_parser!(u64).range(1..=1_048_576))]
    spool_mib: u64,
}

/// It is part of addresses and of a header.
fn device(text: &str) -> Result<String, &'static str> {
    let fits = !text.is_empty() && text.len() <= 100;
    let plain = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte));
    if fits && plain { Ok(text.to_owned()) } else { Err("a serial or a site code has letters, digits, - _ and . only") }
}

pub async fn agent(command: AgentCommand) -> Result<()> {
    match command {
        AgentCommand::Run(args) => run(args).await,
        AgentCommand::Status { spool, json } => status::status(&spool.spool, json, Clock::system().now()),
        AgentCommand::Send(args) => send::send(args, Clock::system().now()),
        AgentCommand::Test(args) => test::test(&args, Clock::system().now()).await,
    }
}

/// The agent needs few of these, and its memory is somebody else's.
const LIMITS: listen::Limits = listen::Limits {
    connections: 64,
    first_byte: Duration::from_secs(5),
    headers: Duration::from_secs(5),
    drain: Duration::from_secs(5),
};

async fn run(args: RunArgs) -> Result<()> {
    if !args.listen.ip().is_loopback() {
        return Err(Error::command(format!(
            "{} can be reached from the network, and anybody there could raise alarms. The agent listens to programs of \
             its own machine; other machines need agents of their own.",
            args.listen
        )));
    }
    let stop = CancellationToken::new();
    serve::stop_on_signals(&stop)?;
    let agent = Agent::open(&settings(&args), Clock::system())?;
    let listener = serve::bind(args.listen).await?;
    println!("listen http://{}", listener.local_addr()?);
    let (router, idle) = (agent.router(), CancellationToken::new());
    // Posts under way are answered before the one who writes them goes.
    let listening = async {
        let served = listen::serve(listener, router, LIMITS, stop.clone()).await;
        idle.cancel();
        served
    };
    let working = async {
        let worked = agent.work(idle.clone()).await;
        stop.cancel();
        worked
    };
    let (heard, worked) = tokio::join!(listening, working);
    worked.and(heard)
}

fn settings(args: &RunArgs) -> Settings {
    Settings {
        url: args.url.clone(),
        device: args.device.clone(),
        credential_file: args.credential_file.clone(),
        spool: args.spool.spool.clone(),
        watch: args.watch.clone(),
        heartbeat: Duration::from_secs(args.heartbeat),
        limit: args.spool_mib * 1024 * 1024,
    }
}
