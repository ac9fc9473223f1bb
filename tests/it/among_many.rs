//! What a message costs does not grow with what the store holds.

use std::collections::BTreeMap;

use meridian::{clock::Clock, config::Config};
use serde_json::{Value, json};
use sqlx::{Connection, Executor, PgConnection, PgPool, Row, postgres::PgPoolOptions};

use crate::{
    faults::{PATIENCE, eventually, is_true},
    support::{MONDAY_AFTERNOON, TestApp},
};

const SERIAL: &str = "FT-4400-0001";
const COPIES: i64 = 5_000;

/// As if as many other systems of the customer, all at one site, had each broken once, long ago.
const FILL: &str = "
    INSERT INTO site SELECT (jsonb_populate_record(NULL::site, to_jsonb(site) || jsonb_build_object(
        'id', md5('site')::uuid, 'site_code', 'LYON-3'))).* FROM site;
    INSERT INTO system SELECT (jsonb_populate_record(NULL::system, to_jsonb(system) || jsonb_build_object(
        'id', md5('system' || n)::uuid, 'site_id', CASE WHEN n % 2 = 0 THEN site_id ELSE md5('site')::uuid END,
        'serial', 'FT-C-' || n, 'nickname', 'copy-' || n))).*
        FROM system, generate_series(1, 5000) n;
    INSERT INTO call SELECT (jsonb_populate_record(NULL::call, to_jsonb(call) || jsonb_build_object(
        'id', md5('call' || n)::uuid, 'number', 9000000 + n, 'site_id', md5('site')::uuid,
        'system_id', md5('system' || n)::uuid, 'opened_at', '2026-01-01T00:00:00Z'))).*
        FROM call, generate_series(1, 5000) n;
    INSERT INTO call_number SELECT number, customer_id, id FROM call ON CONFLICT DO NOTHING;
    INSERT INTO fault SELECT (jsonb_populate_record(NULL::fault, to_jsonb(fault) || jsonb_build_object(
        'fingerprint', 'copy-' || n, 'site_id', md5('site')::uuid, 'system_id', md5('system' || n)::uuid,
        'call_id', md5('call' || n)::uuid, 'raised_at', '2026-01-01T00:00:00Z'))).*
        FROM fault, generate_series(1, 5000) n;
    INSERT INTO alarm SELECT (jsonb_populate_record(NULL::alarm, to_jsonb(alarm) || jsonb_build_object(
        'id', gen_random_uuid(), 'source_id', 'copy-' || n, 'site_id', md5('site')::uuid,
        'system_id', md5('system' || n)::uuid, 'call_id', md5('call' || n)::uuid))).*
        FROM alarm, generate_series(1, 5000) n;
    INSERT INTO murmur SELECT (jsonb_populate_record(NULL::murmur, to_jsonb(murmur) || jsonb_build_object(
        'call_id', md5('call' || n)::uuid))).*
        FROM murmur, generate_series(1, 5000) n;
    INSERT INTO way_home SELECT (jsonb_populate_record(NULL::way_home, to_jsonb(way_home) || jsonb_build_object(
        'id', md5('system' || n)::uuid, 'system_id', md5('system' || n)::uuid))).*
        FROM way_home, generate_series(1, 5000) n";

/// Each kind of message that is written with many others.
fn messages(round: &str) -> Vec<Value> {
    let event = |n: usize, kind: &str, component: &str, severity: &str| {
        json!({"specversion": "1.0", "id": format!("{round}-{n}"), "source": format!("/systems/{SERIAL}"),
               "type": format!("meridian.{kind}"), "subject": component,
               "data": {"code": "fan-below", "severity": severity, "summary": format!("Part {component} is weak")}})
    };
    let kinds = ["alarm.raised", "alarm.raised", "alarm.cleared", "alarm.raised", "heartbeat", "test"];
    let told = kinds.iter().enumerate().map(|(n, kind)| event(n, kind, &format!("{round}/1"), "warning"));
    told.chain([event(90, "alarm.raised", "11/2", "error"), event(91, "alarm.raised", "11/2", "info")]).collect()
}

/// Rows of each table that anybody has looked at.
pub async fn looked_at(db: &PgPool) -> BTreeMap<String, i64> {
    let rows = "SELECT relname::text, coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0) FROM pg_stat_user_tables";
    db.fetch_all(rows).await.unwrap().iter().map(|row| (row.get(0), row.get(1))).collect()
}

/// One whose sessions plan without looking at what they are asked for.
pub async fn portal(db: &PgPool) -> TestApp {
    let counted = db.connect_options().as_ref().clone().application_name("counted");
    let generic = counted.options([("plan_cache_mode", "force_generic_plan")]);
    let pool = PgPoolOptions::new().connect_with(generic).await.unwrap();
    let clock = Clock::held_at(MONDAY_AFTERNOON.parse().unwrap());
    TestApp::configured(clock, pool, Config { jobs: false, ..Config::default() }).await
}

/// What a portal has looked at since, which ends with this: a session tells it when it ends.
pub async fn looked_since(db: &PgPool, portal: TestApp, before: &BTreeMap<String, i64>) -> BTreeMap<String, i64> {
    let pool = portal.pool.clone();
    portal.stop().await;
    pool.close().await;
    let alone = "SELECT count(*) = 0 FROM pg_stat_activity
        WHERE datname = current_database() AND application_name = 'counted'";
    eventually("the sessions of the portal have ended", PATIENCE, async || is_true(db, alone).await).await;
    let after = looked_at(db).await;
    after.into_iter().map(|(table, rows)| (table.clone(), rows - before.get(&table).unwrap_or(&0))).collect()
}

/// In a session that ends: what it has looked at is told by then.
pub async fn fill(db: &PgPool, rows: &'static str) {
    let mut session = PgConnection::connect_with(&db.connect_options()).await.unwrap();
    session.execute(rows).await.unwrap();
    session.execute("ANALYZE").await.unwrap();
    session.close().await.unwrap();
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn a_message_is_received_by_a_few_rows_of_a_store_of_many(db: PgPool) {
    let portal = portal(&db).await;
    let acme = portal.customer("Acme Rail", "LYON-2", "Europe/Paris", "EMEA").await;
    let system = portal.system(acme, SERIAL, "rail-001").await;
    let credential = portal.credential(acme, Some(system)).await;
    let first = messages("first").remove(6);
    assert_eq!(portal.ingest("/ingest/alarms", &credential, first.to_string()).await.status, 202);
    fill(&db, FILL).await;
    let before = looked_at(&db).await;

    for message in messages("one") {
        let answer = portal.ingest("/ingest/alarms", &credential, message.to_string()).await;
        assert_eq!(answer.status, 202, "{}", answer.body);
    }
    let together = Value::from(messages("together")).to_string();
    assert_eq!(portal.ingest("/ingest/alarms", &credential, together).await.status, 202);
    let looked = looked_since(&db, portal, &before).await;

    assert!(looked["device_credential"] > 0, "what was looked at is told");
    let searched: Vec<_> = looked.iter().filter(|(_, rows)| **rows > COPIES / 10).collect();
    assert!(searched.is_empty(), "rows looked at: {searched:?}");
}
