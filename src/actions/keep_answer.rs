use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::house_key::house_key;
use crate::{
    app::App,
    error::{Error, Result},
    seal,
    store::request_keys::{self, Known, RequestKey},
};

/// The house's key of that name: an answer may have a secret in it that is shown once.
const KEY: &str = "answers";

/// Longer ones are not kept.
const LONGEST: usize = 512 * 1024;

/// No request takes so long; what has no answer by then never will.
const UNDER_WAY: SignedDuration = SignedDuration::from_mins(2);

/// What a request was answered with, as it goes over the wire.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: String,
}

/// What is known of a request that comes with a key.
#[derive(Debug)]
pub enum Before {
    /// Nothing, or what it did is found again by doing the same.
    Nothing,
    Answered(Answer),
    UnderWay,
    /// It was carried out, and nobody has kept what it was answered.
    Lost,
}

pub async fn answer_before(app: &App, request: &RequestKey) -> Result<Before> {
    let known = request_keys::find(app.store.reader(), request, KEY).await?;
    Ok(known.map_or(Before::Nothing, |known| judged(request, &known, app.clock.now())))
}

fn judged(request: &RequestKey, known: &Known, now: Timestamp) -> Before {
    match opened(request, known) {
        Some(answer) => Before::Answered(answer),
        None if known.has_call => Before::Nothing,
        None if known.at.to_jiff() + UNDER_WAY > now => Before::UnderWay,
        None => Before::Lost,
    }
}

/// Keeps what a request was answered with; answers what is told to whoever sends it again, which of two that came at
/// once is what was kept first.
pub async fn keep_answer(app: &App, request: &RequestKey, answer: Answer) -> Result<Answer> {
    let plain = serde_json::to_vec(&answer).map_err(|e| Error::Internal(e.to_string()))?;
    if plain.len() > LONGEST {
        return Ok(answer);
    }
    let mut tx = app.store.begin_write().await?;
    let key = house_key(&mut tx, KEY).await?;
    let sealed = seal::seal(&key, &purpose(request), &plain)?;
    let first = request_keys::keep(&mut tx, request, &sealed, app.clock.now()).await?;
    let kept = if first { None } else { request_keys::find(&mut *tx, request, KEY).await? };
    tx.commit().await?;
    Ok(kept.and_then(|kept| opened(request, &kept)).unwrap_or(answer))
}

/// A request that was refused after some of it was done leaves its key free: who mends it sends it again.
pub async fn free_key(app: &App, request: &RequestKey) -> Result<()> {
    let mut tx = app.store.begin_write().await?;
    request_keys::free(&mut tx, request).await?;
    tx.commit().await?;
    Ok(())
}

fn opened(request: &RequestKey, known: &Known) -> Option<Answer> {
    let (key, sealed) = (known.sealed_with.as_ref()?, known.answer.as_ref()?);
    serde_json::from_slice(&seal::open(key, &purpose(request), sealed)?).ok()
}

/// What was sealed for one request opens as no other.
fn purpose(request: &RequestKey) -> String {
    format!("answer:{}:{}", request.actor_id, request.key)
}
