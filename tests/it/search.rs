//! What was said is found by those who may read it, in any of its forms, and by nobody else.

mod oracle;
mod plans;

use meridian::actions;
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::{
    faults::number as number_of,
    person::Person,
    support::{MONDAY_AFTERNOON, Place, TestApp},
};

struct World {
    portal: TestApp,
    claire: Person,
    stranger: Person,
    ilse: Person,
}

async fn world(db: PgPool) -> (World, Place) {
    let portal = TestApp::at(MONDAY_AFTERNOON, db).await;
    let acme = portal.customer("Acme Rail", "LYON-2", "Europe/Paris", "EMEA").await;
    let other = portal.customer("Boreal Bank", "OSLO-1", "Europe/Oslo", "EMEA").await;
    portal.system(acme, "FT-4400-2210", "rail-core-a").await;
    portal.system(acme, "FT-6500-0007", "rail-core-b").await;
    portal.system(other, "FT-2700-0001", "vault").await;
    let claire = portal.person(acme.customer, "Claire Dubois", "customer").await;
    let stranger = portal.person(other.customer, "Sven Berg", "customer").await;
    let ilse = portal.staff("Ilse Kessler", "engineer").await;
    (World { portal, claire, stranger, ilse }, acme)
}

/// The numbers of the calls that a question finds.
async fn found(person: &Person, question: &str) -> Vec<String> {
    let encoded: String = url::form_urlencoded::byte_serialize(question.as_bytes()).collect();
    let page = person.api("GET", &format!("/search?q={encoded}&limit=200"), None).await;
    assert_eq!(page.status, 200, "{question}: {}", page.body);
    let hits = page.json()["data"].as_array().unwrap().clone();
    let calls = hits.iter().filter(|hit| hit["kind"] == "call");
    calls.map(|hit| hit["number"].as_str().unwrap().to_owned()).collect()
}

