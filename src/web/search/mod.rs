//! Looking for something: what is named exactly opens at once, words find systems and calls.

mod find;

use std::collections::HashMap;

use askama::Template;
use askama_web::WebTemplate;
use axum::{
    extract::{Query, State},
    response::{IntoResponse, Redirect, Response},
};
use serde::Deserialize;
use uuid::Uuid;

pub use self::find::{calls as find_calls, zone};
use super::{
    calls::{cursor, page},
    fleet::SystemLine,
    problem::escape,
    shell::Shell,
    systems::plain,
    view::CallRow,
};
use crate::{
    app::App,
    domain::{
        access::Viewer,
        number::{CallNumber, NumberError},
        words::{LookedFor, Order, Piece, Typed, excerpt, highlight, says_it_all},
    },
    error::Result,
    store::{
        calls::{self, CallSummary},
        search::{self, Named},
        systems,
    },
};

#[derive(Template, WebTemplate)]
#[template(path = "search/show.html")]
pub struct ShowPage {
    shell: Shell,
    words: String,
    unclear: Vec<String>,
    hits: Vec<Hit>,
    systems: Vec<SystemLine>,
    everything: bool,
    newest: bool,
    next: Option<String>,
    first: bool,
}

/// A call that fits, and where in it the words are.
struct Hit {
    call: CallRow,
    title: Vec<Piece>,
    excerpt: Vec<Piece>,
}

#[derive(Debug, Default, Deserialize)]
pub struct Wanted {
    #[serde(default)]
    q: String,
    /// `newest`, or what says the most first.
    #[serde(default)]
    sort: String,
    cursor: Option<String>,
}

const CALLS: i64 = 20;
const SYSTEMS: i64 = 8;
/// Longer names nothing has.
const LONGEST_NAME: usize = 80;
/// What a reader takes in of a hit beside its title.
const EXCERPT: usize = 180;

pub async fn show(State(app): State<App>, shell: Shell, Query(wanted): Query<Wanted>) -> Result<Response> {
    let viewer = shell.viewer()?;
    let words = meant(&plain(&wanted.q)).to_owned();
    let first = wanted.cursor.is_none();
    if first && let Some(address) = exactly(&app, viewer, &words).await? {
        return Ok(Redirect::to(&address).into_response());
    }
    let mut typed = Typed::read(&words, &zone(viewer));
    if wanted.sort == "newest" || !first {
        typed.order = Order::Newest;
    }
    let after = wanted.cursor.as_deref().map(cursor).transpose()?;
    let (rows, next) = match typed.order {
        Order::Newest => page(find_calls(&app, viewer, &typed, after, CALLS + 1).await?, CALLS),
        // What says the most is not in an order that goes on; by time everything can be reached.
        Order::Relevance => (find_calls(&app, viewer, &typed, None, CALLS).await?, None),
    };
    let hits = hits(&app, viewer, &rows, &typed.looked_for).await?;
    let systems = if first { named_systems(&app, viewer, &words).await? } else { Vec::new() };
    let unclear = typed.unclear.iter().cloned().chain(hint(&words)).collect();
    let (everything, newest) = (viewer.sees_all_customers(), typed.order == Order::Newest);
    Ok(ShowPage { shell, words, unclear, hits, systems, everything, newest, next, first }.into_response())
}

/// People say ticket and case for call.
pub fn meant(typed: &str) -> &str {
    let said = typed.split_once(' ').filter(|(word, rest)| {
        ["ticket", "case", "call"].iter().any(|said| word.eq_ignore_ascii_case(said))
            && rest.contains(|c: char| c.is_ascii_digit())
    });
    said.map_or(typed, |(_, rest)| rest.trim().trim_start_matches('#'))
}

/// The address of what the words name exactly, if the reader may see it.
async fn exactly(app: &App, viewer: &Viewer, words: &str) -> Result<Option<String>> {
    if words.is_empty() || words.len() > LONGEST_NAME || !words.contains(|c: char| c.is_ascii_digit() || c == '-') {
        return Ok(None);
    }
    let db = app.store.reader();
    if let Ok(number) = words.parse::<CallNumber>()
        && calls::one(db, &viewer.scope, number).await?.is_some()
    {
        return Ok(Some(format!("/calls/{number}")));
    }
    if let Some(number) = calls::by_external_number(db, &viewer.scope, words).await? {
        return Ok(Some(format!("/calls/{number}")));
    }
    Ok(search::named(db, &viewer.scope, words).await?.map(|named| match named {
        Named::System(serial) => format!("/systems/{}", escaped(&serial)),
        Named::Site(code) => format!("/sites/{}", escaped(&code)),
    }))
}

