//! Who is signed in. Only hashes of tokens are kept.

use jiff::{SignedDuration, Timestamp};
use jiff_sqlx::ToSqlx;
use sqlx::{PgConnection, PgExecutor, types::Json};
use uuid::Uuid;

use crate::{domain::access::PartnerRelation, error::Result};

/// A session that nobody has used for so long is over.
pub const IDLE: SignedDuration = SignedDuration::from_hours(4);

/// The person behind a session or a token, as one of their memberships.
#[derive(Debug, Clone)]
pub struct SignedIn {
    pub person_id: Uuid,
    pub membership_id: Uuid,
    pub account_id: Uuid,
    pub role: String,
    pub display_name: String,
    pub email: String,
    pub time_zone: Option<String>,
    pub cac_code: Option<String>,
    pub sites: Option<Vec<Uuid>>,
    /// What a partner's relations open, also those that are over or have not begun.
    pub relations: Json<Vec<PartnerRelation>>,
    pub unseen: i64,
    pub session_id: Option<Uuid>,
    pub token_id: Option<Uuid>,
    pub token_used_at: Option<jiff_sqlx::Timestamp>,
    /// When the session ends if nobody uses it any more.
    pub expires_at: Option<jiff_sqlx::Timestamp>,
    pub seen_at: Option<jiff_sqlx::Timestamp>,
    pub may_write: bool,
    /// The administrator who looks at this person's pages, and what they are.
    pub watcher_id: Option<Uuid>,
    pub watcher_role: Option<String>,
}

macro_rules! signed_in {
    ($own:literal, $rest:literal, $($arg:expr),*) => {
        sqlx::query_as!(
            SignedIn,
            r#"SELECT p.id AS person_id, m.id AS membership_id, m.account_id, m.role, p.display_name, p.email, p.time_zone,
                      m.cac_code, m.sites,
                      coalesce((SELECT jsonb_agg(to_jsonb(r)) FROM partner_relation r
                                WHERE r.partner_id = m.account_id), '[]') AS "relations!: Json<Vec<PartnerRelation>>",
                      (SELECT count(*) FROM notification n WHERE n.person_id = p.id AND n.seen_at IS NULL)
                          AS "unseen!", "# + $own + " " + $rest,
            $($arg),*
        )
    };
}

/// Whose session it is; of one that watches somebody, who is watched. A session that still lacks a proof opens nothing.
pub async fn find(db: impl PgExecutor<'_>, token_hash: &[u8], now: Timestamp) -> Result<Option<SignedIn>> {
    let found = signed_in!(
        r#"s.id AS "session_id?", NULL::uuid AS "token_id?", NULL::timestamptz AS "token_used_at?", least(s.expires_at, s.seen_at + ($2::timestamptz - $3::timestamptz)) AS "expires_at?", s.seen_at AS "seen_at?", true AS "may_write!", CASE WHEN s.watching IS NOT NULL THEN me.id END AS watcher_id,
           CASE WHEN s.watching IS NOT NULL THEN own.role END AS watcher_role"#,
        "FROM session s
         JOIN person me ON me.id = s.person_id AND me.disabled_at IS NULL
         JOIN membership own ON own.id = s.membership_id AND own.ended_at IS NULL
         JOIN membership m ON m.id = coalesce(s.watching, own.id) AND m.ended_at IS NULL
         JOIN person p ON p.id = m.person_id AND p.disabled_at IS NULL
         WHERE s.token_hash = $1 AND s.expires_at > $2 AND s.seen_at > $3 AND s.stage = 'open'",
        token_hash,
        now.to_sqlx() as _,
        (now - IDLE).to_sqlx() as _
    )
    .fetch_optional(db)
    .await?;
    Ok(found)
}

/// A token of the wall board is none for anything else.
pub async fn find_by_token(db: impl PgExecutor<'_>, token_hash: &[u8], now: Timestamp) -> Result<Option<SignedIn>> {
    let found = signed_in!(
        r#"NULL::uuid AS "session_id?", t.id AS "token_id?", t.last_used_at AS "token_used_at?", t.expires_at AS "expires_at?", NULL::timestamptz AS "seen_at?", ('write' = ANY (t.scopes)) AS "may_write!", NULL::uuid AS watcher_id,
           NULL AS watcher_role"#,
        "FROM api_token t
         JOIN membership m ON m.id = t.membership_id AND m.ended_at IS NULL
         JOIN person p ON p.id = m.person_id AND p.disabled_at IS NULL
         WHERE t.token_hash = $1 AND (t.expires_at IS NULL OR t.expires_at > $2) AND t.revoked_at IS NULL
           AND t.scopes && '{read,write}'",
        token_hash,
        now.to_sqlx() as _
    )
    .fetch_optional(db)
    .await?;
    Ok(found)
}

