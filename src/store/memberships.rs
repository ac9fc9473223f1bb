//! What people are in their accounts: role, CAC, sites.

use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use sqlx::{PgConnection, PgExecutor, types::Json};
use uuid::Uuid;

use crate::{domain::access::PartnerRelation, error::Result};

#[derive(Debug, Clone)]
pub struct NewMembership<'a> {
    pub id: Uuid,
    pub person_id: Uuid,
    pub account_id: Uuid,
    pub role: &'a str,
    pub cac_code: Option<&'a str>,
    pub sites: Option<&'a [Uuid]>,
}

pub async fn insert(db: &mut PgConnection, membership: &NewMembership<'_>, now: Timestamp) -> Result<()> {
    sqlx::query!(
        "INSERT INTO membership (id, person_id, account_id, role, cac_code, sites, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
        membership.id,
        membership.person_id,
        membership.account_id,
        membership.role,
        membership.cac_code,
        membership.sites,
        now.to_sqlx() as _
    )
    .execute(db)
    .await?;
    Ok(())
}

/// As what somebody comes in who does not say: what they were the last time, else what they have been longest.
pub async fn usual(db: impl PgExecutor<'_>, person: Uuid) -> Result<Option<Uuid>> {
    let id = sqlx::query_scalar!(
        "SELECT m.id FROM membership m
         LEFT JOIN session s ON s.membership_id = m.id
         WHERE m.person_id = $1 AND m.ended_at IS NULL
         ORDER BY s.seen_at DESC NULLS LAST, m.created_at, m.id LIMIT 1",
        person
    )
    .fetch_optional(db)
    .await?;
    Ok(id)
}

/// Which account a membership is in.
pub async fn account(db: impl PgExecutor<'_>, membership: Uuid) -> Result<Option<Uuid>> {
    Ok(sqlx::query_scalar!("SELECT account_id FROM membership WHERE id = $1", membership).fetch_optional(db).await?)
}

/// The account whose administrators look after this person: the one they have been in longest.
pub async fn usual_account(db: impl PgExecutor<'_>, person: Uuid) -> Result<Option<Uuid>> {
    let account = sqlx::query_scalar!(
        "SELECT account_id FROM membership WHERE person_id = $1
         ORDER BY ended_at IS NOT NULL, created_at, id LIMIT 1",
        person
    );
    Ok(account.fetch_optional(db).await?)
}

/// Somebody who may have a call given to them.
#[derive(Debug, Clone)]
pub struct Colleague {
    pub id: Uuid,
    pub display_name: String,
    pub cac_code: Option<String>,
}

/// Staff who work calls, by name: for the menu of assignees.
pub async fn colleagues(db: impl PgExecutor<'_>) -> Result<Vec<Colleague>> {
    let staff = sqlx::query_as!(
        Colleague,
        "SELECT p.id, p.display_name, m.cac_code FROM membership m JOIN person p ON p.id = m.person_id
         WHERE m.role IN ('engineer', 'cac_lead', 'duty_manager') AND m.ended_at IS NULL AND p.disabled_at IS NULL
         ORDER BY p.display_name, p.id LIMIT 500"
    )
    .fetch_all(db)
    .await?;
    Ok(staff)
}

/// Whether a call may be given to this person.
pub async fn works_calls(db: impl PgExecutor<'_>, person: Uuid) -> Result<bool> {
    let works = sqlx::query_scalar!(
        r#"SELECT EXISTS (SELECT FROM membership m JOIN person p ON p.id = m.person_id
                          WHERE p.id = $1 AND p.disabled_at IS NULL AND m.ended_at IS NULL
                            AND m.role IN ('engineer', 'cac_lead', 'duty_manager')) AS "works!""#,
        person
    )
    .fetch_one(db)
    .await?;
    Ok(works)
}

/// Who is told when nobody has a call.
pub async fn duty_managers(db: impl PgExecutor<'_>) -> Result<Vec<Uuid>> {
    let ids = sqlx::query_scalar!(
        "SELECT person_id FROM membership WHERE role = 'duty_manager' AND ended_at IS NULL ORDER BY person_id LIMIT 50"
    )
    .fetch_all(db)
    .await?;
    Ok(ids)
}

/// Whoever works calls in a center.
pub async fn of_cac(db: impl PgExecutor<'_>, cac: &str) -> Result<Vec<Uuid>> {
    let ids = sqlx::query_scalar!(
        "SELECT person_id FROM membership
         WHERE cac_code = $1 AND role IN ('engineer', 'cac_lead') AND ended_at IS NULL ORDER BY person_id LIMIT 500",
        cac
    )
    .fetch_all(db)
    .await?;
    Ok(ids)
}

