//! The tables themselves, and the migrations that make them, over rows that were there before.

use jiff::{SignedDuration, Timestamp};
use meridian::{MIGRATOR, domain::access::Scope};
use proptest::{prelude::*, strategy::ValueTree, test_runner::TestRunner};
use serde_json::Value;
use sqlx::{AssertSqlSafe, Executor, PgPool, Row};
use uuid::Uuid;

use crate::faults::number;

/// The house's own: they hold nothing that belongs to one customer, or lead to what does.
const OF_THE_HOUSE: [(&str, &str); 41] = [
    ("account", "who the customers are"),
    ("api_token", "of a person, found by its hash before anybody is known"),
    ("audit", "one order across the house"),
    ("audit_link", "the same"),
    ("audit_waiting", "the same"),
    ("authenticator", "of a person"),
    ("cac", "the desks"),
    ("calendar", "the desks' hours"),
    ("calendar_version", "the same, as they were"),
    ("call_number", "numbers are unique across the house; leads to the customer"),
    ("ceremony", "of a browser that nobody has signed in with yet"),
    ("draft", "of a person, whoever they write for"),
    ("handover_notice", "what the desks have been told, for all customers at once"),
    ("house_key", "of the house"),
    ("identity", "of a person, found by what the provider says before anybody is known"),
    ("import", "a file may hold many customers"),
    ("import_oddity", "the same"),
    ("invitation", "found by its hash before anybody is known"),
    ("membership", "of a person, in a customer's, a partner's or the house's account"),
    ("notification", "of a person, who may see many customers"),
    ("objective", "part of a service level"),
    ("outbox", "waits to be numbered in one order across the house"),
    ("passkey", "of a person, found before anybody is known"),
    ("password_reset", "of a person, found by its hash"),
    ("person", "found by address before anybody is known"),
    ("person_key", "of a person"),
    ("hours", "of the house, one row"),
    ("public_holiday", "of a country"),
    ("queue", "the desks' work"),
    ("recovery_code", "of a person"),
    ("region", "of the house"),
    ("request_key", "of who sent the request"),
    ("route", "of this store"),
    ("rule_draft", "of a person of the desks"),
    ("rule_set", "of the house"),
    ("service_level", "what the house sells"),
    ("session", "of a person, found by its hash before anybody is known"),
    ("store_mark", "of this store"),
    ("stream", "one order across the house"),
    ("stream_reader", "of the house"),
    ("_sqlx_migrations", "of this store"),
];

async fn names(db: &PgPool, sql: &'static str) -> Vec<String> {
    db.fetch_all(sql).await.unwrap().iter().map(|row| row.get(0)).collect()
}

const TABLES: &str = "SELECT tablename::text FROM pg_tables WHERE schemaname = 'public' ORDER BY 1";

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn what_belongs_to_a_customer_begins_with_the_customer(db: PgPool) {
    let tables = names(&db, TABLES).await;
    let by_customer = names(
        &db,
        "SELECT t.relname::text FROM pg_index i JOIN pg_class t ON t.oid = i.indrelid
         JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = i.indkey[0]
         WHERE i.indisprimary AND a.attname = 'customer_id'",
    )
    .await;

    for table in &tables {
        let excused = OF_THE_HOUSE.iter().any(|(name, _)| name == table);
        assert_ne!(by_customer.contains(table), excused, "{table}");
    }
    for (name, why) in OF_THE_HOUSE {
        assert!(tables.iter().any(|table| table == name), "{name} ({why}) is gone; so should its excuse be");
    }
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn every_table_has_a_primary_key_and_none_a_trigger(db: PgPool) {
    let without = names(
        &db,
        "SELECT relname::text FROM pg_class c WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace
           AND NOT EXISTS (SELECT FROM pg_index WHERE indrelid = c.oid AND indisprimary)",
    )
    .await;
    let triggers = names(&db, "SELECT tgname::text FROM pg_trigger WHERE NOT tgisinternal").await;

    assert!(without.is_empty(), "no primary key: {without:?}");
    assert!(triggers.is_empty(), "{triggers:?}");
}

/// A foreign key between two tables of customers must have the customer at the same place on both sides.
#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn no_foreign_key_leads_from_one_customer_to_another(db: PgPool) {
    let across = names(
        &db,
        "SELECT conrelid::regclass || ' ' || conname FROM pg_constraint c
         WHERE contype = 'f'
           AND EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.conrelid AND a.attname = 'customer_id')
           AND EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.confrelid AND a.attname = 'customer_id')
           AND NOT EXISTS (
               SELECT FROM unnest(c.conkey, c.confkey) AS pair (here, there)
               JOIN pg_attribute h ON h.attrelid = c.conrelid AND h.attnum = pair.here AND h.attname = 'customer_id'
               JOIN pg_attribute t ON t.attrelid = c.confrelid AND t.attnum = pair.there AND t.attname = 'customer_id')",
    )
    .await;

    assert!(across.is_empty(), "{across:?}");
    let inside = "SELECT count(*) FROM pg_constraint WHERE contype = 'f' AND conrelid = 'history'::regclass";
    assert_eq!(number(&db, inside).await, 1, "and there are some to look at");
}

