//! How promises count: pauses with their reasons, severities, calendars, clocks that change, regions.

use reqwest::StatusCode;
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Executor, PgPool};

use super::{Desk, desk};

impl Desk {
    async fn due(&self, number: &str, kind: &str) -> String {
        self.clock(number, kind).await["due_at"].as_str().unwrap()[..16].to_owned()
    }

    /// The clock is set, not moved: whole days may lie between two acts.
    async fn until(&self, instant: &str) {
        let then: jiff::Timestamp = instant.parse().unwrap();
        self.portal.app.clock.advance(then.duration_since(self.portal.now()));
        self.claire.sign_in().await;
        self.ilse.sign_in().await;
    }

    /// The site gets a calendar of its own.
    async fn hours(&self, db: &PgPool, weekly: &Value) {
        let sql = format!(
            "INSERT INTO calendar (name, time_zone, weekly, holidays) VALUES ('lyon', 'Europe/Paris', '{weekly}', '[]')"
        );
        db.execute(AssertSqlSafe(sql)).await.unwrap();
        db.execute("UPDATE site SET calendar = 'lyon'").await.unwrap();
        self.portal.app.reload_reference().await.unwrap();
    }
}

fn names(pauses: &Value) -> Vec<String> {
    pauses.as_array().unwrap().iter().map(|pause| pause["why"].as_str().unwrap().to_owned()).collect()
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn a_critical_call_waits_only_with_words(db: PgPool) {
    let desk = desk("2026-11-23T14:00:00Z", db).await;
    let number = desk.file("1").await;
    desk.act(&number, json!({"verb": "take"})).await;
    let (hold, path) = (format!("/calls/{number}/hold"), format!("/calls/{number}/transitions"));

    let silent = desk.ilse.post(&hold, &[("hold_reason", "part")]).await;
    let named = desk.ilse.api("POST", &path, Some(&json!({"verb": "hold", "reason": "part"}))).await;

    assert_eq!(silent.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", silent.body);
    assert!(silent.body.contains("say what the work waits for"), "{}", silent.body);
    assert_eq!(named.status, StatusCode::UNPROCESSABLE_ENTITY, "the name of a reason is no words: {}", named.body);
    let said = desk.ilse.post(&hold, &[("hold_reason", "part"), ("text", "Board flies in from Cork")]).await;
    assert_eq!(said.status, StatusCode::SEE_OTHER, "{}", said.body);
    let other = desk.file("3").await;
    desk.act(&other, json!({"verb": "take"})).await;
    desk.act(&other, json!({"verb": "hold", "reason": "vendor"})).await;
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn every_pause_is_shown_with_what_it_waited_for(db: PgPool) {
    let desk = desk("2026-11-23T14:00:00Z", db).await;
    let number = desk.file("2").await;
    desk.act(&number, json!({"verb": "take"})).await;
    desk.pass(10);
    desk.act(&number, json!({"verb": "ask_customer", "body": "Which version?"})).await;
    desk.pass(90);
    desk.claire.post(&format!("/calls/{number}/entries"), &[("kind", "comment"), ("body", "9.4")]).await;
    desk.pass(5);
    desk.act(&number, json!({"verb": "hold", "reason": "part"})).await;
    desk.pass(45);

    let restore = desk.clock(&number, "restore").await;
    assert_eq!(names(&restore["pauses"]), ["customer", "part"], "{restore}");
    assert_eq!(desk.clock(&number, "acknowledge").await["pauses"], json!([]), "nobody waits with the first answer");
    let page = desk.ilse.get(&format!("/calls/{number}")).await.body;
    for words in [
        "paused 15:10 to 16:40, 1 h 30 min, awaiting customer",
        "paused since 16:45, 45 min, waiting for a part",
        "<title>waiting for a part</title>",
    ] {
        assert!(page.contains(words), "{words} is not on {page}");
    }
    assert!(desk.claire.get(&format!("/calls/{number}")).await.body.contains("awaiting customer"));
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn a_raised_severity_counts_from_the_opening_without_what_was_waited(db: PgPool) {
    let desk = desk("2026-11-23T14:00:00Z", db).await;
    let number = desk.file("2").await;
    desk.act(&number, json!({"verb": "take"})).await;
    desk.pass(10);
    desk.act(&number, json!({"verb": "hold", "reason": "part"})).await;
    desk.pass(60);
    desk.act(&number, json!({"verb": "resume"})).await;
    assert_eq!(desk.due(&number, "restore").await, "2026-11-24T03:00");

    desk.act(&number, json!({"verb": "change_severity", "severity": 1, "reason": "Nobody can work"})).await;
    assert_eq!(desk.due(&number, "restore").await, "2026-11-23T19:00");
    desk.act(&number, json!({"verb": "change_severity", "severity": 2, "reason": "One half is back"})).await;
    assert_eq!(desk.due(&number, "restore").await, "2026-11-24T03:00");
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn an_alarm_that_comes_back_asks_for_a_first_word_again(db: PgPool) {
    let desk = desk("2026-11-23T14:00:00Z", db).await;
    let system = desk.portal.system(desk.acme, "FT-2700-1180", "grid-a").await;
    let credential = desk.portal.credential(desk.acme, Some(system)).await;
    let send = async |id: &str, kind: &str| {
        let event = json!({"specversion": "1.0", "id": id, "source": "/systems/FT-2700-1180",
            "time": desk.portal.now().to_string(), "type": format!("meridian.alarm.{kind}"), "subject": "11/2",
            "data": {"code": "fan", "severity": "error", "summary": "Fan 2 below threshold"}});
        desk.portal.ingest("/ingest/alarms", &credential, event.to_string()).await.json()["results"][0].clone()
    };
    let number = send("1", "raised").await["call"].as_str().unwrap().to_owned();
    desk.pass(30);
    send("2", "cleared").await;
    assert_eq!(desk.clock(&number, "acknowledge").await["state"], "met");
    desk.pass(30);
    send("3", "raised").await;

    let again = desk.clock(&number, "acknowledge").await;
    assert_eq!((&again["state"], &again["due_at"]), (&json!("running"), &json!("2026-11-23T17:00:00.000000Z")));
    assert_eq!(names(&desk.clock(&number, "restore").await["pauses"]), ["over"]);
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn a_site_without_hours_of_its_own_says_whose_it_uses(db: PgPool) {
    // The eve of a French holiday that falls on a Wednesday.
    let desk = desk("2026-11-10T14:00:00Z", db.clone()).await;
    db.execute("INSERT INTO public_holiday (country, day, name) VALUES ('FR', '2026-11-11', 'Armistice')")
        .await
        .unwrap();
    desk.portal.app.reload_reference().await.unwrap();
    let number = desk.file("4").await;

    let clock = desk.clock(&number, "acknowledge").await;

    assert_eq!(clock["counted"], "counted 08:00-20:00 Mon-Fri, Paris, public holidays of FR");
    assert_eq!(clock["due_at"], "2026-11-12T14:00:00.000000Z", "the holiday was counted");
    assert_eq!((&clock["due_at_site"], &clock["due_at_cac"]), (&json!("2026-11-12T15:00"), &json!("2026-11-12T14:00")));
    let page = desk.claire.get(&format!("/calls/{number}")).await.body;
    assert!(page.contains("counted 08:00-20:00 Mon-Fri, Paris, public holidays of FR"), "{page}");
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn the_weekend_on_which_clocks_spring_forward_counts_its_real_hours(db: PgPool) {
    // Around the clock, so that the missing hour of 29 March lies inside.
    let desk = desk("2026-03-28T21:00:00Z", db.clone()).await;
    let all = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"].map(|day| (day.to_owned(), json!(["00:00-24:00"])));
    desk.hours(&db, &Value::Object(all.into_iter().collect())).await;
    let number = desk.file("3").await;

    let clock = desk.clock(&number, "acknowledge").await;

    assert_eq!(clock["due_at"], "2026-03-29T01:00:00.000000Z");
    assert_eq!(clock["due_at_site"], "2026-03-29T03:00", "two o'clock did not exist");
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn the_weekend_on_which_clocks_fall_back_does_not_move_monday(db: PgPool) {
    let desk = desk("2026-10-23T16:00:00Z", db).await;
    let number = desk.file("3").await;

    let clock = desk.clock(&number, "acknowledge").await;

    // Friday 18:00 to 20:00 in summer time, then Monday 08:00 to 10:00 in winter time.
    assert_eq!(clock["due_at"], "2026-10-26T09:00:00.000000Z");
    assert_eq!(clock["due_at_site"], "2026-10-26T10:00");
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn a_shift_over_midnight_counts_through_the_night(db: PgPool) {
    let desk = desk("2026-11-26T23:00:00Z", db.clone()).await;
    let night = json!(["22:00-06:00"]);
    desk.hours(&db, &json!({"mon": night, "tue": night, "wed": night, "thu": night, "fri": night})).await;
    let thursday = desk.file("3").await;
    assert_eq!(desk.due(&thursday, "acknowledge").await, "2026-11-27T03:00", "the shift of Thursday ends on Friday");

    desk.until("2026-11-28T03:00:00Z").await;
    let friday = desk.file("3").await;

    assert_eq!(desk.due(&friday, "acknowledge").await, "2026-11-30T23:00", "two hours are left of Friday's shift");
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn an_answer_at_night_goes_on_counting_in_the_morning(db: PgPool) {
    let desk = desk("2026-11-23T14:00:00Z", db).await;
    let number = desk.file("3").await;
    desk.act(&number, json!({"verb": "take"})).await;
    desk.act(&number, json!({"verb": "ask_customer", "body": "Which version?"})).await;
    desk.until("2026-11-25T02:00:00Z").await;
    desk.claire.post(&format!("/calls/{number}/entries"), &[("kind", "comment"), ("body", "9.4")]).await;
    assert_eq!(desk.clock(&number, "next_update").await["state"], "running");

    // Two site days of twelve hours from Wednesday 08:00 in Paris.
    assert_eq!(desk.due(&number, "next_update").await, "2026-11-26T19:00");
    assert_eq!(desk.sweep().await, 0);
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn a_call_handed_to_another_region_keeps_the_hours_of_its_site(db: PgPool) {
    let desk = desk("2026-11-23T14:00:00Z", db.clone()).await;
    let sql = "UPDATE objective SET clock = 'cac_calendar' WHERE severity = 3 AND kind = 'next_update'";
    assert!(db.execute(sql).await.unwrap().rows_affected() > 0);
    desk.portal.app.reload_reference().await.unwrap();
    let number = desk.file("3").await;
    let before = (desk.due(&number, "acknowledge").await, desk.due(&number, "next_update").await);
    desk.act(&number, json!({"verb": "hand_over", "queue": "apac-hardware", "reason": "Night"})).await;

    let after = desk.clock(&number, "acknowledge").await;

    assert_eq!(before, ("2026-11-23T18:00".to_owned(), "2026-11-25T14:00".to_owned()));
    assert_eq!(desk.due(&number, "acknowledge").await, before.0);
    assert!(after["counted"].as_str().unwrap().contains("Paris"), "{after}");
    let theirs = desk.clock(&number, "next_update").await;
    assert_ne!(
        theirs["due_at"].as_str().unwrap()[..16],
        before.1,
        "a promise in the hours of the CAC goes with the call"
    );
    assert!(theirs["counted"].as_str().unwrap().contains("(APAC)"), "{theirs}");
}
