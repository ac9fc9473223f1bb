use axum::{
    Json,
    extract::{Query, State},
};
use serde_json::{Value, json};

use super::{
    super::{
        audit::{Wanted, person, unsealed, wanted},
        session::Caller,
    },
    Paging, list, stamp,
};
use crate::{
    app::App,
    error::Result,
    store::audit::lists::{self, Shown},
};

/// The newest deed first.
pub async fn index(State(app): State<App>, Caller(viewer): Caller, Query(asked): Query<Wanted>) -> Result<Json<Value>> {
    let limit = Paging::of(asked.limit).limit()?;
    let filter = asked.filter(&app, &viewer).await?;
    let rows = lists::list(app.store.reader(), &filter, asked.before()?, limit + 1).await?;
    let (rows, next) = wanted::page(rows, limit);
    Ok(list(rows.iter().map(deed).collect(), next))
}

fn deed(row: &Shown) -> Value {
    json!({
        "id": row.id, "position": row.pos, "at": stamp(row.at), "kind": row.kind,
        "actor": person(row.actor_id, row.actor_name.as_deref()),
        "account": person(row.account_id, row.account_name.as_deref()),
        "subject": {"kind": row.subject_kind, "id": row.subject_id, "name": row.subject_name},
        "about": person(row.about_id, row.about_name.as_deref()), "detail": row.detail, "names": unsealed(row),
        "sealed": row.sealed.is_some() && row.key.is_none(),
    })
}
