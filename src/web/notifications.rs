//! What a person has been told, and the bell that counts what they have not seen.

use askama::Template;
use askama_web::WebTemplate;
use axum::{
    Form,
    extract::{Query, State},
    response::{IntoResponse, Redirect, Response},
};
use jiff::Timestamp;
use serde::Deserialize;

use super::{
    shell::Shell,
    view::{self, Sev, When},
};
use crate::{
    actions,
    app::App,
    domain::{call::Verb, number::CallNumber, remote::Step},
    error::Result,
    store::{
        handovers,
        notifications::{self, Boundary, Notice},
    },
};

#[derive(Template, WebTemplate)]
#[template(path = "notifications/index.html")]
pub struct IndexPage {
    shell: Shell,
    notices: Vec<NoticeLine>,
    up_to: i64,
}

#[derive(Template, WebTemplate)]
#[template(path = "notifications/_bell.html")]
pub struct BellFragment {
    shell: Shell,
}

#[derive(Template, WebTemplate)]
#[template(path = "notifications/_inbox.html")]
pub struct InboxFragment {
    notices: Vec<NoticeLine>,
}

#[derive(Debug, Default, Deserialize)]
pub struct Wanted {
    fragment: Option<String>,
}

pub async fn index(State(app): State<App>, shell: Shell, Query(wanted): Query<Wanted>) -> Result<Response> {
    if wanted.fragment.as_deref() == Some("bell") {
        return Ok(BellFragment { shell }.into_response());
    }
    let viewer = shell.viewer()?;
    // What somebody has been told is for them alone, also while an administrator looks at their pages.
    let rows = if viewer.is_watched() {
        Vec::new()
    } else {
        notifications::of_person(app.store.reader(), &viewer.scope, viewer.person_id).await?
    };
    let notices = rows.iter().map(|notice| NoticeLine::of(notice, app.clock.now())).collect();
    if wanted.fragment.is_some() {
        return Ok(InboxFragment { notices }.into_response());
    }
    let up_to = rows.first().map_or(0, |newest| newest.pos);
    Ok(IndexPage { shell, notices, up_to }.into_response())
}

#[derive(Debug, Deserialize)]
pub struct Read {
    up_to: i64,
}

/// What came after the page was shown stays unread.
pub async fn read(State(app): State<App>, shell: Shell, Form(read): Form<Read>) -> Result<Redirect> {
    actions::mark_notices_seen(&app, shell.viewer()?, read.up_to).await?;
    Ok(Redirect::to("/notifications"))
}

pub struct NoticeLine {
    what: String,
    href: String,
    title: String,
    said: Option<String>,
    sev: Sev,
    at: When,
    unread: bool,
}

/// So much of what somebody wrote is shown here; the rest stands on the call.
const GLANCE: usize = 200;

impl NoticeLine {
    fn of(notice: &Notice, now: Timestamp) -> Self {
        let number = CallNumber::from_serial(notice.number).to_string();
        if let Some(boundary) = &notice.boundary {
            return Self::of_boundary(notice, boundary, now);
        }
        let who = notice.actor_name.clone().unwrap_or_else(|| by_itself(&notice.party).to_owned());
        let severity = crate::domain::severity::Severity::try_from(notice.severity);
        Self {
            what: format!("{who} {} {number}", done(&notice.kind)),
            href: format!("/calls/{number}"),
            title: notice.title.clone(),
            said: notice.body.as_deref().filter(|body| !body.is_empty()).map(glance),
            sev: severity.unwrap_or(crate::domain::severity::Severity::Minor).into(),
            at: view::ago(notice.at.to_jiff(), now),
            unread: !notice.seen,
        }
    }

