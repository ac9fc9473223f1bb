//! What programs may rely on at every address of the API.

use std::collections::BTreeSet;

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::{
    page::{Page, read},
    support::{MONDAY_AFTERNOON, Person, Place, TestApp, client},
};

type Key = fn(&Value) -> String;

struct World {
    portal: TestApp,
    acme: Place,
    claire: Person,
    ilse: Person,
    stranger: Person,
    numbers: Vec<String>,
}

/// Seven calls of all severities, filed and touched at different times.
async fn world(db: PgPool) -> World {
    let portal = TestApp::at(MONDAY_AFTERNOON, db).await;
    let acme = portal.customer("Acme Rail", "LYON-2", "Europe/Paris", "EMEA").await;
    portal.system(acme, "FT-4400-2210", "rail-core-a").await;
    portal.system(acme, "FT-4400-2211", "rail-core-b").await;
    portal.site(acme.customer, "NICE-9", "Europe/Paris", "EMEA").await;
    let claire = portal.person(acme.customer, "Claire Dubois", "customer").await;
    let ilse = portal.staff("Ilse Kessler", "engineer").await;
    let other = portal.customer("Baltic Grid", "RIGA-1", "Europe/Riga", "EMEA").await;
    let stranger = portal.person(other.customer, "Janis Berzins", "customer_admin").await;
    let mut numbers = Vec::new();
    for severity in ["3", "1", "4", "2", "3", "1", "4"] {
        portal.app.clock.advance(jiff::SignedDuration::from_mins(7));
        numbers.push(claire.file("FT-4400-2210", severity, &format!("Fan {severity} rattles")).await);
    }
    let comment = json!({"kind": "comment", "body": "It got louder."});
    portal.app.clock.advance(jiff::SignedDuration::from_mins(1));
    claire.api("POST", &format!("/calls/{}/entries", numbers[2]), Some(&comment)).await;
    World { portal, acme, claire, ilse, stranger, numbers }
}

