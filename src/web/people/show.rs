//! One person: what they are in which account, and what is done about it.

use askama::Template;
use askama_web::WebTemplate;
use axum::{
    Form,
    extract::{Path, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Redirect, Response},
};
use jiff::Timestamp;
use uuid::Uuid;

use super::{
    super::{
        paging::link,
        shell::Shell,
        typed::{self, Typed},
        view::{self, When},
    },
    invitation::named,
    new::LinkPage,
    offers::{self, Menus},
    words,
};
use crate::{
    actions::{self, By},
    app::App,
    domain::{
        access::{PeopleScope, Viewer},
        policy::{Action, Relation, Resource},
    },
    error::{Error, Result},
    store::{
        accounts::Choice,
        directory::{self, Person},
        rights::{self, Row},
    },
};

#[derive(Template, WebTemplate)]
#[template(path = "people/show.html")]
pub struct ShowPage {
    shell: Shell,
    person: Person,
    since: When,
    last: Option<When>,
    memberships: Vec<Membership>,
    form: Typed,
    may_change: bool,
    /// Nobody changes what they are themselves.
    oneself: bool,
    /// An administrator of the house takes people into more accounts.
    more: Option<Menus>,
    accounts: Vec<Choice>,
    /// Whether this reader may ask what is kept about the person, and why they see what they see.
    audits: bool,
}

pub struct Membership {
    row: Row,
    role: &'static str,
    since: When,
    ended: Option<When>,
    sites: Vec<String>,
    menus: Option<Menus>,
}

impl Membership {
    fn has_site(&self, id: &Uuid) -> bool {
        self.row.sites.as_ref().is_some_and(|sites| sites.contains(id))
    }
}

#[derive(Debug, Default, serde::Deserialize)]
pub struct Wanted {
    #[serde(default)]
    account: String,
}

pub async fn show(
    State(app): State<App>,
    shell: Shell,
    Path(id): Path<String>,
    axum::extract::Query(wanted): axum::extract::Query<Wanted>,
) -> Result<ShowPage> {
    page(&app, shell, named(&id)?, &wanted.account, Typed::default()).await
}

async fn page(app: &App, shell: Shell, id: Uuid, more: &str, form: Typed) -> Result<ShowPage> {
    let (viewer, db, now) = (shell.viewer()?, app.store.reader(), app.clock.now());
    viewer.may(Action::See, Resource::Person, Relation::Own)?;
    let people = PeopleScope::of(viewer);
    let person = directory::person(db, &people, id).await?;
    let may_change = viewer.may(Action::Change, Resource::Person, Relation::Own).is_ok();
    let mut memberships = Vec::new();
    for row in rights::of_person(db, &people, id).await? {
        memberships.push(membership(app, viewer, row, may_change, now).await?);
    }
    let everybody = viewer.may(Action::Change, Resource::Person, Relation::Foreign).is_ok();
    let accounts = if everybody { offers::accounts_of(app, viewer).await? } else { Vec::new() };
    let more = match accounts.iter().find(|account| account.slug == more) {
        Some(account) => Some(Menus::of(app, viewer, account.clone()).await?),
        None => None,
    };
    Ok(ShowPage {
        audits: viewer.may(Action::See, Resource::Audit, Relation::Foreign).is_ok(),
        since: view::ago(person.created_at.to_jiff(), now),
        last: person.last_sign_in.map(|at| view::ago(at.to_jiff(), now)),
        oneself: viewer.person_id == id,
        person,
        memberships,
        form,
        may_change,
        more,
        accounts,
        shell,
    })
}

async fn membership(app: &App, viewer: &Viewer, row: Row, may_change: bool, now: Timestamp) -> Result<Membership> {
    let (id, kind) = (row.account_id, row.account_kind.clone());
    let account = Choice { id, kind, name: row.account_name.clone(), slug: row.account_slug.clone() };
    let menus = Menus::of(app, viewer, account).await?;
    let own = |id: &Uuid| row.sites.as_ref().is_some_and(|sites| sites.contains(id));
    Ok(Membership {
        role: words(&row.role),
        since: view::ago(row.created_at.to_jiff(), now),
        ended: row.ended_at.map(|at| view::ago(at.to_jiff(), now)),
        sites: menus.sites.iter().filter(|site| own(&site.id)).map(|site| site.site_code.clone()).collect(),
        menus: Some(menus).filter(|_| may_change && row.ended_at.is_none() && viewer.person_id != row.person_id),
        row,
    })
}

type Pairs = Form<Vec<(String, String)>>;

/// Back to the page; or the page with the reason why not.
async fn answered(app: &App, shell: Shell, id: Uuid, form: Typed, done: Result<()>) -> Result<Response> {
    match done {
        // Who left the only account in which the reader saw them is not on any page of the reader's.
        Ok(()) => {
            let people = PeopleScope::of(shell.viewer()?);
            match directory::person(app.store.reader(), &people, id).await {
                Ok(_) => Ok(Redirect::to(&format!("/admin/people/{id}")).into_response()),
                Err(Error::NotFound) => Ok(Redirect::to("/admin/people").into_response()),
                Err(other) => Err(other),
            }
        }
        Err(error) => {
            let form = form.with(error)?;
            let (status, more) = (form.status, form.text("account").to_owned());
            Ok((status, page(app, shell, id, &more, form).await?).into_response())
        }
    }
}