/// A serial may hold what has a meaning in an address.
fn escaped(name: &str) -> String {
    escape(name).replace('/', "%2F")
}

/// Systems of which the name begins so, or that of their site.
pub async fn named_systems(app: &App, viewer: &Viewer, words: &str) -> Result<Vec<SystemLine>> {
    if words.is_empty() || words.len() > LONGEST_NAME {
        return Ok(Vec::new());
    }
    let (db, now) = (app.store.reader(), app.clock.now());
    let rows = systems::beginning_with(db, &viewer.scope, now, &words.to_lowercase(), SYSTEMS).await?;
    Ok(SystemLine::all(&rows, now))
}

async fn hits(app: &App, viewer: &Viewer, rows: &[CallSummary], looked_for: &LookedFor) -> Result<Vec<Hit>> {
    let mut said = said(app, viewer, rows, looked_for).await?;
    let calls = CallRow::all(rows, viewer, app.clock.now());
    let hit = |(row, call): (&CallSummary, CallRow)| Hit {
        title: highlight(&row.title, looked_for),
        excerpt: said.remove(&row.id).unwrap_or_default(),
        call,
    };
    Ok(rows.iter().zip(calls).map(hit).collect())
}

/// Of each call whose title does not say it all, the first line that has one of the words.
async fn said(
    app: &App,
    viewer: &Viewer,
    rows: &[CallSummary],
    looked_for: &LookedFor,
) -> Result<HashMap<Uuid, Vec<Piece>>> {
    let unsaid = rows.iter().filter(|row| !says_it_all(&row.title, looked_for));
    let (customers, calls): (Vec<Uuid>, Vec<Uuid>) = unsaid.map(|row| (row.customer_id, row.id)).unzip();
    if looked_for.is_empty() || calls.is_empty() {
        return Ok(HashMap::new());
    }
    let mut found = HashMap::new();
    for line in search::said(app.store.reader(), &viewer.scope, &customers, &calls).await? {
        if !found.contains_key(&line.call_id)
            && let Some(pieces) = excerpt(&line.body, looked_for, EXCERPT)
        {
            found.insert(line.call_id, pieces);
        }
    }
    Ok(found)
}

/// A mistyped call number is named as such; a right one that opens nothing says no more than that.
fn hint(words: &str) -> Option<String> {
    match words.parse::<CallNumber>() {
        Err(NumberError::CheckDigit) => Some(NumberError::CheckDigit.to_string()),
        Ok(number) => Some(format!("There is no call {number} that you may see.")),
        Err(NumberError::Shape) => None,
    }
}

impl ShowPage {
    fn found(&self) -> String {
        let calls = match (self.hits.len(), self.newest, self.next.is_some() || !self.first) {
            (1, _, false) => "1 call".to_owned(),
            (n, true, true) => format!("{n} calls of this page"),
            (n, false, _) if i64::try_from(n).is_ok_and(|n| n >= CALLS) => format!("the {n} calls that fit best"),
            (n, ..) => format!("{n} calls"),
        };
        match self.systems.len() {
            0 => calls,
            1 => format!("{calls} · 1 system"),
            n => format!("{calls} · {n} systems"),
        }
    }

    /// The same question in the other order.
    fn address(&self, newest: bool, after: Option<&str>) -> String {
        let sort = if newest { "&sort=newest" } else { "" };
        let after = after.map(|after| format!("&cursor={after}")).unwrap_or_default();
        format!("/search?q={}{sort}{after}", escape(&self.words))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticket_and_case_are_other_words_for_call() {
        for (typed, looked_for) in [
            ("ticket C-2041172-5", "C-2041172-5"),
            ("Case 12", "12"),
            ("case #12", "12"),
            ("CALL INC0000045", "INC0000045"),
            ("case fan", "case fan"),
            ("C-2041172-5", "C-2041172-5"),
            ("ticket", "ticket"),
        ] {
            assert_eq!(meant(typed), looked_for);
        }
    }

    #[test]
    fn a_slip_in_a_number_is_named() {
        let right = CallNumber::from_serial(2_041_172).to_string();
        let slip = right.replace("204", "205");

        assert!(hint(&slip).is_some_and(|hint| hint.contains("slip")));
        assert_eq!(hint("fan threshold"), None);
    }
}
