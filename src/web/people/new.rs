//! Asking somebody in.

use askama::Template;
use askama_web::WebTemplate;
use axum::{
    Form,
    extract::{Query, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use serde::Deserialize;

use super::{
    super::{
        paging::link,
        shell::Shell,
        typed::{self, Typed},
        view::{self, When},
    },
    offers::{self, Menus},
};
use crate::{
    actions::{self, Invite, Link},
    app::App,
    domain::policy::{Action, Relation, Resource},
    error::Result,
    store::accounts::Choice,
};

#[derive(Template, WebTemplate)]
#[template(path = "people/new.html")]
pub struct NewPage {
    shell: Shell,
    form: Typed,
    /// Which account it is about is chosen first, where there are several.
    accounts: Vec<Choice>,
    menus: Option<Menus>,
}

#[derive(Debug, Default, Deserialize)]
pub struct Wanted {
    #[serde(default)]
    account: String,
}

pub async fn new(State(app): State<App>, shell: Shell, Query(wanted): Query<Wanted>) -> Result<NewPage> {
    form_page(&app, shell, &wanted.account, Typed::default()).await
}

async fn form_page(app: &App, shell: Shell, account: &str, form: Typed) -> Result<NewPage> {
    let viewer = shell.viewer()?;
    viewer.may(Action::Change, Resource::Person, Relation::Own)?;
    let accounts = offers::accounts_of(app, viewer).await?;
    let menus = match offers::account_named(app, viewer, account).await {
        Ok(account) => Some(Menus::of(app, viewer, account).await?),
        Err(_) => None,
    };
    Ok(NewPage { shell, form, accounts, menus })
}

/// The one time that a link is shown.
#[derive(Template, WebTemplate)]
#[template(path = "people/link.html")]
pub struct LinkPage {
    pub shell: Shell,
    pub headline: String,
    pub link: String,
    pub until: When,
    pub what: &'static str,
    pub back: String,
}

pub async fn create(
    State(app): State<App>,
    headers: HeaderMap,
    shell: Shell,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Result<Response> {
    match invite(&app, &shell, &pairs).await {
        Ok((name, made)) => Ok(shown_once(&app, &headers, shell, &name, &made)),
        Err(error) => {
            let form = Typed::from(pairs.as_slice()).with(error)?;
            let (status, account) = (form.status, form.text("account").to_owned());
            Ok((status, form_page(&app, shell, &account, form).await?).into_response())
        }
    }
}

async fn invite(app: &App, shell: &Shell, pairs: &[(String, String)]) -> Result<(String, Link)> {
    let viewer = shell.viewer()?;
    viewer.may(Action::Change, Resource::Person, Relation::Own)?;
    let fields = typed::fields(pairs)?;
    let account = offers::account_named(app, viewer, fields.text("account")).await?;
    let offer = offers::chosen(app, viewer, account.id, pairs).await?;
    let (name, email) = (fields.text("name").trim().to_owned(), fields.text("email").trim().to_owned());
    let invite = Invite { name: name.clone(), email, offer };
    let made = actions::invite(&app.store, viewer, &invite, app.clock.now()).await?;
    Ok((name, made))
}

/// No address has the link in it: a page that is gone back to does not show it again.
pub fn shown_once(app: &App, headers: &HeaderMap, shell: Shell, name: &str, made: &Link) -> Response {
    let page = LinkPage {
        headline: format!("{name} is invited"),
        link: link(app, headers, &format!("/invitations/{}", made.secret)),
        until: view::when(made.until, "UTC", app.clock.now()),
        what: "It opens the door once, for that address only. Who has the address already signs in with it and accepts.",
        back: "/admin/people".to_owned(),
        shell,
    };
    (StatusCode::CREATED, page).into_response()
}

impl NewPage {
    fn is_about(&self, account: &Choice) -> bool {
        self.menus.as_ref().is_some_and(|menus| menus.account.id == account.id)
    }

    fn has_site(&self, id: &uuid::Uuid) -> bool {
        self.form.has("sites", &id.to_string())
    }
}