/// Who leads a CAC, and hears what its queues could not keep.
pub async fn leads_of(db: impl PgExecutor<'_>, cac: &str) -> Result<Vec<Uuid>> {
    let ids = sqlx::query_scalar!(
        "SELECT person_id FROM membership
         WHERE role = 'cac_lead' AND cac_code = $1 AND ended_at IS NULL ORDER BY person_id LIMIT 50",
        cac
    )
    .fetch_all(db)
    .await?;
    Ok(ids)
}

pub async fn of_account(db: impl PgExecutor<'_>, account: Uuid) -> Result<Vec<Uuid>> {
    let ids = sqlx::query_scalar!(
        "SELECT person_id FROM membership WHERE account_id = $1 AND ended_at IS NULL ORDER BY person_id LIMIT 200",
        account
    )
    .fetch_all(db)
    .await?;
    Ok(ids)
}

/// What decides whether a person may be told of something.
#[derive(Debug, Clone)]
pub struct Standing {
    pub person_id: Uuid,
    pub membership_id: Uuid,
    pub account_id: Uuid,
    pub role: String,
    pub sites: Option<Vec<Uuid>>,
    pub relations: Json<Vec<PartnerRelation>>,
}

/// Every membership of these people that still holds.
pub async fn standing(db: impl PgExecutor<'_>, people: &[Uuid]) -> Result<Vec<Standing>> {
    let standing = sqlx::query_as!(
        Standing,
        r#"SELECT m.person_id, m.id AS membership_id, m.account_id, m.role, m.sites,
                  coalesce((SELECT jsonb_agg(to_jsonb(r)) FROM partner_relation r
                            WHERE r.partner_id = m.account_id), '[]') AS "relations!: Json<Vec<PartnerRelation>>"
           FROM membership m JOIN person p ON p.id = m.person_id
           WHERE m.person_id = ANY ($1) AND m.ended_at IS NULL AND p.disabled_at IS NULL
           ORDER BY m.person_id, m.id"#,
        people
    )
    .fetch_all(db)
    .await?;
    Ok(standing)
}

/// A membership with everything that decides what it opens, also one that is over.
#[derive(Debug, Clone)]
pub struct Grounds {
    pub membership_id: Uuid,
    pub person_id: Uuid,
    pub person_name: String,
    pub email: String,
    pub disabled_at: Option<jiff_sqlx::Timestamp>,
    pub account_id: Uuid,
    pub account_name: String,
    pub role: String,
    pub cac_code: Option<String>,
    pub sites: Option<Vec<Uuid>>,
    pub ended_at: Option<jiff_sqlx::Timestamp>,
    pub relations: Json<Vec<PartnerRelation>>,
}

macro_rules! grounds {
    ($rest:literal, $($arg:expr),*) => {
        sqlx::query_as!(
            Grounds,
            r#"SELECT m.id AS membership_id, p.id AS person_id, p.display_name AS person_name, p.email, p.disabled_at,
                      m.account_id, a.name AS account_name, m.role, m.cac_code, m.sites, m.ended_at,
                      coalesce((SELECT jsonb_agg(to_jsonb(r)) FROM partner_relation r
                                WHERE r.partner_id = m.account_id), '[]') AS "relations!: Json<Vec<PartnerRelation>>"
               FROM membership m JOIN person p ON p.id = m.person_id JOIN account a ON a.id = m.account_id "# + $rest,
            $($arg),*
        )
    };
}

/// Everything that a person is or was.
pub async fn grounds_of(db: impl PgExecutor<'_>, person: Uuid) -> Result<Vec<Grounds>> {
    let grounds = grounds!("WHERE p.id = $1 ORDER BY m.ended_at IS NOT NULL, m.created_at, m.id LIMIT 100", person);
    Ok(grounds.fetch_all(db).await?)
}

/// The customer's own people, and those of every partner that has or had a relation with it.
pub async fn grounds_around(db: impl PgExecutor<'_>, customer: Uuid) -> Result<Vec<Grounds>> {
    let grounds = grounds!(
        "WHERE m.ended_at IS NULL AND p.disabled_at IS NULL
           AND (m.account_id = $1 OR m.account_id IN (SELECT partner_id FROM partner_relation WHERE customer_id = $1))
         ORDER BY a.kind, a.name, p.display_name, p.id LIMIT 500",
        customer
    );
    Ok(grounds.fetch_all(db).await?)
}
