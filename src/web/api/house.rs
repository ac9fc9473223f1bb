//! Accounts, contracts, partner relations and tokens for programs.

use axum::{
    Json,
    body::Bytes,
    extract::{Path, Query, State},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    super::{
        accounts::{contracts_of, relations},
        fields::Fields,
        paging,
        session::Caller,
        systems::plain,
        tokens::wanted,
    },
    Paging, list, object, stamp,
};
use crate::{
    actions::{self, By},
    app::App,
    domain::policy::{Action, Relation, Resource},
    error::{Error, Result},
    store::{
        accounts as store,
        relations::{self as relation_store, RelationRow, Whose},
        tokens::{self, TokenRow},
    },
};

#[derive(Debug, Default, Deserialize)]
pub struct Wanted {
    q: Option<String>,
    kind: Option<String>,
    cursor: Option<String>,
    limit: Option<i64>,
}

pub async fn accounts(
    State(app): State<App>,
    Caller(viewer): Caller,
    Query(asked): Query<Wanted>,
) -> Result<Json<Value>> {
    viewer.may(Action::See, Resource::Account, Relation::Foreign)?;
    let limit = Paging::of(asked.limit).limit()?;
    let after = paging::read(asked.cursor.as_deref())?;
    let (kind, words) = (asked.kind.as_deref().map(plain), asked.q.as_deref().map(plain));
    let (db, now) = (app.store.reader(), app.clock.now());
    let filter = (kind.as_deref(), words.as_deref());
    let rows = store::list(db, &viewer.scope, now, filter, after.as_ref(), limit + 1).await?;
    let (rows, next) = paging::cut(rows, limit, |row| (row.name.to_lowercase(), row.id));
    let account = |a: &store::AccountRow| {
        json!({"id": a.id, "account": a.slug, "name": a.name, "kind": a.kind, "people": a.people, "sites": a.sites,
               "systems": a.systems, "relations": a.relations, "created_at": stamp(a.created_at)})
    };
    Ok(list(rows.iter().map(account).collect(), next))
}

pub async fn contracts(
    State(app): State<App>,
    Caller(viewer): Caller,
    Query(asked): Query<Wanted>,
) -> Result<Json<Value>> {
    let limit = Paging::of(asked.limit).limit()?;
    let whose = contracts_of(&viewer)?;
    let rows = store::contracts(app.store.reader(), &viewer.scope, whose, limit).await?;
    let contract = |c: &store::ContractRow| {
        json!({"id": c.id, "name": c.name, "customer": c.customer_name, "account": c.customer_slug,
               "service_level": c.service_level, "systems": c.systems, "starts_at": stamp(c.starts_at),
               "ends_at": stamp(c.ends_at)})
    };
    Ok(list(rows.iter().map(contract).collect(), None))
}

pub async fn partner_relations(
    State(app): State<App>,
    Caller(viewer): Caller,
    Query(asked): Query<Wanted>,
) -> Result<Json<Value>> {
    let limit = Paging::of(asked.limit).limit()?;
    let whose = relations::whose(&viewer)?;
    let rows = relation_store::list(app.store.reader(), &viewer.scope, whose, app.clock.now(), limit).await?;
    Ok(list(rows.iter().map(relation).collect(), None))
}

fn relation(r: &RelationRow) -> Value {
    json!({"id": r.id, "partner": r.partner_slug, "partner_name": r.partner_name, "customer": r.customer_slug,
           "customer_name": r.customer_name, "site": r.site_code, "first_line": r.first_line,
           "accept_minutes": r.accept_minutes, "history": r.history, "history_from": r.history_from.map(stamp),
           "valid_from": stamp(r.valid_from), "valid_to": r.valid_to.map(stamp)})
}

pub async fn relate(State(app): State<App>, Caller(viewer): Caller, body: Bytes) -> Result<Response> {
    viewer.may(Action::Change, Resource::PartnerRelation, Relation::Foreign)?;
    let fields = Fields::of_json(&object(&body)?)?.judged()?;
    let (wanted, now) = (relations::wanted(&fields)?, app.clock.now());
    let id = actions::add_relation(&app.store, &viewer, &wanted, now).await?;
    let one = Whose { one: Some(id), ..Whose::default() };
    let made = relation_store::list(app.store.reader(), &viewer.scope, one, now, 1).await?;
    Ok((StatusCode::CREATED, Json(made.first().map(relation))).into_response())
}

pub async fn tokens(
    State(app): State<App>,
    Caller(viewer): Caller,
    Query(asked): Query<Wanted>,
) -> Result<Json<Value>> {
    viewer.may(Action::See, Resource::Token, Relation::Foreign)?;
    let limit = Paging::of(asked.limit).limit()?;
    let after = paging::read_time(asked.cursor.as_deref())?;
    let rows = tokens::list(app.store.reader(), app.clock.now(), after, limit + 1).await?;
    let key = |row: &TokenRow| (row.created_at.to_jiff().as_microsecond().to_string(), row.id);
    let (rows, next) = paging::cut(rows, limit, key);
    Ok(list(rows.iter().map(token).collect(), next))
}

fn token(t: &TokenRow) -> Value {
    json!({"id": t.id, "prefix": t.prefix, "name": t.name, "scopes": t.scopes, "person": t.person_id,
           "person_name": t.person_name, "role": t.role, "account_name": t.account_name, "opens": t.opens,
           "made_by": t.made_by, "created_at": stamp(t.created_at), "expires_at": t.expires_at.map(stamp),
           "last_used_at": t.last_used_at.map(stamp), "revoked_at": t.revoked_at.map(stamp)})
}

/// The secret stands in this one answer.
pub async fn make_token(State(app): State<App>, Caller(viewer): Caller, body: Bytes) -> Result<Response> {
    viewer.may(Action::Change, Resource::Token, Relation::Foreign)?;
    let fields = Fields::of_json(&object(&body)?)?.judged()?;
    let now = app.clock.now();
    let made = actions::make_token(&app.store, By::Person(&viewer), &wanted(&fields)?, now).await?;
    let mut told = token(&tokens::find(app.store.reader(), made.id, now).await?);
    told["secret"] = json!(made.secret);
    Ok((StatusCode::CREATED, Json(told)).into_response())
}

pub async fn revoke_token(
    State(app): State<App>,
    Caller(viewer): Caller,
    Path(id): Path<String>,
) -> Result<StatusCode> {
    let id: Uuid = id.parse().map_err(|_| Error::NotFound)?;
    actions::revoke_token(&app.store, By::Person(&viewer), id, app.clock.now()).await?;
    Ok(StatusCode::NO_CONTENT)
}
