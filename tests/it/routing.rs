//! Why a call is where it is: what the router knew, what everybody may read of it, and that it can be asked again.

use meridian::router::{Decision, Facts, Router, Rules};
use reqwest::StatusCode;
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::{
    faults::change,
    person::Person,
    support::{MONDAY_AFTERNOON, MONDAY_NIGHT, Place, TestApp},
};

async fn house(db: PgPool, at: &str) -> (TestApp, Place, Person, Person) {
    let portal = TestApp::at(at, db).await;
    let acme = portal.customer("Acme Rail", "LYON-2", "Europe/Paris", "EMEA").await;
    portal.system(acme, "FT-4400-2210", "rail-core-a").await;
    let claire = portal.person(acme.customer, "Claire Dubois", "customer").await;
    let erik = portal.staff("Erik Holm", "engineer").await;
    (portal, acme, claire, erik)
}

async fn routing(reader: &Person, number: &str) -> Value {
    reader.api("GET", &format!("/calls/{number}/routing"), None).await.json()
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn everybody_who_sees_a_call_reads_in_plain_words_why_it_is_there(db: PgPool) {
    let (portal, acme, claire, erik) = house(db, MONDAY_NIGHT).await;
    let partner = portal.partner("Roche Services", acme, false).await;
    let petra = portal.person(partner, "Petra Roche", "partner").await;
    let number = claire.file("FT-4400-2210", "1", "Both enclosures offline").await;

    let plain = "Our EMEA support center is closed at this hour. It is urgent, so APAC has the call";
    for reader in [&claire, &petra, &erik] {
        let page = reader.get(&format!("/calls/{number}")).await;
        assert!(page.body.contains(plain), "{}", page.body);
        let page = reader.get(&format!("/calls/{number}/routing")).await;
        assert!(page.body.contains(plain) && page.body.contains("APAC is awake longest"), "{}", page.body);
        let inside = page.body.contains("What the router knew");
        assert_eq!(inside, reader.email == erik.email, "only the desks read what the router knew");
    }
    let told = routing(&claire, &number).await;
    assert!(told["plain"].as_str().unwrap().starts_with(plain), "{told}");
    assert_eq!((told.get("inputs"), told.get("basis")), (None, None), "{told}");

    let stranger = portal.customer("Other Works", "BERN-1", "Europe/Zurich", "EMEA").await;
    let stranger = portal.person(stranger.customer, "Urs Keller", "customer").await;
    assert_eq!(stranger.get(&format!("/calls/{number}/routing")).await.status, StatusCode::NOT_FOUND);
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn a_decision_is_kept_with_all_it_went_by_and_gives_the_same_again(db: PgPool) {
    let (portal, _, claire, erik) = house(db, MONDAY_AFTERNOON).await;
    let router = Router::new(Rules::standard().unwrap()).unwrap();

    for severity in ["1", "2", "3", "4"] {
        let number = claire.file("FT-4400-2210", severity, "Operator console freezes").await;
        let told = routing(&erik, &number).await;
        let facts: Facts = serde_json::from_value(told["inputs"].clone()).unwrap();
        let decision: Decision = serde_json::from_value(told["decision"].clone()).unwrap();
        assert_eq!(router.route(&facts), decision, "{told}");
        assert_eq!(told["basis"]["rules_hash"].as_str().unwrap().len(), 64, "{told}");
        assert_eq!(told["basis"]["tzdb"], meridian::clock::time_zones());
        portal.app.clock.advance(jiff::SignedDuration::from_hours(5));
        claire.sign_in().await;
        erik.sign_in().await;
    }
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn a_second_fault_joins_the_first_and_whoever_had_it_is_told_first(db: PgPool) {
    let (portal, _, claire, erik) = house(db, MONDAY_AFTERNOON).await;
    change(&portal.pool, "UPDATE membership SET cac_code = 'EMEA' WHERE role = $1", &["engineer".to_owned()]).await;
    let first = claire.file("FT-4400-2210", "2", "Disk 3 gone").await;
    let with = |verb: &str, rest: Value| {
        let mut body = json!({ "verb": verb });
        body.as_object_mut().unwrap().extend(rest.as_object().unwrap().clone());
        body
    };
    let transitions = format!("/calls/{first}/transitions");
    let moved = with("hand_over", json!({"queue": "emea-storage"}));
    assert_eq!(erik.api("POST", &transitions, Some(&moved)).await.status, StatusCode::OK);
    let taken = with("assign", json!({"assignee": erik.id}));
    assert_eq!(erik.api("POST", &transitions, Some(&taken)).await.status, StatusCode::OK);

    let second = claire.file("FT-4400-2210", "2", "Disk 4 gone too").await;

    let told = routing(&erik, &second).await;
    assert_eq!(told["queue"], "emea-storage", "{told}");
    assert_eq!(told["inputs"]["same_incident"]["call"], first.as_str(), "{told}");
    assert_eq!(told["decision"]["engineer"], erik.id.to_string(), "{told}");
    let words = routing(&claire, &second).await.to_string();
    assert!(!words.contains(&erik.id.to_string()) && !words.contains("Erik"), "{words}");
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn the_same_fault_of_another_customers_system_is_nobodys_affinity(db: PgPool) {
    let (portal, acme, claire, erik) = house(db, MONDAY_AFTERNOON).await;
    portal.system(acme, "FT-4400-2299", "rail-core-b").await;
    claire.file("FT-4400-2210", "2", "Disk 3 gone").await;

    let other = claire.file("FT-4400-2299", "2", "Disk 3 gone").await;

    let told = routing(&erik, &other).await;
    assert_eq!((&told["inputs"]["same_incident"], &told["inputs"]["known_to"]), (&Value::Null, &Value::Null), "{told}");
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn the_page_tells_apart_what_the_router_chose_and_what_people_did_since(db: PgPool) {
    let (_portal, _, claire, erik) = house(db, MONDAY_AFTERNOON).await;
    let number = claire.file("FT-4400-2210", "3", "Operator console freezes").await;
    let page = format!("/calls/{number}/routing");
    let before = erik.get(&page).await.body;
    assert!(before.contains("The same: the rules in force say") && !before.contains("What moved it since"), "{before}");

    let given = json!({"verb": "hand_over", "queue": "emea-os", "reason": "The kernel is to blame."});
    let answer = erik.api("POST", &format!("/calls/{number}/transitions"), Some(&given)).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);

    let after = erik.get(&page).await.body;
    assert!(after.contains("What moved it since") && after.contains("by Erik Holm"), "{after}");
    assert!(after.contains("would put it into <b>") && !after.contains("The same:"), "{after}");
    assert!(!claire.get(&page).await.body.contains("Erik Holm"));
}
