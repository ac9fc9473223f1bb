use uuid::Uuid;

use super::By;
use crate::{
    domain::{
        access::{Held, PeopleScope, Role},
        policy::Resource,
    },
    error::{Error, Result},
    store::{
        WriteTx, directory,
        rights::{self, Row},
    },
};

/// Somebody whose rights are about to change, and everything that they are.
pub struct Target {
    rows: Vec<Row>,
}

impl Target {
    /// Holds back other changes of rights until this one is over. Who is out of sight is not there.
    pub async fn find(tx: &mut WriteTx, by: By<'_>, person: Uuid) -> Result<Self> {
        rights::one_at_a_time(tx).await?;
        directory::person(&mut **tx, &by.people(), person).await?;
        let rows = rights::of_person(&mut **tx, &PeopleScope::Everybody, person).await?;
        Ok(Self { rows })
    }

    fn live(&self) -> impl Iterator<Item = &Row> {
        self.rows.iter().filter(|row| row.ended_at.is_none())
    }

    /// One of their memberships, if it is the asker's to change.
    pub fn membership(&self, by: By<'_>, id: Uuid) -> Result<&Row> {
        let row = self.live().find(|row| row.id == id).ok_or(Error::NotFound)?;
        by.may_give(held(row)?)?;
        Ok(row)
    }

    /// What is done to the person is done in every account: it takes the right to change all that they are.
    pub fn as_a_whole(&self, by: By<'_>) -> Result<()> {
        if self.live().next().is_none() {
            return by.may_change(Resource::Person);
        }
        for row in self.live() {
            by.may_give(held(row)?).map_err(|error| match error {
                Error::NotFound => Error::Forbidden(ELSEWHERE.to_owned()),
                other => other,
            })?;
        }
        Ok(())
    }

    pub fn is_administrator(&self) -> bool {
        self.live().any(|row| row.role == Role::Admin.name())
    }
}

const ELSEWHERE: &str =
    "That would shut this person out of other accounts too: only an administrator of the house does it.";

pub fn held(row: &Row) -> Result<Held<'_>> {
    let role = Role::from_name(&row.role)
        .ok_or_else(|| Error::Internal(format!("the store holds an unknown role {:?}", row.role)))?;
    Ok(Held { account: row.account_id, role, cac: row.cac_code.as_deref(), sites: row.sites.as_deref() })
}

/// A house without an administrator could not be run any more.
pub async fn keep_an_administrator(tx: &mut WriteTx, goes: impl Fn(Uuid, Uuid) -> bool) -> Result<()> {
    let stays = rights::administrators(&mut **tx).await?.into_iter().any(|(id, person)| !goes(id, person));
    if stays { Ok(()) } else { Err(Error::refused("The house keeps its last administrator. Make another one first.")) }
}
