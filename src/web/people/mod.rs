//! People: who may come in, as what, and how they are asked to.
mod invitation;
mod new;
pub mod offers;
mod show;
pub mod welcome;

use askama::Template;
use askama_web::WebTemplate;
use axum::extract::{Query, State};
use jiff::Timestamp;
use serde::Deserialize;
use uuid::Uuid;

use super::{
    paging,
    shell::{Shell, role_words},
    systems::plain,
    view::{self, When},
};
use crate::{
    app::App,
    domain::{
        access::{PeopleScope, Role},
        policy::{Action, Relation, Resource},
    },
    error::Result,
    store::{
        accounts::{self, Choice},
        directory::{self, Filter, Row},
    },
};

pub use invitation::{renew, revoke, show as invitation};
pub use new::{create, new};
pub use show::{add, change, disable, enable, end, reset, show, sign_out, take_factors};

#[derive(Template, WebTemplate)]
#[template(path = "people/index.html")]
pub struct IndexPage {
    shell: Shell,
    people: Vec<Line>,
    words: String,
    account: String,
    role: String,
    state: String,
    accounts: Vec<Choice>,
    roles: Vec<(&'static str, &'static str)>,
    next: Option<String>,
    kept: String,
    may_invite: bool,
}

/// A person in one account, or an invitation that nobody has accepted yet.
pub struct Line {
    href: String,
    id: Uuid,
    name: String,
    email: String,
    role: &'static str,
    account: String,
    cac: String,
    sites: String,
    factor: bool,
    last: Option<When>,
    state: String,
    state_words: String,
}

#[derive(Debug, Default, Deserialize)]
pub struct Wanted {
    #[serde(default)]
    q: String,
    #[serde(default)]
    account: String,
    #[serde(default)]
    role: String,
    #[serde(default)]
    state: String,
    cursor: Option<String>,
}

const PAGE: i64 = 50;

pub async fn index(State(app): State<App>, shell: Shell, Query(wanted): Query<Wanted>) -> Result<IndexPage> {
    let viewer = shell.viewer()?;
    viewer.may(Action::See, Resource::Person, Relation::Own)?;
    let (people, db) = (PeopleScope::of(viewer), app.store.reader());
    let after = paging::read(wanted.cursor.as_deref())?;
    let rows = directory::list(db, &people, &wanted.filter(), after.as_ref(), PAGE + 1).await?;
    let (rows, next) = paging::cut(rows, PAGE, |row| (row.name.to_lowercase(), row.id));
    let accounts = if people.is_everybody() { accounts::choices(db, None, None).await? } else { Vec::new() };
    let may_invite = viewer.may(Action::Change, Resource::Person, Relation::Own).is_ok();
    let roles = Role::ALL.into_iter().filter(|role| offers::could_be(viewer, *role));
    Ok(IndexPage {
        people: rows.iter().map(|row| Line::of(row, app.clock.now())).collect(),
        roles: roles.map(|role| (role.name(), role_words(role))).collect(),
        accounts,
        kept: wanted.kept(),
        words: wanted.q,
        account: wanted.account,
        role: wanted.role,
        state: wanted.state,
        next,
        may_invite,
        shell,
    })
}

impl IndexPage {
    fn is_narrowed(&self) -> bool {
        [&self.words, &self.account, &self.role, &self.state].iter().any(|text| !text.is_empty())
    }
}

impl Wanted {
    pub fn filter(&self) -> Filter {
        let given = |text: &str| Some(plain(text)).filter(|text| !text.is_empty());
        Filter {
            words: given(&self.q),
            account: given(&self.account),
            role: given(&self.role),
            state: given(&self.state),
        }
    }

    /// What narrows the list, for the addresses of its other pages.
    fn kept(&self) -> String {
        let filters = [("q", &self.q), ("account", &self.account), ("role", &self.role), ("state", &self.state)];
        let given = filters.into_iter().filter(|(_, value)| !value.is_empty());
        let parts: Vec<_> = given.map(|(name, value)| format!("&{name}={}", super::problem::escape(value))).collect();
        parts.concat()
    }
}

impl Line {
    fn of(row: &Row, now: Timestamp) -> Self {
        let expired = row.expires_at.is_some_and(|at| at.to_jiff() <= now);
        Self {
            href: match row.person_id {
                Some(person) => format!("/admin/people/{person}"),
                None => format!("/admin/invitations/{}", row.id),
            },
            id: row.id,
            name: row.name.clone(),
            email: row.email.clone(),
            role: words(&row.role),
            account: row.account_name.clone(),
            cac: row.cac_code.clone().unwrap_or_default(),
            sites: sites_words(row.sites),
            factor: row.second_factor,
            last: row.last_sign_in.map(|at| view::ago(at.to_jiff(), now)),
            state: row.state.clone(),
            state_words: if expired { "invited, link ended".to_owned() } else { row.state.clone() },
        }
    }
}

pub fn words(role: &str) -> &'static str {
    Role::from_name(role).map_or("unknown", role_words)
}

fn sites_words(sites: Option<i32>) -> String {
    match sites {
        None => "all".to_owned(),
        Some(1) => "1 site".to_owned(),
        Some(n) => format!("{n} sites"),
    }
}
