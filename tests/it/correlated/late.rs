//! What comes so late that its end has come before it.

use jiff::SignedDuration;
use serde_json::json;
use sqlx::PgPool;

use super::{event, site};

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn what_begins_late_and_is_over_by_then_opens_a_call_that_ends(db: PgPool) {
    let site = site(db, 1).await;
    let now = site.portal.now();
    let at = |minutes: i64| (now - SignedDuration::from_mins(minutes)).to_string();
    let late = |id: &str, kind: &str, component: &str, minutes: i64| {
        let mut event = event(id, kind, 0, component, &json!({"code": "fan", "severity": "error", "summary": "Fan"}));
        event["time"] = json!(at(minutes));
        event
    };

    let end = site.send(&[late("1", "cleared", "1/1", 10)]).await.remove(0);
    site.wait(1);
    let begin = site.send(&[late("2", "raised", "1/1", 20)]).await.remove(0);
    let turned = site.send(&[late("3", "cleared", "1/2", 10), late("4", "raised", "1/2", 20)]).await;
    let again = site.send(&[late("5", "raised", "1/3", 10), late("6", "cleared", "1/3", 20)]).await;

    assert_eq!((&end["disposition"], &begin["disposition"]), (&json!("cleared"), &json!("opened")));
    for told in [&begin, &turned[1]] {
        let call = site.call(told["call"].as_str().unwrap()).await;
        assert_eq!(call["status"], "resolved", "{call}");
    }
    let standing = site.call(again[0]["call"].as_str().unwrap()).await;
    assert_eq!(standing["status"], "new", "an end of before it ends nothing: {standing}");
    assert_eq!(site.count("SELECT count(*) FROM fault WHERE cleared_at IS NULL").await, 1);
}
