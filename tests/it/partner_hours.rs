//! How long a first-line partner may keep a call: minutes of its own hours, else of the site's.

use jiff::SignedDuration;
use reqwest::StatusCode;
use serde_json::json;
use sqlx::{Executor, PgPool, Row};
use uuid::Uuid;

use crate::{
    routing_rules::{done, refused},
    support::TestApp,
};

/// A Monday, a quarter of an hour before Paris closes; Dublin has more than an hour left.
const EVENING: &str = "2026-11-23T18:45:00Z";

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn the_minutes_of_a_review_are_counted_in_the_partners_hours(db: PgPool) {
    let portal = TestApp::at(EVENING, db).await;
    let acme = portal.customer("Acme Rail", "LYON-2", "Europe/Paris", "EMEA").await;
    let system = portal.system(acme, "FT-4400-2210", "rail-core-a").await;
    let partner = portal.partner("Rhone Systemes", acme, true).await;
    let paul = portal.person(partner, "Paul Roche", "partner_admin").await;
    let ilse = portal.staff("Ilse Kessler", "engineer").await;
    let ada = portal.staff("Ada Quinn", "admin").await;
    let credential = portal.credential(acme, Some(system)).await;
    let opened = async |id: &str| {
        let event = json!({"specversion": "1.0", "id": id, "source": "/systems/FT-4400-2210", "subject": id,
                           "type": "meridian.alarm.raised",
                           "data": {"code": id, "severity": "warning", "summary": format!("{id} is odd")}});
        let answer = portal.ingest("/ingest/alarms", &credential, event.to_string()).await.json();
        let number = answer["results"][0]["call"].as_str().unwrap().to_owned();
        ilse.api("GET", &format!("/calls/{number}"), None).await.json()
    };

    let call = opened("fan").await;
    assert_eq!((&call["queue"], &call["partner_review"]), (&json!("partner"), &json!(true)), "{call}");
    assert_eq!(call["accept_by"], "2026-11-24T07:15:00.000000Z", "15 minutes tonight, 15 in the morning: {call}");
    assert!(call["why"].to_string().contains("has until Tue 08:15"), "{call}");

    let relation: Uuid = portal.pool.fetch_one("SELECT id FROM partner_relation").await.unwrap().get(0);
    let path = format!("/admin/relations/{relation}/calendar");
    for stranger in [&paul, &ilse] {
        let status = stranger.post(&path, &[("calendar", "emea")]).await.status;
        assert!([StatusCode::FORBIDDEN, StatusCode::NOT_FOUND].contains(&status), "{status}");
    }
    refused(&ada.post(&path, &[("calendar", "mars")]).await, StatusCode::UNPROCESSABLE_ENTITY, "no such calendar");
    done(&ada, &path, &[("calendar", "emea")]).await;
    assert!(paul.get("/admin/relations").await.body.contains("of hours emea"));

    let call = opened("psu").await;
    assert_eq!(call["accept_by"], "2026-11-23T19:15:00.000000Z", "{call}");
    portal.app.clock.advance(SignedDuration::from_mins(80));
    let call = opened("disk").await;
    assert_eq!(call["partner_review"], false, "Dublin is closed, and so is the partner: {call}");
    assert!(call["why"].to_string().contains("First-line partner is closed"), "{call}");
}
