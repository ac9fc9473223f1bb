//! Is the portal well? For everybody, signed in or not, and when the store is away too.

use askama::Template;
use askama_web::WebTemplate;
use axum::{extract::State, http::HeaderMap};
use jiff::Timestamp;

use super::{
    queues::Sun,
    shell::Shell,
    view::{self, When},
};
use crate::{app::App, reference::Reference, store::outbox};

#[derive(Template, WebTemplate)]
#[template(path = "status.html")]
pub struct ShowPage {
    shell: Shell,
    store_answers: bool,
    last_data: Option<When>,
    now: When,
    sun: Sun,
    centers: Vec<Center>,
}

pub struct Center {
    region: String,
    code: String,
    place: String,
    open: bool,
    words: String,
}

pub async fn show(State(app): State<App>, headers: HeaderMap) -> ShowPage {
    let (now, reference) = (app.clock.now(), app.reference.now());
    let last = outbox::last_told_at(app.store.reader()).await;
    ShowPage {
        shell: Shell::of(&app, &headers, "/status").await.unwrap_or_default(),
        store_answers: last.is_ok(),
        last_data: last.ok().flatten().map(|at| view::ago(at, now)),
        now: view::when(now, "UTC", now),
        sun: Sun::at(&reference, now),
        centers: centers(&reference, now),
    }
}

fn centers(reference: &Reference, now: Timestamp) -> Vec<Center> {
    let rules = reference.router.rules();
    let ordered = rules.regions.iter().flat_map(|region| rules.cacs.iter().filter(move |cac| cac.region == *region));
    let told = ordered.filter_map(|cac| {
        let calendar = rules.calendar(&cac.calendar)?;
        let there = |at| view::at_place(at, calendar.zone_name(), now);
        let open = calendar.is_open(now);
        let words = match (open, calendar.open_until(now), calendar.next_open(now)) {
            (true, Some(until), _) => format!("until {} there", there(until)),
            (true, None, _) => "day and night".to_owned(),
            (false, _, Some(opens)) => format!("opens {} there", there(opens)),
            (false, _, None) => String::new(),
        };
        Some(Center { region: cac.region.clone(), code: cac.code.clone(), place: calendar.place(), open, words })
    });
    told.collect()
}
