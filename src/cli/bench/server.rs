//! A server of its own, for as long as it is measured.

use std::{
    net::{SocketAddr, TcpListener},
    process::Stdio,
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal, kill_process};
use tokio::{
    process::{Child, Command},
    time::{sleep, timeout},
};

use super::super::{StoreArgs, health};
use crate::error::{Error, Result};

/// The server as it is run in earnest: a process of its own.
pub struct Server {
    process: Child,
    pub address: SocketAddr,
}

/// A first start makes a cluster.
const PATIENCE: Duration = Duration::from_mins(2);

impl Server {
    /// With these arguments beside its store and its address.
    pub async fn start(store: &StoreArgs, more: &[&str]) -> Result<Self> {
        let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
        let mut command = Command::new(std::env::current_exe()?);
        command.args(["serve", "--listen", &address.to_string()]).args(more);
        command.arg("--data").args(&store.data);
        if let Some(bin) = &store.pg_bin {
            command.arg("--pg-bin").arg(bin);
        }
        for name in ["DATABASE_URL", "MERIDIAN_DATABASE_URL", "MERIDIAN_DATABASE_URL_FILE", "MERIDIAN_LISTEN"] {
            command.env_remove(name);
        }
        // What it says of itself is not what was asked for.
        command.env("MERIDIAN_LOG", "error");
        let process = command.stdin(Stdio::null()).stdout(Stdio::null()).kill_on_drop(true).spawn()?;
        let mut server = Self { process, address };
        server.ready().await?;
        Ok(server)
    }

    async fn ready(&mut self) -> Result<()> {
        let end = Instant::now() + PATIENCE;
        while let Err(error) = health::check(self.address).await {
            if self.process.try_wait()?.is_some() || Instant::now() > end {
                return Err(error);
            }
            sleep(Duration::from_millis(50)).await;
        }
        Ok(())
    }

    /// The most that the server ever held, in megabytes.
    pub fn most_memory(&self) -> u64 {
        let status = self.process.id().and_then(|id| std::fs::read_to_string(format!("/proc/{id}/status")).ok());
        let line = status.as_deref().and_then(|text| text.lines().find_map(|line| line.strip_prefix("VmHWM:")));
        let kib = line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok());
        kib.unwrap_or(0).div_ceil(1024)
    }

    /// Seconds of processors that the server has used, and that its Postgres has.
    pub fn processor_seconds(&self) -> (f64, f64) {
        let Some(own) = self.process.id() else { return (0.0, 0.0) };
        let all: Vec<Used> = processes();
        let seconds = |used: &Used| used.seconds;
        let server = all.iter().filter(|used| used.id == own).map(seconds).sum();
        let mut family = vec![own];
        let mut postgres = 0.0;
        while let Some(parent) = family.pop() {
            for child in all.iter().filter(|used| used.parent == parent) {
                postgres += child.seconds;
                family.push(child.id);
            }
        }
        (server, postgres)
    }

    pub async fn stop(&mut self) -> Result<()> {
        let id = self.process.id().and_then(|id| Pid::from_raw(i32::try_from(id).ok()?));
        if let Some(id) = id {
            let _ = kill_process(id, Signal::TERM);
        }
        match timeout(PATIENCE, self.process.wait()).await {
            Ok(_) => Ok(()),
            Err(_) => Err(Error::command("The server does not stop.")),
        }
    }
}

struct Used {
    id: u32,
    parent: u32,
    seconds: f64,
}

/// Every process of this machine; where there is no `/proc`, none.
fn processes() -> Vec<Used> {
    let Ok(entries) = std::fs::read_dir("/proc") else { return Vec::new() };
    entries.filter_map(|entry| used(entry.ok()?.file_name().to_str()?.parse().ok()?)).collect()
}

/// Fields of `proc_pid_stat(5)`, counted from the end of the name, which may hold anything.
fn used(id: u32) -> Option<Used> {
    let stat = std::fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
    let fields: Vec<&str> = stat.rsplit_once(") ")?.1.split(' ').collect();
    let ticks = |n: usize| fields.get(n).and_then(|text| text.parse::<u32>().ok());
    let ticks = ticks(11)?.saturating_add(ticks(12)?);
    Some(Used { id, parent: fields.get(1)?.parse().ok()?, seconds: f64::from(ticks) / TICKS })
}

/// Of a second, on every Linux that anybody runs.
const TICKS: f64 = 100.0;
