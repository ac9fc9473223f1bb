//! An invitation that nobody has accepted yet, for those who look after people.

use askama::Template;
use askama_web::WebTemplate;
use axum::{
    extract::{Path, State},
    http::HeaderMap,
    response::{IntoResponse, Redirect, Response},
};
use uuid::Uuid;

use super::{
    super::{
        shell::Shell,
        view::{self, When},
    },
    new::shown_once,
    words,
};
use crate::{
    actions,
    app::App,
    domain::{
        access::PeopleScope,
        policy::{Action, Relation, Resource},
    },
    error::{Error, Result},
    store::invitations::{self, Invitation},
};

#[derive(Template, WebTemplate)]
#[template(path = "people/invitation.html")]
pub struct ShowPage {
    shell: Shell,
    invitation: Invitation,
    role: &'static str,
    sites: String,
    made: When,
    until: When,
    state: &'static str,
    may_change: bool,
}

pub async fn show(State(app): State<App>, shell: Shell, Path(id): Path<String>) -> Result<ShowPage> {
    let (viewer, now) = (shell.viewer()?, app.clock.now());
    let invitation = invitations::find(app.store.reader(), &PeopleScope::of(viewer), named(&id)?).await?;
    let may_change = viewer.may(Action::Change, Resource::Person, Relation::Own).is_ok();
    Ok(ShowPage {
        role: words(&invitation.role),
        sites: invitation.sites.as_ref().map_or_else(|| "all".to_owned(), |sites| sites.len().to_string()),
        made: view::ago(invitation.created_at.to_jiff(), now),
        until: view::when(invitation.expires_at.to_jiff(), "UTC", now),
        state: state(&invitation, now),
        may_change,
        invitation,
        shell,
    })
}

fn state(invitation: &Invitation, now: jiff::Timestamp) -> &'static str {
    match invitation {
        Invitation { accepted_at: Some(_), .. } => "accepted",
        Invitation { revoked_at: Some(_), .. } => "revoked",
        Invitation { expires_at, .. } if expires_at.to_jiff() <= now => "ended",
        _ => "open",
    }
}

impl ShowPage {
    fn is_over(&self) -> bool {
        self.state == "accepted"
    }
}

pub async fn revoke(State(app): State<App>, shell: Shell, Path(id): Path<String>) -> Result<Redirect> {
    actions::revoke_invitation(&app.store, shell.viewer()?, named(&id)?, app.clock.now()).await?;
    Ok(Redirect::to("/admin/people"))
}

pub async fn renew(
    State(app): State<App>,
    headers: HeaderMap,
    shell: Shell,
    Path(id): Path<String>,
) -> Result<Response> {
    let (viewer, id) = (shell.viewer()?, named(&id)?);
    let old = invitations::find(app.store.reader(), &PeopleScope::of(viewer), id).await?;
    let made = actions::renew_invitation(&app.store, viewer, id, app.clock.now()).await?;
    Ok(shown_once(&app, &headers, shell, &old.display_name, &made).into_response())
}

/// What is no id names nothing.
pub fn named(id: &str) -> Result<Uuid> {
    id.parse().map_err(|_| Error::NotFound)
}
