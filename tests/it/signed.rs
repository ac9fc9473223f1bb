//! Systems that sign what they send, and those who try to pass for them.

use jiff::{SignedDuration, Timestamp};
use meridian::domain::signature::{Request, Signature};
use reqwest::StatusCode;
use serde_json::{Value, json};
use sqlx::{Executor, PgPool};
use uuid::Uuid;

use crate::{
    faults::number,
    page::{Page, read},
    support::{MONDAY_AFTERNOON, Place, TestApp, client},
};

const SERIAL: &str = "FT-4400-2210";
const PATH: &str = "/ingest/alarms";

struct Site {
    portal: TestApp,
    lyon: Place,
    system: Uuid,
    secret: String,
}

async fn site(db: PgPool) -> Site {
    let portal = TestApp::at(MONDAY_AFTERNOON, db).await;
    let lyon = portal.customer("Acme Rail", "LYON-2", "Europe/Paris", "EMEA").await;
    let system = portal.system(lyon, SERIAL, "rail-core-a").await;
    let secret = portal.credential(lyon, Some(system)).await;
    Site { portal, lyon, system, secret }
}

fn event(serial: &str, id: &str) -> Value {
    json!({"specversion": "1.0", "id": id, "source": format!("/systems/{serial}"), "type": "meridian.alarm.raised",
           "subject": "11/2", "data": {"code": "fan-below", "severity": "warning", "summary": "Fan 2 below threshold"}})
}

/// A message as it goes over the wire: signed once, and sent as often as one likes.
#[derive(Clone)]
struct Message {
    path: String,
    kind: &'static str,
    body: String,
    signature: String,
    device: Option<&'static str>,
}

impl Message {
    fn signed(secret: &str, at: Timestamp, nonce: &str, body: &Value) -> Self {
        let body = body.to_string();
        let request = Request { method: "POST", path: PATH, body: body.as_bytes() };
        let signature = Signature::of(secret, request, at, nonce).to_string();
        Self { path: PATH.to_owned(), kind: "application/cloudevents+json", body, signature, device: None }
    }
}

impl Site {
    fn message(&self, nonce: &str, body: &Value) -> Message {
        Message::signed(&self.secret, self.portal.now(), nonce, body)
    }

    async fn send(&self, message: &Message) -> Page {
        let request = client().post(format!("{}{}", self.portal.url, message.path));
        let request = request.header("meridian-signature", &message.signature).header("content-type", message.kind);
        let request = match message.device {
            Some(device) => request.header("meridian-device", device),
            None => request,
        };
        read(request.body(message.body.clone()).send().await.unwrap()).await
    }

    async fn alarms(&self) -> i64 {
        number(&self.portal.pool, "SELECT count(*) FROM alarm").await
    }
}

