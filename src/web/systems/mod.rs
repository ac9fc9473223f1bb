//! Systems: which of them need an eye.
mod expectation;
mod path;
mod remote;
mod show;
mod strip;
mod tests;
mod year;

use askama::Template;
use askama_web::WebTemplate;
use axum::extract::{Query, State};
use serde::Deserialize;

pub use self::{
    expectation::change as expect,
    path::AgentView,
    show::show,
    tests::{sees_devices, tests},
};
use super::{fleet::SystemLine, shell::Shell, view};
use crate::{
    app::App,
    error::Result,
    store::{
        calls,
        systems::{self, Fleet, Narrowed},
    },
};

#[derive(Template, WebTemplate)]
#[template(path = "systems/index.html")]
pub struct IndexPage {
    shell: Shell,
    systems: Vec<SystemLine>,
    fleet: Fleet,
    words: String,
    site: String,
    silent: bool,
    everything: bool,
}

#[derive(Debug, Default, Deserialize)]
pub struct Wanted {
    #[serde(default)]
    q: String,
    #[serde(default)]
    site: String,
    /// `silent` for those that should have been heard from.
    #[serde(default)]
    state: String,
}

const MOST: i64 = 200;

pub async fn index(State(app): State<App>, shell: Shell, Query(wanted): Query<Wanted>) -> Result<IndexPage> {
    let (db, now, viewer) = (app.store.reader(), app.clock.now(), shell.viewer()?);
    let (words, site) = (plain(&wanted.q), plain(&wanted.site));
    let like = Some(calls::like(&words)).filter(|words| !words.is_empty());
    let at_site = Some(site.as_str()).filter(|site| !site.is_empty());
    let silent = wanted.state == "silent";
    let narrowed = Narrowed { words: like.as_deref(), site_code: at_site, silent };
    let rows = systems::list(db, &viewer.scope, now, &narrowed, MOST).await?;
    let fleet = systems::fleet(db, &viewer.scope, now).await?;
    let everything = viewer.sees_all_customers();
    Ok(IndexPage { shell, systems: SystemLine::all(&rows, now), fleet, words, site, silent, everything })
}

/// Postgres knows no NUL, so nothing is called by one.
pub(super) fn plain(typed: &str) -> String {
    typed.replace('\0', "").trim().to_owned()
}

impl IndexPage {
    fn well(&self) -> String {
        let fleet = &self.fleet;
        view::count(fleet.all - fleet.down - fleet.simplex - fleet.silent)
    }

    fn is_narrowed(&self) -> bool {
        !self.words.is_empty() || !self.site.is_empty() || self.silent
    }

    /// More systems are there than the page shows.
    fn is_cut(&self) -> bool {
        i64::try_from(self.systems.len()).is_ok_and(|shown| shown >= MOST)
    }
}