/// The same of somebody who has not signed in: for the portal's own players, and to say what they would see.
pub async fn of_membership(db: impl PgExecutor<'_>, membership: Uuid) -> Result<Option<SignedIn>> {
    let found = signed_in!(
        r#"NULL::uuid AS "session_id?", NULL::uuid AS "token_id?", NULL::timestamptz AS "token_used_at?", NULL::timestamptz AS "expires_at?", NULL::timestamptz AS "seen_at?", true AS "may_write!", NULL::uuid AS watcher_id, NULL AS watcher_role"#,
        "FROM membership m JOIN person p ON p.id = m.person_id
         WHERE m.id = $1 AND m.ended_at IS NULL AND p.disabled_at IS NULL",
        membership
    )
    .fetch_optional(db)
    .await?;
    Ok(found)
}

/// A session as it begins: `stage` says what is still missing before it opens anything.
#[derive(Debug, Clone)]
pub struct NewSession<'a> {
    pub id: Uuid,
    pub token_hash: &'a [u8],
    pub person_id: Uuid,
    pub membership_id: Uuid,
    pub stage: &'a str,
    pub means: &'a str,
    pub address: &'a str,
    pub agent: &'a str,
    pub until: Timestamp,
}

pub async fn insert(db: &mut PgConnection, session: &NewSession<'_>, now: Timestamp) -> Result<()> {
    sqlx::query!(
        "INSERT INTO session (id, token_hash, person_id, membership_id, stage, means, address, agent, created_at,
                              seen_at, proved_at, expires_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9, $9, $10)",
        session.id,
        session.token_hash,
        session.person_id,
        session.membership_id,
        session.stage,
        session.means,
        session.address,
        session.agent,
        now.to_sqlx() as _,
        session.until.to_sqlx() as _
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Whose session has just ended.
#[derive(Debug, Clone)]
pub struct Ended {
    pub id: Uuid,
    pub person_id: Uuid,
    pub account_id: Uuid,
}

pub async fn delete(db: &mut PgConnection, token_hash: &[u8]) -> Result<Option<Ended>> {
    let ended = sqlx::query_as!(
        Ended,
        "DELETE FROM session USING membership m WHERE token_hash = $1 AND m.id = session.membership_id
         RETURNING session.id, session.person_id, m.account_id",
        token_hash
    )
    .fetch_optional(db)
    .await?;
    Ok(ended)
}

pub async fn delete_ended(db: &mut PgConnection, now: Timestamp) -> Result<u64> {
    let done = sqlx::query!(
        "DELETE FROM session WHERE expires_at <= $1 OR seen_at <= $2",
        now.to_sqlx() as _,
        (now - IDLE).to_sqlx() as _
    )
    .execute(db)
    .await?;
    Ok(done.rows_affected())
}

/// From now on this session sees what that membership sees.
pub async fn watch(db: &mut PgConnection, session: Uuid, membership: Uuid) -> Result<()> {
    sqlx::query!("UPDATE session SET watching = $2 WHERE id = $1", session, membership).execute(db).await?;
    Ok(())
}

/// A look at the pages of somebody that is over.
#[derive(Debug, Clone)]
pub struct Watched {
    pub session_id: Uuid,
    pub watcher_id: Uuid,
    pub watched_id: Uuid,
    pub account_id: Uuid,
}

/// Also where the one who was watched can't come in any more.
pub async fn end_watching(db: &mut PgConnection, token_hash: &[u8], now: Timestamp) -> Result<Option<Watched>> {
    let ended = sqlx::query_as!(
        Watched,
        "UPDATE session SET watching = NULL FROM membership m
         WHERE session.token_hash = $1 AND session.expires_at > $2 AND m.id = session.watching
         RETURNING session.id AS session_id, session.person_id AS watcher_id, m.person_id AS watched_id, m.account_id",
        token_hash,
        now.to_sqlx() as _
    )
    .fetch_optional(db)
    .await?;
    Ok(ended)
}
