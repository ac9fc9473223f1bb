//! Credentials of systems and gateways: made, replaced, revoked, and seen by those who may.

use std::process::{Command, Output};

use jiff::SignedDuration;
use meridian::domain::signature::{Request, Signature};
use reqwest::StatusCode;
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::{
    external::database_of,
    faults::{PATIENCE, eventually, is_true, number},
    page::{Page, read},
    people::{House, house},
    person::Person,
    support::{TestApp, client},
};

const SERIAL: &str = "FT-4400-2210";

fn heartbeat(id: &str) -> String {
    let event = json!({"specversion": "1.0", "id": id, "source": format!("/systems/{SERIAL}"),
                       "type": "meridian.heartbeat", "data": {}});
    event.to_string()
}

async fn bearer(portal: &TestApp, secret: &str, id: &str) -> StatusCode {
    portal.ingest("/ingest/alarms", secret, heartbeat(id)).await.status
}

/// The same, signed; word for word the same for the same id at the same moment.
async fn signed(portal: &TestApp, secret: &str, id: &str) -> StatusCode {
    let body = heartbeat(id);
    let request = Request { method: "POST", path: "/ingest/alarms", body: body.as_bytes() };
    let signature = Signature::of(secret, request, portal.now(), &format!("nonce-{id}-long")).to_string();
    let post = client().post(format!("{}/ingest/alarms", portal.url)).header("meridian-signature", signature);
    read(post.header("content-type", "application/cloudevents+json").body(body).send().await.unwrap()).await.status
}

async fn make(ada: &Person, form: &[(&str, &str)]) -> Page {
    ada.post("/admin/devices", &[form, &[("name", "site agent")]].concat()).await
}

/// The secret on the page that shows it once.
fn secret(page: &Page, prefix: &str) -> String {
    assert_eq!(page.status, StatusCode::CREATED, "{}", page.body);
    let from = page.body.find(&format!("{prefix}_")).unwrap_or_else(|| panic!("{}", page.body));
    page.body[from..].split(['"', '&', '\n', '<']).next().unwrap().to_owned()
}

