use crate::{
    app::App,
    domain::{
        access::{Scope, Viewer},
        call::{Call, Filing},
        policy::{Action, Relation, Resource},
        severity::Severity,
    },
    error::{Error, FieldError, Result},
    store::{
        request_keys::{self, RequestKey},
        targets,
    },
};

use super::pen::Pen;

/// What a person or a program says to open a call.
#[derive(Debug, Clone)]
pub struct NewCall {
    pub serial: String,
    pub severity: Severity,
    pub title: String,
    pub body: String,
    pub contact: String,
    pub available_24x7: bool,
}

pub(super) const TITLE_LENGTH: usize = 200;
const BODY_LENGTH: usize = 50_000;

/// Somebody files a call for a system of theirs: it has a number, a queue and a promise at once.
///
/// The same request key twice is one call, whatever happened to the first answer.
pub async fn file_call(app: &App, viewer: &Viewer, new: &NewCall, request: Option<&RequestKey>) -> Result<Call> {
    if let Some(call) = already_filed(app, &viewer.scope, request).await? {
        return Ok(call);
    }
    refuse_strangers(viewer)?;
    let faults = new.faults();
    if !faults.is_empty() {
        return Err(Error::Invalid(faults));
    }
    let filed = file(app, viewer, new, request).await;
    match filed {
        Err(error) if error.constraint() == Some(request_keys::TWICE) => {
            already_filed(app, &viewer.scope, request).await?.ok_or(error)
        }
        other => other,
    }
}

async fn file(app: &App, viewer: &Viewer, new: &NewCall, request: Option<&RequestKey>) -> Result<Call> {
    let now = app.clock.now();
    let reference = app.reference.now();
    let mut tx = app.store.begin_write().await?;
    let target = targets::by_serial(&mut *tx, &viewer.scope, &new.serial, now)
        .await?
        .ok_or_else(|| Error::invalid("system", "Choose one of your systems."))?;
    let mut pen = Pen::file(&reference, &target, filing(new, &target), &new.body, viewer.actor(), now)?;
    pen.route_knowing(&mut tx, &target, true).await?;
    let call = pen.insert(&mut tx, request).await?;
    tx.commit().await?;
    app.told();
    Ok(call)
}

fn filing(new: &NewCall, target: &targets::Target) -> Filing {
    Filing {
        title: new.title.trim().to_owned(),
        severity: new.severity,
        subject: target.subject.clone(),
        contact: new.contact.trim().to_owned(),
        available_24x7: new.available_24x7,
        service_level: target.service_level_id,
        alarm_id: None,
        external_number: None,
    }
}

/// The house looks on; it does not file. Whether the system is theirs is the scope's to say.
fn refuse_strangers(viewer: &Viewer) -> Result<()> {
    Ok(viewer.may(Action::File, Resource::System, Relation::Own)?)
}

impl NewCall {
    /// Everything that is wrong, at once.
    pub fn faults(&self) -> Vec<FieldError> {
        let mut faults = Vec::new();
        let mut fault = |field: &str, message: &str| {
            faults.push(FieldError { field: field.to_owned(), message: message.to_owned() });
        };
        if self.serial.trim().is_empty() {
            fault("system", "Choose the system that this is about.");
        }
        if !self.title.chars().any(is_visible) {
            fault("title", "Say in a few words what is wrong.");
        }
        if self.title.chars().count() > TITLE_LENGTH {
            fault("title", "The title is longer than 200 characters; put the rest into the description.");
        }
        if self.body.chars().count() > BODY_LENGTH {
            fault("body", "The description is longer than 50,000 characters.");
        }
        if self.contact.chars().count() > TITLE_LENGTH {
            fault("contact", "The contact is longer than 200 characters.");
        }
        faults
    }
}

/// Spaces, controls and the marks that only steer other letters make no title.
pub(super) fn is_visible(c: char) -> bool {
    let steers = matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}');
    !c.is_whitespace() && !c.is_control() && !steers
}

pub(super) async fn already_filed(app: &App, scope: &Scope, request: Option<&RequestKey>) -> Result<Option<Call>> {
    let Some(request) = request else { return Ok(None) };
    let Some(number) = request_keys::answered(app.store.reader(), request).await? else { return Ok(None) };
    Ok(Some(crate::store::calls::find(app.store.reader(), scope, number).await?.call))
}
