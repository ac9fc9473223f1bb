//! Remote access: what was asked for and granted, who was in, and how a system is reached.

mod read;

pub use read::{Places, RemoteRow, UseRow, find, of_call, of_system, past, standing, under, uses};

use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use sqlx::{PgConnection, PgExecutor};
use uuid::Uuid;

use crate::{
    domain::{
        access::Scope,
        call::Call,
        remote::{Access, State, Step},
    },
    error::{Error, Result},
};

/// An access that a line of its call's history has just made.
#[derive(Debug, Clone, Copy)]
pub struct NewAccess {
    pub id: Uuid,
    pub system_id: Uuid,
    pub state: State,
    pub by: Uuid,
    pub hours: Option<i16>,
    pub until: Timestamp,
}

/// The words of why it is there are those of the line.
pub async fn insert(db: &mut PgConnection, call: &Call, new: &NewAccess) -> Result<()> {
    let (asks, by) = (new.state == State::Asked, new.by);
    sqlx::query!(
        "INSERT INTO remote_access (customer_id, id, site_id, system_id, call_id, state, opened_at, asked_by, hours,
                                    until, purpose_seq, answered_at, answered_by)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
        call.customer_id,
        new.id,
        call.site_id,
        new.system_id,
        call.id,
        new.state.name(),
        call.updated_at.to_sqlx() as _,
        asks.then_some(by),
        new.hours,
        new.until.to_sqlx() as _,
        call.version,
        (!asks).then(|| call.updated_at.to_sqlx()) as _,
        (!asks).then_some(by)
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Somebody is let in until then; where words came with it, they say what for.
pub async fn grant(
    db: &mut PgConnection,
    call: &Call,
    id: Uuid,
    by: Uuid,
    until: Timestamp,
    worded: bool,
) -> Result<()> {
    sqlx::query!(
        "UPDATE remote_access
         SET state = 'granted', until = $3, answered_at = $4, answered_by = $5,
             purpose_seq = CASE WHEN $6 THEN $7 ELSE purpose_seq END
         WHERE customer_id = $1 AND id = $2",
        call.customer_id,
        id,
        until.to_sqlx() as _,
        call.updated_at.to_sqlx() as _,
        by,
        worded,
        call.version
    )
    .execute(db)
    .await?;
    Ok(())
}

/// It is over, since an instant and by somebody or by itself; whoever is in is out with it.
pub async fn finish(
    db: &mut PgConnection,
    call: &Call,
    id: Uuid,
    state: State,
    by: Option<Uuid>,
    at: Timestamp,
) -> Result<()> {
    sqlx::query!(
        "WITH over AS (
             UPDATE remote_access SET state = $3, over_at = $4, over_by = $5, over_seq = $6
             WHERE customer_id = $1 AND id = $2 RETURNING id
         )
         UPDATE remote_use SET ended_at = greatest(began_at, $4) FROM over
         WHERE remote_use.customer_id = $1 AND remote_use.access_id = over.id AND remote_use.ended_at IS NULL",
        call.customer_id,
        id,
        state.name(),
        at.to_sqlx() as _,
        by,
        call.version
    )
    .execute(db)
    .await?;
    Ok(())
}

pub async fn begin_use(db: &mut PgConnection, call: &Call, access: Uuid, person: Uuid) -> Result<()> {
    sqlx::query!(
        "INSERT INTO remote_use (customer_id, id, site_id, access_id, person_id, began_at)
         VALUES ($1, $2, $3, $4, $5, $6)",
        call.customer_id,
        Uuid::now_v7(),
        call.site_id,
        access,
        person,
        call.updated_at.to_sqlx() as _
    )
    .execute(db)
    .await?;
    Ok(())
}

/// The words of what was done are those of the line.
pub async fn end_use(db: &mut PgConnection, call: &Call, access: Uuid, person: Uuid) -> Result<()> {
    sqlx::query!(
        "UPDATE remote_use SET ended_at = $4, note_seq = $5
         WHERE customer_id = $1 AND access_id = $2 AND person_id = $3 AND ended_at IS NULL",
        call.customer_id,
        access,
        person,
        call.updated_at.to_sqlx() as _,
        call.version
    )
    .execute(db)
    .await?;
    Ok(())
}

