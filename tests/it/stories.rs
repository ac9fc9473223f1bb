//! What people and machines do here, from the outside.

use jiff::SignedDuration;
use reqwest::StatusCode;
use serde_json::json;
use sqlx::PgPool;

use crate::support::{MONDAY_AFTERNOON, MONDAY_NIGHT, SATURDAY, TestApp};

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn a_customer_files_a_call_and_sees_who_has_it(db: PgPool) {
    let portal = TestApp::at(MONDAY_AFTERNOON, db).await;
    let acme = portal.customer("Acme Rail", "LYON-2", "Europe/Paris", "EMEA").await;
    portal.system(acme, "FT-4400-2210", "rail-core-a").await;
    let claire = portal.person(acme.customer, "Claire Dubois", "customer").await;

    let number = claire.file("FT-4400-2210", "2", "Operator console freezes").await;

    let page = claire.get(&format!("/calls/{number}")).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.body);
    for expected in [&number, "Operator console freezes", "EMEA hardware", "EMEA is open", "It began this morning."] {
        assert!(page.body.contains(expected), "{expected} is not on {}", page.body);
    }
    let call = claire.api("GET", &format!("/calls/{number}"), None).await.json();
    assert_eq!(call["queue"], "emea-hardware");
    assert_eq!(call["due_at"], "2026-11-23T16:33:00.000000Z");
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn a_stopped_machine_at_night_goes_to_whoever_is_awake(db: PgPool) {
    let portal = TestApp::at(MONDAY_NIGHT, db).await;
    let acme = portal.customer("Acme Rail", "LYON-2", "Europe/Paris", "EMEA").await;
    portal.system(acme, "FT-4400-2210", "rail-core-a").await;
    let claire = portal.person(acme.customer, "Claire Dubois", "customer").await;

    let down = claire.file("FT-4400-2210", "1", "Both enclosures offline").await;
    let question = claire.file("FT-4400-2210", "4", "Which cable?").await;

    let down = claire.api("GET", &format!("/calls/{down}"), None).await.json();
    let question = claire.api("GET", &format!("/calls/{question}"), None).await.json();
    assert_eq!(down["queue"], "apac-hardware", "{down}");
    assert_eq!(question["queue"], "emea-hardware", "{question}");
    assert_eq!(question["wait_until"], "2026-11-23T08:00:00.000000Z");
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn on_a_saturday_the_duty_manager_gets_what_nobody_took(db: PgPool) {
    let portal = TestApp::at(SATURDAY, db).await;
    let acme = portal.customer("Acme Rail", "LYON-2", "Europe/Paris", "EMEA").await;
    portal.system(acme, "FT-4400-2210", "rail-core-a").await;
    let claire = portal.person(acme.customer, "Claire Dubois", "customer").await;

    let number = claire.file("FT-4400-2210", "critical", "Trading is down").await;

    let call = claire.api("GET", &format!("/calls/{number}"), None).await.json();
    assert_eq!(call["queue"], "duty");
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn what_is_not_covered_is_visible_and_never_dropped(db: PgPool) {
    let portal = TestApp::at(MONDAY_AFTERNOON, db).await;
    let acme = portal.customer("Acme Rail", "LYON-2", "Europe/Paris", "EMEA").await;
    portal.system_under(acme, "FT-OLD-1", "museum", None).await;
    let claire = portal.person(acme.customer, "Claire Dubois", "customer").await;

    let number = claire.file("FT-OLD-1", "3", "Fan is loud").await;

    let call = claire.api("GET", &format!("/calls/{number}"), None).await.json();
    assert_eq!(call["queue"], "renewals-emea");
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn an_engineer_takes_asks_and_resolves_and_the_customer_accepts(db: PgPool) {
    let portal = TestApp::at(MONDAY_AFTERNOON, db).await;
    let acme = portal.customer("Acme Rail", "LYON-2", "Europe/Paris", "EMEA").await;
    portal.system(acme, "FT-4400-2210", "rail-core-a").await;
    let claire = portal.person(acme.customer, "Claire Dubois", "customer").await;
    let ilse = portal.staff("Ilse Kessler", "engineer").await;
    let number = claire.file("FT-4400-2210", "3", "Log fills").await;
    let call = format!("/calls/{number}");
    let status = async || claire.api("GET", &call, None).await.json()["status"].clone();

    ilse.post(&format!("{call}/assignment"), &[("assignee", "me")]).await;
    assert_eq!(status().await, "open");
    ilse.post(&format!("{call}/entries"), &[("kind", "note"), ("body", "Smells like the backplane.")]).await;
    ilse.post(&format!("{call}/question"), &[("body", "Which version?")]).await;
    assert_eq!(status().await, "awaiting_customer");
    portal.app.clock.advance(SignedDuration::from_hours(2));
    claire.post(&format!("{call}/entries"), &[("kind", "comment"), ("body", "Version 9.4.")]).await;
    assert_eq!(status().await, "open");
    let done = [("resolution_code", "software_fixed"), ("cause", "software defect"), ("text", "Patched.")];
    ilse.post(&format!("{call}/resolution"), &done).await;
    assert_eq!(status().await, "resolved");

    let page = claire.get(&call).await;
    assert!(page.body.contains("Is it solved?"), "{}", page.body);
    assert!(!page.body.contains("backplane"), "a work note is on the customer's page");
    assert!(ilse.get(&call).await.body.contains("backplane"));
    claire.post(&format!("{call}/closure"), &[]).await;
    assert_eq!(status().await, "closed");
    let clocks = ilse.api("GET", &format!("{call}/clocks"), None).await.json();
    assert!(clocks.to_string().contains("2026-11-23T16:33:00.000000Z"), "the pause is not visible: {clocks}");
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn a_verb_that_is_not_possible_is_refused_and_the_words_survive(db: PgPool) {
    let portal = TestApp::at(MONDAY_AFTERNOON, db).await;
    let acme = portal.customer("Acme Rail", "LYON-2", "Europe/Paris", "EMEA").await;
    portal.system(acme, "FT-4400-2210", "rail-core-a").await;
    let claire = portal.person(acme.customer, "Claire Dubois", "customer").await;
    let ilse = portal.staff("Ilse Kessler", "engineer").await;
    let number = claire.file("FT-4400-2210", "3", "Log fills").await;

    let asked = ilse.post(&format!("/calls/{number}/question"), &[("body", "My careful question")]).await;
    let theirs = claire.post(&format!("/calls/{number}/hold"), &[("hold_reason", "part")]).await;

    assert_eq!(asked.status, StatusCode::CONFLICT);
    assert!(asked.body.contains("not possible while the call is new"), "{}", asked.body);
    assert!(asked.body.contains("My careful question"));
    assert_eq!(theirs.status, StatusCode::FORBIDDEN);
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn the_form_shows_every_error_at_once_and_keeps_the_text(db: PgPool) {
    let portal = TestApp::at(MONDAY_AFTERNOON, db).await;
    let acme = portal.customer("Acme Rail", "LYON-2", "Europe/Paris", "EMEA").await;
    let claire = portal.person(acme.customer, "Claire Dubois", "customer").await;

    let page = claire.post("/calls", &[("body", "Four hours of typing & <thinking>")]).await;

    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    for expected in ["Choose the system", "Choose how bad it is", "in a few words", "Four hours of typing &#38; &#60;"]
    {
        assert!(page.body.contains(expected), "{expected} is not on {}", page.body);
    }
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn a_form_sent_twice_is_one_call(db: PgPool) {
    let portal = TestApp::at(MONDAY_AFTERNOON, db).await;
    let acme = portal.customer("Acme Rail", "LYON-2", "Europe/Paris", "EMEA").await;
    portal.system(acme, "FT-4400-2210", "rail-core-a").await;
    let claire = portal.person(acme.customer, "Claire Dubois", "customer").await;
    let form = [("system", "FT-4400-2210"), ("severity", "3"), ("title", "Twice"), ("idempotency_key", "k1")];

    let sent = tokio::join!(claire.post("/calls", &form), claire.post("/calls", &form), claire.post("/calls", &form));

    assert_eq!(sent.0.location(), sent.1.location());
    assert_eq!(sent.0.location(), sent.2.location());
    let body = json!({"system": "FT-4400-2210", "severity": 3, "title": "By program", "body": "x"});
    let key = [("Idempotency-Key", "k2")];
    let first = claire.api_with("POST", "/calls", Some(&body), &key).await;
    let again = claire.api_with("POST", "/calls", Some(&body), &key).await;
    assert_eq!((first.status, again.status), (StatusCode::CREATED, StatusCode::CREATED));
    assert_eq!(first.json()["number"], again.json()["number"]);
    let other = json!({"system": "FT-4400-2210", "severity": 3, "title": "Something else", "body": "x"});
    let refused = claire.api_with("POST", "/calls", Some(&other), &key).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", refused.body);
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn a_first_line_partner_reviews_takes_passes_on_and_dismisses(db: PgPool) {
    let portal = TestApp::at(MONDAY_AFTERNOON, db).await;
    let acme = portal.customer("Acme Rail", "LYON-2", "Europe/Paris", "EMEA").await;
    let system = portal.system(acme, "FT-4400-2210", "rail-core-a").await;
    let rhone = portal.partner("Rhone Systemes", acme, true).await;
    let paul = portal.person(rhone, "Paul Roche", "partner").await;
    let credential = portal.credential(acme, Some(system)).await;
    let alarm = |id: &str, code: &str| {
        json!({"specversion": "1.0", "id": id, "source": "/systems/FT-4400-2210", "type": "meridian.alarm.raised",
               "subject": "11/2", "data": {"code": code, "severity": "warning", "summary": format!("{code} is odd")}})
    };
    let mut numbers = Vec::new();
    for (id, code) in [("1", "fan"), ("2", "psu"), ("3", "disk"), ("4", "nic")] {
        let answer = portal.ingest("/ingest/alarms", &credential, alarm(id, code).to_string()).await;
        assert_eq!(answer.status, StatusCode::ACCEPTED, "{}", answer.body);
        numbers.push(answer.json()["results"][0]["call"].as_str().unwrap().to_owned());
    }
    let of = async |number: &str| paul.api("GET", &format!("/calls/{number}"), None).await.json();

    paul.post(&format!("/calls/{}/review", numbers[0]), &[("action", "take")]).await;
    paul.post(&format!("/calls/{}/review", numbers[1]), &[("action", "pass"), ("reason", "Beyond us")]).await;
    paul.post(&format!("/calls/{}/review", numbers[2]), &[("action", "dismiss"), ("reason", "We pulled it")]).await;
    portal.app.clock.advance(SignedDuration::from_mins(31));
    meridian::actions::overdue_review(&portal.app).await.unwrap();

    let taken = of(&numbers[0]).await;
    assert_eq!((taken["status"].as_str(), taken["partner_review"].as_bool()), (Some("open"), Some(true)), "{taken}");
    assert_eq!(of(&numbers[1]).await["queue"], "emea-hardware");
    assert_eq!(of(&numbers[2]).await["status"], "cancelled");
    let passed_by_time = of(&numbers[3]).await;
    assert_eq!(passed_by_time["queue"], "emea-hardware", "{passed_by_time}");
    assert_eq!(passed_by_time["status"], "new");
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn a_fault_that_comes_back_goes_to_the_partner_again(db: PgPool) {
    let portal = TestApp::at(MONDAY_AFTERNOON, db).await;
    let acme = portal.customer("Acme Rail", "LYON-2", "Europe/Paris", "EMEA").await;
    let system = portal.system(acme, "FT-4400-2210", "rail-core-a").await;
    portal.partner("Rhone Systemes", acme, true).await;
    let ilse = portal.staff("Ilse Kessler", "engineer").await;
    let credential = portal.credential(acme, Some(system)).await;
    let send = async |id: &str, kind: &str| {
        let event = json!({"specversion": "1.0", "id": id, "source": "/systems/FT-4400-2210", "type": kind,
                           "data": {"code": "fan", "severity": "warning", "summary": "Fan 2 is slow"}});
        portal.ingest("/ingest/alarms", &credential, event.to_string()).await.json()["results"][0].clone()
    };

    let number = send("1", "meridian.alarm.raised").await["call"].as_str().unwrap().to_owned();
    send("2", "meridian.alarm.cleared").await;
    send("3", "meridian.alarm.raised").await;

    let call = ilse.api("GET", &format!("/calls/{number}"), None).await.json();
    assert_eq!((call["status"].as_str(), call["queue"].as_str()), (Some("open"), Some("partner")), "{call}");
    assert_eq!(call["partner_review"], true);
    meridian::actions::overdue_review(&portal.app).await.unwrap();
    portal.app.clock.advance(SignedDuration::from_mins(31));
    assert_eq!(meridian::actions::overdue_review(&portal.app).await.unwrap(), 1);
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn a_server_phones_home_and_the_fault_is_one_call(db: PgPool) {
    let portal = TestApp::at(MONDAY_AFTERNOON, db).await;
    let acme = portal.customer("Acme Rail", "LYON-2", "Europe/Paris", "EMEA").await;
    let system = portal.system(acme, "FT-4400-2210", "rail-core-a").await;
    let ilse = portal.staff("Ilse Kessler", "engineer").await;
    let credential = portal.credential(acme, Some(system)).await;
    let send = async |id: &str, kind: &str, code: &str| {
        let event = json!({"specversion": "1.0", "id": id, "source": "/systems/FT-4400-2210", "type": kind,
                           "subject": "0/1", "time": "2026-11-23T13:11:00Z",
                           "data": {"code": code, "severity": "critical", "summary": "CPU enclosure 1 broken",
                                    "state": "broken", "reason": "below-mtbf"}});
        portal.ingest("/ingest/alarms", &credential, event.to_string()).await.json()["results"][0].clone()
    };

    let opened = send("1", "meridian.alarm.raised", "cpu").await;
    let again = send("1", "meridian.alarm.raised", "cpu").await;
    let folded = send("2", "meridian.alarm.raised", "cpu").await;
    let beat = send("3", "meridian.heartbeat", "").await;
    let number = opened["call"].as_str().unwrap().to_owned();

    assert_eq!(opened["disposition"], "opened");
    assert_eq!(opened, again, "the same message is answered the same");
    assert_eq!((folded["disposition"].as_str(), folded["call"].as_str()), (Some("folded"), Some(number.as_str())));
    assert_eq!(beat["disposition"], "heartbeat");
    let page = ilse.get(&format!("/calls/{number}")).await.body;
    assert!(page.contains("running without redundancy"), "{page}");
    let cleared = send("4", "meridian.alarm.cleared", "cpu").await;
    assert_eq!(cleared["disposition"], "cleared");
    let call = ilse.api("GET", &format!("/calls/{number}"), None).await.json();
    assert_eq!((call["status"].as_str(), call["alarms"].as_i64()), (Some("resolved"), Some(2)), "{call}");
    let back = send("5", "meridian.alarm.raised", "cpu").await;
    assert_eq!((back["disposition"].as_str(), back["call"].as_str()), (Some("folded"), Some(number.as_str())));
    let call = ilse.api("GET", &format!("/calls/{number}"), None).await.json();
    assert_eq!((call["status"].as_str(), call["reopened"].as_i64()), (Some("open"), Some(1)), "{call}");
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn what_a_machine_sends_wrong_is_named_and_kept(db: PgPool) {
    let portal = TestApp::at(MONDAY_AFTERNOON, db).await;
    let acme = portal.customer("Acme Rail", "LYON-2", "Europe/Paris", "EMEA").await;
    let credential = portal.credential(acme, None).await;

    let nonsense = portal.ingest("/ingest/alarms", &credential, "{\"id\": 7}").await;
    let wrong = portal.ingest("/ingest/alarms", "md_wrong", "{}").await;
    let strange = json!({"specversion": "1.0", "id": "1", "source": "/systems/NOBODY", "type": "meridian.alarm.raised",
                         "data": {"code": "fan", "severity": "error"}});
    let strange = portal.ingest("/ingest/alarms", &credential, strange.to_string()).await;

    assert_eq!(nonsense.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(nonsense.body.contains("has no id"), "{}", nonsense.body);
    assert_eq!(wrong.status, StatusCode::UNAUTHORIZED);
    assert_eq!(strange.json()["results"][0]["disposition"], "quarantined");
    let kept: i64 =
        sqlx::query_scalar!(r#"SELECT count(*) AS "n!" FROM kept_message"#).fetch_one(&portal.pool).await.unwrap();
    assert_eq!(kept, 2);
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn nobody_signs_in_with_a_wrong_password_and_guessing_is_slowed(db: PgPool) {
    let portal = TestApp::at(MONDAY_AFTERNOON, db).await;
    let ilse = portal.staff("Ilse Kessler", "engineer").await;
    let stranger = portal.stranger();

    let form = [("email", ilse.email.as_str()), ("password", "a wrong password")];
    let mut answers = Vec::new();
    for _ in 0..12 {
        answers.push(stranger.post("/session", &form).await.status);
    }
    let nobody = stranger.post("/session", &[("email", "nobody@example.com"), ("password", "x")]).await;

    assert_eq!(answers[0], StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(*answers.last().unwrap(), StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(nobody.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(stranger.get("/calls").await.location(), "/session/new?next=/calls");
    assert_eq!(stranger.api("GET", "/calls", None).await.status, StatusCode::UNAUTHORIZED);
    ilse.post("/session/end", &[]).await;
    assert_eq!(ilse.get("/calls").await.status, StatusCode::SEE_OTHER);
}
