//! How the router decided where a call is: its steps, what it knew, and what it would say now.

use askama::Template;
use askama_web::WebTemplate;
use axum::extract::{Path, State};
use jiff::Timestamp;

use super::super::{shell::Shell, view};
use crate::{
    app::App,
    domain::{
        call::{Call, Change},
        number::CallNumber,
    },
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
    /// Since when it lies in this queue.
    since: view::When,
    /// For staff: the last decision in full, if the router made one.
    told: Option<Told>,
}

/// What only the desks read of a decision.
pub struct Told {
    pub at: view::When,
    /// Who gave it to another desk since then, and why.
    pub moves: Vec<(view::When, String)>,
    pub knew: Vec<(&'static str, String)>,
    pub openings: Vec<(String, &'static str, Option<view::When>)>,
    pub basis: Vec<(String, String)>,
    /// What the rules in force answer at this moment to the call as it is.
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
    let (reference, now) = (app.reference.now(), app.clock.now());
    let told = match decided {
        Some(decided) => {
            let lines = history::of_call(db, &viewer.scope, call.customer_id, call.id).await?;
            Some(Told::of(&decided, call, &lines, (&reference, now))?)
        }
        None => None,
    };
    Ok(RoutingPage {
        number,
        title: call.title.clone(),
        queue: detail.place.queue_name.clone(),
        plain: course.plain.clone(),
        why: course.reasons(viewer.scope.internal()),
        since: view::when(course.queue_since.unwrap_or(call.opened_at), "UTC", now),
        told,
        shell,
    })
}

impl Told {
    fn of(
        decided: &Decided,
        call: &Call,
        lines: &[history::Told],
        (reference, now): (&Reference, Timestamp),
    ) -> Result<Self> {
        let unreadable = |e: serde_json::Error| Error::Internal(format!("a decision can't be read: {e}"));
        let facts: Facts = serde_json::from_value(decided.inputs.clone()).map_err(unreadable)?;
        let decision: Decision = serde_json::from_value(decided.decision.clone()).map_err(unreadable)?;
        let again = reference.router.route(&Facts { at: now, severity: call.severity, ..facts.clone() });
        let when = |at| view::when(at, "UTC", now);
        let openings = decision.openings.iter().map(|opening| {
            let words = if opening.open { "open until" } else { "closed until" };
            (opening.cac.clone(), words, opening.changes_at.map(when))
        });
        Ok(Self {
            at: when(facts.at),
            moves: moves(lines, decided.seq, reference, now),
            openings: openings.collect(),
            knew: knew(&facts),
            basis: basis(decided),
            changed: again.queue != call.queue,
            now: again,
        })
    }
}

/// What moved the call after the router did.
fn moves(lines: &[history::Told], decided: i32, reference: &Reference, now: Timestamp) -> Vec<(view::When, String)> {
    let later =
        lines.iter().map(|told| (&told.line, told.actor_name.as_deref())).filter(|(line, _)| line.seq > decided);
    later
        .filter_map(|(line, who)| {
            let Change::HandOver { queue, shift } = &line.change else { return None };
            let sun = shift.as_ref().and_then(|shift| shift.sun.as_ref());
            let why = sun.map_or_else(|| format!("by {}", who.unwrap_or("somebody")), |sun| sun.chip.clone());
            let at = view::when(line.occurred_at, "UTC", now);
            Some((at, format!("{}: {why}", reference.queue_name(queue))))
        })
        .collect()
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
    let words = |value: &serde_json::Value| match value {
        serde_json::Value::String(text) => text.clone(),
        serde_json::Value::Object(parts) => {
            parts.iter().map(|(name, part)| format!("{name} {part}")).collect::<Vec<_>>().join(", ")
        }
        other => other.to_string(),
    };
    let basis = decided.basis.as_object().into_iter().flatten();
    basis.map(|(name, value)| (name.replace('_', " "), words(value))).collect()
}
