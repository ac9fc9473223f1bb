//! The portal on its own Postgres, the agents beside the systems, and the lines between them, all of which can break.

use std::{
    fs::{self, Permissions},
    os::unix::fs::PermissionsExt,
    process::{Child, Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
    routing::post,
};
use meridian::{
    clock::Clock,
    embedded::{Reached, Settings},
};
use serde_json::{Value, json};
use sqlx::{PgPool, Row, postgres::PgPoolOptions};
use tempfile::TempDir;
use tokio::{
    io::{AsyncReadExt, copy},
    net::{TcpListener, TcpStream},
    sync::watch,
    time::sleep,
};

use super::words::{Plan, SYSTEMS, serial, site_code};
use crate::{
    agent::Agent,
    faults::{chance, eventually},
    person::Person,
    support::{TestApp, client},
};

/// A first start makes a cluster, and the machine may be busy.
const PATIENCE: Duration = Duration::from_mins(2);

/// Where to send, and as whom.
#[derive(Debug, Clone)]
pub struct Door {
    pub url: String,
    pub gateway: String,
    pub systems: Vec<String>,
}

pub struct House {
    folder: TempDir,
    port: u16,
    process: Child,
    lines: watch::Sender<u64>,
    agents: Vec<Agent>,
    doors: Vec<Door>,
    /// Somebody who may read everything.
    pub reader: Person,
}

impl Drop for House {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn serve(folder: &TempDir, port: u16) -> Child {
    let mut command = Command::new(env!("CARGO_BIN_EXE_meridian"));
    command.args(["serve", "--listen", &format!("127.0.0.1:{port}"), "--data"]).arg(folder.path().join("data"));
    command.env_remove("DATABASE_URL").env("MERIDIAN_LOG", "off");
    command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

async fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port()
}

impl House {
    pub async fn open(plan: &Plan, liar: bool) -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::set_permissions(folder.path(), Permissions::from_mode(0o755)).unwrap();
        let port = free_port().await;
        let mut process = serve(&folder, port);
        ready(&folder, &mut process, port).await;
        let db = pool(&folder).await;
        let (mut doors, reader) = furnish(&db, plan, port).await;
        let lines = watch::Sender::new(0);
        let between = lay_lines(port, &lines).await;
        let way = if liar { open_a_lying_door(between.clone()).await } else { between.clone() };
        let mut agents = Vec::new();
        for (site, door) in doors.iter_mut().enumerate() {
            door.url = format!("{way}/ingest/alarms");
            if Plan::has_agent(site) && !liar {
                let agent = Agent::started(&between, &site_code(site), &door.gateway).await;
                door.url = agent.post(&json!({})).build().unwrap().url().to_string();
                agents.push(agent);
            }
        }
        Self { folder, port, process, lines, agents, doors, reader }
    }

    pub fn doors(&self) -> Vec<Door> {
        self.doors.clone()
    }

    pub async fn db(&self) -> PgPool {
        pool(&self.folder).await
    }

    pub fn data(&self) -> std::path::PathBuf {
        self.folder.path().join("data")
    }

    /// One of the things that break, and its repair, as far as it takes hands.
    pub async fn suffer(&mut self, fault: &str) {
        match fault {
            "server" => {
                self.process.kill().unwrap();
                self.process.wait().unwrap();
            }
            "postgres" => {
                let file = fs::read_to_string(self.data().join("pg/postmaster.pid")).unwrap();
                kill(file.lines().next().unwrap());
                let gone = async || self.process.try_wait().unwrap();
                eventually("the portal notices that its Postgres is gone", PATIENCE, gone).await;
            }
            // Postgres then drops every session and repairs itself.
            "backend" => {
                let db = self.db().await;
                let sql = "SELECT pid::text FROM pg_stat_activity WHERE backend_type = 'client backend'
                             AND pid <> pg_backend_pid() ORDER BY pid LIMIT 1";
                if let Some(row) = sqlx::raw_sql(sql).fetch_optional(&db).await.unwrap() {
                    kill(&row.get::<String, _>(0));
                }
            }
            "agent" => {
                for agent in &mut self.agents {
                    agent.kill();
                    agent.start().await;
                }
            }
            _ => self.lines.send_modify(|cut| *cut += 1),
        }
        ready(&self.folder, &mut self.process, self.port).await;
    }

    pub async fn agents_have_sent_everything(&self) {
        for agent in &self.agents {
            agent.until("everything is sent", |status| status["spooled"] == 0).await;
        }
    }
}

fn kill(process: &str) {
    // Who is gone already needs no killing.
    let _ = Command::new("kill").args(["-9", process]).stderr(Stdio::null()).status().unwrap();
}

/// Started again as often as it takes: what was killed may leave something that is in the way for a moment.
async fn ready(folder: &TempDir, process: &mut Child, port: u16) {
    let url = format!("http://127.0.0.1:{port}/readyz");
    let answer = async || {
        if process.try_wait().unwrap().is_some() {
            *process = serve(folder, port);
        }
        sleep(Duration::from_millis(20)).await;
        client().get(&url).send().await.ok().filter(|answer| answer.status().is_success())
    };
    eventually("the portal is ready", PATIENCE, answer).await;
}

async fn pool(folder: &TempDir) -> PgPool {
    let settings = Settings { data: folder.path().join("data"), bin: None };
    let options = Reached::open(&settings).await.unwrap().app();
    let connected = async || PgPoolOptions::new().max_connections(2).connect_with(options.clone()).await.ok();
    eventually("the store answers", PATIENCE, connected).await
}

/// Customers, sites, systems and credentials, and somebody who reads.
async fn furnish(db: &PgPool, plan: &Plan, port: u16) -> (Vec<Door>, Person) {
    let portal = TestApp::with(Clock::system(), db.clone(), false).await;
    let mut doors = Vec::new();
    for site in 0..plan.sites {
        let place = portal.customer(&format!("Customer {site}"), &site_code(site), "Europe/Paris", "EMEA").await;
        let contract = Some(place.contract).filter(|_| Plan::is_covered(site));
        let mut systems = Vec::new();
        for system in 0..SYSTEMS {
            let name = format!("rail-{system}");
            let id = portal.system_under(place, &serial(site, system), &name, contract).await;
            systems.push(portal.credential(place, Some(id)).await);
        }
        doors.push(Door { url: String::new(), gateway: portal.credential(place, None).await, systems });
    }
    let mut reader = portal.staff("Ilse Kessler", "engineer").await;
    reader.url = format!("http://127.0.0.1:{port}");
    portal.stop().await;
    (doors, reader)
}

/// A way to the portal that breaks by itself now and then, in the middle of a message or of its answer.
async fn lay_lines(port: u16, cut: &watch::Sender<u64>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let cut = cut.clone();
    tokio::spawn(async move {
        while let Ok((client, _)) = listener.accept().await {
            tokio::spawn(line(client, port, cut.subscribe()));
        }
    });
    url
}

async fn line(client: TcpStream, port: u16, mut cut: watch::Receiver<u64>) {
    let Ok(server) = TcpStream::connect(("127.0.0.1", port)).await else { return };
    let ((from_client, mut to_client), (from_server, mut to_server)) = (client.into_split(), server.into_split());
    let length = || if chance(4) == 0 { chance(20_000) } else { u64::MAX };
    let (mut up, mut down) = (from_client.take(length()), from_server.take(length()));
    tokio::select! {
        _ = copy(&mut up, &mut to_server) => {}
        _ = copy(&mut down, &mut to_client) => {}
        _ = cut.changed() => {}
    }
}

/// Answers like the portal, and now and then without having asked it.
async fn open_a_lying_door(portal: String) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let router = Router::new().route("/ingest/alarms", post(lie)).with_state((portal, Arc::default()));
    tokio::spawn(async move { axum::serve(listener, router).await });
    url
}

type Lying = (String, Arc<AtomicUsize>);

async fn lie(State((portal, asked)): State<Lying>, headers: HeaderMap, body: Bytes) -> Response {
    let events: Value = serde_json::from_slice(&body).unwrap();
    if asked.fetch_add(1, Ordering::Relaxed) % 9 == 8 {
        let events = events.as_array().cloned().unwrap_or_else(|| vec![events]);
        let results: Vec<_> = events.iter().map(|event| json!({"id": event["id"], "disposition": "folded"})).collect();
        let answer = json!({"accepted": results.len(), "results": results});
        return (StatusCode::ACCEPTED, axum::Json(answer)).into_response();
    }
    let request = client().post(format!("{portal}/ingest/alarms")).header("authorization", &headers["authorization"]);
    let request = request.header("content-type", &headers["content-type"]).body(body);
    match request.send().await {
        Ok(answer) => (answer.status(), answer.bytes().await.unwrap_or_default()).into_response(),
        Err(_) => StatusCode::BAD_GATEWAY.into_response(),
    }
}
