//! Systems that stop calling home: one call each, or one for the whole site, and none once they are heard.

mod paths;
mod site;

use jiff::SignedDuration;
use meridian::{actions, app::App, clock::Clock, config::Config, store::Store};
use reqwest::StatusCode;
use serde_json::{Value, json};
use sqlx::PgPool;
use uuid::Uuid;

use crate::{
    faults::number,
    person::Person,
    support::{MONDAY_AFTERNOON, Place, TestApp},
};

/// A site whose systems should be heard every hour; nothing looks for silence but the test.
pub struct World {
    pub portal: TestApp,
    pub acme: Place,
    pub gateway: String,
    pub admin: Person,
    pub ilse: Person,
}

impl World {
    pub async fn new(db: PgPool, systems: usize) -> Self {
        let portal = TestApp::with(Clock::held_at(MONDAY_AFTERNOON.parse().unwrap()), db, false).await;
        let acme = portal.customer("Acme Rail", "LYON-2", "Europe/Paris", "EMEA").await;
        let admin = portal.staff("Ada Host", "admin").await;
        let ilse = portal.staff("Ilse Kessler", "engineer").await;
        let gateway = portal.credential(acme, None).await;
        let world = Self { portal, acme, gateway, admin, ilse };
        for n in 0..systems {
            world.portal.system(acme, &serial(n), &format!("rail-{n}")).await;
            assert_eq!(world.expect(n, "1", "hours").await, StatusCode::SEE_OTHER);
        }
        world
    }

    pub async fn expect(&self, n: usize, every: &str, unit: &str) -> StatusCode {
        let form = [("every", every), ("unit", unit)];
        self.admin.post(&format!("/systems/{}/expectation", serial(n)), &form).await.status
    }

    pub fn wait(&self, minutes: i64) {
        self.portal.app.clock.advance(SignedDuration::from_mins(minutes));
    }

    /// What a sweep finds.
    pub async fn look(&self) -> usize {
        actions::notice_silence(&self.portal.app).await.unwrap()
    }

    pub async fn hear(&self, n: usize, kind: &str) {
        let data = json!({"code": "fan-below", "severity": "info", "summary": "Fan 2 below threshold"});
        self.say(Some(n), kind, &data).await;
    }

    /// A message about a system, or of the gateway itself.
    pub async fn say(&self, n: Option<usize>, kind: &str, data: &Value) {
        let source = n.map_or_else(|| "/agents/LYON-2".to_owned(), |n| format!("/systems/{}", serial(n)));
        let event = json!({"specversion": "1.0", "id": Uuid::now_v7(), "source": source, "data": data,
                           "type": format!("meridian.{kind}"), "time": self.portal.now()});
        let page = self.portal.ingest("/ingest/alarms", &self.gateway, event.to_string()).await;
        assert_eq!(page.status, StatusCode::ACCEPTED, "{}", page.body);
    }

    pub async fn count(&self, sql: &'static str) -> i64 {
        number(&self.portal.pool, sql).await
    }

    /// The newest call.
    pub async fn call(&self) -> Value {
        self.ilse.api("GET", "/calls?limit=1", None).await.json()["data"][0].clone()
    }

    pub async fn state(&self, n: usize) -> Value {
        self.ilse.api("GET", &format!("/systems/{}", serial(n)), None).await.json()["call_home"].clone()
    }

    pub async fn verbs(&self, call: &Value) -> Vec<String> {
        let path = format!("/calls/{}/history", call["number"].as_str().unwrap());
        let told = self.ilse.api("GET", &path, None).await.json();
        told["data"].as_array().unwrap().iter().map(|line| line["verb"].as_str().unwrap().to_owned()).collect()
    }
}

pub fn serial(n: usize) -> String {
    format!("FT-4400-{n:04}")
}

pub const CALLS: &str = "SELECT count(*) FROM call";
// What was told: it waits in the outbox until it has a place in the stream.
const SILENT: &str = "SELECT (SELECT count(*) FROM outbox WHERE kind = 'system.silent')
                           + (SELECT count(*) FROM stream WHERE kind = 'system.silent')";
