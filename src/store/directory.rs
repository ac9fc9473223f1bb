//! People as those see them who look after them: one row for each membership, and for each open invitation.

use jiff_sqlx::Timestamp;
use sqlx::PgExecutor;
use uuid::Uuid;

use super::calls::like;
use crate::{domain::access::PeopleScope, error::Result};

/// What the list may be narrowed to; nothing narrows nothing.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    pub words: Option<String>,
    pub account: Option<String>,
    pub role: Option<String>,
    /// `invited`, `active` or `disabled`.
    pub state: Option<String>,
}

#[derive(Debug, Clone)]
pub struct Row {
    /// Of the membership, or of the invitation where there is no person yet.
    pub id: Uuid,
    pub person_id: Option<Uuid>,
    pub name: String,
    pub email: String,
    pub role: String,
    pub account_name: String,
    pub account_slug: String,
    pub cac_code: Option<String>,
    /// None is all sites.
    pub sites: Option<i32>,
    pub state: String,
    pub expires_at: Option<Timestamp>,
    pub second_factor: bool,
    pub last_sign_in: Option<Timestamp>,
}

/// By name. Each half brings no more than the page needs, so that neither is read to its end.
pub async fn list(
    db: impl PgExecutor<'_>,
    people: &PeopleScope,
    filter: &Filter,
    after: Option<&(String, Uuid)>,
    limit: i64,
) -> Result<Vec<Row>> {
    let rows = sqlx::query_as!(
        Row,
        r#"WITH page AS (
               (SELECT m.id, p.id AS person_id, p.display_name AS name, p.email, m.role, m.account_id, m.cac_code,
                       m.sites, CASE WHEN p.disabled_at IS NULL THEN 'active' ELSE 'disabled' END AS state,
                       NULL::timestamptz AS expires_at
                FROM person p JOIN membership m ON m.person_id = p.id JOIN account a ON a.id = m.account_id
                WHERE m.ended_at IS NULL AND p.erased_at IS NULL
                  AND ($1 OR (m.account_id = $2 AND ($3::text IS NULL OR m.cac_code = $3)))
                  AND ($4::text IS NULL OR p.display_name ILIKE '%' || $4 || '%' OR p.email ILIKE '%' || $4 || '%')
                  AND ($5::text IS NULL OR a.slug = $5) AND ($6::text IS NULL OR m.role = $6)
                  AND ($7::text IS NULL OR $7 = CASE WHEN p.disabled_at IS NULL THEN 'active' ELSE 'disabled' END)
                  AND ($8::text IS NULL OR (lower(p.display_name), m.id) > ($8, $9))
                ORDER BY lower(p.display_name), m.id LIMIT $10)
               UNION ALL
               (SELECT i.id, NULL, i.display_name, i.email, i.role, i.account_id, i.cac_code, i.sites, 'invited',
                       i.expires_at
                FROM invitation i JOIN account a ON a.id = i.account_id
                WHERE i.accepted_at IS NULL AND i.revoked_at IS NULL
                  AND ($1 OR (i.account_id = $2 AND ($3::text IS NULL OR i.cac_code = $3)))
                  AND ($4::text IS NULL OR i.display_name ILIKE '%' || $4 || '%' OR i.email ILIKE '%' || $4 || '%')
                  AND ($5::text IS NULL OR a.slug = $5) AND ($6::text IS NULL OR i.role = $6)
                  AND ($7::text IS NULL OR $7 = 'invited')
                  AND ($8::text IS NULL OR (lower(i.display_name), i.id) > ($8, $9))
                ORDER BY lower(i.display_name), i.id LIMIT $10))
           SELECT page.id AS "id!", page.person_id, page.name AS "name!", page.email AS "email!", page.role AS "role!",
                  account.name AS account_name, account.slug AS account_slug, page.cac_code,
                  cardinality(page.sites) AS sites, page.state AS "state!", page.expires_at,
                  EXISTS (SELECT FROM authenticator f WHERE f.person_id = page.person_id AND f.confirmed_at IS NOT NULL)
                  OR EXISTS (SELECT FROM passkey k WHERE k.person_id = page.person_id) AS "second_factor!",
                  GREATEST((SELECT max(s.created_at) FROM session s
                            WHERE s.person_id = page.person_id AND s.stage = 'open'),
                           (SELECT max(d.at) FROM audit d
                            WHERE d.actor_id = page.person_id AND d.kind = 'signed_in')) AS last_sign_in
           FROM page JOIN account ON account.id = page.account_id
           ORDER BY lower(page.name), page.id LIMIT $10"#,
        people.is_everybody(),
        people.account(),
        people.cac(),
        filter.words.as_deref().map(like),
        filter.account.as_deref(),
        filter.role.as_deref(),
        filter.state.as_deref(),
        after.map(|(name, _)| name.as_str()),
        after.map(|(_, id)| *id),
        limit
    )
    .fetch_all(db)
    .await?;
    Ok(rows)
}

/// One person, beside what they are in their accounts.
#[derive(Debug, Clone)]
pub struct Person {
    pub id: Uuid,
    pub name: String,
    pub email: String,
    pub created_at: Timestamp,
    pub disabled_at: Option<Timestamp>,
    pub second_factor: bool,
    pub last_sign_in: Option<Timestamp>,
    pub sessions: i64,
}

/// Who belongs to none of the reader's accounts any more is not there.
pub async fn person(db: impl PgExecutor<'_>, people: &PeopleScope, id: Uuid) -> Result<Person> {
    let person = sqlx::query_as!(
        Person,
        r#"SELECT p.id, p.display_name AS name, p.email, p.created_at, p.disabled_at,
                  EXISTS (SELECT FROM authenticator f WHERE f.person_id = p.id AND f.confirmed_at IS NOT NULL)
                  OR EXISTS (SELECT FROM passkey k WHERE k.person_id = p.id) AS "second_factor!",
                  GREATEST((SELECT max(s.created_at) FROM session s WHERE s.person_id = p.id AND s.stage = 'open'),
                           (SELECT max(d.at) FROM audit d WHERE d.actor_id = p.id AND d.kind = 'signed_in'))
                      AS last_sign_in,
                  (SELECT count(*) FROM session s WHERE s.person_id = p.id) AS "sessions!"
           FROM person p
           WHERE p.id = $1 AND p.erased_at IS NULL
             AND ($2 OR EXISTS (SELECT FROM membership m
                                WHERE m.person_id = p.id AND m.ended_at IS NULL AND m.account_id = $3
                                  AND ($4::text IS NULL OR m.cac_code = $4)))"#,
        id,
        people.is_everybody(),
        people.account(),
        people.cac()
    )
    .fetch_one(db)
    .await?;
    Ok(person)
}
