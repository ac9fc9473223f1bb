//! Accounts, contracts, partner relations and tokens for programs.

use axum::{
    Json,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde::Deserialize;
use utoipa::IntoParams;
use uuid::Uuid;

use super::{
    super::{
        accounts::{contracts_of, relations},
        paging,
        session::Caller,
        systems::plain,
        tokens::wanted,
    },
    limit, list,
    read::{Asked, Sent},
    shapes::{self, Account, Contract, List, PartnerRelation, Token},
    terms::{Reads, Writes},
};
use crate::{
    actions::{self, By},
    app::App,
    domain::policy::{Action, Relation, Resource},
    error::{Error, Result},
    store::{
        accounts::{self as store, ContractRow},
        relations::{self as relation_store, Whose},
        tokens::{self, TokenRow},
    },
};

#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Wanted {
    /// Part of a name.
    q: Option<String>,
    /// customer, partner or provider.
    kind: Option<String>,
    /// The `next_cursor` of the page before.
    cursor: Option<String>,
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<i64>,
}

/// Accounts of the house.
#[utoipa::path(get, path = "/api/v1/accounts", tag = "house", params(Wanted),
    responses((status = 200, body = List<Account>), Reads))]
pub async fn accounts(
    State(app): State<App>,
    Caller(viewer): Caller,
    Asked(asked): Asked<Wanted>,
) -> Result<Json<List<Account>>> {
    viewer.may(Action::See, Resource::Account, Relation::Foreign)?;
    let limit = limit(asked.limit)?;
    let after = paging::read(asked.cursor.as_deref())?;
    let (kind, words) = (asked.kind.as_deref().map(plain), asked.q.as_deref().map(plain));
    let (db, now) = (app.store.reader(), app.clock.now());
    let filter = (kind.as_deref(), words.as_deref());
    let rows = store::list(db, &viewer.scope, now, filter, after.as_ref(), limit + 1).await?;
    let (rows, next) = paging::cut(rows, limit, |row| (row.name.to_lowercase(), row.id));
    Ok(list((rows, next)))
}

/// One account, by its name in addresses.
#[utoipa::path(get, path = "/api/v1/accounts/{account}", tag = "house",
    responses((status = 200, body = Account), Reads))]
pub async fn account(
    State(app): State<App>,
    Caller(viewer): Caller,
    Path(account): Path<String>,
) -> Result<Json<Account>> {
    viewer.may(Action::See, Resource::Account, Relation::Foreign)?;
    let row = store::find(app.store.reader(), &viewer.scope, app.clock.now(), &account).await?;
    Ok(Json(row.into()))
}

/// Contracts that the caller may see, those that end first at the head.
#[utoipa::path(get, path = "/api/v1/contracts", tag = "house", params(Wanted),
    responses((status = 200, body = List<Contract>), Reads))]
pub async fn contracts(
    State(app): State<App>,
    Caller(viewer): Caller,
    Asked(asked): Asked<Wanted>,
) -> Result<Json<List<Contract>>> {
    let limit = limit(asked.limit)?;
    let (whose, after) = (contracts_of(&viewer)?, paging::read_time(asked.cursor.as_deref())?);
    let rows = store::contracts(app.store.reader(), &viewer.scope, whose, after, limit + 1).await?;
    let key = |row: &ContractRow| (row.ends_at.to_jiff().as_microsecond().to_string(), row.id);
    let (rows, next) = paging::cut(rows, limit, key);
    Ok(list((rows, next)))
}

/// Relations of partners with customers that the caller may see.
#[utoipa::path(get, path = "/api/v1/partner-relations", tag = "house", params(Wanted),
    responses((status = 200, body = List<PartnerRelation>), Reads))]
pub async fn partner_relations(
    State(app): State<App>,
    Caller(viewer): Caller,
    Asked(asked): Asked<Wanted>,
) -> Result<Json<List<PartnerRelation>>> {
    let limit = limit(asked.limit)?;
    let after = paging::read(asked.cursor.as_deref())?.map(|(_, id)| id);
    let whose = Whose { after, ..relations::whose(&viewer)? };
    let rows = relation_store::list(app.store.reader(), &viewer.scope, whose, app.clock.now(), limit + 1).await?;
    let (rows, next) = paging::cut(rows, limit, |row| (String::new(), row.id));
    Ok(list((rows, next)))
}

/// One relation of a partner with a customer.
#[utoipa::path(get, path = "/api/v1/partner-relations/{relation}", tag = "house",
    responses((status = 200, body = PartnerRelation), Reads))]
