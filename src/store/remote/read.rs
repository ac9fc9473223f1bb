use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use sqlx::PgExecutor;
use uuid::Uuid;

use crate::{
    domain::{
        access::Scope,
        number::CallNumber,
        remote::{Access, State},
    },
    error::Result,
};

/// An access as lists and its own page show it; its words are those of its lines in the call's history.
#[derive(Debug, Clone)]
pub struct RemoteRow {
    pub customer_id: Uuid,
    pub id: Uuid,
    pub call_id: Uuid,
    pub system_id: Uuid,
    pub state: String,
    pub opened_at: jiff_sqlx::Timestamp,
    pub hours: Option<i16>,
    pub until: jiff_sqlx::Timestamp,
    pub answered_at: Option<jiff_sqlx::Timestamp>,
    pub over_at: Option<jiff_sqlx::Timestamp>,
    pub asked_by: Option<String>,
    pub answered_by: Option<String>,
    pub ended_by: Option<String>,
    pub purpose: Option<String>,
    pub over_words: Option<String>,
    pub inside: Vec<Uuid>,
    pub inside_names: Vec<String>,
    /// The uses that run, in the order of those who are inside.
    pub inside_uses: Vec<Uuid>,
    pub uses: i64,
    pub number: i64,
    pub title: String,
    pub severity: i16,
    pub call_ended: bool,
    pub serial: String,
    pub nickname: String,
    pub site_code: String,
    pub site_name: String,
    pub time_zone: String,
    pub customer_name: String,
}

impl RemoteRow {
    /// A state that this program does not know lets nobody in.
    pub fn state(&self) -> State {
        State::from_name(&self.state).unwrap_or(State::Ended)
    }

    /// As far as the rules go; with its call it is over, before any sweep says so.
    pub fn access(&self) -> Access {
        let state = if self.call_ended && self.state().stands() { State::Ended } else { self.state() };
        Access { state, until: self.until.to_jiff(), inside: self.inside.clone() }
    }

    pub fn call_number(&self) -> CallNumber {
        CallNumber::from_serial(self.number)
    }
}

macro_rules! accesses {
    ($rest:literal, $($arg:expr),*) => {
        sqlx::query_as!(
            RemoteRow,
            r#"SELECT a.customer_id, a.id, a.call_id, a.system_id, a.state, a.opened_at, a.hours, a.until, a.answered_at,
                      a.over_at, asker.display_name AS "asked_by?", answerer.display_name AS "answered_by?",
                      ender.display_name AS "ended_by?", purpose.body AS "purpose?", over.body AS "over_words?",
                      within.people AS "inside!", within.names AS "inside_names!", within.ids AS "inside_uses!",
                      within.uses AS "uses!",
                      call.number, call.title, call.severity,
                      (call.status IN ('closed', 'cancelled')) AS "call_ended!", system.serial, system.nickname,
                      site.site_code, site.name AS site_name, site.time_zone, account.name AS customer_name
               FROM remote_access a
               JOIN call ON call.customer_id = a.customer_id AND call.id = a.call_id
               JOIN system ON system.customer_id = a.customer_id AND system.id = a.system_id
               JOIN site ON site.customer_id = a.customer_id AND site.id = a.site_id
               JOIN account ON account.id = a.customer_id
               LEFT JOIN person asker ON asker.id = a.asked_by
               LEFT JOIN person answerer ON answerer.id = a.answered_by
               LEFT JOIN person ender ON ender.id = a.over_by
               LEFT JOIN history purpose ON purpose.customer_id = a.customer_id AND purpose.call_id = a.call_id
                                        AND purpose.seq = a.purpose_seq
               LEFT JOIN history over ON over.customer_id = a.customer_id AND over.call_id = a.call_id
                                     AND over.seq = a.over_seq
               CROSS JOIN LATERAL (
                   SELECT count(*) AS uses,
                          coalesce(array_agg(u.person_id ORDER BY u.began_at, u.id)
                                       FILTER (WHERE u.ended_at IS NULL), '{}') AS people,
                          coalesce(array_agg(u.id ORDER BY u.began_at, u.id)
                                       FILTER (WHERE u.ended_at IS NULL), '{}') AS ids,
                          coalesce(array_agg(p.display_name ORDER BY u.began_at, u.id)
                                       FILTER (WHERE u.ended_at IS NULL), '{}') AS names
                   FROM remote_use u JOIN person p ON p.id = u.person_id
                   WHERE u.customer_id = a.customer_id AND u.access_id = a.id
               ) within "# + $rest,
            $($arg),*
        )
    };
}

pub async fn find(db: impl PgExecutor<'_>, scope: &Scope, id: Uuid) -> Result<RemoteRow> {
    let row =
        accesses!("WHERE a.id = $1 AND in_scope(a.customer_id, a.site_id, call.opened_at, $2)", id, scope.json() as _);
    Ok(row.fetch_one(db).await?)
}