/// An access under the lock of its call.
pub async fn access(
    db: &mut PgConnection,
    scope: &Scope,
    (customer, call): (Uuid, Uuid),
    id: Option<Uuid>,
) -> Result<Option<(Uuid, Access)>> {
    let row = sqlx::query!(
        r#"SELECT a.id, a.state, a.until,
                  array(SELECT person_id FROM remote_use u
                        WHERE u.customer_id = a.customer_id AND u.access_id = a.id AND u.ended_at IS NULL) AS "inside!"
           FROM remote_access a JOIN call ON call.customer_id = a.customer_id AND call.id = a.call_id
           WHERE a.customer_id = $1 AND a.call_id = $2
             AND CASE WHEN $3::uuid IS NULL THEN a.state IN ('asked', 'granted') ELSE a.id = $3 END
             AND in_scope(a.customer_id, a.site_id, call.opened_at, $4)"#,
        customer,
        call,
        id,
        scope.json() as _
    )
    .fetch_optional(db)
    .await?;
    let Some(row) = row else { return Ok(None) };
    let state = State::from_name(&row.state)
        .ok_or_else(|| Error::Internal(format!("the store holds an access that is {:?}", row.state)))?;
    Ok(Some((row.id, Access { state, until: row.until.to_jiff(), inside: row.inside })))
}

/// An access whose time is over, or whose call is.
#[derive(Debug, Clone)]
pub struct Overdue {
    pub customer_id: Uuid,
    pub id: Uuid,
    pub call_id: Uuid,
}

/// What the portal itself has to end, without those that were looked at already.
pub async fn due(db: impl PgExecutor<'_>, now: Timestamp, seen: &[Uuid]) -> Result<Vec<Overdue>> {
    let due = sqlx::query_as!(
        Overdue,
        "SELECT a.customer_id, a.id, a.call_id
         FROM remote_access a JOIN call ON call.customer_id = a.customer_id AND call.id = a.call_id
         WHERE a.state IN ('asked', 'granted') AND (a.until <= $1 OR call.status IN ('closed', 'cancelled'))
           AND a.id <> ALL ($2)
         ORDER BY a.until, a.id LIMIT 100",
        now.to_sqlx() as _,
        seen
    )
    .fetch_all(db)
    .await?;
    Ok(due)
}

/// What a line of history says of an access, and whom it concerns.
#[derive(Debug, Clone)]
pub struct Concerned {
    pub step: Step,
    pub asked_by: Option<Uuid>,
    pub answered_by: Option<Uuid>,
    pub assignee: Option<Uuid>,
    pub actor: Option<Uuid>,
}

pub async fn concerned(
    db: impl PgExecutor<'_>,
    scope: &Scope,
    (customer, call, seq): (Uuid, Uuid, i32),
) -> Result<Option<Concerned>> {
    let row = sqlx::query!(
        r#"SELECT h.change ->> 'step' AS "step!", h.actor_id, a.asked_by, a.answered_by, call.assignee_id
           FROM history h
           JOIN call ON call.customer_id = h.customer_id AND call.id = h.call_id
           JOIN remote_access a ON a.customer_id = h.customer_id AND a.id = (h.change ->> 'access')::uuid
           WHERE h.customer_id = $1 AND h.call_id = $2 AND h.seq = $3 AND h.kind = 'remote_access'
             AND in_scope(h.customer_id, h.site_id, call.opened_at, $4)"#,
        customer,
        call,
        seq,
        scope.json() as _
    )
    .fetch_optional(db)
    .await?;
    Ok(row.and_then(|row| {
        Some(Concerned {
            step: Step::from_name(&row.step)?,
            asked_by: row.asked_by,
            answered_by: row.answered_by,
            assignee: row.assignee_id,
            actor: row.actor_id,
        })
    }))
}

/// How a system is reached, as its customer wrote it down last; empty where nobody has.
pub async fn instructions(
    db: impl PgExecutor<'_>,
    scope: &Scope,
    (customer, system): (Uuid, Uuid),
) -> Result<Option<String>> {
    let body = sqlx::query_scalar!(
        "SELECT body FROM remote_instruction
         WHERE customer_id = $1 AND system_id = $2 AND body <> '' AND in_scope(customer_id, site_id, 'infinity', $3)",
        customer,
        system,
        scope.json() as _
    )
    .fetch_optional(db)
    .await?;
    Ok(body)
}

/// What the customer writes down of a system, in place of what stood there.
pub async fn keep_instructions(
    db: &mut PgConnection,
    (customer, system, site): (Uuid, Uuid, Uuid),
    body: &str,
    by: Uuid,
    now: Timestamp,
) -> Result<()> {
    sqlx::query!(
        "INSERT INTO remote_instruction (customer_id, system_id, site_id, body, changed_at, changed_by)
         VALUES ($1, $2, $3, $4, $5, $6)
         ON CONFLICT (customer_id, system_id)
         DO UPDATE SET site_id = $3, body = $4, changed_at = $5, changed_by = $6",
        customer,
        system,
        site,
        body,
        now.to_sqlx() as _,
        by
    )
    .execute(db)
    .await?;
    Ok(())
}
