//! What must hold when messages come late, people are quick and calls grow worse.

use jiff::SignedDuration;
use reqwest::StatusCode;
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::support::{MONDAY_AFTERNOON, MONDAY_NIGHT, Person, Place, TestApp};

struct Desk {
    portal: TestApp,
    acme: Place,
    ilse: Person,
    credential: String,
}

async fn desk(now: &str, db: PgPool) -> Desk {
    let portal = TestApp::at(now, db).await;
    let acme = portal.customer("Acme Rail", "LYON-2", "Europe/Paris", "EMEA").await;
    let system = portal.system(acme, "FT-4400-2210", "rail-core-a").await;
    let ilse = portal.staff("Ilse Kessler", "engineer").await;
    let credential = portal.credential(acme, Some(system)).await;
    Desk { portal, acme, ilse, credential }
}

fn event(id: &str, kind: &str, time: &str) -> Value {
    json!({"specversion": "1.0", "id": id, "source": "/systems/FT-4400-2210", "time": time,
           "type": format!("meridian.alarm.{kind}"), "subject": "11/2",
           "data": {"code": "fan", "severity": "error", "summary": "Fan 2 below threshold"}})
}

impl Desk {
    async fn send(&self, id: &str, kind: &str, time: &str) -> Value {
        let body = event(id, kind, time).to_string();
        self.portal.ingest("/ingest/alarms", &self.credential, body).await.json()["results"][0].clone()
    }

    async fn call(&self, number: &str) -> Value {
        self.ilse.api("GET", &format!("/calls/{number}"), None).await.json()
    }

    async fn act(&self, number: &str, body: Value) -> StatusCode {
        self.ilse.api("POST", &format!("/calls/{number}/transitions"), Some(&body)).await.status
    }
}

