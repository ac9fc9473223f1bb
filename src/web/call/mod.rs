//! The page of one call: how bad, whose, until when; what happened; what can be done.
mod clocks;
mod edits;
mod faults;
mod log;
mod machines;
mod playbook;
mod remote;
mod routing;
mod standing;
mod system;
mod turn;

use std::sync::Arc;

use askama::Template;
use askama_web::WebTemplate;
use axum::{
    extract::{Path, Query, State},
    response::{IntoResponse, Redirect, Response},
};
use serde::Deserialize;
use uuid::Uuid;

pub use self::faults::all as all_faults;
pub use self::routing::routing;
pub use self::turn::open_to;
use self::{
    clocks::Clocks,
    faults::FaultsView,
    log::Item,
    playbook::PlaybookView,
    remote::RemoteView,
    standing::{closes_on, status_words},
    system::SystemView,
    turn::NextStep,
};
use super::{
    drafts,
    shell::Shell,
    view::{self, Sev},
};
use crate::{
    app::App,
    domain::{
        access::{Party, Viewer},
        call::{self, HoldReason, Status, Verb},
        number::CallNumber,
        policy::{Action, Relation, Resource},
        priority::Priority,
    },
    error::{Error, Result},
    reference::Reference,
    store::{
        calls::{self, CallDetail},
        history,
        memberships::Colleague,
    },
};

#[derive(Deserialize)]
pub struct Wanted {
    fragment: Option<String>,
}

#[derive(Template, WebTemplate)]
#[template(path = "calls/show.html")]
pub struct ShowPage {
    shell: Shell,
    c: CallView,
    items: Vec<Item>,
    next: Option<NextStep>,
    playbook: Option<PlaybookView>,
    colleagues: Arc<Vec<Colleague>>,
    queues: Vec<(String, String)>,
    draft: String,
    /// The draft is a work note.
    noting: bool,
    key: Uuid,
}

#[derive(Template, WebTemplate)]
#[template(path = "calls/_line.html")]
pub struct LineFragment {
    c: CallView,
}

#[derive(Template, WebTemplate)]
#[template(path = "calls/_order.html")]
pub struct OrderFragment {
    c: CallView,
}

#[derive(Template, WebTemplate)]
#[template(path = "calls/_log.html")]
pub struct LogFragment {
    items: Vec<Item>,
}

#[derive(Template, WebTemplate)]
#[template(path = "calls/_side.html")]
pub struct SideFragment {
    c: CallView,
}

/// Opens by our number, or by the number that the call had at the desk it came from.
pub async fn show(
    State(app): State<App>,
    shell: Shell,
    Path(typed): Path<String>,
    Query(wanted): Query<Wanted>,
) -> Result<Response> {
    let viewer = shell.viewer()?;
    let Ok(number) = typed.parse::<CallNumber>() else { return external(&app, viewer, &typed).await };
    if typed != number.to_string() {
        return Ok(Redirect::to(&format!("/calls/{number}")).into_response());
    }
    let db = app.store.reader();
    let detail = calls::find(db, &viewer.scope, number).await?;
    let mut c = CallView::of(&app, viewer, &detail)?;
    c.remote = RemoteView::read(&app, viewer, &detail, &c.clocks.zones).await?;
    c.faults = FaultsView::read(&app, viewer, &detail.call).await?;
    match wanted.fragment.as_deref() {
        Some("line") => Ok(LineFragment { c }.into_response()),
        Some("order") => Ok(OrderFragment { c }.into_response()),
        Some("remote") => remote::fragment(c.remote),
        Some("side") => Ok(SideFragment { c }.into_response()),
        Some(_) => Ok(LogFragment { items: items(&app, viewer, &detail).await? }.into_response()),
        None => {
            let items = items(&app, viewer, &detail).await?;
            let next = NextStep::of(&detail, viewer, &items);
            let playbook = PlaybookView::of(&detail.call, &c.zone, app.clock.now());
            let page = page(&app, shell, c, items).await?;
            Ok(ShowPage { next, playbook, ..page }.into_response())
        }
    }
}

async fn external(app: &App, viewer: &Viewer, typed: &str) -> Result<Response> {
    let found = calls::by_external_number(app.store.reader(), &viewer.scope, typed).await?;
    match found {
        Some(number) => Ok(Redirect::to(&format!("/calls/{number}")).into_response()),
        None if CallNumber::resembles(typed) => Err(Error::invalid("number", call_number_hint(typed))),
        None => Err(Error::NotFound),
    }
}

/// A slip is named; it never shows somebody else's call.
fn call_number_hint(typed: &str) -> String {
    typed.parse::<CallNumber>().err().map_or_else(String::new, |e| e.to_string())
}

async fn items(app: &App, viewer: &Viewer, detail: &CallDetail) -> Result<Vec<Item>> {
    let call = &detail.call;
    let told = history::of_call(app.store.reader(), &viewer.scope, call.customer_id, call.id).await?;
    Ok(log::items(&told, viewer, detail, &app.reference.now(), app.clock.now()))
}

async fn page(app: &App, shell: Shell, c: CallView, items: Vec<Item>) -> Result<ShowPage> {
    let viewer = shell.viewer()?;
    let staff = viewer.role.works_calls();
    let colleagues = if staff { app.colleagues().await? } else { Arc::default() };
    let queues = if staff { queues(&app.reference.now(), &c.queue) } else { Vec::new() };
    let (draft, noting) = drafts::of_call(app, viewer, c.number).await?;
    let key = Uuid::now_v7();
    Ok(ShowPage { shell, c, items, next: None, playbook: None, colleagues, queues, draft, noting, key })
}