async fn say(person: &Person, number: &str, kind: &str, body: &str) {
    let entry = json!({"kind": kind, "body": body});
    let page = person.api("POST", &format!("/calls/{number}/entries"), Some(&entry)).await;
    assert!(page.status.is_success(), "{}", page.body);
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn a_call_is_found_by_every_word_of_it_in_any_form(db: PgPool) {
    let (world, _) = world(db).await;
    let number = world.claire.file("FT-4400-2210", "3", "Fans are overheating").await;
    say(&world.claire, &number, "comment", "L'alimentation de secours a été remplacée. Straße 7, 電源故障です。").await;
    world.portal.gathered().await;

    for question in [
        "fan",
        "FANS",
        "overheated",
        "alimentations",
        "remplacee",
        "strasse",
        "電源",
        "故障",
        "fan alimentation",
        "\"fans are\"",
        "secour*",
        "FT-4400-2210",
        "4400",
        "LYON-2 fan",
        "fan -pump",
        number.as_str(),
        number.trim_start_matches("C-"),
    ] {
        for person in [&world.claire, &world.ilse] {
            assert_eq!(found(person, question).await, [number.as_str()], "{question}");
        }
        assert_eq!(found(&world.stranger, question).await, [""; 0], "a stranger: {question}");
    }
    for question in ["fanatic", "\"are fans\"", "fan pump", "fan -secours", "源電", "FT-4400-2211 fan"] {
        assert_eq!(found(&world.claire, question).await, [""; 0], "{question}");
    }
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn work_notes_are_found_by_staff_alone(db: PgPool) {
    let (world, _) = world(db).await;
    let number = world.claire.file("FT-4400-2210", "3", "It rattles").await;
    say(&world.ilse, &number, "note", "Known erratum zanzibar of the blower").await;
    world.portal.gathered().await;

    for question in ["zanzibar", "zanzi*", "\"erratum zanzibar\"", "blowers", "rattles zanzibar"] {
        assert_eq!(found(&world.ilse, question).await, [number.as_str()], "{question}");
        assert_eq!(found(&world.claire, question).await, [""; 0], "{question}");
    }
    let page = world.claire.get("/search?q=rattles+-zanzibar").await;
    assert!(page.body.contains(&number) && !page.body.contains("erratum"), "a note can't be told by what is left out");
    let page = world.ilse.get("/search?q=zanzibar").await;
    assert!(page.body.contains("<mark>zanzibar</mark>"), "{}", page.body);
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn words_that_were_taken_out_find_nothing(db: PgPool) {
    let (world, _) = world(db.clone()).await;
    let admin = world.portal.staff("Tomas Vrba", "admin").await;
    let number = world.claire.file("FT-4400-2210", "3", "It rattles").await;
    say(&world.claire, &number, "comment", "The password is xyzzy17").await;
    world.portal.gathered().await;
    assert_eq!(found(&world.claire, "xyzzy17").await, [number.as_str()]);

    let viewer = world.portal.viewer(&admin).await;
    let seq = number_of(&db, "SELECT seq::bigint FROM history WHERE body LIKE '%xyzzy17%'").await;
    let seq = i32::try_from(seq).unwrap();
    actions::redact_entry(&world.portal.app, &viewer, number.parse().unwrap(), seq, "a secret").await.unwrap();

    assert_eq!(found(&world.claire, "xyzzy17").await, [""; 0], "not for a moment");
    world.portal.gathered().await;
    assert_eq!(found(&world.claire, "xyzzy17").await, [""; 0]);
    assert_eq!(found(&world.claire, "rattles").await, [number.as_str()], "what was not taken out is found");
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn a_question_may_be_narrowed_to_what_it_is_about(db: PgPool) {
    let (world, _) = world(db).await;
    let one = world.claire.file("FT-4400-2210", "3", "Fan one").await;
    let two = world.claire.file("FT-6500-0007", "2", "Fan two").await;
    let verb = json!({"verb": "acknowledge"});
    assert!(world.ilse.api("POST", &format!("/calls/{two}/transitions"), Some(&verb)).await.status.is_success());
    world.portal.gathered().await;

    for (question, numbers) in [
        ("fan status:new", vec![&one]),
        ("fan status:open", vec![&two]),
        ("fan sev:2", vec![&two]),
        ("fan severity:moderate", vec![&one]),
        ("fan system:FT-4400-2210", vec![&one]),
        ("fan site:LYON-2 sort:newest", vec![&two, &one]),
        ("fan site:NICE-9", vec![]),
        ("fan status:active sort:newest", vec![&two, &one]),
        ("fan status:ended", vec![]),
        ("fan on:2026-11-23 sort:newest", vec![&two, &one]),
        ("on:2026-11-23 sort:newest", vec![&two, &one]),
        ("fan after:2026-11-24", vec![]),
        ("fan before:2026-11-23", vec![]),
        ("system:FT-6500-0007", vec![&two]),
    ] {
        assert_eq!(found(&world.claire, question).await.iter().collect::<Vec<_>>(), numbers, "{question}");
    }
    let unclear = world.claire.api("GET", "/search?q=fan+status:broken", None).await;
    assert_eq!(unclear.status, 422, "{}", unclear.body);
    let page = world.claire.get("/search?q=fan+status:broken").await;
    assert!(page.body.contains("There is no status “broken”") && page.body.contains(&one), "{}", page.body);
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn everything_is_reached_page_by_page_the_newest_first(db: PgPool) {
    let (world, _) = world(db).await;
    let mut numbers = Vec::new();
    for n in 0..45 {
        numbers.push(world.claire.file("FT-4400-2210", "4", &format!("Fan of tray {n}")).await);
    }
    world.portal.gathered().await;

    let (mut address, mut seen) = ("/search?q=fan&sort=newest".to_owned(), Vec::new());
    loop {
        let page = world.claire.get(&address).await;
        let rows = page.body.split("id=\"call-").skip(1).filter_map(|row| row.split('"').next());
        seen.extend(rows.map(str::to_owned));
        let Some(next) = page.body.split("rel=\"next\" href=\"").nth(1) else { break };
        address = next.split('"').next().unwrap().replace("&amp;", "&").replace("&#38;", "&");
    }
    numbers.reverse();
    assert_eq!(seen, numbers);
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn what_a_call_is_called_comes_before_what_was_said_on_it(db: PgPool) {
    let (world, _) = world(db).await;
    let title = world.claire.file("FT-4400-2210", "4", "Blower stands still").await;
    let said = world.claire.file("FT-4400-2210", "4", "It rattles").await;
    say(&world.claire, &said, "comment", "Perhaps the blower").await;
    world.portal.gathered().await;

    assert_eq!(found(&world.claire, "blower").await, [title.as_str(), &said]);
    assert_eq!(found(&world.claire, "blower sort:newest").await, [said.as_str(), &title]);
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn systems_are_found_by_how_their_names_begin(db: PgPool) {
    let (world, _) = world(db).await;
    let serials = async |person: &Person, typed: &str| {
        let page = person.api("GET", &format!("/search?q={typed}"), None).await.json();
        let hits = page["data"].as_array().unwrap().clone();
        let systems = hits.iter().filter(|hit| hit["kind"] == "system").map(|hit| hit["serial"].clone());
        Value::from(systems.collect::<Vec<Value>>())
    };

    assert_eq!(serials(&world.claire, "ft-").await, json!(["FT-4400-2210", "FT-6500-0007"]));
    assert_eq!(serials(&world.claire, "RAIL-CORE-B").await, json!(["FT-6500-0007"]));
    assert_eq!(serials(&world.ilse, "oslo").await, json!(["FT-2700-0001"]));
    assert_eq!(serials(&world.ilse, "boreal").await, json!(["FT-2700-0001"]));
    assert_eq!(serials(&world.claire, "oslo").await, json!([]));
    assert_eq!(serials(&world.claire, "%25").await, json!([]));
}
