//! Where servers phone home. Answered only after every alarm of the message is durable.

mod formats;

pub use formats::{mail, pagerduty, prometheus, redfish, redfish_by_path, snmptrap};

use std::collections::BTreeMap;

use axum::{
    Json,
    body::Bytes,
    extract::{FromRef, FromRequestParts, State},
    http::{HeaderMap, StatusCode, header, request::Parts},
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};

use super::{address::Address, signed};
use crate::{
    actions,
    app::App,
    domain::alarm::Alarm,
    error::{Error, FieldError, Result},
    ingest::{Piece, Read, Sender, Unusable, alertmanager, kept_reason, native},
    store::credentials::Device,
};

/// A sender that has shown its credential, or signed.
pub struct Known(Device);

impl<S> FromRequestParts<S> for Known
where
    App: FromRef<S>,
    S: Send + Sync,
{
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self> {
        let app = App::from_ref(state);
        let Ok(from) = Address::from_request_parts(parts, state).await;
        signed::known(&app, parts, from).await.map(Self)
    }
}

pub async fn alarms(State(app): State<App>, Known(device): Known, headers: HeaderMap, body: Bytes) -> Result<Response> {
    let message = native::Message {
        content_type: headers.get(header::CONTENT_TYPE).and_then(|t| t.to_str().ok()).unwrap_or_default(),
        attributes: attributes(&headers),
        body: &body,
    };
    let read = native::read(&message, sender(&device), app.clock.now());
    receive(&app, &device, "native", &body, read).await
}

pub async fn alertmanager(State(app): State<App>, Known(device): Known, body: Bytes) -> Result<Response> {
    let read = alertmanager::read(&body, sender(&device), app.clock.now());
    receive(&app, &device, "alertmanager", &body, read).await
}

fn sender(device: &Device) -> Sender<'_> {
    Sender { site_code: &device.site_code, serial: device.serial.as_deref() }
}

fn attributes(headers: &HeaderMap) -> BTreeMap<String, String> {
    let ours = headers.iter().filter_map(|(name, value)| {
        let name = name.as_str().strip_prefix("ce-")?;
        Some((name.to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned()))
    });
    ours.collect()
}

async fn receive(app: &App, device: &Device, format: &str, body: &[u8], read: Read<Vec<Piece>>) -> Result<Response> {
    Ok((StatusCode::ACCEPTED, Json(received(app, device, format, body, read).await?)).into_response())
}

/// What can't be used is kept whole and named in the answer; the rest is received one by one.
async fn received(app: &App, device: &Device, format: &str, body: &[u8], read: Read<Vec<Piece>>) -> Result<Value> {
    let pieces = match read {
        Ok(pieces) => pieces,
        Err(unusable) => {
            keep(app, device, format, &unusable, body).await?;
            return Err(Error::invalid("body", unusable.0));
        }
    };
    let (mut results, mut accepted, mut faults) = (Vec::with_capacity(pieces.len()), 0, Vec::new());
    let alarms = pieces.iter().filter_map(|piece| piece.read.clone().ok()).collect();
    let mut receipts = actions::receive_alarms(app, device, alarms).await?.into_iter();
    for Piece { read, body } in &pieces {
        match read {
            Ok(alarm) => {
                accepted += 1;
                results.extend(receipts.next().map(|receipt| result(alarm, &receipt)));
            }
            Err(unusable) => {
                keep(app, device, format, unusable, body).await?;
                results.push(json!({"disposition": "rejected", "error": unusable.0}));
                faults.push(FieldError { field: format!("{}", results.len() - 1), message: unusable.0.clone() });
            }
        }
    }
    if accepted == 0 && !faults.is_empty() {
        return Err(Error::Invalid(faults));
    }
    Ok(json!({"accepted": accepted, "results": results}))
}

/// Its number was heard, whatever else can't be read of it.
async fn keep(app: &App, device: &Device, format: &str, unusable: &Unusable, body: &[u8]) -> Result<()> {
    let sequence = native::numbered(body).filter(|_| format == "native");
    let reason = kept_reason(unusable);
    let unread = actions::Unread { format, reason: &reason, sequence: sequence.as_ref(), body };
    actions::keep_message(app, device, &unread).await
}

fn result(alarm: &Alarm, receipt: &actions::Receipt) -> Value {
    let mut result = json!({"id": alarm.source_id, "disposition": receipt.disposition});
    if let Some(call) = receipt.call {
        result["call"] = json!(call);
    }
    if let Some(test) = &receipt.test {
        result["receipt"] = json!(test.for_outside());
    }
    result
}
