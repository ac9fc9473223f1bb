use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    actions::audit::Entry,
    domain::{
        access::{Held, PeopleScope, Viewer, may_give},
        audit::{Kind, Subject},
        policy::{Action, Relation, Resource},
    },
    error::{Error, Result},
};

/// Who changes people's rights: somebody who has signed in, or whoever runs the house from its terminal.
#[derive(Debug, Clone, Copy)]
pub enum By<'a> {
    Person(&'a Viewer),
    Terminal,
}

impl By<'_> {
    /// Whose people are there at all.
    pub fn people(self) -> PeopleScope {
        match self {
            Self::Person(viewer) => PeopleScope::of(viewer),
            Self::Terminal => PeopleScope::Everybody,
        }
    }

    pub fn id(self) -> Option<Uuid> {
        match self {
            Self::Person(viewer) => Some(viewer.person_id),
            Self::Terminal => None,
        }
    }

    /// A deed as the log of deeds keeps it, with whose hand it was.
    pub fn entry(self, kind: Kind, subject: Subject, id: impl ToString, mut detail: Value) -> Entry {
        match self {
            Self::Person(viewer) => Entry::new(kind, subject, id).with(detail).by_viewer(viewer),
            Self::Terminal => {
                detail["by"] = json!("command line");
                Entry::new(kind, subject, id).with(detail)
            }
        }
    }

    /// Give such a membership, or take it away.
    pub fn may_give(self, held: Held<'_>) -> Result<()> {
        match self {
            Self::Person(viewer) => Ok(may_give(viewer, held)?),
            Self::Terminal => Ok(()),
        }
    }

    /// Change what belongs to the whole house.
    pub fn may_change(self, resource: Resource) -> Result<()> {
        match self {
            Self::Person(viewer) => Ok(viewer.may(Action::Change, resource, Relation::Foreign)?),
            Self::Terminal => Ok(()),
        }
    }

    /// Nobody takes away their own right to administer: another administrator does, who can give it back.
    pub fn not_oneself(self, person: Uuid) -> Result<()> {
        if self.id() == Some(person) {
            return Err(Error::refused("Nobody changes what they are themselves. Ask another administrator."));
        }
        Ok(())
    }
}
