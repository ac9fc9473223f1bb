//! The site agent as it is run: a process of its own, between programs that post and a portal.

mod crash;
mod dropped;
mod fake;
mod full;
mod refused;
mod stories;
mod tested;

use std::{
    fs,
    path::PathBuf,
    process::{Child, Command, Output, Stdio},
    time::Duration,
};

use reqwest::{RequestBuilder, StatusCode};
use serde_json::{Value, json};
use sqlx::{Executor, PgPool, Row};
use tempfile::TempDir;
use tokio::{net::TcpListener, time::sleep};

use crate::{faults::eventually, support::client};

/// Back-off may put a minute between two attempts, and the machine may be slow.
const PATIENCE: Duration = Duration::from_mins(3);

pub struct Agent {
    process: Option<Child>,
    pub home: TempDir,
    pub spool: PathBuf,
    port: u16,
    portal: String,
    device: String,
}

impl Drop for Agent {
    fn drop(&mut self) {
        self.kill();
    }
}

fn meridian(args: &[&str]) -> Command {
    quiet(Command::new(env!("CARGO_BIN_EXE_meridian")), args)
}

fn quiet(mut command: Command, args: &[&str]) -> Command {
    command.args(args).env("MERIDIAN_LOG", "off").stdout(Stdio::null()).stderr(Stdio::null());
    command
}

impl Agent {
    /// An agent that is about to start, with a folder to watch and the credential in a file.
    pub async fn beside(portal: &str, device: &str, secret: &str) -> Self {
        let home = tempfile::tempdir().unwrap();
        fs::create_dir(home.path().join("watch")).unwrap();
        fs::write(home.path().join("credential"), format!("{secret}\n")).unwrap();
        let port = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port();
        let spool = home.path().join("spool");
        Self { process: None, home, spool, port, portal: portal.to_owned(), device: device.to_owned() }
    }

    pub async fn started(portal: &str, device: &str, secret: &str) -> Self {
        let mut agent = Self::beside(portal, device, secret).await;
        agent.start().await;
        agent
    }

    pub async fn start(&mut self) {
        self.run(Command::new(env!("CARGO_BIN_EXE_meridian"))).await;
    }

    /// As somebody who may read only what is theirs, whoever runs the tests.
    pub async fn start_without_privileges(&mut self) {
        let mut command = Command::new("setpriv");
        if rustix::process::geteuid().is_root() {
            command.args(["--bounding-set", "-all", "--inh-caps", "-all"]);
        }
        command.arg(env!("CARGO_BIN_EXE_meridian"));
        self.run(command).await;
    }

    async fn run(&mut self, program: Command) {
        self.spawn(program);
        let url = format!("http://127.0.0.1:{}/healthz", self.port);
        let answer = async || client().get(&url).send().await.ok().filter(|answer| answer.status().is_success());
        eventually("the agent listens", PATIENCE, answer).await;
    }

    fn spawn(&mut self, program: Command) {
        let file = |name: &str| self.home.path().join(name).to_str().unwrap().to_owned();
        let (listen, spool) = (format!("127.0.0.1:{}", self.port), self.spool.to_str().unwrap().to_owned());
        let named = ["agent", "run", "--url", &self.portal, "--device", &self.device, "--listen", &listen];
        let mut command = quiet(program, &named);
        command.args(["--spool", &spool, "--credential-file", &file("credential"), "--watch", &file("watch")]);
        // One sign of life at the start, and none that comes between what a test counts.
        self.process = Some(command.args(["--heartbeat", "86400"]).spawn().unwrap());
    }

    /// As a power cut does it.
    pub fn kill(&mut self) {
        if let Some(mut process) = self.process.take() {
            let _ = process.kill();
            let _ = process.wait();
        }
    }

    pub fn post(&self, event: &Value) -> RequestBuilder {
        client().post(format!("http://127.0.0.1:{}/alarms", self.port)).json(event)
    }

    /// Posted and acknowledged.
    pub async fn take(&self, event: &Value) -> Value {
        let answer = self.post(event).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::ACCEPTED, "{}", answer.text().await.unwrap());
        answer.json().await.unwrap()
    }

    pub fn command(&self, args: &[&str]) -> Output {
        let spool = self.spool.to_str().unwrap();
        let mut command = meridian(&["agent"]);
        command.args(args).args(["--spool", spool]).stdout(Stdio::piped()).stderr(Stdio::piped()).output().unwrap()
    }

    /// The same for what waits for the portal, which lives in this process and must not be kept from answering.
    pub async fn waiting(&self, args: &[&str]) -> Output {
        let mut command = meridian(&["agent"]);
        command.args(args).args(["--spool", self.spool.to_str().unwrap()]);
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap()
    }

    pub fn status(&self) -> Value {
        let output = self.command(&["status", "--json"]);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_slice(&output.stdout).unwrap()
    }

    /// Waits until the status says so.
    pub async fn until(&self, what: &str, mut holds: impl FnMut(&Value) -> bool) -> Value {
        eventually(what, PATIENCE, async || {
            let status = self.status();
            if holds(&status) {
                return Some(status);
            }
            sleep(Duration::from_millis(100)).await;
            None
        })
        .await
    }

    /// Waits until nothing waits and the agent has written down how that went; at least so many were taken by then.
    pub async fn drained(&self, least: u64) -> Value {
        let empty = |status: &Value| {
            let told = status["dispositions"].as_object().unwrap().values().filter_map(Value::as_u64).sum::<u64>();
            let counted = told + status["set_aside"].as_u64().unwrap();
            status["spooled"] == 0 && status["sequence"].as_u64() >= Some(least) && counted >= least
        };
        self.until("everything is sent", empty).await
    }

    pub fn drop_file(&self, name: &str, content: &str) {
        let folder = self.home.path().join("watch");
        fs::write(folder.join(".half"), content).unwrap();
        fs::rename(folder.join(".half"), folder.join(name)).unwrap();
    }

    pub fn watched(&self, name: &str) -> PathBuf {
        self.home.path().join("watch").join(name)
    }
}

/// A plain line as a script would post it.
fn fault(code: &str) -> Value {
    json!({"code": code, "severity": "info", "summary": format!("Something about {code}"), "component": "11/2"})
}

/// What the portal has kept, in the order of the spool's numbers.
async fn kept(db: &PgPool) -> Vec<Value> {
    let rows = db.fetch_all("SELECT body FROM alarm").await.unwrap();
    let mut events: Vec<Value> =
        rows.iter().map(|row| serde_json::from_slice(&row.get::<Vec<u8>, _>(0)).unwrap()).collect();
    events.sort_by_key(|event| event["sequence"].as_str().unwrap().to_owned());
    events
}

fn number(event: &Value) -> usize {
    event["sequence"].as_str().unwrap().parse().unwrap()
}

/// Every number from the first on, each once: nothing is lost and nothing doubled.
#[track_caller]
fn assert_no_gap(events: &[Value]) {
    let numbers: Vec<usize> = events.iter().map(number).collect();
    assert_eq!(numbers, (1..=events.len()).collect::<Vec<_>>());
    assert!(events.iter().all(|event| event["spool"] == events[0]["spool"]));
}

fn codes(events: &[Value]) -> Vec<&str> {
    events.iter().filter_map(|event| event["data"]["code"].as_str()).collect()
}
