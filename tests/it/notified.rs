//! Who is told of calls that lie in a queue without engineers.

use reqwest::StatusCode;
use sqlx::{AssertSqlSafe, Executor, PgPool, Row};

use crate::{
    faults::{PATIENCE, change, eventually, is_true},
    person::Person,
    routing_rules::done,
    support::{MONDAY_AFTERNOON, SATURDAY, TestApp},
};

struct World {
    portal: TestApp,
    claire: Person,
    dara: Person,
    tomo: Person,
    duty: Person,
}

/// A customer with one system that a contract covers and one that none does, two leads, and the duty manager.
async fn world(db: PgPool, at: &str) -> World {
    let portal = TestApp::at(at, db).await;
    let acme = portal.customer("Acme Rail", "LYON-2", "Europe/Paris", "EMEA").await;
    portal.system(acme, "FT-4400-2210", "rail-core-a").await;
    portal.system_under(acme, "FT-4400-0000", "rail-old", None).await;
    let claire = portal.person(acme.customer, "Claire Dubois", "customer").await;
    let dara = lead(&portal, "Dara Lynch", "EMEA").await;
    let tomo = lead(&portal, "Tomo Sato", "APAC").await;
    let duty = portal.staff("Dora Day", "duty_manager").await;
    World { portal, claire, dara, tomo, duty }
}

async fn lead(portal: &TestApp, name: &str, cac: &str) -> Person {
    let person = portal.staff(name, "cac_lead").await;
    let of = [person.membership.to_string(), cac.to_owned()];
    change(&portal.pool, "UPDATE membership SET cac_code = $2 WHERE id = $1", &of).await;
    person
}

impl World {
    /// Which of lead, foreign lead and duty manager were told of a call by the time that the portal has told everybody of it.
    async fn told(&self, title: &str) -> Vec<bool> {
        let caught_up = "SELECT NOT EXISTS (SELECT FROM outbox)
            AND coalesce((SELECT pos FROM stream_reader WHERE name = 'notices'), 0) >= (SELECT max(pos) FROM stream)";
        let look = async || is_true(&self.portal.pool, caught_up).await;
        eventually("everybody is told", PATIENCE, look).await;
        let mut told = Vec::new();
        for person in [&self.dara, &self.tomo, &self.duty] {
            let sql = format!(
                "SELECT EXISTS (SELECT FROM notification n JOIN call USING (customer_id)
                 WHERE call.id = n.call_id AND n.person_id = '{}' AND call.title = '{title}')",
                person.id
            );
            told.push(self.portal.pool.fetch_one(AssertSqlSafe(sql)).await.unwrap().get(0));
        }
        told
    }
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn the_duty_manager_is_told_whatever_their_queue_is_called(db: PgPool) {
    let world = world(db, SATURDAY).await;
    let order = [("regions", "AMER, EMEA, APAC"), ("duty_manager", "night-watch")];
    done(&world.dara, "/routing/draft/order", &order).await;
    done(&world.dara, "/routing/versions", &[("note", "The duty manager's queue has a name")]).await;

    let number = world.claire.file("FT-4400-2210", "1", "Nobody is awake").await;

    let call = world.duty.api("GET", &format!("/calls/{number}"), None).await;
    assert_eq!((call.status, &call.json()["queue"]), (StatusCode::OK, &"night-watch".into()));
    assert_eq!(world.told("Nobody is awake").await, [false, false, true]);
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn whoever_leads_the_home_cac_is_told_of_what_no_contract_covers(db: PgPool) {
    let world = world(db, MONDAY_AFTERNOON).await;

    let number = world.claire.file("FT-4400-0000", "1", "Not covered by day").await;

    let call = world.duty.api("GET", &format!("/calls/{number}"), None).await.json();
    assert_eq!(call["queue"], "renewals-emea", "{call}");
    assert_eq!(world.told("Not covered by day").await, [true, false, false]);
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn the_duty_manager_is_told_of_it_too_if_it_is_urgent_and_home_is_closed(db: PgPool) {
    let world = world(db, SATURDAY).await;

    world.claire.file("FT-4400-0000", "3", "It can wait").await;
    world.claire.file("FT-4400-0000", "1", "It cannot wait").await;

    assert_eq!(world.told("It cannot wait").await, [true, false, true]);
    assert_eq!(world.told("It can wait").await, [true, false, false]);
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn nobody_waits_for_what_machines_repeat(db: PgPool) {
    let world = world(db, SATURDAY).await;
    world.claire.file("FT-4400-2210", "1", "Before").await;
    world.told("Before").await;

    // As many lines as a loud night writes, none of which anybody is told of.
    let loud = "INSERT INTO stream
        SELECT (jsonb_populate_record(NULL::stream, to_jsonb(last) || jsonb_build_object(
            'pos', last.pos + n, 'id', gen_random_uuid(), 'kind', 'fold_alarm'))).*
        FROM (SELECT * FROM stream ORDER BY pos DESC LIMIT 1) last, generate_series(1, 20000) n";
    world.portal.pool.execute(loud).await.unwrap();
    world.claire.file("FT-4400-2210", "1", "Behind them all").await;

    assert_eq!(world.told("Behind them all").await, [false, false, true]);
}
