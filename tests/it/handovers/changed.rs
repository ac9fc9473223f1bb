//! Calls end, come back and change while the sun goes round: what was handed over follows them.

use meridian::actions;
use reqwest::StatusCode;
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Executor, PgPool, Row};

use super::{EVENING, FRIDAY, World, world};
use crate::{faults::change, support::Person};

impl World {
    /// What waits to be accepted, by everybody's list and by the store's own.
    async fn waiting(&self) -> usize {
        let listed = self.handovers().await.iter().filter(|h| h["waiting"] == true).count();
        let open = "SELECT count(*) FROM handover WHERE accepted_at IS NULL AND over_at IS NULL";
        let open: i64 = self.portal.pool.fetch_one(open).await.unwrap().get(0);
        assert_eq!(i64::try_from(listed).unwrap(), open, "the list and the store don't agree");
        listed
    }

    async fn resolve(&self, number: &str) {
        let solved = json!({"verb": "resolve", "resolution_code": "replaced", "cause": "wear", "body": "Reseated the enclosure."});
        self.act(&self.ilse, number, &solved).await;
    }

    /// The customer says that it is not solved.
    async fn reject(&self, number: &str) {
        self.act(&self.claire, number, &json!({"verb": "reject_solution", "reason": "It is dark again."})).await;
    }

    async fn change_severity(&self, number: &str, severity: u8) {
        let change = json!({"verb": "change_severity", "severity": severity, "reason": "We looked again."});
        self.act(&self.ilse, number, &change).await;
    }

    async fn act(&self, person: &Person, number: &str, verb: &Value) {
        let page = person.api("POST", &format!("/calls/{number}/transitions"), Some(verb)).await;
        assert_eq!(page.status, StatusCode::OK, "{verb}: {}", page.body);
    }

    /// Another node has published rules without the queue, and this one has not heard of it.
    async fn take_away(&self, queue: &str) {
        change(&self.portal.pool, "DELETE FROM queue WHERE slug = $1", &[queue.to_owned()]).await;
    }

