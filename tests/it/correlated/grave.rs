//! What is said of a system whose redundancy is whole, and which has something grave all the same.

use serde_json::json;
use sqlx::PgPool;

use super::{serial, site};

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn a_system_with_a_grave_call_is_not_said_to_be_well(db: PgPool) {
    let site = site(db, 2).await;
    let of_system = format!("/systems/{}", serial(0));
    let words = async |page: &str| {
        let body = site.ilse.get(page).await.body;
        (body.contains("</svg>well<"), body)
    };
    let (well, body) = words(&of_system).await;
    assert!(well, "{body}");

    // One of many fans: the system goes on with all it has.
    let fan = json!({"code": "fan", "severity": "error", "summary": "Fan 2 stands still"});
    let answer = site.one("1", "raised", "11/2", &fan).await;
    assert_eq!(answer["disposition"], "opened", "{answer}");

    for page in [of_system.as_str(), "/systems/FT-4400-0000?fragment=health"] {
        let (well, body) = words(page).await;
        assert!(!well && body.contains("duplex"), "{page}: {body}");
    }
}
