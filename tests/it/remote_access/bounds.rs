//! Who may ask, let in, go in and look: everybody else finds nothing, or is refused.

use reqwest::StatusCode;
use serde_json::{Value, json};
use sqlx::PgPool;

use super::{World, done, world};
use crate::{faults::change, support::Person};

/// Every address of an access, with what it takes to be let through to its rules.
async fn addresses(world: &World) -> Vec<(&'static str, String, Option<Value>)> {
    let access = world.granted().await;
    let one = world.begin(&access).await;
    let post = |noun: &str, body: Value| ("POST", format!("/remote-access/{access}/{noun}"), Some(body));
    vec![
        ("GET", format!("/remote-access/{access}"), None),
        ("GET", format!("/remote-access/{access}/instructions"), None),
        ("POST", format!("/calls/{}/remote-access", world.call), Some(json!({"purpose": "x", "hours": 1}))),
        post("grant", json!({"hours": 1, "agreed_with": "Claire"})),
        post("refusal", json!({"reason": "x"})),
        post("withdrawal", json!({})),
        post("uses", json!({})),
        post(&format!("uses/{one}/end"), json!({"note": "x"})),
        post("end", json!({})),
    ]
}

async fn nothing_is_there(world: &World, person: &Person, who: &str) {
    for (method, path, body) in addresses(world).await {
        let told = person.api(method, &path, body.as_ref()).await;
        assert_eq!(told.status, StatusCode::NOT_FOUND, "{who}: {method} {path}: {}", told.body);
        let page = match method {
            "GET" => person.get(&path).await,
            _ => person.post(&path, &[("hours", "1"), ("purpose", "x"), ("reason", "x"), ("note", "x")]).await,
        };
        assert_eq!(page.status, StatusCode::NOT_FOUND, "{who}: {method} {path}: {}", page.body);
        assert!(!page.body.contains("disk log"), "{who}: {path}");
    }
    let address = "/systems/FT-4400-2210/remote-instructions";
    assert_eq!(person.get(address).await.status, StatusCode::NOT_FOUND, "{who}");
    let kept = person.post(address, &[("instructions", "elsewhere.example")]).await;
    assert_eq!(kept.status, StatusCode::NOT_FOUND, "{who}");
    let list = person.api("GET", "/remote-access", None).await;
    assert!(list.status == StatusCode::NOT_FOUND || list.json()["data"] == json!([]), "{who}: {}", list.body);
    let access = world.last().await;
    assert_eq!(world.access(&access).await["state"], "granted", "{who} has changed it");
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn a_stranger_finds_nothing(db: PgPool) {
    let world = world(db).await;
    let riga = world.portal.customer("Baltic Grid", "RIGA-1", "Europe/Riga", "EMEA").await;
    let janis = world.portal.person(riga.customer, "Janis Berzins", "customer_admin").await;

    nothing_is_there(&world, &janis, "a stranger").await;
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn a_partner_who_serves_the_site_finds_nothing(db: PgPool) {
    let world = world(db).await;
    let rhone = world.portal.partner("Rhone Systemes", world.acme, false).await;
    let paul = world.portal.person(rhone, "Paul Roche", "partner_admin").await;

    nothing_is_there(&world, &paul, "a partner").await;
    let page = paul.get(&format!("/calls/{}", world.call)).await;
    assert_eq!(page.status, StatusCode::OK, "of the call they see the rest");
    assert!(!page.body.contains("End access now") && !page.body.contains("/remote-access/"), "{}", page.body);
    let history = paul.api("GET", &format!("/calls/{}/history?limit=200", world.call), None).await;
    for told in [&page.body, &history.body] {
        assert!(!told.contains("Read the disk log") && !told.contains("remote_access"), "who was let in: {told}");
    }
    let own = world.claire.api("GET", &format!("/calls/{}/history?limit=200", world.call), None).await;
    assert!(own.body.contains("Read the disk log"), "the customer reads it: {}", own.body);
    assert!(!paul.get("/systems/FT-4400-2210").await.body.contains("id=\"remote\""));
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn somebody_of_another_site_of_the_customer_finds_nothing(db: PgPool) {
    let world = world(db).await;
    let paris = world.portal.site(world.acme.customer, "PARIS-01", "Europe/Paris", "EMEA").await;
    let paula = world.portal.person(world.acme.customer, "Paula Paris", "customer_admin").await;
    let sites = [paula.membership.to_string(), paris.site.to_string()];
    change(&world.portal.pool, "UPDATE membership SET sites = ARRAY[$2::uuid] WHERE id = $1::uuid", &sites).await;

    nothing_is_there(&world, &paula, "somebody of another site").await;
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn the_house_administers_and_lets_nobody_in(db: PgPool) {
    let world = world(db).await;
    let ada = world.portal.staff("Ada Admin", "admin").await;
    nothing_is_there(&world, &ada, "an administrator").await;
    let otto = world.portal.staff("Otto Auditor", "auditor").await;
    done(&world.claire.post(&format!("/remote-access/{}/end", world.last().await), &[]).await);

    for (method, path, body) in addresses(&world).await {
        let told = otto.api(method, &path, body.as_ref()).await;
        let reads = method == "GET" && !path.ends_with("instructions");
        let wanted = if reads { StatusCode::OK } else { StatusCode::FORBIDDEN };
        assert_eq!(told.status, wanted, "an auditor: {method} {path}: {}", told.body);
    }
    assert_eq!(otto.get("/remote-access").await.status, StatusCode::OK);
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn an_engineer_asks_and_a_lead_grants_in_the_customers_name(db: PgPool) {
    let world = world(db).await;
    let access = world.ask().await;
    let (grant, refusal) = (format!("/remote-access/{access}/grant"), format!("/remote-access/{access}/refusal"));
    let agreed = json!({"hours": 1, "agreed_with": "Claire Dubois, on the phone"});

    let own = world.ilse.api("POST", &grant, Some(&agreed)).await;
    assert_eq!(own.status, StatusCode::FORBIDDEN, "{}", own.body);
    let no = world.ilse.api("POST", &refusal, Some(&json!({"reason": "x"}))).await;
    assert_eq!(no.status, StatusCode::FORBIDDEN, "{}", no.body);
    let reading = world.ilse.get(&format!("/remote-access/{access}/instructions")).await;
    assert_eq!(reading.status, StatusCode::FORBIDDEN, "nobody has answered yet");
    let dara = world.portal.staff("Dara Lynch", "cac_lead").await;
    let alone = dara.api("POST", &grant, Some(&json!({"hours": 1}))).await;
    assert_eq!(alone.json()["errors"][0]["field"], "agreed_with", "{}", alone.body);
    let granted = dara.api("POST", &grant, Some(&agreed)).await;
    assert_eq!((granted.status, &granted.json()["answered_by"]), (StatusCode::OK, &json!("Dara Lynch")));

    let told = world.told().await;
    assert_eq!(told[1].1.as_deref(), Some("Agreed with Claire Dubois, on the phone."));
    assert_eq!(world.access(&access).await["purpose"], "Read the disk log");
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn customers_do_not_go_in_and_nobody_speaks_for_another(db: PgPool) {
    let world = world(db).await;
    let access = world.granted().await;
    let one = world.begin(&access).await;
    let (uses, end) = (format!("/remote-access/{access}/uses"), format!("/remote-access/{access}/uses/{one}/end"));
    let note = [("note", "All done")];
    let adam = world.portal.staff("Adam Stone", "engineer").await;

    assert_eq!(world.claire.post(&uses, &[]).await.status, StatusCode::FORBIDDEN);
    assert_eq!(world.claire.post(&end, &note).await.status, StatusCode::FORBIDDEN);
    let instructions = format!("/remote-access/{access}/instructions");
    assert_eq!(world.claire.get(&instructions).await.status, StatusCode::FORBIDDEN);
    assert_eq!(world.ilse.post(&uses, &[]).await.status, StatusCode::CONFLICT, "once for each person");
    assert_eq!(adam.post(&end, &note).await.status, StatusCode::CONFLICT, "who is not in can't go out");
    done(&adam.post(&uses, &[]).await);
    assert_eq!(adam.post(&end, &note).await.status, StatusCode::FORBIDDEN, "it is another's use");
    let mute = world.ilse.post(&end, &[("note", "")]).await;
    assert_eq!(mute.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", mute.body);
    done(&world.ilse.post(&end, &note).await);
    assert_eq!(world.access(&access).await["inside"][0]["person"], "Adam Stone");
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn only_the_customers_administrators_say_how_a_system_is_reached(db: PgPool) {
    let world = world(db).await;
    let page = "/systems/FT-4400-2210/remote-instructions";
    let form = [("instructions", "jump.acme.example")];

    for (person, who) in [(&world.claire, "a customer"), (&world.ilse, "an engineer")] {
        assert_eq!(person.get(page).await.status, StatusCode::FORBIDDEN, "{who}");
        assert_eq!(person.post(page, &form).await.status, StatusCode::FORBIDDEN, "{who}");
    }
    assert!(world.anna.get(page).await.body.contains("No passwords, keys or other secrets."));
    let long = "x".repeat(4_001);
    let refused = world.anna.post(page, &[("instructions", &long)]).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.body.contains(&long), "what was typed is kept");
    done(&world.anna.post(page, &form).await);

    let access = world.granted().await;
    let told = world.ilse.api("GET", &format!("/remote-access/{access}/instructions"), None).await.json();
    assert_eq!(told, json!({"system": "FT-4400-2210", "instructions": "jump.acme.example"}));
    for person in [&world.claire, &world.ilse] {
        for path in ["/systems/FT-4400-2210", "/remote-access", &format!("/calls/{}", world.call)] {
            assert!(!person.get(path).await.body.contains("jump.acme.example"), "{path}");
        }
    }
}