async fn newest(ada: &Person) -> Value {
    ada.api("GET", "/devices?limit=1", None).await.json()["data"][0].clone()
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn a_credential_is_shown_once_and_then_only_how_it_begins(db: PgPool) {
    let House { portal, ada, .. } = &house(db).await;
    let page = make(ada, &[("system", SERIAL)]).await;
    let key = secret(&page, "md");
    let address = "MERIDIAN_AGENT_URL=https://PORTAL";
    for shown in [&format!("Authorization: Bearer {key}"), "MERIDIAN_AGENT_DEVICE=FT-4400-2210", address] {
        assert!(page.body.contains(shown), "{shown}: {}", page.body);
    }

    assert_eq!(bearer(portal, &key, "1").await, StatusCode::ACCEPTED);

    let noted = "SELECT last_used_from = '127.0.0.1' FROM device_credential WHERE last_used_at IS NOT NULL
                 UNION ALL SELECT false LIMIT 1";
    eventually("its use is remembered", PATIENCE, async || is_true(&portal.pool, noted).await).await;
    let device = newest(ada).await;
    let one = format!("/admin/devices/{}", device["id"].as_str().unwrap());
    for path in ["/admin/devices", "/admin/devices?q=FT-4400", "/admin/devices?q=LYON", one.as_str()] {
        let page = ada.get(path).await.body;
        assert!(page.contains(&key[..10]) && !page.contains(&key), "{path}: {page}");
        assert!(
            page.contains("from <span class=\"mono\">127.0.0.1") && page.contains("by Ada Admin"),
            "{path}: {page}"
        );
    }
    assert!(!ada.get("/admin/devices?q=RIGA").await.body.contains(&key[..10]));
    assert_eq!((&device["system"], &device["state"]), (&json!(SERIAL), &json!("in_use")));
    assert_eq!(number(&portal.pool, "SELECT count(*) FROM audit WHERE kind = 'device_added'").await, 1);
    assert!(ada.get("/admin/audit?kind=device_added").await.body.contains(SERIAL));
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn both_open_while_one_is_replaced_and_then_only_the_new_one(db: PgPool) {
    let House { portal, ada, .. } = &house(db).await;
    let old = secret(&make(ada, &[("site", "LYON-2")]).await, "mg");
    let id = newest(ada).await["id"].as_str().unwrap().to_owned();

    let page = ada.post(&format!("/admin/devices/{id}/rotation"), &[("overlap_hours", "24")]).await;
    let new = secret(&page, "mg");

    assert!(page.body.contains("still opens until"), "{}", page.body);
    for (key, n) in [(&old, "1"), (&new, "2")] {
        assert_eq!(bearer(portal, key, n).await, StatusCode::ACCEPTED);
        assert_eq!(signed(portal, key, n).await, StatusCode::ACCEPTED);
    }
    let again = ada.post(&format!("/admin/devices/{id}/rotation"), &[("overlap_hours", "0")]).await;
    assert_eq!(again.status, StatusCode::CONFLICT, "{}", again.body);
    portal.app.clock.advance(SignedDuration::from_hours(24));
    for (key, opens) in [(&old, StatusCode::UNAUTHORIZED), (&new, StatusCode::ACCEPTED)] {
        assert_eq!(bearer(portal, key, "3").await, opens);
        assert_eq!(signed(portal, key, "4").await, opens);
    }
    let id = newest(ada).await["id"].as_str().unwrap().to_owned();
    let newer = ada.api("POST", &format!("/devices/{id}/rotation"), Some(&json!({"overlap_hours": 0}))).await.json();
    assert_eq!(bearer(portal, &new, "5").await, StatusCode::UNAUTHORIZED, "nothing said of more time");
    assert_eq!(bearer(portal, newer["credential"].as_str().unwrap(), "6").await, StatusCode::ACCEPTED);
    let list = ada.api("GET", "/devices", None).await.json();
    let states: Vec<&Value> = list["data"].as_array().unwrap().iter().map(|device| &device["state"]).collect();
    assert_eq!(states, ["in_use", "ended", "ended"]);
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn a_revoked_credential_opens_nothing_neither_shown_nor_signed(db: PgPool) {
    let House { portal, ada, .. } = &house(db).await;
    let key = secret(&make(ada, &[("system", SERIAL)]).await, "md");
    let other = secret(&make(ada, &[("system", SERIAL)]).await, "md");
    assert_eq!(bearer(portal, &other, "1").await, StatusCode::ACCEPTED);
    assert_eq!(signed(portal, &other, "2").await, StatusCode::ACCEPTED);
    let id = newest(ada).await["id"].as_str().unwrap().to_owned();

    let done = ada.post(&format!("/admin/devices/{id}/revocation"), &[]).await;

    assert_eq!(done.location(), format!("/admin/devices/{id}"), "{}", done.body);
    assert_eq!(bearer(portal, &other, "1").await, StatusCode::UNAUTHORIZED);
    assert_eq!(signed(portal, &other, "2").await, StatusCode::UNAUTHORIZED, "word for word what was taken before");
    assert_eq!(signed(portal, &other, "3").await, StatusCode::UNAUTHORIZED);
    assert_eq!(bearer(portal, &key, "4").await, StatusCode::ACCEPTED, "another one of the same system goes on");
    assert!(ada.get(&format!("/admin/devices/{id}")).await.body.contains("revoked"));
    for again in [
        ada.api("DELETE", &format!("/devices/{id}"), None).await,
        ada.api("POST", &format!("/devices/{id}/rotation"), Some(&json!({}))).await,
    ] {
        assert_eq!(again.status, StatusCode::CONFLICT, "{}", again.body);
    }
    assert_eq!(number(&portal.pool, "SELECT count(*) FROM audit WHERE kind = 'device_revoked'").await, 1);
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn the_desks_see_credentials_and_only_administrators_change_them(db: PgPool) {
    let House { portal, acme, anna, ada } = &house(db).await;
    portal.credential(*acme, None).await;
    let id = newest(ada).await["id"].as_str().unwrap().to_owned();
    let ilse = portal.staff("Ilse Kessler", "engineer").await;
    let otto = portal.staff("Otto Auditor", "auditor").await;

    for (who, sees, does) in [
        (&ilse, StatusCode::OK, StatusCode::FORBIDDEN),
        (&otto, StatusCode::OK, StatusCode::FORBIDDEN),
        (anna, StatusCode::NOT_FOUND, StatusCode::NOT_FOUND),
    ] {
        for path in ["/admin/devices".to_owned(), format!("/admin/devices/{id}")] {
            let page = who.get(&path).await;
            assert_eq!(page.status, sees, "{} {path}", who.email);
            assert!(!page.body.contains("method=\"post\" action=\"/admin/devices"), "{}", page.body);
        }
        assert_eq!(who.api("GET", "/devices", None).await.status, sees, "{}", who.email);
        let links = who.get(&format!("/systems/{SERIAL}")).await.body + &who.get("/sites/LYON-2").await.body;
        assert_eq!(links.matches("/admin/devices?").count(), if sees == StatusCode::OK { 2 } else { 0 }, "{links}");
        assert_eq!(make(who, &[("system", SERIAL)]).await.status, does, "{}", who.email);
        for deed in ["rotation", "revocation"] {
            let done = who.post(&format!("/admin/devices/{id}/{deed}"), &[]).await;
            assert_eq!(done.status, does, "{} {deed}", who.email);
        }
        let body = json!({"system": SERIAL, "name": "x"});
        assert_eq!(who.api("POST", "/devices", Some(&body)).await.status, does, "{}", who.email);
        assert_eq!(who.api("DELETE", &format!("/devices/{id}"), None).await.status, does, "{}", who.email);
    }
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn programs_make_and_list_credentials_page_by_page(db: PgPool) {
    let House { ada, .. } = &house(db).await;
    for (body, field) in [
        (json!({"name": "x"}), "system"),
        (json!({"system": SERIAL, "site": "LYON-2", "name": "x"}), "system"),
        (json!({"system": "FT-0", "name": "x"}), "system"),
        (json!({"site": "NOWHERE", "name": "x"}), "site"),
        (json!({"site": "LYON-2", "name": " "}), "name"),
    ] {
        let refused = ada.api("POST", "/devices", Some(&body)).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{body}: {}", refused.body);
        assert_eq!(refused.json()["errors"][0]["field"], field, "{body}");
    }
    let typed = ada.post("/admin/devices", &[("system", "FT-0"), ("name", "site agent")]).await;
    assert_eq!(typed.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(typed.body.contains("value=\"FT-0\"") && typed.body.contains("value=\"site agent\""), "{}", typed.body);

    for n in 0..3 {
        let body = json!({"system": SERIAL, "name": format!("number {n}")});
        let made = ada.api("POST", "/devices", Some(&body)).await;
        assert_eq!(made.status, StatusCode::CREATED, "{}", made.body);
        assert!(made.json()["credential"].as_str().unwrap().starts_with("md_"));
    }

    let first = ada.api("GET", "/devices?limit=2", None).await.json();
    let rest =
        ada.api("GET", &format!("/devices?cursor={}", first["next_cursor"].as_str().unwrap()), None).await.json();
    let names = |list: &Value| -> Vec<String> {
        list["data"].as_array().unwrap().iter().map(|d| d["name"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!([names(&first), names(&rest)].concat(), ["number 2", "number 1", "number 0"]);
    assert!(first["data"][0].get("credential").is_none() && rest["next_cursor"].is_null(), "{first} {rest}");
    let id = first["data"][0]["id"].as_str().unwrap();
    for hours in [-1, 169] {
        let much = json!({"overlap_hours": hours});
        let refused = ada.api("POST", &format!("/devices/{id}/rotation"), Some(&much)).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{hours}: {}", refused.body);
    }
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn the_command_line_looks_after_credentials_too(db: PgPool) {
    let portal = &TestApp::running(db.clone()).await;
    let lyon = portal.customer("Acme Rail", "LYON-2", "Europe/Paris", "EMEA").await;
    portal.system(lyon, SERIAL, "rail-core-a").await;
    let url = database_of(&db);
    let run = |args: &[&str]| -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_meridian"));
        command.arg("device").args(args).args(["--database-url", &url]).output().unwrap()
    };
    let told = |args: &[&str]| {
        let output = run(args);
        assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    };

    let gateway = told(&["add", "--site", "LYON-2"]);
    let system = told(&["add", "--system", SERIAL, "--name", "spare"]);
    assert_eq!(bearer(portal, &gateway, "1").await, StatusCode::ACCEPTED);
    assert_eq!(bearer(portal, &system, "2").await, StatusCode::ACCEPTED);
    let list = told(&["list"]);
    assert!(list.contains("LYON-2\tcommand line") && list.contains("spare") && !list.contains(&system), "{list}");
    let new = told(&["rotate", &system[..10], "--overlap-hours", "0"]);
    told(&["revoke", &gateway[..10]]);

    assert_eq!(bearer(portal, &new, "3").await, StatusCode::ACCEPTED);
    assert_eq!(bearer(portal, &system, "4").await, StatusCode::UNAUTHORIZED);
    assert_eq!(bearer(portal, &gateway, "5").await, StatusCode::UNAUTHORIZED);
    let wrong = run(&["revoke", "md_nobody"]);
    assert_eq!(wrong.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&wrong.stderr).contains("There is no credential md_nobody."));
    assert_eq!(run(&["add"]).status.code(), Some(2), "neither a system nor a site");
}