/// The schema as it was when the first rows were written, and those rows: every table has some.
const FIRST: i64 = 4;
const ROWS: &str = include_str!("rows_after_0004.sql");

#[sqlx::test(migrations = false)]
async fn every_migration_runs_over_a_store_that_has_rows(db: PgPool) {
    // A new database may be a copy of one that has the schema.
    db.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public").await.unwrap();
    MIGRATOR.run_to(FIRST, &db).await.unwrap();
    db.execute(AssertSqlSafe(ROWS)).await.unwrap();
    let mut counted = Vec::new();
    for table in names(&db, TABLES).await {
        let rows = count(&db, &table).await;
        assert!(rows > 0, "{table} has no row that a later migration could trip over");
        counted.push((table, rows));
    }
    let calls = "SELECT (to_jsonb(call) - 'state')::text FROM call ORDER BY number";
    let before = names(&db, calls).await;

    for migration in MIGRATOR.iter().filter(|migration| migration.version > FIRST) {
        let ran = MIGRATOR.run_to(migration.version, &db).await;
        assert!(ran.is_ok(), "{} {}: {ran:?}", migration.version, migration.description);
    }

    for (table, rows) in counted.into_iter().filter(|(table, _)| table != "_sqlx_migrations") {
        assert!(count(&db, &table).await >= rows, "{table} has lost rows");
    }
    let after: Vec<Value> = names(&db, calls).await.iter().map(|row| serde_json::from_str(row).unwrap()).collect();
    for (before, after) in before.iter().zip(&after) {
        let Value::Object(before) = serde_json::from_str(before).unwrap() else { panic!("{before} is no row") };
        for (column, value) in before {
            assert_eq!(after.get(&column), Some(&value), "{column}");
        }
    }
    let known = MIGRATOR.iter().map(|migration| migration.version).max();
    assert_eq!(Some(number(&db, "SELECT max(version) FROM _sqlx_migrations WHERE success").await), known);
}

async fn count(db: &PgPool, table: &str) -> i64 {
    db.fetch_one(AssertSqlSafe(format!("SELECT count(*) FROM {table}"))).await.unwrap().get(0)
}

/// Few customers, sites and instants, so that what is asked for is often just inside or just outside.
#[derive(Debug)]
struct Case {
    scope: Scope,
    customer: Uuid,
    site: Uuid,
    at: Timestamp,
}

fn instant(step: i64) -> Timestamp {
    let begin: Timestamp = "2026-01-01T00:00:00.123456Z".parse().unwrap();
    begin + SignedDuration::from_micros(step)
}

fn cases() -> impl Strategy<Value = Case> {
    let id = |kind: u128| move |n: u8| Uuid::from_u128(kind << 64 | u128::from(n));
    let (customers, sites) = ((0u8..3).prop_map(id(1)), (0u8..3).prop_map(id(2)));
    let steps = prop_oneof![-3i64..4, Just(-40_000_000_000_000_000), Just(3_000_000_000_000_001)];
    let grant = (customers.clone(), prop::option::of(sites.clone()), prop::option::of(steps.clone()));
    let scope = prop::option::weighted(0.95, prop::collection::vec(grant, 0..5)).prop_map(|grants| {
        let Some(grants) = grants else { return Scope::everything() };
        let mut scope = Scope::nothing();
        for (customer, site, from) in grants {
            scope.grant(customer, site, from.map(instant));
        }
        scope
    });
    (scope, customers, sites, steps).prop_map(|(scope, customer, site, step)| Case {
        scope,
        customer,
        site,
        at: instant(step),
    })
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn the_store_and_the_program_agree_on_who_sees_what(db: PgPool) {
    let mut runner = TestRunner::default();
    let cases: Vec<Case> = (0..2_000).map(|_| cases().new_tree(&mut runner).unwrap().current()).collect();
    let customers: Vec<Uuid> = cases.iter().map(|case| case.customer).collect();
    let sites: Vec<Uuid> = cases.iter().map(|case| case.site).collect();
    let instants: Vec<String> = cases.iter().map(|case| case.at.to_string()).collect();
    let scopes: Vec<String> = cases.iter().map(|case| Value::from(case.scope.json()).to_string()).collect();

    let answers = sqlx::query_scalar!(
        r#"SELECT in_scope(customer, site, at::timestamptz, nullif(scope::jsonb, 'null')) AS "seen?"
           FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[]) WITH ORDINALITY
                AS asked (customer, site, at, scope, n)
           ORDER BY n"#,
        &customers,
        &sites,
        &instants,
        &scopes
    )
    .fetch_all(&db)
    .await
    .unwrap();

    for (case, seen) in cases.iter().zip(&answers) {
        let contains = case.scope.contains(case.customer, case.site, case.at);
        assert_eq!(seen.unwrap_or(false), contains, "{case:?}");
    }
    let seen = answers.iter().filter(|seen| **seen == Some(true)).count();
    assert!((200..1_800).contains(&seen), "{seen} of 2,000 seen: the cases are too much alike");
}
