//! Test alarms, and the receipt that says how far each came and where a real one would have gone.

use jiff::SignedDuration;
use reqwest::StatusCode;
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::{
    faults::number,
    support::{MONDAY_AFTERNOON, Place, SATURDAY, TestApp},
};

const SERIAL: &str = "FT-4400-2210";

struct Site {
    portal: TestApp,
    lyon: Place,
    credential: String,
}

async fn site(now: &str, db: PgPool) -> Site {
    let portal = TestApp::at(now, db).await;
    let lyon = portal.customer("Acme Rail", "LYON-2", "Europe/Paris", "EMEA").await;
    let system = portal.system(lyon, SERIAL, "rail-core-a").await;
    let credential = portal.credential(lyon, Some(system)).await;
    Site { portal, lyon, credential }
}

fn event(kind: &str, id: &str, severity: &str) -> Value {
    json!({"specversion": "1.0", "id": id, "source": format!("/systems/{SERIAL}"), "subject": "11/2",
           "type": format!("meridian.{kind}"), "time": "2026-11-21T11:58:00Z",
           "data": {"code": "psu", "severity": severity, "summary": "Power supply lost"}})
}

impl Site {
    async fn send(&self, event: &Value) -> Value {
        let answer = self.portal.ingest("/ingest/alarms", &self.credential, event.to_string()).await;
        assert_eq!(answer.status, StatusCode::ACCEPTED, "{}", answer.body);
        answer.json()["results"][0].clone()
    }

    async fn test(&self, id: &str, severity: &str) -> Value {
        self.send(&event("test", id, severity)).await["receipt"].clone()
    }

    async fn count(&self, sql: &'static str) -> i64 {
        number(&self.portal.pool, sql).await
    }
}

