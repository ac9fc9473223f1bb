use jiff::SignedDuration;
use sqlx::PgConnection;
use uuid::Uuid;

use super::{agreed, audited, end_of, joined, required};
use crate::{
    actions::pen::Pen,
    app::App,
    domain::{
        access::Viewer,
        audit::Kind,
        call::Change,
        number::CallNumber,
        policy::{Action, Relation, Resource},
        remote::{self, ANSWER_HOURS, Event, HOURS, Length, State, Step},
    },
    error::{Error, Result},
    store::{
        calls::{self, CallDetail},
        remote::{self as store, NewAccess},
        request_keys::{self, RequestKey},
    },
};

/// What staff want to be let in for, and for how long.
#[derive(Debug, Clone)]
pub struct RemoteWish {
    pub purpose: String,
    pub hours: i16,
}

/// For how long somebody is let in, and what for where that is narrower than what was asked.
#[derive(Debug, Clone)]
pub struct RemoteGrant {
    pub length: Length,
    pub purpose: String,
    /// Who of the customer said so, where a lead or the duty manager writes it down.
    pub agreed_with: String,
}

/// CAC staff ask the customer to be let into the system of a call.
pub async fn ask_remote_access(
    app: &App,
    viewer: &Viewer,
    number: CallNumber,
    wish: &RemoteWish,
    request: Option<&RequestKey>,
) -> Result<Uuid> {
    let opening = async |tx: &mut PgConnection, detail: CallDetail| {
        viewer.may(Action::Ask, Resource::RemoteAccess, Relation::Own)?;
        let purpose = required("purpose", &wish.purpose, "Say what you want to do there.")?;
        if !HOURS.contains(&wish.hours) {
            return Err(Error::invalid("hours", "Choose 1, 4, 8 or 24 hours."));
        }
        let until = app.clock.now() + SignedDuration::from_hours(ANSWER_HOURS);
        let made = Made { step: Step::Ask, words: Some(purpose), hours: Some(wish.hours), until };
        open(app, tx, viewer, detail, made, request).await
    };
    on_call(app, viewer, number, request, opening).await
}

/// The customer lets the CAC in without being asked.
pub async fn grant_unasked(
    app: &App,
    viewer: &Viewer,
    number: CallNumber,
    grant: &RemoteGrant,
    request: Option<&RequestKey>,
) -> Result<Uuid> {
    let opening = async |tx: &mut PgConnection, detail: CallDetail| {
        viewer.may(Action::Grant, Resource::RemoteAccess, Relation::Own)?;
        let until = end_of(grant.length, app.clock.now())?;
        let purpose = required("purpose", &grant.purpose, "Say what they may do there.")?;
        let words = joined(Some(&purpose), agreed(viewer, &grant.agreed_with)?);
        let made = Made { step: Step::Grant, words, hours: None, until };
        open(app, tx, viewer, detail, made, request).await
    };
    on_call(app, viewer, number, request, opening).await
}

/// In one transaction, and once for each key.
async fn on_call(
    app: &App,
    viewer: &Viewer,
    number: CallNumber,
    request: Option<&RequestKey>,
    opening: impl AsyncFnOnce(&mut PgConnection, CallDetail) -> Result<Uuid>,
) -> Result<Uuid> {
    let mut tx = app.store.begin_write().await?;
    let detail = calls::lock(&mut tx, &viewer.scope, number).await?;
    viewer.may(Action::See, Resource::RemoteAccess, Relation::Own)?;
    if let Some(request) = request
        && request_keys::answered(&mut *tx, request).await?.is_some()
    {
        let call = (detail.call.customer_id, detail.call.id);
        let known = store::of_call(&mut *tx, &viewer.scope, call, 1).await?;
        return known.first().map(|row| row.id).ok_or(Error::NotFound);
    }
    let id = opening(&mut tx, detail).await?;
    tx.commit().await?;
    app.told();
    Ok(id)
}

/// An access as it begins.
struct Made {
    step: Step,
    words: Option<String>,
    hours: Option<i16>,
    until: jiff::Timestamp,
}

async fn open(
    app: &App,
    tx: &mut PgConnection,
    viewer: &Viewer,
    detail: CallDetail,
    made: Made,
    request: Option<&RequestKey>,
) -> Result<Uuid> {
    let (now, reference, actor) = (app.clock.now(), app.reference.now(), viewer.actor());
    let (call, place) = (&detail.call, &detail.place);
    let Some((system_id, serial)) = place.system.as_ref().map(|system| (system.id, system.serial.clone())) else {
        return Err(Error::refused("This call names no system, so there is nothing to be let into."));
    };
    let standing = store::access(tx, &viewer.scope, (call.customer_id, call.id), None).await?;
    if standing.is_some() {
        return Err(remote::Refused::Stands.into());
    }
    let state = remote::after(None, made.step, &actor, now)?;
    let granted = (state == State::Granted).then_some(made.until);
    let id = Uuid::now_v7();
    let event = Event { access: id, step: made.step, until: granted, hours: made.hours };
    let mut pen = Pen::of(&reference, detail, now)?;
    pen.write(actor, Change::RemoteAccess(Box::new(event)), made.words)?;
    let call = pen.advance(tx, request).await?;
    let new = NewAccess { id, system_id, state, by: viewer.person_id, hours: made.hours, until: made.until };
    store::insert(tx, &call, &new).await?;
    if granted.is_some() {
        audited(tx, viewer, Kind::RemoteAccessGranted, (&call, &serial), granted).await?;
    }
    Ok(id)
}
