//! The first page: for a customer whether anything is wrong and who has it, for others their work.

use askama::Template;
use askama_web::WebTemplate;
use axum::{
    extract::{Query, State},
    response::{IntoResponse, Redirect, Response},
};
use serde::Deserialize;

use super::{
    fleet::Tile,
    shell::Shell,
    view::{CallRow, When, when},
};
use crate::{
    app::App,
    domain::access::{Party, Viewer},
    error::Result,
    store::{
        calls::{self, Filter},
        desk, places,
        systems::{self, Fleet, Narrowed, SystemRow},
    },
};

#[derive(Template, WebTemplate)]
#[template(path = "home/customer.html")]
pub struct CustomerPage {
    shell: Shell,
    answer: Answer,
    calls: Vec<CallRow>,
    standing: desk::Standing,
    tiles: Vec<Tile>,
    lately: Vec<CallRow>,
}

#[derive(Template, WebTemplate)]
#[template(path = "home/_answer.html")]
pub struct AnswerFragment {
    answer: Answer,
}

#[derive(Template, WebTemplate)]
#[template(path = "home/_calls.html")]
pub struct CallsFragment {
    calls: Vec<CallRow>,
    standing: desk::Standing,
}

#[derive(Template, WebTemplate)]
#[template(path = "home/_tiles.html")]
pub struct TilesFragment {
    tiles: Vec<Tile>,
}

#[derive(Debug, Default, Deserialize)]
pub struct Wanted {
    fragment: Option<String>,
}

pub async fn show(State(app): State<App>, shell: Shell, Query(wanted): Query<Wanted>) -> Result<Response> {
    match shell.viewer()?.role.party() {
        Party::Staff | Party::House => Ok(Redirect::to("/queues").into_response()),
        Party::Partner => Ok(Redirect::to("/review").into_response()),
        _ => customer(&app, shell, wanted.fragment.as_deref()).await,
    }
}

async fn customer(app: &App, shell: Shell, fragment: Option<&str>) -> Result<Response> {
    let viewer = shell.viewer()?;
    match fragment {
        Some("answer") => {
            let answer = answer(app, viewer, &open(app, viewer).await?).await?;
            Ok(AnswerFragment { answer }.into_response())
        }
        Some("calls") => {
            let standing = desk::standing(app.store.reader(), &viewer.scope).await?;
            Ok(CallsFragment { calls: open(app, viewer).await?, standing }.into_response())
        }
        Some(_) => Ok(TilesFragment { tiles: tiles(app, viewer).await? }.into_response()),
        None => {
            let calls = open(app, viewer).await?;
            let answer = answer(app, viewer, &calls).await?;
            let (tiles, lately) = (tiles(app, viewer).await?, lately(app, viewer).await?);
            let standing = desk::standing(app.store.reader(), &viewer.scope).await?;
            Ok(CustomerPage { shell, answer, calls, standing, tiles, lately }.into_response())
        }
    }
}

const CALLS: i64 = 50;
const SITES: i64 = 60;
const SYSTEMS: i64 = 1_000;
const LATELY: i64 = 5;
/// So many systems in trouble are named; of more there is a number.
const NAMED: usize = 3;

async fn open(app: &App, viewer: &Viewer) -> Result<Vec<CallRow>> {
    let rows = calls::open_of_customer(app.store.reader(), &viewer.scope, viewer.account_id, CALLS).await?;
    Ok(CallRow::all(&rows, viewer, app.clock.now()))
}

async fn tiles(app: &App, viewer: &Viewer) -> Result<Vec<Tile>> {
    let (db, now) = (app.store.reader(), app.clock.now());
    let sites = places::list(db, &viewer.scope, SITES).await?;
    let systems = systems::list(db, &viewer.scope, now, &Narrowed::default(), SYSTEMS).await?;
    Ok(sites.iter().map(|site| Tile::of(site, &systems, now)).collect())
}

async fn lately(app: &App, viewer: &Viewer) -> Result<Vec<CallRow>> {
    let closed = Filter { statuses: Some(vec!["closed".to_owned()]), ..Filter::default() };
    let rows = calls::list(app.store.reader(), &viewer.scope, &closed, None, LATELY).await?;
    Ok(CallRow::all(&rows, viewer, app.clock.now()))
}

