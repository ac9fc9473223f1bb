//! Small doors that stay shut: tokens of who was disabled, links under a forged name, relations made twice, and calls
//! that are named to who may not see them.

use meridian::{
    clock::Clock,
    config::Config,
    domain::call::Change,
    store::{calls, history},
};
use reqwest::StatusCode;
use serde_json::json;
use sqlx::{Executor, PgPool, Row};

use crate::{
    behind_proxy::{Door, told},
    support::{MONDAY_AFTERNOON, PASSWORD, TestApp},
};

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn tokens_of_who_was_disabled_stay_ended_when_they_are_let_in_again(db: PgPool) {
    let portal = TestApp::at(MONDAY_AFTERNOON, db).await;
    let ada = portal.person(portal.provider, "Ada Moreau", "admin").await;
    let ilse = portal.enrol(portal.provider, "Ilse Kessler", "engineer").await;
    let (page, at) = (format!("/admin/people/{}", ilse.id), |deed: &str| format!("/admin/people/{}/{deed}", ilse.id));
    assert_eq!(ilse.api("GET", "/me", None).await.status, StatusCode::OK);
    assert!(ada.get(&page).await.body.contains("The tokens are over for good"));

    ada.post(&at("disablement"), &[]).await;
    assert_eq!(ilse.api("GET", "/me", None).await.status, StatusCode::UNAUTHORIZED);
    ada.post(&at("enablement"), &[]).await;

    assert_eq!(ilse.api("GET", "/me", None).await.status, StatusCode::UNAUTHORIZED, "what is lost may have been found");
    ilse.sign_in().await;
    assert_eq!(ilse.get("/calls").await.status, StatusCode::OK, "they themselves may come again");
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn a_secret_is_never_put_behind_a_name_that_somebody_sent(db: PgPool) {
    let portal = TestApp::at(MONDAY_AFTERNOON, db).await;
    let ada = portal.person(portal.provider, "Ada Moreau", "admin").await;
    let acme = portal.customer("Acme Rail", "LYON-2", "Europe/Paris", "EMEA").await;
    let claire = portal.enrol(acme.customer, "Claire Dubois", "customer").await;
    let door = Door::named(&portal, None).await;
    let cookie = door.sign_in("198.51.100.1", &ada.email, PASSWORD).await.cookie();
    let forged = |path: &str| door.post(path).header("cookie", &cookie).header("host", "evil.example");

    let reset = told(forged(&format!("/admin/people/{}/reset", claire.id))).await;
    let board = [("membership", ada.membership.to_string()), ("name", "wall".into()), ("scope", "board".into())];
    let board = told(forged("/admin/tokens").form(&board)).await;
    let invited = json!({"name": "Paul", "email": "paul@example.com", "account": "acme-rail", "role": "customer"});
    let invited = told(forged("/api/v1/users").json(&invited)).await;

    for page in [&reset, &board, &invited] {
        assert_eq!(page.status, StatusCode::CREATED, "{}", page.body);
        assert!(!page.body.contains("evil.example"), "{}", page.body);
    }
    assert!(reset.body.contains("value=\"/resets/") && reset.body.contains("MERIDIAN_PUBLIC_URL"), "{}", reset.body);
    assert!(invited.json()["url"].as_str().unwrap().starts_with("/invitations/"), "{}", invited.body);
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn where_people_reach_the_portal_is_what_its_operator_says(db: PgPool) {
    let config = Config { public_url: Some("https://support.example.com/".into()), ..Config::default() };
    let portal = TestApp::configured(Clock::held_at(MONDAY_AFTERNOON.parse().unwrap()), db, config).await;
    let ada = portal.enrol(portal.provider, "Ada Moreau", "admin").await;
    portal.customer("Acme Rail", "LYON-2", "Europe/Paris", "EMEA").await;
    let invited = json!({"name": "Eve", "email": "eve@example.com", "account": "acme-rail", "role": "customer"});

    let told = ada.api_with("POST", "/users", Some(&invited), &[("Host", "evil.example")]).await;

    let url = told.json()["url"].as_str().unwrap().to_owned();
    assert!(url.starts_with("https://support.example.com/invitations/"), "{url}");
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn a_partner_serves_a_place_once_at_a_time(db: PgPool) {
    let portal = TestApp::at(MONDAY_AFTERNOON, db.clone()).await;
    let ada = portal.enrol(portal.provider, "Ada Moreau", "admin").await;
    let acme = portal.customer("Acme Rail", "LYON-2", "Europe/Paris", "EMEA").await;
    portal.site(acme.customer, "PARIS-01", "Europe/Paris", "EMEA").await;
    portal.account("partner", "Rhone Systemes").await;
    let relate = async |more: serde_json::Value| {
        let mut body = json!({"partner": "rhone-systemes", "customer": "acme-rail", "history": "all"});
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        ada.api("POST", "/partner-relations", Some(&body)).await
    };
    let lyon = json!({"site": "LYON-2", "valid_from": "2026-01-01", "valid_to": "2027-01-01"});

    let both = tokio::join!(relate(lyon.clone()), relate(lyon.clone()));
    let mut ends = [both.0.status, both.1.status];
    ends.sort();
    assert_eq!(ends, [StatusCode::CREATED, StatusCode::UNPROCESSABLE_ENTITY], "{} {}", both.0.body, both.1.body);
    let within = relate(json!({"site": "LYON-2", "valid_from": "2026-06-01", "valid_to": "2026-07-01"})).await;
    let everywhere = relate(json!({})).await;
    for refused in [&within, &everywhere] {
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", refused.body);
        assert!(refused.body.contains("serves that customer there already"), "{}", refused.body);
    }
    let elsewhere = relate(json!({"site": "PARIS-01"})).await;
    let later = relate(json!({"site": "LYON-2", "valid_from": "2027-01-01"})).await;
    assert_eq!((elsewhere.status, later.status), (StatusCode::CREATED, StatusCode::CREATED), "{}", later.body);
    let id = elsewhere.json()["id"].as_str().unwrap().to_owned();
    ada.sign_in().await;
    ada.post(&format!("/admin/relations/{id}/end"), &[]).await;
    let again = relate(json!({"site": "PARIS-01"})).await;
    assert_eq!(again.status, StatusCode::CREATED, "one that is over is in nobody's way: {}", again.body);
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn a_call_is_named_as_the_same_only_to_who_sees_it_too(db: PgPool) {
    let portal = TestApp::at(MONDAY_AFTERNOON, db.clone()).await;
    let acme = portal.customer("Acme Rail", "LYON-2", "Europe/Paris", "EMEA").await;
    portal.system(acme, "FT-4400-2210", "rail-core-a").await;
    let paris = portal.site(acme.customer, "PARIS-01", "Europe/Paris", "EMEA").await;
    portal.system(paris, "FT-4400-3310", "rail-core-b").await;
    let rhone = portal.partner("Rhone Systemes", acme, false).await;
    let paul = portal.person(rhone, "Paul Roche", "partner").await;
    let claire = portal.person(acme.customer, "Claire Dubois", "customer").await;
    let ilse = portal.enrol(portal.provider, "Ilse Kessler", "engineer").await;
    let (here, there) = (claire.file("FT-4400-2210", "3", "Fan").await, claire.file("FT-4400-3310", "3", "Fan").await);
    // As it may be typed: spoken numbers have no dashes.
    let typed = there.replace(['C', '-'], "");
    let cancel = json!({"verb": "cancel", "reason": "The same fault.", "duplicate_of": typed});
    let done = ilse.api("POST", &format!("/calls/{here}/transitions"), Some(&cancel)).await;
    assert_eq!(done.status, StatusCode::OK, "{}", done.body);

    let seen = async |who: &crate::support::Person| {
        let history = who.api("GET", &format!("/calls/{here}/history"), None).await.body;
        let call = who.api("GET", &format!("/calls/{here}"), None).await.body;
        assert!(history.contains("The same fault."), "{history}");
        let hits = |text: &str| text.contains(&typed) || text.contains(&there);
        (hits(&history) || hits(&call), history)
    };
    assert!(seen(&ilse).await.0 && seen(&claire).await.0, "who sees both reads which");
    let (named, history) = seen(&paul).await;
    assert!(!named, "{history}");
    let page = paul.get(&format!("/calls/{here}")).await;
    assert!(page.status == StatusCode::OK && !page.body.contains(&typed) && !page.body.contains(&there));
    assert!(claire.get(&format!("/calls/{here}")).await.body.contains(&typed));
    let viewer = portal.viewer(&paul).await;
    let call = calls::find(&db, &viewer.scope, here.parse().unwrap()).await.unwrap().call;
    let lines = history::of_call(&db, &viewer.scope, call.customer_id, call.id).await.unwrap();
    assert!(lines.iter().any(|told| told.line.change == Change::Cancel { duplicate_of: None }));
    let kept: i64 = db.fetch_one("SELECT count(*) FROM history WHERE change ? 'duplicate_of'").await.unwrap().get(0);
    assert_eq!(kept, 1, "the line itself says it");
}
