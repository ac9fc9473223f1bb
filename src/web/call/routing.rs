//! How the router decided where a call is: its steps, what it knew, and what it would say now.

use askama::Template;
use askama_web::WebTemplate;
use axum::extract::{Path, State};
use jiff::Timestamp;

use super::super::{shell::Shell, view};
use crate::{
    app::App,
    domain::number::CallNumber,
    error::{Error, Result},
    reference::Reference,
    router::{Decision, Facts},
    store::{
        calls::{self, Decided},
        history,
    },
};

#[derive(Template, WebTemplate)]
#[template(path = "calls/routing.html")]
pub struct RoutingPage {
    shell: Shell,
    number: CallNumber,
    title: String,
    queue: String,
    plain: String,
    why: Vec<String>,
    /// For staff: the last decision in full, if the router made one.
    told: Option<Told>,
}

/// What only the desks read of a decision.
pub struct Told {
    pub at: view::When,
    pub knew: Vec<(&'static str, String)>,
    pub openings: Vec<(String, &'static str, Option<view::When>)>,
    pub basis: Vec<(String, String)>,
    /// What the rules in force answer to the same facts at this moment.
    pub now: Decision,
    pub changed: bool,
}

pub async fn routing(State(app): State<App>, shell: Shell, Path(typed): Path<String>) -> Result<RoutingPage> {
    let viewer = shell.viewer()?;
    let number: CallNumber = typed.parse().map_err(|_| Error::NotFound)?;
    let db = app.store.reader();
    let detail = calls::find(db, &viewer.scope, number).await?;
    let (call, course) = (&detail.call, &detail.call.course);
    let decided = if viewer.scope.internal() {
        history::last_decision(db, &viewer.scope, call.customer_id, call.id).await?
    } else {
        None
    };
    let told = decided.map(|decided| Told::of(&decided, &app.reference.now(), app.clock.now())).transpose()?;
    let (title, queue) = (call.title.clone(), detail.place.queue_name.clone());
    Ok(RoutingPage { number, title, queue, plain: course.plain.clone(), why: course.why.clone(), told, shell })
}

impl Told {
    fn of(decided: &Decided, reference: &Reference, now: Timestamp) -> Result<Self> {
        let unreadable = |e: serde_json::Error| Error::Internal(format!("a decision can't be read: {e}"));
        let facts: Facts = serde_json::from_value(decided.inputs.clone()).map_err(unreadable)?;
        let decision: Decision = serde_json::from_value(decided.decision.clone()).map_err(unreadable)?;
        let again = reference.router.route(&Facts { at: now, ..facts.clone() });
        let when = |at| view::when(at, "UTC", now);
        let openings = decision.openings.iter().map(|opening| {
            let words = if opening.open { "open until" } else { "closed until" };
            (opening.cac.clone(), words, opening.changes_at.map(when))
        });
        Ok(Self {
            at: when(facts.at),
            openings: openings.collect(),
            knew: knew(&facts),
            basis: basis(decided),
            changed: again.queue != decision.queue,
            now: again,
        })
    }
}

fn knew(facts: &Facts) -> Vec<(&'static str, String)> {
    let partner = facts.partner.map_or("none".to_owned(), |partner| {
        let hours = if partner.open { "open" } else { "closed" };
        format!("{hours}, {} min to accept", partner.accept_minutes)
    });
    let mut knew = vec![
        ("Region", facts.region.clone()),
        ("Time zone of the site", facts.site_zone.clone()),
        ("Severity", facts.severity.to_string()),
        ("Subject", facts.subject.clone().unwrap_or_else(|| "none".to_owned())),
        ("Covered", if facts.covered { "yes" } else { "no" }.to_owned()),
        ("First-line partner", partner),
    ];
    knew.extend(facts.language.clone().map(|language| ("Language", language)));
    knew.extend(facts.same_incident.as_ref().map(|same| ("Open on the system", same.call.clone())));
    knew.extend(facts.known_to.as_ref().map(|known| ("Last engineer is of", known.cac.clone())));
    knew
}

/// Whatever the decision went by, under its own names.
fn basis(decided: &Decided) -> Vec<(String, String)> {
    let words = |value: &serde_json::Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let basis = decided.basis.as_object().into_iter().flatten();
    basis.map(|(name, value)| (name.replace('_', " "), words(value))).collect()
}
