//! People and invitations for programs.

use axum::{
    Json,
    body::Bytes,
    extract::{Path, Query, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    super::{
        fields::Fields,
        paging::{self, link},
        people::offers,
        session::Caller,
        systems::plain,
    },
    Paging, instant, list, object, stamp,
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
        directory::{self, Filter, Row},
        rights,
    },
};

#[derive(Debug, Default, Deserialize)]
pub struct Wanted {
    q: Option<String>,
    account: Option<String>,
    role: Option<String>,
    state: Option<String>,
    cursor: Option<String>,
    limit: Option<i64>,
}

pub async fn index(
    State(app): State<App>,
    Caller(viewer): Caller,
    Query(wanted): Query<Wanted>,
) -> Result<Json<Value>> {
    viewer.may(Action::See, Resource::Person, Relation::Own)?;
    let limit = Paging::of(wanted.limit).limit()?;
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
    Ok(list(rows.iter().map(row).collect(), next))
}

/// One line for each membership; `id` is the person's, and null while they are only invited.
fn row(row: &Row) -> Value {
    json!({"id": row.person_id, "invitation": row.person_id.is_none().then_some(row.id),
           "membership": row.person_id.is_some().then_some(row.id), "name": row.name, "email": row.email,
           "role": row.role, "account": row.account_slug, "account_name": row.account_name, "cac": row.cac_code,
           "sites": row.sites, "state": row.state, "invited_until": row.expires_at.map(stamp),
           "second_factor": row.second_factor, "last_sign_in_at": row.last_sign_in.map(stamp)})
}

pub async fn show(State(app): State<App>, Caller(viewer): Caller, Path(id): Path<String>) -> Result<Json<Value>> {
    viewer.may(Action::See, Resource::Person, Relation::Own)?;
    whole(&app, &viewer, named(&id)?).await
}

async fn whole(app: &App, viewer: &Viewer, id: Uuid) -> Result<Json<Value>> {
    let (db, people) = (app.store.reader(), PeopleScope::of(viewer));
    let person = directory::person(db, &people, id).await?;
    let memberships = rights::of_person(db, &people, id).await?;
    let membership = |m: &rights::Row| {
        json!({"id": m.id, "account": m.account_slug, "account_name": m.account_name, "role": m.role,
               "cac": m.cac_code, "sites": m.sites, "since": stamp(m.created_at), "ended_at": m.ended_at.map(stamp)})
    };
    Ok(Json(json!({
        "id": person.id, "name": person.name, "email": person.email,
        "state": if person.disabled_at.is_some() { "disabled" } else { "active" },
        "second_factor": person.second_factor, "last_sign_in_at": person.last_sign_in.map(stamp),
        "sessions": person.sessions, "created_at": stamp(person.created_at),
        "memberships": memberships.iter().map(membership).collect::<Vec<_>>(),
    })))
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

/// The same answer whether the house knows the address or not.
pub async fn create(
    State(app): State<App>,
    Caller(viewer): Caller,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response> {
    viewer.may(Action::Change, Resource::Person, Relation::Own)?;
    let body = object(&body)?;
    let fields = Fields::of_json(&body)?.judged()?;
    let account = offers::account_named(&app, &viewer, fields.text("account").trim()).await?;
    let offer = offers::offer(&app, &viewer, account.id, &fields, sites(&body)?.as_deref()).await?;
    let (name, email) = (fields.text("name").trim().to_owned(), fields.text("email").trim().to_owned());
    let made = actions::invite(&app.store, &viewer, &Invite { name, email, offer }, app.clock.now()).await?;
    let url = link(&app, &headers, &format!("/invitations/{}", made.secret));
    let told = json!({"invitation": made.id, "url": url, "expires_at": instant(made.until), "state": "invited"});
    Ok((StatusCode::CREATED, Json(told)).into_response())
}

/// `state` disables and enables; `role`, `cac` and `sites` change what the person is in an account.
pub async fn change(
    State(app): State<App>,
    Caller(viewer): Caller,
    Path(id): Path<String>,
    body: Bytes,
) -> Result<Json<Value>> {
    let (id, body) = (named(&id)?, object(&body)?);
    let fields = Fields::of_json(&body)?.judged()?;
    if body.get("role").is_some() || body.get("cac").is_some() || body.get("sites").is_some() {
        change_membership(&app, &viewer, id, &body, &fields).await?;
    }
    let (by, now) = (By::Person(&viewer), app.clock.now());
    match fields.given("state") {
        None => {}
        Some("disabled") => actions::disable_person(&app.store, by, id, now).await?,
        Some("active") => actions::enable_person(&app.store, by, id, now).await?,
        Some(_) => return Err(Error::invalid("state", "A person is active or disabled.")),
    }
    whole(&app, &viewer, id).await
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
    actions::change_membership(&app.store, By::Person(viewer), which, |_| Ok(offer), app.clock.now()).await
}
