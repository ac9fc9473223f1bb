//! The customer lets somebody in: asked for, granted, used, ended, and over by itself.

mod bounds;
mod over;

use jiff::SignedDuration;
use meridian::clock::Clock;
use reqwest::StatusCode;
use serde_json::{Value, json};
use sqlx::{Executor, PgPool, Row};

use crate::{
    page::Page,
    support::{MONDAY_AFTERNOON, Person, Place, TestApp},
};

struct World {
    portal: TestApp,
    acme: Place,
    /// A customer, their administrator, an engineer.
    claire: Person,
    anna: Person,
    ilse: Person,
    call: String,
}

/// Sweeps run where the test says so, and not before.
async fn world(db: PgPool) -> World {
    let portal = TestApp::with(Clock::held_at(MONDAY_AFTERNOON.parse().unwrap()), db, false).await;
    let acme = portal.customer("Acme Rail", "LYON-2", "Europe/Paris", "EMEA").await;
    portal.system(acme, "FT-4400-2210", "rail-core-a").await;
    let claire = portal.person(acme.customer, "Claire Dubois", "customer").await;
    let anna = portal.person(acme.customer, "Anna Acme", "customer_admin").await;
    let ilse = portal.staff("Ilse Kessler", "engineer").await;
    let call = claire.file("FT-4400-2210", "3", "Disk log fills up").await;
    World { portal, acme, claire, anna, ilse, call }
}

impl World {
    fn wait(&self, minutes: i64) {
        self.portal.app.clock.advance(SignedDuration::from_mins(minutes));
    }

    async fn ask(&self) -> String {
        let form = [("purpose", "Read the disk log"), ("hours", "4")];
        done(&self.ilse.post(&format!("/calls/{}/remote-access", self.call), &form).await);
        self.last().await
    }

    /// An access of four hours, granted as it was asked for.
    async fn granted(&self) -> String {
        let access = self.ask().await;
        done(&self.claire.post(&format!("/remote-access/{access}/grant"), &[("hours", "4")]).await);
        access
    }

    async fn begin(&self, access: &str) -> String {
        done(&self.ilse.post(&format!("/remote-access/{access}/uses"), &[]).await);
        self.access(access).await["inside"][0]["use"].as_str().unwrap().to_owned()
    }

    async fn last(&self) -> String {
        let list = self.ilse.api("GET", "/remote-access", None).await.json();
        list["data"][0]["id"].as_str().unwrap().to_owned()
    }

    async fn access(&self, id: &str) -> Value {
        let list = self.ilse.api("GET", "/remote-access", None).await.json();
        list["data"].as_array().unwrap().iter().find(|one| one["id"] == id).unwrap().clone()
    }

    /// The steps that stand in the history of the call as the customer reads it, with their words.
    async fn told(&self) -> Vec<(String, Option<String>)> {
        let path = format!("/calls/{}/history", self.call);
        let lines = self.claire.api("GET", &path, None).await.json();
        let lines = lines["data"].as_array().unwrap().iter().filter(|line| line["verb"] == "remote_access");
        lines
            .map(|line| (line["change"]["step"].as_str().unwrap().to_owned(), line["body"].as_str().map(str::to_owned)))
            .collect()
    }

    async fn audited(&self) -> Vec<String> {
        let rows = self.portal.pool.fetch_all("SELECT kind FROM audit WHERE kind LIKE 'remote%' ORDER BY at, id");
        rows.await.unwrap().iter().map(|row| row.get(0)).collect()
    }
}

