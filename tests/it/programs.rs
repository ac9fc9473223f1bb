//! Schemathesis: an outside program that reads the description and tries everything it can think of.

use std::{
    fs,
    path::{Path, PathBuf},
};

use serde_json::json;
use sqlx::PgPool;
use tokio::process::Command;

use crate::{
    faults::say,
    houses::{Houses, Reader},
    support::{MONDAY_AFTERNOON, TestApp},
};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/programs")
}

/// The names that exist, so that not every guess is at nothing: the reader's own, and everybody else's.
fn settings(houses: &Houses) -> String {
    let dictionary = |name: &str, words: &[String]| format!("{name} = {{ values = {} }}\n", json!(words));
    let slugs = ["emea-hardware".to_owned(), "partner".to_owned()];
    let common = fs::read_to_string(folder().join("schemathesis.toml")).unwrap();
    let mut settings = common + "\n[dictionaries]\n";
    for (name, words) in [
        ("numbers", houses.numbers.as_slice()),
        ("serials", &houses.serials),
        ("sites", &houses.sites),
        ("slugs", &slugs),
    ] {
        settings += &dictionary(name, words);
    }
    settings
}

/// How much is tried as one reader: what the run has time for.
fn extent(role: &str) -> Vec<&'static str> {
    let long = std::env::var("LONG").is_ok();
    match role {
        _ if long => vec!["--phases", "examples,coverage,fuzzing,stateful", "--max-examples", "25"],
        "customer" => vec!["--phases", "coverage", "--max-time", "40"],
        "partner" | "engineer" => vec!["--phases", "fuzzing", "--max-examples", "3"],
        _ => vec!["--phases", "fuzzing", "--max-examples", "1"],
    }
}

async fn tried(houses: &Houses, reader: &Reader, settings: &Path, extent: &[&str]) -> Result<(), String> {
    let mut command = Command::new(folder().join(".venv/bin/st"));
    command.arg("--config-file").arg(settings).arg("run");
    command.arg(format!("{}/api/v1/openapi.json", houses.portal.url)).args(extent);
    command.args(["--no-color", "--continue-on-failure", "--generation-database", "none", "--warnings", "off"]);
    command.env("SCHEMATHESIS_HOOKS", "foreign").env("PYTHONPATH", folder()).env("FOREIGN", reader.foreign.join(" "));
    if !reader.person.token.is_empty() {
        command.arg("-H").arg(format!("Authorization: Bearer {}", reader.person.token));
    }
    let output = command.current_dir(settings.parent().unwrap()).output().await.unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let cases = said.lines().find(|line| line.contains("generated")).unwrap_or("no case at all").trim();
    println!("{}: {cases}", reader.person.email);
    if output.status.success() && said.contains(" generated") {
        return Ok(());
    }
    Err(format!("{}:\n{said}\n{}", reader.role, String::from_utf8_lossy(&output.stderr)))
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn a_program_that_tries_everything_finds_no_fault_and_nothing_foreign(db: PgPool) {
    if !folder().join(".venv/bin/st").exists() {
        println!("skipped: Schemathesis is not installed, see scripts/install --test");
        return;
    }
    let houses = Houses::built(db).await;
    let place = tempfile::tempdir().unwrap();
    let file = place.path().join("schemathesis.toml");
    fs::write(&file, settings(&houses)).unwrap();
    let (mut faults, mut roles) = (Vec::new(), Vec::new());
    for reader in &houses.readers {
        // The second of a role sees other places by the same rules.
        if std::env::var("LONG").is_err() && roles.contains(&reader.role) {
            continue;
        }
        roles.push(reader.role);
        faults.extend(tried(&houses, reader, &file, &extent(reader.role)).await.err());
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// Requests that Schemathesis once sent to another desk, byte by byte; and the same to our addresses.
#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn requests_recorded_elsewhere_are_refused_in_words(db: PgPool) {
    let captured = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data/captured");
    let Ok(files) = fs::read_dir(captured) else {
        println!("skipped: there are no recorded requests beside this repository");
        return;
    };
    let portal = TestApp::at(MONDAY_AFTERNOON, db).await;
    let ilse = portal.staff("Ilse Kessler", "engineer").await;
    let files = files.map(|file| file.unwrap().path());
    let theirs = files.filter(|file| file.file_name().unwrap().to_string_lossy().starts_with("schemathesis"));
    let recorded: Vec<String> = theirs.map(|file| fs::read_to_string(file).unwrap()).collect();
    assert!(recorded.len() >= 6, "only {} requests were recorded", recorded.len());
    for request in recorded {
        let ours = request.replacen(" /schemathesis", " /api/v1", 1);
        for sent in [&request, &ours] {
            let token =
                format!("Authorization: Bearer {}\r\nConnection: close\r\nAccept-Encoding: identity", ilse.token);
            let sent =
                sent.replace("Accept-Encoding: gzip, deflate, zstd", &token).replace("Connection: keep-alive\r\n", "");
            let answer = say(&portal.url, sent.as_bytes()).await;
            let status = answer.split(' ').nth(1).unwrap();
            assert!(["200", "404", "415", "422"].contains(&status), "{sent}\n{answer}");
            let api = sent.split(' ').nth(1).unwrap().starts_with("/api/");
            assert!(!api || status == "200" || answer.contains("application/problem+json"), "{sent}\n{answer}");
        }
    }
}

/// The hook can tell: a word that everybody's answers have is found by it.
#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn a_foreign_word_would_be_found(db: PgPool) {
    if !folder().join(".venv/bin/st").exists() {
        println!("skipped: Schemathesis is not installed, see scripts/install --test");
        return;
    }
    let mut houses = Houses::built(db).await;
    let place = tempfile::tempdir().unwrap();
    let file = place.path().join("schemathesis.toml");
    fs::write(&file, settings(&houses)).unwrap();
    let mut auditor = houses.readers.remove(12);
    auditor.foreign = vec!["otto"];

    let only = ["--phases", "fuzzing", "--max-examples", "1", "--include-path", "/api/v1/me"];
    let told = tried(&houses, &auditor, &file, &only).await.unwrap_err();

    assert!(told.contains("otto"), "{told}");
}
