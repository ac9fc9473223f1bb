//! Sensitive deeds are written down with the deed itself, and read by those who may.

mod chain;

use reqwest::StatusCode;
use serde_json::{Value, json};
use sqlx::{Executor, PgPool, Row};

use crate::{
    faults::{PATIENCE, eventually, is_true, number},
    page::Page,
    support::{MONDAY_AFTERNOON, PASSWORD, Person, Place, TestApp},
};

pub struct House {
    pub portal: TestApp,
    pub acme: Place,
    pub ada: Person,
    pub claire: Person,
}

pub async fn house(db: PgPool) -> House {
    let portal = TestApp::at(MONDAY_AFTERNOON, db).await;
    let acme = portal.customer("Acme Rail", "LYON-2", "Europe/Paris", "EMEA").await;
    portal.system(acme, "FT-4400-2210", "rail-core-a").await;
    let ada = portal.staff("Ada Admin", "admin").await;
    let claire = portal.person(acme.customer, "Claire Dubois", "customer_admin").await;
    House { portal, acme, ada, claire }
}

/// Waits until the relay has put everything into the chain.
pub async fn chained(db: &PgPool) {
    let all = "SELECT NOT EXISTS (SELECT FROM audit_waiting) AND EXISTS (SELECT FROM audit_link)";
    eventually("everything is chained", PATIENCE, async || is_true(db, all).await).await;
}

async fn deeds(person: &Person, query: &str) -> Vec<Value> {
    let list = person.api("GET", &format!("/audit?{query}"), None).await;
    assert_eq!(list.status, StatusCode::OK, "{}", list.body);
    list.json()["data"].as_array().unwrap().clone()
}

