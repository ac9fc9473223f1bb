//! One order for everything that has happened: no gaps and no doubles, whoever leads and whoever dies.

use std::time::Duration;

use futures_util::future::join_all;
use meridian::{
    actions::{self, Deed, NewCall},
    app::App,
    config::Config,
    domain::{access::Viewer, call::Change, number::CallNumber, severity::Severity},
    jobs,
    store::{Store, outbox},
};
use sqlx::{Executor, PgPool, Row};

use crate::{
    faults::{PATIENCE, eventually, is_true, number},
    support::{MONDAY_AFTERNOON, TestApp},
};

const WRITERS: usize = 8;
const ROUNDS: usize = 10;

/// A portal, a second node on the same database, and a customer who writes on both.
struct TwoNodes {
    portal: TestApp,
    second: App,
    claire: Viewer,
    shared: CallNumber,
}

impl Drop for TwoNodes {
    fn drop(&mut self) {
        self.second.stop.cancel();
    }
}

impl TwoNodes {
    async fn on(db: &PgPool) -> Self {
        let portal = TestApp::at(MONDAY_AFTERNOON, db.clone()).await;
        let acme = portal.customer("Acme Rail", "LYON-2", "Europe/Paris", "EMEA").await;
        portal.system(acme, "FT-4400-2210", "rail-core-a").await;
        let person = portal.person(acme.customer, "Claire Dubois", "customer").await;
        let claire = portal.viewer(&person).await;
        let store = Store::connect((*db.connect_options()).clone(), 8).await.unwrap();
        let second = App::new(store, portal.app.clock.clone(), Config::default()).await.unwrap();
        jobs::start(&second);
        let shared = file(&portal.app, &claire).await;
        Self { portal, second, claire, shared }
    }

    /// Eight at once on both nodes, each on calls of its own and on one that all write on.
    async fn write_all(&self) {
        let node = |n: usize| if n.is_multiple_of(2) { &self.portal.app } else { &self.second };
        join_all((0..WRITERS).map(|n| self.write(node(n).clone()))).await;
    }

    async fn write(&self, app: App) {
        for round in 0..ROUNDS {
            let own = file(&app, &self.claire).await;
            for number in [own, self.shared] {
                let words = Some(format!("Seen again, {round}."));
                let deed = Deed::new(Change::Comment { wants_severity: None }, words);
                actions::act_on_call(&app, &self.claire, number, &deed, None).await.unwrap();
            }
        }
    }
}

async fn file(app: &App, viewer: &Viewer) -> CallNumber {
    let new = NewCall {
        serial: "FT-4400-2210".to_owned(),
        severity: Severity::Moderate,
        title: "Log fills".to_owned(),
        body: String::new(),
        contact: String::new(),
        available_24x7: false,
    };
    actions::file_call(app, viewer, &new, None).await.unwrap().number
}

const ALL_TOLD: &str = "SELECT NOT EXISTS (SELECT FROM outbox)";
const CHANGES: &str = "SELECT count(*) FROM history";
/// Lines that are not told right after the line before them in their call.
const OUT_OF_ORDER: &str = "SELECT count(*) FROM (
    SELECT seq, lag(seq, 1, 0) OVER (PARTITION BY customer_id, call_id ORDER BY pos) AS before FROM stream) told
    WHERE seq <> before + 1";

