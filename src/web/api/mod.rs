//! `/api/v1`: the same calls, systems and queues for programs, in JSON.
pub mod audit;
pub mod availability;
pub mod calls;
pub mod course;
pub mod deeds;
pub mod describe;
pub mod devices;
pub mod faults;
pub mod handovers;
pub mod house;
pub mod ledger;
pub mod maintenance;
pub mod me;
pub mod once;
pub mod people;
pub mod queues;
mod read;
pub mod remote_access;
pub mod routing;
pub mod search;
mod shapes;
pub mod systems;
pub mod tag;
mod terms;
pub mod timeline;

use axum::Json;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::Deserialize;
use utoipa::IntoParams;
use uuid::Uuid;

use self::shapes::{CallSummary, List};
use super::calls::cursor;
use crate::{
    domain::access::Viewer,
    error::{Error, Result},
    store::calls::{self as store, Cursor},
};

/// Where a list begins and how much of it is wanted.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Paging {
    /// The `next_cursor` of the page before.
    cursor: Option<String>,
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<i64>,
}

impl Paging {
    pub fn limit(&self) -> Result<i64> {
        limit(self.limit)
    }

    pub fn after(&self) -> Result<Option<Cursor>> {
        self.cursor.as_deref().map(cursor).transpose()
    }
}

fn limit(wanted: Option<i64>) -> Result<i64> {
    match wanted {
        None => Ok(50),
        Some(limit) if (1..=200).contains(&limit) => Ok(limit),
        Some(_) => Err(Error::invalid("limit", "The limit is 1 to 200.")),
    }
}

/// One row more than was asked for says that there is a next page, and where it begins.
fn cut<T>(mut rows: Vec<T>, limit: i64, place: impl Fn(&T) -> String) -> (Vec<T>, Option<String>) {
    let size = usize::try_from(limit).unwrap_or(0);
    let more = rows.len() > size;
    rows.truncate(size);
    let next = rows.last().filter(|_| more).map(place);
    (rows, next)
}

/// A page of a list that is short enough to be made as a whole; `name` tells its rows apart.
fn paged<T>(
    rows: Vec<T>,
    paging: &Paging,
    order: &str,
    name: impl Fn(&T) -> String,
) -> Result<(Vec<T>, Option<String>)> {
    let limit = paging.limit()?;
    let begin = match paging.cursor.as_deref().map(|cursor| placed(order, cursor)).transpose()? {
        None => 0,
        Some((last, _)) => rows.iter().position(|row| name(row) == last).ok_or_else(misplaced)? + 1,
    };
    let most = usize::try_from(limit).unwrap_or(0) + 1;
    let rest = rows.into_iter().skip(begin).take(most).collect();
    Ok(cut(rest, limit, |last| place(order, &name(last), Uuid::nil())))
}

/// A place in a list: what the list is ordered by, and the id that tells equals apart.
fn place(order: &str, key: &str, id: Uuid) -> String {
    URL_SAFE_NO_PAD.encode(format!("{order}/{id}/{key}"))
}

/// The key and the id of a place in a list of that order.
fn placed(order: &str, cursor: &str) -> Result<(String, Uuid)> {
    let read = || {
        let plain = String::from_utf8(URL_SAFE_NO_PAD.decode(cursor).ok()?).ok()?;
        let (id, key) = plain.strip_prefix(order)?.strip_prefix('/')?.split_once('/')?;
        Some((key.to_owned(), id.parse().ok()?))
    };
    read().filter(|(key, _)| !key.contains('\0')).ok_or_else(misplaced)
}

fn misplaced() -> Error {
    Error::invalid("cursor", "That is not a place in this list; begin at its first page.")
}

/// Calls as this reader may know them.
fn calls_for(
    viewer: &Viewer,
    (rows, next_cursor): (Vec<store::CallSummary>, Option<String>),
) -> Json<List<CallSummary>> {
    let internal = viewer.scope.internal();
    Json(List { data: rows.into_iter().map(|row| CallSummary::of(row, internal)).collect(), next_cursor })
}

fn list<R, T: From<R>>((rows, next_cursor): (Vec<R>, Option<String>)) -> Json<List<T>> {
    Json(List { data: rows.into_iter().map(T::from).collect(), next_cursor })
}
