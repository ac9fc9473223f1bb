//! Every list of the API page by page, and single things by their own address.

use std::collections::BTreeSet;

use reqwest::StatusCode;
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::support::{MONDAY_AFTERNOON, Person, TestApp};

struct House {
    portal: TestApp,
    ada: Person,
    ilse: Person,
    claire: Person,
    relation: Value,
}

/// Three of everything.
async fn house(db: PgPool) -> House {
    let portal = TestApp::at(MONDAY_AFTERNOON, db).await;
    let ada = portal.enrol(portal.provider, "Ada Moreau", "admin").await;
    let ilse = portal.enrol(portal.provider, "Ilse Kessler", "engineer").await;
    let acme = portal.customer("Acme Rail", "LYON-2", "Europe/Paris", "EMEA").await;
    let claire = portal.enrol(acme.customer, "Claire Dubois", "customer").await;
    let mut relation = Value::Null;
    for n in 0..3 {
        let place = portal.site(acme.customer, &format!("PARIS-0{n}"), "Europe/Paris", "EMEA").await;
        portal.system(place, &format!("FT-4400-22{n}0"), "rail-core").await;
        portal.account("partner", &format!("Partner {n}")).await;
        let body = json!({"partner": format!("partner-{n}"), "customer": "acme-rail", "history": "all"});
        relation = ada.api("POST", "/partner-relations", Some(&body)).await.json();
        let call = json!({"system": format!("FT-4400-22{n}0"), "severity": "S2", "title": "Fan", "body": "x"});
        let number = claire.api("POST", "/calls", Some(&call)).await.json()["number"].as_str().unwrap().to_owned();
        let hand = json!({"queue": "amer-hardware", "reason": "Night is near."});
        let handed = ilse.api("POST", &format!("/calls/{number}/handover"), Some(&hand)).await;
        assert_eq!(handed.status, StatusCode::OK, "{}", handed.body);
    }
    House { portal, ada, ilse, claire, relation }
}

/// When a token was used last is noted beside the request, at no certain time.
fn settled(mut row: Value) -> Value {
    if let Some(row) = row.as_object_mut() {
        row.remove("last_used_at");
    }
    row
}

