//! A person gets a copy of what is kept, and is forgotten without a call becoming untrue.

use meridian::{
    domain::{
        access::Scope,
        call::{Call, Identity},
    },
    store::{calls, history},
};
use reqwest::StatusCode;
use serde_json::Value;
use sqlx::{Executor, PgPool, Row};

use crate::{
    audit::{House, chained, house},
    faults::{is_true, number},
    page::Page,
    support::{PASSWORD, Person},
};

async fn erase(house: &House, who: &Person, address: &str, words: bool) -> Page {
    let mut form = vec![("address", address)];
    if words {
        form.push(("words", "1"));
    }
    house.ada.post(&format!("/admin/people/{}/erasure", who.id), &form).await
}

async fn every_call_is_its_history(db: &PgPool) {
    let rows = db.fetch_all("SELECT customer_id, id FROM call").await.unwrap();
    assert!(!rows.is_empty());
    for row in &rows {
        let (customer, id) = (row.get("customer_id"), row.get("id"));
        let stored = calls::by_id(db, &Scope::everything(), customer, id).await.unwrap().call;
        let told = history::of_call(db, &Scope::everything(), customer, id).await.unwrap();
        let lines: Vec<_> = told.into_iter().map(|told| told.line).collect();
        let Call { customer_id, id, number, site_id, system_id, .. } = stored;
        let identity = Identity { customer_id, id, number, site_id, system_id };
        assert_eq!(Call::rebuild(identity, &lines), Some(stored));
    }
}

/// Everything of the store as text: what stands nowhere in it is gone.
async fn stands_anywhere(db: &PgPool, word: &str) -> Vec<String> {
    let tables = "SELECT relname::text FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace";
    let mut found = Vec::new();
    for table in db.fetch_all(tables).await.unwrap() {
        let table: String = table.get(0);
        let sql = format!("SELECT count(*) FROM \"{table}\" t WHERE t::text ILIKE '%{word}%'");
        let row = db.fetch_one(sqlx::raw_sql(sqlx::AssertSqlSafe(sql))).await.unwrap();
        if row.get::<i64, _>(0) > 0 {
            found.push(table);
        }
    }
    found
}

struct Filed {
    house: House,
    ilse: Person,
    call: String,
}

