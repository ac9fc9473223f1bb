//! Changes of what somebody may: who makes them, and how fast they hold.

use std::time::{Duration, Instant};

use meridian::{
    actions::{self, By, Offer},
    domain::access::Role,
    store::Store,
};
use reqwest::{Response, StatusCode};
use serde_json::json;
use sqlx::{AssertSqlSafe, Executor, PgPool, Row};
use tokio::time::timeout;
use uuid::Uuid;

use crate::{
    people::{House, house, id_of, invite, secret},
    person::Person,
    support::TestApp,
};

/// An open stream that has said that it listens.
async fn ear(person: &Person) -> Response {
    let mut stream = person.open("/live?topics=notifications", None).await;
    assert_eq!(stream.status(), StatusCode::OK);
    stream.chunk().await.unwrap().unwrap();
    stream
}

/// How long the stream goes on; a right that is gone must end it within a second.
async fn ends(mut stream: Response, why: &str) {
    let began = Instant::now();
    let ended = timeout(Duration::from_secs(5), async { while let Ok(Some(_)) = stream.chunk().await {} }).await;
    assert!(ended.is_ok(), "{why}: the stream goes on");
    assert!(began.elapsed() < Duration::from_secs(1), "{why}: {:?}", began.elapsed());
}

async fn membership(portal: &TestApp, person: Uuid, account: Uuid) -> Uuid {
    let sql = format!("SELECT id FROM membership WHERE person_id = '{person}' AND account_id = '{account}'");
    portal.pool.fetch_one(AssertSqlSafe(sql)).await.unwrap().get(0)
}

