//! Messages that could not be placed: looked at, and received after all.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use meridian::{
    actions,
    domain::access::Scope,
    store::ledger::{self, Holder},
};
use reqwest::StatusCode;
use serde_json::{Value, json};
use sqlx::{Executor, PgPool};
use uuid::Uuid;

use crate::{
    faults::number,
    page::Page,
    person::Person,
    support::{MONDAY_AFTERNOON, Place, TestApp},
};

const SERIAL: &str = "FT-4400-2210";

struct Site {
    portal: TestApp,
    lyon: Place,
    system: Uuid,
    /// Runs the house.
    ada: Person,
}

async fn site(db: PgPool) -> Site {
    let portal = TestApp::at(MONDAY_AFTERNOON, db).await;
    let lyon = portal.customer("Acme Rail", "LYON-2", "Europe/Paris", "EMEA").await;
    let system = portal.system(lyon, SERIAL, "rail-core-a").await;
    let ada = portal.staff("Ada Admin", "admin").await;
    Site { portal, lyon, system, ada }
}

fn fault(serial: &str, id: &str) -> String {
    let event = json!({"specversion": "1.0", "id": id, "source": format!("/systems/{serial}"), "subject": "11/2",
                       "type": "meridian.alarm.raised", "time": "2026-11-23T14:30:00Z",
                       "data": {"code": "psu", "severity": "error", "summary": "Power supply lost", "state": "broken"}});
    event.to_string()
}

impl Site {
    async fn send(&self, credential: &str, body: String) -> Value {
        self.portal.ingest("/ingest/alarms", credential, body).await.json()["results"][0].clone()
    }

    /// The address of the one message that waits.
    async fn waiting(&self) -> String {
        let list = self.ada.get("/admin/messages?state=quarantined").await.body;
        let id = list.split("id=\"m-").nth(1).unwrap_or_else(|| panic!("{list}")).split('"').next().unwrap();
        format!("/admin/messages/{id}")
    }

    async fn receive(&self, message: &str, serial: &str) -> Page {
        self.ada.post(&format!("{message}/receipt"), &[("system", serial)]).await
    }

    async fn ledger(&self, system: Uuid) -> BTreeMap<String, i64> {
        let scope = Scope::everything();
        let of = Holder::System { customer: self.lyon.customer, id: system };
        let account = ledger::account(&self.portal.app.store, &scope, of, 10).await.unwrap().unwrap();
        assert_eq!(account.sums.iter().map(|sum| sum.count).sum::<i64>(), account.sent);
        account.sums.into_iter().map(|sum| (sum.disposition, sum.count)).collect()
    }
}