fn problem(page: &Page) -> String {
    page.json()["type"].as_str().unwrap_or_default().to_owned()
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn a_system_that_signs_is_heard_without_sending_its_secret(db: PgPool) {
    let site = site(db).await;

    let answer = site.send(&site.message("nonce-0001", &event(SERIAL, "1"))).await;

    assert_eq!(answer.status, StatusCode::ACCEPTED, "{}", answer.body);
    assert_eq!(answer.json()["results"][0]["disposition"], "opened");
    let batch = Message {
        kind: "application/cloudevents-batch+json",
        ..site.message("nonce-0002", &json!([event(SERIAL, "2"), event(SERIAL, "3")]))
    };
    assert_eq!(site.send(&batch).await.json()["accepted"], 2);
    assert_eq!(site.alarms().await, 3);
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn a_gateway_signs_for_any_system_of_its_site_and_says_which_site_where_the_message_does_not(db: PgPool) {
    let site = site(db).await;
    let gateway = site.portal.credential(site.lyon, None).await;
    let now = site.portal.now();

    let named = site.send(&Message::signed(&gateway, now, "nonce-0001", &event(SERIAL, "1"))).await;
    let unnamed = Message::signed(&gateway, now, "nonce-0002", &event("FT-9999-0001", "2"));
    let unknown = site.send(&unnamed).await;
    let quarantined = site.send(&Message { device: Some("LYON-2"), ..unnamed }).await;

    assert_eq!(named.status, StatusCode::ACCEPTED, "{}", named.body);
    assert_eq!(unknown.status, StatusCode::UNAUTHORIZED, "nothing says whose gateway it is: {}", unknown.body);
    assert_eq!(quarantined.json()["results"][0]["disposition"], "quarantined", "{}", quarantined.body);
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn whatever_is_changed_on_the_way_is_refused(db: PgPool) {
    let site = site(db).await;
    let good = site.message("nonce-0001", &event(SERIAL, "1"));
    let now = site.portal.now();
    let other = site.portal.customer("Baltic Grid", "RIGA-1", "Europe/Riga", "EMEA").await;
    site.portal.system(other, "FT-2700-1180", "grid-a").await;
    let foreign = site.portal.credential(other, None).await;

    for (what, message) in [
        ("body", Message { body: good.body.replace("warning", "critical"), ..good.clone() }),
        ("path", Message { path: "/ingest/alertmanager".to_owned(), ..good.clone() }),
        ("query", Message { path: format!("{PATH}?a=1"), ..good.clone() }),
        ("nonce", Message { signature: good.signature.replace("nonce-0001", "nonce-0002"), ..good.clone() }),
        ("secret", Message::signed("md_wrong", now, "nonce-0003", &event(SERIAL, "1"))),
        ("another customer's secret", Message::signed(&foreign, now, "nonce-0004", &event(SERIAL, "1"))),
        ("another system", site.message("nonce-0005", &event("FT-2700-1180", "1"))),
        ("nobody's name", site.message("nonce-0006", &json!({"id": "1"}))),
        ("a name with NUL", site.message("nonce-0007", &event("FT\0", "1"))),
        ("unreadable", Message { signature: "v1=00".to_owned(), ..good.clone() }),
    ] {
        let refused = site.send(&message).await;
        assert_eq!(refused.status, StatusCode::UNAUTHORIZED, "{what}: {}", refused.body);
        assert_eq!(problem(&refused), "about:blank", "{what}");
    }
    assert_eq!(site.alarms().await, 0);
    assert_eq!(site.send(&good).await.status, StatusCode::ACCEPTED);
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn a_wrong_clock_is_told_the_time_and_may_sign_again(db: PgPool) {
    let site = site(db).await;
    let ahead = site.portal.now() + SignedDuration::from_secs(301);
    let late = site.portal.now() - SignedDuration::from_secs(299);

    let refused = site.send(&Message::signed(&site.secret, ahead, "nonce-0001", &event(SERIAL, "1"))).await;
    let in_time = site.send(&Message::signed(&site.secret, late, "nonce-0001", &event(SERIAL, "1"))).await;

    assert_eq!((refused.status, problem(&refused).as_str()), (StatusCode::UNAUTHORIZED, "clock-skew"));
    assert_eq!(refused.headers["date"], "Mon, 23 Nov 2026 14:33:00 GMT");
    assert_eq!(in_time.status, StatusCode::ACCEPTED, "{}", in_time.body);
    let lie = Message::signed("md_wrong", ahead, "nonce-0002", &event(SERIAL, "1"));
    assert_eq!(problem(&site.send(&lie).await), "about:blank", "only who has the secret is told");
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn an_event_of_last_year_is_taken_when_it_is_signed_today(db: PgPool) {
    let site = site(db).await;
    let mut old = event(SERIAL, "1");
    old["time"] = json!("2025-11-23T14:33:00Z");

    let answer = site.send(&site.message("nonce-0001", &old)).await;

    assert_eq!(answer.status, StatusCode::ACCEPTED, "{}", answer.body);
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn the_same_message_again_is_answered_the_same_and_does_nothing(db: PgPool) {
    let site = site(db).await;
    let message = site.message("nonce-0001", &event(SERIAL, "1"));
    let first = site.send(&message).await;
    let heard = "SELECT extract(epoch FROM last_heard_at)::bigint FROM system";
    let before = number(&site.portal.pool, heard).await;
    site.portal.app.clock.advance(SignedDuration::from_secs(60));

    let again = site.send(&message).await;

    assert_eq!((again.status, &again.body), (first.status, &first.body));
    assert_eq!(again.headers["content-type"], first.headers["content-type"]);
    assert_eq!(site.alarms().await, 1);
    assert_eq!(number(&site.portal.pool, heard).await, before, "who replays it does not keep the system from silence");
    let other = site.send(&site.message("nonce-0001", &event(SERIAL, "2"))).await;
    assert_eq!(other.status, StatusCode::UNAUTHORIZED, "a nonce is for one message: {}", other.body);
    assert_eq!(site.alarms().await, 1);
    site.portal.app.clock.advance(SignedDuration::from_secs(241));
    assert_eq!(problem(&site.send(&message).await), "clock-skew", "and then it is too old to be sent at all");
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn a_message_that_failed_may_be_sent_again_as_it_is(db: PgPool) {
    let site = site(db.clone()).await;
    let message = site.message("nonce-0001", &event(SERIAL, "1"));
    db.execute("UPDATE route SET role = 'standby'").await.unwrap();

    let away = site.send(&message).await;
    db.execute("UPDATE route SET role = 'primary'").await.unwrap();
    let again = site.send(&message).await;

    assert_eq!(away.status, StatusCode::SERVICE_UNAVAILABLE, "{}", away.body);
    assert_eq!(again.status, StatusCode::ACCEPTED, "{}", again.body);
    assert_eq!(site.alarms().await, 1);
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn what_can_not_be_used_is_kept_once_and_refused_alike_each_time(db: PgPool) {
    let site = site(db).await;
    let message = Message { device: Some(SERIAL), ..site.message("nonce-0001", &json!({"id": "1"})) };

    let (first, again) = (site.send(&message).await, site.send(&message).await);

    assert_eq!((first.status, again.status), (StatusCode::UNPROCESSABLE_ENTITY, StatusCode::UNPROCESSABLE_ENTITY));
    assert_eq!(first.body, again.body);
    assert_eq!(number(&site.portal.pool, "SELECT count(*) FROM kept_message").await, 1);
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn a_revoked_credential_signs_nothing_and_one_without_its_secret_is_still_a_bearer(db: PgPool) {
    let site = site(db.clone()).await;
    db.execute("UPDATE device_credential SET sealed = NULL").await.unwrap();
    let unsigned = site.send(&site.message("nonce-0001", &event(SERIAL, "1"))).await;
    let bearer = site.portal.ingest(PATH, &site.secret, event(SERIAL, "2").to_string()).await;
    let second = site.portal.credential(site.lyon, Some(site.system)).await;
    let now = site.portal.now();
    let signed = site.send(&Message::signed(&second, now, "nonce-0002", &event(SERIAL, "3"))).await;
    db.execute("UPDATE device_credential SET revoked_at = created_at").await.unwrap();
    let revoked = site.send(&Message::signed(&second, now, "nonce-0003", &event(SERIAL, "4"))).await;

    assert_eq!(unsigned.status, StatusCode::UNAUTHORIZED, "made before secrets were kept: {}", unsigned.body);
    assert_eq!(bearer.status, StatusCode::ACCEPTED, "{}", bearer.body);
    assert_eq!(signed.status, StatusCode::ACCEPTED, "{}", signed.body);
    assert_eq!(revoked.status, StatusCode::UNAUTHORIZED, "{}", revoked.body);
}
