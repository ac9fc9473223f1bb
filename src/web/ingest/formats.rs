//! Where monitoring of other makes phones home, each in its own words.

use axum::{
    Json,
    body::Bytes,
    extract::{Path, RawQuery, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};
use url::form_urlencoded;

use super::{Known, receive, received, sender};
use crate::{
    app::App,
    error::{Error, Result},
    ingest::{mail as mails, pagerduty as pages, prometheus as alerts, redfish as events, snmp},
    web::{
        address::Address,
        credential::{self, DEVICE, ROUTING_KEY, bearer},
    },
};

pub async fn prometheus(State(app): State<App>, Known(device): Known, body: Bytes) -> Result<Response> {
    let read = alerts::read(&body, sender(&device), app.clock.now());
    receive(&app, &device, "prometheus", &body, read).await
}

/// Answered as PagerDuty answers, and as we do: its clients look for their own part.
pub async fn pagerduty(State(app): State<App>, from: Address, headers: HeaderMap, body: Bytes) -> Result<Response> {
    let (key, event) = pages::open(&body);
    let secret = bearer(&headers).or(routing_key(&headers)).or(key.as_deref());
    let Known(device) = shown(&app, secret, from, ROUTING_KEY).await?;
    let event = match event {
        Ok(event) => event,
        Err(unusable) => return receive(&app, &device, "pagerduty", &body, Err(unusable)).await,
    };
    let now = app.clock.now();
    let read = Ok(vec![pages::read(&event, sender(&device), now)]);
    let mut answer = received(&app, &device, "pagerduty", &event.body(), read).await?;
    answer["status"] = json!("success");
    answer["message"] = json!("Event processed");
    answer["dedup_key"] = Value::String(event.dedup_key(now));
    Ok((StatusCode::ACCEPTED, Json(answer)).into_response())
}

/// Newer clients of PagerDuty put the key there.
fn routing_key(headers: &HeaderMap) -> Option<&str> {
    headers.get("x-routing-key")?.to_str().ok()
}

pub async fn redfish(State(app): State<App>, Known(device): Known, body: Bytes) -> Result<Response> {
    let read = events::read(&body, sender(&device), app.clock.now());
    receive(&app, &device, "redfish", &body, read).await
}

/// For controllers whose subscriptions can't be given a header.
pub async fn redfish_by_path(
    State(app): State<App>,
    from: Address,
    Path(secret): Path<String>,
    body: Bytes,
) -> Result<Response> {
    let known = shown(&app, Some(&secret), from, DEVICE).await?;
    redfish(State(app), known, body).await
}

/// The handler may say in its query which address is which system: `?10.1.2.3=FT6500-001234`.
pub async fn snmptrap(
    State(app): State<App>,
    Known(device): Known,
    RawQuery(query): RawQuery,
    body: Bytes,
) -> Result<Response> {
    let query = query.unwrap_or_default();
    let named = form_urlencoded::parse(query.as_bytes());
    let addresses = named.filter_map(|(address, serial)| Some((address.parse().ok()?, serial.into_owned()))).collect();
    let read = snmp::read(&body, &addresses, sender(&device), app.clock.now());
    receive(&app, &device, "snmp", &body, read).await
}

pub async fn mail(State(app): State<App>, Known(device): Known, body: Bytes) -> Result<Response> {
    let read = mails::read(&body, sender(&device), app.clock.now());
    receive(&app, &device, "mail", &body, read).await
}

/// A credential that came elsewhere than in the header.
async fn shown(app: &App, secret: Option<&str>, from: Address, unknown: &'static str) -> Result<Known> {
    let secret = secret.ok_or(Error::WrongCredential(unknown))?;
    credential::device(app, secret, from, unknown).await.map(Known)
}
