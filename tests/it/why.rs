//! Why somebody can, or can't, see something is told in words, and the portal does as told.

use reqwest::StatusCode;
use sqlx::{Executor, PgPool};

use crate::audit::house;

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn the_words_say_what_the_portal_does(db: PgPool) {
    let house = house(db.clone()).await;
    let call = house.claire.file("FT-4400-2210", "1", "Trading floor is dark").await;
    let rhone = house.portal.partner("Rhone Systemes", house.acme, false).await;
    let paul = house.portal.person(rhone, "Paul Roche", "partner").await;
    let why =
        async |email: &str, object: &str| house.ada.get(&format!("/admin/why?person={email}&object={object}")).await;

    for object in [call.as_str(), "FT-4400-2210", "lyon-2"] {
        let page = why(&paul.email, object).await.body;
        assert!(
            page.contains("sees it") && page.contains("Rhone Systemes serves Acme Rail since 1 Jan 2020"),
            "{page}"
        );
    }
    let queue = why(&paul.email, "emea-hardware").await.body;
    assert!(queue.contains("does not see it") && queue.contains("Queues are seen by the CACs"), "{queue}");
    let hers = why(&house.claire.email, &call).await.body;
    assert!(hers.contains("reads work notes") && hers.contains("comment"), "{hers}");

    db.execute("UPDATE partner_relation SET history = 'from_date', history_from = '2026-11-24T00:00:00Z'")
        .await
        .unwrap();
    let page = why(&paul.email, &call).await.body;
    assert!(page.contains("does not see it"), "{page}");
    assert!(page.contains("was opened on 23 Nov 2026 14:33 UTC; the relation shows only what began from 24 Nov 2026"));
    assert_eq!(paul.get(&format!("/calls/{call}")).await.status, StatusCode::NOT_FOUND);

    db.execute("UPDATE person SET disabled_at = '2026-11-20T00:00:00Z' WHERE display_name = 'Paul Roche'")
        .await
        .unwrap();
    assert!(why(&paul.email, &call).await.body.contains("was disabled on 20 Nov 2026"));
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn a_call_says_who_beside_the_house_sees_it(db: PgPool) {
    let house = house(db.clone()).await;
    let call = house.claire.file("FT-4400-2210", "1", "Trading floor is dark").await;
    let otto = house.portal.staff("Otto Auditor", "auditor").await;

    let offered = otto.get(&format!("/calls/{call}")).await.body;
    assert!(offered.contains(&format!("/admin/why?object={call}")), "{offered}");
    let page = otto.get(&format!("/admin/why?object={call}")).await.body;
    assert!(page.contains("Claire Dubois") && page.contains("sees it"), "{page}");

    let person = otto.get(&format!("/admin/people/{}", house.claire.id)).await.body;
    for path in [format!("/admin/why?person={}", house.claire.id), format!("/admin/people/{}/data", house.claire.id)] {
        assert!(person.contains(&path), "{path} is not offered: {person}");
        assert_eq!(otto.get(&path).await.status, StatusCode::OK, "{path}");
    }
    assert!(!house.claire.get(&format!("/calls/{call}")).await.body.contains("/admin/why"));
    for role in ["engineer", "cac_lead", "duty_manager"] {
        let person = house.portal.staff(&format!("A {role}"), role).await;
        assert_eq!(person.get(&format!("/admin/why?object={call}")).await.status, StatusCode::NOT_FOUND, "{role}");
    }
    assert_eq!(house.claire.get("/admin/why").await.status, StatusCode::NOT_FOUND);
    for (query, said) in
        [("object=C-1", "Nothing here has that"), ("person=x@y", "Nobody here has that"), ("", "Name a person")]
    {
        let page = house.ada.get(&format!("/admin/why?{query}")).await;
        assert_eq!(page.status, StatusCode::OK);
        assert!(page.body.contains(said), "{query}: {}", page.body);
    }
}