/// What waits or is in force: the grants first, and of each what is over soonest.
pub async fn standing(db: impl PgExecutor<'_>, scope: &Scope, limit: i64) -> Result<Vec<RemoteRow>> {
    let rows = accesses!(
        "WHERE a.state IN ('asked', 'granted') AND in_scope(a.customer_id, a.site_id, call.opened_at, $1)
         ORDER BY a.state = 'asked', a.until, a.id LIMIT $2",
        scope.json() as _,
        limit
    );
    Ok(rows.fetch_all(db).await?)
}

/// What is over, the newest first.
pub async fn past(db: impl PgExecutor<'_>, scope: &Scope, limit: i64) -> Result<Vec<RemoteRow>> {
    let rows = accesses!(
        "WHERE a.state NOT IN ('asked', 'granted') AND in_scope(a.customer_id, a.site_id, call.opened_at, $1)
         ORDER BY a.opened_at DESC, a.id DESC LIMIT $2",
        scope.json() as _,
        limit
    );
    Ok(rows.fetch_all(db).await?)
}

/// Which of them a program asks for, and after which one to begin.
#[derive(Debug, Clone, Default)]
pub struct Places {
    pub state: Option<String>,
    pub after: Option<(Timestamp, Uuid)>,
}

/// All of them, the newest first.
pub async fn under(db: impl PgExecutor<'_>, scope: &Scope, places: &Places, limit: i64) -> Result<Vec<RemoteRow>> {
    let (at, id) = places.after.unzip();
    let rows = accesses!(
        "WHERE ($1::text IS NULL OR a.state = $1)
           AND ($2::timestamptz IS NULL OR (a.opened_at, a.id) < ($2, $3))
           AND in_scope(a.customer_id, a.site_id, call.opened_at, $4)
         ORDER BY a.opened_at DESC, a.id DESC LIMIT $5",
        places.state,
        at.map(ToSqlx::to_sqlx) as _,
        id,
        scope.json() as _,
        limit
    );
    Ok(rows.fetch_all(db).await?)
}

/// Those of a call, the newest first.
pub async fn of_call(
    db: impl PgExecutor<'_>,
    scope: &Scope,
    (customer, call): (Uuid, Uuid),
    limit: i64,
) -> Result<Vec<RemoteRow>> {
    let rows = accesses!(
        "WHERE a.customer_id = $1 AND a.call_id = $2 AND in_scope(a.customer_id, a.site_id, call.opened_at, $3)
         ORDER BY a.opened_at DESC, a.id DESC LIMIT $4",
        customer,
        call,
        scope.json() as _,
        limit
    );
    Ok(rows.fetch_all(db).await?)
}

/// Those of a system, the newest first.
pub async fn of_system(
    db: impl PgExecutor<'_>,
    scope: &Scope,
    (customer, system): (Uuid, Uuid),
    limit: i64,
) -> Result<Vec<RemoteRow>> {
    let rows = accesses!(
        "WHERE a.customer_id = $1 AND a.system_id = $2 AND in_scope(a.customer_id, a.site_id, call.opened_at, $3)
         ORDER BY a.opened_at DESC, a.id DESC LIMIT $4",
        customer,
        system,
        scope.json() as _,
        limit
    );
    Ok(rows.fetch_all(db).await?)
}

/// Somebody was in, or still is.
#[derive(Debug, Clone)]
pub struct UseRow {
    pub id: Uuid,
    pub person_id: Uuid,
    pub name: String,
    pub began_at: jiff_sqlx::Timestamp,
    pub ended_at: Option<jiff_sqlx::Timestamp>,
    pub note: Option<String>,
}

/// The uses of an access, in their order.
pub async fn uses(
    db: impl PgExecutor<'_>,
    scope: &Scope,
    (customer, access): (Uuid, Uuid),
    limit: i64,
) -> Result<Vec<UseRow>> {
    let rows = sqlx::query_as!(
        UseRow,
        r#"SELECT u.id, u.person_id, person.display_name AS name, u.began_at, u.ended_at, note.body AS "note?"
           FROM remote_use u
           JOIN remote_access a ON a.customer_id = u.customer_id AND a.id = u.access_id
           JOIN call ON call.customer_id = a.customer_id AND call.id = a.call_id
           JOIN person ON person.id = u.person_id
           LEFT JOIN history note ON note.customer_id = a.customer_id AND note.call_id = a.call_id
                                 AND note.seq = u.note_seq
           WHERE u.customer_id = $1 AND u.access_id = $2 AND in_scope(u.customer_id, u.site_id, call.opened_at, $3)
           ORDER BY u.began_at, u.id LIMIT $4"#,
        customer,
        access,
        scope.json() as _,
        limit
    )
    .fetch_all(db)
    .await?;
    Ok(rows)
}
