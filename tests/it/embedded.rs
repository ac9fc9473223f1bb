//! The private Postgres, on a real one. Without its programs these tests say so and pass.
use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::time::{Duration, Instant};

use meridian::embedded::{Embedded, Settings};
use meridian::error::Result;
use sqlx::{ConnectOptions, Executor, Row};
use tempfile::TempDir;
use tokio::time::timeout;

/// A folder that an account other than root can reach.
fn folder() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::set_permissions(folder.path(), Permissions::from_mode(0o755)).unwrap();
    folder
}

async fn start(data: &Path) -> Result<Embedded> {
    let settings = Settings { data: data.to_owned(), bin: None };
    Embedded::start(&settings).await
}

async fn refusal(data: &Path) -> String {
    start(data).await.unwrap_err().to_string()
}

/// The folder of the newest Postgres here, if there is one.
fn postgres() -> Option<PathBuf> {
    let folders = fs::read_dir("/usr/lib/postgresql").ok()?.flatten();
    folders.map(|f| f.path().join("bin")).filter(|f| f.join("initdb").exists()).max()
}

macro_rules! needs_postgres {
    () => {
        if postgres().is_none() {
            eprintln!("skipped: no PostgreSQL programs in /usr/lib/postgresql");
            return;
        }
    };
}

async fn remember(store: &Embedded, word: &'static str) {
    let mut owner = store.owner().connect().await.unwrap();
    owner.execute("CREATE TABLE IF NOT EXISTS kept (word text)").await.unwrap();
    let insert = sqlx::AssertSqlSafe(format!("INSERT INTO kept VALUES ('{word}')"));
    owner.execute(sqlx::raw_sql(insert)).await.unwrap();
}

async fn remembered(store: &Embedded) -> Vec<String> {
    let mut owner = store.owner().connect().await.unwrap();
    let rows = owner.fetch_all("SELECT word FROM kept ORDER BY word").await.unwrap();
    rows.iter().map(|row| row.get(0)).collect()
}

async fn setting(store: &Embedded, name: &str) -> String {
    let mut app = store.app().connect().await.unwrap();
    let show = sqlx::AssertSqlSafe(format!("SHOW {name}"));
    app.fetch_one(sqlx::raw_sql(show)).await.unwrap().get(0)
}

fn server_pid(data: &Path) -> u32 {
    let file = fs::read_to_string(data.join("pg/postmaster.pid")).unwrap();
    file.lines().next().unwrap().parse().unwrap()
}

fn kill(signal: &str, pid: u32) {
    let status = Command::new("kill").arg(signal).arg(pid.to_string()).status().unwrap();
    assert!(status.success());
}

/// A program run by whoever owns the store.
fn as_owner_of(data: &Path, program: &Path, args: &[&str]) -> Child {
    let owner = fs::metadata(data.join("pg")).unwrap();
    let mut command = Command::new(program);
    command.args(args).current_dir("/");
    if owner.uid() != fs::metadata("/proc/self").unwrap().uid() {
        command.uid(owner.uid()).gid(owner.gid());
    }
    command.spawn().unwrap()
}

#[tokio::test]
async fn the_first_start_makes_a_store_that_only_its_roles_can_use() {
    needs_postgres!();
    let home = folder();
    let data = home.path().join("data");

    let store = start(&data).await.unwrap();

    let mut app = store.app().connect().await.unwrap();
    let who = "SELECT current_user::text, pg_has_role('meridian_app', 'member')";
    let row = app.fetch_one(who).await.unwrap();
    assert_eq!((row.get::<&str, _>(0), row.get::<bool, _>(1)), ("meridian_app_login", true));
    app.execute("CREATE TABLE mine ()").await.unwrap_err();
    for (name, value) in [
        ("wal_level", "logical"),
        ("data_checksums", "on"),
        ("listen_addresses", ""),
        ("server_encoding", "UTF8"),
        ("max_connections", "200"),
    ] {
        assert_eq!(setting(&store, name).await, value, "{name}");
    }
    let collate = "SELECT datcollate::text FROM pg_database WHERE datname = current_database()";
    assert_eq!(app.fetch_one(collate).await.unwrap().get::<&str, _>(0), "C.UTF-8");
    assert_eq!(fs::metadata(data.join("run")).unwrap().mode() & 0o777, 0o700);
    drop(app);
    store.stop().await.unwrap();
    assert!(!data.join("pg/postmaster.pid").exists());
}

#[tokio::test]
async fn the_owner_can_make_the_roles_that_a_migration_needs() {
    needs_postgres!();
    let home = folder();
    let store = start(&home.path().join("data")).await.unwrap();

    let mut owner = store.owner().connect().await.unwrap();
    owner.execute("CREATE ROLE another NOLOGIN").await.unwrap();
    owner.execute("GRANT meridian_reader TO another").await.unwrap();

    drop(owner);
    store.stop().await.unwrap();
}

#[tokio::test]
async fn a_second_instance_is_refused_in_one_sentence() {
    needs_postgres!();
    let home = folder();
    let store = start(home.path()).await.unwrap();

    let said = refusal(home.path()).await;

    let pid = std::process::id();
    assert!(said.starts_with(&format!("Another Meridian (process {pid}) is using /")), "{said}");
    assert_eq!(said.lines().count(), 1);
    store.stop().await.unwrap();
}

