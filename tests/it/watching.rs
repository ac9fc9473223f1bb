//! An administrator sees what somebody else sees, and can change nothing by it.

use reqwest::StatusCode;
use serde_json::Value;
use sqlx::{Executor, PgPool, Row};

use crate::{
    addresses::{addresses, ask, routes},
    audit::{House, house},
    page::Page,
    support::Person,
};

async fn watch(house: &House, person: &Person) -> Page {
    house.ada.post("/admin/watching", &[("membership", &person.membership.to_string())]).await
}

async fn kinds(house: &House) -> Vec<String> {
    let otto = house.portal.staff("Otto Auditor", "auditor").await;
    let list: Value = otto.api("GET", "/audit", None).await.json();
    let all = list["data"].as_array().unwrap().iter().map(|deed| deed["kind"].as_str().unwrap().to_owned());
    all.filter(|kind| kind.starts_with("watching")).collect()
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn the_pages_are_those_of_the_other_until_it_ends(db: PgPool) {
    let house = house(db).await;
    let number = house.claire.file("FT-4400-2210", "1", "Trading floor is dark").await;
    let other = house.portal.customer("Baltic Grid", "RIGA-1", "Europe/Riga", "EMEA").await;
    house.portal.system(other, "FT-2700-1180", "grid-a").await;

    let begun = watch(&house, &house.claire).await;

    assert_eq!((begun.status, begun.location().as_str()), (StatusCode::SEE_OTHER, "/"));
    for path in ["/", "/calls", "/systems", &format!("/calls/{number}"), "/nowhere"] {
        let page = house.ada.get(path).await;
        assert!(page.body.contains("You see what <strong>Claire Dubois</strong> sees."), "{path}: {}", page.body);
        assert!(page.body.contains("action=\"/admin/watching/end\""), "{path}");
    }
    let (hers, mine) = (house.claire.get("/systems").await.body, house.ada.get("/systems").await.body);
    assert!(hers.contains("FT-4400-2210") && mine.contains("FT-4400-2210"));
    assert!(!mine.contains("FT-2700-1180"), "somebody else's system is shown");
    assert_eq!(house.ada.get("/systems/FT-2700-1180").await.status, StatusCode::NOT_FOUND);

    let ended = house.ada.post("/admin/watching/end", &[]).await;

    assert_eq!(ended.status, StatusCode::SEE_OTHER);
    assert_eq!(ended.location(), format!("/admin/people/{}/data", house.claire.id));
    let again = house.ada.get("/systems").await.body;
    assert!(again.contains("FT-2700-1180") && !again.contains("You see what"));
    assert_eq!(kinds(&house).await, ["watching_ended", "watching_began"]);
}

/// Everything that the store holds, as one text; who was seen when is no change.
async fn everything(db: &PgPool) -> Vec<(String, String)> {
    let tables = db
        .fetch_all(
            "SELECT c.relname::text FROM pg_class c
             WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace
               AND c.relname NOT IN ('session', 'audit_link', 'audit_waiting', 'stream_reader', 'stream', 'outbox')
             ORDER BY 1",
        )
        .await
        .unwrap();
    let mut all = Vec::new();
    for table in tables {
        let table: String = table.get(0);
        let sql = format!("SELECT md5(coalesce(string_agg(t::text, '|' ORDER BY t::text), '')) FROM \"{table}\" t");
        let row = db.fetch_one(sqlx::raw_sql(sqlx::AssertSqlSafe(sql))).await.unwrap();
        all.push((table, row.get(0)));
    }
    all
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn whoever_looks_on_changes_nothing_at_whatever_address(db: PgPool) {
    let house = house(db.clone()).await;
    let ilse = house.portal.staff("Ilse Kessler", "cac_lead").await;
    let number = house.claire.file("FT-4400-2210", "1", "Trading floor is dark").await;
    // What the search keeps of the call is gathered behind it, whoever looks on.
    house.portal.gathered().await;
    // These change the browser that looks, belong to machines, or ask nobody's session.
    let apart = [
        "/session",
        "/session/end",
        "/session/passkey",
        "/session/passkey/challenge",
        "/resets/{token}",
        "/ui",
        "/admin/watching/end",
    ];

    for watched in [&house.claire, &ilse] {
        watch(&house, watched).await;
        let before = everything(&db).await;
        let mut tried = 0;
        for route in routes() {
            if apart.contains(&route.path.as_str()) || route.path.starts_with("/ingest/") {
                continue;
            }
            for method in route.methods.iter().filter(|method| **method != "get") {
                for address in addresses(&route.path, &number) {
                    let page = ask_as_browser(&house.ada, method, &address).await;
                    assert_eq!(page.status, StatusCode::FORBIDDEN, "{method} {address}: {}", page.body);
                    tried += 1;
                }
            }
        }
        assert!(tried > 20, "only {tried} addresses were tried");
        assert_eq!(everything(&db).await, before);
        house.ada.post("/admin/watching/end", &[]).await;
    }
}

/// Programs come with a token, which knows nothing of watching: here the browser's session is what counts.
async fn ask_as_browser(person: &Person, method: &str, address: &str) -> Page {
    if address.starts_with("/api/") {
        return person.send(method, address).await;
    }
    ask(person, method, address).await
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn drafts_and_notifications_stay_the_others_own(db: PgPool) {
    let house = house(db.clone()).await;
    let ilse = house.portal.staff("Ilse Kessler", "engineer").await;
    let number = house.claire.file("FT-4400-2210", "1", "Trading floor is dark").await;
    house.claire.put(&format!("/drafts/call.{number}.comment"), "half a thought").await;
    house.claire.put("/drafts/call.new", "another half").await;
    ilse.post(&format!("/calls/{number}/entries"), &[("kind", "comment"), ("body", "We are looking.")]).await;
    let told = "SELECT count(*) > 0 FROM notification WHERE seen_at IS NULL";
    let wait = crate::faults::PATIENCE;
    crate::faults::eventually("Claire is told", wait, async || crate::faults::is_true(&db, told).await).await;

    watch(&house, &house.claire).await;

    for path in [&format!("/calls/{number}"), "/calls/new", "/notifications", "/notifications?fragment=bell"] {
        let page = house.ada.get(path).await;
        assert_eq!(page.status, StatusCode::OK, "{path}");
        for own in ["half a thought", "another half"] {
            assert!(!page.body.contains(own), "{path} shows {own}");
        }
        assert!(!page.body.contains("Ilse Kessler wrote on"), "{path} shows what Claire was told");
        assert!(!page.body.contains("1 unread"), "{path} counts what Claire was told");
    }
    assert!(crate::faults::is_true(&db, told).await.is_some(), "what Claire was told is marked as read");
    let hers = house.claire.get(&format!("/calls/{number}")).await;
    assert!(hers.body.contains("half a thought"));
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn only_administrators_look_and_never_at_each_other(db: PgPool) {
    let house = house(db.clone()).await;
    let second = house.portal.staff("Bo Admin", "admin").await;

    let refused = watch(&house, &second).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN, "{}", refused.body);
    let nobody = house.ada.post("/admin/watching", &[("membership", "00000000-0000-7000-8000-000000000001")]).await;
    assert_eq!(nobody.status, StatusCode::NOT_FOUND);

    for role in ["auditor", "cac_lead", "engineer", "duty_manager"] {
        let person = house.portal.staff(&format!("A {role}"), role).await;
        let form = [("membership", house.claire.membership.to_string())];
        let page = person.post("/admin/watching", &[("membership", &form[0].1)]).await;
        assert!([StatusCode::FORBIDDEN, StatusCode::NOT_FOUND].contains(&page.status), "{role}: {}", page.status);
    }
    let janis = house.portal.person(house.acme.customer, "Janis Berzins", "customer_admin").await;
    let page = janis.post("/admin/watching", &[("membership", &house.claire.membership.to_string())]).await;
    assert!(page.status.is_client_error(), "{}", page.status);
    assert!(kinds(&house).await.is_empty());

    assert_eq!(house.portal.stranger().post("/admin/watching/end", &[]).await.location(), "/session/new");
    watch(&house, &house.claire).await;
    db.execute("UPDATE person SET disabled_at = created_at WHERE display_name = 'Claire Dubois'").await.unwrap();
    assert_eq!(house.ada.get("/calls").await.status, StatusCode::SEE_OTHER, "the watched person is shut out");
    assert_eq!(house.ada.post("/admin/watching/end", &[]).await.status, StatusCode::SEE_OTHER);
    assert_eq!(house.ada.get("/calls").await.status, StatusCode::OK, "and the administrator gets back");
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn an_open_stream_ends_where_the_reader_becomes_somebody_else(db: PgPool) {
    let house = house(db).await;
    let mut stream = house.ada.open("/live?topics=mine", None).await;
    assert!(stream.chunk().await.unwrap().is_some(), "it begins with a word");
    let ended = async { while stream.chunk().await.ok().flatten().is_some() {} };

    watch(&house, &house.claire).await;

    tokio::time::timeout(crate::faults::PATIENCE, ended).await.expect("the stream went on with the rights of before");
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn whoever_looked_at_an_erased_person_is_back_at_their_own_pages(db: PgPool) {
    let house = house(db).await;
    let second = house.portal.staff("Bo Admin", "admin").await;
    watch(&house, &house.claire).await;

    let form = [("address", house.claire.email.as_str())];
    let erased = second.post(&format!("/admin/people/{}/erasure", house.claire.id), &form).await;

    assert_eq!(erased.status, StatusCode::SEE_OTHER, "{}", erased.body);
    let page = house.ada.get("/calls").await;
    assert!(page.status == StatusCode::OK && !page.body.contains("You see what"), "{}", page.status);
}
