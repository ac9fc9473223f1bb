//! Planning, changing and calling off: by whom, and what is refused.

use jiff::SignedDuration;
use meridian::store::maintenance;
use reqwest::StatusCode;
use serde_json::{Value, json};
use sqlx::PgPool;

use super::{serial, this_afternoon, world};

fn id(window: &Value) -> String {
    window["id"].as_str().unwrap().to_owned()
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn who_may_plan_is_as_the_rules_say(db: PgPool) {
    let world = world(db, 1).await;
    let portal = &world.portal;
    let rhone = portal.partner("Rhone Systemes", world.lyon, true).await;
    let elsewhere = portal.customer("Baltic Grid", "RIGA-1", "Europe/Riga", "EMEA").await;
    let isar = portal.partner("Isar Service", elsewhere, true).await;
    let window = world.plan(&this_afternoon(&[0])).await;
    let path = format!("/maintenance-windows/{}", id(&window));
    let tag = format!("\"{}\"", window["version"]);

    for (account, name, role, inside) in [
        (world.lyon.customer, "Carl", "customer", true),
        (world.lyon.customer, "Chloe", "customer_admin", true),
        (rhone, "Paul", "partner", true),
        (rhone, "Petra", "partner_admin", true),
        (portal.provider, "Erik", "engineer", true),
        (portal.provider, "Lena", "cac_lead", true),
        (portal.provider, "Dora", "duty_manager", true),
        (portal.provider, "Otto", "auditor", false),
        (portal.provider, "Ada", "admin", false),
        (elsewhere.customer, "Janis", "customer_admin", false),
        (isar, "Nils", "partner", false),
    ] {
        let person = portal.person(account, name, role).await;
        let (reads, refused) = match role {
            "auditor" => (StatusCode::OK, StatusCode::FORBIDDEN),
            _ if inside => (StatusCode::OK, StatusCode::CREATED),
            _ => (StatusCode::NOT_FOUND, StatusCode::NOT_FOUND),
        };
        assert_eq!(person.api("GET", &path, None).await.status, reads, "{name} reads");
        assert_eq!(person.get(&path).await.status, reads, "{name} looks");
        let change = json!({"reason": format!("{name} says so")});
        let changed = person.api_with("PATCH", &path, Some(&change), &[("if-match", &tag)]).await.status;
        let expected = match role {
            // The first one has changed it, so all who may are told of a newer one.
            _ if name == "Carl" => StatusCode::OK,
            _ if inside => StatusCode::PRECONDITION_FAILED,
            _ => refused,
        };
        assert_eq!(changed, expected, "{name} changes");
        if !inside {
            for (method, rest) in [("DELETE", ""), ("POST", "/end")] {
                let tried = person.api(method, &format!("{path}{rest}"), Some(&json!({}))).await;
                assert_eq!(tried.status, refused, "{name} {method}");
            }
            for rest in ["plan", "extension", "end", "cancellation", "occurrences/removal"] {
                assert_eq!(person.post(&format!("{path}/{rest}"), &[]).await.status, refused, "{name} {rest}");
            }
        }
        let planned = person.api("POST", "/maintenance-windows", Some(&this_afternoon(&[0]))).await;
        // Of a place that is not theirs there is nothing to choose.
        let foreign = ["customer_admin", "partner"].contains(&role) && !inside;
        let expected = if foreign { StatusCode::UNPROCESSABLE_ENTITY } else { refused };
        assert_eq!(planned.status, expected, "{name} plans: {}", planned.body);
        assert!(!planned.body.contains(&serial(0)) || inside, "{name}: {}", planned.body);
    }
    let theirs = portal.person(elsewhere.customer, "Zane", "customer").await;
    assert_eq!(theirs.api("GET", "/maintenance-windows", None).await.json()["data"], json!([]));
    assert!(!theirs.get("/maintenance-windows").await.body.contains("Firmware"));
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn a_refused_form_keeps_what_was_typed_and_shows_what_would_come(db: PgPool) {
    let world = world(db, 1).await;
    let mut form = vec![
        ("site", "LYON-2"),
        ("limit", "some"),
        ("systems", "FT-4400-0000"),
        ("title", "Cooling"),
        ("reason", ""),
        ("repeats", "weekly"),
        ("weekdays", "sun"),
        ("at", "02:30"),
        ("duration", "01:30"),
        ("valid_from", "2027-03-15"),
    ];
    let refused = world.claire.post("/maintenance-windows", &form).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.body.contains("value=\"Cooling\"") && refused.body.contains("Say why"), "{}", refused.body);
    assert!(refused.body.contains("2027-03-28T01:00:00Z"), "the next five stand there all the same");

    form[4] = ("reason", "A new fan");
    form.push(("show", "next"));
    let looked = world.claire.post("/maintenance-windows", &form).await;
    assert_eq!(looked.status, StatusCode::OK);
    assert!(looked.body.contains("The next 5") && looked.body.contains("A new fan"), "{}", looked.body);
    assert_eq!(world.claire.api("GET", "/maintenance-windows", None).await.json()["data"], json!([]));

    form.pop();
    let planned = world.claire.post("/maintenance-windows", &form).await;
    assert_eq!(planned.status, StatusCode::SEE_OTHER, "{}", planned.body);
    let page = world.claire.get(&planned.location()).await.body;
    assert!(page.contains("Sun 02:30 for 1 h 30 min") && page.contains("planned it"), "{page}");
    assert!(world.claire.get("/systems/FT-4400-0000").await.body.contains("Next maintenance Sun 21 Mar 2027 02:30"));
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn everything_that_is_wrong_is_named_at_once(db: PgPool) {
    let world = world(db, 1).await;
    for (body, fields) in [
        (json!({}), vec!["site", "title", "reason", "from", "to"]),
        (
            json!({"site": "LYON-2", "title": "x", "reason": "x", "from": "2026-11-24T10:00", "to": "2026-11-24T09:00"}),
            vec!["to"],
        ),
        (
            json!({"site": "LYON-2", "title": "x", "reason": "x", "from": "2026-11-24T10:00", "to": "2027-11-24T09:00"}),
            vec!["to"],
        ),
        (json!({"site": "LYON-2", "title": "x", "reason": "x", "zone": "CET+1"}), vec!["zone"]),
        (
            json!({"site": "LYON-2", "systems": ["FT-1"], "title": "x", "reason": "x", "repeats": "weekly",
                "weekdays": ["someday"], "at": "25:00", "duration_minutes": 1441}),
            vec!["weekdays", "at", "duration_minutes", "systems"],
        ),
        (
            json!({"site": "LYON-2", "systems": [], "title": "x", "reason": "x", "repeats": "monthly", "nth": 5,
                "weekday": "mon", "at": "22:00", "duration_minutes": 5}),
            vec!["nth", "systems"],
        ),
    ] {
        let page = world.claire.api("POST", "/maintenance-windows", Some(&body)).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{body}");
        let mut named: Vec<String> =
            page.json()["errors"].as_array().unwrap().iter().map(|e| e["field"].as_str().unwrap().to_owned()).collect();
        let mut fields: Vec<String> = fields.iter().map(|f| (*f).to_owned()).collect();
        named.sort();
        fields.sort();
        assert_eq!(named, fields, "{body}: {}", page.body);
    }
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn a_change_knows_what_it_changes(db: PgPool) {
    let world = world(db, 1).await;
    let window = world.plan(&this_afternoon(&[0])).await;
    let path = format!("/maintenance-windows/{}", id(&window));
    let longer = json!({"to": "2026-11-23T19:30"});
    let patch = async |tag: &str| world.claire.api_with("PATCH", &path, Some(&longer), &[("if-match", tag)]).await;

    assert_eq!(
        world.claire.api("PATCH", &path, Some(&longer)).await.status,
        StatusCode::UNPROCESSABLE_ENTITY,
        "it says what it has looked at"
    );
    let tag = world.claire.api("GET", &path, None).await.headers["etag"].to_str().unwrap().to_owned();
    let changed = patch(&tag).await;
    assert_eq!(changed.status, StatusCode::OK, "{}", changed.body);
    assert_eq!(changed.json()["ends_at"], "2026-11-23T18:30:00.000000Z", "what runs goes on until then");
    assert_eq!(changed.json()["title"], "Firmware", "what is not named stays");
    let stale = patch(&tag).await;
    assert_eq!(stale.status, StatusCode::PRECONDITION_FAILED);
    assert_eq!(stale.json()["version"], changed.json()["version"], "with the present state: {}", stale.body);
    assert_eq!(world.raise("1", 0, "psu/1").await["disposition"], "suppressed");
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn one_of_many_is_called_off_and_the_others_come(db: PgPool) {
    let world = world(db, 1).await;
    let daily = json!({"site": "LYON-2", "title": "Backup", "reason": "Nightly", "repeats": "weekly", "at": "22:00",
        "weekdays": ["mon", "tue", "wed", "thu", "fri", "sat", "sun"], "duration_minutes": 60});
    let window = world.plan(&daily).await;
    let path = format!("/maintenance-windows/{}", id(&window));
    let first: jiff::Timestamp = "2026-11-23T21:00:00Z".parse().unwrap();
    let skip = |at: jiff::Timestamp| ("planned_at".to_owned(), at.as_microsecond().to_string());
    let (name, tonight) = skip(first);
    let skipped = world.claire.post(&format!("{path}/occurrences/removal"), &[(name.as_str(), tonight.as_str())]).await;
    assert_eq!(skipped.status, StatusCode::SEE_OTHER, "{}", skipped.body);

    let now = world.claire.api("GET", &path, None).await.json();
    assert_eq!(now["starts_at"], "2026-11-24T21:00:00.000000Z", "{now}");
    world.portal.app.clock.advance(first.duration_since(world.portal.now()) + SignedDuration::from_mins(5));
    assert_eq!(world.raise("1", 0, "psu/1").await["disposition"], "opened");
    world.claire.sign_in().await;
    let (name, never) = skip(first + SignedDuration::from_mins(1));
    let refused = world.claire.post(&format!("{path}/occurrences/removal"), &[(name.as_str(), never.as_str())]).await;
    assert_eq!(refused.status, StatusCode::CONFLICT);
    world.portal.app.clock.advance(SignedDuration::from_hours(24));
    assert_eq!(world.raise("2", 0, "fan/1").await["disposition"], "suppressed");
    assert_eq!(world.claire.api("DELETE", &path, None).await.status, StatusCode::NO_CONTENT);
    assert_eq!(world.kept_back().await, 0, "what ran has ended with it");
    assert_eq!(world.claire.api("GET", &path, None).await.json()["next"], json!([]));
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn lists_are_narrowed_and_go_on_page_by_page(db: PgPool) {
    let world = world(db, 2).await;
    world.plan(&this_afternoon(&[0])).await;
    let mut tomorrow = this_afternoon(&[]);
    (tomorrow["from"], tomorrow["to"]) = (json!("2026-11-24T15:00:00Z"), json!("2026-11-24T16:00:00Z"));
    world.wait(1);
    world.plan(&tomorrow).await;
    let count = async |query: &str| {
        let page = world.ilse.api("GET", &format!("/maintenance-windows{query}"), None).await;
        assert_eq!(page.status, StatusCode::OK, "{}", page.body);
        page.json()["data"].as_array().unwrap().len()
    };
    for (query, expected) in [
        ("", 2),
        ("?in_force=true", 1),
        ("?in_force=false", 1),
        ("?system=FT-4400-0000", 2),
        ("?system=FT-4400-0001", 1),
        ("?site=LYON-2", 2),
        ("?site=RIGA-1", 0),
    ] {
        assert_eq!(count(query).await, expected, "{query}");
    }
    let first = world.ilse.api("GET", "/maintenance-windows?limit=1", None).await.json();
    let next = format!("?limit=1&cursor={}", first["next_cursor"].as_str().unwrap());
    let second = world.ilse.api("GET", &format!("/maintenance-windows{next}"), None).await.json();
    assert_ne!(first["data"][0]["id"], second["data"][0]["id"]);
    assert_eq!(second["next_cursor"], Value::Null);
    let sites = [world.lyon.site; 3];
    let ids = [Some(world.systems[0]), Some(world.systems[1]), None];
    let customers = [world.lyon.customer; 3];
    let judged = maintenance::in_force(&world.portal.pool, &customers, &sites, &ids, world.portal.now()).await.unwrap();
    assert_eq!(judged, [true, false, false]);
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn an_hour_that_no_clock_shows_and_a_slip_of_type_are_told_in_words(db: PgPool) {
    let world = world(db, 1).await;
    let window = |from: &str, to: &str| json!({"site": "LYON-2", "title": "x", "reason": "x", "from": from, "to": to});
    let weekly = json!({"site": "LYON-2", "title": "x", "reason": "x", "repeats": "weekly", "weekdays": "mon"});
    for (body, field, says) in [
        // On this day Paris goes from 02:00 to 03:00.
        (window("2027-03-28T02:15", "2027-03-28T02:45"), "to", "There is no 2027-03-28 02:15 there"),
        (window("2027-03-28T02:15", "2027-03-28T02:45"), "to", "go on at 03:00"),
        (window("2026-11-24T10:00", "2026-11-24T10:00"), "to", "The end must be later than the beginning."),
        (window("", ""), "from", "when it begins"),
        (window("", ""), "to", "when it ends"),
        (weekly, "body", "This must be a list; it is a text."),
    ] {
        let page = world.claire.api("POST", "/maintenance-windows", Some(&body)).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{body}");
        let told = page.json()["errors"].as_array().unwrap().clone();
        let said = told.iter().any(|e| {
            let named = e["field"] == field || (field == "body" && e["field"] == "weekdays");
            named && e["message"].as_str().unwrap().contains(says)
        });
        assert!(said, "{body} should say {says}: {}", page.body);
    }
    // Half of it is there.
    world.plan(&window("2027-03-28T01:30", "2027-03-28T02:30")).await;
}
