//! Prometheus' Alertmanager, as it was recorded and as it is.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

use jiff::{SignedDuration, Timestamp};
use meridian::clock::Clock;
use serde_json::{Value, json};
use sqlx::{Executor, PgPool, Row};
use tempfile::TempDir;
use tokio::net::TcpListener;

use crate::{
    faults::{PATIENCE, eventually, is_true, number, say},
    support::{MONDAY_AFTERNOON, TestApp, client},
};

/// A request as it went over the wire.
struct Captured {
    head: String,
    body: String,
}

impl Captured {
    fn all() -> Option<Vec<Self>> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data/captured");
        let mut files: Vec<PathBuf> = fs::read_dir(folder).ok()?.map(|file| file.unwrap().path()).collect();
        files.retain(|file| file.file_name().unwrap().to_string_lossy().starts_with("alertmanager_webhook__"));
        files.sort();
        Some(files.iter().map(|file| Self::read(file)).collect())
    }

    fn read(file: &Path) -> Self {
        let text = fs::read_to_string(file).unwrap();
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        Self { head: head.to_owned(), body: body.to_owned() }
    }

    fn alerts(&self) -> Vec<Value> {
        let body: Value = serde_json::from_str(&self.body).unwrap();
        body["alerts"].as_array().unwrap().clone()
    }

    /// The site whose Alertmanager sent it.
    fn site(&self) -> String {
        self.alerts()[0]["labels"]["site"].as_str().unwrap().to_owned()
    }

    /// The same bytes to our address, with the credential that a real one has in its configuration.
    async fn replay(&self, portal: &TestApp, credential: &str) -> Value {
        let (_, headers) = self.head.split_once("\r\n").unwrap();
        let request = format!(
            "POST /ingest/alertmanager HTTP/1.1\r\n{headers}\r\nAuthorization: Bearer {credential}\r\n\
             Connection: close\r\n\r\n{}",
            self.body
        );
        let answer = say(&portal.url, request.as_bytes()).await;
        assert!(answer.starts_with("HTTP/1.1 202 "), "{answer}");
        serde_json::from_str(answer.split_once("\r\n\r\n").unwrap().1).unwrap()
    }
}

/// The sites and systems that the captured requests speak of; answers each site's gateway credential.
async fn fleet(portal: &TestApp) -> BTreeMap<String, String> {
    let paris = portal.customer("Acme", "PARIS-01", "Europe/Paris", "EMEA").await;
    portal.system(paris, "FT6500-000001", "ft6500-01").await;
    let lyon = portal.site(paris.customer, "LYON-2", "Europe/Paris", "EMEA").await;
    portal.system(lyon, "FT6500-001234", "ft6500-07").await;
    let gateways = [("PARIS-01", paris), ("LYON-2", lyon)];
    let mut credentials = BTreeMap::new();
    for (site, place) in gateways {
        credentials.insert(site.to_owned(), portal.credential(place, None).await);
    }
    credentials
}

