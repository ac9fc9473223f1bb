//! When a promise is due, for everybody who has to do with it.

use reqwest::StatusCode;
use serde_json::json;
use sqlx::PgPool;

use super::desk;

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn a_promise_is_due_for_the_reader_for_the_site_and_for_the_cac(db: PgPool) {
    let desk = desk("2026-11-23T22:00:00Z", db).await;
    let number = desk.file("2").await;
    let call = format!("/calls/{number}");
    let page = desk.ilse.get(&call).await.body;
    assert!(page.contains("<span>01:00 Paris, the site</span>") || page.contains("Tue 24 Nov 01:00 Paris, the site"));
    assert!(page.contains("data-yours=\"Europe/Paris"), "a script may put the browser's zone first: {page}");

    let set = desk.ilse.post("/me/time-zone", &[("time_zone", "America/New_York")]).await;
    let page = desk.ilse.get(&call).await.body;

    assert_eq!(set.status, StatusCode::SEE_OTHER, "{}", set.body);
    let at = |words: &str| page.find(words).unwrap_or_else(|| panic!("{words} is not on {page}"));
    assert!(at("19:00 New York, your time") < at("01:00 Paris, the site"), "{page}");
    assert!(page.contains("data-zone=\"America/New_York\"") && !page.contains("data-yours"), "{page}");
    assert!(desk.ilse.get("/me").await.body.contains("value=\"America/New_York\""));
    assert!(!desk.claire.get(&call).await.body.contains("data-zone"), "somebody else's zone");
    let clock = desk.clock(&number, "acknowledge").await;
    assert_eq!((&clock["due_at_site"], &clock["site_time_zone"]), (&json!("2026-11-24T01:00"), &json!("Europe/Paris")));
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn a_zone_is_a_place_and_no_offset(db: PgPool) {
    let desk = desk("2026-11-23T14:00:00Z", db).await;

    for wrong in ["+02:00", "UTC+2", "Europe/Lyon", "localtime"] {
        let page = desk.ilse.post("/me/time-zone", &[("time_zone", wrong)]).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{wrong}");
        assert!(page.body.contains("There is no time zone"), "{}", page.body);
    }
    desk.ilse.post("/me/time-zone", &[("time_zone", "Asia/Tokyo")]).await;
    let none = desk.ilse.post("/me/time-zone", &[("time_zone", " ")]).await;
    assert_eq!(none.status, StatusCode::SEE_OTHER);
    assert!(!desk.ilse.get("/me").await.body.contains("data-zone"), "none is that of the browser");
}
