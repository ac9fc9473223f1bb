//! What is kept about one person, and how it is taken away.

use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use serde_json::Value;
use sqlx::{PgConnection, PgExecutor};
use uuid::Uuid;

use crate::{domain::access::Scope, error::Result};

#[derive(Debug, Clone)]
pub struct About {
    pub id: Uuid,
    pub display_name: String,
    pub email: String,
    pub disabled_at: Option<jiff_sqlx::Timestamp>,
    pub erased_at: Option<jiff_sqlx::Timestamp>,
}

pub async fn find(db: impl PgExecutor<'_>, person: Uuid) -> Result<About> {
    let about = sqlx::query_as!(
        About,
        "SELECT id, display_name, email, disabled_at, erased_at FROM person WHERE id = $1",
        person
    );
    Ok(about.fetch_one(db).await?)
}

/// The same, and nobody else changes it until the transaction ends.
pub async fn lock(db: &mut PgConnection, person: Uuid) -> Result<About> {
    let about = sqlx::query_as!(
        About,
        "SELECT id, display_name, email, disabled_at, erased_at FROM person WHERE id = $1 FOR UPDATE",
        person
    );
    Ok(about.fetch_one(db).await?)
}

#[derive(Debug, Clone)]
pub struct In {
    pub id: Uuid,
    pub account_name: String,
    pub role: String,
    pub ended: bool,
}

pub async fn memberships(db: impl PgExecutor<'_>, person: Uuid) -> Result<Vec<In>> {
    let rows = sqlx::query_as!(
        In,
        r#"SELECT m.id, account.name AS account_name, m.role, (m.ended_at IS NOT NULL) AS "ended!"
           FROM membership m JOIN account ON account.id = m.account_id
           WHERE m.person_id = $1 ORDER BY m.ended_at IS NOT NULL, m.created_at, m.id LIMIT 100"#,
        person
    );
    Ok(rows.fetch_all(db).await?)
}

/// Everything that is filed under the person, without what would let somebody in.
pub async fn kept(db: impl PgExecutor<'_>, person: Uuid) -> Result<Value> {
    let kept = sqlx::query_scalar!(
        r#"SELECT jsonb_build_object(
               'person', to_jsonb(p) - 'password_hash',
               'memberships', (SELECT coalesce(jsonb_agg(to_jsonb(m) || jsonb_build_object('account', a.name)
                                                         ORDER BY m.created_at), '[]')
                               FROM membership m JOIN account a ON a.id = m.account_id WHERE m.person_id = p.id),
               'sessions', (SELECT coalesce(jsonb_agg(to_jsonb(s) - 'token_hash' ORDER BY s.created_at), '[]')
                            FROM session s WHERE s.person_id = p.id),
               'tokens', (SELECT coalesce(jsonb_agg(to_jsonb(t) - 'token_hash' ORDER BY t.created_at), '[]')
                          FROM api_token t WHERE t.person_id = p.id),
               'passkeys', (SELECT coalesce(jsonb_agg(to_jsonb(k) - 'credential' - 'credential_id'
                                                      ORDER BY k.created_at), '[]')
                            FROM passkey k WHERE k.person_id = p.id),
               'second_factor', (SELECT to_jsonb(f) - 'sealed' - 'last_step' FROM authenticator f
                                 WHERE f.person_id = p.id),
               'recovery_codes_left', (SELECT count(*) FROM recovery_code r
                                       WHERE r.person_id = p.id AND r.used_at IS NULL),
               'identities', (SELECT coalesce(jsonb_agg(to_jsonb(i) ORDER BY i.created_at), '[]')
                              FROM identity i WHERE i.person_id = p.id),
               'password_resets', (SELECT coalesce(jsonb_agg(to_jsonb(r) - 'token_hash' ORDER BY r.created_at), '[]')
                                   FROM password_reset r WHERE r.person_id = p.id),
               'invitations', (SELECT coalesce(jsonb_agg(to_jsonb(i) - 'token_hash' ORDER BY i.created_at), '[]')
                               FROM invitation i WHERE i.email = p.email),
               'drafts', (SELECT coalesce(jsonb_agg(to_jsonb(d) ORDER BY d.updated_at), '[]')
                          FROM draft d WHERE d.person_id = p.id),
               'notifications', (SELECT coalesce(jsonb_agg(to_jsonb(n) ORDER BY n.pos), '[]')
                                 FROM notification n WHERE n.person_id = p.id)
           ) AS "kept!" FROM person p WHERE p.id = $1"#,
        person
    );
    Ok(kept.fetch_one(db).await?)
}

