//! What comes to the portal by way of an agent.

use serde_json::json;
use sqlx::{Executor, PgPool, Row};

use super::{Agent, assert_no_gap, codes, fault, kept};
use crate::{
    faults::eventually,
    support::{MONDAY_AFTERNOON, TestApp, client},
};

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn what_programs_and_scripts_say_is_at_the_portal_once_and_in_order(db: PgPool) {
    let portal = TestApp::running(db.clone()).await;
    let acme = portal.customer("Acme Rail", "LYON-2", "Europe/Paris", "EMEA").await;
    let system = portal.system(acme, "FT-4400-2210", "rail-core-a").await;
    let agent = Agent::started(&portal.url, "FT-4400-2210", &portal.credential(acme, Some(system)).await).await;

    let event = json!({"specversion": "1.0", "id": "e1", "source": "/systems/FT-4400-2210", "subject": "11/2",
                       "type": "meridian.alarm.raised", "time": "2026-11-01T01:30:00Z",
                       "data": {"code": "fan-below", "severity": "error", "summary": "Fan 2 below threshold"}});
    let taken = agent.take(&event).await;
    assert_eq!((&taken["results"][0]["id"], &taken["results"][0]["disposition"]), (&json!("e1"), &json!("spooled")));
    assert_eq!(agent.take(&event).await["results"], taken["results"], "the same message has the same number");
    agent.take(&json!([fault("psu"), fault("disk")])).await;
    let binary = client().post(agent.post(&json!({})).build().unwrap().url().clone()).body("{\"code\":\"binary\"}");
    let headers = [("ce-specversion", "1.0"), ("ce-type", "meridian.test"), ("ce-source", "/systems/FT-4400-2210")];
    let binary = headers.iter().fold(binary, |request, (name, value)| request.header(*name, *value));
    let answer = binary.header("content-type", "application/json").send().await.unwrap();
    assert_eq!(answer.status(), 202, "{}", answer.text().await.unwrap());
    let sent = agent.command(&["send", "--code", "script", "--severity", "warning", "--summary", "From a script"]);
    assert!(sent.status.success(), "{}", String::from_utf8_lossy(&sent.stderr));

    let status = agent.drained(6).await;
    let events = kept(&db).await;
    assert_no_gap(&events);
    assert_eq!(codes(&events), ["fan-below", "psu", "disk", "binary", "script"]);
    let of_system = "SELECT count(*) FROM alarm WHERE system_id IS NOT NULL AND disposition <> 'quarantined'";
    assert_eq!(db.fetch_one(of_system).await.unwrap().get::<i64, _>(0), 6, "also the agent's own sign of life");
    let opened = "SELECT count(*) FROM call WHERE origin = 'device'";
    assert_eq!(db.fetch_one(opened).await.unwrap().get::<i64, _>(0), 2, "an error and a warning are worth calls");
    assert_eq!((&status["sent"], &status["dropped"], &status["running"]), (&json!(6), &json!(0), &json!(true)));
    assert_eq!(status["dispositions"]["informational"], 2, "{status}");
    assert_eq!(status["failing"], json!(null), "{status}");
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn the_agent_of_a_site_speaks_for_its_systems_and_for_the_site(db: PgPool) {
    let portal = TestApp::running(db.clone()).await;
    let acme = portal.customer("Acme Rail", "LYON-2", "Europe/Paris", "EMEA").await;
    portal.system(acme, "FT-4400-2210", "rail-core-a").await;
    let agent = Agent::started(&portal.url, "LYON-2", &portal.credential(acme, None).await).await;

    let mut named = fault("of-a-system");
    named["system"] = json!("FT-4400-2210");
    agent.take(&named).await;
    agent.take(&fault("of-the-site")).await;
    named["system"] = json!("FT-unheard-of");
    agent.take(&named).await;

    let status = agent.drained(4).await;
    assert_eq!(status["dispositions"]["quarantined"], 1, "{status}");
    let rows = "SELECT code, system_id IS NOT NULL FROM alarm WHERE kind = 'raised' ORDER BY code";
    let rows = db.fetch_all(rows).await.unwrap();
    let told: Vec<(String, bool)> = rows.iter().map(|row| (row.get(0), row.get(1))).collect();
    assert_eq!(told, [("of-a-system".to_owned(), true), ("of-the-site".to_owned(), false)]);
}

/// The portal's clock stands still on the day before.
#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn a_machine_with_a_wrong_clock_corrects_itself_by_the_portals(db: PgPool) {
    let portal = TestApp::at(MONDAY_AFTERNOON, db.clone()).await;
    let acme = portal.customer("Acme Rail", "LYON-2", "Europe/Paris", "EMEA").await;
    let system = portal.system(acme, "FT-4400-2210", "rail-core-a").await;
    let agent = Agent::started(&portal.url, "FT-4400-2210", &portal.credential(acme, Some(system)).await).await;
    agent.take(&fault("fan-below")).await;

    let status = agent.drained(2).await;
    assert_eq!(codes(&kept(&db).await), ["fan-below"]);
    assert_eq!(status["failing"], json!(null), "a wrong clock is no failure: {status}");
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn a_revoked_credential_keeps_everything_until_there_is_a_new_one(db: PgPool) {
    let portal = TestApp::running(db.clone()).await;
    let acme = portal.customer("Acme Rail", "LYON-2", "Europe/Paris", "EMEA").await;
    let system = portal.system(acme, "FT-4400-2210", "rail-core-a").await;
    let agent = Agent::started(&portal.url, "FT-4400-2210", "md_of_yesterday").await;
    agent.take(&fault("fan-below")).await;

    let refused = |status: &serde_json::Value| status["failing"]["reason"].as_str().is_some_and(|r| r.contains("401"));
    let status = agent.until("the refusal is shown", refused).await;
    assert_eq!((&status["spooled"], &status["sent"]), (&json!(2), &json!(0)));

    std::fs::write(agent.home.path().join("credential"), portal.credential(acme, Some(system)).await).unwrap();
    agent.drained(2).await;
    eventually("it has come", super::PATIENCE, async || (codes(&kept(&db).await) == ["fan-below"]).then_some(())).await;
}
