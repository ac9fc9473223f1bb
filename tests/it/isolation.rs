//! Every address as somebody who should not see what is behind it.

use jiff::SignedDuration;
use reqwest::StatusCode;
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Executor, PgPool, Row};
use uuid::Uuid;

use crate::{
    addresses::{NOUNS, PUBLIC, addresses, ask, routes},
    page::Page,
    support::{MONDAY_AFTERNOON, Person, Place, TestApp},
};

/// What nobody but Acme and the desks may ever read.
const SECRETS: [&str; 4] = ["Trading floor is dark", "FT-4400-2210", "LYON-2", "Acme Rail"];
struct World {
    portal: TestApp,
    acme: Place,
    number: String,
    stranger: Person,
    /// What of Acme's has no name but an id.
    holes: Vec<(&'static str, String)>,
}

async fn world(db: PgPool) -> World {
    let portal = TestApp::at(MONDAY_AFTERNOON, db).await;
    let acme = portal.customer("Acme Rail", "LYON-2", "Europe/Paris", "EMEA").await;
    portal.system(acme, "FT-4400-2210", "rail-core-a").await;
    let claire = portal.person(acme.customer, "Claire Dubois", "customer").await;
    let number = claire.file("FT-4400-2210", "1", "Trading floor is dark").await;
    let other = portal.customer("Baltic Grid", "RIGA-1", "Europe/Riga", "EMEA").await;
    portal.system(other, "FT-2700-1180", "grid-a").await;
    let stranger = portal.person(other.customer, "Janis Berzins", "customer_admin").await;
    let holes = holes(&portal, acme, &claire, &number).await;
    World { portal, acme, number, stranger, holes }
}

impl World {
    /// With the ids of what is Acme's.
    fn addresses(&self, path: &str) -> Vec<String> {
        let named = self.holes.iter().fold(path.to_owned(), |path, (hole, name)| path.replace(hole, name));
        addresses(&named, &self.number)
    }
}

async fn holes(portal: &TestApp, acme: Place, claire: &Person, number: &str) -> Vec<(&'static str, String)> {
    let anna = portal.person(acme.customer, "Anna Acme", "customer_admin").await;
    let form = [("name", "Carl"), ("email", "carl@example.com"), ("role", "customer")];
    assert_eq!(anna.post("/admin/people", &form).await.status, StatusCode::CREATED);
    portal.partner("Isar Service", acme, false).await;
    let let_in = [("purpose", "Trading floor is dark"), ("hours", "4")];
    let page = claire.post(&format!("/calls/{number}/remote-access"), &let_in).await;
    assert_eq!(page.status, StatusCode::SEE_OTHER, "{}", page.body);
    let gateway = portal.credential(acme, None).await;
    let unknown = json!({"specversion": "1.0", "id": "q", "source": "/systems/FT-0", "type": "meridian.heartbeat"});
    assert_eq!(portal.ingest("/ingest/alarms", &gateway, unknown.to_string()).await.status, StatusCode::ACCEPTED);
    let planned = json!({"site": "LYON-2", "title": "Trading floor is dark", "reason": "x", "from": "2026-11-30T15:00",
                         "to": "2026-11-30T18:00"});
    assert_eq!(claire.api("POST", "/maintenance-windows", Some(&planned)).await.status, StatusCode::CREATED);
    let person = format!("SELECT person_id FROM membership WHERE id = '{}'", claire.membership);
    let token = format!("SELECT id FROM api_token WHERE membership_id = '{}'", claire.membership);
    let mut holes = vec![("{membership}", claire.membership.to_string())];
    for (hole, sql) in [
        ("{person}", person.as_str()),
        ("{token_id}", &token),
        ("{invitation}", "SELECT id FROM invitation"),
        ("{relation}", "SELECT id FROM partner_relation"),
        ("{access}", "SELECT id FROM remote_access"),
        ("{device}", "SELECT id FROM device_credential"),
        ("{message}", "SELECT id FROM kept_message"),
        ("{window}", "SELECT id FROM maintenance_window"),
    ] {
        let id: Uuid = portal.pool.fetch_one(AssertSqlSafe(sql.to_owned())).await.unwrap().get(0);
        holes.push((hole, id.to_string()));
    }
    holes
}

fn gives_nothing_away(page: &Page, what: &str) {
    for secret in SECRETS {
        assert!(!page.body.contains(secret), "{what} shows {secret}: {}", page.body);
    }
    assert_ne!(page.status, StatusCode::INTERNAL_SERVER_ERROR, "{what}: {}", page.body);
}

/// An address that names something of Acme's, so that a stranger must get the same 404 as for nothing.
fn names_something(path: &str) -> bool {
    [
        "{number}",
        "{serial}",
        "{site_code}",
        "{slug}",
        "{account}",
        "{person}",
        "{membership}",
        "{invitation}",
        "{relation}",
        "{token_id}",
        "{access}",
        "{device}",
        "{message}",
        "{window}",
    ]
    .iter()
    .any(|hole| path.contains(hole))
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn a_stranger_gets_404_for_everything_of_somebody_else(db: PgPool) {
    let world = world(db).await;
    // A stream never ends, machines have credentials of their own, and who signs out is nobody.
    let apart = |path: &str| path.starts_with("/ingest/") || ["/live", "/session/end"].contains(&path);
    for route in routes().iter().filter(|r| !apart(&r.path)) {
        for method in &route.methods {
            for address in world.addresses(&route.path) {
                let page = ask(&world.stranger, method, &address).await;
                let what = format!("{method} {address}");
                gives_nothing_away(&page, &what);
                if names_something(&route.path) {
                    assert_eq!(page.status, StatusCode::NOT_FOUND, "{what}: {}", page.body);
                }
            }
        }
    }
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn somebody_elses_call_looks_exactly_like_none(db: PgPool) {
    let world = world(db).await;
    let nobodys = meridian::domain::number::CallNumber::from_serial(9_000_000).to_string();
    for address in ["/calls/{n}", "/api/v1/calls/{n}", "/api/v1/calls/{n}/history"] {
        let theirs = ask(&world.stranger, "get", &address.replace("{n}", &world.number)).await;
        let none = ask(&world.stranger, "get", &address.replace("{n}", &nobodys)).await;
        assert_eq!((theirs.status, theirs.body), (none.status, none.body), "{address}");
    }
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn nobody_gets_in_without_signing_in(db: PgPool) {
    let world = world(db).await;
    let nobody = world.portal.stranger();
    for route in routes() {
        for method in &route.methods {
            for address in world.addresses(&route.path) {
                let page = ask(&nobody, method, &address).await;
                let what = format!("{method} {address}");
                gives_nothing_away(&page, &what);
                if PUBLIC.contains(&route.path.as_str()) || address.starts_with("/static/") {
                    continue;
                }
                let to_sign_in = page.location().starts_with("/session/new");
                assert!(page.status == StatusCode::UNAUTHORIZED || to_sign_in, "{what}: {} {}", page.status, page.body);
            }
        }
    }
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn lists_and_searches_of_a_stranger_are_empty_of_others(db: PgPool) {
    let world = world(db).await;
    for path in
        ["/api/v1/calls?q=Trading", "/api/v1/systems?q=FT-44", "/api/v1/sites", "/api/v1/calls?system=FT-4400-2210"]
    {
        let list = ask(&world.stranger, "get", path).await;
        gives_nothing_away(&list, path);
    }
    let mine: Value = ask(&world.stranger, "get", "/api/v1/systems").await.json();
    assert_eq!(mine["data"].as_array().unwrap().len(), 1, "{mine}");
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn a_partner_sees_what_the_relation_opens_and_no_more(db: PgPool) {
    let world = world(db).await;
    let (portal, acme) = (&world.portal, world.acme);
    let elsewhere = portal.site(acme.customer, "NICE-9", "Europe/Paris", "EMEA").await;
    portal.system(elsewhere, "FT-6500-0009", "coast").await;
    let rhone = portal.partner("Rhone Systemes", elsewhere, false).await;
    let paul = portal.person(rhone, "Paul Roche", "partner").await;

    let lyon = paul.api("GET", &format!("/calls/{}", world.number), None).await;
    let nice = paul.api("GET", "/systems/FT-6500-0009", None).await;
    let theirs = paul.api("GET", "/systems", None).await.json();

    assert_eq!(lyon.status, StatusCode::NOT_FOUND);
    assert_eq!(nice.status, StatusCode::OK);
    assert_eq!(theirs["data"].as_array().unwrap().len(), 1, "{theirs}");
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn the_house_looks_on_and_changes_nothing(db: PgPool) {
    let world = world(db).await;
    for (name, role) in [("Ada Admin", "admin"), ("Otto Auditor", "auditor")] {
        let person = world.portal.staff(name, role).await;
        let before = person.api("GET", &format!("/calls/{}", world.number), None).await.json();
        assert_eq!(before["verbs"], json!([]), "{role}");
        for noun in NOUNS {
            let page = ask(&person, "post", &format!("/calls/{}/{noun}", world.number)).await;
            assert!(page.status.is_client_error(), "{role} may {noun}: {}", page.status);
        }
        let filed = person.post("/calls", &[("system", "FT-4400-2210"), ("severity", "4"), ("title", "x")]).await;
        assert_eq!(filed.status, StatusCode::FORBIDDEN, "{}", filed.body);
        let after = person.api("GET", &format!("/calls/{}", world.number), None).await.json();
        assert_eq!(before["version"], after["version"]);
    }
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn an_alarm_in_sight_names_no_call_out_of_sight(db: PgPool) {
    let World { portal, acme, .. } = world(db).await;
    let system = portal.system(acme, "FT-4400-2211", "rail-core-b").await;
    let credential = portal.credential(acme, Some(system)).await;
    let raised = async |id: &str| {
        let event = json!({"specversion": "1.0", "id": id, "source": "/systems/FT-4400-2211", "subject": "11/2",
                           "type": "meridian.alarm.raised",
                           "data": {"code": "fan", "severity": "error", "summary": "Fan 2 below threshold"}});
        portal.ingest("/ingest/alarms", &credential, event.to_string()).await.json()
    };
    let call = raised("1").await["results"][0]["call"].as_str().unwrap().to_owned();
    portal.app.clock.advance(SignedDuration::from_hours(2));
    let rhone = portal.partner("Rhone Systemes", acme, false).await;
    let from_now = format!("UPDATE partner_relation SET history = 'none', valid_from = '{}'", portal.now());
    portal.pool.execute(AssertSqlSafe(from_now)).await.unwrap();
    let paul = portal.person(rhone, "Paul Roche", "partner").await;
    raised("2").await;

    let alarms = paul.api("GET", "/systems/FT-4400-2211/alarms", None).await;
    let page = paul.get("/systems/FT-4400-2211").await;

    assert_eq!(alarms.json()["data"].as_array().unwrap().len(), 1, "{}", alarms.body);
    assert!(alarms.json()["data"][0]["call"].is_null(), "{}", alarms.body);
    assert!(!page.body.contains(&call), "the page names {call}");
    assert_eq!(paul.api("GET", &format!("/calls/{call}"), None).await.status, StatusCode::NOT_FOUND);
}