async fn assert_one_order(db: &PgPool) {
    eventually("everything is told", PATIENCE, async || is_true(db, ALL_TOLD).await).await;
    let changes = number(db, CHANGES).await;
    let row = db.fetch_one("SELECT min(pos), max(pos), count(*), count(DISTINCT id) FROM stream").await.unwrap();
    let found: [i64; 4] = [0, 1, 2, 3].map(|column| row.get(column));
    assert_eq!(found, [1, changes, changes, changes], "first, last, how many, how many different");
    assert_eq!(number(db, OUT_OF_ORDER).await, 0);
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn eight_writers_on_two_nodes_are_told_in_one_order_without_gaps(db: PgPool) {
    let nodes = TwoNodes::on(&db).await;

    nodes.write_all().await;

    assert_one_order(&db).await;
    let changes = i64::try_from(2 + WRITERS * ROUNDS * 4).unwrap();
    assert_eq!(number(&db, CHANGES).await, changes);
    for app in [&nodes.portal.app, &nodes.second] {
        let heard = async || (app.live.position() == changes).then_some(());
        eventually("every node has heard of everything", PATIENCE, heard).await;
    }
}

const LEADER: &str = "SELECT pid FROM pg_locks
    WHERE locktype = 'advisory' AND granted AND (classid::bigint << 32 | objid::bigint) = 7243392616
      AND database = (SELECT oid FROM pg_database WHERE datname = current_database())";

async fn leader(db: &PgPool) -> Option<i32> {
    db.fetch_optional(LEADER).await.unwrap().map(|row| row.get(0))
}

/// Kills the session that leads; answers which it was.
async fn kill_the_leader(db: &PgPool) -> i32 {
    eventually("a session that leads is killed", PATIENCE, async || {
        let old = leader(db).await?;
        // One that has just ended by itself leads no more.
        let killed = sqlx::query_scalar!(r#"SELECT pg_terminate_backend($1) AS "killed!""#, old).fetch_one(db).await;
        killed.unwrap().then_some(old)
    })
    .await
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn the_lead_moves_on_within_two_seconds(db: PgPool) {
    let nodes = TwoNodes::on(&db).await;
    eventually("the first call is told", PATIENCE, async || is_true(&db, ALL_TOLD).await).await;

    for _ in 0..3 {
        let old = kill_the_leader(&db).await;
        file(&nodes.second, &nodes.claire).await;
        let moved = async || leader(&db).await.filter(|new| *new != old);
        eventually("another session leads", Duration::from_secs(2), moved).await;
        eventually("and tells", Duration::from_secs(2), async || is_true(&db, ALL_TOLD).await).await;
    }

    assert_one_order(&db).await;
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn leaders_that_die_in_the_middle_of_the_work_leave_no_gap(db: PgPool) {
    let nodes = TwoNodes::on(&db).await;
    let kills = async {
        let mut kills = 0;
        while number(&db, CHANGES).await < i64::try_from(WRITERS * ROUNDS * 3).unwrap() {
            kill_the_leader(&db).await;
            kills += 1;
        }
        kills
    };

    let (kills, ()) = tokio::join!(kills, nodes.write_all());

    assert!(kills > 1, "nobody was killed while there was work: {kills}");
    assert_one_order(&db).await;
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn a_node_whose_clock_is_behind_does_not_turn_a_call_around(db: PgPool) {
    // Ids carry the time of the node that made them: here line 2 says that it is older than line 1.
    db.execute(
        "INSERT INTO outbox (id, customer_id, site_id, call_id, seq, kind, audience, topics, at, opened_at)
         SELECT id::uuid, call::uuid, call::uuid, call::uuid, seq, 'comment', 'all', '{}', '2026-11-23T14:33:00Z',
                '2026-11-23T14:33:00Z'
         FROM (VALUES ('00000000-0000-7000-8000-000000000005', '00000000-0000-7000-8000-00000000000a', 1),
                      ('00000000-0000-7000-8000-000000000001', '00000000-0000-7000-8000-00000000000a', 2),
                      ('00000000-0000-7000-8000-000000000002', '00000000-0000-7000-8000-00000000000b', 7))
              AS waiting (id, call, seq)",
    )
    .await
    .unwrap();
    let store = Store::from_pool(db.clone());

    let mut tx = store.begin_write().await.unwrap();
    let (moved, last) = outbox::relay(&mut tx, 100).await.unwrap();
    tx.commit().await.unwrap();

    assert_eq!((moved, last), (3, 3));
    let told = db.fetch_all("SELECT seq FROM stream ORDER BY pos").await.unwrap();
    let order: Vec<i32> = told.iter().map(|row| row.get(0)).collect();
    assert_eq!(order, [7, 1, 2]);
}