fn counts(counts: &[(&str, i64)]) -> BTreeMap<String, i64> {
    counts.iter().map(|(what, count)| ((*what).to_owned(), *count)).collect()
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn what_came_under_an_unknown_serial_becomes_an_alarm_of_the_system_that_is_chosen(db: PgPool) {
    let site = site(db).await;
    let gateway = site.portal.credential(site.lyon, None).await;
    assert_eq!(site.send(&gateway, fault("FT-9999-0001", "1")).await["disposition"], "quarantined");
    let came = site.portal.now();
    site.portal.app.clock.advance(SignedDuration::from_hours(2));
    let message = site.waiting().await;
    let page = site.ada.get(&message).await.body;
    assert!(page.contains("FT-9999-0001") && page.contains(&format!("<option value=\"{SERIAL}\"")), "{page}");

    assert_eq!(site.receive(&message, SERIAL).await.location(), message);

    let page = site.ada.get(&message).await.body;
    assert!(page.contains("by Ada Admin") && page.contains("opened") && page.contains("/calls/C-"), "{page}");
    assert_eq!(site.ledger(site.system).await, counts(&[("opened", 1)]));
    let again = site.send(&gateway, fault("FT-9999-0001", "1")).await;
    assert_eq!(again["disposition"], "opened", "who sends it again is told what became of it");
    let call = again["call"].as_str().unwrap();
    assert!(page.contains(call), "{page}");
    assert!(site.ada.get(&format!("/calls/{call}")).await.body.contains("Power supply lost"));
    let system = site.ada.api("GET", &format!("/systems/{SERIAL}"), None).await.json();
    assert_eq!(system["redundancy"], "simplex", "{system}");
    let heard: Timestamp = system["last_heard_at"].as_str().unwrap().parse().unwrap();
    assert_eq!(heard, came, "it was heard when it came, and not now");
    let pool = &site.portal.pool;
    assert_eq!(number(pool, "SELECT count(*) FROM alarm").await, 1);
    assert_eq!(number(pool, "SELECT count(*) FROM kept_release WHERE disposition = 'opened'").await, 1);
    assert_eq!(number(pool, "SELECT count(*) FROM alarm JOIN kept_message USING (source, source_id, body)").await, 1);
    let audit = site.ada.get("/admin/audit?kind=message_released").await.body;
    assert!(audit.contains("received after all a message of") && audit.contains(SERIAL), "{audit}");
    let twice = site.receive(&message, SERIAL).await;
    assert_eq!(twice.status, StatusCode::CONFLICT, "{}", twice.body);
    assert!(!site.ada.get("/admin/messages?state=quarantined").await.body.contains("id=\"m-"));
    assert!(site.ada.get("/admin/messages?state=released").await.body.contains("received after all"));
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn each_message_counts_once_before_and_after(db: PgPool) {
    let site = site(db).await;
    let other = site.portal.system(site.lyon, "FT-4400-2211", "rail-core-b").await;
    let own = site.portal.credential(site.lyon, Some(site.system)).await;
    site.send(&own, fault(SERIAL, "1")).await;
    let moved = site.send(&own, fault("FT-4400-2211", "2")).await;
    assert_eq!(moved["disposition"], "quarantined", "a system speaks for itself alone");
    assert_eq!(site.ledger(site.system).await, counts(&[("opened", 1), ("quarantined", 1)]));
    let message = site.waiting().await;
    let page = site.ada.get(&message).await.body;
    assert!(page.contains(&format!("value=\"{SERIAL}\" selected")), "the credential's own is offered first: {page}");

    site.receive(&message, SERIAL).await;

    assert_eq!(site.ledger(site.system).await, counts(&[("folded", 1), ("opened", 1)]), "the fault was known");
    assert_eq!(site.ledger(other).await, counts(&[]));
    let calls = "SELECT count(*) FROM call";
    assert_eq!(number(&site.portal.pool, calls).await, 1);
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn a_message_goes_only_to_a_system_of_the_site_that_it_came_from(db: PgPool) {
    let site = site(db).await;
    let nice = site.portal.site(site.lyon.customer, "NICE-9", "Europe/Paris", "EMEA").await;
    site.portal.system(nice, "FT-6500-0009", "coast").await;
    let gateway = site.portal.credential(site.lyon, None).await;
    site.send(&gateway, fault("FT-9999-0001", "1")).await;
    let message = site.waiting().await;

    for serial in ["FT-6500-0009", "FT-0", ""] {
        let refused = site.receive(&message, serial).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{serial}: {}", refused.body);
        assert!(refused.body.contains("a system of the site that the message came from"), "{}", refused.body);
    }
    assert_eq!(number(&site.portal.pool, "SELECT count(*) FROM alarm").await, 0);
    assert_eq!(number(&site.portal.pool, "SELECT count(*) FROM kept_release").await, 0);
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn only_administrators_receive_a_message_after_all(db: PgPool) {
    let site = site(db).await;
    let gateway = site.portal.credential(site.lyon, None).await;
    site.send(&gateway, fault("FT-9999-0001", "1")).await;
    let message = site.waiting().await;
    let otto = site.portal.staff("Otto Auditor", "auditor").await;
    let ilse = site.portal.staff("Ilse Kessler", "engineer").await;
    let anna = site.portal.person(site.lyon.customer, "Anna Acme", "customer_admin").await;

    for (who, sees, does) in [
        (&otto, StatusCode::OK, StatusCode::FORBIDDEN),
        (&ilse, StatusCode::NOT_FOUND, StatusCode::NOT_FOUND),
        (&anna, StatusCode::NOT_FOUND, StatusCode::NOT_FOUND),
    ] {
        for path in ["/admin/messages", &message, &format!("{message}/body")] {
            let page = who.get(path).await;
            assert_eq!(page.status, sees, "{} {path}", who.email);
            assert!(!page.body.contains("Receive it after all"), "{}", page.body);
        }
        let done = who.post(&format!("{message}/receipt"), &[("system", SERIAL)]).await;
        assert_eq!(done.status, does, "{}: {}", who.email, done.body);
    }
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn a_kept_message_is_downloaded_and_never_shown_as_a_page(db: PgPool) {
    let site = site(db).await;
    let own = site.portal.credential(site.lyon, Some(site.system)).await;
    let long = format!("<script>alert(1)</script>{}", "x".repeat(5_000));
    let refused = site.portal.ingest("/ingest/alarms", &own, long.clone()).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", refused.body);
    let list = site.ada.get("/admin/messages?state=rejected").await.body;
    let id = list.split("id=\"m-").nth(1).unwrap().split('"').next().unwrap();

    let body = site.ada.get(&format!("/admin/messages/{id}/body")).await;

    assert_eq!(body.body, long);
    assert_eq!(body.headers["content-type"], "application/octet-stream");
    assert_eq!(body.headers["content-disposition"], format!("attachment; filename=\"message-{id}.bin\""));
    assert_eq!(body.headers["x-content-type-options"], "nosniff");
    let page = site.ada.get(&format!("/admin/messages/{id}")).await.body;
    assert!(page.contains("5,025 bytes") && !page.contains("<script>alert"), "{page}");
    assert!(!page.contains("Receive it after all"), "nobody could read it: {page}");
    let received = site.receive(&format!("/admin/messages/{id}"), SERIAL).await;
    assert_eq!(received.status, StatusCode::CONFLICT, "{}", received.body);
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn kept_messages_are_filtered_and_read_page_by_page(db: PgPool) {
    let site = site(db).await;
    let gateway = site.portal.credential(site.lyon, None).await;
    for n in 0..51 {
        site.send(&gateway, fault("FT-9999-0001", &n.to_string())).await;
        site.portal.app.clock.advance(SignedDuration::from_secs(1));
    }
    site.portal.ingest("/ingest/alarms", &gateway, "smoke signals").await;
    let shown = |page: &str| page.matches("id=\"m-").count();

    let first = site.ada.get("/admin/messages?state=quarantined").await.body;
    let next = first.split("cursor=").nth(1).unwrap().split('"').next().unwrap();
    let second = site.ada.get(&format!("/admin/messages?state=quarantined&cursor={next}")).await.body;
    let rejected = site.ada.get("/admin/messages?state=rejected").await.body;

    assert_eq!((shown(&first), shown(&second), shown(&rejected)), (50, 1, 1));
    assert!(second.contains("no system FT-9999-0001 is known at site LYON-2"), "{second}");
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn whoever_knocks_without_a_credential_stands_below_by_address(db: PgPool) {
    let site = site(db).await;
    assert!(site.ada.get("/admin/messages").await.body.contains("Nobody since this portal began"));

    for _ in 0..2 {
        let knock = site.portal.ingest("/ingest/alarms", "md_nobody", fault(SERIAL, "1")).await;
        assert_eq!(knock.status, StatusCode::UNAUTHORIZED);
    }

    let page = site.ada.get("/admin/messages").await.body;
    let table = page.split("id=\"knocks\"").nth(1).unwrap();
    assert!(table.contains("127.0.0.1") && table.contains(">2<"), "{table}");
    assert!(!page.contains("md_nobody"), "{page}");
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn what_one_system_sent_about_another_is_in_the_ledger_of_the_other(db: PgPool) {
    let site = site(db).await;
    let other = site.portal.system(site.lyon, "FT-4400-2211", "rail-core-b").await;
    let own = site.portal.credential(site.lyon, Some(site.system)).await;
    assert_eq!(site.send(&own, fault("FT-4400-2211", "s1")).await["disposition"], "quarantined");
    assert_eq!(site.ledger(site.system).await, counts(&[("quarantined", 1)]));

    site.receive(&site.waiting().await, "FT-4400-2211").await;

    assert_eq!((site.ledger(site.system).await, site.ledger(other).await), (counts(&[]), counts(&[("opened", 1)])));
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn a_message_from_after_the_silence_began_ends_it_when_it_is_received_at_last(db: PgPool) {
    let site = site(db.clone()).await;
    let gateway = site.portal.credential(site.lyon, None).await;
    // A site with others that are heard, so that the silence is this system's alone.
    site.portal.system(site.lyon, "FT-4400-2211", "rail-core-b").await;
    db.execute("UPDATE system SET heartbeat_minutes = 1440").await.unwrap();
    let heard = |id: &str| fault("FT-4400-2211", id).replace("alarm.raised", "heartbeat");
    site.send(&gateway, fault(SERIAL, "s0").replace("alarm.raised", "heartbeat")).await;
    actions::notice_silence(&site.portal.app).await.unwrap();
    let silent = "SELECT count(*) FROM silence WHERE ended_at IS NULL";
    for hours in 0..3 {
        site.portal.app.clock.advance(SignedDuration::from_hours(24));
        site.send(&gateway, heard(&format!("b{hours}"))).await;
    }
    actions::notice_silence(&site.portal.app).await.unwrap();
    assert_eq!(number(&db, silent).await, 1);
    site.portal.app.clock.advance(SignedDuration::from_mins(5));
    site.send(&gateway, fault("FT-0000", "s1")).await;
    site.ada.sign_in().await;

    site.receive(&site.waiting().await, SERIAL).await;

    assert_eq!(number(&db, silent).await, 0, "its own words are at the portal");
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn a_controller_that_names_a_system_of_another_site_is_not_taken_for_itself(db: PgPool) {
    let site = site(db).await;
    let nice = site.portal.site(site.lyon.customer, "NICE-1", "Europe/Paris", "EMEA").await;
    site.portal.system(nice, "FT-4400-3000", "other-site").await;
    let own = site.portal.credential(site.lyon, Some(site.system)).await;
    for (context, disposition) in [
        ("FT-4400-3000", "quarantined"),
        ("NICE-1/FT-4400-3000", "quarantined"),
        (SERIAL, "opened"),
        ("listener", "folded"),
        // Names of machines may be the same at two sites.
        ("other-site", "folded"),
    ] {
        let event = json!({"Context": context, "Events": [{"EventId": context, "MessageSeverity": "Critical",
            "MessageId": "StorageDevice.1.0.DriveFailure", "MessageArgs": ["bay 3"], "Message": "The drive failed."}]});
        let answer = site.portal.ingest("/ingest/redfish", &own, event.to_string()).await.json();
        assert_eq!(answer["results"][0]["disposition"], disposition, "{context}: {answer}");
    }
}