/// All rows, one by one.
async fn walked(who: &Person, path: &str, limit: usize) -> Vec<Value> {
    let (mut rows, mut cursor) = (Vec::new(), None::<String>);
    for _ in 0..100 {
        let next = cursor.map_or_else(String::new, |cursor| format!("&cursor={cursor}"));
        let page = who.api("GET", &format!("{path}?limit={limit}{next}"), None).await;
        assert_eq!(page.status, StatusCode::OK, "{path}: {}", page.body);
        let page = page.json();
        let data = page["data"].as_array().unwrap();
        assert!(data.len() <= limit, "{path} answers more than was asked for");
        rows.extend(data.iter().cloned().map(settled));
        cursor = page["next_cursor"].as_str().map(str::to_owned);
        if cursor.is_none() {
            return rows;
        }
    }
    panic!("{path} never ends");
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn a_list_read_row_by_row_is_the_whole_list(db: PgPool) {
    let house = house(db).await;
    let lists = [
        ("/systems", 3),
        ("/sites", 4),
        ("/users", 3),
        ("/tokens", 3),
        ("/accounts", 5),
        ("/contracts", 4),
        ("/partner-relations", 3),
        ("/handovers", 3),
        ("/queues", 3),
        ("/cacs", 3),
        ("/calendars", 3),
        ("/audit", 1),
        ("/calls", 3),
        ("/queues/amer-hardware/calls", 3),
    ];
    for (path, least) in lists {
        let who = if path == "/audit" { &house.ada } else { &house.ilse };
        let who = if path == "/users" || path == "/tokens" { &house.ada } else { who };
        let whole = who.api("GET", &format!("{path}?limit=200"), None).await.json();
        let whole: Vec<Value> = whole["data"].as_array().unwrap().iter().cloned().map(settled).collect();
        assert!(whole.len() >= least, "{path} has {} rows", whole.len());
        for limit in [1, 2] {
            assert_eq!(walked(who, path, limit).await, whole, "{path} by {limit}");
        }
        let wrong = who.api("GET", &format!("{path}?cursor=moon"), None).await;
        assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY, "{path}");
        for limit in ["0", "201", "x"] {
            let page = who.api("GET", &format!("{path}?limit={limit}"), None).await;
            assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{path}?limit={limit}");
        }
    }
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn what_a_list_has_is_there_by_its_own_address_for_the_same_people(db: PgPool) {
    let house = house(db).await;
    let token = house.ada.api("GET", "/tokens?limit=1", None).await.json()["data"][0].clone();
    let things = [
        ("/sites", "site_code", "/sites/PARIS-01".to_owned(), true),
        ("/accounts", "account", "/accounts/acme-rail".to_owned(), false),
        ("/queues", "slug", "/queues/emea-hardware".to_owned(), false),
        ("/cacs", "code", "/cacs/EMEA".to_owned(), false),
        ("/calendars", "name", "/calendars/emea".to_owned(), false),
        ("/tokens", "id", format!("/tokens/{}", token["id"].as_str().unwrap()), false),
        ("/partner-relations", "id", format!("/partner-relations/{}", house.relation["id"].as_str().unwrap()), false),
    ];
    for (list, key, path, customers_too) in things {
        let one = house.ada.api("GET", &path, None).await;
        assert_eq!(one.status, StatusCode::OK, "{path}: {}", one.body);
        let rows = house.ada.api("GET", &format!("{list}?limit=200"), None).await.json();
        let row = rows["data"].as_array().unwrap().iter().find(|row| row[key] == one.json()[key]).cloned();
        assert_eq!(row.map(settled), Some(settled(one.json())), "{path}");
        let customer = house.claire.api("GET", &path, None).await;
        let wanted = if customers_too { StatusCode::OK } else { StatusCode::NOT_FOUND };
        assert_eq!(customer.status, wanted, "{path}: {}", customer.body);
        assert_eq!(house.portal.stranger().api("GET", &path, None).await.status, StatusCode::UNAUTHORIZED, "{path}");
        let none = format!("{list}/nothing-of-that-name");
        assert_eq!(house.ada.api("GET", &none, None).await.status, StatusCode::NOT_FOUND, "{none}");
    }
    let riga = house.portal.customer("Baltic Grid", "RIGA-1", "Europe/Riga", "EMEA").await;
    let olga = house.portal.enrol(riga.customer, "Olga Berzina", "customer").await;
    assert_eq!(olga.api("GET", "/sites/PARIS-01", None).await.status, StatusCode::NOT_FOUND);
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn a_severity_may_be_said_in_every_way_of_the_contract(db: PgPool) {
    let portal = TestApp::at(MONDAY_AFTERNOON, db).await;
    let acme = portal.customer("Acme Rail", "LYON-2", "Europe/Paris", "EMEA").await;
    portal.system(acme, "FT-4400-2210", "rail-core-a").await;
    let claire = portal.enrol(acme.customer, "Claire Dubois", "customer").await;
    let ways = [json!("critical"), json!("S1"), json!("P1"), json!(1), json!("1")];
    let others =
        [(json!("serious"), 2), (json!("S3"), 3), (json!("moderate"), 3), (json!("P4"), 4), (json!("minor"), 4)];
    for (said, severity) in ways.into_iter().map(|way| (way, 1)).chain(others) {
        let call = json!({"system": "FT-4400-2210", "severity": said, "title": "Fan", "body": "x",
                          "contact": "Gate 4", "available_24x7": true});
        let filed = claire.api("POST", "/calls", Some(&call)).await;
        assert_eq!(filed.status, StatusCode::CREATED, "{said}: {}", filed.body);
        let filed = filed.json();
        assert_eq!(filed["severity"], severity, "{said}");
        assert_eq!((&filed["contact"], &filed["available_24x7"]), (&json!("Gate 4"), &json!(true)));
        let text = said.as_str().map_or_else(|| said.to_string(), str::to_owned);
        let list = claire.api("GET", &format!("/calls?severity={text}"), None).await.json();
        let found: BTreeSet<_> = list["data"].as_array().unwrap().iter().map(|c| c["severity"].to_string()).collect();
        assert_eq!(found, BTreeSet::from([severity.to_string()]), "{said}");
    }
}