/// Every row of a list, read a few at a time.
async fn paged(person: &Person, path: &str, limit: usize) -> Vec<Value> {
    let (mut rows, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = person.api("GET", &format!("{path}limit={limit}{cursor}"), None).await;
        assert_eq!(page.status, StatusCode::OK, "{path}: {}", page.body);
        let page = page.json();
        let data = page["data"].as_array().unwrap();
        assert!(data.len() <= limit, "{page}");
        rows.extend(data.iter().cloned());
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return rows,
        }
    }
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn calls_come_in_the_order_asked_for_page_by_page(db: PgPool) {
    let world = world(db).await;
    let opened: Key = |c| c["opened_at"].to_string();
    let updated: Key = |c| c["updated_at"].to_string();
    let severity: Key = |c| c["severity"].to_string();
    let due: Key = |c| c["due_at"].as_str().unwrap_or("9999").to_owned();
    let orders: [(&str, Key, bool); 6] = [
        ("-opened_at", opened, true),
        ("opened_at", opened, false),
        ("-updated_at", updated, true),
        ("updated_at", updated, false),
        ("severity", severity, false),
        ("due_at", due, false),
    ];
    for (sort, key, falls) in orders {
        let rows = paged(&world.claire, &format!("/calls?sort={sort}&"), 2).await;

        let all: BTreeSet<_> = rows.iter().map(|c| c["number"].as_str().unwrap().to_owned()).collect();
        assert_eq!(all, world.numbers.iter().cloned().collect(), "{sort} leaves out or doubles");
        assert_eq!(rows.len(), all.len(), "{sort} doubles");
        let keys: Vec<String> = rows.iter().map(key).collect();
        let in_order = keys.windows(2).all(|two| if falls { two[0] >= two[1] } else { two[0] <= two[1] });
        assert!(in_order, "{sort}: {keys:?}");
    }
    let worst = paged(&world.claire, "/calls?sort=severity&", 50).await;
    assert!(worst[0]["opened_at"].as_str() > worst[1]["opened_at"].as_str(), "of equals the newest first: {worst:?}");
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn a_place_in_one_order_is_none_in_another(db: PgPool) {
    let world = world(db).await;
    let page = world.claire.api("GET", "/calls?sort=severity&limit=1", None).await.json();
    let cursor = page["next_cursor"].as_str().unwrap();

    for path in [
        format!("/calls?sort=due_at&cursor={cursor}"),
        format!("/calls?cursor={cursor}"),
        format!("/systems?cursor={cursor}"),
        format!("/sites?cursor={cursor}"),
        "/calls?sort=title".to_owned(),
        "/calls?status=opened".to_owned(),
        "/calls?limit=0".to_owned(),
        "/calls?limit=many".to_owned(),
        "/calls?limit=99999999999999999999".to_owned(),
        "/calls?q=%00".to_owned(),
    ] {
        let refused = world.claire.api("GET", &path, None).await;
        is_problem(&refused, StatusCode::UNPROCESSABLE_ENTITY, &path);
        assert!(refused.json()["errors"][0]["field"].is_string(), "{path}: {}", refused.body);
    }
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn every_list_comes_page_by_page(db: PgPool) {
    let world = world(db).await;
    let credential = world.portal.credential(world.acme, None).await;
    for id in ["1", "2", "3"] {
        let event = json!({"specversion": "1.0", "id": id, "source": "/systems/FT-4400-2210",
                           "type": "meridian.heartbeat", "data": {}});
        world.portal.ingest("/ingest/alarms", &credential, event.to_string()).await;
    }
    for (person, path, count, key) in [
        (&world.claire, "/systems?", 2, "serial"),
        (&world.claire, "/sites?", 2, "site_code"),
        (&world.claire, "/systems/FT-4400-2210/history?", 7, "number"),
        (&world.claire, "/systems/FT-4400-2210/alarms?", 3, "id"),
        (&world.ilse, "/queues/emea-hardware/calls?", 7, "number"),
    ] {
        let rows = paged(person, path, 1).await;
        let different: BTreeSet<String> = rows.iter().map(|row| row[key].to_string()).collect();
        assert_eq!((rows.len(), different.len()), (count, count), "{path}");
    }
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn a_search_finds_calls_systems_and_sites_of_ones_own(db: PgPool) {
    let world = world(db).await;
    let found = async |person: &Person, words: &str| {
        person.api("GET", &format!("/search?q={words}"), None).await.json()["data"].clone()
    };

    world.portal.gathered().await;
    let rattling = found(&world.claire, "rattles").await;
    let number = found(&world.ilse, &world.numbers[0]).await;
    let ticket = found(&world.ilse, &format!("ticket%20{}", world.numbers[0])).await;
    let serial = found(&world.claire, "ft-4400-2211").await;
    let site = found(&world.claire, "nice").await;

    assert_eq!(rattling.as_array().unwrap().len(), 7, "{rattling}");
    assert_eq!((&number[0]["kind"], &number[0]["number"]), (&json!("call"), &json!(world.numbers[0])));
    assert_eq!(ticket[0]["number"], json!(world.numbers[0]));
    assert_eq!((&serial[0]["kind"], &serial[0]["serial"]), (&json!("system"), &json!("FT-4400-2211")));
    assert_eq!((&site[0]["kind"], &site[0]["site_code"]), (&json!("site"), &json!("NICE-9")));
    for words in ["rattles", "FT-4400", "LYON", "Acme", world.numbers[0].as_str()] {
        assert_eq!(found(&world.stranger, words).await, json!([]), "a stranger finds {words}");
    }
    let few = world.claire.api("GET", "/search?q=rattles&limit=3", None).await.json();
    assert_eq!(few["data"].as_array().unwrap().len(), 3);
    is_problem(&world.claire.api("GET", "/search", None).await, StatusCode::UNPROCESSABLE_ENTITY, "no words");
}

#[track_caller]
fn is_problem(page: &Page, status: StatusCode, what: &str) {
    assert_eq!(page.status, status, "{what}: {}", page.body);
    assert_eq!(page.headers["content-type"], "application/problem+json", "{what}");
    assert_eq!(page.json()["status"], status.as_u16(), "{what}: {}", page.body);
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn what_http_itself_refuses_is_a_problem_too(db: PgPool) {
    let world = world(db).await;
    let send = async |method: Method, path: &str, kind: Option<&str>, body: Vec<u8>| {
        let request = client().request(method, format!("{}/api/v1{path}", world.portal.url)).body(body);
        let request = request.bearer_auth(&world.claire.token);
        let request = kind.into_iter().fold(request, |request, kind| request.header("content-type", kind));
        read(request.send().await.unwrap()).await
    };
    let call = json!({"system": "FT-4400-2210", "severity": 3, "title": "Fan"}).to_string().into_bytes();
    let json = Some("application/json; charset=utf-8");

    let wrong_method = send(Method::DELETE, "/calls", None, Vec::new()).await;
    let too_large = send(Method::POST, "/calls", json, vec![b' '; 3 << 20]).await;
    let form = send(Method::POST, "/calls", Some("application/x-www-form-urlencoded"), call.clone()).await;
    let unsaid = send(Method::POST, "/calls", None, call.clone()).await;
    let nowhere = send(Method::GET, "/nowhere", None, Vec::new()).await;
    let no_text = send(Method::GET, "/systems/%FF", None, Vec::new()).await;
    let filed = send(Method::POST, "/calls", json, call).await;
    let signed_out = world.portal.stranger().api("GET", "/calls", None).await;

    is_problem(&wrong_method, StatusCode::METHOD_NOT_ALLOWED, "DELETE");
    assert_eq!(wrong_method.headers["allow"], "GET,HEAD,POST");
    is_problem(&too_large, StatusCode::PAYLOAD_TOO_LARGE, "three megabytes");
    is_problem(&form, StatusCode::UNSUPPORTED_MEDIA_TYPE, "a form");
    is_problem(&unsaid, StatusCode::UNSUPPORTED_MEDIA_TYPE, "no type");
    is_problem(&nowhere, StatusCode::NOT_FOUND, "nowhere");
    is_problem(&no_text, StatusCode::NOT_FOUND, "a name that is no text");
    is_problem(&signed_out, StatusCode::UNAUTHORIZED, "signed out");
    assert_eq!(signed_out.headers["www-authenticate"], "Bearer");
    assert_eq!(filed.status, StatusCode::CREATED, "{}", filed.body);
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn a_body_of_the_wrong_shape_is_refused_by_the_name_of_the_field(db: PgPool) {
    let world = world(db).await;
    let number = &world.numbers[0];
    let (entries, transitions) = (format!("/calls/{number}/entries"), format!("/calls/{number}/transitions"));
    for (path, body, field) in [
        ("/calls", json!({"system": 7, "severity": 3, "title": "x"}), "system"),
        ("/calls", json!({"system": "FT-4400-2210", "severity": 9, "title": "x"}), "severity"),
        ("/calls", json!({"system": "FT-4400-2210", "severity": 3, "title": ["x"]}), "title"),
        (
            "/calls",
            json!({"system": "FT-4400-2210", "severity": 3, "title": "x", "available_24x7": "no"}),
            "available_24x7",
        ),
        ("/calls", json!({"system": "FT-4400-2210", "severity": 3, "title": "a\0b"}), "title"),
        ("/calls", json!(["FT-4400-2210", 3, "x"]), "body"),
        (&entries, json!({"kind": "shout", "body": "x"}), "kind"),
        (&entries, json!({"body": {"text": "x"}}), "body"),
        (&transitions, json!({"verb": "vanish"}), "verb"),
        (&transitions, json!({"verb": "file"}), "verb"),
    ] {
        let refused = world.ilse.api("POST", path, Some(&body)).await;
        is_problem(&refused, StatusCode::UNPROCESSABLE_ENTITY, &body.to_string());
        assert_eq!(refused.json()["errors"][0]["field"], field, "{}", refused.body);
    }
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn every_single_thing_has_an_etag_and_who_has_it_is_told_so(db: PgPool) {
    let world = world(db).await;
    let call = format!("/calls/{}", world.numbers[0]);
    for path in [call.as_str(), "/systems/FT-4400-2210", "/me", "/openapi.json"] {
        let first = world.claire.api("GET", path, None).await;
        let tag = first.headers["etag"].to_str().unwrap();

        let again = world.claire.api_with("GET", path, None, &[("If-None-Match", tag)]).await;
        let other = world.claire.api_with("GET", path, None, &[("If-None-Match", "\"other\"")]).await;

        assert_eq!((again.status, again.body.as_str()), (StatusCode::NOT_MODIFIED, ""), "{path}");
        assert_eq!((other.status, other.body), (StatusCode::OK, first.body), "{path}");
    }
    let before = world.claire.api("GET", "/systems/FT-4400-2210", None).await;
    world.claire.file("FT-4400-2210", "4", "One more").await;
    let after = world.claire.api("GET", "/systems/FT-4400-2210", None).await;
    assert_ne!(before.headers["etag"], after.headers["etag"]);
}

/// Every text that is an instant, with the name it has.
fn instants(value: &Value, found: &mut Vec<(String, String)>) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                let instant = value.as_str().filter(|text| text.parse::<jiff::Timestamp>().is_ok());
                found.extend(instant.map(|text| (name.clone(), text.to_owned())));
                instants(value, found);
            }
        }
        Value::Array(values) => values.iter().for_each(|value| instants(value, found)),
        _ => {}
    }
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn every_instant_is_utc_with_microseconds_and_has_the_zone_beside_it(db: PgPool) {
    let world = world(db).await;
    let call = format!("/calls/{}", world.numbers[0]);
    world.ilse.api("POST", &format!("{call}/transitions"), Some(&json!({"verb": "take"}))).await;
    let ask = json!({"verb": "ask_customer", "body": "Which fan?"});
    world.ilse.api("POST", &format!("{call}/transitions"), Some(&ask)).await;
    world.portal.app.clock.advance(jiff::SignedDuration::from_secs(61));
    for (path, list) in [
        (call.clone(), false),
        (format!("{call}/clocks"), false),
        (format!("{call}/history"), false),
        (format!("{call}/routing"), false),
        ("/calls".to_owned(), true),
        ("/systems".to_owned(), true),
        ("/systems/FT-4400-2210/alarms".to_owned(), false),
    ] {
        let answer = world.claire.api("GET", &path, None).await.json();
        let mut found = Vec::new();
        instants(&answer, &mut found);
        for (name, instant) in &found {
            let whole = instant.len() == "2026-11-23T14:33:00.000000Z".len() && instant.ends_with('Z');
            assert!(whole, "{path}: {name} is {instant}");
        }
        let expects_none = path.ends_with("routing") || path.ends_with("alarms");
        assert!(expects_none || !found.is_empty(), "{path} tells no time: {answer}");
        let beside = if list { &answer["data"][0] } else { &answer };
        assert_eq!(beside["time_zone"], "Europe/Paris", "{path}: {answer}");
    }
}
