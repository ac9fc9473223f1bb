//! Whatever somebody does to the log with all the rights of a database, `doctor audit` finds it.

use std::process::{Command, Output};

use meridian::{
    app::App,
    config::Config,
    jobs,
    store::{Store, audit::chain},
};
use serde_json::Value;
use sqlx::{ConnectOptions, Executor, PgPool, Row};

use super::{House, chained, fail, house};
use crate::faults::number;

const CAME: meridian::actions::Came<'_> = meridian::actions::Came { address: "10.0.0.1", agent: "test" };

/// The program itself, on this store.
pub async fn meridian(db: &PgPool, args: &[&str]) -> Output {
    let url = db.connect_options().to_url_lossy().to_string();
    let mut command = Command::new(env!("CARGO_BIN_EXE_meridian"));
    command.args(args).env_clear().env("MERIDIAN_DATABASE_URL", url);
    tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap()
}

/// What `doctor audit` says, and whether it was content.
pub async fn doctor(db: &PgPool, head: Option<&str>) -> (bool, Value) {
    let mut args = vec!["doctor", "audit", "--json"];
    args.extend(head.iter().flat_map(|head| ["--head", head]));
    let output = meridian(db, &args).await;
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let found = serde_json::from_str(&said).unwrap_or_else(|e| {
        panic!("{e}: {said} {}", String::from_utf8_lossy(&output.stderr));
    });
    (output.status.success(), found)
}

/// A log of ten deeds, all in the chain.
async fn log(db: &PgPool) -> House {
    let house = house(db.clone()).await;
    for _ in 0..8 {
        fail(&house.portal.stranger(), &house.claire.email).await;
    }
    chained(db).await;
    house
}

/// As a superuser who switches every guard off.
async fn tamper(db: &PgPool, sql: &'static str) {
    let mut connection = db.acquire().await.unwrap();
    connection.execute("SET session_replication_role = replica").await.unwrap();
    connection.execute(sql).await.unwrap();
    connection.execute("SET session_replication_role = DEFAULT").await.unwrap();
}

async fn fault(db: &PgPool) -> (String, i64, String) {
    let (ok, found) = doctor(db, None).await;
    assert!(!ok && found["ok"] == false, "{found}");
    let fault = &found["fault"];
    let id = fault["id"].as_str().unwrap_or_default().to_owned();
    (fault["fault"].as_str().unwrap().to_owned(), fault["pos"].as_i64().unwrap_or(0), id)
}

