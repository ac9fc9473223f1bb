//! How the store finds the messages of one system among many, whatever it thinks of them beforehand.

use sqlx::{AssertSqlSafe, Executor, PgPool, Row};

/// The statements as they are in the sources, with the place of each parameter.
fn statements(file: &str, begins: &str) -> Vec<String> {
    let root = env!("CARGO_MANIFEST_DIR");
    let mut found = Vec::new();
    for entry in std::fs::read_dir(format!("{root}/.sqlx")).unwrap() {
        let text = std::fs::read_to_string(entry.unwrap().path()).unwrap();
        let query: serde_json::Value = serde_json::from_str(&text).unwrap();
        let query = query["query"].as_str().unwrap();
        if query.contains(begins) {
            found.push(query.to_owned());
        }
    }
    assert!(!found.is_empty(), "{file} has no statement with {begins}");
    found
}

/// A customer with many systems that have all sent much.
async fn filled(db: &PgPool) {
    let rows = "
        INSERT INTO alarm (customer_id, id, site_id, system_id, source, source_id, format, kind, fingerprint, code, severity,
                           component, summary, occurred_at, received_at, disposition, body, spool, sequence)
        SELECT '00000000-0000-7000-8000-000000000001', gen_random_uuid(),
               ('00000000-0000-7000-9000-0000000000' || lpad((n % 10)::text, 2, '0'))::uuid,
               ('00000000-0000-7000-a000-0000000000' || lpad((n % 40)::text, 2, '0'))::uuid,
               '/systems/' || n % 40, n::text, 'native', 'heartbeat', 'f', 'fan', 'info', '11/2', 'Fan',
               '2026-01-01'::timestamptz + make_interval(secs => n), '2026-01-01'::timestamptz + make_interval(secs => n),
               'heartbeat', '', 'spool-' || n % 40, 1 + n / 40
        FROM generate_series(0, 39999) n;
        ANALYZE alarm; ANALYZE kept_message";
    db.execute(sqlx::raw_sql(rows)).await.unwrap();
}

/// The plan that is made without knowing what is asked for: statements that are prepared once get it after a while.
async fn plan(db: &PgPool, statement: &str) -> String {
    let mut session = db.acquire().await.unwrap();
    let prepared = format!("PREPARE asked AS {statement}");
    session.execute(sqlx::raw_sql("SET plan_cache_mode = force_generic_plan")).await.unwrap();
    session.execute(sqlx::raw_sql(AssertSqlSafe(prepared))).await.unwrap();
    let highest = (1..=20).rev().find(|n| statement.contains(&format!("${n}"))).unwrap();
    let nulls = vec!["NULL"; highest].join(", ");
    let explain = format!("EXPLAIN (COSTS OFF) EXECUTE asked ({nulls})");
    let lines = session.fetch_all(sqlx::raw_sql(AssertSqlSafe(explain))).await.unwrap();
    session.execute(sqlx::raw_sql("DEALLOCATE asked")).await.unwrap();
    lines.iter().map(|line| line.get::<String, _>(0)).collect::<Vec<_>>().join("\n")
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn lists_and_ledgers_go_by_their_index_and_walk_nothing_else(db: PgPool) {
    filled(&db).await;
    for (file, begins, of_system, of_site) in [
        ("searched.rs", "'unreadable', format", "alarm_of_system", "alarm_of_site"),
        (
            "ledger.rs",
            "count(*) AS \"count!\"\n               FROM (SELECT disposition FROM alarm",
            "alarm_of_system",
            "alarm_of_site",
        ),
        ("ledger.rs", ") names", "alarm_of_system", "alarm_of_site"),
        ("ledger.rs", "max(sequence) AS \"highest!\"", "alarm_by_sequence", "alarm_by_sequence"),
        ("ledger.rs", "lag(sequence", "alarm_by_sequence", "alarm_by_sequence"),
    ] {
        for statement in statements(file, begins) {
            let plan = plan(&db, &statement).await;
            let index = if statement.contains("AND system_id = $2") { of_system } else { of_site };
            assert!(plan.contains(index), "{statement}\n{plan}");
            assert!(!plan.contains("Seq Scan on alarm"), "{statement}\n{plan}");
        }
    }
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn a_later_page_begins_where_the_one_before_ended(db: PgPool) {
    filled(&db).await;
    for statement in statements("searched.rs", "'unreadable', format") {
        let plan = plan(&db, &statement).await;
        let begins = plan.lines().find(|line| line.contains("Index Cond") && line.contains("received_at")).unwrap();
        assert!(begins.contains("COALESCE($4") || begins.contains("ROW(received_at"), "{plan}");
    }
}
