//! The page behind an invitation's link: somebody new comes in, or somebody known accepts.

use askama::Template;
use axum::{
    Form,
    extract::{Path, State},
    http::{HeaderMap, StatusCode},
    response::{Html, IntoResponse, Response},
};

use super::{
    super::{shell::Shell, typed::Typed, view},
    words,
};
use crate::{
    actions,
    app::App,
    error::{Error, Result},
    store::invitations::{self, Invitation},
};

/// The same for every address: the page does not tell whether the house knows it.
#[derive(Template)]
#[template(path = "people/welcome.html")]
struct WelcomePage {
    shell: Shell,
    form: Typed,
    invitation: Invitation,
    secret: String,
    role: &'static str,
    until: view::When,
    /// Signed in as the one who is invited, as somebody else, or not at all.
    own: bool,
    other: Option<String>,
}

/// One answer to every link that opens nothing: never made, used, revoked, or too old.
#[derive(Template)]
#[template(path = "people/no_welcome.html")]
struct NoWelcomePage {
    shell: Shell,
}

#[derive(Template)]
#[template(path = "people/welcomed.html")]
struct WelcomedPage {
    shell: Shell,
    account: String,
    known: bool,
}

pub async fn show(State(app): State<App>, headers: HeaderMap, Path(secret): Path<String>) -> Result<Response> {
    page(&app, &headers, secret, Typed::default()).await
}

fn html(status: StatusCode, page: &impl Template) -> Result<Response> {
    let html = page.render().map_err(|e| Error::Internal(e.to_string()))?;
    Ok((status, Html(html)).into_response())
}

async fn page(app: &App, headers: &HeaderMap, secret: String, form: Typed) -> Result<Response> {
    let (shell, now) = (Shell::of(app, headers, "/invitations").await?, app.clock.now());
    let found = invitations::open(app.store.reader(), &actions::secret_hash(&secret), now).await;
    let invitation = match found {
        Ok(invitation) => invitation,
        Err(Error::NotFound) => return html(StatusCode::NOT_FOUND, &NoWelcomePage { shell }),
        Err(other) => return Err(other),
    };
    let here = shell.viewer().ok().map(|viewer| viewer.email.clone());
    let own = here.as_ref() == Some(&invitation.email);
    let page = WelcomePage {
        role: words(&invitation.role),
        until: view::when(invitation.expires_at.to_jiff(), "UTC", now),
        own,
        other: here.filter(|_| !own),
        shell,
        form,
        invitation,
        secret,
    };
    html(page.form.status, &page)
}

/// A name and a password make somebody new of whoever has the link; who has signed in accepts as who they are.
pub async fn create(
    State(app): State<App>,
    headers: HeaderMap,
    Path(secret): Path<String>,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Result<Response> {
    // Who only looks accepts nothing, whatever the link.
    if let Ok(viewer) = Shell::of(&app, &headers, "/invitations").await?.viewer() {
        viewer.may_change()?;
    }
    let form = Typed::from(pairs.as_slice());
    match accept(&app, &headers, &secret, &form).await {
        Ok(done) => Ok(done),
        Err(Error::NotFound) => page(&app, &headers, secret, form).await,
        Err(error) => page(&app, &headers, secret, form.with(error)?).await,
    }
}

async fn accept(app: &App, headers: &HeaderMap, secret: &str, form: &Typed) -> Result<Response> {
    let (shell, now) = (Shell::of(app, headers, "/invitations").await?, app.clock.now());
    let account = invitations::open(app.store.reader(), &actions::secret_hash(secret), now).await?.account_name;
    let known = shell.viewer().is_ok();
    if let Ok(viewer) = shell.viewer() {
        actions::accept_as_member(&app.store, viewer, secret, now).await?;
    } else {
        actions::accept_as_newcomer(&app.store, secret, form.text("name"), form.text("password"), now).await?;
    }
    html(StatusCode::OK, &WelcomedPage { shell, account, known })
}
