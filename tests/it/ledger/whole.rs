//! `doctor ledger`: it finds what is wrong, and names whose it is.

use std::process::{Command, Output};

use serde_json::{Value, json};
use sqlx::{ConnectOptions, Executor, PgPool};

use super::{World, event, world};

fn doctor(db: &PgPool, args: &[&str]) -> Output {
    let url = db.connect_options().to_url_lossy().to_string();
    let mut command = Command::new(env!("CARGO_BIN_EXE_meridian"));
    command.args(["doctor", "ledger", "--database-url", &url]).args(args).env("MERIDIAN_LOG", "off");
    command.output().unwrap()
}

async fn sent(db: PgPool) -> World {
    let world = world(db).await;
    let kinds = [("alarm.raised", "error"), ("alarm.raised", "error"), ("heartbeat", "info"), ("alarm.raised", "info")];
    let events: Vec<Value> =
        (1..).zip(kinds).map(|(number, (kind, severity))| event(number, "FT-1", kind, severity)).collect();
    world.send(&events).await;
    world.send(&[event(7, "FT-9", "heartbeat", "info")]).await;
    world
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn a_store_that_adds_up_says_so(db: PgPool) {
    let world = sent(db).await;

    let output = doctor(&world.portal.pool, &["--json"]);

    let found: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!(output.status.success(), "{found}");
    let expected = json!({"ok": true, "senders": 2, "sent": 5, "disposed": 5, "never_heard": 2, "wrong": []});
    assert_eq!(found, expected);
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn whatever_does_not_add_up_is_found(db: PgPool) {
    let world = sent(db).await;
    let pool = &world.portal.pool;
    for (what, harm, undo, finds) in [
        (
            "a message that a call names is gone",
            "CREATE TABLE gone AS SELECT * FROM alarm WHERE disposition = 'opened'; DELETE FROM alarm WHERE disposition = 'opened'",
            "INSERT INTO alarm SELECT * FROM gone; DROP TABLE gone",
            "missing",
        ),
        (
            "an alarm opened a call that is not there",
            "UPDATE alarm SET call_id = gen_random_uuid() WHERE disposition = 'opened'",
            "UPDATE alarm SET call_id = (SELECT id FROM call) WHERE disposition = 'opened'",
            "without_call",
        ),
        (
            "two messages have one number",
            "UPDATE alarm SET sequence = 2 WHERE sequence = 3",
            "UPDATE alarm SET sequence = 3 WHERE source_id = 'm-3'",
            "same_number",
        ),
        (
            "one message is there twice",
            "ALTER TABLE alarm DROP CONSTRAINT alarm_customer_id_source_source_id_key;
             INSERT INTO alarm SELECT (jsonb_populate_record(a, jsonb_build_object('id', gen_random_uuid(), 'sequence', 8))).*
             FROM alarm a WHERE source_id = 'm-3'",
            "SELECT 1",
            "disposed",
        ),
    ] {
        pool.execute(sqlx::raw_sql(harm)).await.unwrap();
        let output = doctor(pool, &["--json"]);
        let found: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(output.status.code(), Some(1), "{what}: {found}");
        let wrong = &found["wrong"][0];
        let ok = if finds == "disposed" { wrong["sent"].as_i64().map(|sent| sent + 1) } else { Some(1) };
        assert_eq!(wrong[finds].as_i64(), ok, "{what}: {found}");
        assert_eq!((&wrong["system"], &wrong["site"]), (&json!("FT-1"), &json!("LYON-2")), "{what}: {found}");
        let said = String::from_utf8(doctor(pool, &[]).stdout).unwrap();
        assert!(said.contains("Acme Rail, LYON-2, FT-1:"), "{what}: {said}");
        pool.execute(sqlx::raw_sql(undo)).await.unwrap();
    }
}