async fn id_at(db: &PgPool, pos: i64) -> String {
    let links = chain::links_after(db, pos - 1, 1).await.unwrap();
    links[0].id.to_string()
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn an_untouched_log_holds_and_its_head_can_be_kept(db: PgPool) {
    let _house = log(&db).await;

    let (ok, found) = doctor(&db, None).await;
    assert!(ok, "{found}");
    assert_eq!((found["rows"].as_i64(), found["waiting"].as_i64()), (Some(10), Some(0)), "{found}");
    let head = found["head"].as_str().unwrap().to_owned();
    assert!(head.starts_with("10:"), "{head}");
    assert!(doctor(&db, Some(&head)).await.0);
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn a_changed_row_is_named(db: PgPool) {
    let _house = log(&db).await;
    let id = id_at(&db, 5).await;

    tamper(&db, "UPDATE audit SET kind = 'signed_in' WHERE id = (SELECT audit_id FROM audit_link WHERE pos = 5)").await;

    assert_eq!(fault(&db).await, ("changed".to_owned(), 5, id));
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn a_removed_row_is_named_with_or_without_its_link(db: PgPool) {
    let _house = log(&db).await;
    let id = id_at(&db, 7).await;

    tamper(&db, "DELETE FROM audit WHERE id = (SELECT audit_id FROM audit_link WHERE pos = 7)").await;
    assert_eq!(fault(&db).await, ("removed".to_owned(), 7, id));

    tamper(&db, "DELETE FROM audit_link WHERE pos = 7").await;
    assert_eq!(fault(&db).await, ("gap".to_owned(), 7, String::new()));

    tamper(
        &db,
        "UPDATE audit_link SET pos = pos - 1000 WHERE pos > 7; UPDATE audit_link SET pos = pos + 999 WHERE pos < 0",
    )
    .await;
    let (kind, pos, _) = fault(&db).await;
    assert_eq!((kind.as_str(), pos), ("changed", 7), "renumbering does not hide it");
}

const FORGED: &str = "INSERT INTO audit (id, at, kind, subject_kind, subject_id, detail)
     VALUES ('00000000-0000-7000-8000-00000000f0f0', '2026-11-23T14:33:00Z', 'signed_out', 'audit', 'x', '{}')";

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn an_inserted_row_is_named_beside_the_chain_and_in_it(db: PgPool) {
    let _house = log(&db).await;

    tamper(&db, FORGED).await;
    let (kind, _, id) = fault(&db).await;
    assert_eq!((kind.as_str(), id.as_str()), ("stray", "00000000-0000-7000-8000-00000000f0f0"));

    tamper(
        &db,
        "UPDATE audit_link SET pos = pos + 1000 WHERE pos >= 4; UPDATE audit_link SET pos = pos - 999 WHERE pos > 999;
         INSERT INTO audit_link (pos, audit_id, hash)
         VALUES (4, '00000000-0000-7000-8000-00000000f0f0', sha256('a guess'))",
    )
    .await;
    let (kind, pos, id) = fault(&db).await;
    assert_eq!((kind.as_str(), pos, id.as_str()), ("inserted", 4, "00000000-0000-7000-8000-00000000f0f0"));
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn rows_that_changed_places_are_named(db: PgPool) {
    let _house = log(&db).await;
    let id = id_at(&db, 6).await;

    tamper(
        &db,
        "UPDATE audit_link SET pos = -pos WHERE pos IN (5, 6);
         UPDATE audit_link SET pos = 11 + pos WHERE pos IN (-5, -6)",
    )
    .await;

    assert_eq!(fault(&db).await, ("out_of_order".to_owned(), 5, id));
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn a_log_that_was_cut_short_shows_against_a_head_that_was_kept(db: PgPool) {
    let _house = log(&db).await;
    let head = doctor(&db, None).await.1["head"].as_str().unwrap().to_owned();

    tamper(
        &db,
        "DELETE FROM audit WHERE id IN (SELECT audit_id FROM audit_link WHERE pos > 8);
         DELETE FROM audit_link WHERE pos > 8",
    )
    .await;

    assert!(doctor(&db, None).await.0, "the rest of the chain holds by itself");
    let (ok, found) = doctor(&db, Some(&head)).await;
    assert!(!ok, "{found}");
    assert_eq!(found["fault"], serde_json::json!({"fault": "cut", "pos": 10}));
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn the_program_itself_may_neither_change_nor_remove_a_row(db: PgPool) {
    let _house = log(&db).await;
    for sql in [
        "SET ROLE meridian_app; UPDATE audit SET kind = 'x'",
        "SET ROLE meridian_app; DELETE FROM audit",
        "SET ROLE meridian_app; UPDATE audit_link SET pos = pos + 1",
        "SET ROLE meridian_app; DELETE FROM audit_link",
        "SET ROLE meridian_reader; SELECT key FROM person_key",
        "SET ROLE meridian_reader; SELECT key FROM house_key",
    ] {
        let mut connection = db.acquire().await.unwrap();
        let refused = connection.execute(sqlx::raw_sql(sql)).await.unwrap_err().to_string();
        assert!(refused.contains("permission denied"), "{sql}: {refused}");
        connection.execute("ROLLBACK; RESET ROLE").await.unwrap();
    }
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn two_nodes_and_a_link_that_was_given_up_leave_one_chain(db: PgPool) {
    let house = house(db.clone()).await;
    let store = Store::connect((*db.connect_options()).clone(), 4).await.unwrap();
    let second = App::new(store, house.portal.app.clock.clone(), Config::default()).await.unwrap();
    let tracker = jobs::start(&second);
    let nobody = house.portal.stranger();
    let here = async {
        for _ in 0..15 {
            fail(&nobody, "claire.dubois@example.com").await;
        }
    };
    let there = async {
        for _ in 0..15 {
            let tried = meridian::actions::sign_in(&second, "ada.admin@example.com", "wrong", CAME).await;
            assert!(tried.is_err());
        }
    };

    // Whoever dies between linking and committing leaves nothing behind.
    let lost = async {
        let mut tx = second.store.begin_write().await.unwrap();
        let waiting = chain::waiting(&mut *tx, 1).await.unwrap();
        let links: Vec<_> = waiting.iter().map(|row| (row.id, [9; 32])).collect();
        let _ = chain::append(&mut tx, 900, &links).await;
        drop(tx);
    };
    tokio::join!(here, there, lost);
    second.stop.cancel();
    tracker.wait().await;
    chained(&db).await;

    let (ok, found) = doctor(&db, None).await;
    assert!(ok, "{found}");
    assert_eq!(found["chained"].as_i64().unwrap(), number(&db, "SELECT count(*) FROM audit").await);
    let twice = db.fetch_one("SELECT count(*) - count(DISTINCT audit_id) FROM audit_link").await.unwrap();
    assert_eq!(twice.get::<i64, _>(0), 0);
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn the_doctor_says_how_much_waits_and_since_when(db: PgPool) {
    let house = log(&db).await;
    let portal = house.portal;
    let app = portal.app.clone();
    portal.stop().await;
    let store = Store::connect((*db.connect_options()).clone(), 2).await.unwrap();
    let idle = App::new(store, app.clock.clone(), Config::default()).await.unwrap();
    assert!(meridian::actions::sign_in(&idle, "ada.admin@example.com", "wrong", CAME).await.is_err());

    let (ok, found) = doctor(&db, None).await;

    assert!(ok, "what waits is no fault: {found}");
    assert_eq!((found["waiting"].as_i64(), found["chained"].as_i64()), (Some(1), Some(10)));
    assert_eq!(found["waiting_since"], "2026-11-23T14:33:00Z");
}
