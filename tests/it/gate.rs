//! Every write passes the gate: a store that is not the primary takes none, and a store move can hold them back.

use meridian::{error::Error, store::Store};
use reqwest::StatusCode;
use serde_json::json;
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection, PgPool};

use crate::{
    faults::{PATIENCE, eventually, is_true},
    support::{MONDAY_AFTERNOON, TestApp},
};

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn a_store_that_is_not_the_primary_is_read_and_not_written(db: PgPool) {
    let portal = TestApp::at(MONDAY_AFTERNOON, db).await;
    let acme = portal.customer("Acme Rail", "LYON-2", "Europe/Paris", "EMEA").await;
    let system = portal.system(acme, "FT-4400-2210", "rail-core-a").await;
    let claire = portal.person(acme.customer, "Claire Dubois", "customer").await;
    let credential = portal.credential(acme, Some(system)).await;
    let number = claire.file("FT-4400-2210", "3", "Log fills").await;
    let form = [("system", "FT-4400-2210"), ("severity", "3"), ("title", "Again"), ("body", "")];
    let call = json!({"system": "FT-4400-2210", "severity": 3, "title": "Again", "body": ""});
    let alarm = json!({"specversion": "1.0", "id": "1", "source": "/systems/FT-4400-2210", "type": "meridian.test"});

    for route in ["UPDATE route SET role = 'standby'", "UPDATE route SET role = 'moved', epoch = epoch + 1"] {
        portal.pool.execute(route).await.unwrap();

        let refused = portal.app.store.begin_write().await;
        let writes = [
            claire.post("/calls", &form).await,
            claire.api("POST", "/calls", Some(&call)).await,
            claire.post(&format!("/calls/{number}/entries"), &[("body", "Any news?")]).await,
            portal.ingest("/ingest/alarms", &credential, alarm.to_string()).await,
            portal.ingest("/ingest/alarms", &credential, "{").await,
        ];

        assert!(matches!(refused, Err(Error::NotPrimary)), "{refused:?}");
        for page in writes {
            assert_eq!(page.status, StatusCode::SERVICE_UNAVAILABLE, "{}", page.body);
            assert_eq!(page.headers["retry-after"], "2", "{}", page.body);
            assert!(page.body.contains("The store is being moved."), "{}", page.body);
        }
        assert_eq!(claire.get(&format!("/calls/{number}")).await.status, StatusCode::OK);
        let list = claire.api("GET", "/calls", None).await.json();
        assert_eq!(list["data"].as_array().map(Vec::len), Some(1), "{list}");
    }

    portal.pool.execute("UPDATE route SET role = 'primary'").await.unwrap();
    claire.file("FT-4400-2210", "3", "Back again").await;
}

const WAITING: &str = "SELECT count(*) = 1 FROM pg_locks WHERE NOT granted AND mode = 'ExclusiveLock'
                       AND locktype = 'advisory' AND (classid::bigint << 32 | objid::bigint) = 7243392615";
const BOTH_WAITING: &str = "SELECT count(*) = 2 FROM pg_locks WHERE NOT granted
                       AND locktype = 'advisory' AND (classid::bigint << 32 | objid::bigint) = 7243392615";

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn a_store_move_waits_for_who_writes_and_holds_back_who_comes_next(db: PgPool) {
    let store = Store::from_pool(db.clone());
    let mut mover = PgConnection::connect_with(&db.connect_options()).await.unwrap();

    let writer = store.begin_write().await.unwrap();
    let mover = tokio::spawn(async move {
        mover.execute("BEGIN; SELECT pg_advisory_xact_lock(7243392615)").await.unwrap();
        mover
    });
    eventually("the move waits", PATIENCE, async || is_true(&db, WAITING).await).await;
    let next = tokio::spawn({
        let store = store.clone();
        async move { store.begin_write().await.map(drop) }
    });
    eventually("the next writer waits", PATIENCE, async || is_true(&db, BOTH_WAITING).await).await;
    assert!(!mover.is_finished() && !next.is_finished());
    writer.commit().await.unwrap();

    let mut mover = mover.await.unwrap();
    assert!(!next.is_finished(), "the move holds the gate, and somebody got past it");
    mover.execute("UPDATE route SET role = 'moved'; COMMIT").await.unwrap();
    let refused = next.await.unwrap();
    assert!(matches!(refused, Err(Error::NotPrimary)), "who waited sees where the store went: {refused:?}");
}

/// A login of the portal, as an operator makes one; gone when the test is over.
struct Login<'a> {
    owner: &'a PgPool,
    name: String,
}

impl<'a> Login<'a> {
    async fn make(owner: &'a PgPool) -> Self {
        let name = format!("app_{}", uuid::Uuid::now_v7().simple());
        let sql = format!("CREATE ROLE {name} LOGIN IN ROLE meridian_app");
        owner.execute(AssertSqlSafe(sql)).await.unwrap();
        Self { owner, name }
    }

    async fn pool(&self) -> PgPool {
        let options = (*self.owner.connect_options()).clone().username(&self.name);
        sqlx::postgres::PgPoolOptions::new().max_connections(4).connect_with(options).await.unwrap()
    }

    async fn drop(self) {
        let sql = format!("DROP ROLE {}", self.name);
        self.owner.execute(AssertSqlSafe(sql)).await.unwrap();
    }
}

async fn refusal(app: &PgPool, sql: String) -> String {
    match app.execute(AssertSqlSafe(sql)).await {
        Ok(_) => "done".to_owned(),
        Err(error) => error.as_database_error().and_then(|e| e.code().map(Into::into)).unwrap_or_default(),
    }
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn the_portals_login_works_and_can_rewrite_nothing_that_happened(db: PgPool) {
    let login = Login::make(&db).await;
    let app = login.pool().await;

    let mut answers = Vec::new();
    for table in ["history", "routing_decision", "alarm", "kept_message", "route", "_sqlx_migrations"] {
        let column = match table {
            "route" => "role",
            "_sqlx_migrations" => "version",
            _ => "customer_id",
        };
        let update = format!("UPDATE {table} SET {column} = {column}");
        for sql in [update, format!("DELETE FROM {table}"), format!("TRUNCATE {table}"), format!("DROP TABLE {table}")]
        {
            answers.push((sql.clone(), refusal(&app, sql).await));
        }
    }
    for sql in [
        "INSERT INTO route (only_row, role, epoch) VALUES (true, 'primary', 9)",
        "CREATE TABLE mine (id int)",
        "ALTER TABLE call ADD COLUMN mine int",
        "CREATE FUNCTION public.gate() RETURNS bigint LANGUAGE sql AS 'SELECT 1'",
    ] {
        answers.push((sql.to_owned(), refusal(&app, sql.to_owned()).await));
    }
    let portal = TestApp::at(MONDAY_AFTERNOON, app.clone()).await;
    let acme = portal.customer("Acme Rail", "LYON-2", "Europe/Paris", "EMEA").await;
    portal.system(acme, "FT-4400-2210", "rail-core-a").await;
    let claire = portal.person(acme.customer, "Claire Dubois", "customer").await;
    let number = claire.file("FT-4400-2210", "3", "Log fills").await;
    let told = "SELECT count(*) = 2 FROM stream";
    eventually("the relay works with these rights", PATIENCE, async || is_true(&db, told).await).await;

    portal.stop().await;
    app.close().await;
    login.drop().await;
    for (sql, code) in answers {
        assert_eq!(code, "42501", "{sql} was not refused");
    }
    assert!(number.starts_with("C-"));
}
