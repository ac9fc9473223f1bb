//! What a simulation and its pages leave out, and by which promises they judge.

use std::sync::Arc;

use reqwest::StatusCode;
use serde_json::{Value, json};
use sqlx::{Executor, PgPool, Row};
use uuid::Uuid;

use crate::{
    routing_rules::{Desk, EMEA, desk, done, refused, week},
    support::Person,
};

/// Dublin closed on the first two days of the week, in a draft of its lead.
async fn closed_until_wednesday(desk: &Desk) {
    let mut hours = week("");
    hours.retain(|(day, _)| *day != "tue");
    hours.push(("tue", ""));
    done(&desk.dublin, EMEA, &hours).await;
}

async fn simulated(by: &Person) -> Value {
    by.api("POST", "/routing/simulations", Some(&json!({"other": "draft"}))).await.json()
}

/// So many more calls like the one that is there, at a site or at its own, due before it.
const COPY_CALLS: &str = "INSERT INTO call SELECT (jsonb_populate_record(c, jsonb_build_object(
    'id', gen_random_uuid(), 'number', c.number + n, 'site_id', coalesce(SITE, c.site_id),
    'due_at', c.due_at - interval '1 hour'))).* FROM call c, generate_series(1, COUNT) n";
const COPY_QUESTIONS: &str = "INSERT INTO routing_decision SELECT (jsonb_populate_record(d, jsonb_build_object(
    'call_id', call.id, 'at', d.at + interval '1 second'))).* FROM routing_decision d, call WHERE call.id <> d.call_id";

