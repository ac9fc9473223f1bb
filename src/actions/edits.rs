//! What may be put right in what was filed, and by whom.

use super::file_call::{TITLE_LENGTH, is_visible};
use crate::{
    domain::{
        access::{Party, Viewer},
        call::Edits,
    },
    error::{Error, FieldError, Result},
};

/// A subject is a word or two by which queues are chosen.
const SUBJECT_LENGTH: usize = 60;
const NUMBER_LENGTH: usize = 100;

/// The customer's side puts right what it has said itself; where the call belongs is the desks' to know.
pub(super) fn judge(viewer: &Viewer, edits: &Edits) -> Result<()> {
    if edits.is_for_desks() && viewer.role.party() != Party::Staff {
        return Err(Error::Forbidden("Only CAC staff change the subject and the number elsewhere.".to_owned()));
    }
    let faults = faults(edits);
    if faults.is_empty() { Ok(()) } else { Err(Error::Invalid(faults)) }
}

fn faults(edits: &Edits) -> Vec<FieldError> {
    let mut faults = Vec::new();
    let mut fault = |field: &str, message: String| faults.push(FieldError { field: field.to_owned(), message });
    if let Some(title) = edits.title.as_ref().map(|edited| &edited.to) {
        if !title.chars().any(is_visible) {
            fault("title", "Say in a few words what is wrong.".to_owned());
        }
        if title.chars().count() > TITLE_LENGTH {
            fault("title", "The title is longer than 200 characters.".to_owned());
        }
    }
    let mut bound = |field: &str, text: Option<&String>, most: usize| {
        if text.is_some_and(|text| text.chars().count() > most || text.chars().any(char::is_control)) {
            fault(field, format!("That is more than {most} plain characters."));
        }
    };
    bound("contact", edits.contact.as_ref().map(|edited| &edited.to), TITLE_LENGTH);
    bound("subject", edits.subject.as_ref().and_then(|edited| edited.to.as_ref()), SUBJECT_LENGTH);
    bound("external_number", edits.external_number.as_ref().and_then(|edited| edited.to.as_ref()), NUMBER_LENGTH);
    faults
}
