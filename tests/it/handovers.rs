//! The sun goes round: regions close, others take over, and nobody is without an owner.

mod changed;
mod nodes;

use jiff::SignedDuration;
use meridian::{actions, clock::Clock};
use reqwest::StatusCode;
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Executor, PgPool, Row};

use crate::support::{Person, TestApp};

/// Half an hour before EMEA closes, on a Wednesday; AMER is awake.
const EVENING: &str = "2026-11-25T19:30:00Z";
/// Half an hour before AMER closes on a Friday: nobody is awake after it until Monday in Asia.
const FRIDAY: &str = "2026-11-28T00:30:00Z";

struct World {
    portal: TestApp,
    /// Of the first of four systems.
    credential: String,
    claire: Person,
    ilse: Person,
    adam: Person,
    dora: Person,
}

/// Sweeps run where the test says so, and not before.
async fn world(now: &str, db: PgPool) -> World {
    let portal = TestApp::with(Clock::held_at(now.parse().unwrap()), db, false).await;
    let acme = portal.customer("Acme Rail", "LYON-2", "Europe/Paris", "EMEA").await;
    let mut systems = Vec::new();
    for nth in 0..4 {
        systems.push(portal.system(acme, &format!("FT-4400-221{nth}"), &format!("rail-core-{nth}")).await);
    }
    let credential = portal.credential(acme, systems.first().copied()).await;
    let claire = portal.person(acme.customer, "Claire Dubois", "customer").await;
    let ilse = of(&portal, "Ilse Kessler", "engineer", "EMEA").await;
    let adam = of(&portal, "Adam Stone", "engineer", "AMER").await;
    let dora = portal.staff("Dora Day", "duty_manager").await;
    World { portal, credential, claire, ilse, adam, dora }
}

async fn of(portal: &TestApp, name: &str, role: &str, cac: &str) -> Person {
    let person = portal.enrol(portal.provider, name, role).await;
    let sql = format!("UPDATE membership SET cac_code = '{cac}' WHERE id = '{}'", person.membership);
    portal.pool.execute(AssertSqlSafe(sql)).await.unwrap();
    person.sign_in().await;
    person
}

impl World {
    async fn sweep(&self, minutes: i64) -> usize {
        self.portal.app.clock.advance(SignedDuration::from_mins(minutes));
        let moved = actions::hand_over_at_close(&self.portal.app).await.unwrap();
        actions::tell_of_handovers(&self.portal.app).await.unwrap();
        moved
    }

    async fn call(&self, number: &str) -> Value {
        self.ilse.api("GET", &format!("/calls/{number}"), None).await.json()
    }

    async fn queue(&self, number: &str) -> String {
        self.call(number).await["queue"].as_str().unwrap().to_owned()
    }

    async fn handovers(&self) -> Vec<Value> {
        self.ilse.api("GET", "/handovers", None).await.json()["data"].as_array().unwrap().clone()
    }

