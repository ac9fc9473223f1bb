use jiff::Timestamp;
use sqlx::PgConnection;
use uuid::Uuid;

use super::{RemoteGrant, agreed, audited, end_of, joined, optional, required};
use crate::{
    actions::pen::Pen,
    app::App,
    domain::{
        access::Viewer,
        audit::Kind,
        call::{Call, Change},
        policy::{Action, Relation, Resource},
        remote::{self, Event, State, Step},
    },
    error::{Error, Result},
    store::{
        calls,
        remote::{self as store, RemoteRow},
        request_keys::{self, RequestKey},
    },
};

/// What somebody does with an access that is there.
#[derive(Debug, Clone)]
pub enum RemoteDeed {
    Grant(RemoteGrant),
    Decline { reason: String },
    Withdraw,
    BeginUse,
    EndUse { use_id: Uuid, note: String },
    End { reason: String },
}

impl RemoteDeed {
    fn step(&self) -> Step {
        match self {
            Self::Grant(_) => Step::Grant,
            Self::Decline { .. } => Step::Decline,
            Self::Withdraw => Step::Withdraw,
            Self::BeginUse => Step::BeginUse,
            Self::EndUse { .. } => Step::EndUse,
            Self::End { .. } => Step::End,
        }
    }
}

/// A person takes one step with an access that they may see; answers the call with its new line.
pub async fn act_on_access(
    app: &App,
    viewer: &Viewer,
    id: Uuid,
    deed: &RemoteDeed,
    request: Option<&RequestKey>,
) -> Result<Call> {
    viewer.may_change()?;
    let now = app.clock.now();
    let mut tx = app.store.begin_write().await?;
    let row = store::find(&mut *tx, &viewer.scope, id).await?;
    let place = (row.customer_id, row.call_id);
    // All steps of all accesses of a call stand in its history, so its lock orders them.
    let detail = calls::lock_by_id(&mut tx, &viewer.scope, place.0, place.1).await?;
    judge_right(viewer, deed.step())?;
    if let Some(request) = request
        && request_keys::answered(&mut *tx, request).await?.is_some()
    {
        return Ok(detail.call);
    }
    let (_, access) = store::access(&mut tx, &viewer.scope, place, Some(id)).await?.ok_or(Error::NotFound)?;
    let state = remote::after(Some(&access), deed.step(), &viewer.actor(), now)?;
    judge_use(&mut tx, viewer, &row, deed).await?;
    let said = Said::of(viewer, &row, deed, now)?;
    let reference = app.reference.now();
    let mut pen = Pen::of(&reference, detail, now)?;
    let event = Event { access: id, step: deed.step(), until: said.until, hours: None };
    pen.write(viewer.actor(), Change::RemoteAccess(Box::new(event)), said.words.clone())?;
    let call = pen.advance(&mut tx, request).await?;
    keep(&mut tx, viewer, &row, &Done { call: &call, deed, state, said: &said }, now).await?;
    tx.commit().await?;
    app.told();
    Ok(call)
}

/// A step with its line on the call.
struct Done<'a> {
    call: &'a Call,
    deed: &'a RemoteDeed,
    state: State,
    said: &'a Said,
}

/// The access as it is after a step.
async fn keep(tx: &mut PgConnection, viewer: &Viewer, row: &RemoteRow, done: &Done<'_>, now: Timestamp) -> Result<()> {
    let (call, id, person) = (done.call, row.id, viewer.person_id);
    let subject = (call, row.serial.as_str());
    match (done.deed, done.said.until) {
        (RemoteDeed::Grant(_), Some(until)) => {
            store::grant(tx, call, id, person, until, done.said.narrows).await?;
            audited(tx, viewer, Kind::RemoteAccessGranted, subject, Some(until)).await
        }
        (RemoteDeed::BeginUse, _) => store::begin_use(tx, call, id, person).await,
        (RemoteDeed::EndUse { .. }, _) => store::end_use(tx, call, id, person).await,
        (RemoteDeed::End { .. }, _) => {
            store::finish(tx, call, id, done.state, Some(person), now).await?;
            audited(tx, viewer, Kind::RemoteAccessEnded, subject, None).await
        }
        _ => store::finish(tx, call, id, done.state, Some(person), now).await,
    }
}

/// Whose step it is by the table of rights. Whoever could have let somebody in may end it, and whoever could be in.
fn judge_right(viewer: &Viewer, step: Step) -> Result<()> {
    let may = |action| viewer.may(action, Resource::RemoteAccess, Relation::Own);
    match step {
        Step::Grant | Step::Decline => may(Action::Grant)?,
        Step::End => may(Action::Grant).or_else(|_| may(Action::Ask))?,
        _ => may(Action::Ask)?,
    }
    Ok(())
}

/// What was done somewhere is said by who was there.
async fn judge_use(tx: &mut PgConnection, viewer: &Viewer, row: &RemoteRow, deed: &RemoteDeed) -> Result<()> {
    let RemoteDeed::EndUse { use_id, .. } = deed else { return Ok(()) };
    let uses = store::uses(&mut *tx, &viewer.scope, (row.customer_id, row.id), 10_000).await?;
    let meant = uses.into_iter().find(|one| one.id == *use_id).ok_or(Error::NotFound)?;
    if meant.person_id == viewer.person_id && meant.ended_at.is_none() {
        return Ok(());
    }
    Err(Error::Forbidden("Only who is in can say what they did and go.".to_owned()))
}

/// What the line of history says beside the step.
struct Said {
    words: Option<String>,
    until: Option<Timestamp>,
    /// The words say anew what it is for.
    narrows: bool,
}

impl Said {
    fn of(viewer: &Viewer, row: &RemoteRow, deed: &RemoteDeed, now: Timestamp) -> Result<Self> {
        let words = match deed {
            RemoteDeed::Grant(grant) => return Self::granted(viewer, row, grant, now),
            RemoteDeed::Decline { reason } => Some(required("reason", reason, "Say why not.")?),
            RemoteDeed::End { reason } => optional("reason", reason)?,
            RemoteDeed::EndUse { note, .. } => Some(required("note", note, "Say what was done.")?),
            RemoteDeed::Withdraw | RemoteDeed::BeginUse => None,
        };
        Ok(Self { words, until: None, narrows: false })
    }

    fn granted(viewer: &Viewer, row: &RemoteRow, grant: &RemoteGrant, now: Timestamp) -> Result<Self> {
        let until = end_of(grant.length, now)?;
        let purpose = optional("purpose", &grant.purpose)?.filter(|new| Some(new) != row.purpose.as_ref());
        let agreed = agreed(viewer, &grant.agreed_with)?;
        Ok(Self { narrows: purpose.is_some(), words: joined(purpose.as_deref(), agreed), until: Some(until) })
    }
}
