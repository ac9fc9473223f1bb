//! Hours change under promises that were made already: the stored instant, the order of work and the warnings follow.

use serde_json::{Value, json};
use sqlx::{Executor, PgPool};

use super::{Desk, count, desk, line};

/// Friday, 18:00 in Lyon.
const FRIDAY_EVENING: &str = "2026-11-20T17:00:00Z";

impl Desk {
    async fn row(&self, number: &str) -> Value {
        self.ilse.api("GET", &format!("/calls/{number}"), None).await.json()
    }

    async fn first_due(&self, number: &str) -> String {
        self.row(number).await["due_at"].as_str().unwrap()[..16].to_owned()
    }

    /// The lines on which hours changed, as this reader has them.
    async fn recounted(&self, number: &str) -> Vec<Value> {
        let history = self.claire.api("GET", &format!("/calls/{number}/history"), None).await.json();
        let lines = history["data"].as_array().unwrap().clone();
        lines.into_iter().filter(|line| line["verb"] == "clocks_recounted").collect()
    }

    async fn holiday(&self, day: &str) {
        let admin = self.portal.staff("Ada Quinn", "admin").await;
        let days = [("days", day)];
        let page = admin.post("/routing/holidays/FR/days", &days).await;
        assert_eq!(page.status, 303, "{}", page.body);
    }
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn a_holiday_moves_what_was_promised_and_all_who_read_are_told(db: PgPool) {
    let desk = desk(FRIDAY_EVENING, db.clone()).await;
    let number = desk.file("3").await;
    desk.act(&number, json!({"verb": "note", "text": "Nothing yet."})).await;
    assert_eq!(desk.first_due(&number).await, "2026-11-23T09:00");
    desk.sweep().await;

    desk.holiday("2026-11-23").await;
    let told = (desk.sweep().await, desk.sweep().await);

    assert_eq!(told, (1, 0), "counted anew, once");
    assert_eq!(desk.first_due(&number).await, "2026-11-24T09:00");
    let lines = desk.recounted(&number).await;
    assert_eq!(lines.len(), 1, "{lines:?}");
    assert!(lines[0]["change"]["was"]["at"].as_str().unwrap().starts_with("2026-11-23T09:00"), "{lines:?}");
    let page = desk.claire.get(&format!("/calls/{number}")).await.body;
    assert!(page.contains("opening hours have changed"), "{page}");
    let watched =
        "SELECT count(*) FROM call WHERE watch_at::date = '2026-11-24' AND hours_version = (SELECT version FROM hours)";
    assert_eq!(count(&db, watched).await, 1);
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn a_promise_that_moves_into_the_past_was_not_missed_before_it_was_made(db: PgPool) {
    let desk = desk("2026-11-19T17:00:00Z", db).await;
    desk.holiday("2026-11-20").await;
    let number = desk.file("3").await;
    assert_eq!(desk.first_due(&number).await, "2026-11-23T09:00");
    desk.pass(20 * 60);

    let admin = desk.portal.staff("Alma Quist", "admin").await;
    let page = admin.post("/routing/holidays/FR/removal", &[("day", "2026-11-20")]).await;
    assert_eq!(page.status, 303, "{}", page.body);
    desk.sweep().await;

    assert_eq!(desk.first_due(&number).await, "2026-11-20T09:00");
    let told = desk.told(&number).await;
    assert_eq!(told.last(), Some(&line("clock_missed", "acknowledge", "13:00")), "{told:?}");
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn a_verb_after_the_change_counts_by_the_new_hours_before_any_sweep(db: PgPool) {
    let desk = desk(FRIDAY_EVENING, db).await;
    let number = desk.file("3").await;
    desk.holiday("2026-11-23").await;

    desk.act(&number, json!({"verb": "note", "text": "Seen."})).await;

    assert_eq!(desk.recounted(&number).await.len(), 1);
    assert_eq!((desk.first_due(&number).await, desk.sweep().await), ("2026-11-24T09:00".to_owned(), 0));
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn what_was_missed_is_written_down_before_the_word_that_comes_too_late(db: PgPool) {
    let desk = desk("2026-11-23T14:00:00Z", db).await;
    let number = desk.file("1").await;
    desk.pass(31);

    desk.act(&number, json!({"verb": "acknowledge"})).await;

    let told = desk.told(&number).await;
    assert_eq!(told, [line("clock_at_risk", "acknowledge", "14:24"), line("clock_missed", "acknowledge", "14:30")]);
    assert_eq!(desk.clock(&number, "acknowledge").await["state"], "missed");
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn a_call_that_cannot_be_read_keeps_no_other_from_its_clock(db: PgPool) {
    let desk = desk("2026-11-23T14:00:00Z", db.clone()).await;
    let broken = desk.file("1").await;
    let number = desk.file("1").await;
    let first = "UPDATE call SET state = '{\"risks\": 7}' WHERE number = (SELECT min(number) FROM call)";
    db.execute(first).await.unwrap();
    desk.pass(31);

    assert_eq!(desk.sweep().await, 1);
    assert_ne!(broken, number);
    assert_eq!(desk.told(&number).await.len(), 2);
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn what_was_missed_stays_missed_when_its_instant_moves_ahead(db: PgPool) {
    let desk = desk(FRIDAY_EVENING, db).await;
    let number = desk.file("3").await;
    desk.pass(3 * 24 * 60);
    desk.sweep().await;
    let last = desk.told(&number).await.last().cloned();
    assert_eq!(last, Some(line("clock_missed", "acknowledge", "09:00")));

    let days: Vec<String> = (23..=30).map(|day| format!("2026-11-{day}")).collect();
    desk.holiday(&days.join("\n")).await;
    desk.sweep().await;

    assert_eq!(desk.clock(&number, "acknowledge").await["state"], "missed");
    let fresh = desk.portal.staff("Bo Lindh", "engineer").await;
    let page = fresh.get(&format!("/calls/{number}")).await.body;
    assert!(page.contains("<span>First answer</span>") && page.contains(">missed<"), "{page}");
    assert!(!page.contains("d late<"), "{page}");
}