fn number(result: &Value) -> String {
    result["call"].as_str().unwrap().to_owned()
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn messages_out_of_order_neither_end_nor_begin_a_fault(db: PgPool) {
    let desk = desk(MONDAY_AFTERNOON, db).await;

    let call = number(&desk.send("1", "raised", "2026-11-23T12:00:00Z").await);
    desk.send("2", "cleared", "2026-11-23T11:00:00Z").await;
    assert_eq!(desk.call(&call).await["status"], "new", "an old clear ended a newer fault");
    desk.send("3", "cleared", "2026-11-23T13:00:00Z").await;
    let late = desk.send("4", "raised", "2026-11-23T12:30:00Z").await;

    assert_eq!(late["disposition"], "folded");
    let after = desk.call(&call).await;
    assert_eq!((after["status"].as_str(), after["alarms"].as_i64()), (Some("resolved"), Some(2)), "{after}");
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn what_a_person_called_solved_and_still_fires_is_a_new_call(db: PgPool) {
    let desk = desk(MONDAY_AFTERNOON, db).await;
    let call = number(&desk.send("1", "raised", "2026-11-23T12:00:00Z").await);
    desk.act(&call, json!({"verb": "take"})).await;
    let done = json!({"verb": "resolve", "resolution_code": "Part replaced", "cause": "fan", "body": "Replaced."});
    assert_eq!(desk.act(&call, done).await, StatusCode::OK);

    let again = desk.send("2", "raised", "2026-11-23T14:00:00Z").await;

    assert_eq!(again["disposition"], "opened");
    assert_ne!(number(&again), call);
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn one_bad_event_takes_no_other_with_it(db: PgPool) {
    let desk = desk(MONDAY_AFTERNOON, db).await;
    let good = event("1", "raised", "2026-11-23T12:00:00Z");
    let bad = json!({"specversion": "1.0", "source": "/systems/FT-4400-2210", "type": "meridian.alarm.raised"});

    let answer = desk.portal.ingest("/ingest/alarms", &desk.credential, json!([bad, good]).to_string()).await;

    assert_eq!(answer.status, StatusCode::ACCEPTED, "{}", answer.body);
    let answer = answer.json();
    assert_eq!(answer["accepted"], 1);
    assert_eq!(answer["results"][0]["disposition"], "rejected");
    assert_eq!(answer["results"][1]["disposition"], "opened");
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn a_call_that_grows_urgent_at_night_wakes_somebody(db: PgPool) {
    let desk = desk(MONDAY_NIGHT, db).await;
    let claire = desk.portal.person(desk.acme.customer, "Claire Dubois", "customer").await;
    let call = claire.file("FT-4400-2210", "3", "Consoles are slow").await;
    assert_eq!(desk.call(&call).await["queue"], "emea-hardware");

    desk.act(&call, json!({"verb": "change_severity", "severity": 1, "reason": "Nobody can work"})).await;

    assert_eq!(desk.call(&call).await["queue"], "apac-hardware");
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn a_missed_promise_stays_missed_when_the_severity_falls(db: PgPool) {
    let desk = desk(MONDAY_AFTERNOON, db).await;
    let claire = desk.portal.person(desk.acme.customer, "Claire Dubois", "customer").await;
    let call = claire.file("FT-4400-2210", "1", "Trading is down").await;
    desk.portal.app.clock.advance(SignedDuration::from_mins(45));

    desk.act(&call, json!({"verb": "change_severity", "severity": 3, "reason": "One desk only"})).await;

    let clocks = desk.ilse.api("GET", &format!("/calls/{call}/clocks"), None).await.json();
    let acknowledge = clocks["data"].as_array().unwrap().iter().find(|c| c["kind"] == "acknowledge").unwrap().clone();
    assert_eq!(acknowledge["state"], "missed", "{clocks}");
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn silence_is_reminded_of_and_then_closed_never_at_once(db: PgPool) {
    let desk = desk(MONDAY_AFTERNOON, db).await;
    let call = number(&desk.send("1", "raised", "2026-11-23T12:00:00Z").await);
    desk.portal.app.clock.advance(SignedDuration::from_hours(24 * 11));
    desk.send("2", "cleared", "2026-12-04T12:00:00Z").await;
    let app = &desk.portal.app;
    let sweep = async || {
        let reminded = meridian::actions::remind_customer(app).await.unwrap();
        (reminded, meridian::actions::close_silent_call(app).await.unwrap())
    };

    assert_eq!(sweep().await, (0, 0), "what was resolved a moment ago was reminded of");
    app.clock.advance(SignedDuration::from_hours(24 * 5 + 1));
    assert_eq!(sweep().await, (1, 0));
    app.clock.advance(SignedDuration::from_hours(24 * 5 + 1));
    assert_eq!(sweep().await, (0, 1));
    assert_eq!(desk.call(&call).await["status"], "closed");
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn a_reopened_call_is_acknowledged_by_whoever_takes_it(db: PgPool) {
    let desk = desk(MONDAY_AFTERNOON, db).await;
    let claire = desk.portal.person(desk.acme.customer, "Claire Dubois", "customer").await;
    let call = claire.file("FT-4400-2210", "3", "Consoles are slow").await;
    desk.act(&call, json!({"verb": "take"})).await;
    let done = json!({"verb": "resolve", "resolution_code": "Advice given", "cause": "load", "body": "Done."});
    desk.act(&call, done).await;
    claire.post(&format!("/calls/{call}/closure"), &[]).await;
    claire.post(&format!("/calls/{call}/reopening"), &[("reason", "It is back")]).await;
    assert_eq!(desk.call(&call).await["due_kind"], "acknowledge");

    desk.act(&call, json!({"verb": "take"})).await;

    assert_ne!(desk.call(&call).await["due_kind"], "acknowledge");
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn what_is_typed_survives_an_ended_session(db: PgPool) {
    let desk = desk(MONDAY_AFTERNOON, db).await;
    let claire = desk.portal.person(desk.acme.customer, "Claire Dubois", "customer").await;
    claire.post("/session/end", &[]).await;

    let form = [("system", "FT-4400-2210"), ("severity", "2"), ("title", "My title"), ("body", "My long story")];
    let page = claire.post("/calls", &form).await;

    assert_eq!(page.status, StatusCode::UNAUTHORIZED);
    assert!(page.body.contains("My title") && page.body.contains("My long story"), "{}", page.body);
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn an_old_copy_is_answered_with_the_current_one(db: PgPool) {
    let desk = desk(MONDAY_AFTERNOON, db).await;
    let claire = desk.portal.person(desk.acme.customer, "Claire Dubois", "customer").await;
    let call = claire.file("FT-4400-2210", "3", "Consoles are slow").await;
    let path = format!("/calls/{call}/transitions");

    let stale = desk.ilse.api_with("POST", &path, Some(&json!({"verb": "take"})), &[("If-Match", "\"1\"")]).await;

    assert_eq!(stale.status, StatusCode::PRECONDITION_FAILED);
    assert_eq!(stale.json()["version"], 2);
}