#[track_caller]
fn done(page: &Page) {
    assert_eq!(page.status, StatusCode::SEE_OTHER, "{}", page.body);
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn staff_ask_the_customer_lets_them_in_and_all_of_it_is_told(db: PgPool) {
    let world = world(db).await;
    let keep = [("instructions", "jump.acme.example, ring Anna for a code")];
    done(&world.anna.post("/systems/FT-4400-2210/remote-instructions", &keep).await);
    let page = format!("/calls/{}", world.call);

    let access = world.ask().await;
    let asked = world.claire.get(&page).await.body;
    assert!(asked.contains("Ilse Kessler asks for remote access") && asked.contains("Read the disk log"), "{asked}");
    assert!(asked.contains("Let them in…") && asked.contains("Decline…"), "{asked}");
    let until = [("hours", "8"), ("until", "2026-11-24T09:00"), ("zone", "Europe/Paris"), ("purpose", "Only the log")];
    done(&world.claire.post(&format!("/remote-access/{access}/grant"), &until).await);
    let granted = world.access(&access).await;
    assert_eq!((&granted["state"], &granted["purpose"]), (&json!("granted"), &json!("Only the log")));
    assert_eq!(granted["until"], "2026-11-24T08:00:00.000000Z", "nine o'clock in Lyon");

    let read = world.ilse.get(&format!("/remote-access/{access}/instructions")).await;
    assert!(read.body.contains("jump.acme.example"), "{}", read.body);
    world.wait(5);
    let one = world.begin(&access).await;
    let seen = world.claire.get(&page).await.body;
    assert!(seen.contains("In now: <strong>Ilse Kessler</strong>") && seen.contains("End access now"), "{seen}");
    world.wait(20);
    let note = [("note", "Rotated the log")];
    done(&world.ilse.post(&format!("/remote-access/{access}/uses/{one}/end"), &note).await);
    done(&world.claire.post(&format!("/remote-access/{access}/end"), &[]).await);

    let told = world.told().await;
    let steps: Vec<&str> = told.iter().map(|(step, _)| step.as_str()).collect();
    assert_eq!(steps, ["ask", "grant", "begin_use", "end_use", "end"]);
    assert_eq!(told[0].1.as_deref(), Some("Read the disk log"));
    assert_eq!(told[3].1.as_deref(), Some("Rotated the log"));
    let session = world.claire.get(&format!("/remote-access/{access}")).await.body;
    assert!(session.contains("Rotated the log") && session.contains("20 min"), "{session}");
    let audited = ["remote_instructions_changed", "remote_access_granted", "remote_instructions_read"];
    assert_eq!(world.audited().await, [&audited[..], &["remote_access_ended", "remote_session_read"]].concat());
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn the_customer_lets_somebody_in_without_being_asked_and_moves_the_end(db: PgPool) {
    let world = world(db).await;
    let ask = format!("/calls/{}/remote-access", world.call);

    let made = world.claire.api("POST", &ask, Some(&json!({"purpose": "Look at it yourselves", "hours": 1}))).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.body);
    let access = made.json()["id"].as_str().unwrap().to_owned();
    assert_eq!((&made.json()["state"], &made.json()["asked_by"]), (&json!("granted"), &json!(null)));
    let twice = world.ilse.api("POST", &ask, Some(&json!({"purpose": "Me too", "hours": 1}))).await;
    assert_eq!(twice.status, StatusCode::CONFLICT, "one at a time for each call: {}", twice.body);

    let grant = format!("/remote-access/{access}/grant");
    let moved = world.claire.api("POST", &grant, Some(&json!({"until": "2026-11-30T14:33:00Z"}))).await;
    assert_eq!(moved.json()["until"], "2026-11-30T14:33:00.000000Z", "{}", moved.body);
    assert_eq!(moved.json()["purpose"], "Look at it yourselves");
    for (wrong, field) in [
        (json!({"until": "2026-11-30T14:33:01Z"}), "until"),
        (json!({"until": MONDAY_AFTERNOON}), "until"),
        (json!({"until": "tomorrow"}), "until"),
        (json!({"hours": 5}), "hours"),
        (json!({}), "hours"),
    ] {
        let refused = world.claire.api("POST", &grant, Some(&wrong)).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{wrong}: {}", refused.body);
        assert_eq!(refused.json()["errors"][0]["field"], field, "{wrong}");
    }
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn a_request_is_declined_with_a_reason_or_withdrawn(db: PgPool) {
    let world = world(db).await;

    let access = world.ask().await;
    let mute = world.claire.post(&format!("/remote-access/{access}/refusal"), &[("reason", " ")]).await;
    assert_eq!(mute.status, StatusCode::UNPROCESSABLE_ENTITY);
    done(&world.claire.post(&format!("/remote-access/{access}/refusal"), &[("reason", "Not during the audit")]).await);
    let late = world.claire.post(&format!("/remote-access/{access}/grant"), &[("hours", "1")]).await;
    assert_eq!(late.status, StatusCode::CONFLICT, "{}", late.body);
    let access = world.ask().await;
    done(&world.ilse.post(&format!("/remote-access/{access}/withdrawal"), &[]).await);

    let told = world.told().await;
    let steps: Vec<&str> = told.iter().map(|(step, _)| step.as_str()).collect();
    assert_eq!(steps, ["ask", "decline", "ask", "withdraw"]);
    assert_eq!(told[1].1.as_deref(), Some("Not during the audit"));
    let page = world.claire.get("/remote-access").await.body;
    assert!(page.contains("declined") && page.contains("withdrawn") && page.contains("nobody is let in"), "{page}");
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn typed_words_survive_a_refusal_and_a_request_counts_once(db: PgPool) {
    let world = world(db).await;
    let ask = format!("/calls/{}/remote-access", world.call);

    let refused = world.ilse.post(&ask, &[("purpose", "Read every log"), ("hours", "9")]).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.body.contains("Read every log") && refused.body.contains("1, 4, 8 or 24"), "{}", refused.body);
    let body = json!({"purpose": "Read every log", "hours": 8});
    let key = [("Idempotency-Key", "ask-1")];
    let first = world.ilse.api_with("POST", &ask, Some(&body), &key).await;
    let again = world.ilse.api_with("POST", &ask, Some(&body), &key).await;
    assert_eq!((first.status, again.status), (StatusCode::CREATED, StatusCode::CREATED), "{}", again.body);
    assert_eq!(first.json()["id"], again.json()["id"]);
    assert_eq!(world.told().await.len(), 1);
}