fn instant(value: &Value) -> jiff::Timestamp {
    value.as_str().unwrap_or_else(|| panic!("{value} is no instant")).parse().unwrap()
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn a_test_is_answered_with_each_hop_and_where_a_real_one_would_go(db: PgPool) {
    let site = site(MONDAY_AFTERNOON, db).await;
    let mut test = event("test", "1", "error");
    test["spool"] = json!("spool");
    test["sequence"] = json!("00000000000000000001");
    test["spooledat"] = json!("2026-11-23T14:32:00Z");

    let result = site.send(&test).await;

    assert_eq!((&result["id"], &result["disposition"]), (&json!("1"), &json!("test")));
    let receipt = &result["receipt"];
    assert_eq!(instant(&receipt["said_at"]), "2026-11-21T11:58:00Z".parse().unwrap());
    assert_eq!(instant(&receipt["agent_at"]), "2026-11-23T14:32:00Z".parse().unwrap());
    assert_eq!(instant(&receipt["received_at"]), site.portal.now());
    assert_eq!(instant(&receipt["durable_at"]), site.portal.now());
    let would = &receipt["would"];
    assert_eq!((&would["disposition"], &would["severity"]), (&json!("opened"), &json!(2)));
    assert_eq!((&would["queue"], &would["cac"]), (&json!("emea-hardware"), &json!("EMEA")));
    assert_eq!((&would["covered"], &would["in_window"]), (&json!(true), &json!(false)));
    assert!(!would["why"].as_array().unwrap().is_empty() && !would["plain"].as_str().unwrap().is_empty(), "{would}");
    assert_eq!(would["told"], json!(["the engineers of EMEA hardware, in their queue"]));
    site.portal.app.clock.advance(SignedDuration::from_hours(1));
    assert_eq!(site.send(&test).await, result, "the same message is answered the same");
    assert_eq!(site.count("SELECT count(*) FROM test_receipt").await, 1);
    for nothing in ["SELECT count(*) FROM call", "SELECT count(*) FROM fault", "SELECT count(*) FROM storm"] {
        assert_eq!(site.count(nothing).await, 0, "{nothing}");
    }
}

/// On Saturday, early on Monday, and on Monday afternoon.
#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn a_real_alarm_goes_where_the_test_said(db: PgPool) {
    let site = site(SATURDAY, db).await;
    let claire = site.portal.person(site.lyon.customer, "Claire Dubois", "customer").await;
    for hours in [0, 39, 12] {
        site.portal.app.clock.advance(SignedDuration::from_hours(hours));
        for severity in ["critical", "error", "warning", "info"] {
            let what = format!("{severity} at {}", site.portal.now());
            let would = site.test(&format!("test {what}"), severity).await["would"].clone();
            let mut alarm = event("alarm.raised", &what, severity);
            alarm["subject"] = json!(what);
            let result = site.send(&alarm).await;

            assert_eq!(would["disposition"], result["disposition"], "{what}: {would}");
            let Some(number) = result["call"].as_str() else {
                assert!(would["queue"].is_null() && severity == "info", "{what}: {would}");
                continue;
            };
            let call = claire.api("GET", &format!("/calls/{number}"), None).await.json();
            assert_eq!(would["queue"], call["queue"], "{what}: {would}");
            assert_eq!(would["why"], call["why"], "{what}: {would}");
            assert_eq!(would["wait_until"].is_null(), call["wait_until"].is_null(), "{what}: {would}");
        }
    }
    let nothing_said = site.test("strange", "strange").await["would"].clone();
    assert_eq!((&nothing_said["severity_assumed"], &nothing_said["severity"]), (&json!(true), &json!(2)));
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn a_test_says_what_would_keep_a_real_alarm_from_a_call_of_its_own(db: PgPool) {
    let site = site(MONDAY_AFTERNOON, db).await;
    let call = site.send(&event("alarm.raised", "1", "error")).await["call"].clone();
    let known = site.test("t1", "error").await;
    assert_eq!((&known["would"]["disposition"], &known["would"]["call"]), (&json!("folded"), &call), "{known}");

    let bare = site.portal.system_under(site.lyon, "FT-4400-2299", "spare", None).await;
    let credential = site.portal.credential(site.lyon, Some(bare)).await;
    let mut test = event("test", "2", "error");
    test["source"] = json!("/systems/FT-4400-2299");
    let answer = site.portal.ingest("/ingest/alarms", &credential, test.to_string()).await.json();
    let would = &answer["results"][0]["receipt"]["would"];
    assert_eq!((&would["disposition"], &would["covered"]), (&json!("uncovered"), &json!(false)), "{would}");
    assert_eq!((&would["queue"], &would["cac"]), (&json!("renewals-emea"), &json!("EMEA")), "{would}");

    let mut of_site = event("test", "3", "error");
    of_site["source"] = json!("/sites/LYON-2");
    let gateway = site.portal.credential(site.lyon, None).await;
    let answer = site.portal.ingest("/ingest/alarms", &gateway, of_site.to_string()).await.json();
    assert_eq!(answer["results"][0]["receipt"]["would"]["queue"], "emea-general", "{answer}");
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn whoever_sees_the_system_reads_its_receipts_the_newest_open(db: PgPool) {
    let site = site(MONDAY_AFTERNOON, db).await;
    let claire = site.portal.person(site.lyon.customer, "Claire Dubois", "customer").await;
    let ilse = site.portal.staff("Ilse Kessler", "engineer").await;
    let page = format!("/systems/{SERIAL}/tests");
    assert!(claire.get(&page).await.body.contains("No test has come"));
    let call = site.send(&event("alarm.raised", "1", "error")).await["call"].as_str().unwrap().to_owned();
    for n in 0..22 {
        site.test(&format!("t{n}"), "error").await;
        site.portal.app.clock.advance(SignedDuration::from_secs(60));
    }

    for (who, internal) in [(&claire, false), (&ilse, true)] {
        let body = who.get(&page).await.body;
        assert_eq!(body.matches("id=\"t-").count(), 20, "{body}");
        assert_eq!(body.matches("\" open><summary><h2><time").count(), 1, "{body}");
        for shown in ["Received by the portal", "EMEA hardware", "at EMEA", "added to a call that is open already"] {
            assert!(body.contains(shown), "{shown}: {body}");
        }
        assert_eq!(body.contains(&call), internal, "{}: {body}", who.email);
        assert_eq!(body.contains("href=\"/queues/"), internal, "{}: {body}", who.email);
        let system = who.get(&format!("/systems/{SERIAL}")).await.body;
        assert!(system.contains(&format!("href=\"{page}\"><time")), "{system}");
    }
    let riga = site.portal.customer("Baltic Grid", "RIGA-1", "Europe/Riga", "EMEA").await;
    let janis = site.portal.person(riga.customer, "Janis Berzins", "customer_admin").await;
    assert_eq!(janis.get(&page).await.status, StatusCode::NOT_FOUND);
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn nobody_is_said_to_have_what_makes_no_call(db: PgPool) {
    let site = site(MONDAY_AFTERNOON, db).await;
    let claire = site.portal.person(site.lyon.customer, "Claire Dubois", "customer").await;
    let now = site.portal.now();
    let window = json!({"site": "LYON-2", "title": "Firmware", "reason": "Both enclosures", "from": now,
                        "to": now + SignedDuration::from_hours(2)});
    assert_eq!(claire.api("POST", "/maintenance-windows", Some(&window)).await.status, StatusCode::CREATED);

    let mut test = event("test", "t1", "error");
    test["time"] = json!(now);
    let would = site.send(&test).await["receipt"]["would"].clone();

    assert_eq!((&would["disposition"], &would["told"]), (&json!("suppressed"), &json!([])), "{would}");
    let plain = would["plain"].as_str().unwrap();
    assert!(plain.contains("kept without a call") && would["wait_until"].is_null(), "{would}");
    let page = claire.get(&format!("/systems/{SERIAL}/tests")).await.body;
    assert!(!page.contains("has the call"), "{page}");
}