async fn fail(person: &Person, email: &str) -> Page {
    person.post("/session", &[("email", email), ("password", "not the password")]).await
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn who_comes_and_goes_is_written_down(db: PgPool) {
    let house = house(db).await;
    let nobody = house.portal.stranger();

    fail(&nobody, &house.claire.email).await;
    house.claire.post("/session/end", &[]).await;

    let told = deeds(&house.ada, &format!("person={}", house.claire.id)).await;
    let kinds: Vec<&str> = told.iter().map(|deed| deed["kind"].as_str().unwrap()).collect();
    let mut sorted = kinds.clone();
    sorted.sort_unstable();
    assert_eq!(sorted, ["sign_in_failed", "signed_in", "signed_out"]);
    let of = |kind: &str| told.iter().find(|deed| deed["kind"] == kind).unwrap();
    assert_eq!(of("signed_in")["actor"]["name"], "Claire Dubois");
    assert_eq!(of("signed_in")["names"]["address"], "127.0.0.1");
    assert_eq!(of("sign_in_failed")["actor"], Value::Null, "a failure proves nobody");
    assert_eq!(of("sign_in_failed")["subject"]["name"], "Claire Dubois");
    assert!(told.iter().all(|deed| deed["account"]["name"] == "Acme Rail"), "{told:?}");
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn an_address_that_nobody_has_is_known_again_and_never_read(db: PgPool) {
    let house = house(db.clone()).await;
    let nobody = house.portal.stranger();

    for email in ["someone@elsewhere.example", "SomeOne@elsewhere.example", "other@elsewhere.example"] {
        fail(&nobody, email).await;
    }

    let told = deeds(&house.ada, "kind=sign_in_failed").await;
    let ids: std::collections::BTreeSet<&str> =
        told.iter().map(|deed| deed["subject"]["id"].as_str().unwrap()).collect();
    assert_eq!((told.len(), ids.len()), (3, 2), "{told:?}");
    let plain = number(&db, "SELECT count(*) FROM audit WHERE audit::text ~* 'elsewhere|127.0.0.1|example'").await;
    assert_eq!(plain, 0, "what names somebody stands in the log in plain words");
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn nothing_in_the_log_names_anybody_in_plain_words(db: PgPool) {
    let house = house(db.clone()).await;
    fail(&house.portal.stranger(), &house.claire.email).await;

    let rows = db.fetch_all("SELECT audit::text FROM audit").await.unwrap();

    assert!(rows.len() >= 3);
    for row in rows {
        let text: String = row.get(0);
        for word in ["Claire", "claire", "Ada", "example.com", "127.0.0.1"] {
            assert!(!text.contains(word), "{word} stands in {text}");
        }
    }
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn each_reads_of_their_own_people_and_the_house_of_all(db: PgPool) {
    let house = house(db).await;
    let portal = &house.portal;
    let other = portal.customer("Baltic Grid", "RIGA-1", "Europe/Riga", "EMEA").await;
    let janis = portal.person(other.customer, "Janis Berzins", "customer_admin").await;
    let otto = portal.staff("Otto Auditor", "auditor").await;
    let paul = portal.person(portal.partner("Rhone", house.acme, true).await, "Paul Roche", "partner_admin").await;

    assert_eq!(deeds(&otto, "").await.len(), 5, "one sign-in of each");
    for (person, name) in [(&janis, "Janis Berzins"), (&house.claire, "Claire Dubois"), (&paul, "Paul Roche")] {
        let own = deeds(person, "").await;
        assert_eq!(own.len(), 1, "{own:?}");
        assert_eq!(own[0]["actor"]["name"], name);
        let page = person.get("/admin/audit").await;
        assert!(page.body.contains("signed in") && page.body.contains("href=\"/admin/audit\""), "{}", page.body);
        let of_others = deeds(person, &format!("account={}", portal_account(&house))).await;
        assert!(of_others.iter().all(|deed| deed["actor"]["name"] == name), "{of_others:?}");
        assert!(deeds(person, &format!("person={}", house.ada.email)).await.is_empty());
    }
    for role in ["customer", "engineer", "cac_lead", "duty_manager", "partner"] {
        let account = match role {
            "customer" => other.customer,
            "partner" => portal.account("partner", "Weser").await,
            _ => portal.account("provider", role).await,
        };
        let person = portal.person(account, role, role).await;
        for address in ["/admin/audit", "/admin/audit.csv"] {
            let page = person.get(address).await;
            assert_eq!(page.status, StatusCode::NOT_FOUND, "{role} {address}");
            assert!(!page.body.contains("href=\"/admin/audit\""), "{role} is offered the log");
        }
        assert_eq!(person.api("GET", "/audit", None).await.status, StatusCode::NOT_FOUND, "{role}");
    }
}

fn portal_account(house: &House) -> String {
    house.acme.customer.to_string()
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn the_log_is_read_page_by_page_and_narrowed(db: PgPool) {
    let house = house(db).await;
    for _ in 0..7 {
        fail(&house.portal.stranger(), &house.claire.email).await;
    }

    let (mut seen, mut cursor) = (Vec::new(), String::new());
    loop {
        let list = house.ada.api("GET", &format!("/audit?limit=4&cursor={cursor}"), None).await.json();
        seen.extend(list["data"].as_array().unwrap().iter().map(|deed| deed["id"].as_str().unwrap().to_owned()));
        let Some(next) = list["next_cursor"].as_str() else { break };
        cursor = next.to_owned();
    }

    let once: std::collections::BTreeSet<&String> = seen.iter().collect();
    assert_eq!((seen.len(), once.len()), (9, 9));
    assert_eq!(deeds(&house.ada, "kind=sign_in_failed&person=claire.dubois@example.com").await.len(), 7);
    assert_eq!(deeds(&house.ada, "from=2026-11-23&to=2026-11-23").await.len(), 9);
    assert_eq!(deeds(&house.ada, "from=2026-11-24").await.len(), 0);
    for wrong in ["kind=slept", "from=yesterday", "account=acme", "limit=0", "cursor=x"] {
        let answer = house.ada.api("GET", &format!("/audit?{wrong}"), None).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{wrong}");
    }
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn who_takes_the_log_away_leaves_a_line_in_it(db: PgPool) {
    let house = house(db.clone()).await;
    db.execute("UPDATE person SET display_name = '=1+1' WHERE display_name LIKE 'Claire%'").await.unwrap();

    let file = house.ada.get("/admin/audit.csv?kind=signed_in").await;

    assert_eq!(file.headers["content-type"], "text/csv; charset=utf-8");
    assert_eq!(file.headers["x-content-type-options"], "nosniff");
    assert!(file.headers["content-disposition"].to_str().unwrap().starts_with("attachment"), "{:?}", file.headers);
    let lines: Vec<&str> = file.body.lines().collect();
    assert_eq!(lines.len(), 3, "{}", file.body);
    assert!(file.body.contains(",'=1+1,") && !file.body.contains(",=1+1"), "{}", file.body);
    let told = deeds(&house.ada, "kind=audit_exported").await;
    assert_eq!((told.len(), &told[0]["detail"]), (1, &json!({"rows": 2})));
    assert_eq!(told[0]["actor"]["name"], "Ada Admin");
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn a_deed_that_fails_leaves_no_line(db: PgPool) {
    let house = house(db.clone()).await;
    let before = number(&db, "SELECT count(*) FROM audit").await;

    let mut tx = house.portal.app.store.begin_write().await.unwrap();
    let entry = meridian::actions::audit::Entry::new(
        meridian::domain::audit::Kind::TokenMade,
        meridian::domain::audit::Subject::Token,
        1,
    );
    meridian::actions::audit::record(&mut tx, entry, house.portal.now()).await.unwrap();
    drop(tx);

    assert_eq!(number(&db, "SELECT count(*) FROM audit").await, before);
    let again = house.portal.stranger();
    let form = [("email", house.claire.email.as_str()), ("password", PASSWORD)];
    assert_eq!(again.post("/session", &form).await.status, StatusCode::SEE_OTHER);
    assert_eq!(number(&db, "SELECT count(*) FROM audit").await, before + 1);
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn what_is_done_by_command_is_written_down_too(db: PgPool) {
    let house = house(db.clone()).await;
    let commands: [&[&str]; 5] = [
        &["user", "add", "olga@house.example", "--name", "Olga Orlova", "--role", "auditor", "--account", "meridian"],
        &["user", "reset", "olga@house.example"],
        &["token", "create", "olga@house.example"],
        &["device", "add", "--system", "FT-4400-2210"],
        &["user", "disable", "olga@house.example"],
    ];
    for command in commands {
        let said = chain::meridian(&db, command).await;
        assert!(said.status.success(), "{command:?}: {}", String::from_utf8_lossy(&said.stderr));
    }

    let told = deeds(&house.ada, "").await;
    let by_command = told.iter().filter(|deed| deed["detail"]["by"] == "command line");
    let kinds: Vec<&str> = by_command.map(|deed| deed["kind"].as_str().unwrap()).collect();
    let mut sorted = kinds.clone();
    sorted.sort_unstable();
    assert_eq!(sorted, ["device_added", "password_changed", "person_added", "person_disabled", "token_made"]);
    let added = told.iter().find(|deed| deed["kind"] == "person_added").unwrap();
    assert_eq!(added["names"]["email"], "olga@house.example");
    assert_eq!(number(&db, "SELECT count(*) FROM audit WHERE audit::text ~* 'olga|house.example'").await, 0);
}

/// What `doctor audit` says of the whole log.
pub async fn holds(db: &PgPool) -> bool {
    chain::doctor(db, None).await.0
}
