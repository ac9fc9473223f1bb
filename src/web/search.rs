//! Looking for something: what is named exactly opens at once, words find calls and systems.

use askama::Template;
use askama_web::WebTemplate;
use axum::{
    extract::{Query, State},
    response::{IntoResponse, Redirect, Response},
};
use serde::Deserialize;

use super::{fleet::SystemLine, shell::Shell, systems::plain, view::CallRow};
use crate::{
    app::App,
    domain::{
        access::Viewer,
        number::{CallNumber, NumberError},
    },
    error::Result,
    store::{
        calls,
        search::{self, Named},
        systems::{self, Narrowed},
    },
};

#[derive(Template, WebTemplate)]
#[template(path = "search/show.html")]
pub struct ShowPage {
    shell: Shell,
    words: String,
    hint: Option<String>,
    calls: Vec<CallRow>,
    systems: Vec<SystemLine>,
    everything: bool,
}

#[derive(Debug, Default, Deserialize)]
pub struct Wanted {
    #[serde(default)]
    q: String,
}

const CALLS: i64 = 50;
const SYSTEMS: i64 = 20;

pub async fn show(State(app): State<App>, shell: Shell, Query(wanted): Query<Wanted>) -> Result<Response> {
    let viewer = shell.viewer()?;
    let words = meant(&plain(&wanted.q)).to_owned();
    if let Some(address) = exactly(&app, viewer, &words).await? {
        return Ok(Redirect::to(&address).into_response());
    }
    let (calls, systems) = found(&app, viewer, &words).await?;
    let everything = viewer.sees_all_customers();
    let hint = hint(&words);
    Ok(ShowPage { shell, words, hint, calls, systems, everything }.into_response())
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
    if words.is_empty() {
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
    super::problem::escape(name).replace('/', "%2F")
}

async fn found(app: &App, viewer: &Viewer, words: &str) -> Result<(Vec<CallRow>, Vec<SystemLine>)> {
    if words.is_empty() {
        return Ok((Vec::new(), Vec::new()));
    }
    let (db, now) = (app.store.reader(), app.clock.now());
    let calls = calls::search(db, &viewer.scope, words, CALLS).await?;
    let like = calls::like(words);
    let systems =
        systems::list(db, &viewer.scope, now, &Narrowed { words: Some(&like), ..Narrowed::default() }, SYSTEMS).await?;
    Ok((CallRow::all(&calls, viewer, now), SystemLine::all(&systems, now)))
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
    fn is_cut(&self) -> bool {
        i64::try_from(self.calls.len()).is_ok_and(|shown| shown >= CALLS)
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
