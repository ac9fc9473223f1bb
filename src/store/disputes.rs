//! What people have to say against the minutes that a system is told to have been out, or not.

use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use sqlx::{PgConnection, PgExecutor};
use uuid::Uuid;

use crate::{
    domain::{
        access::Scope,
        availability::{Annotation, Evidence, Fact, Period, Says, Verdict},
        names::{name_of, named_as},
    },
    error::{Error, Result},
};

#[derive(Debug, Clone)]
pub struct DisputeRow {
    pub customer_id: Uuid,
    pub id: Uuid,
    pub site_id: Uuid,
    pub system_id: Uuid,
    pub serial: String,
    pub from_at: jiff_sqlx::Timestamp,
    pub to_at: jiff_sqlx::Timestamp,
    pub says: String,
    pub why: String,
    pub raised_by: Uuid,
    pub raiser: String,
    pub raised_at: jiff_sqlx::Timestamp,
    pub answered_at: Option<jiff_sqlx::Timestamp>,
    pub answered_by: Option<Uuid>,
    pub answerer: Option<String>,
    pub accepted: Option<bool>,
    pub answer: Option<String>,
}

impl DisputeRow {
    pub fn says(&self) -> Result<Says> {
        named_as(&self.says).ok_or_else(|| Error::Internal("a dispute says something unknown".to_owned()))
    }

    pub fn evidence(&self) -> Result<Evidence> {
        let verdict = match (self.answered_at, self.answered_by, self.accepted) {
            (Some(at), Some(by), Some(accepted)) => Some(Verdict { at: at.to_jiff(), by, accepted }),
            _ => None,
        };
        let annotation = Annotation {
            during: Period { from: self.from_at.to_jiff(), to: self.to_at.to_jiff() },
            says: self.says()?,
            why: self.why.clone(),
            who: self.raised_by,
            verdict,
        };
        Ok(Evidence { recorded_at: self.raised_at.to_jiff(), withdrawn_at: None, fact: Fact::Annotated(annotation) })
    }
}

macro_rules! disputes {
    ($rest:literal, $($arg:expr),*) => {
        sqlx::query_as!(
            DisputeRow,
            r#"SELECT d.customer_id, d.id, d.site_id, d.system_id, system.serial, d.from_at, d.to_at, d.says, d.why,
                      d.raised_by, raiser.display_name AS raiser, d.raised_at, d.answered_at, d.answered_by,
                      answerer.display_name AS "answerer?", d.accepted, d.answer
               FROM dispute d
               JOIN system ON system.customer_id = d.customer_id AND system.id = d.system_id
               JOIN person raiser ON raiser.id = d.raised_by
               LEFT JOIN person answerer ON answerer.id = d.answered_by "#
                + $rest,
            $($arg),*
        )
    };
}

/// Those that touch a stretch of the time of these systems.
pub async fn of_systems(
    db: impl PgExecutor<'_>,
    scope: &Scope,
    customer: Uuid,
    systems: &[Uuid],
    during: Period,
) -> Result<Vec<DisputeRow>> {
    let rows = disputes!(
        "WHERE d.customer_id = $1 AND d.system_id = ANY ($2) AND d.from_at < $4 AND d.to_at > $3
           AND in_scope(d.customer_id, d.site_id, d.from_at, $5)
         ORDER BY d.from_at, d.id",
        customer,
        systems,
        during.from.to_sqlx() as _,
        during.to.to_sqlx() as _,
        scope.json() as _
    );
    Ok(rows.fetch_all(db).await?)
}

/// One of a system, and nobody else answers it until the transaction ends.
pub async fn lock(db: &mut PgConnection, scope: &Scope, of: (Uuid, Uuid), id: Uuid) -> Result<DisputeRow> {
    let row = disputes!(
        "WHERE d.customer_id = $1 AND d.system_id = $2 AND d.id = $3
           AND in_scope(d.customer_id, d.site_id, d.from_at, $4)
         FOR UPDATE OF d",
        of.0,
        of.1,
        id,
        scope.json() as _
    );
    row.fetch_optional(db).await?.ok_or(Error::NotFound)
}

/// What somebody says, and of which stretch.
#[derive(Debug, Clone, Copy)]
pub struct NewDispute<'a> {
    pub customer_id: Uuid,
    pub id: Uuid,
    pub site_id: Uuid,
    pub system_id: Uuid,
    pub during: Period,
    pub says: Says,
    pub why: &'a str,
}

pub async fn insert(db: &mut PgConnection, new: &NewDispute<'_>, person: Uuid, now: Timestamp) -> Result<()> {
    sqlx::query!(
        "INSERT INTO dispute (customer_id, id, site_id, system_id, from_at, to_at, says, why, raised_by, raised_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        new.customer_id,
        new.id,
        new.site_id,
        new.system_id,
        new.during.from.to_sqlx() as _,
        new.during.to.to_sqlx() as _,
        name_of(new.says),
        new.why,
        person,
        now.to_sqlx() as _
    )
    .execute(db)
    .await?;
    Ok(())
}

pub async fn answer(
    db: &mut PgConnection,
    (customer, id): (Uuid, Uuid),
    (accepted, words): (bool, &str),
    person: Uuid,
    now: Timestamp,
) -> Result<()> {
    sqlx::query!(
        "UPDATE dispute SET answered_at = $3, answered_by = $4, accepted = $5, answer = $6
         WHERE customer_id = $1 AND id = $2",
        customer,
        id,
        now.to_sqlx() as _,
        person,
        accepted,
        words
    )
    .execute(db)
    .await?;
    Ok(())
}