async fn done(by: &Person, path: &str, form: &[(&str, &str)]) {
    let page = by.post(path, form).await;
    assert_eq!(page.status, StatusCode::SEE_OTHER, "{path}: {}", page.body);
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn who_is_disabled_is_out_within_a_second_and_can_come_back(db: PgPool) {
    let House { portal, acme, anna, .. } = &house(db).await;
    let claire = portal.person(acme.customer, "Claire Dubois", "customer").await;
    let (id, stream) = (id_of(portal, &claire.email).await, ear(&claire).await);

    done(anna, &format!("/admin/people/{id}/disablement"), &[]).await;

    ends(stream, "disabled").await;
    assert!(claire.get("/calls").await.location().starts_with("/session/new"));
    assert_eq!(claire.api("GET", "/me", None).await.status, StatusCode::UNAUTHORIZED);
    assert!(anna.get("/admin/people?state=disabled").await.body.contains("Claire Dubois"));
    let twice = anna.post(&format!("/admin/people/{id}/disablement"), &[]).await;
    assert_eq!(twice.status, StatusCode::CONFLICT, "{}", twice.body);
    done(anna, &format!("/admin/people/{id}/enablement"), &[]).await;
    assert!(claire.get("/calls").await.location().starts_with("/session/new"), "the old session stays closed");
    assert_eq!(claire.api("GET", "/me", None).await.status, StatusCode::UNAUTHORIZED, "and so does the old token");
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn each_change_of_rights_ends_what_was_open(db: PgPool) {
    let House { portal, acme, anna, ada } = &house(db).await;
    let lyon = portal.partner("Rhone Systemes", *acme, false).await;
    let paul = portal.person(lyon, "Paul Roche", "partner").await;
    let claire = portal.person(acme.customer, "Claire Dubois", "customer").await;
    let id = id_of(portal, &claire.email).await;
    let own = format!("/admin/people/{id}/memberships/{}", claire.membership);

    let stream = ear(&claire).await;
    done(anna, &own, &[("role", "customer_admin")]).await;
    ends(stream, "another role").await;
    assert_eq!(claire.get("/admin/people").await.status, StatusCode::OK, "the session is the new role's at once");

    let stream = ear(&claire).await;
    done(anna, &format!("/admin/people/{id}/signing-out"), &[]).await;
    ends(stream, "signed out").await;
    assert!(claire.get("/calls").await.location().starts_with("/session/new"));

    let relation: Uuid = portal.pool.fetch_one("SELECT id FROM partner_relation").await.unwrap().get(0);
    assert!(paul.get("/systems").await.body.contains("FT-4400-2210"));
    let stream = ear(&paul).await;
    done(ada, &format!("/admin/relations/{relation}/end"), &[]).await;
    ends(stream, "the relation is over").await;
    assert!(!paul.get("/systems").await.body.contains("FT-4400-2210"));

    let stream = ear(&paul).await;
    let paul_id = id_of(portal, &paul.email).await;
    done(ada, &format!("/admin/people/{paul_id}/memberships/{}/end", paul.membership), &[]).await;
    ends(stream, "the membership is over").await;
    assert!(paul.get("/calls").await.location().starts_with("/session/new"));
    assert_eq!(paul.api("GET", "/me", None).await.status, StatusCode::UNAUTHORIZED);
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn nobody_takes_away_their_own_right_and_the_last_administrator_stays(db: PgPool) {
    let House { portal, anna, ada, .. } = &house(db).await;
    for admin in [anna, ada] {
        let id = id_of(portal, &admin.email).await;
        for path in ["disablement", &format!("memberships/{}/end", admin.membership)] {
            let page = admin.post(&format!("/admin/people/{id}/{path}"), &[]).await;
            assert_eq!(page.status, StatusCode::CONFLICT, "{path}: {}", page.body);
        }
        let role = if admin.email == ada.email { "auditor" } else { "customer" };
        let less = admin.post(&format!("/admin/people/{id}/memberships/{}", admin.membership), &[("role", role)]).await;
        assert_eq!(less.status, StatusCode::CONFLICT, "{}", less.body);
    }
    let (id, now) = (id_of(portal, &ada.email).await, portal.now());
    let last = actions::disable_person(&portal.app.store, By::Terminal, id, now).await.unwrap_err();
    assert!(last.to_string().contains("last administrator"), "{last}");
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn of_two_administrators_who_shut_each_other_out_one_stays(db: PgPool) {
    let house = house(db).await;
    let bea = house.portal.staff("Bea Admin", "admin").await;
    let ids = [id_of(&house.portal, &house.ada.email).await, id_of(&house.portal, &bea.email).await];
    let viewers = [house.portal.viewer(&bea).await, house.portal.viewer(&house.ada).await];
    let options = (*house.portal.pool.connect_options()).clone();
    let store = Store::connect(options, 2).await.unwrap();
    let now = house.portal.now();

    let (one, other) = tokio::join!(
        actions::disable_person(&store, By::Person(&viewers[0]), ids[0], now),
        actions::disable_person(&store, By::Person(&viewers[1]), ids[1], now),
    );

    assert!(one.is_ok() != other.is_ok(), "{one:?} {other:?}");
    store.close().await;
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn who_belongs_to_two_accounts_is_shut_out_of_one_by_its_administrator(db: PgPool) {
    let House { portal, acme, anna, ada } = &house(db).await;
    let other = portal.customer("Baltic Grid", "RIGA-1", "Europe/Riga", "EMEA").await;
    let janis = portal.person(other.customer, "Janis Berzins", "customer").await;
    let id = id_of(portal, &janis.email).await;
    assert_eq!(anna.get(&format!("/admin/people/{id}")).await.status, StatusCode::NOT_FOUND, "not Acme's");
    done(ada, &format!("/admin/people/{id}/memberships"), &[("account", "acme-rail"), ("role", "customer")]).await;

    let page = anna.get(&format!("/admin/people/{id}")).await.body;
    assert!(page.contains("Acme Rail") && !page.contains("Baltic"), "{page}");
    for whole in ["disablement", "signing-out", "reset"] {
        let page = anna.post(&format!("/admin/people/{id}/{whole}"), &[]).await;
        assert_eq!(page.status, StatusCode::FORBIDDEN, "{whole}: {}", page.body);
    }
    let theirs = anna.post(&format!("/admin/people/{id}/memberships/{}/end", janis.membership), &[]).await;
    assert_eq!(theirs.status, StatusCode::NOT_FOUND, "{}", theirs.body);
    let own = membership(portal, id, acme.customer).await;
    done(anna, &format!("/admin/people/{id}/memberships/{own}/end"), &[]).await;
    assert_eq!(anna.get(&format!("/admin/people/{id}")).await.status, StatusCode::NOT_FOUND);
    assert_eq!(janis.get("/calls").await.status, StatusCode::OK, "what they are elsewhere stays");

    // Who left may be invited back, and is nothing more than is offered then.
    let link = secret(&invite(anna, "Janis", &janis.email, &[("role", "customer")]).await, "invitations");
    assert_eq!(janis.post(&format!("/invitations/{link}"), &[]).await.status, StatusCode::OK);
    assert_eq!(membership(portal, id, acme.customer).await, own);
    let reset = ada.post(&format!("/admin/people/{id}/reset"), &[]).await;
    assert!(secret(&reset, "resets").starts_with("mr_"));
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn who_is_limited_to_sites_sees_those_and_gives_no_others(db: PgPool) {
    let House { portal, acme, anna, .. } = &house(db).await;
    let nice = portal.site(acme.customer, "NICE-9", "Europe/Paris", "EMEA").await;
    portal.system(nice, "FT-6500-0009", "coast").await;
    let claire = portal.person(acme.customer, "Claire Dubois", "customer").await;
    let id = id_of(portal, &claire.email).await;
    let path = format!("/admin/people/{id}/memberships/{}", claire.membership);
    let only = nice.site.to_string();

    done(anna, &path, &[("role", "customer_admin"), ("limit", "some"), ("sites", &only)]).await;

    let systems = claire.get("/systems").await.body;
    assert!(systems.contains("FT-6500-0009") && !systems.contains("FT-4400-2210"), "{systems}");
    let lyon = acme.site.to_string();
    for wider in [vec![("limit", "all")], vec![("limit", "some"), ("sites", lyon.as_str())]] {
        let form = [vec![("role", "customer")], wider].concat();
        let page = invite(&claire, "Max", "max@acme.example", &form).await;
        assert!(page.status.is_client_error(), "{form:?}: {}", page.body);
    }
    let same = [("role", "customer"), ("limit", "some"), ("sites", only.as_str())];
    assert_eq!(invite(&claire, "Max", "max@acme.example", &same).await.status, StatusCode::CREATED);
    let anna_id = id_of(portal, &anna.email).await;
    let wide = claire.post(&format!("/admin/people/{anna_id}/memberships/{}/end", anna.membership), &[]).await;
    assert_eq!(wide.status, StatusCode::FORBIDDEN, "{}", wide.body);
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn the_terminal_brings_somebody_known_into_another_account(db: PgPool) {
    let house = house(db).await;
    let rhone = house.portal.partner("Rhone Systemes", house.acme, false).await;
    let id = id_of(&house.portal, &house.anna.email).await;
    let offer = |role| Offer { account: rhone, role, cac: None, sites: None };
    let (store, now) = (&house.portal.app.store, house.portal.now());

    let wrong = actions::add_membership(store, By::Terminal, id, &offer(Role::Engineer), now).await;
    assert!(wrong.is_err(), "a partner has no engineers");
    actions::add_membership(store, By::Terminal, id, &offer(Role::Partner), now).await.unwrap();
    let twice = actions::add_membership(store, By::Terminal, id, &offer(Role::PartnerAdmin), now).await;
    assert!(twice.is_err(), "who is there is not made anything else");
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn programs_change_people_by_the_same_rules(db: PgPool) {
    let House { portal, acme, anna, .. } = &house(db).await;
    let claire = portal.person(acme.customer, "Claire Dubois", "customer").await;
    let path = format!("/users/{}", id_of(portal, &claire.email).await);

    let limited = anna.api_with("PATCH", &path, Some(&json!({"sites": ["LYON-2"]})), &[("If-Match", "*")]).await;
    assert_eq!(limited.json()["memberships"][0]["sites"], json!([acme.site]), "{}", limited.body);
    let raised =
        anna.api_with("PATCH", &path, Some(&json!({"role": "customer_admin"})), &[("If-Match", "*")]).await.json();
    assert_eq!(raised["memberships"][0]["role"], "customer_admin");
    assert_eq!(raised["memberships"][0]["sites"], json!([acme.site]), "what is not named stays");
    let house = anna.api_with("PATCH", &path, Some(&json!({"role": "admin"})), &[("If-Match", "*")]).await;
    assert_eq!(house.status, StatusCode::FORBIDDEN, "{}", house.body);
    let shut = anna.api_with("PATCH", &path, Some(&json!({"state": "disabled"})), &[("If-Match", "*")]).await.json();
    assert_eq!(shut["state"], "disabled");
    assert_eq!(claire.api("GET", "/users", None).await.status, StatusCode::UNAUTHORIZED);
    let body = json!({"name": "M", "email": "m@acme.example", "role": "customer"});
    let made = anna.api("POST", "/users", Some(&body)).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.body);
    assert!(made.json()["url"].as_str().unwrap().contains("/invitations/mi_"));
}