    /// One line for all that a boundary brought.
    fn of_boundary(notice: &Notice, boundary: &Boundary, now: Timestamp) -> Self {
        let Boundary { queue, from, calls, waiting, first_due } = boundary;
        let calls = if *calls == 1 { "1 call".to_owned() } else { format!("{calls} calls") };
        let due = first_due.map(|at| format!(", first promise due {} UTC", view::at_place(at, "UTC", now)));
        let what = match notice.kind.as_str() {
            // Who was told reads it later, too, when others have seen to it.
            handovers::NOT_ACCEPTED if *waiting == 0 => {
                format!("{queue} had not accepted {calls} in time; somebody has seen to it since")
            }
            handovers::NOT_ACCEPTED => format!("{queue} has not accepted {waiting} of {calls}"),
            _ => format!("{calls} for {queue} from {}{}", from.join(" and "), due.unwrap_or_default()),
        };
        let severity = crate::domain::severity::Severity::try_from(notice.severity);
        Self {
            what,
            href: "/handovers".to_owned(),
            title: notice.title.clone(),
            said: None,
            sev: severity.unwrap_or(crate::domain::severity::Severity::Minor).into(),
            at: view::ago(notice.at.to_jiff(), now),
            unread: !notice.seen,
        }
    }
}

fn glance(body: &str) -> String {
    match body.char_indices().nth(GLANCE) {
        Some((end, _)) => format!("{}…", &body[..end]),
        None => body.to_owned(),
    }
}

fn by_itself(party: &str) -> &'static str {
    match party {
        "device" => "The system",
        "router" => "The router",
        "timer" => "The clock",
        "customer" => "The customer",
        "partner" => "The partner",
        _ => "The CAC",
    }
}

/// What was done, so that a call number can follow.
fn done(kind: &str) -> &'static str {
    match Verb::from_name(kind) {
        Some(Verb::Route) => "brought you",
        Some(Verb::Edit) => "put something right on",
        Some(Verb::Assign) => "changed who has",
        Some(Verb::Comment) => "wrote on",
        Some(Verb::Note) => "left a work note on",
        Some(Verb::AskCustomer) => "asks you something on",
        Some(Verb::Answer) => "answered on",
        Some(Verb::Hold) => "put on hold",
        Some(Verb::ChangeSeverity) => "changed the severity of",
        Some(Verb::TakeReview) => "took the review of",
        Some(Verb::PassOn) => "passed on",
        Some(Verb::Dismiss) => "dismissed",
        Some(Verb::HandOver) => "handed over",
        Some(Verb::AcceptHandover) => "accepted",
        Some(Verb::Restore) => "reports service restored on",
        Some(Verb::Resolve) => "has a solution for",
        Some(Verb::RejectSolution) => "says it is not solved:",
        Some(Verb::Accept) => "accepted the solution of",
        Some(Verb::Close) => "closed",
        Some(Verb::Reopen) => "opened again",
        Some(Verb::Cancel) => "cancelled",
        Some(Verb::ClockAtRisk) => "says that a promise is at risk on",
        Some(Verb::ClockMissed) => "says that a promise is missed on",
        Some(Verb::ClocksRecounted) => "counted the promises anew on",
        Some(Verb::Remind) => "reminds you of",
        Some(Verb::ClearAlarm) => "says the fault is over on",
        Some(Verb::Recover) => "says that some of it is over on",
        Some(Verb::Flap) => "comes and goes on",
        Some(Verb::JoinStorm) => "is part of a storm:",
        Some(Verb::EndSilence) => "is heard again:",
        Some(Verb::RemoteAccess) => "changed the remote access on",
        _ => kind.strip_prefix("remote_").and_then(Step::from_name).map_or("did something on", let_in),
    }
}

/// What became of an access to a system from afar.
fn let_in(step: Step) -> &'static str {
    match step {
        Step::Ask => "asks you for remote access on",
        Step::Grant => "granted remote access on",
        Step::Decline => "declined remote access on",
        Step::Withdraw => "asks no more for remote access on",
        Step::Lapse => "saw no answer to the request for remote access on",
        Step::BeginUse => "has connected for",
        Step::EndUse => "has disconnected from",
        Step::End => "ended remote access on",
        Step::Expire => "ended the remote access whose time is over on",
        Step::CallOver => "ended remote access with the call",
    }
}
