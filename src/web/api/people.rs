//! People and invitations for programs.

use axum::{
    Json,
    extract::{Path, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use serde::Deserialize;
use serde_json::{Value, json};
use utoipa::IntoParams;
use uuid::Uuid;

use super::{
    super::{
        fields::Fields,
        paging::{self, link},
        people::offers,
        session::Caller,
        systems::plain,
    },
    limit, list,
    read::{Asked, Sent},
    shapes::{self, Invited, List, User, UserLine},
    tag,
    terms::{ChangeHeaders, Conditional, ReadHeaders, Reads, Unchanged, Writes},
};
use crate::{
    actions::{self, By, Invite},
    app::App,
    domain::{
        access::{PeopleScope, Viewer},
        policy::{Action, Relation, Resource},
    },
    error::{Error, Result},
    store::{
        directory::{self, Filter},
        rights,
    },
};

#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Wanted {
    /// Part of a name or of an address.
    q: Option<String>,
    /// The slug of an account.
    account: Option<String>,
    role: Option<String>,
    state: Option<String>,
    /// The `next_cursor` of the page before.
    cursor: Option<String>,
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<i64>,
}

/// People and invitations that the caller looks after, by name.
#[utoipa::path(get, path = "/api/v1/users", tag = "people", params(Wanted),
    responses((status = 200, body = List<UserLine>), Reads))]
pub async fn index(
    State(app): State<App>,
    Caller(viewer): Caller,
    Asked(wanted): Asked<Wanted>,
) -> Result<Json<List<UserLine>>> {
    viewer.may(Action::See, Resource::Person, Relation::Own)?;
    let limit = limit(wanted.limit)?;
    let after = paging::read(wanted.cursor.as_deref())?;
    let given = |text: &Option<String>| text.as_deref().map(plain).filter(|text| !text.is_empty());
    let filter = Filter {
        words: given(&wanted.q),
        account: given(&wanted.account),
        role: given(&wanted.role),
        state: given(&wanted.state),
    };
    let people = PeopleScope::of(&viewer);
    let rows = directory::list(app.store.reader(), &people, &filter, after.as_ref(), limit + 1).await?;
    let (rows, next) = paging::cut(rows, limit, |row| (row.name.to_lowercase(), row.id));
    Ok(list((rows, next)))
}

/// One person.
#[utoipa::path(get, path = "/api/v1/users/{person}", tag = "people", params(ReadHeaders),
    responses((status = 200, body = User, headers(("ETag" = String))), Unchanged, Reads))]
pub async fn show(
    State(app): State<App>,
    Caller(viewer): Caller,
    headers: HeaderMap,
    Path(person): Path<String>,
) -> Result<Response> {
    viewer.may(Action::See, Resource::Person, Relation::Own)?;
    tag::by_content(&headers, &whole(&app, &viewer, named(&person)?).await?)
}

async fn whole(app: &App, viewer: &Viewer, id: Uuid) -> Result<User> {
    let (db, people) = (app.store.reader(), PeopleScope::of(viewer));
    let person = directory::person(db, &people, id).await?;
    let memberships = rights::of_person(db, &people, id).await?;
    Ok(User::of(person, memberships))
}

fn named(id: &str) -> Result<Uuid> {
    id.parse().map_err(|_| Error::NotFound)
}

/// Sites as a list of codes or ids; null, or nothing said, is all of them.
fn sites(body: &Value) -> Result<Option<Vec<String>>> {
    let fault = || Error::invalid("sites", "Sites are a list of codes, or null for all.");
    match &body["sites"] {
        Value::Null => Ok(None),
        Value::Array(items) => {
            let text = |item: &Value| item.as_str().map(str::to_owned).ok_or_else(fault);
            items.iter().map(text).collect::<Result<Vec<_>>>().map(Some)
        }
        _ => Err(fault()),
    }
}

/// Invites somebody; the answer is the same whether the house knows the address or not.
#[utoipa::path(post, path = "/api/v1/users", tag = "people", request_body = shapes::NewUser,
    responses((status = 201, body = Invited), Writes))]
