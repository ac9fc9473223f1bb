//! Messages that are signed: who sent them is proved before anything reads them, and none does anything twice.

use axum::{
    body::{Body, Bytes, to_bytes},
    extract::{FromRequest, Request, State},
    http::{HeaderMap, StatusCode, header, request::Parts},
    middleware::Next,
    response::{IntoResponse, Response},
};

use super::{address::Address, credential};
use crate::{
    actions,
    app::App,
    domain::signature::{self, Refused, Signature},
    error::{Error, Result},
    ingest::native,
    store::{credentials::Device, signed::Answered},
};

const SIGNATURE: &str = "meridian-signature";
/// The serial of the system or the code of the site whose credential was used; else the message itself names it.
const DEVICE: &str = "meridian-device";

const UNREADABLE: &str = "The Meridian-Signature header can't be read; it is t=<unix>,n=<nonce of 8 to 64 characters>,\
    v1=<hex>.";
const WRONG: &str = "No credential known here has made this signature. Sign with the one of the system or of its \
    site's gateway, and name the serial or the code of the site in a Meridian-Device header.";
const USED: &str = "This nonce was used for another message. Choose a new one for each.";

/// Who has proved by a signature that they sent this request.
#[derive(Clone)]
pub struct Proved(pub Device);

pub async fn verify(State(app): State<App>, from: Address, request: Request, next: Next) -> Response {
    if !request.uri().path().starts_with("/ingest/") || !request.headers().contains_key(SIGNATURE) {
        return next.run(request).await;
    }
    answer(&app, from, request, next).await.unwrap_or_else(IntoResponse::into_response)
}

async fn answer(app: &App, from: Address, request: Request, next: Next) -> Result<Response> {
    let (mut parts, body) = request.into_parts();
    let signature = said(&parts.headers, SIGNATURE).and_then(|header| Signature::parse(header).ok());
    let signature = signature.ok_or(Error::WrongCredential(UNREADABLE))?;
    let body = match Bytes::from_request(Request::from_parts(parts.clone(), body), &()).await {
        Ok(body) => body,
        Err(rejection) => return Ok(rejection.into_response()),
    };
    let device = sender(app, &signature, &parts, &body).await?;
    actions::note_device_use(app, &device, from.to_string());
    if let Some(before) = actions::answered_before(app, &device, &signature).await? {
        if before.mac != signature.mac() {
            return Err(Error::WrongCredential(USED));
        }
        if let Some(again) = told_again(before) {
            return Ok(again);
        }
    }
    parts.extensions.insert(Proved(device.clone()));
    let response = next.run(Request::from_parts(parts, Body::from(body))).await;
    remembered(app, &device, &signature, response).await
}

/// A wrong clock is told to whoever has proved the rest: they may correct it and sign again.
async fn sender(app: &App, signature: &Signature, parts: &Parts, body: &[u8]) -> Result<Device> {
    let path = parts.uri.path_and_query().map_or("/", |path| path.as_str());
    let request = signature::Request { method: parts.method.as_str(), path, body };
    let named = named(parts, body).ok_or(Error::WrongCredential(WRONG))?;
    let device = actions::who_signed(app, &named, signature, request).await?;
    let device = device.ok_or(Error::WrongCredential(WRONG))?;
    let now = app.clock.now();
    if !signature.is_in_time(now) {
        return Err(Error::ClockSkew { now, sentence: Refused::ClockSkew.to_string() });
    }
    Ok(device)
}

fn named(parts: &Parts, body: &[u8]) -> Option<String> {
    let header = said(&parts.headers, DEVICE).map(|name| name.trim().to_owned());
    let named = header.or_else(|| native::sender(said(&parts.headers, "ce-source"), body));
    named.filter(|name| !name.is_empty() && !name.contains('\0'))
}

fn said<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

/// The answer that was lost on its way, word for word.
fn told_again(before: Answered) -> Option<Response> {
    let json = [(header::CONTENT_TYPE, "application/json")];
    before.answer.map(|answer| (StatusCode::ACCEPTED, json, answer).into_response())
}

/// What was refused has done nothing, and may be sent again as it is.
async fn remembered(app: &App, device: &Device, signature: &Signature, response: Response) -> Result<Response> {
    if response.status() != StatusCode::ACCEPTED {
        return Ok(response);
    }
    let (parts, body) = response.into_parts();
    let body = to_bytes(body, usize::MAX).await.map_err(|e| Error::Internal(e.to_string()))?;
    actions::remember_answer(app, device, signature, &String::from_utf8_lossy(&body)).await;
    Ok(Response::from_parts(parts, Body::from(body)))
}

/// A sender that has shown its credential, or signed.
pub async fn known(app: &App, parts: &Parts, from: Address) -> Result<Device> {
    if let Some(Proved(device)) = parts.extensions.get::<Proved>() {
        return Ok(device.clone());
    }
    let secret = credential::bearer(&parts.headers).ok_or(Error::WrongCredential(credential::DEVICE))?;
    credential::device(app, secret, from, credential::DEVICE).await
}
