//! The order of work: what is lost and what presses comes first.

use meridian::domain::{
    objective::{Kind, What},
    priority::{Pressing, priority, urgency},
    severity::Severity,
};
use serde_json::json;
use sqlx::{AssertSqlSafe, Executor, PgPool, Row};

use super::desk;

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn the_order_of_work_follows_what_is_lost_and_what_presses(db: PgPool) {
    let desk = desk("2026-11-23T14:00:00Z", db.clone()).await;
    let system = desk.portal.system(desk.acme, "FT-2700-1180", "grid-a").await;
    let credential = desk.portal.credential(desk.acme, Some(system)).await;
    let plain = desk.file("2").await;
    let exposed = desk.claire.file("FT-2700-1180", "2", "Console freezes").await;
    let question = desk.claire.file("FT-4400-2210", "4", "Which cable?").await;
    assert_eq!(desk.priority(&exposed).await, json!({"rank": 4, "why": ["serious"]}));

    let event = json!({"specversion": "1.0", "id": "1", "source": "/systems/FT-2700-1180", "time": "2026-11-23T14:00:00Z",
        "type": "meridian.alarm.raised", "subject": "11/2",
        "data": {"code": "cpu", "severity": "error", "summary": "CPU enclosure lost", "state": "simplex"}});
    let sent = desk.portal.ingest("/ingest/alarms", &credential, event.to_string()).await;
    desk.pass(97);
    desk.sweep().await;

    let lifted = desk.priority(&exposed).await;
    let why = json!(["serious", "running without redundancy", "first answer at risk"]);
    assert_eq!(lifted, json!({"rank": 2, "why": why}), "{}", sent.body);
    let queue = desk.ilse.api("GET", "/queues/emea-hardware/calls?limit=2", None).await.json();
    let order: Vec<&str> =
        queue["data"].as_array().unwrap().iter().filter_map(|call| call["number"].as_str()).collect();
    assert_eq!(order[0], exposed, "{queue}");
    let next = format!("/queues/emea-hardware/calls?limit=5&cursor={}", queue["next_cursor"].as_str().unwrap());
    let rest = desk.ilse.api("GET", &next, None).await.json();
    let rest: Vec<&str> = rest["data"].as_array().unwrap().iter().filter_map(|call| call["number"].as_str()).collect();
    assert_eq!([order[1..].to_vec(), rest].concat().len(), 3, "each call is on one page");
    let page = desk.ilse.get("/queues/emea-hardware").await.body;
    assert!(page.contains("<b>P2</b>") && page.contains("<li>running without redundancy</li>"), "{page}");
    assert!(page.find(&exposed) < page.find(&plain) && page.find(&plain) < page.find(&question));
    let shown = desk.ilse.get(&format!("/calls/{exposed}")).await.body;
    assert!(shown.contains("running without redundancy for 1 h 37 min"), "{shown}");
    assert!(desk.ilse.get("/systems/FT-2700-1180").await.body.contains("running without redundancy for 1 h 37 min"));
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn the_store_and_the_program_agree_on_the_order_of_work(db: PgPool) {
    for severity in Severity::ALL {
        for what in [None, Some(What::AtRisk), Some(What::Missed)] {
            let pressing: Vec<Pressing> = what.map(|what| Pressing { kind: Kind::Restore, what }).into_iter().collect();
            for lost in [None, Some("duplex"), Some("simplex"), Some("down")] {
                let lost_there = lost.map_or("NULL".to_owned(), |lost| format!("'{lost}'"));
                let sql = format!("SELECT work_priority({}::smallint, {lost_there})", urgency(severity, &pressing));
                let stored: i16 = db.fetch_one(AssertSqlSafe(sql)).await.unwrap().get(0);
                assert_eq!(stored, priority(severity, lost, &pressing).rank, "{severity} {lost:?} {what:?}");
            }
        }
    }
}

/// What Postgres would do for a statement whose values it does not look at.
async fn plan(db: &PgPool, statement: &str, values: &str) -> String {
    let mut one = db.acquire().await.unwrap();
    for sql in ["SET plan_cache_mode = force_generic_plan", &format!("PREPARE asked AS {statement}")] {
        one.execute(AssertSqlSafe(sql)).await.unwrap();
    }
    let explain = AssertSqlSafe(format!("EXPLAIN EXECUTE asked ({values})"));
    let rows = one.fetch_all(explain).await.unwrap();
    one.execute("DEALLOCATE asked").await.unwrap();
    rows.iter().map(|row| row.get::<String, _>(0)).collect::<Vec<_>>().join("\n")
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn neither_the_sweep_nor_the_queue_reads_what_is_not_due(db: PgPool) {
    let desk = desk("2026-11-23T14:00:00Z", db.clone()).await;
    desk.file("1").await;
    // Twenty thousand calls that are over beside it: what reads them all would show.
    let copies = "INSERT INTO call SELECT (jsonb_populate_record(NULL::call, to_jsonb(call) || jsonb_build_object(
        'id', gen_random_uuid(), 'number', 9000000 + n, 'status', 'closed', 'watch_at', NULL))).*
        FROM call, generate_series(1, 20000) n";
    db.execute(copies).await.unwrap();
    db.execute("ANALYZE call").await.unwrap();

    let swept = "SELECT customer_id, id FROM call WHERE watch_at < $1::timestamptz ORDER BY watch_at LIMIT $2::bigint";
    let swept = plan(&db, swept, "'2026-11-23', 500").await;
    let queue = "SELECT number FROM call
        WHERE queue = $1::text AND status IN ('new', 'open', 'awaiting_customer', 'on_hold')
          AND in_scope(customer_id, site_id, opened_at, $2::jsonb)
        ORDER BY priority, severity, due_at, number LIMIT $3::bigint";
    let queue = plan(&db, queue, "'emea-hardware', NULL, 50").await;

    assert!(swept.contains("call_watched") && !swept.contains("Sort"), "{swept}");
    assert!(queue.contains("call_by_priority") && !queue.contains("Sort"), "{queue}");
}