async fn copy_calls(desk: &Desk, count: u32, site: Option<Uuid>) {
    let site = site.map_or("NULL::uuid".to_owned(), |id| format!("'{id}'::uuid"));
    let sql = COPY_CALLS.replace("SITE", &site).replace("COUNT", &count.to_string());
    desk.portal.pool.execute(sqlx::AssertSqlSafe(sql)).await.unwrap();
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn of_too_many_past_calls_the_newest_are_looked_at_and_it_says_so(db: PgPool) {
    let desk = desk(db).await;
    let oldest = desk.engineer.file("FT-4400-2210", "2", "The disk is slow").await;
    closed_until_wednesday(&desk).await;
    assert_eq!(simulated(&desk.dublin).await["only_since"], Value::Null);
    copy_calls(&desk, 20_000, None).await;
    desk.portal.pool.execute(COPY_QUESTIONS).await.unwrap();

    let told = simulated(&desk.dublin).await;

    assert_eq!((&told["calls"], &told["moved"]), (&json!(20_000), &json!(20_000)));
    assert!(told["only_since"].is_string(), "{}", told["only_since"]);
    assert!(told["moves"].as_array().unwrap().iter().all(|one| one["call"] != oldest.as_str()), "the oldest was taken");
    let page = desk.dublin.get("/routing/simulator?other=draft&on=past").await.body;
    assert!(page.contains("Only the newest 20000 calls, since "), "{page}");
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn a_call_of_a_zone_that_is_gone_is_counted_and_left_out(db: PgPool) {
    let desk = desk(db).await;
    desk.engineer.file("FT-4400-2210", "2", "The disk is slow").await;
    desk.engineer.file("FT-4400-2210", "2", "The disk is gone").await;
    closed_until_wednesday(&desk).await;
    let gone = "UPDATE routing_decision SET inputs = jsonb_set(inputs, '{site_zone}', '\"Mars/Base\"')
                WHERE call_id = (SELECT id FROM call WHERE title = 'The disk is gone')";
    desk.portal.pool.execute(gone).await.unwrap();

    let told = simulated(&desk.dublin).await;

    assert_eq!((&told["calls"], &told["unreadable"]), (&json!(1), &json!(1)), "{told}");
    let page = desk.dublin.get("/routing/simulator?other=draft&on=past").await.body;
    assert!(page.contains("1 call was left out: what the router was asked"), "{page}");
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn a_first_answer_is_due_by_the_calls_own_level_and_the_hours_of_its_site(db: PgPool) {
    let desk = desk(db).await;
    desk.engineer.file("FT-4400-2210", "4", "A fan is loud").await;
    closed_until_wednesday(&desk).await;
    let lost = async || simulated(&desk.dublin).await["first_answers_lost"].clone();
    // Twelve hours of the site's calendar: Tuesday afternoon, when Dublin would be closed.
    assert_eq!(lost().await, 1);

    desk.portal.pool.execute("INSERT INTO public_holiday VALUES ('FR', '2026-11-24', 'Fête')").await.unwrap();
    desk.portal.app.reload_reference().await.unwrap();
    assert_eq!(lost().await, 0, "Tuesday is a holiday at the site, so that Wednesday is soon enough");

    desk.portal.pool.execute("DELETE FROM public_holiday").await.unwrap();
    let slower = "UPDATE objective SET minutes = 1440 WHERE severity = 4 AND kind = 'acknowledge'";
    desk.portal.pool.execute(slower).await.unwrap();
    desk.portal.app.reload_reference().await.unwrap();
    assert_eq!(lost().await, 0, "the call's own level waits longer than the default");
    let page = desk.dublin.get("/routing/simulator?other=draft&on=year").await.body;
    assert!(page.contains("without holidays"), "a made-up year says by what it judges: {page}");
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn the_promises_of_one_site_are_found_among_those_of_a_large_house(db: PgPool) {
    let desk = desk(db).await;
    let customer: Uuid = desk.portal.pool.fetch_one("SELECT customer_id FROM site").await.unwrap().get(0);
    let other = desk.portal.site(customer, "NICE-1", "Europe/Paris", "EMEA").await;
    let number = desk.engineer.file("FT-4400-2210", "3", "A fan is loud").await;
    copy_calls(&desk, 5_000, Some(other.site)).await;

    let page = desk.dublin.get("/sites/LYON-2/calendar?calendar=apac").await.body;

    assert!(page.contains(&number), "5,000 calls that are due earlier hide it: {page}");
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn holes_are_looked_for_again_when_the_rules_or_the_day_change_and_not_before(db: PgPool) {
    let Desk { portal, dublin, .. } = &desk(db).await;
    let holes = || portal.app.reference.now().holes(portal.now());
    let first = holes();
    portal.app.reload_reference().await.unwrap();
    assert!(Arc::ptr_eq(&first, &holes()), "a year was looked through again");

    done(dublin, EMEA, &week("")).await;
    done(dublin, "/routing/versions", &[("note", "Closed on Mondays")]).await;
    let second = holes();
    assert!(first != second, "Mondays are a hole now");

    portal.app.clock.advance(jiff::SignedDuration::from_hours(24));
    assert!(!Arc::ptr_eq(&second, &holes()), "the year is still that of yesterday");
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn a_lead_says_what_a_site_and_a_queue_speak(db: PgPool) {
    let Desk { portal, dublin, tokyo, engineer, .. } = &desk(db).await;
    let (site, queues) = ("/sites/LYON-2/language", "/routing/draft/queues");
    let words = "Sites in EMEA get their hours from the lead there";
    refused(&tokyo.post(site, &[("language", "fr")]).await, StatusCode::FORBIDDEN, words);
    refused(&engineer.post(site, &[("language", "fr")]).await, StatusCode::FORBIDDEN, words);
    let wrong = dublin.post(site, &[("language", "french")]).await;
    refused(&wrong, StatusCode::UNPROCESSABLE_ENTITY, "A language is two small letters");
    done(dublin, site, &[("language", "fr")]).await;
    assert!(
        dublin.get("/sites/LYON-2/calendar").await.body.contains("maxlength=\"2\" autocomplete=\"off\" value=\"fr\"")
    );

    let french = |languages: &'static str| {
        [("slug", "emea-francais"), ("cac", "EMEA"), ("subjects", "hardware"), ("languages", languages)]
    };
    let wrong = dublin.post(queues, &french("french")).await;
    refused(&wrong, StatusCode::UNPROCESSABLE_ENTITY, "Languages are two letters each");
    done(dublin, queues, &french("FR, de")).await;
    let draft = dublin.get("/routing/draft").await.body;
    assert!(draft.contains("value=\"fr, de\""), "{draft}");
    done(dublin, "/routing/versions", &[("note", "Some speak French")]).await;

    let number = engineer.file("FT-4400-2210", "3", "Un ventilateur").await;
    let told = engineer.api("GET", &format!("/calls/{number}/routing"), None).await.json();
    assert_eq!((&told["queue"], &told["inputs"]["language"]), (&json!("emea-francais"), &json!("fr")), "{told}");
    let kept =
        portal.pool.fetch_one("SELECT detail->>'language' FROM audit WHERE kind = 'site_language_changed'").await;
    assert_eq!(kept.unwrap().get::<String, _>(0), "fr");
}
