//! Places in lists that go on: the last row's key, behind which the next page begins.

use axum::http::HeaderMap;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jiff::Timestamp;
use uuid::Uuid;

use super::shell::host;
use crate::{
    app::App,
    error::{Error, Result},
};

/// By which a list is ordered, and what tells equal ones apart.
pub type Key = (String, Uuid);

/// One row more than the page was asked for: it is not shown, but says that there is a next page.
pub fn cut<T>(mut rows: Vec<T>, size: i64, key: impl Fn(&T) -> Key) -> (Vec<T>, Option<String>) {
    let size = usize::try_from(size).unwrap_or(0);
    let more = rows.len() > size;
    rows.truncate(size);
    let next = rows.last().filter(|_| more).map(|last| {
        let (order, id) = key(last);
        URL_SAFE_NO_PAD.encode(format!("{id}/{order}"))
    });
    (rows, next)
}

pub fn read(cursor: Option<&str>) -> Result<Option<Key>> {
    let Some(text) = cursor.filter(|text| !text.is_empty()) else { return Ok(None) };
    let read = || {
        let plain = String::from_utf8(URL_SAFE_NO_PAD.decode(text).ok()?).ok()?;
        let (id, order) = plain.split_once('/')?;
        Some((order.to_owned(), id.parse().ok()?)).filter(|_| !order.contains('\0'))
    };
    read()
        .map(Some)
        .ok_or_else(|| Error::invalid("cursor", "That is not a place in this list; begin at its first page."))
}

/// A place in a list that is ordered by time.
pub fn read_time(cursor: Option<&str>) -> Result<Option<(Timestamp, Uuid)>> {
    let Some((order, id)) = read(cursor)? else { return Ok(None) };
    let at = order.parse().ok().and_then(|micros| Timestamp::from_microsecond(micros).ok());
    at.map(|at| Some((at, id))).ok_or_else(|| Error::invalid("cursor", "That is not a place in this list."))
}

/// The address of a page as others can open it. Whoever asks chooses the name in the request, so a secret is never put
/// behind it: where nobody has said where people reach the portal, it is the path alone. A demo is on one's own machine.
pub fn link(app: &App, headers: &HeaderMap, path: &str) -> String {
    match app.config.public_url.as_deref() {
        Some(own) => format!("{}{path}", own.trim_end_matches('/')),
        None if app.config.demo => format!("http://{}{path}", host(headers)),
        None => path.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_page_begins_after_the_last_row() {
        let ids = [Uuid::now_v7(), Uuid::now_v7(), Uuid::now_v7()];
        let rows: Vec<_> = ids.iter().map(|id| ("ann/ä".to_owned(), *id)).collect();
        let (shown, next) = cut(rows.clone(), 2, Clone::clone);

        assert_eq!(shown, rows[..2]);
        assert_eq!(read(next.as_deref()).unwrap(), Some(rows[1].clone()));
        assert_eq!(cut(rows, 3, Clone::clone).1, None);
    }

    #[test]
    fn what_is_no_place_is_refused() {
        for text in ["x", "!!", "YWJj", &URL_SAFE_NO_PAD.encode(format!("{}/a\0b", Uuid::nil()))] {
            assert!(read(Some(text)).is_err(), "{text}");
        }
        assert_eq!(read(Some("")).unwrap(), None);
        let word = URL_SAFE_NO_PAD.encode(format!("{}/yesterday", Uuid::nil()));
        assert!(read_time(Some(&word)).is_err());
    }
}