fn queues(reference: &Reference, here: &str) -> Vec<(String, String)> {
    let others = reference.queue_names.iter().filter(|(slug, _)| *slug != here && *slug != "partner");
    let mut queues: Vec<_> = others.map(|(slug, name)| (slug.clone(), name.clone())).collect();
    queues.sort_by(|a, b| a.1.cmp(&b.1));
    queues
}

/// Everything that the page says of the call, beside its history.
#[expect(clippy::struct_excessive_bools, reason = "a page asks many questions of yes or no")]
pub struct CallView {
    pub number: CallNumber,
    pub title: String,
    pub sev: Sev,
    /// Our order of work is nothing for the customer's side.
    pub priority: Option<Priority>,
    pub status: &'static str,
    pub queue: String,
    pub queue_name: String,
    pub assignee: Option<String>,
    pub mine: bool,
    pub due: Option<view::Due>,
    pub waits_until: Option<String>,
    pub in_review: bool,
    pub accept_by: Option<view::Due>,
    pub partner: Option<String>,
    pub customer: String,
    pub site: String,
    pub site_code: String,
    pub zone: String,
    pub system: Option<SystemView>,
    pub clocks: Clocks,
    pub why: Vec<String>,
    pub plain: String,
    pub contact: String,
    pub available_24x7: bool,
    pub solution: Option<call::Resolution>,
    pub closes_on: Option<String>,
    pub external: Option<String>,
    pub import: Option<String>,
    pub reopened: i32,
    pub queue_changes: i32,
    /// What machines say is wrong; nothing for a call that no machine has a part in.
    pub faults: Option<FaultsView>,
    pub remote: Option<RemoteView>,
    pub may_assign_others: bool,
    pub staff: bool,
    pub partner_side: bool,
    pub house: bool,
    pub severity_number: u8,
    pub worked: bool,
    /// Whether this reader may ask who else sees it.
    pub audits: bool,
    verbs: Vec<Verb>,
}

impl CallView {
    fn of(app: &App, viewer: &Viewer, detail: &CallDetail) -> Result<Self> {
        let (now, reference) = (app.clock.now(), app.reference.now());
        let (call, place) = (&detail.call, &detail.place);
        Ok(Self {
            number: call.number,
            title: call.title.clone(),
            sev: call.severity.into(),
            priority: detail.order_of_work().filter(|_| viewer.scope.internal()),
            status: status_words(call, viewer),
            queue: call.queue.clone(),
            queue_name: place.queue_name.clone(),
            assignee: place.assignee_name.clone(),
            mine: call.assignee_id == Some(viewer.person_id),
            due: call.due.map(|due| view::due(due.kind, due.at, now)),
            waits_until: call.wait_until.filter(|at| *at > now).map(|at| view::at_place(at, &place.time_zone, now)),
            in_review: call.in_review(),
            accept_by: call
                .review
                .and_then(|review| review.accept_by)
                .map(|at| view::due(crate::domain::objective::Kind::Acknowledge, at, now)),
            partner: place.partner_name.clone(),
            customer: place.customer_name.clone(),
            site: place.site_name.clone(),
            site_code: place.site_code.clone(),
            zone: place.time_zone.clone(),
            system: SystemView::of(detail, now),
            clocks: Clocks::of(&reference, viewer, detail, now)?,
            why: call.course.reasons(viewer.scope.internal()),
            plain: call.course.plain.clone(),
            contact: call.course.contact.clone(),
            available_24x7: call.course.available_24x7,
            solution: call.course.resolution.clone().filter(|_| call.status == Status::Resolved),
            closes_on: closes_on(call, &place.time_zone, now),
            external: call.external_number.clone(),
            import: place.import_file.clone(),
            reopened: call.reopen_count,
            queue_changes: call.course.queue_changes,
            faults: None,
            remote: None,
            may_assign_others: viewer.ever(Action::AssignOthers, Resource::Call),
            staff: viewer.role.works_calls(),
            partner_side: viewer.role.party() == Party::Partner,
            house: viewer.role.party() == Party::House,
            severity_number: call.severity.number(),
            worked: call.status.is_worked(),
            audits: viewer.may(Action::See, Resource::Audit, Relation::Foreign).is_ok(),
            verbs: open_to(call, viewer, now),
        })
    }

    /// Whether this reader can use a verb now, by its name.
    pub fn can(&self, verb: &str) -> bool {
        self.verbs.iter().any(|v| v.name() == verb)
    }

    /// Whether the customer could still ask for a graver severity.
    pub fn can_get_worse(&self) -> bool {
        self.can("comment") && self.worked && self.severity_number > 1
    }

    pub fn address(&self) -> String {
        format!("/calls/{}", self.number)
    }

    /// The customer's side: what they read and what they are asked.
    pub fn theirs(&self) -> bool {
        !self.staff && !self.house
    }

    #[expect(clippy::unused_self, reason = "a template can only call methods")]
    pub fn hold_reasons(&self) -> Vec<(&'static str, &'static str)> {
        HoldReason::ALL.iter().map(|reason| (reason.name(), reason.words())).collect()
    }
}