/// Claire files a call, answers, writes half a draft; an engineer solves it.
async fn filed(db: &PgPool) -> Filed {
    let house = house(db.clone()).await;
    let ilse = house.portal.staff("Ilse Kessler", "engineer").await;
    let form = [
        ("system", "FT-4400-2210"),
        ("severity", "2"),
        ("title", "Trading floor is dark"),
        ("body", "Ask for me at the desk."),
        ("contact", "Claire, +33 1 23 45"),
    ];
    let page = house.claire.post("/calls", &form).await;
    let call = page.location().rsplit('/').next().unwrap().to_owned();
    house.claire.post(&format!("/calls/{call}/entries"), &[("kind", "comment"), ("body", "It is room seven.")]).await;
    house.claire.put(&format!("/drafts/call.{call}.comment"), "half a thought").await;
    ilse.post(&format!("/calls/{call}/acknowledgement"), &[]).await;
    let solved = [("resolution_code", "fixed"), ("cause", "dust in the fan"), ("body", "Cleaned the fan.")];
    let page = ilse.post(&format!("/calls/{call}/resolution"), &solved).await;
    assert_eq!(page.status, StatusCode::SEE_OTHER, "{}", page.body);
    Filed { house, ilse, call }
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn the_copy_holds_what_is_kept_and_nothing_that_lets_anybody_in(db: PgPool) {
    let Filed { house, call, .. } = filed(&db).await;

    let page = house.ada.get(&format!("/admin/people/{}/export", house.claire.id)).await;

    assert!(page.headers["content-disposition"].to_str().unwrap().starts_with("attachment"));
    assert_eq!(page.headers["x-content-type-options"], "nosniff");
    let kept: Value = page.json();
    assert_eq!(kept["person"]["email"], "claire.dubois@example.com");
    assert_eq!(kept["memberships"][0]["account"], "Acme Rail");
    assert_eq!(kept["written"]["calls"][0]["number"], call[2..9].parse::<i64>().unwrap());
    assert_eq!(kept["written"]["calls"][0]["contact"], "Claire, +33 1 23 45");
    assert_eq!(kept["drafts"][0]["body"], "half a thought");
    assert_eq!(kept["audit"][0]["names"]["address"], "127.0.0.1");
    assert!(kept["sessions"].as_array().unwrap().len() == 1 && kept["tokens"].as_array().unwrap().len() == 1);
    for secret in ["argon2", "token_hash", "password_hash", "Ada Admin", "ada.admin"] {
        assert!(!page.body.contains(secret), "{secret} stands in {}", page.body);
    }
    let told = house.ada.api("GET", "/audit?kind=person_exported", None).await.json();
    assert_eq!(told["data"][0]["subject"]["name"], "Claire Dubois");
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn an_erased_person_is_named_nowhere_and_every_call_stays_true(db: PgPool) {
    let Filed { house, call, .. } = filed(&db).await;
    chained(&db).await;

    let wrong = erase(&house, &house.claire, "somebody@example.com", false).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(wrong.body.contains("not this person") && wrong.body.contains("somebody@example.com"), "{}", wrong.body);
    let page = erase(&house, &house.claire, "Claire.Dubois@example.com ", false).await;
    assert_eq!(page.status, StatusCode::SEE_OTHER, "{}", page.body);

    for word in ["Claire", "dubois", "+33 1 23 45", "half a thought"] {
        assert_eq!(stands_anywhere(&db, word).await, Vec::<String>::new(), "{word} is still kept");
    }
    every_call_is_its_history(&db).await;
    let shown = house.ada.get(&format!("/calls/{call}")).await.body;
    assert!(shown.contains("Erased person") && shown.contains("It is room seven."), "{shown}");
    assert_eq!(house.claire.get("/calls").await.location(), "/session/new?next=/calls");
    assert_eq!(house.claire.api("GET", "/calls", None).await.status, StatusCode::UNAUTHORIZED);
    let form = [("email", "claire.dubois@example.com"), ("password", PASSWORD)];
    assert_eq!(house.portal.stranger().post("/session", &form).await.status, StatusCode::UNPROCESSABLE_ENTITY);

    let deeds = house.ada.api("GET", &format!("/audit?person={}", house.claire.id), None).await.json();
    let deeds = deeds["data"].as_array().unwrap();
    assert!(deeds.iter().any(|deed| deed["kind"] == "person_erased"), "{deeds:?}");
    let signed_in = deeds.iter().find(|deed| deed["kind"] == "signed_in").unwrap();
    assert_eq!((&signed_in["sealed"], &signed_in["names"]), (&Value::Bool(true), &Value::Null));
    assert_eq!(number(&db, "SELECT count(*) FROM audit WHERE sealed IS NOT NULL").await, 3, "the rows themselves stay");
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn all_their_words_can_go_and_the_fold_follows(db: PgPool) {
    let Filed { house, ilse, call } = filed(&db).await;

    erase(&house, &house.claire, &house.claire.email, true).await;
    erase(&house, &ilse, &ilse.email, true).await;

    for word in ["room seven", "Ask for me", "Trading floor", "dust in the fan", "Cleaned the fan", "Kessler"] {
        assert_eq!(stands_anywhere(&db, word).await, Vec::<String>::new(), "{word} is still kept");
    }
    every_call_is_its_history(&db).await;
    let shown = house.ada.get(&format!("/calls/{call}")).await.body;
    assert!(shown.contains("Title removed"), "{shown}");
    assert!(shown.contains("Words removed on 23 Nov 2026 by Ada Admin."), "{shown}");
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn the_log_still_verifies_after_an_erasure(db: PgPool) {
    let house = house(db.clone()).await;
    erase(&house, &house.claire, &house.claire.email, true).await;
    chained(&db).await;

    assert!(super::audit::holds(&db).await);
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn only_an_administrator_hands_out_copies_and_erases(db: PgPool) {
    let house = house(db.clone()).await;
    let id = house.claire.id;
    let janis = house.portal.customer("Baltic Grid", "RIGA-1", "Europe/Riga", "EMEA").await;
    let janis = house.portal.person(janis.customer, "Janis Berzins", "customer_admin").await;
    for role in ["auditor", "engineer", "cac_lead", "duty_manager"] {
        let person = house.portal.staff(&format!("A {role}"), role).await;
        let export = person.get(&format!("/admin/people/{id}/export")).await;
        let form = [("address", house.claire.email.as_str())];
        let erasure = person.post(&format!("/admin/people/{id}/erasure"), &form).await;
        assert!(export.status.is_client_error() && erasure.status.is_client_error(), "{role}");
        let page = person.get(&format!("/admin/people/{id}/data")).await;
        let expected = if role == "auditor" { StatusCode::OK } else { StatusCode::NOT_FOUND };
        assert_eq!(page.status, expected, "{role}");
        assert!(!page.body.contains("/erasure") && !page.body.contains("/admin/watching"), "{role}");
    }
    for path in ["data", "export"] {
        let page = janis.get(&format!("/admin/people/{id}/{path}")).await;
        assert_eq!(page.status, StatusCode::NOT_FOUND);
    }
    let own = erase(&house, &house.ada, &house.ada.email, false).await;
    assert_eq!(own.status, StatusCode::CONFLICT, "{}", own.body);
    assert!(is_true(&db, "SELECT NOT EXISTS (SELECT FROM person WHERE erased_at IS NOT NULL)").await.is_some());

    erase(&house, &house.claire, &house.claire.email, false).await;
    let again = erase(&house, &house.claire, &house.claire.email, false).await;
    assert_eq!(again.status, StatusCode::CONFLICT, "{}", again.body);
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn words_are_taken_from_one_line_which_stays(db: PgPool) {
    let Filed { house, ilse, call } = filed(&db).await;
    let lea = house.portal.staff("Lea Lead", "cac_lead").await;
    let lines = ilse.api("GET", &format!("/calls/{call}/history"), None).await.json();
    let seq_of = |body: &str| {
        let line = lines["data"].as_array().unwrap().iter().find(|line| line["body"] == body).unwrap();
        line["seq"].as_i64().unwrap().to_string()
    };
    let (room, fan) = (seq_of("It is room seven."), seq_of("Cleaned the fan."));
    let redaction = format!("/calls/{call}/redaction");
    let form = |seq: &str, reason: &'static str| [("seq", seq.to_owned()), ("reason", reason.to_owned())];
    let post = async |who: &Person, seq: &str, reason| {
        let form = form(seq, reason);
        let form: Vec<(&str, &str)> = form.iter().map(|(name, value)| (*name, value.as_str())).collect();
        who.post(&redaction, &form).await
    };

    for (who, expected) in [(&ilse, StatusCode::FORBIDDEN), (&house.claire, StatusCode::FORBIDDEN)] {
        assert_eq!(post(who, &room, "a place").await.status, expected);
        assert!(!who.get(&format!("/calls/{call}")).await.body.contains("Remove words"));
    }
    assert_eq!(post(&lea, &room, " ").await.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(lea.get(&format!("{redaction}?seq={room}")).await.body.contains("It is room seven."));
    assert_eq!(post(&lea, &room, "Names a place").await.status, StatusCode::SEE_OTHER);
    assert_eq!(post(&house.ada, &fan, "Names a part").await.status, StatusCode::SEE_OTHER);
    assert_eq!(post(&lea, &room, "Again").await.status, StatusCode::CONFLICT);

    assert_eq!(stands_anywhere(&db, "room seven").await, Vec::<String>::new());
    assert_eq!(stands_anywhere(&db, "Cleaned the fan").await, Vec::<String>::new());
    every_call_is_its_history(&db).await;
    let hers = house.claire.get(&format!("/calls/{call}")).await.body;
    assert!(hers.contains("Words removed on 23 Nov 2026 by Lea Lead."), "{hers}");
    let told = house.ada.api("GET", "/audit?kind=entry_redacted", None).await.json();
    assert_eq!(told["data"].as_array().unwrap().len(), 2);
    assert!(told["data"].as_array().unwrap().iter().any(|deed| deed["subject"]["id"] == format!("{call}/{room}")));
}