const HEARD: &str = "SELECT (SELECT count(*) FROM outbox WHERE kind = 'system.heard')
                          + (SELECT count(*) FROM stream WHERE kind = 'system.heard')";

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn a_silent_system_is_one_call_however_often_somebody_looks(db: PgPool) {
    let world = World::new(db, 1).await;
    world.hear(0, "heartbeat").await;
    world.wait(80);
    assert_eq!((world.look().await, world.state(0).await), (0, json!("late")));
    world.wait(40);
    assert_eq!(world.state(0).await, "silent");

    assert_eq!(world.look().await, 1);
    world.wait(60);
    assert_eq!(world.look().await, 0);

    assert_eq!((world.count(CALLS).await, world.count(SILENT).await), (1, 1));
    let call = world.call().await;
    assert_eq!((call["title"].as_str(), call["severity"].as_i64()), (Some("rail-0 has stopped calling home"), Some(3)));
    assert_eq!(world.verbs(&call).await, ["file", "fall_silent", "route"]);
    let list = world.ilse.get("/systems?state=silent").await.body;
    assert!(list.contains(&serial(0)), "{list}");
    assert!(world.ilse.get("/queues").await.body.contains("1 system silent"));
    assert!(world.ilse.get("/board").await.body.contains("1 silent"));
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn any_word_ends_the_silence_and_another_silence_opens_the_same_call(db: PgPool) {
    let world = World::new(db, 1).await;
    for (nth, kind) in ["heartbeat", "alarm.raised", "test"].into_iter().enumerate() {
        world.wait(121);
        assert_eq!(world.look().await, 1, "{kind}");
        assert_ne!(world.call().await["status"], "resolved");

        world.hear(0, kind).await;

        assert_eq!((world.call().await["status"].clone(), world.state(0).await), (json!("resolved"), json!("heard")));
        assert_eq!(world.count(HEARD).await, i64::try_from(nth).unwrap() + 1);
        assert_eq!(world.look().await, 0);
    }
    assert_eq!(world.count(CALLS).await, 1);
    let verbs = world.verbs(&world.call().await).await;
    assert_eq!(verbs.iter().filter(|verb| *verb == "reopen").count(), 2, "{verbs:?}");
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn what_people_work_on_is_theirs_to_end(db: PgPool) {
    let world = World::new(db, 1).await;
    world.wait(121);
    world.look().await;
    let call = world.call().await;
    let at = format!("/calls/{}", call["number"].as_str().unwrap());
    assert!(world.ilse.get(&at).await.body.contains("Check the path home"));
    let tick = [("step", "check_path"), ("body", "Their router answers no ping."), ("found", "line_down")];
    assert_eq!(world.ilse.post(&format!("{at}/playbook"), &tick).await.status, StatusCode::SEE_OTHER);

    world.hear(0, "heartbeat").await;

    assert_eq!(world.call().await["status"], "new");
    assert_eq!(world.verbs(&call).await[3..], ["playbook_step", "end_silence"]);
    let page = world.ilse.get(&at).await.body;
    for words in ["Why it is silent: the line is down", "Their router answers no ping.", "is heard again"] {
        assert!(page.contains(words), "{words}: {page}");
    }
    world.wait(121);
    assert_eq!(world.look().await, 1);
    assert_eq!(world.count(CALLS).await, 1, "the same call goes on");
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn steps_are_ticked_by_staff_and_partners_on_silences_alone(db: PgPool) {
    let world = World::new(db, 1).await;
    let rhone = world.portal.partner("Rhone Systemes", world.acme, false).await;
    let paul = world.portal.person(rhone, "Paul Roux", "partner").await;
    let claire = world.portal.person(world.acme.customer, "Claire Dubois", "customer").await;
    let zoe = world.portal.customer("Zenith", "OSLO-1", "Europe/Oslo", "EMEA").await;
    let zoe = world.portal.person(zoe.customer, "Zoe Zimt", "customer").await;
    let filed = claire.file(&serial(0), "3", "Rather slow").await;
    world.wait(121);
    world.look().await;
    let silence = world.call().await["number"].as_str().unwrap().to_owned();
    let tick = |person: &Person, call: &str, step: &str| {
        let (person, path) = (person.clone(), format!("/calls/{call}/transitions"));
        let body = json!({"verb": "playbook_step", "step": step, "body": "Done."});
        async move { person.api("POST", &path, Some(&body)).await.status }
    };

    assert_eq!(tick(&world.ilse, &silence, "call_site").await, StatusCode::OK);
    assert_eq!(tick(&paul, &silence, "visit").await, StatusCode::OK);
    assert_eq!(tick(&world.ilse, &silence, "pray").await, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(tick(&world.ilse, &filed, "visit").await, StatusCode::CONFLICT);
    assert_eq!(tick(&claire, &silence, "visit").await, StatusCode::FORBIDDEN);
    assert_eq!(tick(&world.admin, &silence, "visit").await, StatusCode::FORBIDDEN);
    assert_eq!(tick(&zoe, &silence, "visit").await, StatusCode::NOT_FOUND);
    assert!(claire.get(&format!("/calls/{silence}")).await.body.contains("visited the site"));
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn two_nodes_that_look_at_once_open_one_call(db: PgPool) {
    let world = World::new(db.clone(), 3).await;
    world.wait(121);
    let store = Store::connect((*db.connect_options()).clone(), 2).await.unwrap();
    let config = Config { jobs: false, ..Config::default() };
    let other = App::new(store, Clock::held_at(world.portal.now()), config).await.unwrap();

    let (here, there) = tokio::join!(actions::notice_silence(&world.portal.app), actions::notice_silence(&other));

    assert_eq!(here.unwrap() + there.unwrap(), 3);
    assert_eq!((world.count(CALLS).await, world.count(SILENT).await), (1, 3));
    other.stop.cancel();
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn who_was_never_heard_has_its_time_from_when_it_was_expected(db: PgPool) {
    let world = World::new(db, 0).await;
    world.portal.system(world.acme, &serial(0), "rail-0").await;
    let expected = "UPDATE system SET heartbeat_minutes = 60";
    sqlx::raw_sql(expected).execute(&world.portal.pool).await.unwrap();

    assert_eq!((world.look().await, world.state(0).await), (0, json!("awaited")), "installed years ago");
    world.wait(119);
    assert_eq!(world.look().await, 0);
    world.wait(1);
    assert_eq!((world.look().await, world.state(0).await), (1, json!("silent")));

    let nobody = "SELECT count(*) FROM system WHERE heartbeat_minutes IS NULL";
    world.portal.system(world.acme, &serial(1), "rail-1").await;
    world.wait(100_000);
    assert_eq!((world.look().await, world.count(nobody).await), (0, 1), "nothing is expected of it");
    assert_eq!(world.state(1).await, Value::Null);
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn another_interval_begins_anew_and_is_in_the_audit(db: PgPool) {
    let world = World::new(db, 1).await;
    world.wait(121);
    world.look().await;

    assert_eq!(world.expect(0, "30", "minutes").await, StatusCode::SEE_OTHER);
    assert_eq!((world.state(0).await, world.call().await["status"].clone()), (json!("silent"), json!("new")));
    assert_eq!(world.expect(0, "2", "days").await, StatusCode::SEE_OTHER);
    assert_eq!((world.state(0).await, world.call().await["status"].clone()), (json!("awaited"), json!("resolved")));
    assert_eq!(world.count(HEARD).await, 0, "nobody has heard it");
    world.wait(3 * 24 * 60);
    assert_eq!(world.look().await, 0);
    world.admin.sign_in().await;
    assert_eq!(world.expect(0, "", "hours").await, StatusCode::SEE_OTHER);
    world.wait(100_000);
    assert_eq!((world.look().await, world.state(0).await), (0, Value::Null));

    assert_eq!(world.count("SELECT count(*) FROM audit WHERE kind = 'expectation_changed'").await, 4);
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn only_the_house_says_how_often_a_system_should_be_heard(db: PgPool) {
    let world = World::new(db, 1).await;
    let claire = world.portal.person(world.acme.customer, "Claire Dubois", "customer_admin").await;
    let zenith = world.portal.customer("Zenith", "OSLO-1", "Europe/Oslo", "EMEA").await;
    let zoe = world.portal.person(zenith.customer, "Zoe Zimt", "customer").await;
    let (at, form) = (format!("/systems/{}/expectation", serial(0)), [("every", "3"), ("unit", "hours")]);

    for (person, status) in
        [(&world.ilse, StatusCode::FORBIDDEN), (&claire, StatusCode::NOT_FOUND), (&zoe, StatusCode::NOT_FOUND)]
    {
        assert_eq!(person.post(&at, &form).await.status, status);
    }
    assert!(!world.ilse.get(&format!("/systems/{}", serial(0))).await.body.contains("/expectation"));
    let refused = world.admin.post(&at, &[("every", "often"), ("unit", "days")]).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.body.contains("often") && refused.body.contains("whole number"), "{}", refused.body);
    assert_eq!(
        world.admin.post(&at, &[("every", "61"), ("unit", "days")]).await.status,
        StatusCode::UNPROCESSABLE_ENTITY
    );
    assert_eq!(world.count("SELECT max(heartbeat_minutes)::bigint FROM system").await, 60);
}
