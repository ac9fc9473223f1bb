//! Accounts: customers and partners, what they have and who serves whom.
mod contracts;
pub mod relations;
mod show;

use askama::Template;
use askama_web::WebTemplate;
use axum::{
    Form,
    extract::{Query, State},
    response::{IntoResponse, Redirect, Response},
};
use serde::Deserialize;

use super::{
    paging,
    shell::Shell,
    systems::plain,
    typed::{self, Typed},
};
use crate::{
    actions::{self, WantedAccount},
    app::App,
    domain::policy::{Action, Relation, Resource},
    error::Result,
    store::accounts::{self, AccountRow},
};

pub use contracts::{contracts, whose as contracts_of};
pub use show::{add_relation, add_site, show};

#[derive(Template, WebTemplate)]
#[template(path = "accounts/index.html")]
pub struct IndexPage {
    shell: Shell,
    accounts: Vec<AccountRow>,
    words: String,
    kind: String,
    kept: String,
    next: Option<String>,
    form: Typed,
    may_change: bool,
}

#[derive(Debug, Default, Deserialize)]
pub struct Wanted {
    #[serde(default)]
    q: String,
    #[serde(default)]
    kind: String,
    cursor: Option<String>,
}

const PAGE: i64 = 100;

pub async fn index(State(app): State<App>, shell: Shell, Query(wanted): Query<Wanted>) -> Result<IndexPage> {
    page(&app, shell, wanted, Typed::default()).await
}

async fn page(app: &App, shell: Shell, wanted: Wanted, form: Typed) -> Result<IndexPage> {
    let viewer = shell.viewer()?;
    viewer.may(Action::See, Resource::Account, Relation::Foreign)?;
    let (words, kind) = (plain(&wanted.q), plain(&wanted.kind));
    let given = |text: &'_ str| (!text.is_empty()).then(|| text.to_owned());
    let (words_given, kind_given) = (given(&words), given(&kind));
    let after = paging::read(wanted.cursor.as_deref())?;
    let filter = (kind_given.as_deref(), words_given.as_deref());
    let (db, now) = (app.store.reader(), app.clock.now());
    let rows = accounts::list(db, &viewer.scope, now, filter, after.as_ref(), PAGE + 1).await?;
    let (accounts, next) = paging::cut(rows, PAGE, |row| (row.name.to_lowercase(), row.id));
    let may_change = viewer.may(Action::Change, Resource::Account, Relation::Foreign).is_ok();
    let escape = super::problem::escape;
    let kept = format!("&q={}&kind={}", escape(&words), escape(&kind));
    Ok(IndexPage { shell, accounts, words, kind, kept, next, form, may_change })
}

impl IndexPage {
    fn is_narrowed(&self) -> bool {
        !self.words.is_empty() || !self.kind.is_empty()
    }
}

pub async fn create(
    State(app): State<App>,
    shell: Shell,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Result<Response> {
    match make(&app, &shell, &pairs).await {
        Ok(slug) => Ok(Redirect::to(&format!("/admin/accounts/{}", super::problem::escape(&slug))).into_response()),
        Err(error) => {
            let form = Typed::from(pairs.as_slice()).with(error)?;
            Ok((form.status, page(&app, shell, Wanted::default(), form).await?).into_response())
        }
    }
}

async fn make(app: &App, shell: &Shell, pairs: &[(String, String)]) -> Result<String> {
    let fields = typed::fields(pairs)?;
    let wanted = WantedAccount { kind: fields.text("kind").to_owned(), name: fields.text("name").trim().to_owned() };
    actions::make_account(&app.store, shell.viewer()?, &wanted, app.clock.now()).await
}