    async fn notices(&self, kind: &str) -> i64 {
        let sql = format!("SELECT count(*) FROM outbox WHERE kind = '{kind}'");
        self.portal.pool.fetch_one(AssertSqlSafe(sql)).await.unwrap().get(0)
    }
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn what_a_machine_takes_back_waits_for_nobody_any_more(db: PgPool) {
    let world = world(EVENING, db).await;
    let send = async |id: &str, kind: &str| -> Value {
        let event = json!({"specversion": "1.0", "id": id, "source": "/systems/FT-4400-2210", "subject": "0/1",
            "time": world.portal.now().to_string(), "type": format!("meridian.alarm.{kind}"),
            "data": {"code": "cpu", "severity": "critical", "summary": "CPU enclosure 1 broken"}});
        world.portal.ingest("/ingest/alarms", &world.credential, event.to_string()).await.json()["results"][0].clone()
    };
    let number = send("1", "raised").await["call"].as_str().unwrap().to_owned();
    assert_eq!(world.sweep(31).await, 1);
    assert_eq!(world.waiting().await, 1);

    world.sweep(1).await;
    assert_eq!(send("2", "cleared").await["disposition"], "cleared");

    assert_eq!(world.call(&number).await["status"], "resolved");
    assert_eq!(world.waiting().await, 0);
    world.sweep(16).await;
    assert_eq!(world.notices("not_accepted").await, 0, "the duty manager was told of what is over");
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn what_comes_back_at_night_goes_to_whoever_is_awake(db: PgPool) {
    let world = world(EVENING, db).await;
    let down = world.claire.file("FT-4400-2210", "1", "Both enclosures offline").await;
    world.act(&world.ilse, &down, &json!({"verb": "take"})).await;
    world.resolve(&down).await;
    assert_eq!(world.sweep(3 * 60).await, 0, "what is solved follows no sun");

    world.reject(&down).await;

    assert_eq!(world.queue(&down).await, "amer-hardware");
    assert_eq!(world.sweep(1).await, 0);
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn what_duty_had_at_the_weekend_comes_back_to_whoever_is_awake_by_then(db: PgPool) {
    let world = world(FRIDAY, db).await;
    let down = world.claire.file("FT-4400-2210", "1", "Both enclosures offline").await;
    world.sweep(31).await;
    assert_eq!(world.queue(&down).await, "duty");
    world.act(&world.dora, &down, &json!({"verb": "take"})).await;
    world.resolve(&down).await;

    // Monday, 12:01 in London: APAC and EMEA have opened long ago.
    assert_eq!(world.sweep(59 * 60).await, 0);
    world.reject(&down).await;

    assert_eq!(world.queue(&down).await, "emea-hardware");
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn what_is_solved_may_become_urgent_at_night_and_is_routed_when_it_comes_back(db: PgPool) {
    let world = world(EVENING, db).await;
    let slow = world.claire.file("FT-4400-2210", "3", "Rather slow").await;
    world.act(&world.ilse, &slow, &json!({"verb": "take"})).await;
    world.resolve(&slow).await;
    world.sweep(3 * 60).await;

    world.change_severity(&slow, 1).await;

    let call = world.call(&slow).await;
    assert_eq!((&call["status"], &call["queue"]), (&json!("resolved"), &json!("emea-hardware")));
    world.reject(&slow).await;
    assert_eq!(world.queue(&slow).await, "amer-hardware");
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn a_call_in_a_queue_that_is_no_more_finds_another(db: PgPool) {
    let world = world(EVENING, db).await;
    let app = &world.portal.app;
    assert_eq!(actions::route_lost(app).await.unwrap(), 0);
    world.take_away("emea-hardware").await;
    let down = world.claire.file("FT-4400-2210", "1", "Both enclosures offline").await;
    let slow = world.claire.file("FT-4400-2211", "3", "Rather slow").await;
    assert_eq!(world.queue(&slow).await, "emea-hardware", "this node should not know yet");

    assert_eq!(actions::route_lost(app).await.unwrap(), 2);

    for call in [&down, &slow] {
        assert_eq!(world.queue(call).await, "emea-general");
    }
    assert_eq!(actions::route_lost(app).await.unwrap(), 0);
    let routing = world.claire.api("GET", &format!("/calls/{down}/routing"), None).await;
    assert!(routing.body.contains("EMEA has no own queue for subject hardware"), "{}", routing.body);
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn what_comes_back_to_a_queue_that_is_no_more_finds_another(db: PgPool) {
    let world = world(EVENING, db).await;
    let slow = world.claire.file("FT-4400-2210", "3", "Rather slow").await;
    world.act(&world.ilse, &slow, &json!({"verb": "take"})).await;
    world.resolve(&slow).await;
    world.take_away("emea-hardware").await;
    world.portal.app.reload_reference().await.unwrap();
    assert_eq!(actions::route_lost(&world.portal.app).await.unwrap(), 0, "nobody works on it");

    world.reject(&slow).await;

    assert_eq!(world.queue(&slow).await, "emea-general");
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn what_is_urgent_no_more_waits_at_home(db: PgPool) {
    let world = world(EVENING, db).await;
    let down = world.claire.file("FT-4400-2210", "1", "Both enclosures offline").await;
    let here = world.claire.file("FT-4400-2211", "3", "Rather slow").await;
    world.act(&world.ilse, &here, &json!({"verb": "hand_over", "queue": "amer-os", "reason": "They know it."})).await;
    world.sweep(31).await;
    assert_eq!((world.queue(&down).await.as_str(), world.waiting().await), ("amer-hardware", 2));

    world.change_severity(&down, 3).await;
    world.change_severity(&here, 4).await;

    let call = world.call(&down).await;
    assert_eq!(call["queue"], "emea-hardware", "{call}");
    assert_eq!(world.waiting().await, 1, "AMER was still asked to accept it");
    assert_eq!(world.queue(&here).await, "amer-os", "somebody meant it to be there");
    assert_eq!(world.sweep(1).await, 0);
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn what_duty_has_goes_home_when_it_can_wait(db: PgPool) {
    let world = world(FRIDAY, db).await;
    let down = world.claire.file("FT-4400-2210", "2", "One enclosure offline").await;
    let solved = world.claire.file("FT-4400-2211", "1", "Both enclosures offline").await;
    world.sweep(31).await;
    assert_eq!(world.queue(&down).await, "duty");
    world.act(&world.dora, &solved, &json!({"verb": "take"})).await;
    world.resolve(&solved).await;

    for call in [&down, &solved] {
        world.change_severity(call, 4).await;
    }

    assert_eq!(world.queue(&down).await, "emea-hardware");
    let routing = world.claire.api("GET", &format!("/calls/{down}/routing"), None).await;
    assert!(routing.body.contains("can wait for home"), "{}", routing.body);
    assert_eq!(world.queue(&solved).await, "duty", "what is solved lies where it was solved");
    world.reject(&solved).await;
    assert_eq!(world.queue(&solved).await, "emea-hardware");
}