pub async fn add(State(app): State<App>, shell: Shell, Path(id): Path<String>, Form(pairs): Pairs) -> Result<Response> {
    let id = named(&id)?;
    let done = add_to(&app, shell.viewer()?, id, &pairs).await;
    answered(&app, shell, id, Typed::from(pairs.as_slice()), done).await
}

async fn add_to(app: &App, viewer: &Viewer, id: Uuid, pairs: &[(String, String)]) -> Result<()> {
    viewer.may(Action::Change, Resource::Person, Relation::Foreign)?;
    let account = offers::account_named(app, viewer, typed::fields(pairs)?.text("account")).await?;
    let offer = offers::chosen(app, viewer, account.id, pairs).await?;
    actions::add_membership(&app.store, By::Person(viewer), id, &offer, app.clock.now()).await?;
    Ok(())
}

pub async fn change(
    State(app): State<App>,
    shell: Shell,
    Path((id, membership)): Path<(String, String)>,
    Form(pairs): Pairs,
) -> Result<Response> {
    let (id, membership) = (named(&id)?, named(&membership)?);
    let done = change_to(&app, shell.viewer()?, (id, membership), &pairs).await;
    answered(&app, shell, id, Typed::from(pairs.as_slice()), done).await
}

async fn change_to(app: &App, viewer: &Viewer, which: (Uuid, Uuid), pairs: &[(String, String)]) -> Result<()> {
    let rows = rights::of_person(app.store.reader(), &PeopleScope::of(viewer), which.0).await?;
    let account = rows.iter().find(|row| row.id == which.1).map(|row| row.account_id).ok_or(Error::NotFound)?;
    let offer = offers::chosen(app, viewer, account, pairs).await?;
    actions::change_membership(&app.store, By::Person(viewer), which, |_| Ok(offer), app.clock.now()).await
}

pub async fn end(
    State(app): State<App>,
    shell: Shell,
    Path((id, membership)): Path<(String, String)>,
    Form(pairs): Pairs,
) -> Result<Response> {
    let which = (named(&id)?, named(&membership)?);
    let by = By::Person(shell.viewer()?);
    let done = actions::end_membership(&app.store, by, which, app.clock.now()).await;
    answered(&app, shell, which.0, Typed::from(pairs.as_slice()), done).await
}

pub async fn disable(State(app): State<App>, shell: Shell, Path(id): Path<String>) -> Result<Response> {
    let id = named(&id)?;
    let by = By::Person(shell.viewer()?);
    let done = actions::disable_person(&app.store, by, id, app.clock.now()).await;
    answered(&app, shell, id, Typed::default(), done).await
}

pub async fn enable(State(app): State<App>, shell: Shell, Path(id): Path<String>) -> Result<Response> {
    let id = named(&id)?;
    let by = By::Person(shell.viewer()?);
    let done = actions::enable_person(&app.store, by, id, app.clock.now()).await;
    answered(&app, shell, id, Typed::default(), done).await
}

pub async fn take_factors(State(app): State<App>, shell: Shell, Path(id): Path<String>) -> Result<Response> {
    let id = named(&id)?;
    let by = By::Person(shell.viewer()?);
    let done = actions::take_factors(&app.store, by, id, app.clock.now()).await;
    answered(&app, shell, id, Typed::default(), done).await
}

pub async fn sign_out(State(app): State<App>, shell: Shell, Path(id): Path<String>) -> Result<Response> {
    let id = named(&id)?;
    let by = By::Person(shell.viewer()?);
    let done = actions::sign_out_person(&app.store, by, id, app.clock.now()).await.map(|_| ());
    answered(&app, shell, id, Typed::default(), done).await
}

/// A link with which the person chooses a new password; it is shown once, to who made it.
pub async fn reset(
    State(app): State<App>,
    headers: HeaderMap,
    shell: Shell,
    Path(id): Path<String>,
) -> Result<Response> {
    let id = named(&id)?;
    let by = By::Person(shell.viewer()?);
    let made = match actions::make_reset_for(&app.store, by, id, app.clock.now()).await {
        Ok(made) => made,
        Err(error) => return answered(&app, shell, id, Typed::default(), Err(error)).await,
    };
    let name = directory::person(app.store.reader(), &by.people(), id).await?.name;
    let page = LinkPage {
        headline: format!("A new password for {name}"),
        link: link(&app, &headers, &format!("/resets/{}", made.secret)),
        until: view::when(made.until, "UTC", app.clock.now()),
        what: "It lets them choose a new password, once. The second factor stays what it is.",
        back: format!("/admin/people/{id}"),
        shell,
    };
    Ok((StatusCode::CREATED, page).into_response())
}

impl ShowPage {
    fn is_about(&self, account: &Choice) -> bool {
        self.more.as_ref().is_some_and(|menus| menus.account.id == account.id)
    }
}
