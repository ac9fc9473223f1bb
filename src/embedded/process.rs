//! The Postgres process: starting it, waiting for it, ending it.
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use sqlx::postgres::PgConnectOptions;
use sqlx::{Connection, PgConnection};
use tokio::process::{Child, Command};
use tokio::time::{sleep, timeout};

use super::binaries::Binaries;
use super::place::{self, Home, PORT};
use crate::error::{Error, Result};

/// Cut connections and finish; then drop everything (the log repairs it); then the kernel.
pub const LADDER: [(Signal, Duration); 3] = [
    (Signal::INT, Duration::from_secs(30)),
    (Signal::QUIT, Duration::from_secs(10)),
    (Signal::KILL, Duration::from_secs(10)),
];

/// A crash with much to repair takes minutes; then there is still life in the process.
const PATIENCE: Duration = Duration::from_mins(10);

const FIXED: [&str; 16] = [
    "listen_addresses=",
    "unix_socket_permissions=0700",
    "wal_level=logical",
    "max_connections=200",
    "fsync=on",
    "synchronous_commit=on",
    // A solid disk finds a page about as fast as it reads the next one.
    "random_page_cost=1.1",
    // A young store grows tenfold within a minute; how its rows are found must not wait for as long.
    "autovacuum_naptime=10s",
    "timezone=UTC",
    "log_timezone=UTC",
    // A week of logs, each day over the one of last week.
    "logging_collector=on",
    "log_directory=log",
    "log_filename=postgres-%a.log",
    "log_rotation_age=1d",
    "log_truncate_on_rotation=on",
    "log_checkpoints=off",
];

/// A program of Postgres, as the right account and with nothing of our environment. It gets `end` when we die.
pub async fn command(program: &Path, home: &Home, end: &str) -> Command {
    let mut command = match setpriv().await {
        Some(setpriv) => {
            let mut command = Command::new(setpriv);
            command.args(["--pdeathsig", end, "--"]).arg(program);
            command
        }
        None => Command::new(program),
    };
    command.env_clear().env("PATH", "/usr/bin:/bin").env("LC_ALL", "C.UTF-8").env("TZ", "UTC");
    command.current_dir("/").stdin(Stdio::null()).process_group(0).kill_on_drop(end == "KILL");
    if let Some(account) = &home.account {
        command.uid(account.uid).gid(account.gid);
    }
    command
}

/// Busybox has a `setpriv` too, which can't do this.
async fn setpriv() -> Option<PathBuf> {
    let path = ["/usr/bin/setpriv", "/bin/setpriv"].map(PathBuf::from).into_iter().find(|p| p.exists())?;
    let help = Command::new(&path).arg("--help").output().await.ok()?;
    String::from_utf8_lossy(&help.stdout).contains("--pdeathsig").then_some(path)
}

#[derive(Debug)]
pub struct Server {
    child: Child,
    said: PathBuf,
    log: PathBuf,
}

impl Server {
    /// In its own process group, so that Ctrl-C at the terminal reaches only us and we can drain first.
    pub async fn spawn(home: &Home, binaries: &Binaries, socket: &Path) -> Result<Self> {
        let said = home.data.join("postgres.log");
        let file = place::direct().truncate(true).open(&said)?;
        let mut command = command(&binaries.program("postgres"), home, "INT").await;
        command.arg("-D").arg(home.pg()).arg("-k").arg(socket).arg("-p").arg(PORT.to_string());
        command.arg("-c").arg(format!("shared_buffers={}MB", shared_buffers()));
        for setting in FIXED {
            command.args(["-c", setting]);
        }
        let child = command.stdout(file.try_clone()?).stderr(file).spawn()?;
        let log = home.pg().join("log");
        Ok(Self { child, said, log })
    }

    pub async fn ready(&mut self, admin: &PgConnectOptions) -> Result<PgConnection> {
        timeout(PATIENCE, self.first_connection(admin)).await.unwrap_or_else(|_| Err(self.slow()))
    }

    async fn first_connection(&mut self, admin: &PgConnectOptions) -> Result<PgConnection> {
        loop {
            match PgConnection::connect_with(admin).await {
                Ok(db) => return Ok(db),
                Err(sqlx::Error::Database(e)) if e.code().as_deref() != Some("57P03") => {
                    return Err(sqlx::Error::Database(e).into());
                }
                Err(_) => {}
            }
            if let Some(status) = self.child.try_wait()? {
                return Err(self.ended(status));
            }
            sleep(Duration::from_millis(25)).await;
        }
    }

    pub async fn died(&mut self) -> Error {
        match self.child.wait().await {
            Ok(status) => self.ended(status),
            Err(e) => e.into(),
        }
    }

    pub async fn stop(&mut self) -> Result<()> {
        for (signal, patience) in LADDER {
            self.signal(signal);
            if timeout(patience, self.child.wait()).await.is_ok() {
                return Ok(());
            }
        }
        Err(Error::command("PostgreSQL does not stop. Nothing is lost; end it by hand."))
    }

    /// Only while we have not collected the process: its number can't be anybody else's yet.
    fn signal(&self, signal: Signal) {
        let id = self.child.id().and_then(|id| i32::try_from(id).ok());
        if let Some(pid) = id.and_then(Pid::from_raw) {
            let _ = kill_process(pid, signal);
        }
    }

    fn ended(&self, status: ExitStatus) -> Error {
        let said = fs::read_to_string(&self.said).unwrap_or_default();
        let why = said.lines().rev().find_map(|l| l.split_once("FATAL:"));
        let why = why.map_or(status.to_string(), |(_, why)| why.trim().to_owned());
        Error::command(format!("PostgreSQL stopped: {why}. Its log is in {}.", self.log.display()))
    }

    fn slow(&self) -> Error {
        Error::command(format!("PostgreSQL is not ready after 10 minutes. Its log is in {}.", self.log.display()))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.signal(Signal::INT);
    }
}

/// A quarter of the memory, in MB; more than 512 gains a store of this size nothing.
fn shared_buffers() -> u64 {
    let machine = fs::read_to_string("/proc/meminfo").ok();
    let machine = machine.and_then(|text| text.split_whitespace().nth(1)?.parse::<u64>().ok());
    let container = fs::read_to_string("/sys/fs/cgroup/memory.max").ok();
    let container = container.and_then(|text| Some(text.trim().parse::<u64>().ok()? / 1024));
    let least = machine.into_iter().chain(container).min().unwrap_or(512 * 1024);
    (least / 1024 / 4).clamp(16, 512)
}
