//! Programs that people have already, pointed at the portal: what they send opens calls, and ends them.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

use serde_json::{Value, json};
use sqlx::{Executor, PgPool, Row};
use tempfile::TempDir;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, UdpSocket},
    sync::watch,
};

use crate::{
    captured,
    faults::{PATIENCE, eventually, is_true, number},
    support::{TestApp, client},
};

const SERIAL: &str = "FT6500-001234";

/// Several programs have to come up, one after the other, on a machine that may have little time for them.
const LONG: Duration = Duration::from_mins(3);

/// A process that ends with its test.
struct Running(Child, #[expect(dead_code, reason = "the folder is there as long as the process")] TempDir);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn program(places: &[&str]) -> Option<PathBuf> {
    let found = places.iter().map(PathBuf::from).find(|place| place.exists());
    if found.is_none() {
        println!("skipped: {} is not installed; scripts/install --test does that", places[0]);
    }
    found
}

/// One site with the system that everybody speaks of, and its gateway's credential.
async fn site(db: PgPool) -> (TestApp, String) {
    let portal = TestApp::running(db).await;
    let lyon = portal.customer("Acme", "LYON-2", "Europe/Paris", "EMEA").await;
    portal.system(lyon, SERIAL, "ft6500-07").await;
    let credential = portal.credential(lyon, None).await;
    (portal, credential)
}

async fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port()
}

/// A machine that Prometheus asks how it is.
async fn exporter() -> (u16, watch::Sender<u8>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let (degraded, told) = watch::channel(1);
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let body = format!("raid_degraded {}\n", *told.borrow());
            let answer = format!(
                "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{body}",
                body.len()
            );
            let _ = stream.read(&mut [0; 4_096]).await;
            let _ = stream.write_all(answer.as_bytes()).await;
        }
    });
    (port, degraded)
}

