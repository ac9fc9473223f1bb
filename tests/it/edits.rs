//! What was filed is put right: by whom, of which version, and with what it was.

use reqwest::StatusCode;
use serde_json::{Value, json};
use sqlx::{Executor, PgPool, Row};

use crate::{
    page::Page,
    support::{MONDAY_AFTERNOON, Person, TestApp},
};

struct Desk {
    portal: TestApp,
    claire: Person,
    ilse: Person,
    paul: Person,
    stranger: Person,
    number: String,
}

async fn desk(db: PgPool) -> Desk {
    let portal = TestApp::at(MONDAY_AFTERNOON, db).await;
    let acme = portal.customer("Acme Rail", "LYON-2", "Europe/Paris", "EMEA").await;
    portal.system(acme, "FT-4400-2210", "rail-core-a").await;
    let riga = portal.customer("Baltic Grid", "RIGA-1", "Europe/Riga", "EMEA").await;
    let rhone = portal.partner("Rhone Systemes", acme, false).await;
    let claire = portal.person(acme.customer, "Claire Dubois", "customer").await;
    let ilse = portal.enrol(portal.provider, "Ilse Kessler", "engineer").await;
    let paul = portal.enrol(rhone, "Paul Roche", "partner").await;
    let stranger = portal.enrol(riga.customer, "Olga Berzina", "customer").await;
    let call = json!({"system": "FT-4400-2210", "severity": 3, "title": "Fan", "body": "x", "contact": "Claire, 1234",
                      "available_24x7": false});
    let filed = claire.api("POST", "/calls", Some(&call)).await;
    let number = filed.json()["number"].as_str().unwrap().to_owned();
    Desk { portal, claire, ilse, paul, stranger, number }
}

impl Desk {
    async fn tag(&self, who: &Person) -> String {
        let page = who.api("GET", &format!("/calls/{}", self.number), None).await;
        page.headers["etag"].to_str().unwrap().to_owned()
    }

    async fn patch(&self, who: &Person, tag: Option<&str>, change: &Value) -> Page {
        let headers: Vec<_> = tag.map(|tag| ("If-Match", tag)).into_iter().collect();
        who.api_with("PATCH", &format!("/calls/{}", self.number), Some(change), &headers).await
    }

