//! Requests that are given up in the middle: what was begun is undone, and whoever comes next is not harmed.

use std::time::Duration;

use futures_util::future::join_all;
use meridian::store::{Store, guarded_pool, people};
use sqlx::{Executor, PgPool, Row, postgres::PgPoolOptions};
use tokio::{io::AsyncWriteExt, net::TcpStream, time::sleep};
use uuid::Uuid;

use crate::{
    faults::{PATIENCE, Wire, eventually, is_true, number},
    support::{MONDAY_AFTERNOON, PASSWORD, TestApp},
};

const BEGUN: &str = "SELECT count(*) = 1 FROM pg_stat_activity
                     WHERE datname = current_database() AND state = 'idle in transaction'";

/// A writer goes away after the database has begun its transaction and before it hears of it.
async fn abandon_a_begin(store: &Store, wire: &Wire, db: &PgPool) {
    wire.hold_answers_from("BEGIN");
    let writer = tokio::spawn({
        let store = store.clone();
        async move { store.begin_write().await.map(drop) }
    });
    eventually("the begin has arrived", PATIENCE, async || is_true(db, BEGUN).await).await;
    writer.abort();
    assert!(writer.await.unwrap_err().is_cancelled());
    wire.answer_late(Duration::ZERO);
}

/// The next writer, who is told that all went well.
async fn write_in_a_transaction(store: &Store) {
    let mut tx = store.begin_write().await.unwrap();
    let (id, now) = (Uuid::now_v7(), MONDAY_AFTERNOON.parse().unwrap());
    people::insert_account(&mut tx, id, "customer", "Acme", &id.to_string(), now).await.unwrap();
    tx.commit().await.unwrap();
}

/// A statement on its own, which commits itself; told as well that all went well.
async fn write_at_once(pool: &PgPool) {
    let written = pool.execute("INSERT INTO store_mark (name, value) VALUES ('kind', 'test')").await.unwrap();
    assert_eq!(written.rows_affected(), 1);
}

const ACCOUNTS: &str = "SELECT count(*) FROM account";
const MARKS: &str = "SELECT count(*) FROM store_mark";
const GATE_HELD: &str = "SELECT count(*) FROM pg_locks
    WHERE locktype = 'advisory' AND granted AND (classid::bigint << 32 | objid::bigint) = 7243392615
      AND database = (SELECT oid FROM pg_database WHERE datname = current_database())";

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn a_writer_who_leaves_does_not_swallow_the_next_ones_work(db: PgPool) {
    let wire = Wire::to(&db).await;
    let pool = guarded_pool(1).connect_with(wire.options()).await.unwrap();
    let store = Store::from_pool(pool.clone());

    abandon_a_begin(&store, &wire, &db).await;
    write_at_once(&pool).await;
    let marks = number(&db, MARKS).await;
    abandon_a_begin(&store, &wire, &db).await;
    write_in_a_transaction(&store).await;

    assert_eq!((marks, number(&db, ACCOUNTS).await), (1, 1));
    assert_eq!(number(&db, GATE_HELD).await, 0, "a transaction that nobody knows of holds the gate open");
}

/// The other half of the proof: it is the guard of the pool that saves us.
///
/// When this fails after an upgrade of sqlx, launchbadge/sqlx#4385 is mended in it: then take out this test and
/// the `after_release` of `guarded_pool`, and keep the test above, which must still pass.
#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn without_the_guard_the_next_ones_work_is_lost(db: PgPool) {
    let wire = Wire::to(&db).await;
    let pool = PgPoolOptions::new().max_connections(1).connect_with(wire.options()).await.unwrap();
    let store = Store::from_pool(pool.clone());

    abandon_a_begin(&store, &wire, &db).await;
    write_at_once(&pool).await;

    let (marks, held) = (number(&db, MARKS).await, number(&db, GATE_HELD).await);
    store.close().await;
    assert_eq!(
        (marks, number(&db, MARKS).await),
        (0, 0),
        "written into the transaction of who has left, and gone with it"
    );
    assert_eq!(held, 1, "and until then a store move would wait for nobody");
}

/// Whatever is there of a call is all of it, and nothing is there of no call.
const BROKEN: &str = "SELECT
    (SELECT count(*) FROM call_number n WHERE NOT EXISTS (
        SELECT FROM call c WHERE c.customer_id = n.customer_id AND c.id = n.call_id))
  + (SELECT count(*) FROM call c WHERE
        (SELECT count(*) FROM call_number n WHERE n.call_id = c.id) <> 1
        OR (SELECT count(*) FROM history h WHERE h.call_id = c.id) <> c.version
        OR (SELECT count(*) FROM routing_decision d WHERE d.call_id = c.id) <> 1
        OR (SELECT count(*) FROM outbox o WHERE o.call_id = c.id)
         + (SELECT count(*) FROM stream s WHERE s.call_id = c.id) <> c.version)";

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn a_browser_that_leaves_leaves_a_whole_call_or_none(db: PgPool) {
    let wire = Wire::to(&db).await;
    let portal = TestApp::at(MONDAY_AFTERNOON, PgPoolOptions::new().connect_lazy_with(wire.options())).await;
    let acme = portal.customer("Acme Rail", "LYON-2", "Europe/Paris", "EMEA").await;
    portal.system(acme, "FT-4400-2210", "rail-core-a").await;
    let claire = portal.person(acme.customer, "Claire Dubois", "customer").await;
    let cookie = claire.post("/session", &[("email", &claire.email), ("password", PASSWORD)]).await.cookie();
    wire.answer_late(Duration::from_millis(5));

    for moment in 0..30 {
        let body = format!("system=FT-4400-2210&severity=3&title=Left+{moment}&body=Then+I+left.");
        let request = format!(
            "POST /calls HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: {cookie}\r\nContent-Length: {}\r\n\
             Content-Type: application/x-www-form-urlencoded\r\n\r\n{body}",
            body.len()
        );
        let mut browser = TcpStream::connect(portal.url.trim_start_matches("http://")).await.unwrap();
        browser.write_all(request.as_bytes()).await.unwrap();
        // Not a wait: the moment of leaving is what is tried out.
        sleep(Duration::from_millis(moment * 3)).await;
    }
    wire.answer_late(Duration::ZERO);
    let after = join_all((0..16).map(|n| {
        let claire = claire.clone();
        async move { claire.file("FT-4400-2210", "3", &format!("After {n}")).await }
    }))
    .await;

    let filed = number(&db, "SELECT count(*) FROM call WHERE title LIKE 'After %'").await;
    assert_eq!(filed, i64::try_from(after.len()).unwrap());
    let left = "SELECT count(*) = 0 FROM pg_stat_activity WHERE datname = current_database() AND xact_start IS NOT NULL
                AND pid <> pg_backend_pid() AND state LIKE 'idle in transaction%'";
    eventually("every transaction has ended", PATIENCE, async || is_true(&db, left).await).await;
    assert_eq!(number(&db, BROKEN).await, 0);
    let left: Vec<String> = db
        .fetch_all("SELECT title FROM call WHERE title LIKE 'Left %' GROUP BY title HAVING count(*) = 1")
        .await
        .unwrap()
        .iter()
        .map(|row| row.get(0))
        .collect();
    assert!(left.iter().any(|title| title == "Left 20"), "who left after 60 ms was heard all the same: {left:?}");
}
