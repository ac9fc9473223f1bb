//! The demo's clock: the hours to come as the router sees them, and moving on to them.

use std::collections::BTreeMap;

use axum::{Form, extract::State, response::Redirect};
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;

use super::{
    super::{
        shell::Shell,
        view::{self, When},
    },
    views::{duty, held, number, severity},
};
use crate::{
    actions,
    app::App,
    domain::access::{Party, Role},
    error::{Error, Result},
    reference::Reference,
    store::{handovers::Urgent, reference},
};

/// Where every urgent call would be at an instant, if nobody touched it until then.
pub struct Hours {
    pub minutes: i64,
    pub at: When,
    pub left: String,
    pub places: Vec<Place>,
}

pub struct Place {
    pub code: String,
    pub index: usize,
    pub awake: bool,
    pub calls: Vec<Call>,
}

pub struct Call {
    pub number: String,
    pub sev: view::Sev,
    pub title: String,
    /// It is elsewhere now.
    pub moved: bool,
}

/// The longest that the clock is moved at once.
pub const MOST: i64 = 24 * 60;

impl Hours {
    pub fn at(reference: &Reference, urgent: &[Urgent], now: Timestamp, minutes: i64) -> Self {
        let minutes = minutes.clamp(0, MOST);
        let at = now + SignedDuration::from_mins(minutes);
        let router = &reference.router;
        let rules = router.rules();
        let mut calls: BTreeMap<Option<String>, Vec<Call>> = BTreeMap::new();
        for call in urgent {
            let moves = router.journey(&held(call), now, at);
            let queue = moves.last().map_or(&call.queue, |(_, handover)| &handover.queue);
            let cac = rules.queues.iter().find(|q| q.slug == *queue).map(|q| q.cac.clone());
            let there = Call {
                number: number(call.number),
                sev: severity(call.severity),
                title: call.title.clone(),
                moved: *queue != call.queue,
            };
            calls.entry(cac).or_default().push(there);
        }
        let ordered =
            rules.regions.iter().flat_map(|region| rules.cacs.iter().filter(move |cac| cac.region == *region));
        let mut places: Vec<Place> = ordered
            .enumerate()
            .map(|(index, cac)| Place {
                index: index % 5 + 1,
                awake: rules.calendar(&cac.calendar).is_some_and(|calendar| calendar.is_open(at)),
                calls: calls.remove(&Some(cac.code.clone())).unwrap_or_default(),
                code: cac.code.clone(),
            })
            .collect();
        let on_duty = calls.remove(&None).unwrap_or_default();
        places.push(Place { code: duty(None), index: 0, awake: !on_duty.is_empty(), calls: on_duty });
        let left = view::span(SignedDuration::from_mins(minutes));
        Self { minutes, at: view::when(at, "UTC", now), left, places }
    }

    /// The hours offered where no slider can be dragged.
    #[expect(clippy::unused_self, reason = "a template can only call methods")]
    pub fn steps(&self) -> [(i64, &'static str); 7] {
        [(30, "30 min"), (60, "1 h"), (120, "2 h"), (240, "4 h"), (480, "8 h"), (720, "12 h"), (1440, "24 h")]
    }
}

/// Only a demo that says so in its store may play with time.
pub async fn is_demo(app: &App) -> Result<bool> {
    if !app.config.demo {
        return Ok(false);
    }
    Ok(reference::mark(app.store.reader(), "kind").await?.as_deref() == Some("demo"))
}

#[derive(Debug, Deserialize)]
pub struct Ahead {
    minutes: i64,
}

/// The clock of the whole demo moves on, and with it everything that becomes due.
pub async fn shift(State(app): State<App>, shell: Shell, Form(ahead): Form<Ahead>) -> Result<Redirect> {
    let viewer = shell.viewer()?;
    let playing = viewer.role.party() == Party::Staff || viewer.role == Role::Admin;
    if !playing || !is_demo(&app).await? {
        return Err(Error::NotFound);
    }
    if !(1..=MOST).contains(&ahead.minutes) {
        return Err(Error::invalid("minutes", "The clock moves on by 1 to 1440 minutes."));
    }
    let moved = actions::move_clock(&app, SignedDuration::from_mins(ahead.minutes)).await?;
    Ok(Redirect::to(&format!("/handovers?moved={moved}")))
}

pub fn moved_words(moved: i64) -> String {
    match moved {
        0 => "The demo's clock has moved on. No call changed hands.".to_owned(),
        1 => "The demo's clock has moved on. One call changed hands.".to_owned(),
        many => format!("The demo's clock has moved on. Calls changed hands {many} times."),
    }
}
