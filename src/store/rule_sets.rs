//! Rules as they were published, one version after another, and what somebody is changing of them.

use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use serde::de::DeserializeOwned;
use serde_json::Value;
use sqlx::{PgConnection, PgExecutor};
use uuid::Uuid;

use crate::error::{Error, Result};

pub struct RuleSetRow {
    pub version: i32,
    rules: Value,
    pub hash: String,
    pub note: String,
    pub published_at: jiff_sqlx::Timestamp,
    pub published_by: Option<String>,
    pub reverted_to: Option<i32>,
}

impl RuleSetRow {
    /// What the version says; the store itself does not know what rules are.
    pub fn rules<T: DeserializeOwned>(&self) -> Result<T> {
        read(&self.rules)
    }

    /// A draft in which nothing is changed yet.
    pub fn as_draft(&self) -> DraftRow {
        DraftRow { based_on: self.version, rules: self.rules.clone(), edited_at: self.published_at }
    }
}

fn read<T: DeserializeOwned>(rules: &Value) -> Result<T> {
    T::deserialize(rules).map_err(|e| Error::Internal(format!("kept rules can't be read: {e}")))
}

macro_rules! rule_sets {
    ($rest:literal $(, $arg:expr)*) => {
        sqlx::query_as!(
            RuleSetRow,
            r#"SELECT version, rules, hash, note, published_at,
                      person.display_name AS "published_by?", reverted_to
               FROM rule_set LEFT JOIN person ON person.id = rule_set.published_by "# + $rest
            $(, $arg)*
        )
    };
}

/// What is in force, once a house has been founded.
pub async fn newest(db: impl PgExecutor<'_>) -> Result<Option<RuleSetRow>> {
    Ok(rule_sets!("ORDER BY version DESC LIMIT 1").fetch_optional(db).await?)
}

pub async fn find(db: impl PgExecutor<'_>, version: i32) -> Result<RuleSetRow> {
    Ok(rule_sets!("WHERE version = $1", version).fetch_one(db).await?)
}

/// The newest first.
pub async fn list(db: impl PgExecutor<'_>, before: i32, limit: i64) -> Result<Vec<RuleSetRow>> {
    Ok(rule_sets!("WHERE version < $1 ORDER BY version DESC LIMIT $2", before, limit).fetch_all(db).await?)
}

/// A version on its way into the store.
pub struct NewRuleSet<'a> {
    pub version: i32,
    pub rules: &'a Value,
    pub hash: &'a str,
    pub note: &'a str,
    /// Nobody is named for what a house began with.
    pub by: Option<Uuid>,
    pub reverted_to: Option<i32>,
}

/// False if that version is there already: somebody else was faster.
pub async fn insert(db: &mut PgConnection, new: &NewRuleSet<'_>, now: Timestamp) -> Result<bool> {
    let done = sqlx::query!(
        "INSERT INTO rule_set (version, rules, hash, note, published_at, published_by, reverted_to)
         VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (version) DO NOTHING",
        new.version,
        new.rules,
        new.hash,
        new.note,
        now.to_sqlx() as _,
        new.by,
        new.reverted_to
    )
    .execute(db)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Every calendar as it stands becomes the first version of itself, where it has none.
pub async fn begin_calendars(db: &mut PgConnection, now: Timestamp) -> Result<()> {
    sqlx::query!(
        "INSERT INTO calendar_version (name, version, time_zone, weekly, holidays, holiday_names, published_at)
         SELECT name, version, time_zone, weekly, holidays, holiday_names, $1 FROM calendar
         ON CONFLICT DO NOTHING",
        now.to_sqlx() as _
    )
    .execute(db)
    .await?;
    Ok(())
}

pub struct CalendarVersionRow {
    pub version: i32,
    pub published_at: jiff_sqlx::Timestamp,
    pub published_by: Option<String>,
}

/// Every version of one calendar, the newest first.
pub async fn versions_of_calendar(db: impl PgExecutor<'_>, name: &str, limit: i64) -> Result<Vec<CalendarVersionRow>> {
    let rows = sqlx::query_as!(
        CalendarVersionRow,
        r#"SELECT version, published_at, person.display_name AS "published_by?"
           FROM calendar_version LEFT JOIN person ON person.id = published_by
           WHERE name = $1 ORDER BY version DESC LIMIT $2"#,
        name,
        limit
    )
    .fetch_all(db)
    .await?;
    Ok(rows)
}

pub struct DraftRow {
    pub based_on: i32,
    rules: Value,
    pub edited_at: jiff_sqlx::Timestamp,
}

impl DraftRow {
    pub fn rules<T: DeserializeOwned>(&self) -> Result<T> {
        read(&self.rules)
    }
}

/// What this person is changing.
pub async fn draft(db: impl PgExecutor<'_>, person: Uuid) -> Result<Option<DraftRow>> {
    let row =
        sqlx::query_as!(DraftRow, "SELECT based_on, rules, edited_at FROM rule_draft WHERE person_id = $1", person)
            .fetch_optional(db)
            .await?;
    Ok(row)
}

/// The same, and no other request of theirs changes it until the transaction ends.
pub async fn lock_draft(db: &mut PgConnection, person: Uuid) -> Result<Option<DraftRow>> {
    let row = sqlx::query_as!(
        DraftRow,
        "SELECT based_on, rules, edited_at FROM rule_draft WHERE person_id = $1 FOR UPDATE",
        person
    )
    .fetch_optional(db)
    .await?;
    Ok(row)
}

pub async fn keep_draft(
    db: &mut PgConnection,
    person: Uuid,
    based_on: i32,
    rules: &Value,
    now: Timestamp,
) -> Result<()> {
    sqlx::query!(
        "INSERT INTO rule_draft (person_id, based_on, rules, edited_at) VALUES ($1, $2, $3, $4)
         ON CONFLICT (person_id) DO UPDATE SET based_on = $2, rules = $3, edited_at = $4",
        person,
        based_on,
        rules,
        now.to_sqlx() as _
    )
    .execute(db)
    .await?;
    Ok(())
}

pub async fn forget_draft(db: &mut PgConnection, person: Uuid) -> Result<()> {
    sqlx::query!("DELETE FROM rule_draft WHERE person_id = $1", person).execute(db).await?;
    Ok(())
}
