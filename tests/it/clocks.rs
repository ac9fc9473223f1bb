//! Clocks in the running product: what they tell, in which order they put the work, how they count.
mod counted;
mod ordered;
mod recounted;
mod swept;
mod zoned;

use jiff::SignedDuration;
use meridian::{actions, clock::Clock};
use serde_json::Value;
use sqlx::{AssertSqlSafe, Executor, PgPool, Row};

use crate::support::{Person, Place, TestApp};

pub struct Desk {
    pub portal: TestApp,
    pub acme: Place,
    pub ilse: Person,
    pub claire: Person,
}

/// Nothing happens by itself here: the tests say when somebody sweeps.
pub async fn desk(now: &str, db: PgPool) -> Desk {
    let portal = TestApp::with(Clock::held_at(now.parse().unwrap()), db, false).await;
    let acme = portal.customer("Acme Rail", "LYON-2", "Europe/Paris", "EMEA").await;
    portal.system(acme, "FT-4400-2210", "rail-core-a").await;
    let ilse = portal.staff("Ilse Kessler", "engineer").await;
    let claire = portal.person(acme.customer, "Claire Dubois", "customer").await;
    Desk { portal, acme, ilse, claire }
}

impl Desk {
    pub async fn file(&self, severity: &str) -> String {
        self.claire.file("FT-4400-2210", severity, "Trading is down").await
    }

    pub fn pass(&self, minutes: i64) {
        self.portal.app.clock.advance(SignedDuration::from_mins(minutes));
    }

    pub async fn sweep(&self) -> usize {
        actions::watch_clocks(&self.portal.app).await.unwrap()
    }

    pub async fn act(&self, number: &str, body: Value) {
        let page = self.ilse.api("POST", &format!("/calls/{number}/transitions"), Some(&body)).await;
        assert_eq!(page.status, 200, "{}", page.body);
    }

    pub async fn clock(&self, number: &str, kind: &str) -> Value {
        let clocks = self.ilse.api("GET", &format!("/calls/{number}/clocks"), None).await.json();
        clocks["data"].as_array().unwrap().iter().find(|c| c["kind"] == kind).unwrap().clone()
    }

    /// What the clocks have told of a call: the kind of line, of which promise, and when that became true.
    pub async fn told(&self, number: &str) -> Vec<(String, String, String)> {
        let history = self.ilse.api("GET", &format!("/calls/{number}/history"), None).await.json();
        let lines = history["data"].as_array().unwrap().clone();
        let ours = lines.into_iter().filter(|line| line["verb"].as_str().unwrap().starts_with("clock_"));
        ours.map(|line| {
            let text = |value: &Value| value.as_str().unwrap().to_owned();
            (text(&line["verb"]), text(&line["change"]["kind"]), text(&line["occurred_at"])[11..16].to_owned())
        })
        .collect()
    }

    pub async fn priority(&self, number: &str) -> Value {
        self.ilse.api("GET", &format!("/calls/{number}"), None).await.json()["priority"].clone()
    }
}

pub fn line(verb: &str, kind: &str, at: &str) -> (String, String, String) {
    (verb.to_owned(), kind.to_owned(), at.to_owned())
}

pub async fn count(db: &PgPool, sql: &str) -> i64 {
    db.fetch_one(AssertSqlSafe(sql)).await.unwrap().get(0)
}