    async fn accept(&self, person: &Person, number: &str) -> StatusCode {
        let verb = json!({"verb": "accept_handover"});
        person.api("POST", &format!("/calls/{number}/transitions"), Some(&verb)).await.status
    }
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn emea_closes_and_amer_gets_what_is_urgent_with_everything_it_must_know(db: PgPool) {
    let world = world(EVENING, db).await;
    let (ilse, claire) = (&world.ilse, &world.claire);
    let down = claire.file("FT-4400-2210", "1", "Both enclosures offline").await;
    let question = claire.file("FT-4400-2211", "3", "Which cable?").await;
    ilse.post(&format!("/calls/{down}/assignment"), &[("assignee", "me")]).await;
    ilse.post(&format!("/calls/{down}/entries"), &[("kind", "note"), ("body", "The backplane is dark.")]).await;
    let step = [("kind", "note"), ("next_step", "on"), ("body", "Reseat enclosure 1 with the customer.")];
    ilse.post(&format!("/calls/{down}/entries"), &step).await;
    let preview = world.adam.get("/handovers").await;
    assert_eq!(world.sweep(29).await, 0, "moved before the close");

    assert_eq!(world.sweep(1).await, 1);

    assert!(preview.body.contains("At 20:00 UTC from EMEA"), "{}", preview.body);
    assert!(preview.body.contains("Both enclosures offline") && preview.body.contains("next step written"));
    let call = world.call(&down).await;
    assert_eq!((&call["queue"], &call["assignee"]), (&json!("amer-hardware"), &Value::Null), "{call}");
    assert_eq!(world.queue(&question).await, "emea-hardware");
    let handover = &world.handovers().await[0];
    assert_eq!((&handover["from"], &handover["to"]), (&json!("EMEA"), &json!("AMER")));
    assert_eq!(handover["boundary_at"], "2026-11-25T20:00:00.000000Z");
    assert_eq!(handover["accept_by"], "2026-11-25T20:15:00.000000Z");
    assert_eq!(handover["packet"]["had_it"], "Ilse Kessler");
    assert_eq!(handover["packet"]["next_step"], "Reseat enclosure 1 with the customer.");
    assert!(!handover["packet"]["promises"].as_array().unwrap().is_empty(), "{handover}");
    let page = world.adam.get("/handovers").await;
    for expected in ["Ilse Kessler had it", "Reseat enclosure 1", "The backplane is dark.", "From EMEA"] {
        assert!(page.body.contains(expected), "{expected} is not on {}", page.body);
    }
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn the_customer_reads_who_has_it_from_here_and_no_packet(db: PgPool) {
    let world = world(EVENING, db).await;
    let down = world.claire.file("FT-4400-2210", "1", "Both enclosures offline").await;
    let step = [("kind", "note"), ("next_step", "on"), ("body", "Reseat enclosure 1.")];
    world.ilse.post(&format!("/calls/{down}/entries"), &step).await;
    world.sweep(31).await;
    world.accept(&world.adam, &down).await;

    let page = world.claire.get(&format!("/calls/{down}")).await;
    let history = world.claire.api("GET", &format!("/calls/{down}/history"), None).await;
    let routing = world.claire.api("GET", &format!("/calls/{down}/routing"), None).await;

    assert!(page.body.contains("EMEA closed; AMER has it from here."), "{}", page.body);
    assert!(routing.body.contains("EMEA closed at 20:00 Dublin"), "{}", routing.body);
    for secret in ["Reseat", "Ilse", "Adam", "accept_handover", "Next step"] {
        assert!(!page.body.contains(secret) && !history.body.contains(secret), "{secret} is told to the customer");
    }
    assert_eq!(world.claire.get("/handovers").await.status, StatusCode::NOT_FOUND);
    assert_eq!(world.claire.api("GET", "/handovers", None).await.status, StatusCode::NOT_FOUND);
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn only_whoever_is_given_a_call_accepts_it_and_only_once(db: PgPool) {
    let world = world(EVENING, db).await;
    let down = world.claire.file("FT-4400-2210", "1", "Both enclosures offline").await;
    assert_eq!(world.accept(&world.adam, &down).await, StatusCode::CONFLICT, "before there was a handover");
    world.sweep(31).await;

    let verbs =
        async |person: &Person| person.api("GET", &format!("/calls/{down}"), None).await.json()["verbs"].to_string();
    assert!(verbs(&world.adam).await.contains("accept_handover"));
    assert!(!verbs(&world.ilse).await.contains("accept_handover"));
    assert_eq!(world.accept(&world.ilse, &down).await, StatusCode::FORBIDDEN);
    assert_eq!(world.accept(&world.claire, &down).await, StatusCode::FORBIDDEN);
    assert_eq!(world.accept(&world.adam, &down).await, StatusCode::OK);
    assert_eq!(world.accept(&world.adam, &down).await, StatusCode::CONFLICT);

    let handover = &world.handovers().await[0];
    assert_eq!((&handover["waiting"], &handover["accepted_by"]), (&json!(false), &json!("Adam Stone")));
    world.sweep(60).await;
    assert!(world.handovers().await[0]["escalated_at"].is_null(), "the duty manager was told of what was accepted");
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn whoever_takes_the_call_has_accepted_it(db: PgPool) {
    let world = world(EVENING, db).await;
    let down = world.claire.file("FT-4400-2210", "1", "Both enclosures offline").await;
    world.sweep(31).await;

    world.adam.post(&format!("/calls/{down}/assignment"), &[("assignee", "me")]).await;

    let handover = &world.handovers().await[0];
    assert_eq!((&handover["waiting"], &handover["accepted_by"]), (&json!(false), &json!("Adam Stone")));
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn what_nobody_accepts_is_told_to_the_duty_manager_once_and_stays_where_it_is(db: PgPool) {
    let world = world(EVENING, db).await;
    let down = world.claire.file("FT-4400-2210", "1", "Both enclosures offline").await;
    world.claire.file("FT-4400-2211", "2", "Console freezes").await;
    world.sweep(31).await;

    assert_eq!(world.sweep(16).await, 0);
    world.sweep(1).await;

    assert_eq!(world.queue(&down).await, "amer-hardware");
    let handovers = world.handovers().await;
    assert!(handovers.iter().all(|h| h["escalated_at"] == "2026-11-25T20:17:00.000000Z"), "{handovers:?}");
    assert!(world.dora.get("/handovers").await.body.contains("Not accepted in time"));
    let told = "SELECT count(*) FROM handover_notice WHERE kind = 'not_accepted'";
    assert_eq!(world.portal.pool.fetch_one(told).await.unwrap().get::<i64, _>(0), 1);
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn at_the_weekend_duty_has_it_and_monday_s_first_opening_takes_it(db: PgPool) {
    let world = world(FRIDAY, db).await;
    let down = world.claire.file("FT-4400-2210", "1", "Both enclosures offline").await;
    assert_eq!(world.queue(&down).await, "amer-hardware");

    world.sweep(31).await;
    assert_eq!(world.queue(&down).await, "duty");
    assert_eq!(world.accept(&world.adam, &down).await, StatusCode::FORBIDDEN);
    let dora = world.dora.id.to_string();
    let given = world.dora.post(&format!("/calls/{down}/assignment"), &[("assignee", &dora)]).await;
    assert_eq!(given.status, StatusCode::SEE_OTHER);
    assert_eq!(world.call(&down).await["assignee"], "Dora Day");

    assert_eq!(world.sweep(24 * 60).await, 0, "nobody is awake on Saturday");
    // Sunday 23:00 UTC is Monday 08:00 in Tokyo.
    assert_eq!(world.sweep(22 * 60).await, 1);
    assert_eq!(world.queue(&down).await, "apac-hardware");
    let last = &world.handovers().await[0];
    assert_eq!(
        (&last["from"], &last["to"], &last["boundary_at"]),
        (&Value::Null, &json!("APAC"), &json!("2026-11-29T23:00:00.000000Z"))
    );
    let history = world.claire.api("GET", &format!("/calls/{down}/history"), None).await;
    assert!(history.body.contains("APAC has opened and has it from here."), "{}", history.body);
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn a_call_goes_round_and_the_opening_of_home_does_not_pull_it_back(db: PgPool) {
    let world = world(EVENING, db).await;
    let down = world.claire.file("FT-4400-2210", "1", "Both enclosures offline").await;
    let mut seen = Vec::new();
    for _ in 0..48 {
        if world.sweep(30).await > 0 {
            seen.push(format!("{} {}", world.portal.now().strftime("%H:%M"), world.queue(&down).await));
        }
    }
    assert_eq!(seen, ["20:00 amer-hardware", "01:00 apac-hardware", "11:00 emea-hardware"]);
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn while_europe_s_clocks_are_ahead_and_america_s_are_not_boundaries_follow_the_walls(db: PgPool) {
    // America changed on 8 March, Europe on the 29th: on Monday the 30th EMEA closes at 19:00 UTC.
    let world = world("2026-03-30T18:59:00Z", db).await;
    let down = world.claire.file("FT-4400-2210", "1", "Both enclosures offline").await;
    assert_eq!(world.queue(&down).await, "emea-hardware");
    world.sweep(1).await;
    assert_eq!(world.queue(&down).await, "amer-hardware");
    assert_eq!(world.handovers().await[0]["boundary_at"], "2026-03-30T19:00:00.000000Z");
    // New York, 20:00 in summer.
    assert_eq!(world.sweep(5 * 60).await, 1);
    assert_eq!(world.handovers().await[0]["boundary_at"], "2026-03-31T00:00:00.000000Z");
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn a_boundary_s_calls_are_accepted_with_one_press(db: PgPool) {
    let world = world(EVENING, db).await;
    for nth in 0..3 {
        world.claire.file(&format!("FT-4400-221{nth}"), "1", &format!("Enclosure {nth} offline")).await;
    }
    world.sweep(31).await;
    let all = [("to", "AMER"), ("boundary", "2026-11-25T20:00:00Z")];

    assert!(world.adam.get("/handovers").await.body.contains("Accept all 3"));
    assert!(!world.ilse.get("/handovers").await.body.contains("Accept all"));
    assert_eq!(world.ilse.post("/handovers/acceptances", &all).await.status, StatusCode::FORBIDDEN);
    assert_eq!(world.claire.post("/handovers/acceptances", &all).await.status, StatusCode::NOT_FOUND);
    assert_eq!(world.adam.post("/handovers/acceptances", &all).await.status, StatusCode::SEE_OTHER);

    assert!(world.handovers().await.iter().all(|h| h["accepted_by"] == "Adam Stone"));
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn a_handover_by_hand_has_a_packet_too_and_wakes_nobody_who_sleeps(db: PgPool) {
    let world = world(EVENING, db).await;
    let down = world.claire.file("FT-4400-2210", "1", "Both enclosures offline").await;
    let give = async |queue: &str| {
        world
            .ilse
            .post(&format!("/calls/{down}/handover"), &[("queue", queue), ("reason", "Call the site first.")])
            .await
    };

    let asleep = give("apac-hardware").await;
    let nearby = give("emea-os").await;
    assert_eq!(world.handovers().await.len(), 0, "between the queues of one center there is nothing to accept");
    let away = give("amer-os").await;

    assert_eq!(asleep.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(asleep.body.contains("APAC is closed now"), "{}", asleep.body);
    assert_eq!((nearby.status, away.status), (StatusCode::SEE_OTHER, StatusCode::SEE_OTHER));
    let handover = &world.handovers().await[0];
    assert_eq!((&handover["from"], &handover["to"]), (&json!("EMEA"), &json!("AMER")));
    assert_eq!(handover["packet"]["next_step"], "Call the site first.");
    assert!(!world.claire.get(&format!("/calls/{down}")).await.body.contains("Call the site first."));
}
