//! The program as a service manager or a container runs it: not as root, on a database of somebody else's.

use std::{
    io::{BufRead, BufReader},
    process::{Child, Command, Output, Stdio},
    time::{Duration, Instant},
};

use sqlx::{Executor, PgPool};

const PROGRAM: &str = env!("CARGO_BIN_EXE_meridian");

/// As `nobody` where the tests run as root.
fn meridian(args: &[&str], url: &str) -> Command {
    use std::os::unix::process::CommandExt;
    let mut command = Command::new(PROGRAM);
    command.args(args).env_clear().env("MERIDIAN_DATABASE_URL", url).env("MERIDIAN_LOG", "info");
    if rustix::process::getuid().is_root() {
        command.uid(65_534).gid(65_534).current_dir("/");
    }
    command
}

fn sentence(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn free_port() -> String {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().to_string()
}

async fn empty_database(pool: &PgPool, name: &str) -> String {
    let drop = sqlx::AssertSqlSafe(format!("DROP DATABASE IF EXISTS {name}"));
    let create = sqlx::AssertSqlSafe(format!("CREATE DATABASE {name} TEMPLATE template0"));
    pool.execute(sqlx::raw_sql(drop)).await.unwrap();
    pool.execute(sqlx::raw_sql(create)).await.unwrap();
    address(pool, name)
}

/// The database of a test, as a command is told of it.
pub fn database_of(pool: &PgPool) -> String {
    address(pool, pool.connect_options().get_database().unwrap())
}

fn address(pool: &PgPool, name: &str) -> String {
    let options = pool.connect_options();
    let socket = options.get_socket().map(|path| path.display().to_string());
    let user = options.get_username();
    match socket {
        Some(folder) => format!("postgres://{user}@localhost/{name}?host={folder}"),
        None => format!("postgres://{user}@{}:{}/{name}", options.get_host(), options.get_port()),
    }
}

#[sqlx::test(migrations = false)]
async fn a_portal_runs_on_a_database_of_yours(pool: PgPool) {
    let url = empty_database(&pool, "meridian_external").await;
    let listen = free_port();

    let early = meridian(&["serve", "--listen", &listen], &url).output().unwrap();
    let unwell = meridian(&["healthcheck", "--listen", &listen], &url).output().unwrap();
    let migrated = meridian(&["migrate"], &url).output().unwrap();
    let again = meridian(&["migrate"], &url).output().unwrap();

    assert_eq!(early.status.code(), Some(1));
    assert!(sentence(&early).contains("run meridian migrate first"), "{}", sentence(&early));
    assert_eq!(unwell.status.code(), Some(1));
    assert!(migrated.status.success() && again.status.success(), "{}", sentence(&migrated));
    let mut serving = meridian(&["serve", "--listen", &listen], &url);
    let mut serving = Running(serving.stderr(Stdio::piped()).spawn().unwrap());
    let mut lines = BufReader::new(serving.0.stderr.take().unwrap()).lines();
    let began = Instant::now();
    assert!(lines.any(|line| line.unwrap().contains("listening")), "it ended without listening");
    loop {
        let well = meridian(&["healthcheck", "--listen", &listen], &url).output().unwrap();
        if well.status.success() {
            break;
        }
        assert!(began.elapsed() < Duration::from_secs(20), "{}", sentence(&well));
        std::thread::sleep(Duration::from_millis(100));
    }
}

#[test]
fn wrong_settings_are_refused_by_name() {
    let refused = |args: &[&str], name: &str, value: &str| {
        let output = Command::new(PROGRAM).args(args).env_clear().env(name, value).output().unwrap();
        (output.status.code(), sentence(&output))
    };

    let (code, said) = refused(&["serve"], "MERIDIAN_DATABSE_URL", "x");
    assert_eq!(code, Some(1));
    assert!(said.contains("MERIDIAN_DATABSE_URL is not a setting"), "{said}");
    let (code, said) = refused(&["serve", "--listen", "0.0.0.0:0"], "MERIDIAN_LOG", "info");
    assert_eq!(code, Some(1));
    assert!(said.contains("without TLS"), "{said}");
    let (code, said) = refused(&["serve", "--listen", "nowhere"], "MERIDIAN_LOG", "info");
    assert_eq!(code, Some(2), "{said}");
    let (code, said) = refused(&["migrate"], "MERIDIAN_DATABASE_URL_FILE", "/no/such/file");
    assert_eq!(code, Some(1));
    assert!(said.contains("/no/such/file"), "{said}");
}