async fn statuses(db: &PgPool) -> BTreeMap<String, String> {
    let sql = "SELECT DISTINCT split_part(alarm.source_id, '/', 1) AS fingerprint, call.status
               FROM alarm JOIN call ON call.customer_id = alarm.customer_id AND call.id = alarm.call_id";
    db.fetch_all(sql).await.unwrap().iter().map(|row| (row.get(0), row.get(1))).collect()
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn recorded_notifications_make_one_call_for_each_alert(db: PgPool) {
    let Some(captured) = Captured::all() else {
        eprintln!("skipped: there are no captured requests beside this repository");
        return;
    };
    let portal = TestApp::at(MONDAY_AFTERNOON, db.clone()).await;
    let credentials = fleet(&portal).await;
    let mut expected = BTreeMap::new();
    for alert in captured.iter().flat_map(Captured::alerts) {
        let resolved = alert["status"] == "resolved";
        let fingerprint = alert["fingerprint"].as_str().unwrap().to_owned();
        expected.insert(fingerprint, if resolved { "resolved" } else { "new" }.to_owned());
    }
    assert!(captured.len() > 4 && expected.values().any(|status| status == "resolved"), "{expected:?}");

    let mut answers = [Vec::new(), Vec::new()];
    for answers in &mut answers {
        for request in &captured {
            answers.push(request.replay(&portal, &credentials[&request.site()]).await);
        }
    }

    assert_eq!(answers[0], answers[1], "sent again, answered the same");
    assert_eq!(statuses(&db).await, expected);
    assert_eq!(number(&db, "SELECT count(*) FROM call").await, i64::try_from(expected.len()).unwrap());
    let alarms = captured.iter().map(|request| request.alerts().len()).sum::<usize>();
    assert_eq!(number(&db, "SELECT count(*) FROM alarm").await, i64::try_from(alarms).unwrap());
    let known = "SELECT count(*) FROM call JOIN system ON system.id = call.system_id WHERE serial = 'FT6500-001234'";
    assert_eq!(number(&db, known).await, 1, "the serial in the labels names the system");
}

/// A real Alertmanager that notifies a portal; ends with its test.
struct Alertmanager {
    process: Child,
    url: String,
    _folder: TempDir,
}

impl Drop for Alertmanager {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

const PROGRAM: &str = "/usr/bin/prometheus-alertmanager";

impl Alertmanager {
    async fn notifying(portal: &TestApp, credential: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let config = json!({
            "route": {"receiver": "portal", "group_by": ["..."], "group_wait": "10ms", "group_interval": "1s",
                      "repeat_interval": "1h"},
            "receivers": [{"name": "portal", "webhook_configs": [{
                "url": format!("{}/ingest/alertmanager", portal.url), "send_resolved": true,
                "http_config": {"authorization": {"credentials": credential}}}]}]});
        // JSON is YAML.
        let file = folder.path().join("alertmanager.yml");
        fs::write(&file, config.to_string()).unwrap();
        let port = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port();
        let process = Command::new(PROGRAM)
            .arg(format!("--config.file={}", file.display()))
            .arg(format!("--storage.path={}", folder.path().display()))
            .arg(format!("--web.listen-address=127.0.0.1:{port}"))
            .arg("--cluster.listen-address=")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let alertmanager = Self { process, url: format!("http://127.0.0.1:{port}"), _folder: folder };
        let ready = async || client().get(format!("{}/-/ready", alertmanager.url)).send().await.ok();
        eventually("Alertmanager is ready", PATIENCE, ready).await;
        alertmanager
    }

    async fn alert(&self, name: &str, over: bool) {
        let now = Timestamp::from_second(Clock::system().now().as_second()).unwrap();
        let mut alert = json!({
            "labels": {"alertname": name, "instance": "ft6500-07:9100", "severity": "critical"},
            "annotations": {"summary": format!("{name} on ft6500-07")},
            "startsAt": (now - SignedDuration::from_secs(60)).to_string()});
        if over {
            alert["endsAt"] = json!(now.to_string());
        }
        let alerts = client().post(format!("{}/api/v2/alerts", self.url)).json(&json!([alert]));
        assert!(alerts.send().await.unwrap().status().is_success());
    }

    /// Requests that were answered with what makes it try again.
    async fn failures(&self) -> u64 {
        let metrics = client().get(format!("{}/metrics", self.url)).send().await.unwrap().text().await.unwrap();
        let name = "alertmanager_notification_requests_failed_total{integration=\"webhook\"} ";
        metrics.lines().find_map(|line| line.strip_prefix(name)?.parse().ok()).unwrap_or(0)
    }
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn a_real_alertmanager_opens_and_resolves_calls_and_outlasts_a_store_move(db: PgPool) {
    if !Path::new(PROGRAM).exists() {
        eprintln!("skipped: {PROGRAM} is not installed; scripts/install --test does that");
        return;
    }
    let portal = TestApp::running(db.clone()).await;
    let credentials = fleet(&portal).await;
    let alertmanager = Alertmanager::notifying(&portal, &credentials["LYON-2"]).await;
    let titles = async |sql: &'static str| {
        let rows = db.fetch_all(sql).await.unwrap();
        rows.iter().map(|row| row.get::<String, _>(0)).collect::<BTreeSet<_>>()
    };

    alertmanager.alert("RaidDegraded", false).await;
    alertmanager.alert("FanBroken", false).await;
    eventually("both have calls", PATIENCE, async || is_true(&db, "SELECT count(*) = 2 FROM call").await).await;
    alertmanager.alert("RaidDegraded", true).await;
    let resolved = "SELECT count(*) = 1 FROM call WHERE status = 'resolved'";
    eventually("what is over is resolved", PATIENCE, async || is_true(&db, resolved).await).await;

    db.execute("UPDATE route SET role = 'standby'").await.unwrap();
    alertmanager.alert("PowerLost", false).await;
    alertmanager.alert("FanBroken", true).await;
    let tried = async || (alertmanager.failures().await >= 4).then_some(());
    eventually("it tries again and again", PATIENCE, tried).await;
    assert_eq!(number(&db, "SELECT count(*) FROM call").await, 2);
    db.execute("UPDATE route SET role = 'primary'").await.unwrap();

    let settled = "SELECT count(*) FILTER (WHERE status = 'resolved') = 2 AND count(*) = 3 FROM call";
    eventually("nothing is lost", PATIENCE * 3, async || is_true(&db, settled).await).await;
    let open = titles("SELECT title FROM call WHERE status <> 'resolved'").await;
    assert_eq!(open, BTreeSet::from(["PowerLost on ft6500-07".to_owned()]));
    let alarms = number(&db, "SELECT count(*) FROM alarm").await;
    assert_eq!(alarms, 5, "three came and two went");
}