    /// On the version that is there now.
    async fn put_right(&self, who: &Person, change: &Value) -> Page {
        self.patch(who, Some(&self.tag(who).await), change).await
    }
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn what_was_filed_is_put_right_and_history_says_what_it_was(db: PgPool) {
    let desk = desk(db).await;

    let told = desk
        .put_right(&desk.claire, &json!({"title": "Fan 2 is loud", "contact": "Gate 4, 5678", "available_24x7": true}))
        .await;

    assert_eq!(told.status, StatusCode::OK, "{}", told.body);
    let call = told.json();
    assert_eq!((&call["title"], &call["contact"]), (&json!("Fan 2 is loud"), &json!("Gate 4, 5678")), "{call}");
    assert_eq!(call["available_24x7"], true);
    assert_eq!(told.headers["etag"], desk.tag(&desk.claire).await.as_str());
    let history = desk.claire.api("GET", &format!("/calls/{}/history", desk.number), None).await.json();
    let line = history["data"].as_array().unwrap().iter().find(|line| line["verb"] == "edit").unwrap().clone();
    assert_eq!(line["change"]["title"], json!({"from": "Fan", "to": "Fan 2 is loud"}));
    assert_eq!(line["change"]["contact"], json!({"from": "Claire, 1234", "to": "Gate 4, 5678"}));
    let page = desk.claire.get(&format!("/calls/{}", desk.number)).await.body;
    assert!(page.contains("the title is “Fan 2 is loud”, it was “Fan”"), "{page}");
    let list = desk.claire.api("GET", "/calls?q=loud", None).await.json();
    assert_eq!(list["data"][0]["number"], desk.number.as_str(), "it is found by its new title");
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn only_who_has_looked_at_it_as_it_is_changes_it(db: PgPool) {
    let desk = desk(db).await;
    let (old, change) = (desk.tag(&desk.claire).await, json!({"title": "Fan 2 is loud"}));
    let first = desk.patch(&desk.claire, Some(&old), &change).await;

    let late = desk.patch(&desk.claire, Some(&old), &json!({"title": "Fan 3"})).await;
    let blind = desk.patch(&desk.claire, None, &json!({"title": "Fan 3"})).await;
    let same = desk.patch(&desk.claire, Some("*"), &change).await;

    assert_eq!(first.status, StatusCode::OK, "{}", first.body);
    assert_eq!(late.status, StatusCode::PRECONDITION_FAILED, "{}", late.body);
    assert_eq!(late.json()["title"], "Fan 2 is loud", "with the present state");
    assert_eq!(late.headers["etag"], first.headers["etag"]);
    assert_eq!(blind.status, StatusCode::PRECONDITION_REQUIRED, "{}", blind.body);
    assert_eq!(blind.headers["content-type"], "application/problem+json");
    assert_eq!((same.status, &same.headers["etag"]), (StatusCode::OK, &first.headers["etag"]), "nothing has changed");
    let refused = desk.put_right(&desk.claire, &json!({"title": " ", "contact": "x".repeat(201)})).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(refused.json()["errors"].as_array().unwrap().len(), 2, "{}", refused.body);
    let unknown = desk.put_right(&desk.claire, &json!({"severity": 1})).await;
    assert_eq!(unknown.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", unknown.body);
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn where_a_call_belongs_is_for_the_desks_to_say(db: PgPool) {
    let desk = desk(db.clone()).await;
    let before = desk.ilse.api("GET", &format!("/calls/{}", desk.number), None).await.json()["queue"].clone();

    let customer = desk.put_right(&desk.claire, &json!({"subject": "os"})).await;
    let partner = desk.put_right(&desk.paul, &json!({"external_number": "INC-7"})).await;
    let staff = desk.put_right(&desk.ilse, &json!({"subject": "os", "external_number": "INC-7"})).await;

    assert_eq!((customer.status, partner.status), (StatusCode::FORBIDDEN, StatusCode::FORBIDDEN), "{}", partner.body);
    assert_eq!(staff.status, StatusCode::OK, "{}", staff.body);
    assert_eq!((before, &staff.json()["queue"]), (json!("emea-hardware"), &json!("emea-os")), "it is routed again");
    let found = desk.claire.get("/calls/INC-7").await;
    assert_eq!(found.location(), format!("/calls/{}", desk.number));
    let cleared = desk.put_right(&desk.ilse, &json!({"external_number": null})).await;
    assert_eq!(cleared.status, StatusCode::OK);
    let kept: Option<String> = db.fetch_one("SELECT external_number FROM call").await.unwrap().get(0);
    assert_eq!(kept, None);
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn strangers_find_nothing_to_put_right_and_an_ended_call_stays_as_it_is(db: PgPool) {
    let desk = desk(db).await;
    let change = json!({"title": "Mine"});
    let ada = desk.portal.enrol(desk.portal.provider, "Ada Moreau", "admin").await;

    for tag in [None, Some("*")] {
        assert_eq!(desk.patch(&desk.stranger, tag, &change).await.status, StatusCode::NOT_FOUND);
    }
    assert_eq!(desk.put_right(&ada, &change).await.status, StatusCode::FORBIDDEN);
    let nobody = desk.patch(&desk.portal.stranger(), Some("*"), &change).await;
    assert_eq!(nobody.status, StatusCode::UNAUTHORIZED);
    let cancel = json!({"verb": "cancel", "reason": "Not needed."});
    desk.claire.api("POST", &format!("/calls/{}/transitions", desk.number), Some(&cancel)).await;
    assert_eq!(desk.put_right(&desk.claire, &change).await.status, StatusCode::CONFLICT);
    let path = format!("/calls/{}/transitions", desk.number);
    let word = desk.claire.api("POST", &path, Some(&json!({"verb": "edit"}))).await;
    assert_eq!(word.status, StatusCode::UNPROCESSABLE_ENTITY, "it is no step of the lifecycle");
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn a_person_is_changed_by_who_has_looked_at_them_as_they_are(db: PgPool) {
    let desk = desk(db).await;
    let ada = desk.portal.enrol(desk.portal.provider, "Ada Moreau", "admin").await;
    let path = format!("/users/{}", desk.claire.id);
    let old = ada.api("GET", &path, None).await.headers["etag"].to_str().unwrap().to_owned();
    let raise = json!({"role": "customer_admin"});

    let blind = ada.api("PATCH", &path, Some(&raise)).await;
    let raised = ada.api_with("PATCH", &path, Some(&raise), &[("If-Match", &old)]).await;
    let late = ada.api_with("PATCH", &path, Some(&json!({"state": "disabled"})), &[("If-Match", &old)]).await;
    let outside = desk.stranger.api("PATCH", &path, Some(&raise)).await;

    assert_eq!(blind.status, StatusCode::PRECONDITION_REQUIRED, "{}", blind.body);
    assert_eq!(raised.status, StatusCode::OK, "{}", raised.body);
    assert_eq!(late.status, StatusCode::PRECONDITION_FAILED, "{}", late.body);
    assert_eq!((&late.json()["state"], &late.headers["etag"]), (&json!("active"), &raised.headers["etag"]));
    assert_eq!(outside.status, StatusCode::NOT_FOUND);
    let tag = raised.headers["etag"].to_str().unwrap();
    let shut = ada.api_with("PATCH", &path, Some(&json!({"state": "disabled"})), &[("If-Match", tag)]).await;
    assert_eq!((shut.status, &shut.json()["state"]), (StatusCode::OK, &json!("disabled")));
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn what_an_erased_person_put_right_goes_with_them_and_the_history_still_folds(db: PgPool) {
    let desk = desk(db.clone()).await;
    let ada = desk.portal.person(desk.portal.provider, "Ada Moreau", "admin").await;
    desk.put_right(&desk.claire, &json!({"title": "Fan 2 of Claire", "contact": "Claire at home, 5678"})).await;
    desk.put_right(&desk.ilse, &json!({"contact": "The desk knows"})).await;

    let wish = [("address", desk.claire.email.as_str()), ("words", "on")];
    let erased = ada.post(&format!("/admin/people/{}/erasure", desk.claire.id), &wish).await;

    assert!(erased.status.is_redirection() || erased.status.is_success(), "{} {}", erased.status, erased.body);
    let left = "SELECT count(*) FROM history WHERE change::text LIKE '%Claire%'";
    let left: i64 = db.fetch_one(left).await.unwrap().get(0);
    assert_eq!(left, 0, "nothing that she wrote of herself is left");
    let viewer = desk.portal.viewer(&desk.ilse).await;
    let number = desk.number.parse().unwrap();
    let found = meridian::store::calls::find(&db, &viewer.scope, number).await.unwrap().call;
    let told = meridian::store::history::of_call(&db, &viewer.scope, found.customer_id, found.id).await.unwrap();
    let lines: Vec<_> = told.into_iter().map(|told| told.line).collect();
    let identity = meridian::domain::call::Identity {
        customer_id: found.customer_id,
        id: found.id,
        number: found.number,
        site_id: found.site_id,
        system_id: found.system_id,
    };
    let folded = meridian::domain::call::Call::rebuild(identity, &lines).unwrap();
    assert_eq!((&folded.title, &folded.course.contact), (&found.title, &found.course.contact));
    assert_eq!(found.course.contact, "");
}
