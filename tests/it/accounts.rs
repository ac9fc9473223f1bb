//! Accounts, their sites, and who serves whom.

use reqwest::StatusCode;
use serde_json::json;
use sqlx::{Executor, PgPool, Row};
use uuid::Uuid;

use crate::{
    people::{House, house},
    person::Person,
};

const SITE: [(&str, &str); 5] =
    [("site_code", "RIGA-1"), ("name", "Riga"), ("country", "lv"), ("region", "EMEA"), ("time_zone", "Europe/Riga")];

async fn done(by: &Person, path: &str, form: &[(&str, &str)]) -> String {
    let page = by.post(path, form).await;
    assert_eq!(page.status, StatusCode::SEE_OTHER, "{path}: {}", page.body);
    page.location()
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn an_account_is_made_with_its_first_site(db: PgPool) {
    let House { ada, .. } = &house(db).await;
    let at = done(ada, "/admin/accounts", &[("name", "Baltic Grid & Co."), ("kind", "customer")]).await;
    assert_eq!(at, "/admin/accounts/baltic-grid-co");
    done(ada, &format!("{at}/sites"), &SITE).await;

    let page = ada.get(&at).await.body;
    assert!(page.contains("RIGA-1") && page.contains("Baltic Grid &#38; Co."), "{page}");
    let same = ada.post("/admin/accounts", &[("name", "Baltic Grid, Co"), ("kind", "customer")]).await;
    assert_eq!(same.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", same.body);
    let twice = ada.post(&format!("{at}/sites"), &SITE).await;
    assert!(twice.body.contains("A site of that code is there already."), "{}", twice.body);
    let wrong = [&SITE[..4], &[("time_zone", "Europe/Nowhere")]].concat();
    let refused = ada.post(&format!("{at}/sites"), &wrong).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.body.contains("value=\"Europe/Nowhere\""), "what was typed is kept: {}", refused.body);
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn a_partner_sees_what_a_relation_opens_while_it_holds(db: PgPool) {
    let House { portal, acme, ada, .. } = &house(db).await;
    let nice = portal.site(acme.customer, "NICE-9", "Europe/Paris", "EMEA").await;
    portal.system(nice, "FT-6500-0009", "coast").await;
    let claire = portal.person(acme.customer, "Claire Dubois", "customer").await;
    let before = claire.file("FT-4400-2210", "3", "Before the relation").await;
    done(ada, "/admin/accounts", &[("name", "Rhone Systemes"), ("kind", "partner")]).await;
    let rhone = "SELECT id FROM account WHERE slug = 'rhone-systemes'";
    let rhone: Uuid = portal.pool.fetch_one(rhone).await.unwrap().get(0);
    let paul = portal.person(rhone, "Paul Roche", "partner").await;
    portal.app.clock.advance(jiff::SignedDuration::from_mins(5));
    assert!(!paul.get("/systems").await.body.contains("FT-"), "nothing without a relation");

    let form = [("partner", "rhone-systemes"), ("site", "LYON-2"), ("history", "none"), ("accept_minutes", "45")];
    done(ada, "/admin/accounts/acme-rail/relations", &form).await;

    let systems = paul.get("/systems").await.body;
    assert!(systems.contains("FT-4400-2210") && !systems.contains("FT-6500-0009"), "{systems}");
    assert_eq!(paul.get(&format!("/calls/{before}")).await.status, StatusCode::NOT_FOUND, "nothing of the past");
    let own = paul.get("/admin/relations").await.body;
    assert!(own.contains("Acme Rail") && own.contains("LYON-2") && !own.contains("End it"), "{own}");
    let relation = paul.api("GET", "/partner-relations", None).await.json();
    let path = format!("/admin/relations/{}/end", relation["data"][0]["id"].as_str().unwrap());
    assert_eq!(paul.post(&path, &[]).await.status, StatusCode::FORBIDDEN);
    done(ada, &path, &[]).await;
    assert!(!paul.get("/systems").await.body.contains("FT-"), "nothing after it");
    assert!(!paul.get("/admin/relations").await.body.contains("LYON-2"), "the site's code went with it");
    assert_eq!(ada.post(&path, &[]).await.status, StatusCode::CONFLICT);
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn a_relation_that_makes_no_sense_is_refused_with_every_reason(db: PgPool) {
    let House { ada, .. } = &house(db).await;
    let body = json!({"partner": "nobody", "customer": "acme-rail", "site": "NOWHERE-1", "accept_minutes": 0,
                      "history": "from_date", "valid_from": "2026-12-01", "valid_to": "2026-11-30"});
    let refused = ada.api("POST", "/partner-relations", Some(&body)).await;

    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    let faults = refused.json();
    let fields: Vec<_> = faults["errors"].as_array().unwrap().iter().map(|e| e["field"].clone()).collect();
    assert_eq!(fields, ["partner", "site", "accept_minutes", "history_from", "valid_to"]);
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn a_relation_is_made_by_a_program_and_begins_when_it_says(db: PgPool) {
    let House { portal, acme, ada, .. } = &house(db).await;
    let elsewhere = portal.customer("Baltic Grid", "RIGA-1", "Europe/Riga", "EMEA").await;
    let isar = portal.partner("Isar Service", elsewhere, false).await;
    let pia = portal.person(isar, "Pia Huber", "partner_admin").await;
    let body = json!({"partner": "isar-service", "customer": "acme-rail", "first_line": true,
                      "valid_from": "2026-11-23T15:00:00Z", "history": "from_date", "history_from": "2026-01-01"});
    let made = ada.api("POST", "/partner-relations", Some(&body)).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.body);
    assert_eq!(made.json()["history_from"], "2026-01-01T00:00:00.000000Z");

    assert!(!pia.get("/systems").await.body.contains("FT-4400-2210"), "{acme:?} is not theirs yet");
    portal.app.clock.advance(jiff::SignedDuration::from_mins(27));
    assert!(pia.get("/systems").await.body.contains("FT-4400-2210"));
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn each_looks_at_what_is_theirs_and_only_the_house_changes_it(db: PgPool) {
    let House { portal, acme, anna, ada } = &house(db).await;
    let rhone = portal.partner("Rhone Systemes", *acme, false).await;
    let ilse = portal.staff("Ilse Kessler", "engineer").await;
    let otto = portal.staff("Otto Auditor", "auditor").await;
    let claire = portal.person(acme.customer, "Claire Dubois", "customer").await;
    let paul = portal.person(rhone, "Paul Roche", "partner").await;
    let (yes, no) = (StatusCode::OK, StatusCode::NOT_FOUND);

    for (who, [accounts, contracts, relations]) in [
        (ada, [yes, yes, yes]),
        (&otto, [yes, yes, yes]),
        (&ilse, [yes, yes, yes]),
        (anna, [no, yes, no]),
        (&claire, [no, no, no]),
        (&paul, [no, no, yes]),
    ] {
        for (page, api, status) in [
            ("/admin/accounts", "/accounts", accounts),
            ("/admin/contracts", "/contracts", contracts),
            ("/admin/relations", "/partner-relations", relations),
        ] {
            assert_eq!(who.get(page).await.status, status, "{} {page}", who.email);
            assert_eq!(who.api("GET", api, None).await.status, status, "{} {api}", who.email);
        }
        let made = who.post("/admin/accounts", &[("name", &format!("New {}", who.email)), ("kind", "customer")]).await;
        assert_eq!(made.status == StatusCode::SEE_OTHER, who.email == ada.email, "{}: {}", who.email, made.status);
    }
    let contracts = anna.get("/admin/contracts").await.body;
    assert!(contracts.contains("Mission Critical") && !contracts.contains("/admin/accounts/"), "{contracts}");
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn a_limit_with_a_slip_in_its_name_is_refused_instead_of_left_aside(db: PgPool) {
    let House { ada, .. } = &house(db).await;
    let body = json!({"partner": "isar-service", "customer": "acme-rail", "sites": ["LYON-2"]});

    let refused = ada.api("POST", "/partner-relations", Some(&body)).await;

    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", refused.body);
    assert!(refused.body.contains("unknown field `sites`"), "{}", refused.body);
}
