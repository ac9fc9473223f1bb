//! A test alarm by way of an agent, and its receipt on the terminal.

use serde_json::Value;
use sqlx::PgPool;

use super::Agent;
use crate::support::TestApp;

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn whoever_stands_beside_the_system_reads_how_far_a_test_came(db: PgPool) {
    let portal = TestApp::running(db.clone()).await;
    let acme = portal.customer("Acme Rail", "LYON-2", "Europe/Paris", "EMEA").await;
    let system = portal.system(acme, "FT-4400-2210", "rail-core-a").await;
    let mut agent = Agent::started(&portal.url, "FT-4400-2210", &portal.credential(acme, Some(system)).await).await;

    let told = agent.waiting(&["test", "--wait", "120"]).await;
    let json = agent.waiting(&["test", "--wait", "120", "--severity", "info", "--json"]).await;

    let text = String::from_utf8(told.stdout).unwrap();
    assert!(told.status.success(), "{}", String::from_utf8_lossy(&told.stderr));
    for name in ["said by the system", "on the agent's disk", "received by the portal", "durable", "in the queue"] {
        assert!(text.contains(name), "{name}: {text}");
    }
    let receipt: Value = serde_json::from_slice(&json.stdout).unwrap();
    assert_eq!(receipt["would"]["disposition"], "informational", "{receipt}");
    assert!(receipt["agent_at"].is_string(), "{receipt}");
    agent.kill();
    let alone = agent.waiting(&["test", "--wait", "1"]).await;
    assert_eq!(alone.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&alone.stderr).contains("is on disk, and no receipt came"));
}