pub async fn partner_relation(
    State(app): State<App>,
    Caller(viewer): Caller,
    Path(relation): Path<String>,
) -> Result<Json<PartnerRelation>> {
    let id = relation.parse().map_err(|_| Error::NotFound)?;
    let whose = Whose { one: Some(id), ..relations::whose(&viewer)? };
    let found = relation_store::list(app.store.reader(), &viewer.scope, whose, app.clock.now(), 1).await?;
    found.into_iter().next().map(|row| Json(row.into())).ok_or(Error::NotFound)
}

/// Lets a partner serve a customer.
#[utoipa::path(post, path = "/api/v1/partner-relations", tag = "house", request_body = shapes::NewRelation,
    responses((status = 201, body = PartnerRelation), Writes))]
pub async fn relate(
    State(app): State<App>,
    Caller(viewer): Caller,
    Sent { fields, .. }: Sent<shapes::NewRelation>,
) -> Result<Response> {
    viewer.may(Action::Change, Resource::PartnerRelation, Relation::Foreign)?;
    let (wanted, now) = (relations::wanted(&fields)?, app.clock.now());
    let id = actions::add_relation(&app.store, &viewer, &wanted, now).await?;
    let one = Whose { one: Some(id), ..Whose::default() };
    let made = relation_store::list(app.store.reader(), &viewer.scope, one, now, 1).await?;
    let made = made.into_iter().next().map(PartnerRelation::from).ok_or(Error::NotFound)?;
    Ok((StatusCode::CREATED, Json(made)).into_response())
}

/// Tokens of programs, the newest first.
#[utoipa::path(get, path = "/api/v1/tokens", tag = "house", params(Wanted),
    responses((status = 200, body = List<Token>), Reads))]
pub async fn tokens(
    State(app): State<App>,
    Caller(viewer): Caller,
    Asked(asked): Asked<Wanted>,
) -> Result<Json<List<Token>>> {
    viewer.may(Action::See, Resource::Token, Relation::Foreign)?;
    let limit = limit(asked.limit)?;
    let after = paging::read_time(asked.cursor.as_deref())?;
    let rows = tokens::list(app.store.reader(), app.clock.now(), after, limit + 1).await?;
    let key = |row: &TokenRow| (row.created_at.to_jiff().as_microsecond().to_string(), row.id);
    let (rows, next) = paging::cut(rows, limit, key);
    Ok(list((rows, next)))
}

/// Makes a token; its secret stands in this one answer.
#[utoipa::path(post, path = "/api/v1/tokens", tag = "house", request_body = shapes::NewToken,
    responses((status = 201, body = Token), Writes))]
pub async fn make_token(
    State(app): State<App>,
    Caller(viewer): Caller,
    Sent { fields, .. }: Sent<shapes::NewToken>,
) -> Result<Response> {
    viewer.may(Action::Change, Resource::Token, Relation::Foreign)?;
    let now = app.clock.now();
    let made = actions::make_token(&app.store, By::Person(&viewer), &wanted(&fields)?, now).await?;
    let mut told = Token::from(tokens::find(app.store.reader(), made.id, now).await?);
    told.secret = Some(made.secret);
    Ok((StatusCode::CREATED, Json(told)).into_response())
}

/// One token, without what opens anything.
#[utoipa::path(get, path = "/api/v1/tokens/{token_id}", tag = "house",
    responses((status = 200, body = Token), Reads))]
pub async fn token(
    State(app): State<App>,
    Caller(viewer): Caller,
    Path(token_id): Path<String>,
) -> Result<Json<Token>> {
    viewer.may(Action::See, Resource::Token, Relation::Foreign)?;
    let id: Uuid = token_id.parse().map_err(|_| Error::NotFound)?;
    Ok(Json(tokens::find(app.store.reader(), id, app.clock.now()).await?.into()))
}

/// Ends a token.
#[utoipa::path(delete, path = "/api/v1/tokens/{token_id}", tag = "house",
    responses((status = 204, description = "It opens nothing any more."), Writes))]
pub async fn revoke_token(
    State(app): State<App>,
    Caller(viewer): Caller,
    Path(token_id): Path<String>,
) -> Result<StatusCode> {
    let id: Uuid = token_id.parse().map_err(|_| Error::NotFound)?;
    actions::revoke_token(&app.store, By::Person(&viewer), id, app.clock.now()).await?;
    Ok(StatusCode::NO_CONTENT)
}