#[tokio::test]
async fn a_warm_start_finds_what_was_written() {
    needs_postgres!();
    let home = folder();
    let store = start(home.path()).await.unwrap();
    remember(&store, "before").await;
    store.stop().await.unwrap();

    let store = start(home.path()).await.unwrap();

    assert_eq!(remembered(&store).await, ["before"]);
    store.stop().await.unwrap();
}

#[tokio::test]
async fn a_half_made_store_is_made_again() {
    needs_postgres!();
    let home = folder();
    fs::create_dir_all(home.path().join("data/pg.tmp/base")).unwrap();
    fs::write(home.path().join("data/pg.tmp/PG_VERSION"), "9").unwrap();

    let store = start(&home.path().join("data")).await.unwrap();

    store.stop().await.unwrap();
    assert!(!home.path().join("data/pg.tmp").exists());
}

#[tokio::test]
async fn a_killed_server_is_noticed_and_comes_back_past_its_stale_files() {
    needs_postgres!();
    let home = folder();
    let mut store = start(home.path()).await.unwrap();
    remember(&store, "before").await;

    kill("-KILL", server_pid(home.path()));
    let said = timeout(Duration::from_secs(10), store.died()).await.unwrap().to_string();
    drop(store);
    assert!(said.starts_with("PostgreSQL stopped: "), "{said}");

    // The worst case for a stale pid: it now belongs to a living process of the same account.
    let mut stranger = as_owner_of(home.path(), Path::new("/bin/sleep"), &["60"]);
    let pids = ["pg/postmaster.pid", "run/.s.PGSQL.5432.lock"].map(|f| home.path().join(f));
    for file in pids {
        let stale = fs::read_to_string(&file).unwrap();
        let (_, rest) = stale.split_once('\n').unwrap();
        fs::write(&file, format!("{}\n{rest}", stranger.id())).unwrap();
    }

    let store = start(home.path()).await.unwrap();

    assert_eq!(remembered(&store).await, ["before"]);
    assert!(stranger.try_wait().unwrap().is_none(), "a stranger was stopped");
    stranger.kill().unwrap();
    stranger.wait().unwrap();
    store.stop().await.unwrap();
}

#[tokio::test]
async fn a_server_left_running_is_stopped_first() {
    needs_postgres!();
    let home = folder();
    let store = start(home.path()).await.unwrap();
    remember(&store, "before").await;
    store.stop().await.unwrap();
    let data = home.path().join("pg");
    let args = ["-D", data.to_str().unwrap(), "-c", "listen_addresses=", "-k", data.to_str().unwrap()];
    let mut orphan = as_owner_of(home.path(), &postgres().unwrap().join("postgres"), &args);
    while !data.join(".s.PGSQL.5432").exists() {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }

    let store = start(home.path()).await.unwrap();

    assert!(orphan.wait().unwrap().success(), "it was not stopped in good order");
    assert_eq!(remembered(&store).await, ["before"]);
    store.stop().await.unwrap();
}

#[test]
fn the_server_ends_with_the_thread_that_started_it() {
    needs_postgres!();
    let home = folder();
    let data = home.path().to_owned();

    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        // As after kill -9: nothing of ours runs any more.
        std::mem::forget(runtime.block_on(start(&data)).unwrap());
    })
    .join()
    .unwrap();

    let end = Instant::now() + Duration::from_secs(10);
    while home.path().join("pg/postmaster.pid").exists() {
        assert!(Instant::now() < end, "still running");
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[tokio::test]
async fn a_store_of_another_version_says_which_to_install() {
    needs_postgres!();
    let home = folder();
    fs::create_dir_all(home.path().join("pg")).unwrap();
    fs::write(home.path().join("pg/PG_VERSION"), "12\n").unwrap();

    let said = refusal(home.path()).await;

    assert!(said.contains("made by PostgreSQL 12"), "{said}");
    assert!(said.contains("apt-get install postgresql-12"), "{said}");
}

#[tokio::test]
async fn without_programs_it_says_what_to_install() {
    let (home, empty) = (folder(), folder());
    let settings = Settings { data: home.path().join("data"), bin: Some(empty.path().to_owned()) };

    let said = Embedded::start(&settings).await.unwrap_err().to_string();

    assert!(said.contains("apt-get install postgresql"), "{said}");
}

#[tokio::test]
async fn a_long_path_gets_a_short_socket() {
    needs_postgres!();
    let home = folder();
    let data = home.path().join("d".repeat(60)).join("e".repeat(60));

    let store = start(&data).await.unwrap();

    remember(&store, "far").await;
    assert_eq!(remembered(&store).await, ["far"]);
    assert!(!data.join("run").exists());
    store.stop().await.unwrap();
}

#[tokio::test]
async fn root_steps_down_and_says_which_folder_is_closed() {
    needs_postgres!();
    if fs::metadata("/proc/self").unwrap().uid() != 0 {
        eprintln!("skipped: not root");
        return;
    }
    let home = folder();
    let store = start(&home.path().join("open")).await.unwrap();
    let runs_as = fs::metadata(format!("/proc/{}", server_pid(&home.path().join("open")))).unwrap().uid();
    store.stop().await.unwrap();
    let closed = home.path().join("closed");
    fs::create_dir(&closed).unwrap();
    fs::set_permissions(&closed, Permissions::from_mode(0o700)).unwrap();

    let said = refusal(&closed.join("data")).await;

    assert_ne!(runs_as, 0);
    assert!(said.contains("may not enter") && said.contains("/closed"), "{said}");
}
