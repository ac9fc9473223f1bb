//! What is kept about a person: looking as them, taking a copy, erasing.

use askama::Template;
use askama_web::WebTemplate;
use axum::{
    Form, Json,
    extract::{Path, State},
    http::{StatusCode, header},
    response::{IntoResponse, Redirect, Response},
};
use serde::Deserialize;
use uuid::Uuid;

use super::{shell::Shell, view};
use crate::{
    actions::{self, Wish},
    app::App,
    domain::{
        access::{Role, Viewer},
        policy::{Action, Relation, Resource},
    },
    error::{Error, Result},
    store::personal,
};

#[derive(Template, WebTemplate)]
#[template(path = "admin/personal.html")]
pub struct ShowPage {
    shell: Shell,
    id: Uuid,
    name: String,
    email: String,
    state: Option<String>,
    erased: bool,
    memberships: Vec<In>,
    may_watch: bool,
    may_erase: bool,
    error: Option<String>,
    typed: String,
}

/// A membership, and whether its pages can be looked at.
struct In {
    id: String,
    account: String,
    role: String,
    ended: bool,
    watchable: bool,
}

pub async fn show(State(app): State<App>, shell: Shell, Path(id): Path<Uuid>) -> Result<ShowPage> {
    page(&app, shell, id, String::new(), None).await
}

/// Auditors read what stands there; only administrators act on it.
async fn page(app: &App, shell: Shell, id: Uuid, typed: String, error: Option<String>) -> Result<ShowPage> {
    let (db, viewer, now) = (app.store.reader(), shell.viewer()?, app.clock.now());
    viewer.may(Action::See, Resource::Audit, Relation::Foreign)?;
    let about = personal::find(db, id).await?;
    let may = |action| viewer.may(action, Resource::Person, Relation::Foreign).is_ok();
    let (may_watch, may_change) = (may(Action::Watch), may(Action::Change));
    let active = about.disabled_at.is_none() && about.erased_at.is_none();
    let memberships = personal::memberships(db, id).await?;
    let since = |words: &str, at: Option<jiff_sqlx::Timestamp>| {
        at.map(|at| format!("{words} since {}", view::at_place(at.to_jiff(), "UTC", now)))
    };
    Ok(ShowPage {
        memberships: memberships.into_iter().map(|m| In::of(m, active && may_watch)).collect(),
        state: since("erased", about.erased_at).or_else(|| since("disabled", about.disabled_at)),
        erased: about.erased_at.is_some(),
        may_erase: may_change && may_erase(viewer, id) && about.erased_at.is_none(),
        name: about.display_name,
        email: about.email,
        id,
        may_watch,
        error,
        typed,
        shell,
    })
}

fn may_erase(viewer: &Viewer, person: Uuid) -> bool {
    viewer.person_id != person
}

impl In {
    fn of(row: personal::In, watchable: bool) -> Self {
        let role = Role::from_name(&row.role);
        Self {
            id: row.id.to_string(),
            account: row.account_name,
            role: role.map_or(row.role, |role| super::shell::role_words(role).to_owned()),
            ended: row.ended,
            watchable: watchable && !row.ended && role != Some(Role::Admin),
        }
    }
}

pub async fn export(State(app): State<App>, shell: Shell, Path(id): Path<Uuid>) -> Result<Response> {
    let kept = actions::export_person(&app, shell.viewer()?, id).await?;
    let name = format!("attachment; filename=\"person-{id}.json\"");
    Ok(([(header::CONTENT_DISPOSITION, name)], Json(kept)).into_response())
}

#[derive(Debug, Default, Deserialize)]
pub struct Typed {
    #[serde(default)]
    address: String,
    words: Option<String>,
}

pub async fn erase(
    State(app): State<App>,
    shell: Shell,
    Path(id): Path<Uuid>,
    Form(typed): Form<Typed>,
) -> Result<Response> {
    let wish = Wish { address: typed.address.replace('\0', ""), words: typed.words.is_some() };
    match actions::erase_person(&app, shell.viewer()?, id, &wish).await {
        Ok(()) => Ok(Redirect::to(&format!("/admin/people/{id}/data")).into_response()),
        Err(Error::Invalid(faults)) => {
            let error = faults.into_iter().next().map(|fault| fault.message);
            let page = page(&app, shell, id, wish.address, error).await?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
        Err(error) => Err(error),
    }
}
