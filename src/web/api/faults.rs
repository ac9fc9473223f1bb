//! What is wrong with the systems that a call is about.

use axum::{
    Json,
    extract::{Path, State},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

use super::{super::session::Caller, Paging, calls::named, cut, misplaced, read::Asked, shapes::Faults, terms::Reads};
use crate::{
    app::App,
    error::Result,
    store::{calls, faults},
};

/// What machines say is wrong, one element for each fault: those that stand first.
#[utoipa::path(get, path = "/api/v1/calls/{number}/faults", tag = "calls", params(Paging),
    responses((status = 200, body = Faults), Reads))]
pub async fn index(
    State(app): State<App>,
    Caller(viewer): Caller,
    Path(number): Path<String>,
    Asked(paging): Asked<Paging>,
) -> Result<Json<Faults>> {
    let (db, scope, limit) = (app.store.reader(), &viewer.scope, paging.limit()?);
    let after = paging.cursor.as_deref().map(|cursor| read(cursor).ok_or_else(misplaced)).transpose()?;
    let call = calls::find(db, scope, named(&number)?).await?.call;
    let tally = faults::tally(db, scope, call.customer_id, call.id).await?;
    let after = after.as_ref().map(|(over, name)| (*over, name.as_str()));
    let rows = faults::of_call(db, scope, (call.customer_id, call.id), after, limit + 1).await?;
    let rows = cut(rows, limit, |last| place(last.over_at.is_some(), &last.fingerprint));
    Ok(Json(Faults::of(&call, tally, rows)))
}

pub fn place(over: bool, fingerprint: &str) -> String {
    URL_SAFE_NO_PAD.encode(format!("{}{fingerprint}", u8::from(over)))
}

pub fn read(cursor: &str) -> Option<(bool, String)> {
    let plain = String::from_utf8(URL_SAFE_NO_PAD.decode(cursor).ok()?).ok()?;
    let (over, fingerprint) = plain.split_at_checked(1)?;
    (["0", "1"].contains(&over) && !fingerprint.contains('\0')).then(|| (over == "1", fingerprint.to_owned()))
}