pub async fn create(
    State(app): State<App>,
    Caller(viewer): Caller,
    headers: HeaderMap,
    Sent { fields, body, .. }: Sent<shapes::NewUser>,
) -> Result<Response> {
    viewer.may(Action::Change, Resource::Person, Relation::Own)?;
    let account = offers::account_named(&app, &viewer, fields.text("account").trim()).await?;
    let offer = offers::offer(&app, &viewer, account.id, &fields, sites(&body)?.as_deref()).await?;
    let (name, email) = (fields.text("name").trim().to_owned(), fields.text("email").trim().to_owned());
    let made = actions::invite(&app.store, &viewer, &Invite { name, email, offer }, app.clock.now()).await?;
    let url = link(&app, &headers, &format!("/invitations/{}", made.secret));
    let state = "invited".to_owned();
    let told = Invited { invitation: made.id, url, expires_at: made.until.into(), state };
    Ok((StatusCode::CREATED, Json(told)).into_response())
}

/// Disables or enables a person, or changes what they are in an account.
#[utoipa::path(patch, path = "/api/v1/users/{person}", tag = "people", params(ChangeHeaders),
    request_body = shapes::UserChange,
    responses((status = 200, body = User, headers(("ETag" = String))),
        (status = 412, body = User, description = "The person as they are now."), Conditional, Writes))]
pub async fn change(
    State(app): State<App>,
    Caller(viewer): Caller,
    Path(person): Path<String>,
    headers: HeaderMap,
    Sent { fields, body, .. }: Sent<shapes::UserChange>,
) -> Result<Response> {
    viewer.may(Action::See, Resource::Person, Relation::Own)?;
    let id = named(&person)?;
    let looked_at = whole(&app, &viewer, id).await?;
    let done = if tag::is_current(&headers, &looked_at)? {
        changed(&app, &viewer, id, &body, &fields).await
    } else {
        Err(Error::Stale)
    };
    let status = match done {
        Ok(()) => StatusCode::OK,
        Err(Error::Stale) => StatusCode::PRECONDITION_FAILED,
        Err(error) => return Err(error),
    };
    let mut response = tag::by_content(&HeaderMap::new(), &whole(&app, &viewer, id).await?)?;
    *response.status_mut() = status;
    Ok(response)
}

async fn changed(app: &App, viewer: &Viewer, id: Uuid, body: &Value, fields: &Fields) -> Result<()> {
    let state = fields.given("state");
    if state.is_some_and(|state| !["active", "disabled"].contains(&state)) {
        return Err(Error::invalid("state", "A person is active or disabled."));
    }
    if body.get("role").is_some() || body.get("cac").is_some() || body.get("sites").is_some() {
        change_membership(app, viewer, id, body, fields).await?;
    }
    let (by, now) = (By::Person(viewer), app.clock.now());
    match state {
        Some("disabled") => actions::disable_person(&app.store, by, id, now).await,
        Some(_) => actions::enable_person(&app.store, by, id, now).await,
        None => Ok(()),
    }
}

/// What is not named stays as it is.
async fn change_membership(app: &App, viewer: &Viewer, id: Uuid, body: &Value, fields: &Fields) -> Result<()> {
    let people = PeopleScope::of(viewer);
    directory::person(app.store.reader(), &people, id).await?;
    let rows = rights::of_person(app.store.reader(), &people, id).await?;
    let slug = fields.given("account");
    let mut live = rows.iter().filter(|m| m.ended_at.is_none() && slug.is_none_or(|slug| m.account_slug == slug));
    let (Some(row), None) = (live.next(), live.next()) else {
        return Err(Error::invalid("account", "Name the account in which the person is to be changed."));
    };
    let mut said = body.clone();
    if body.get("role").is_none() {
        said["role"] = json!(row.role);
    }
    if body.get("cac").is_none() {
        said["cac"] = json!(row.cac_code);
    }
    if body.get("sites").is_none() {
        said["sites"] = json!(row.sites);
    }
    let (fields, sites) = (Fields::of_json(&said)?, sites(&said)?);
    let offer = offers::offer(app, viewer, row.account_id, &fields, sites.as_deref()).await?;
    let which = (id, row.id);
    // Somebody else may have been quicker since this was read.
    let looked_at =
        |now: &rights::Row| (&now.role, &now.cac_code, &now.sites) == (&row.role, &row.cac_code, &row.sites);
    let unless_stale = |now: &rights::Row| if looked_at(now) { Ok(offer) } else { Err(Error::Stale) };
    actions::change_membership(&app.store, By::Person(viewer), which, unless_stale, app.clock.now()).await
}
