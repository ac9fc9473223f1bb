//! Rules and calendars: what is in force, what somebody would change, and what that would do.
mod calendar;
mod draft;
mod effects;
mod file;
mod holidays;
mod load;
pub mod other;
mod simulator;
mod site;
mod versions;
mod view;

use askama::Template;
use askama_web::WebTemplate;
use axum::extract::State;

pub use calendar::{add_calendar, add_days, hours, import, remove_calendar, remove_days, show as calendar};
pub use draft::{begin, bring_up, cac, drop, edit_text, order, queue, remove_queue, show as draft, text};
pub use file::download;
pub use holidays::{add as add_holidays, look as look_at_holidays, remove as remove_holidays, show as holidays};
pub use simulator::{show as simulator, typed as simulate_typed};
pub use site::{give as give_site, set_language as set_site_language, show as site};
pub use versions::{index as versions, publish, revert, show as version};

use super::{queues::Sun, shell::Shell};
use crate::{
    app::App,
    domain::policy::{Action, Relation, Resource},
    error::{Error, Result},
    store::{
        public_holidays::{self, CountryRow},
        rule_sets,
    },
};
use view::{House, Published};

#[derive(Template, WebTemplate)]
#[template(path = "routing/index.html")]
pub struct IndexPage {
    shell: Shell,
    published: Published,
    house: House,
    sun: Sun,
    holes: Vec<String>,
    countries: Vec<CountryRow>,
    may_change: bool,
    has_draft: bool,
}

/// For everybody but the desks and the house there is nothing here.
fn desk_only(shell: &Shell) -> Result<()> {
    Ok(shell.viewer()?.may(Action::See, Resource::Rule, Relation::Foreign)?)
}

/// Only who may change rules has a draft of them.
fn changers_only(shell: &Shell) -> Result<()> {
    Ok(shell.viewer()?.may(Action::Change, Resource::Rule, Relation::Foreign)?)
}

pub async fn index(State(app): State<App>, shell: Shell) -> Result<IndexPage> {
    desk_only(&shell)?;
    let (db, now, reference) = (app.store.reader(), app.clock.now(), app.reference.now());
    let newest = rule_sets::newest(db).await?.ok_or(Error::NotFound)?;
    let draft = rule_sets::draft(db, shell.viewer()?.person_id).await?;
    Ok(IndexPage {
        published: Published::of(&newest, now),
        house: House::of(reference.router.rules(), now),
        sun: Sun::at(&reference, now),
        holes: effects::holes(reference, now).await?,
        countries: public_holidays::countries(db).await?,
        may_change: changers_only(&shell).is_ok(),
        has_draft: draft.is_some(),
        shell,
    })
}