/// The calls that the person filed, and every line that they wrote or moved a call with.
pub async fn written(db: impl PgExecutor<'_>, scope: &Scope, person: Uuid) -> Result<Value> {
    let written = sqlx::query_scalar!(
        r#"SELECT jsonb_build_object(
               'calls', (SELECT coalesce(jsonb_agg(jsonb_build_object(
                             'number', call.number, 'title', call.title, 'opened_at', call.opened_at,
                             'status', call.status, 'contact', call.state -> 'contact') ORDER BY call.opened_at), '[]')
                         FROM call JOIN history h ON h.customer_id = call.customer_id AND h.call_id = call.id
                         WHERE h.actor_id = $1 AND h.kind = 'file'
                           AND in_scope(call.customer_id, call.site_id, call.opened_at, $2)),
               'entries', (SELECT coalesce(jsonb_agg(jsonb_build_object(
                               'number', call.number, 'seq', h.seq, 'kind', h.kind, 'at', h.occurred_at,
                               'body', h.body) ORDER BY h.occurred_at, h.seq), '[]')
                           FROM history h JOIN call ON call.customer_id = h.customer_id AND call.id = h.call_id
                           WHERE h.actor_id = $1 AND in_scope(call.customer_id, call.site_id, call.opened_at, $2))
           ) AS "written!""#,
        person,
        scope.json() as _
    );
    Ok(written.fetch_one(db).await?)
}

/// Name and address make room for what names nobody; whatever let the person in is gone.
pub async fn unname(db: &mut PgConnection, person: Uuid, name: &str, address: &str, now: Timestamp) -> Result<()> {
    sqlx::query!(
        "WITH ended AS (
             UPDATE membership SET ended_at = coalesce(ended_at, $4) WHERE person_id = $1)
         UPDATE person SET display_name = $2, email = $3, password_hash = NULL,
                           disabled_at = coalesce(disabled_at, $4), erased_at = $4
         WHERE id = $1",
        person,
        name,
        address,
        now.to_sqlx() as _
    )
    .execute(db)
    .await?;
    Ok(())
}

/// What was kept only so that the person could come in, be told something, or go on writing; whoever
/// looked at their pages is back at their own.
pub async fn delete_belongings(db: &mut PgConnection, person: Uuid, email: &str) -> Result<()> {
    sqlx::query!(
        "WITH f AS (DELETE FROM authenticator WHERE person_id = $1),
              r AS (DELETE FROM recovery_code WHERE person_id = $1),
              k AS (DELETE FROM passkey WHERE person_id = $1),
              i AS (DELETE FROM identity WHERE person_id = $1),
              c AS (DELETE FROM ceremony WHERE person_id = $1),
              p AS (DELETE FROM password_reset WHERE person_id = $1),
              s AS (DELETE FROM session WHERE person_id = $1),
              t AS (DELETE FROM api_token WHERE person_id = $1),
              d AS (DELETE FROM draft WHERE person_id = $1),
              n AS (DELETE FROM notification WHERE person_id = $1),
              a AS (DELETE FROM request_key WHERE actor_id = $1),
              w AS (UPDATE session SET watching = NULL FROM membership m
                    WHERE m.id = session.watching AND m.person_id = $1)
         DELETE FROM invitation WHERE email = $2",
        person,
        email
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Takes the contact out of what the person filed and, where `title` is given, all their words out of history.
pub async fn forget(db: &mut PgConnection, person: Uuid, title: Option<&str>, by: Uuid, now: Timestamp) -> Result<i64> {
    let lines = sqlx::query_scalar!(
        r#"SELECT forget_person($1, $2, $3, $4) AS "lines!""#,
        person,
        title,
        by,
        now.to_sqlx() as _
    );
    Ok(lines.fetch_one(db).await?)
}

/// The calls that the person filed or put right, as their history now folds.
pub async fn refold_filed(db: &mut PgConnection, person: Uuid, title: Option<&str>) -> Result<()> {
    sqlx::query!(
        r#"UPDATE call
           SET state = CASE WHEN theirs.contact THEN jsonb_set(state, '{contact}', '""') ELSE state END,
               title = CASE WHEN theirs.title THEN coalesce($2, call.title) ELSE call.title END
           FROM (SELECT customer_id, call_id, bool_or(kind = 'file' OR change ? 'contact') AS contact,
                        bool_or(kind = 'file' OR change ? 'title') AS title
                 FROM history WHERE actor_id = $1 AND kind IN ('file', 'edit') GROUP BY customer_id, call_id) theirs
           WHERE call.customer_id = theirs.customer_id AND call.id = theirs.call_id"#,
        person,
        title
    )
    .execute(db)
    .await?;
    Ok(())
}

/// The calls whose solution is in this person's words, as their history now folds.
pub async fn refold_solved(db: &mut PgConnection, person: Uuid) -> Result<()> {
    sqlx::query!(
        r#"UPDATE call SET state = jsonb_set(jsonb_set(state, '{resolution,text}', '""'), '{resolution,cause}', '""')
           WHERE jsonb_typeof(state -> 'resolution') = 'object'
             AND (customer_id, id) IN (SELECT h.customer_id, h.call_id FROM history h
                                       WHERE h.actor_id = $1 AND h.kind = 'resolve')
             AND $1 = (SELECT h.actor_id FROM history h
                       WHERE h.customer_id = call.customer_id AND h.call_id = call.id AND h.kind = 'resolve'
                       ORDER BY h.seq DESC LIMIT 1)"#,
        person
    )
    .execute(db)
    .await?;
    Ok(())
}
