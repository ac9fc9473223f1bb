//! The description of the API against the table of addresses.

use std::{collections::BTreeSet, process::Command};

use serde_json::Value;
use sqlx::PgPool;

use crate::{
    addresses::routes,
    support::{MONDAY_AFTERNOON, TestApp},
};

async fn description(db: PgPool) -> Value {
    let portal = TestApp::at(MONDAY_AFTERNOON, db).await;
    portal.stranger().api("GET", "/openapi.json", None).await.json()
}

fn operations(description: &Value) -> Vec<(String, String, &Value)> {
    let paths = description["paths"].as_object().unwrap();
    let of = |(path, item): (&String, &'_ Value)| -> Vec<(String, String)> {
        item.as_object().unwrap().keys().map(|method| (method.clone(), path.clone())).collect()
    };
    let all = paths.iter().flat_map(of);
    all.map(|(method, path)| (method.clone(), path.clone(), &paths[&path][&method])).collect()
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn every_address_of_the_api_is_described_and_nothing_else(db: PgPool) {
    let description = description(db).await;

    let described: BTreeSet<(String, String)> =
        operations(&description).into_iter().map(|(method, path, _)| (method, path)).collect();

    let api = routes().into_iter().filter(|route| route.path.starts_with("/api/v1/"));
    let served: BTreeSet<(String, String)> =
        api.flat_map(|r| r.methods.into_iter().map(move |m| (m.to_owned(), r.path.clone()))).collect();
    assert_eq!(described, served);
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn every_operation_says_what_it_takes_answers_and_refuses(db: PgPool) {
    let description = description(db).await;
    let mut ids = BTreeSet::new();
    for (method, path, operation) in operations(&description) {
        let what = format!("{method} {path}");
        assert!(operation["summary"].as_str().is_some_and(|s| !s.is_empty()), "{what} has no summary");
        assert!(ids.insert(operation["operationId"].to_string()), "{what} shares its id");
        let responses = operation["responses"].as_object().unwrap();
        assert!(
            responses.contains_key("204")
                || ["200", "201"].iter().any(|done| responses.get(*done).is_some_and(|r| r["content"].is_object())),
            "{what} answers nothing"
        );
        if path.ends_with("openapi.json") {
            continue;
        }
        let mut refusals = vec!["401", "404", "422"];
        if method != "get" {
            refusals.extend(["409", "413", "415"]);
            assert!(method == "delete" || operation["requestBody"].is_object(), "{what} takes nothing");
        }
        for status in refusals {
            assert!(responses.contains_key(status), "{what} is never refused with {status}");
        }
    }
    for (name, refusal) in description["components"]["responses"].as_object().unwrap() {
        assert!(refusal["content"]["application/problem+json"].is_object(), "{name} is no problem");
    }
    let schemes: BTreeSet<_> = description["components"]["securitySchemes"].as_object().unwrap().keys().collect();
    assert_eq!(schemes, BTreeSet::from([&"session".to_owned(), &"token".to_owned()]));
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn the_command_line_prints_the_same_description(db: PgPool) {
    let served = description(db).await;

    let printed = Command::new(env!("CARGO_BIN_EXE_meridian")).arg("openapi").output().unwrap();

    assert!(printed.status.success(), "{}", String::from_utf8_lossy(&printed.stderr));
    assert_eq!(serde_json::from_slice::<Value>(&printed.stdout).unwrap(), served);
    assert_eq!(served["openapi"], "3.1.0");
}
