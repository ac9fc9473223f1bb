//! What was published, what each version changed, and the way back.

use askama::Template;
use askama_web::WebTemplate;
use axum::{
    Form,
    extract::{Path, State},
    response::{IntoResponse, Redirect, Response},
};

use super::{
    super::{
        shell::Shell,
        typed::{self, Typed},
    },
    changers_only, desk_only,
    draft::{self, Pairs, field},
    effects::Effects,
    view::{House, Published},
};
use crate::{
    actions,
    app::App,
    error::{Error, Result},
    router::{Difference, Rules, differences},
    store::rule_sets::{self, RuleSetRow},
};

#[derive(Template, WebTemplate)]
#[template(path = "routing/versions.html")]
pub struct VersionsPage {
    shell: Shell,
    versions: Vec<(Published, Vec<Difference>)>,
}

const PAGE: i64 = 50;

pub async fn index(State(app): State<App>, shell: Shell) -> Result<VersionsPage> {
    desk_only(&shell)?;
    let rows = rule_sets::list(app.store.reader(), i32::MAX, PAGE + 1).await?;
    let now = app.clock.now();
    let rules: Vec<Rules> = rows.iter().map(RuleSetRow::rules).collect::<Result<_>>()?;
    let changed = |at: usize| rules.get(at + 1).map(|old| differences(old, &rules[at])).unwrap_or_default();
    let shown = rows.len().min(usize::try_from(PAGE).unwrap_or_default());
    let versions = (0..shown).map(|at| (Published::of(&rows[at], now), changed(at))).collect();
    Ok(VersionsPage { shell, versions })
}

#[derive(Template, WebTemplate)]
#[template(path = "routing/version.html")]
pub struct VersionPage {
    shell: Shell,
    version: Published,
    house: House,
    /// What would change if it were followed again; nothing of the one in force.
    effects: Option<Effects>,
    text: String,
    may_change: bool,
    form: Typed,
}

pub async fn show(State(app): State<App>, shell: Shell, Path(version): Path<String>) -> Result<VersionPage> {
    page(&app, shell, &version, Typed::default()).await
}

async fn page(app: &App, shell: Shell, version: &str, form: Typed) -> Result<VersionPage> {
    desk_only(&shell)?;
    let (db, now) = (app.store.reader(), app.clock.now());
    let row = rule_sets::find(db, number(version)?).await?;
    let rules: Rules = row.rules()?;
    let newest = rule_sets::newest(db).await?.ok_or(Error::NotFound)?;
    let effects = if row.version == newest.version {
        None
    } else {
        Some(Effects::of(app, shell.viewer()?, &newest.rules()?, &rules).await?)
    };
    Ok(VersionPage {
        version: Published::of(&row, now),
        house: House::of(&rules, now),
        effects,
        text: rules.to_toml(),
        may_change: changers_only(&shell).is_ok(),
        form,
        shell,
    })
}

fn number(version: &str) -> Result<i32> {
    version.parse().map_err(|_| Error::NotFound)
}

/// The draft becomes what everybody follows.
pub async fn publish(State(app): State<App>, shell: Shell, Form(pairs): Pairs) -> Result<Response> {
    let done = match typed::fields(&pairs) {
        Ok(_) => actions::publish_rules(&app, shell.viewer()?, &field(&pairs, "note")).await,
        Err(error) => Err(error),
    };
    match done {
        Ok(_) => Ok(Redirect::to("/routing").into_response()),
        Err(error) => draft::refused(&app, shell, &pairs, error).await,
    }
}

pub async fn revert(
    State(app): State<App>,
    shell: Shell,
    Path(version): Path<String>,
    Form(pairs): Pairs,
) -> Result<Response> {
    let done = match typed::fields(&pairs) {
        Ok(_) => actions::revert_rules(&app, shell.viewer()?, number(&version)?, &field(&pairs, "note")).await,
        Err(error) => Err(error),
    };
    match done {
        Ok(_) => Ok(Redirect::to("/routing").into_response()),
        Err(error) => {
            let form = Typed::from(pairs.as_slice()).with(error)?;
            Ok((form.status, page(&app, shell, &version, form).await?).into_response())
        }
    }
}