/// Is anything wrong, and who has it?
pub struct Answer {
    well: bool,
    headline: String,
    troubled: Vec<Troubled>,
    others: usize,
    /// The call is not of a system that is named here.
    elsewhere: bool,
    worst: Option<CallRow>,
    silent: i64,
    may_file: bool,
}

struct Troubled {
    serial: String,
    nickname: String,
    site: String,
    since: When,
}

async fn answer(app: &App, viewer: &Viewer, calls: &[CallRow]) -> Result<Answer> {
    let (db, now) = (app.store.reader(), app.clock.now());
    let fleet = systems::fleet(db, &viewer.scope, now).await?;
    let rows = systems::list(db, &viewer.scope, now, &Narrowed::default(), SYSTEMS).await?;
    let in_trouble: Vec<&SystemRow> = rows.iter().filter(|row| row.redundancy != "duplex").collect();
    let worst = worst(calls, &in_trouble).cloned();
    let elsewhere = worst.as_ref().is_some_and(|call| is_elsewhere(call, &in_trouble));
    let named = in_trouble.iter().take(NAMED).map(|row| Troubled {
        serial: row.serial.clone(),
        nickname: row.nickname.clone(),
        site: row.site_name.clone(),
        since: when(row.standing_since(), &row.time_zone, now),
    });
    Ok(Answer {
        well: in_trouble.is_empty() && worst.is_none() && fleet.silent == 0,
        headline: headline(&fleet, worst.as_ref()),
        troubled: named.collect(),
        others: in_trouble.len().saturating_sub(NAMED),
        elsewhere,
        worst,
        silent: fleet.silent,
        may_file: viewer.actor().party.is_person(),
    })
}

/// The call to name first: a critical one, then one of a system in trouble, however it was judged, then one that we and
/// not they have to move.
fn worst<'a>(calls: &'a [CallRow], in_trouble: &[&SystemRow]) -> Option<&'a CallRow> {
    let named = calls.iter().filter(|call| call.is_worked());
    let named = named.filter(|call| call.sev.n <= 2 || !is_elsewhere(call, in_trouble));
    named.min_by_key(|call| {
        (call.sev.n > 1, is_elsewhere(call, in_trouble), call.sev.n, call.status_class == "awaiting_customer")
    })
}

fn is_elsewhere(call: &CallRow, in_trouble: &[&SystemRow]) -> bool {
    !in_trouble.iter().any(|row| call.serial.as_ref() == Some(&row.serial))
}

/// The worst that can be said, in one sentence.
fn headline(fleet: &Fleet, worst: Option<&CallRow>) -> String {
    let several = |n: i64, one: &str, more: &str| {
        if n == 1 { format!("One system {one}") } else { format!("{n} systems {more}") }
    };
    match (fleet, worst.map(|call| call.sev.n)) {
        (Fleet { all: 0, .. }, None) => "No system of yours is known here yet.".to_owned(),
        (Fleet { down, .. }, _) if *down > 0 => format!("{}.", several(*down, "is down", "are down")),
        (_, Some(1)) => "A critical call is open.".to_owned(),
        (Fleet { simplex, .. }, _) if *simplex > 0 => {
            format!("{} without redundancy; nothing is down.", several(*simplex, "runs", "run"))
        }
        (_, Some(_)) => "A serious call is open; every system runs with redundancy.".to_owned(),
        (Fleet { silent, .. }, _) if *silent > 0 => {
            format!("{} calling home; nothing else is wrong.", several(*silent, "has stopped", "have stopped"))
        }
        (Fleet { all: 1, .. }, _) => "Your system is well.".to_owned(),
        (Fleet { all, .. }, _) => format!("All {all} systems are well."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_sentence_names_the_worst() {
        let fleet = |all, down, simplex, silent| Fleet { all, down, simplex, silent };
        for (fleet, sentence) in [
            (fleet(0, 0, 0, 0), "No system of yours is known here yet."),
            (fleet(38, 0, 0, 0), "All 38 systems are well."),
            (fleet(38, 0, 1, 0), "One system runs without redundancy; nothing is down."),
            (fleet(38, 0, 0, 2), "2 systems have stopped calling home; nothing else is wrong."),
            (fleet(38, 1, 4, 0), "One system is down."),
        ] {
            assert_eq!(headline(&fleet, None), sentence);
        }
    }
}
