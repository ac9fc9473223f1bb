//! Promises at risk and broken: told once, with their true instant, to those whom it concerns.

use jiff::SignedDuration;
use meridian::{actions, clock::Clock, store::Store};
use serde_json::json;
use sqlx::{AssertSqlSafe, Executor, PgPool};

use super::{count, desk, line};
use crate::support::{MONDAY_AFTERNOON, TestApp};

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn a_promise_is_told_at_risk_once_and_missed_once(db: PgPool) {
    let desk = desk("2026-11-23T14:00:00Z", db.clone()).await;
    let number = desk.file("1").await;

    assert_eq!(desk.sweep().await, 0);
    desk.pass(25);
    assert_eq!((desk.sweep().await, desk.sweep().await), (1, 0));
    assert_eq!(desk.told(&number).await, [line("clock_at_risk", "acknowledge", "14:24")]);
    desk.pass(6);
    assert_eq!((desk.sweep().await, desk.sweep().await), (1, 0));

    let told = desk.told(&number).await;
    assert_eq!(told[1..], [line("clock_missed", "acknowledge", "14:30")]);
    // In one sight: a line goes from one to the other by itself.
    let lines = "kind LIKE 'clock_%' AND audience = 'staff'";
    let both = format!("(SELECT count(*) FROM outbox WHERE {lines}) + (SELECT count(*) FROM stream WHERE {lines})");
    assert_eq!(count(&db, &format!("SELECT {both}")).await, 2);
    assert_eq!(count(&db, "SELECT jsonb_array_length(state -> 'misses')::bigint FROM call").await, 1);
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn what_happened_while_nobody_swept_is_told_with_its_true_instant(db: PgPool) {
    let desk = desk("2026-11-23T14:00:00Z", db).await;
    let silent = desk.file("1").await;
    let answered = desk.file("1").await;
    desk.pass(20);
    desk.act(&answered, json!({"verb": "acknowledge"})).await;
    desk.pass(35);
    desk.sweep().await;

    let told = desk.told(&silent).await;
    let both = [
        line("clock_at_risk", "acknowledge", "14:24"),
        line("clock_missed", "acknowledge", "14:30"),
        line("clock_at_risk", "next_update", "14:48"),
    ];
    assert_eq!(told, both);
    assert_eq!(desk.told(&answered).await, [line("clock_at_risk", "next_update", "14:48")]);
    let history = desk.ilse.api("GET", &format!("/calls/{silent}/history"), None).await.json();
    assert_eq!(history["data"][2]["recorded_at"], "2026-11-23T14:55:00.000000Z", "{history}");
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn a_promise_that_waits_for_somebody_else_is_in_no_danger(db: PgPool) {
    let desk = desk("2026-11-23T14:00:00Z", db).await;
    let number = desk.file("2").await;
    desk.act(&number, json!({"verb": "take"})).await;
    desk.act(&number, json!({"verb": "ask_customer", "body": "Which version?"})).await;
    desk.pass(180);

    assert_eq!(desk.sweep().await, 0, "the customer's silence was counted");
    desk.claire.post(&format!("/calls/{number}/entries"), &[("kind", "comment"), ("body", "9.4")]).await;
    desk.pass(193);
    assert_eq!(desk.sweep().await, 1);
    assert_eq!(desk.told(&number).await, [line("clock_at_risk", "next_update", "20:12")]);
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn two_nodes_write_one_line(db: PgPool) {
    let desk = desk("2026-11-23T14:00:00Z", db.clone()).await;
    let mut numbers = Vec::new();
    for _ in 0..6 {
        numbers.push(desk.file("1").await);
    }
    desk.pass(40);
    let other = Store::connect((*db.connect_options()).clone(), 1).await.unwrap();
    let clock = Clock::held_at(desk.portal.now());
    let other = meridian::app::App::new(other, clock, meridian::config::Config::default()).await.unwrap();

    let (here, there) = tokio::join!(actions::watch_clocks(&desk.portal.app), actions::watch_clocks(&other));

    assert_eq!(here.unwrap() + there.unwrap() + desk.sweep().await, 6);
    for number in numbers {
        assert_eq!(desk.told(&number).await.len(), 2);
    }
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn a_word_to_the_customer_begins_a_new_promise_with_a_warning_of_its_own(db: PgPool) {
    let desk = desk("2026-11-23T14:00:00Z", db).await;
    let number = desk.file("1").await;
    desk.act(&number, json!({"verb": "take"})).await;
    desk.pass(50);
    desk.sweep().await;
    desk.ilse.post(&format!("/calls/{number}/entries"), &[("kind", "comment"), ("body", "Still at it.")]).await;
    desk.pass(50);
    desk.sweep().await;

    let twice = [line("clock_at_risk", "next_update", "14:48"), line("clock_at_risk", "next_update", "15:38")];
    assert_eq!(desk.told(&number).await, twice);
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn another_severity_is_watched_anew_and_tells_first_what_was_missed(db: PgPool) {
    let desk = desk("2026-11-23T14:00:00Z", db).await;
    let number = desk.file("1").await;
    desk.pass(31);
    desk.act(&number, json!({"verb": "change_severity", "severity": 3, "reason": "One desk only"})).await;

    let before = [line("clock_at_risk", "acknowledge", "14:24"), line("clock_missed", "acknowledge", "14:30")];
    assert_eq!(desk.told(&number).await, before);
    desk.pass(60 * 24);
    desk.sweep().await;
    assert_eq!(desk.told(&number).await, before, "lowering the severity told the same miss again");
    assert_eq!(desk.clock(&number, "acknowledge").await["state"], "missed");
    desk.act(&number, json!({"verb": "change_severity", "severity": 1, "reason": "All desks"})).await;
    desk.sweep().await;
    let kinds: Vec<String> = desk.told(&number).await.into_iter().map(|told| told.1).collect();
    assert!(kinds.contains(&"restore".to_owned()), "the raised severity counts from the opening: {kinds:?}");
    assert_eq!(kinds.iter().filter(|kind| *kind == "acknowledge").count(), 2);
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn a_call_that_comes_back_is_promised_and_watched_anew(db: PgPool) {
    let desk = desk("2026-11-23T14:00:00Z", db).await;
    let number = desk.file("1").await;
    desk.pass(31);
    desk.sweep().await;
    desk.act(&number, json!({"verb": "take"})).await;
    let done = json!({"verb": "resolve", "resolution_code": "Advice given", "cause": "load", "body": "Done."});
    desk.act(&number, done).await;
    desk.claire.post(&format!("/calls/{number}/closure"), &[]).await;
    desk.pass(60);
    assert_eq!(desk.sweep().await, 0, "a closed call was watched");
    desk.claire.post(&format!("/calls/{number}/reopening"), &[("reason", "It is back")]).await;
    assert_eq!(desk.clock(&number, "acknowledge").await["state"], "running");
    desk.pass(31);
    desk.sweep().await;

    let acknowledge = desk.told(&number).await.into_iter().filter(|told| told.1 == "acknowledge").count();
    assert_eq!(acknowledge, 4, "{:?}", desk.told(&number).await);
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn what_one_severity_missed_is_forgotten_when_the_call_comes_back(db: PgPool) {
    let desk = desk("2026-11-23T14:00:00Z", db).await;
    let number = desk.file("1").await;
    desk.pass(31);
    for severity in [3, 4] {
        let lower = json!({"verb": "change_severity", "severity": severity, "reason": "One desk only"});
        desk.act(&number, lower).await;
    }
    desk.act(&number, json!({"verb": "take"})).await;
    let done = json!({"verb": "resolve", "resolution_code": "Advice given", "cause": "load", "body": "Done."});
    desk.act(&number, done).await;
    desk.claire.post(&format!("/calls/{number}/closure"), &[]).await;
    desk.pass(10);
    desk.claire.post(&format!("/calls/{number}/reopening"), &[("reason", "It is back")]).await;

    let acknowledge = desk.clock(&number, "acknowledge").await;
    assert_eq!(acknowledge["state"], "running", "a promise that was just made is late: {acknowledge}");
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn warnings_are_nothing_for_the_customer(db: PgPool) {
    let desk = desk("2026-11-23T14:00:00Z", db).await;
    let number = desk.file("1").await;
    let (call, path) = (format!("/calls/{number}"), format!("/calls/{number}/history"));
    let before = desk.claire.api("GET", &call, None).await.json();
    desk.pass(31);
    assert_eq!(desk.sweep().await, 1);

    let after = desk.claire.api("GET", &call, None).await.json();
    assert_eq!((&after["version"], &after["updated_at"]), (&before["version"], &before["updated_at"]));
    let (history, list) = (desk.claire.api("GET", &path, None).await, desk.claire.api("GET", "/calls", None).await);
    let (page, pages) = (desk.claire.get(&call).await, desk.claire.get("/calls").await);
    for seen in [&history.body, &list.body, &page.body, &pages.body, &after.to_string()] {
        for word in ["clock_at_risk", "clock_missed", "priority", "at risk", "order of work"] {
            assert!(!seen.contains(word), "{word} is shown: {seen}");
        }
    }
    assert!(desk.ilse.get(&call).await.body.contains("is late, it was due"));
    assert!(desk.ilse.api("GET", &call, None).await.json()["version"].as_i64() > before["version"].as_i64());
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn a_call_of_another_desks_log_is_not_watched(db: PgPool) {
    let desk = desk(MONDAY_AFTERNOON, db.clone()).await;
    let number = desk.file("1").await;
    db.execute("UPDATE call SET origin = 'import'").await.unwrap();
    desk.pass(60 * 24);

    assert_eq!(desk.sweep().await, 0);
    assert_eq!(desk.told(&number).await, []);
    assert_eq!(count(&db, "SELECT count(*) FROM call WHERE watch_at IS NOT NULL").await, 0);
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn what_is_late_on_an_urgent_call_is_told_to_the_lead_and_the_assignee(db: PgPool) {
    let portal = TestApp::at("2026-11-23T14:00:00Z", db.clone()).await;
    let acme = portal.customer("Acme Rail", "LYON-2", "Europe/Paris", "EMEA").await;
    portal.system(acme, "FT-4400-2210", "rail-core-a").await;
    let claire = portal.person(acme.customer, "Claire Dubois", "customer").await;
    let (ilse, lena) = (portal.staff("Ilse Kessler", "engineer").await, portal.staff("Lena Lead", "cac_lead").await);
    let far = portal.staff("Akira Lead", "cac_lead").await;
    for (lead, cac) in [(&lena, "EMEA"), (&far, "APAC")] {
        let sql = format!("UPDATE membership SET cac_code = '{cac}' WHERE id = '{}'", lead.membership);
        db.execute(AssertSqlSafe(sql)).await.unwrap();
    }
    let number = claire.file("FT-4400-2210", "1", "Trading is down").await;
    ilse.post(&format!("/calls/{number}/assignment"), &[("assignee", "me")]).await;

    portal.app.clock.advance(SignedDuration::from_mins(61));
    let mut told = String::new();
    for _ in 0..60 {
        told = lena.get("/notifications").await.body;
        if told.contains(&number) {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }

    assert!(told.contains("a promise is missed on"), "{told}");
    assert!(!told.contains("at risk on"), "{told}");
    let mine = ilse.get("/notifications").await.body;
    assert!(mine.contains("a promise is missed on") && mine.contains("a promise is at risk on"), "{mine}");
    for other in [&far, &claire] {
        assert!(!other.get("/notifications").await.body.contains("promise is"), "somebody else was told");
    }
}
