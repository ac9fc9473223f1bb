//! What calls that are there already make of other rules.

use reqwest::StatusCode;
use sqlx::PgPool;

use crate::routing_rules::{Desk, desk, done, refused};

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn a_draft_tells_what_becomes_of_calls_that_are_there_already(db: PgPool) {
    let Desk { admin, engineer, .. } = &desk(db).await;
    let number = engineer.file("FT-4400-2210", "3", "A fan is loud").await;
    let queue =
        engineer.api("GET", &format!("/calls/{number}"), None).await.json()["queue"].as_str().unwrap().to_owned();
    done(admin, "/routing/draft", &[]).await;

    let taken = [("slug", queue.as_str()), ("cac", "APAC"), ("subjects", "hardware"), ("languages", "")];
    let page = admin.post("/routing/draft/queues", &taken).await;
    refused(&page, StatusCode::UNPROCESSABLE_ENTITY, "There is a queue of that name already, of EMEA");

    let text = admin.get("/routing/draft/text").await.body;
    let text = text.split("<textarea").nth(1).unwrap().split_once('>').unwrap().1.split("</textarea>").next().unwrap();
    let text = text.replace("&quot;", "\"").replace("&#34;", "\"").replace("&#39;", "'");
    let own = format!("slug = \"{queue}\"\ncac = \"EMEA\"");
    assert!(text.contains(&own), "{text}");
    done(admin, "/routing/draft/text", &[("text", &text.replace(&own, &own.replace("EMEA", "APAC")))]).await;
    let draft = admin.get("/routing/draft").await.body;
    assert!(draft.contains(&format!("APAC gets queue {queue} from EMEA, with 1 call that is not closed")), "{draft}");
    assert!(draft.contains("Open calls stay in their queues") && draft.contains("id=\"publish\""), "{draft}");

    done(admin, &format!("/routing/draft/queues/{queue}/removal"), &[]).await;
    let draft = admin.get("/routing/draft").await.body;
    assert!(draft.contains(&format!("Queue {queue} can&#39;t go: 1 of its calls")), "{draft}");
    assert!(!draft.contains("id=\"publish\""), "what would be refused is not offered: {draft}");
}
