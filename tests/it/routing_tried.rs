//! Other rules, tried before anybody follows them; and the hours of sites.

use reqwest::StatusCode;
use serde_json::json;
use sqlx::{Executor, PgPool, Row};

use crate::{
    page::Page,
    routing_rules::{Desk, EMEA, desk, done, refused, week},
    support::Person,
};

/// Dublin closed on Mondays, in a draft of its lead.
async fn closed_on_mondays(desk: &Desk) {
    done(&desk.dublin, EMEA, &week("")).await;
}

async fn simulated(by: &Person, body: &serde_json::Value) -> Page {
    by.api("POST", "/routing/simulations", Some(body)).await
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn a_simulation_says_of_past_calls_what_then_happens(db: PgPool) {
    let desk = desk(db).await;
    let Desk { portal, dublin, engineer, .. } = &desk;
    let before = engineer.file("FT-4400-2210", "2", "The disk is slow").await;
    closed_on_mondays(&desk).await;

    let page = dublin.get("/routing/simulator?other=draft&on=past").await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.body);
    assert!(page.body.contains("Of <b>1</b> calls <b>1</b> would go to another queue"), "{}", page.body);
    assert!(page.body.contains(&before) && page.body.contains("amer-hardware"), "{}", page.body);
    let told = simulated(dublin, &json!({"other": "draft"})).await.json();
    assert_eq!((&told["calls"], &told["moved"], &told["moves"][0]["call"]), (&json!(1), &json!(1), &json!(before)));
    assert_eq!(told["moves"][0]["to_queue"], "amer-hardware", "{told}");

    done(dublin, "/routing/versions", &[("note", "Closed on Mondays")]).await;
    let after = engineer.file("FT-4400-2210", "2", "The disk is slow").await;
    let why = engineer.api("GET", &format!("/calls/{after}/routing"), None).await.body;
    assert!(why.contains("amer-hardware"), "it happened as it was told: {why}");
    portal.app.clock.advance(jiff::SignedDuration::from_hours(24 * 91));
    let told = simulated(&engineer.clone(), &json!({"other": "1"})).await;
    assert_eq!(told.json()["calls"], 0, "older calls are left out: {}", told.body);
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn the_same_rules_move_nothing_in_a_whole_year(db: PgPool) {
    let Desk { portal, dublin, .. } = &desk(db).await;
    let text = portal.app.reference.now().router.rules().to_toml();

    let told = simulated(dublin, &json!({"rules": text, "on": "year"})).await.json();

    assert!(told["calls"].as_u64().unwrap() >= 9_000, "{told}");
    assert_eq!((&told["moved"], &told["first_answers_lost"]), (&json!(0), &json!(0)));
    assert_eq!(told["duty_pages"]["before"], told["duty_pages"]["after"]);
    let wrong = simulated(dublin, &json!({"rules": "regions = 3"})).await;
    refused(&wrong, StatusCode::UNPROCESSABLE_ENTITY, "The rules can't be read");
    let nobodys = simulated(dublin, &json!({"other": "draft"})).await;
    refused(&nobodys, StatusCode::UNPROCESSABLE_ENTITY, "There is no draft of yours.");
    assert_eq!(simulated(dublin, &json!({"other": "99"})).await.status, StatusCode::NOT_FOUND);
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn one_call_is_explained_under_both_rules_side_by_side(db: PgPool) {
    let desk = desk(db).await;
    closed_on_mondays(&desk).await;
    let Desk { portal, dublin, engineer, .. } = &desk;
    let asked = "region=EMEA&site_zone=Europe%2FParis&severity=2&subject=hardware&at=2026-11-23T14:33:00Z";

    let page = dublin.get(&format!("/routing/simulator?other=draft&{asked}")).await.body;

    let sides: Vec<&str> = page.split("id=\"explained\"").nth(1).unwrap().split("Under the other rules").collect();
    assert!(sides[0].contains("EMEA hardware") && sides[0].contains("EMEA is open"), "{}", sides[0]);
    assert!(sides[1].contains("AMER hardware") && sides[1].contains("EMEA is closed until Tue 08:00"), "{}", sides[1]);
    let wrong = dublin.get("/routing/simulator?region=EMEA&site_zone=Paris&severity=2").await;
    refused(&wrong, StatusCode::UNPROCESSABLE_ENTITY, "There is no time zone “Paris”");
    let question = json!({"region": "EMEA", "site_zone": "Europe/Paris", "severity": 2, "subject": "hardware"});
    let told = engineer.api("POST", "/routing/explain", Some(&question)).await.json();
    assert_eq!((&told["in_force"]["queue"], &told["other"]), (&json!("emea-hardware"), &json!(null)));
    let cacs = engineer.api("GET", "/cacs", None).await.json();
    assert_eq!((&cacs["data"][1]["code"], &cacs["data"][1]["open"]), (&json!("EMEA"), &json!(true)), "{cacs}");
    let calendars = engineer.api("GET", "/calendars", None).await.json();
    assert_eq!(calendars["data"][2]["weekly"]["mon"], json!(["08:00-20:00"]), "{calendars}");
    let claire = portal.customer("Baltic Grid", "RIGA-1", "Europe/Riga", "EMEA").await;
    let claire = portal.person(claire.customer, "Claire Dubois", "customer_admin").await;
    for (method, path) in [("GET", "/cacs"), ("GET", "/calendars"), ("POST", "/routing/explain")] {
        let page = claire.api(method, path, (method == "POST").then_some(&question)).await;
        assert_eq!(page.status, StatusCode::NOT_FOUND, "{path}");
    }
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn a_site_says_which_hours_it_keeps_and_may_get_its_own(db: PgPool) {
    let Desk { portal, dublin, tokyo, engineer, .. } = &desk(db).await;
    let address = "/sites/LYON-2/calendar";
    let site = engineer.get("/sites/LYON-2").await.body;
    assert!(site.contains("no calendar of its own; no holidays of FR are known"), "{site}");
    let holiday = "INSERT INTO public_holiday VALUES ('FR', '2026-12-25', 'Noël')";
    portal.pool.execute(holiday).await.unwrap();
    portal.app.reload_reference().await.unwrap();
    assert!(engineer.get("/sites/LYON-2").await.body.contains("closed on the imported holidays of FR"));
    let number = engineer.file("FT-4400-2210", "3", "A fan is loud").await;

    let page = dublin.get(&format!("{address}?calendar=apac")).await.body;
    assert!(page.contains(&number) && page.contains("Give it calendar apac"), "{page}");
    let words = "Sites in EMEA get their hours from the lead there";
    refused(&tokyo.post(address, &[("calendar", "apac")]).await, StatusCode::FORBIDDEN, words);
    refused(&engineer.post(address, &[("calendar", "apac")]).await, StatusCode::FORBIDDEN, words);
    let none = dublin.post(address, &[("calendar", "mars")]).await;
    refused(&none, StatusCode::UNPROCESSABLE_ENTITY, "There is no such calendar");
    done(dublin, address, &[("calendar", "apac")]).await;

    assert!(engineer.get("/sites/LYON-2").await.body.contains("calendar apac"));
    let told = portal.pool.fetch_one("SELECT detail->>'calendar' FROM audit WHERE kind = 'site_hours_changed'").await;
    assert_eq!(told.unwrap().get::<String, _>(0), "apac");
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn holidays_of_a_country_are_looked_at_before_they_are_taken(db: PgPool) {
    let Desk { portal, dublin, tokyo, engineer, .. } = &desk(db).await;
    let number = engineer.file("FT-4400-2210", "3", "A fan is loud").await;
    let address = "/routing/holidays/FR";
    let file =
        "BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART;VALUE=DATE:20261124\nSUMMARY:Fête\nEND:VEVENT\nhello\nEND:VCALENDAR\n";

    let page = dublin.post(address, &[("text", file)]).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.body);
    assert!(page.body.contains("1 new day in the file") && page.body.contains("Line 6: "), "{}", page.body);
    let told = page.body.split("id=\"promises\"").nth(1).unwrap().to_owned();
    assert!(told.contains(&number) && told.contains("later"), "{told}");
    assert!(dublin.get(address).await.body.contains("0 known"), "nothing is taken yet");
    let days = [("days", "2026-11-24 Fête\n")];
    refused(&tokyo.post(&format!("{address}/days"), &days).await, StatusCode::FORBIDDEN, "Sites in EMEA");
    done(dublin, &format!("{address}/days"), &days).await;

    let clocks = engineer.api("GET", &format!("/calls/{number}/clocks"), None).await.json();
    // The first answer is due tonight; the next update would be due on the holiday.
    let mut all = clocks["data"].as_array().unwrap().iter();
    let due = all.find(|clock| clock["kind"] == "next_update").unwrap()["due_at"].as_str().unwrap();
    assert!(told.contains(&format!("{}Z", &due[..19])), "{due} was foretold: {told}");
    let wrong = dublin.post(&format!("{address}/days"), &[("days", "tomorrow")]).await;
    refused(&wrong, StatusCode::UNPROCESSABLE_ENTITY, "Write one day a line");
    done(dublin, &format!("{address}/removal"), &[("day", "2026-11-24")]).await;
    assert!(dublin.get(address).await.body.contains("0 known"));
    let kinds = portal.pool.fetch_all("SELECT 1 FROM audit WHERE kind = 'holidays_changed'").await.unwrap();
    assert_eq!(kinds.len(), 2);
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn a_key_that_nobody_knows_is_refused_and_gives_no_all_clear(db: PgPool) {
    let Desk { dublin, .. } = &desk(db).await;
    for (path, key) in [("simulations", "version"), ("simulations", "days"), ("explain", "severty")] {
        let page = dublin.api("POST", &format!("/routing/{path}"), Some(&json!({key: 99}))).await;
        refused(&page, StatusCode::UNPROCESSABLE_ENTITY, key);
    }
}
