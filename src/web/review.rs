//! The inbox of a channel partner: what needs its eye, what it works on, what others work on.

use askama::Template;
use askama_web::WebTemplate;
use axum::{
    extract::{Query, State},
    response::{IntoResponse, Response},
};
use serde::Deserialize;
use uuid::Uuid;

use super::{
    shell::Shell,
    view::{CallRow, Due},
};
use crate::{
    app::App,
    domain::access::{Party, Viewer},
    error::{Error, Result},
    store::calls,
};

#[derive(Template, WebTemplate)]
#[template(path = "review/index.html")]
pub struct IndexPage {
    shell: Shell,
    cards: Vec<CallRow>,
    ours: Vec<CallRow>,
    others: Vec<CallRow>,
    key: Uuid,
}

#[derive(Template, WebTemplate)]
#[template(path = "review/_cards.html")]
pub struct CardsFragment {
    cards: Vec<CallRow>,
    key: Uuid,
}

#[derive(Template, WebTemplate)]
#[template(path = "review/_work.html")]
pub struct WorkFragment {
    ours: Vec<CallRow>,
    others: Vec<CallRow>,
}

#[derive(Debug, Default, Deserialize)]
pub struct Wanted {
    fragment: Option<String>,
}

const OTHERS: i64 = 100;

pub async fn index(State(app): State<App>, shell: Shell, Query(wanted): Query<Wanted>) -> Result<Response> {
    let viewer = partner_only(&shell)?;
    let (cards, ours) = in_review(&app, viewer).await?;
    let key = Uuid::now_v7();
    if wanted.fragment.as_deref() == Some("cards") {
        return Ok(CardsFragment { cards, key }.into_response());
    }
    let others = calls::open_beside_review(app.store.reader(), &viewer.scope, viewer.account_id, OTHERS).await?;
    let others = CallRow::all(&others, viewer, app.clock.now());
    if wanted.fragment.is_some() {
        return Ok(WorkFragment { ours, others }.into_response());
    }
    Ok(IndexPage { shell, cards, ours, others, key }.into_response())
}

/// Nobody else has such an inbox.
fn partner_only(shell: &Shell) -> Result<&Viewer> {
    let viewer = shell.viewer()?;
    if viewer.role.party() == Party::Partner { Ok(viewer) } else { Err(Error::NotFound) }
}

/// What must still be accepted, and what was taken.
async fn in_review(app: &App, viewer: &Viewer) -> Result<(Vec<CallRow>, Vec<CallRow>)> {
    let rows = calls::review_of(app.store.reader(), &viewer.scope, viewer.account_id).await?;
    Ok(CallRow::all(&rows, viewer, app.clock.now()).into_iter().partition(|call| call.accept_by.is_some()))
}

impl IndexPage {
    fn first(&self) -> Option<&Due> {
        self.cards.first().and_then(|call| call.accept_by.as_ref())
    }
}
