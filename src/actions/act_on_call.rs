use uuid::Uuid;

use crate::{
    app::App,
    domain::{
        access::{Actor, Party, Viewer},
        call::{Call, Change, Refused, Status, Verb},
        number::{CallNumber, NumberError},
        policy::{Action, Relation, Resource},
        severity::Severity,
    },
    error::{Error, Result},
    store::{
        calls::{self, CallDetail},
        memberships,
        request_keys::{self, RequestKey},
        targets,
    },
};

use super::{edits, file_call::already_filed, handing, pen::Pen};

/// What somebody wants to do with a call: the change, their words, and the version they looked at.
#[derive(Debug, Clone)]
pub struct Deed {
    pub change: Change,
    pub body: Option<String>,
    pub version: Option<i32>,
}

impl Deed {
    pub fn new(change: Change, body: Option<String>) -> Self {
        Self { change, body, version: None }
    }
}

/// A person does one thing with a call that they may see.
pub async fn act_on_call(
    app: &App,
    viewer: &Viewer,
    number: CallNumber,
    deed: &Deed,
    request: Option<&RequestKey>,
) -> Result<Call> {
    if let Some(call) = already_filed(app, &viewer.scope, request).await? {
        return Ok(call);
    }
    let mut tx = app.store.begin_write().await?;
    let detail = calls::lock(&mut tx, &viewer.scope, number).await?;
    // The first of two such requests may have been under way when we looked before.
    if let Some(request) = request
        && request_keys::answered(&mut *tx, request).await?.is_some()
    {
        return Ok(detail.call);
    }
    judge(&mut tx, viewer, &detail.call, deed).await?;
    let done = Box::pin(perform(app, &mut tx, detail, viewer.actor(), deed, request)).await;
    match done {
        Err(error) if error.constraint() == Some(request_keys::TWICE) => {
            drop(tx);
            already_filed(app, &viewer.scope, request).await?.ok_or(error)
        }
        Err(error) => Err(error),
        Ok(call) => {
            tx.commit().await?;
            app.told();
            Ok(call)
        }
    }
}

/// The portal itself does one thing with a call, if under the lock its time has still come.
pub(super) async fn act_when_due(
    app: &App,
    customer: Uuid,
    id: Uuid,
    due: impl Fn(&Call) -> Option<Deed>,
) -> Result<bool> {
    let scope = crate::domain::access::Scope::within(customer);
    let mut tx = app.store.begin_write().await?;
    let detail = calls::lock_by_id(&mut tx, &scope, customer, id).await?;
    let Some(deed) = due(&detail.call) else { return Ok(false) };
    perform(app, &mut tx, detail, Actor::TIMER, &deed, None).await?;
    tx.commit().await?;
    app.told();
    Ok(true)
}

/// What the table of the lifecycle can't know: whose partner, whose work, and what the words must say.
async fn judge(tx: &mut sqlx::PgConnection, viewer: &Viewer, call: &Call, deed: &Deed) -> Result<()> {
    viewer.may_change()?;
    let verb = deed.change.verb();
    // Whose verb it is comes before what is wrong with the words.
    viewer.may(Action::Do(verb), Resource::Call, Relation::Own).map_err(|_| Refused::Party(verb))?;
    if deed.version.is_some_and(|version| version != call.version_for(viewer.scope.internal()).0) {
        return Err(Error::Stale);
    }
    if reviews(verb, viewer) && call.in_review() && call.partner_id != Some(viewer.account_id) {
        return Err(Error::Forbidden("Another partner reviews this call.".to_owned()));
    }
    if matches!(deed.change, Change::AcceptHandover) {
        handing::judge_acceptance(viewer, call)?;
    }
    if let Change::Edit(wanted) = &deed.change {
        edits::judge(viewer, wanted)?;
    }
    if let Change::Assign { assignee } = &deed.change {
        judge_assignment(tx, viewer, *assignee).await?;
    }
    if let Change::Cancel { duplicate_of: Some(other) } = &deed.change {
        judge_duplicate(tx, viewer, call, other).await?;
    }
    judge_words(deed, call)
}

/// Another call of the same customer, and no slip in its number: the customer reads it.
async fn judge_duplicate(tx: &mut sqlx::PgConnection, viewer: &Viewer, call: &Call, other: &str) -> Result<()> {
    let number: CallNumber = other.parse().map_err(|e: NumberError| Error::invalid("duplicate_of", e.to_string()))?;
    let known = calls::one(&mut *tx, &viewer.scope, number).await?;
    match known {
        Some(known) if known.customer_id == call.customer_id && known.id != call.id => Ok(()),
        _ => Err(Error::invalid("duplicate_of", "That is no other call of this customer.")),
    }
}

/// What only the partner who has the call for review may do with it.
pub fn reviews(verb: Verb, viewer: &Viewer) -> bool {
    let works = viewer.role.party() == Party::Partner && matches!(verb, Verb::AskCustomer | Verb::Resolve);
    works || matches!(verb, Verb::TakeReview | Verb::PassOn | Verb::Dismiss)
}

