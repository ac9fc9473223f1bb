//! Every address of the portal, read from the table of its routes, and what it takes to ask at it.

use serde_json::json;
use uuid::Uuid;

use crate::{page::Page, support::Person};

pub const NOUNS: [&str; 14] = [
    "acknowledgement",
    "assignment",
    "entries",
    "question",
    "hold",
    "severity",
    "review",
    "handover",
    "restoration",
    "resolution",
    "rejection",
    "closure",
    "reopening",
    "cancellation",
];

/// Enough for any of the forms, so that none is refused for what it lacks.
const COMPLETE: [(&str, &str); 9] = [
    ("body", "x"),
    ("action", "take"),
    ("reason", "x"),
    ("kind", "comment"),
    ("hold_reason", "part"),
    ("severity", "2"),
    ("queue", "emea-os"),
    ("resolution_code", "fixed"),
    ("cause", "dust"),
];

/// Addresses that answer somebody who has not signed in, and give nothing away.
pub const PUBLIC: [&str; 14] = [
    "/session/new",
    "/session",
    "/session/end",
    "/session/passkey",
    "/session/passkey/challenge",
    "/session/oidc/{slug}",
    "/session/oidc/{slug}/callback",
    "/resets/{token}",
    "/ui",
    "/healthz",
    "/readyz",
    "/status",
    "/invitations/{secret}",
    "/api/v1/openapi.json",
];

pub struct Route {
    pub path: String,
    pub methods: Vec<&'static str>,
}

/// The table of addresses, read from its source: a new address is walked without anybody thinking of it.
pub fn routes() -> Vec<Route> {
    let source = ["routes.rs", "routes/programs.rs"]
        .map(|file| std::fs::read_to_string(format!("{}/src/web/{file}", env!("CARGO_MANIFEST_DIR"))).unwrap());
    let source = source.concat();
    let routes: Vec<Route> = source
        .split(".route(")
        .skip(1)
        .map(|rest| {
            let path = rest.split('"').nth(1).unwrap().to_owned();
            let handlers = &rest[rest.find(',').unwrap()..];
            let has = |method: &str| handlers.contains(&format!("{method}("));
            let methods = ["get", "post", "put", "patch", "delete"].into_iter().filter(|m| has(m)).collect();
            Route { path, methods }
        })
        .collect();
    assert!(routes.len() > 30, "only {} routes were found", routes.len());
    routes
}

/// The addresses of a route with Acme's names in it; `{noun}` gives one for each.
pub fn addresses(path: &str, number: &str) -> Vec<String> {
    let ids = [
        "{person}",
        "{membership}",
        "{invitation}",
        "{relation}",
        "{token_id}",
        "{access}",
        "{use_id}",
        "{device}",
        "{message}",
        "{window}",
        "{dispute}",
    ];
    let named = ids.iter().fold(path.to_owned(), |path, hole| path.replace(hole, &Uuid::nil().to_string()));
    let named = named
        .replace("{number}", number)
        .replace("{account}", "acme-rail")
        .replace("{calendar}", "emea")
        .replace("{country}", "FR")
        .replace("{name}", "emea")
        .replace("{cac}", "EMEA")
        .replace("{code}", "EMEA")
        .replace("{version}", "1")
        .replace("{file}", "emea.ics")
        .replace("{secret}", "mi_never-made")
        .replace("{credential}", "md_nobodys")
        .replace("{serial}", "FT-4400-2210")
        .replace("{site_code}", "LYON-2")
        .replace("{slug}", "emea-hardware")
        .replace("{key}", "call.new")
        .replace("{id}", "00000000-0000-0000-0000-000000000000")
        // Nobody's: what is one person's alone has tests of its own.
        .replace("{session}", "01990000-0000-7000-8000-000000000001")
        .replace("{passkey}", "01990000-0000-7000-8000-000000000001")
        .replace("{token}", "mr_nobodys")
        .replace("{*path}", "css/meridian.css");
    assert!(!named.replace("{noun}", "").contains('{'), "no name for the hole in {named}");
    if !named.contains("{noun}") {
        return vec![named];
    }
    NOUNS.iter().map(|noun| named.replace("{noun}", noun)).collect()
}

pub async fn ask(person: &Person, method: &str, path: &str) -> Page {
    if let Some(api) = path.strip_prefix("/api/v1") {
        let body = json!({"verb": "acknowledge", "kind": "comment", "body": "x"});
        return person.api(&method.to_uppercase(), api, (method != "get").then_some(&body)).await;
    }
    match method {
        "get" => person.get(path).await,
        "put" => person.put(path, "draft").await,
        _ => person.post(path, &COMPLETE).await,
    }
}
