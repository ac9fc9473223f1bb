//! How much may be sent where, and what those hear who send more.

use sqlx::PgPool;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::support::{MONDAY_AFTERNOON, TestApp};

const KIB: usize = 1_024;
const MIB: usize = KIB * KIB;

/// What is answered to bytes that are sent as they are; no more is sent than that.
async fn raw(portal: &TestApp, bytes: &[u8]) -> String {
    let mut stream = TcpStream::connect(portal.url.trim_start_matches("http://")).await.unwrap();
    stream.write_all(bytes).await.unwrap();
    let mut answer = vec![0; 64 * KIB];
    let (mut read, mut text) = (0, String::new());
    while !text.contains("\r\n\r\n") || text.len() < text.find("\r\n\r\n").unwrap() + 40 {
        let more = stream.read(&mut answer[read..]).await.unwrap();
        read += more;
        text = String::from_utf8_lossy(&answer[..read]).into_owned();
        if more == 0 {
            break;
        }
    }
    text
}

fn announcing(path: &str, kind: &str, bytes: usize) -> String {
    format!("POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: {kind}\r\nContent-Length: {bytes}\r\n\r\n")
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn each_kind_of_address_takes_so_much_and_says_so(db: PgPool) {
    let portal = TestApp::at(MONDAY_AFTERNOON, db).await;
    let form = "application/x-www-form-urlencoded";

    for (path, kind, most, said) in [
        ("/session", form, 64 * KIB, "64 KiB"),
        ("/ui", form, 64 * KIB, "64 KiB"),
        ("/calls", form, 2 * MIB, "2 MiB"),
        ("/api/v1/calls", "application/json", 2 * MIB, "2 MiB"),
        ("/ingest/alarms", "application/json", 32 * MIB, "32 MiB"),
        ("/ingest/alertmanager", "application/json", 32 * MIB, "32 MiB"),
    ] {
        let answer = raw(&portal, announcing(path, kind, most + 1).as_bytes()).await;
        assert!(answer.starts_with("HTTP/1.1 413 "), "{path}: {answer}");
        let sentence = format!("That is more than the {said} that this address takes at once.");
        assert!(answer.contains(&sentence), "{path}: {answer}");
    }
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn a_body_that_hides_its_length_is_cut_off_as_well(db: PgPool) {
    let portal = TestApp::at(MONDAY_AFTERNOON, db).await;
    let head = "POST /session HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-www-form-urlencoded\r\n\
                Transfer-Encoding: chunked\r\n\r\n";
    let chunk = format!("10000\r\n{}\r\n", "x".repeat(64 * KIB));

    let over = raw(&portal, format!("{head}{chunk}1\r\nx\r\n0\r\n\r\n").as_bytes()).await;
    let within = raw(&portal, format!("{head}{chunk}0\r\n\r\n").as_bytes()).await;

    assert!(over.starts_with("HTTP/1.1 413 "), "{over}");
    assert!(within.starts_with("HTTP/1.1 422 "), "{within}");
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn what_is_as_large_as_it_may_be_is_read(db: PgPool) {
    let portal = TestApp::at(MONDAY_AFTERNOON, db).await;
    let acme = portal.customer("Acme Rail", "LYON-2", "Europe/Paris", "EMEA").await;
    let credential = portal.credential(acme, None).await;

    let alarms = format!("[{}]", " ".repeat(3 * MIB));
    let page = portal.ingest("/ingest/alertmanager", &credential, alarms).await;

    assert_eq!(page.status, 422, "three megabytes of a storm are read whole: {}", page.body);
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn lengths_that_contradict_each_other_are_not_believed(db: PgPool) {
    let portal = TestApp::at(MONDAY_AFTERNOON, db).await;
    let smuggled = |first: &str, second: &str| {
        format!(
            "POST /session HTTP/1.1\r\nHost: localhost\r\n{first}\r\n{second}\r\n\r\n0\r\n\r\nGET /calls HTTP/1.1\r\n\r\n"
        )
    };

    for (first, second) in [
        ("Content-Length: 6", "Content-Length: 5"),
        ("Transfer-Encoding: chunked", "Transfer-Encoding: identity"),
        ("Transfer-Encoding: xchunked", "Content-Length: 4"),
    ] {
        let answer = raw(&portal, smuggled(first, second).as_bytes()).await;
        assert!(answer.starts_with("HTTP/1.1 400 "), "{first} {second}: {answer}");
        assert_eq!(answer.matches("HTTP/1.1 ").count(), 1, "{first} {second}: {answer}");
    }
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn unused_methods_are_refused(db: PgPool) {
    let portal = TestApp::at(MONDAY_AFTERNOON, db).await;

    for method in ["TRACE", "TRACK", "CONNECT", "OPTIONS", "PROPFIND", "DELETE"] {
        let request = format!("{method} /status HTTP/1.1\r\nHost: localhost\r\nX-Told: yes\r\n\r\n");
        let answer = raw(&portal, request.as_bytes()).await;
        assert!(answer.starts_with("HTTP/1.1 405 ") || answer.starts_with("HTTP/1.1 400 "), "{method}: {answer}");
        assert!(!answer.to_lowercase().contains("x-told"), "{method}: {answer}");
    }
}
