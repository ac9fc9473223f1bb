//! Tokens with which programs come, and the key of the wall board.

use askama::Template;
use askama_web::WebTemplate;
use axum::{
    Form,
    extract::{Path, Query, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Redirect, Response},
};
use jiff::Timestamp;
use serde::Deserialize;
use uuid::Uuid;

use super::{
    fields::Fields,
    paging::{self, link},
    people::words,
    shell::Shell,
    typed::{self, Typed},
    view::{self, When},
};
use crate::{
    actions::{self, By, TOKEN_DAYS, TokenScope, WantedToken},
    app::App,
    domain::{
        access::PeopleScope,
        policy::{Action, Relation, Resource},
    },
    error::{Error, Result},
    store::{
        directory::{self, Filter, Row},
        tokens::{self, TokenRow},
    },
};

#[derive(Template, WebTemplate)]
#[template(path = "tokens/index.html")]
pub struct IndexPage {
    shell: Shell,
    tokens: Vec<Line>,
    next: Option<String>,
    form: Typed,
    may_change: bool,
    /// Whose rights a new token may have: who fits the words that were looked for.
    people: Vec<Row>,
    words: String,
    days: i64,
}

pub struct Line {
    row: TokenRow,
    role: &'static str,
    scopes: String,
    made: When,
    ends: Option<When>,
    used: Option<When>,
}

#[derive(Debug, Default, Deserialize)]
pub struct Wanted {
    cursor: Option<String>,
    #[serde(default)]
    q: String,
}

const PAGE: i64 = 100;
/// So many people are offered at once; a name narrows them.
const OFFERED: i64 = 200;

pub async fn index(State(app): State<App>, shell: Shell, Query(wanted): Query<Wanted>) -> Result<IndexPage> {
    page(&app, shell, wanted, Typed::default()).await
}

async fn page(app: &App, shell: Shell, wanted: Wanted, form: Typed) -> Result<IndexPage> {
    let (viewer, db, now) = (shell.viewer()?, app.store.reader(), app.clock.now());
    viewer.may(Action::See, Resource::Token, Relation::Foreign)?;
    let after = paging::read_time(wanted.cursor.as_deref())?;
    let rows = tokens::list(db, now, after, PAGE + 1).await?;
    let (rows, next) = paging::cut(rows, PAGE, |row| (row.created_at.to_jiff().as_microsecond().to_string(), row.id));
    let may_change = viewer.may(Action::Change, Resource::Token, Relation::Foreign).is_ok();
    let words = super::systems::plain(&wanted.q);
    let filter = Filter {
        words: Some(words.clone()).filter(|words| !words.is_empty()),
        state: Some("active".to_owned()),
        ..Filter::default()
    };
    let people = if may_change {
        directory::list(db, &PeopleScope::of(viewer), &filter, None, OFFERED).await?
    } else {
        Vec::new()
    };
    let tokens = rows.into_iter().map(|row| Line::of(row, now)).collect();
    Ok(IndexPage { shell, tokens, next, form, may_change, people, words, days: TOKEN_DAYS })
}

impl IndexPage {
    fn is_chosen(&self, id: &Uuid) -> bool {
        self.form.text("membership") == id.to_string()
    }
}

impl Line {
    fn of(row: TokenRow, now: Timestamp) -> Self {
        let ago = |at: jiff_sqlx::Timestamp| view::ago(at.to_jiff(), now);
        Self {
            role: words(&row.role),
            scopes: row.scopes.join(", "),
            made: ago(row.created_at),
            ends: row.expires_at.map(|at| view::when(at.to_jiff(), "UTC", now)),
            used: row.last_used_at.map(ago),
            row,
        }
    }
}

/// The one time that a secret is shown.
#[derive(Template, WebTemplate)]
#[template(path = "tokens/made.html")]
pub struct MadePage {
    shell: Shell,
    name: String,
    secret: String,
    board: Option<String>,
    forever: bool,
}

pub async fn create(
    State(app): State<App>,
    headers: HeaderMap,
    shell: Shell,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Result<Response> {
    let made = match typed::fields(&pairs).and_then(|fields| wanted(&fields)) {
        Ok(wanted) => {
            let by = By::Person(shell.viewer()?);
            actions::make_token(&app.store, by, &wanted, app.clock.now()).await.map(|made| (wanted, made))
        }
        Err(error) => {
            shell.viewer()?.may(Action::Change, Resource::Token, Relation::Foreign).map_err(Error::from).and(Err(error))
        }
    };
    match made {
        Ok((wanted, made)) => {
            let board = (wanted.scope == TokenScope::Board)
                .then(|| link(&app, &headers, &format!("/board?key={}", made.secret)));
            let forever = wanted.days.is_none();
            let page = MadePage { shell, name: wanted.name, secret: made.secret, board, forever };
            Ok((StatusCode::CREATED, page).into_response())
        }
        Err(error) => {
            let form = Typed::from(pairs.as_slice()).with(error)?;
            Ok((form.status, page(&app, shell, Wanted::default(), form).await?).into_response())
        }
    }
}

/// `days` may say never, which only a board's token may mean.
pub fn wanted(fields: &Fields) -> Result<WantedToken> {
    let scope = TokenScope::from_name(fields.given("scope").unwrap_or("read").trim());
    let days = match fields.given("days").map(str::trim) {
        None => Some(TOKEN_DAYS),
        Some("never") => None,
        // What is no number is out of every range.
        Some(text) => Some(text.parse().unwrap_or(0)),
    };
    Ok(WantedToken {
        membership: fields.text("membership").trim().parse().unwrap_or_default(),
        name: fields.text("name").trim().to_owned(),
        scope: scope.ok_or_else(|| Error::invalid("scope", "A token is for read, write or board."))?,
        days,
    })
}

pub async fn revoke(State(app): State<App>, shell: Shell, Path(id): Path<String>) -> Result<Redirect> {
    let id: Uuid = id.parse().map_err(|_| Error::NotFound)?;
    actions::revoke_token(&app.store, By::Person(shell.viewer()?), id, app.clock.now()).await?;
    Ok(Redirect::to("/admin/tokens"))
}
