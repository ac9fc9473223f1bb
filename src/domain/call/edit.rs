use serde::{Deserialize, Serialize};

use super::Call;

/// What somebody has put right in what was filed; a field that is not there was left as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Edits {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<Edited<String>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contact: Option<Edited<String>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub available_24x7: Option<Edited<bool>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<Edited<Option<String>>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub external_number: Option<Edited<Option<String>>>,
}

/// What a field was, and what it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Edited<T> {
    pub from: T,
    pub to: T,
}

impl<T: Clone + PartialEq> Edited<T> {
    /// Whatever it was.
    pub fn to(to: T) -> Self {
        Self { from: to.clone(), to }
    }

    /// The same against what it really was; nothing if that is what it is to be.
    fn of(wanted: Option<&Self>, now: &T) -> Option<Self> {
        let to = wanted.map(|wanted| &wanted.to).filter(|to| *to != now)?;
        Some(Self { from: now.clone(), to: to.clone() })
    }
}

impl Edits {
    /// What of it is a change of this call.
    #[must_use]
    pub fn of(&self, call: &Call) -> Self {
        let course = &call.course;
        Self {
            title: Edited::of(self.title.as_ref(), &call.title),
            contact: Edited::of(self.contact.as_ref(), &course.contact),
            available_24x7: Edited::of(self.available_24x7.as_ref(), &course.available_24x7),
            subject: Edited::of(self.subject.as_ref(), &course.subject),
            external_number: Edited::of(self.external_number.as_ref(), &call.external_number),
        }
    }

    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Whether it is about what only the desks know: where the call belongs, and its number elsewhere.
    pub fn is_for_desks(&self) -> bool {
        self.subject.is_some() || self.external_number.is_some()
    }

    pub(super) fn put_into(&self, call: &mut Call) {
        put(self.title.as_ref(), &mut call.title);
        put(self.contact.as_ref(), &mut call.course.contact);
        put(self.available_24x7.as_ref(), &mut call.course.available_24x7);
        put(self.subject.as_ref(), &mut call.course.subject);
        put(self.external_number.as_ref(), &mut call.external_number);
    }
}

fn put<T: Clone>(edited: Option<&Edited<T>>, field: &mut T) {
    if let Some(edited) = edited {
        field.clone_from(&edited.to);
    }
}