async fn judge_assignment(tx: &mut sqlx::PgConnection, viewer: &Viewer, assignee: Option<Uuid>) -> Result<()> {
    if assignee != Some(viewer.person_id) {
        viewer.may(Action::AssignOthers, Resource::Call, Relation::Own)?;
    }
    match assignee {
        Some(person) if !memberships::works_calls(&mut *tx, person).await? => {
            Err(Error::invalid("assignee", "That person does not work calls."))
        }
        _ => Ok(()),
    }
}

/// Verbs that hurt need a reason, and words must be words.
fn judge_words(deed: &Deed, call: &Call) -> Result<()> {
    let body = deed.body.as_deref().unwrap_or_default().trim();
    if body.chars().count() > 50_000 {
        return Err(Error::invalid("body", "That is longer than 50,000 characters."));
    }
    let missing = match deed.change.verb() {
        Verb::Comment | Verb::Note | Verb::Answer => Some("Write something first."),
        Verb::AskCustomer => Some("Write what you need to know."),
        Verb::ChangeSeverity => Some("Say why the severity changes."),
        Verb::Dismiss => Some("Say why this needs no work."),
        Verb::Cancel => Some("Say why the call is cancelled."),
        Verb::RejectSolution => Some("Say what is still wrong."),
        Verb::Reopen => Some("Say what has come back."),
        Verb::Resolve => Some("Say what was done."),
        Verb::Hold if call.severity == Severity::Critical => {
            Some("A critical call is put on hold only with words: say what the work waits for.")
        }
        _ => None,
    };
    match missing {
        Some(message) if body.is_empty() => Err(Error::invalid(words_field(deed.change.verb()), message)),
        _ => judge_resolution(&deed.change),
    }
}

fn words_field(verb: Verb) -> &'static str {
    match verb {
        Verb::Comment | Verb::Note | Verb::Answer | Verb::AskCustomer | Verb::Resolve => "body",
        Verb::Hold => "text",
        _ => "reason",
    }
}

fn judge_resolution(change: &Change) -> Result<()> {
    let Change::Resolve { code, cause } = change else { return Ok(()) };
    let mut faults = Vec::new();
    if code.trim().is_empty() {
        faults.push(crate::error::FieldError {
            field: "resolution_code".to_owned(),
            message: "Choose how it was resolved.".to_owned(),
        });
    }
    if cause.trim().is_empty() {
        faults.push(crate::error::FieldError { field: "cause".to_owned(), message: "Name the cause.".to_owned() });
    }
    if faults.is_empty() { Ok(()) } else { Err(Error::Invalid(faults)) }
}

pub(super) async fn perform(
    app: &App,
    tx: &mut sqlx::PgConnection,
    detail: CallDetail,
    actor: Actor,
    deed: &Deed,
    request: Option<&RequestKey>,
) -> Result<Call> {
    let now = app.clock.now();
    let reference = app.reference.now();
    let region = detail.place.region.clone();
    let mut pen = Pen::of(&reference, detail, now)?;
    let change = handing::by_hand(tx, &reference, &pen.call, as_meant(&pen, &actor, deed), now).await?;
    let body = deed.body.as_ref().map(|b| b.trim().to_owned()).filter(|b| !b.is_empty());
    if let Change::HandOver { queue, .. } = &change {
        judge_queue(&reference, queue)?;
    }
    // Who says what is so already has changed nothing.
    if matches!(&change, Change::Edit(edits) if edits.is_empty()) {
        return pen.advance(tx, request).await;
    }
    pen.write(actor, change.clone(), body)?;
    if pen.is_astray(&change, &region) {
        let scope = crate::domain::access::Scope::within(pen.call.customer_id);
        let (customer, site, system) = (pen.call.customer_id, pen.call.site_id, pen.call.system_id);
        let target = targets::by_id(&mut *tx, &scope, customer, site, system, now).await?;
        pen.route_knowing(tx, &target, false).await?;
    }
    pen.advance(tx, request).await
}

/// A comment of the customer while we wait for one is the answer.
fn as_meant(pen: &Pen<'_>, actor: &Actor, deed: &Deed) -> Change {
    let call = &pen.call;
    let theirs = matches!(actor.party, Party::Customer | Party::Partner | Party::Hub);
    match &deed.change {
        Change::Comment { wants_severity: None } if theirs && call.status == Status::AwaitingCustomer => Change::Answer,
        Change::Answer if call.status != Status::AwaitingCustomer => Change::Comment { wants_severity: None },
        Change::ChangeSeverity { to, .. } => {
            Change::ChangeSeverity { from: call.severity, to: *to, missed: pen.missed() }
        }
        Change::Edit(edits) => Change::Edit(Box::new(edits.of(call))),
        other => other.clone(),
    }
}

fn judge_queue(reference: &crate::reference::Reference, queue: &str) -> Result<()> {
    if reference.queue_names.contains_key(queue) && queue != "partner" {
        return Ok(());
    }
    Err(Error::invalid("queue", "Choose one of the queues."))
}