async fn prometheus(path: &Path, portal: &TestApp, credential: &str, exporter: u16) -> Running {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| folder.path().join(name);
    let rule = json!({"alert": "RaidDegraded", "expr": "raid_degraded == 1", "labels": {"severity": "critical", "serial": SERIAL},
                      "annotations": {"summary": "RAID degraded (instance {{ $labels.instance }})"}});
    fs::write(file("rules.yml"), json!({"groups": [{"name": "raid", "rules": [rule]}]}).to_string()).unwrap();
    let host = portal.url.trim_start_matches("http://");
    let config = json!({
        "global": {"scrape_interval": "1s", "evaluation_interval": "1s"},
        "rule_files": [file("rules.yml")],
        "scrape_configs": [{"job_name": "ftserver", "static_configs": [{"targets": [format!("127.0.0.1:{exporter}")]}]}],
        "alerting": {"alertmanagers": [{"path_prefix": "/ingest/prometheus", "timeout": "60s",
            "authorization": {"credentials": credential}, "static_configs": [{"targets": [host]}]}]}});
    fs::write(file("prometheus.yml"), config.to_string()).unwrap();
    let process = Command::new(path)
        .arg(format!("--config.file={}", file("prometheus.yml").display()))
        .arg(format!("--storage.tsdb.path={}", file("data").display()))
        .arg(format!("--web.listen-address=127.0.0.1:{}", free_port().await))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    Running(process, folder)
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn a_real_prometheus_opens_a_call_and_ends_it(db: PgPool) {
    let Some(path) = program(&["/usr/bin/prometheus"]) else { return };
    let (portal, credential) = site(db.clone()).await;
    let (port, degraded) = exporter().await;
    let _prometheus = prometheus(&path, &portal, &credential, port).await;

    let titled = "SELECT count(*) = 1 FROM call JOIN system ON system.id = call.system_id
                  WHERE serial = 'FT6500-001234' AND title LIKE 'RAID degraded%' AND status = 'new'";
    eventually("the alert is a call", LONG, async || is_true(&db, titled).await).await;
    degraded.send_replace(0);
    let resolved = "SELECT count(*) = 1 FROM call WHERE status = 'resolved'";
    eventually("its end resolves the call", LONG, async || is_true(&db, resolved).await).await;
    assert_eq!(number(&db, "SELECT count(*) FROM call").await, 1);
    assert_eq!(number(&db, "SELECT count(*) FROM kept_message").await, 0, "nothing was out of the ordinary");
}

/// The lines of docs/calling-home.md, with what stands for the site's own filled in.
fn lines(portal: &TestApp, credential: &str) -> String {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/calling-home.md");
    let page = fs::read_to_string(page).unwrap();
    let ours = |line: &&str| ["authCommunity ", "traphandle "].iter().any(|beginning| line.starts_with(beginning));
    let lines: Vec<&str> = page.lines().filter(ours).collect();
    assert_eq!(lines.len(), 2, "{lines:?}");
    lines.join("\n").replace("CREDENTIAL", credential).replace("PORTAL", &portal.url) + "\n"
}

async fn snmptrapd(path: &Path, portal: &TestApp, credential: &str) -> (Running, u16) {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("snmptrapd.conf");
    fs::write(&config, lines(portal, credential)).unwrap();
    let port = UdpSocket::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port();
    let process = Command::new(path)
        .args(["-f", "-n", "-On", "-C", "-Lf"])
        .arg(folder.path().join("log"))
        .arg("-c")
        .arg(&config)
        .arg(format!("udp:127.0.0.1:{port}"))
        .env("SNMP_PERSISTENT_DIR", folder.path())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let listens = format!(":{port:04X} ");
    let up = async || fs::read_to_string("/proc/net/udp").unwrap().contains(&listens).then_some(());
    eventually("snmptrapd listens", LONG, up).await;
    (Running(process, folder), port)
}

fn trap(port: u16, arguments: &[&str]) {
    let address = format!("127.0.0.1:{port}");
    let (version, rest) = arguments.split_first().unwrap();
    let sent = Command::new("/usr/bin/snmptrap").args([version, "-c", "public", &address]).args(rest).output().unwrap();
    assert!(sent.status.success(), "{}", String::from_utf8_lossy(&sent.stderr));
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn real_traps_open_a_call_and_end_it(db: PgPool) {
    let (Some(daemon), Some(_), Some(_)) =
        (program(&["/usr/sbin/snmptrapd"]), program(&["/usr/bin/snmptrap"]), program(&["/usr/bin/curl"]))
    else {
        return;
    };
    let (portal, credential) = site(db.clone()).await;
    let (_daemon, port) = snmptrapd(&daemon, &portal, &credential).await;
    let data = |leaf: &str| format!("1.3.6.1.4.1.458.105.3.{leaf}");
    let (path, class, state, reason) = (data("1"), data("2"), data("3"), data("4"));
    let part = [path.as_str(), "s", "10/120", class.as_str(), "s", "SRA_EthernetAdapter", state.as_str(), "i"];

    let v1 = ["-v1", "1.3.6.1.4.1.458.105.2", "10.1.2.3", "6", "101", "123456"];
    trap(port, &[&v1[..], &part, &["2097155", &reason, "i", "1"]].concat());
    let opened = "SELECT count(*) = 1 FROM call JOIN system ON system.id = call.system_id
                  WHERE serial = 'FT6500-001234' AND title = 'Ethernet adapter 10/120 is broken: below mtbf'";
    eventually("what breaks is a call", LONG, async || is_true(&db, opened).await).await;
    let serial = ["1.3.6.1.4.1.458.103.6.0", "s", SERIAL];
    let v2 = ["-v2c", "555555", "1.3.6.1.4.1.458.105.2.0.102"];
    trap(port, &[&v2[..], &part, &["1572886", &reason, "i", "0"], &serial].concat());
    let resolved = "SELECT count(*) = 1 FROM call WHERE status = 'resolved'";
    eventually("its end resolves the call", LONG, async || is_true(&db, resolved).await).await;

    replayed(&db, port).await;
}

/// Datagrams of another time, to the same daemon: the adapter breaks again, a sensor and the hub are unwell.
async fn replayed(db: &PgPool, port: u16) {
    let Some(folder) = captured::folder() else { return };
    let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let before = number(db, "SELECT count(*) FROM alarm").await;
    for (file, alarms) in (1..=4).zip(before + 1..) {
        let datagram = fs::read(folder.join(format!("snmptrap_stratus__{file}.bin"))).unwrap();
        socket.send_to(&datagram, ("127.0.0.1", port)).await.unwrap();
        let came = async || (number(db, "SELECT count(*) FROM alarm").await == alarms).then_some(());
        eventually("each is an alarm", LONG, came).await;
    }
    assert_eq!(number(db, "SELECT count(*) FROM kept_message").await, 0);
}

/// Runs one of the clients that are installed beside Schemathesis.
async fn sent(client: &'static str, portal: &TestApp, credential: &str) -> Option<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/programs");
    let python = program(&[folder.join(".venv/bin/python").to_str().unwrap()])?;
    let mut command = tokio::process::Command::new(python);
    command.arg(folder.join("senders.py")).args([client, &portal.url, credential, SERIAL]);
    let output = command.output().await.unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
    Some(said)
}

async fn dispositions(db: &PgPool) -> BTreeMap<String, i64> {
    let sql = "SELECT format || ' ' || disposition, count(*) FROM alarm GROUP BY 1";
    db.fetch_all(sql).await.unwrap().iter().map(|row| (row.get(0), row.get(1))).collect()
}

fn counted(rows: &[(&str, i64)]) -> BTreeMap<String, i64> {
    rows.iter().map(|(name, count)| ((*name).to_owned(), *count)).collect()
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn the_sdk_of_cloudevents_says_one_thing_in_three_ways(db: PgPool) {
    let (portal, credential) = site(db.clone()).await;
    let Some(said) = sent("cloudevents", &portal, &credential).await else { return };
    let answers: Vec<Value> = said.lines().map(|line| serde_json::from_str(&line[4..]).unwrap()).collect();
    assert_eq!(answers[0]["results"][0]["disposition"], "opened", "{said}");
    assert!(
        said.lines().all(|line| line.starts_with("202 ")) && answers.windows(2).all(|two| two[0] == two[1]),
        "{said}"
    );
    assert_eq!(dispositions(&db).await, counted(&[("native opened", 1)]));
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn a_client_of_pagerduty_opens_a_call_and_ends_it(db: PgPool) {
    let (portal, credential) = site(db.clone()).await;
    let Some(key) = sent("pagerduty", &portal, &credential).await else { return };
    assert_eq!(key.trim().len(), 32, "the key that it was given");
    let expected = [("pagerduty cleared", 1), ("pagerduty informational", 1), ("pagerduty opened", 1)];
    assert_eq!(dispositions(&db).await, counted(&expected));
    assert_eq!(number(&db, "SELECT count(*) FROM call WHERE status = 'resolved'").await, 1);
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn apprise_pages_and_posts(db: PgPool) {
    let (portal, credential) = site(db.clone()).await;
    let Some(said) = sent("apprise", &portal, &credential).await else { return };
    assert_eq!(said, "True\nTrue\n");
    assert_eq!(dispositions(&db).await, counted(&[("native opened", 1), ("pagerduty opened", 1)]));
}

/// A controller whose subscription takes no header shows its credential in the address.
#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn a_credential_in_the_address_opens_it_and_a_wrong_one_does_not(db: PgPool) {
    let (portal, credential) = site(db.clone()).await;
    let event = json!({"Context": SERIAL, "Events": [{"EventId": "1", "MessageSeverity": "Critical", "Message": "CPU 1",
                       "MessageId": "IDRAC.2.9.CPU0001"}]});
    let post = async |secret: &str| {
        let url = format!("{}/ingest/redfish/{secret}", portal.url);
        client().post(url).json(&event).send().await.unwrap()
    };
    let answer: Value = post(&credential).await.json().await.unwrap();
    assert_eq!(answer["results"][0]["disposition"], "opened");
    assert_eq!(post("md_wrong").await.status(), 401);
    let wrong = client().post(format!("{}/ingest/pagerduty/v2/enqueue", portal.url));
    let wrong = wrong.json(&json!({"routing_key": "md_wrong", "event_action": "resolve", "dedup_key": "a"}));
    assert_eq!(wrong.send().await.unwrap().status(), 401);
    eventually("it is told", PATIENCE, async || is_true(&db, "SELECT count(*) = 1 FROM call").await).await;
}
