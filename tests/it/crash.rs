//! kill -9 of the real server, again and again, while people file and machines call home: what was
//! acknowledged is there, once, and whole.

use std::{
    collections::BTreeMap,
    process::{Child, Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use meridian::{
    domain::{
        access::Scope,
        call::{Call, Identity},
    },
    store::{calls, history},
};
use reqwest::{Client, RequestBuilder, StatusCode};
use serde_json::{Value, json};
use sqlx::{ConnectOptions, Executor, PgPool, Row};
use tokio::{net::TcpListener, time::sleep};
use uuid::Uuid;

use crate::{
    faults::{PATIENCE, chance, eventually, is_true, number},
    support::{MONDAY_AFTERNOON, TestApp, client},
};

/// The server as it is run in earnest: a process of its own.
struct Server {
    process: Child,
    port: u16,
    database: String,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn meridian(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_meridian"));
    command.args(args).env("MERIDIAN_LOG", "off").stdout(Stdio::null()).stderr(Stdio::null());
    command
}

fn serve(port: u16, database: &str) -> Child {
    let listen = format!("127.0.0.1:{port}");
    meridian(&["serve", "--listen", &listen, "--database-url", database]).spawn().unwrap()
}

impl Server {
    async fn on(db: &PgPool) -> Self {
        let port = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port();
        let database = db.connect_options().to_url_lossy().to_string();
        let server = Self { process: serve(port, &database), port, database };
        server.ready().await;
        server
    }

    fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    async fn ready(&self) {
        let url = format!("{}/readyz", self.url());
        let answer = async || client().get(&url).send().await.ok().filter(|answer| answer.status().is_success());
        eventually("the server is ready", PATIENCE, answer).await;
    }

    /// As the machine room does it; answers how long the next one took to be ready.
    async fn kill_and_restart(&mut self) -> Duration {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
        let began = Instant::now();
        self.process = serve(self.port, &self.database);
        self.ready().await;
        began.elapsed()
    }
}

/// What a client was told, by the name it had given.
type Ledger = BTreeMap<String, Value>;

/// Sends what must not get lost, and sends it again until it is acknowledged.
#[derive(Clone)]
struct Sender {
    client: Client,
    url: String,
    secret: String,
    over: Arc<AtomicBool>,
}

impl Sender {
    async fn until_acknowledged(request: RequestBuilder, yes: StatusCode) -> Value {
        loop {
            // A server that dies tells nothing, or breaks off in the middle of it.
            if let Ok(answer) = request.try_clone().unwrap().send().await {
                let status = answer.status();
                assert!(status == yes || status.is_server_error(), "{status} {:?}", answer.text().await);
                if status == yes
                    && let Ok(body) = answer.json().await
                {
                    return body;
                }
            }
            sleep(Duration::from_millis(5)).await;
        }
    }

    async fn file_calls(self) -> Ledger {
        let mut told = Ledger::new();
        while !self.over.load(Ordering::Relaxed) {
            let title = Uuid::now_v7().to_string();
            let call =
                json!({"system": "FT-4400-2210", "severity": 3, "title": title, "body": "It began this morning."});
            let request = self.client.post(format!("{}/api/v1/calls", self.url)).bearer_auth(&self.secret);
            let request = request.header("idempotency-key", &title).json(&call);
            told.insert(title, Self::until_acknowledged(request, StatusCode::CREATED).await["number"].clone());
        }
        told
    }

    /// Faults that come, come again and go, and signs of life between them.
    async fn send_alarms(self) -> Ledger {
        let mut told = Ledger::new();
        while !self.over.load(Ordering::Relaxed) {
            let id = Uuid::now_v7().to_string();
            let kind = ["alarm.raised", "alarm.raised", "alarm.cleared", "heartbeat"][told.len() % 4];
            let code = format!("fan-{}", chance(5));
            let event = json!({"specversion": "1.0", "id": id, "source": "/systems/FT-4400-2210",
                               "type": format!("meridian.{kind}"), "time": "2026-11-23T13:11:00Z",
                               "data": {"code": code, "severity": "warning", "summary": "Fan below threshold"}});
            let request = self.client.post(format!("{}/ingest/alarms", self.url)).bearer_auth(&self.secret);
            let body = Self::until_acknowledged(request.json(&event), StatusCode::ACCEPTED).await;
            told.insert(id, body["results"][0].clone());
        }
        told
    }
}

/// A call and a credential to file and to phone home with, from a portal that is gone when this is over.
async fn world(db: &PgPool) -> (String, String) {
    let portal = TestApp::at(MONDAY_AFTERNOON, db.clone()).await;
    let acme = portal.customer("Acme Rail", "LYON-2", "Europe/Paris", "EMEA").await;
    let system = portal.system(acme, "FT-4400-2210", "rail-core-a").await;
    let claire = portal.person(acme.customer, "Claire Dubois", "customer").await;
    let credential = portal.credential(acme, Some(system)).await;
    portal.stop().await;
    (claire.token, credential)
}

#[sqlx::test(migrations = false)]
async fn nothing_acknowledged_is_lost_or_doubled_by_kill_9(db: PgPool) {
    let kills = if std::env::var_os("LONG").is_some() { 200 } else { 40 };
    let url = db.connect_options().to_url_lossy().to_string();
    assert!(meridian(&["migrate", "--database-url", &url]).status().unwrap().success());
    let (token, credential) = world(&db).await;
    let mut server = Server::on(&db).await;
    let over = Arc::new(AtomicBool::new(false));
    let sender = |secret: &str| {
        let (client, url, over) = (client(), server.url(), over.clone());
        Sender { client, url, secret: secret.to_owned(), over }
    };
    let filing: Vec<_> = (0..4).map(|_| tokio::spawn(sender(&token).file_calls())).collect();
    let ingest: Vec<_> = (0..4).map(|_| tokio::spawn(sender(&credential).send_alarms())).collect();

    let (began, mut starting) = (Instant::now(), Duration::ZERO);
    for _ in 0..kills {
        // Not a wait: the moment of the fault.
        sleep(Duration::from_millis(50 + chance(250))).await;
        starting += server.kill_and_restart().await;
    }
    let took = began.elapsed();
    over.store(true, Ordering::Relaxed);
    let (calls, alarms) = (ledger(filing).await, ledger(ingest).await);
    eventually("the outbox drains", PATIENCE, async || is_true(&db, "SELECT NOT EXISTS (SELECT FROM outbox)").await)
        .await;

    assert_filed_once(&db, &calls).await;
    assert_received_once(&db, &alarms).await;
    assert_every_call_is_its_history(&db).await;
    assert_told_once(&db).await;
    println!(
        "{kills} kills in {:.0} s (a start took {:.0} ms), {} calls and {} alarms acknowledged: none lost, none doubled",
        took.as_secs_f64(),
        (starting / kills).as_secs_f64() * 1_000.0,
        calls.len(),
        alarms.len()
    );
}

async fn ledger(senders: Vec<tokio::task::JoinHandle<Ledger>>) -> Ledger {
    let mut all = Ledger::new();
    for sender in senders {
        all.append(&mut sender.await.unwrap());
    }
    all
}

async fn assert_filed_once(db: &PgPool, told: &Ledger) {
    let rows = db.fetch_all("SELECT title, number FROM call WHERE origin = 'customer'").await.unwrap();
    let mut filed = Ledger::new();
    for row in &rows {
        let number = meridian::domain::number::CallNumber::from_serial(row.get("number"));
        let before = filed.insert(row.get("title"), json!(number));
        assert_eq!(before, None, "filed twice: {number}");
    }
    assert_eq!(&filed, told);
    assert!(told.len() > 10, "{} calls are too few to say anything", told.len());
}

async fn assert_received_once(db: &PgPool, told: &Ledger) {
    let sql = "SELECT source_id, disposition, number FROM alarm
               LEFT JOIN call ON call.customer_id = alarm.customer_id AND call.id = alarm.call_id";
    let mut kept = Ledger::new();
    for row in &db.fetch_all(sql).await.unwrap() {
        let id: String = row.get("source_id");
        let mut receipt = json!({"id": id, "disposition": row.get::<String, _>("disposition")});
        if let Some(number) = row.get::<Option<i64>, _>("number") {
            receipt["call"] = json!(meridian::domain::number::CallNumber::from_serial(number));
        }
        assert_eq!(kept.insert(id, receipt), None);
    }
    assert_eq!(&kept, told);
    let folded = number(db, "SELECT count(*) FROM alarm WHERE kind = 'raised'").await;
    let counted =
        number(db, "SELECT (SELECT sum(alarm_count) FROM call) + (SELECT coalesce(sum(raises), 0) FROM murmur)").await;
    assert_eq!(folded, counted, "every raised alarm is counted on one call");
}

async fn assert_every_call_is_its_history(db: &PgPool) {
    let rows = db.fetch_all("SELECT customer_id, id FROM call").await.unwrap();
    for row in &rows {
        let (customer, id) = (row.get("customer_id"), row.get("id"));
        let stored = calls::by_id(db, &Scope::everything(), customer, id).await.unwrap().call;
        let told = history::of_call(db, &Scope::everything(), customer, id).await.unwrap();
        let lines: Vec<_> = told.into_iter().map(|told| told.line).collect();
        let Call { customer_id, id, number, site_id, system_id, .. } = stored;
        let identity = Identity { customer_id, id, number, site_id, system_id };
        assert_eq!(Call::rebuild(identity, &lines), Some(stored));
    }
    assert_eq!(number(db, "SELECT count(*) FROM call_number").await, i64::try_from(rows.len()).unwrap());
}

async fn assert_told_once(db: &PgPool) {
    let row = db.fetch_one("SELECT count(*), max(pos), count(DISTINCT (call_id, seq)) FROM stream").await.unwrap();
    let lines = number(db, "SELECT count(*) FROM history").await;
    assert_eq!([row.get::<i64, _>(0), row.get(1), row.get(2)], [lines; 3]);
}
