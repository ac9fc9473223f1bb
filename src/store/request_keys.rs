//! Requests that may come twice: the second is answered like the first.

use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use sqlx::{PgConnection, PgExecutor};
use uuid::Uuid;

use crate::{
    domain::number::CallNumber,
    error::{Error, Result},
};

/// The key that came with a request, whose it is, and what it was for.
#[derive(Debug, Clone)]
pub struct RequestKey {
    pub actor_id: Uuid,
    pub key: String,
    pub digest: Vec<u8>,
}

/// What the store refuses a key with that it has.
pub const TWICE: &str = "request_key_pkey";

/// The key of the request that this task answers, and how far it is.
#[derive(Debug)]
struct UnderWay {
    key: RequestKey,
    at: Timestamp,
    state: Mutex<State>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Fresh,
    /// Written into a transaction, which may have come to nothing.
    Written,
    /// Somebody else writes it, with what it did.
    Taken,
}

tokio::task_local! {
    static UNDER_WAY: UnderWay;
}

/// Whatever is written while `work` goes on is done under this key: once, whoever sends it again.
pub async fn under<F: Future>(key: RequestKey, at: Timestamp, work: F) -> F::Output {
    UNDER_WAY.scope(UnderWay { key, at, state: Mutex::new(State::Fresh) }, work).await
}

/// The key of the request under way, for who keeps it with the call that it makes or changes.
pub fn taken() -> Option<RequestKey> {
    let take = |under_way: &UnderWay| {
        *under_way.state.lock().unwrap_or_else(PoisonError::into_inner) = State::Taken;
        under_way.key.clone()
    };
    UNDER_WAY.try_with(take).ok()
}

/// Writes down the key of the request under way, if there is one. Who sends it at the same time waits here, and is
/// refused with [`TWICE`] once this transaction is committed.
pub(super) async fn claim(db: &mut PgConnection) -> Result<()> {
    let next = |under_way: &UnderWay| {
        let mut state = under_way.state.lock().unwrap_or_else(PoisonError::into_inner);
        let before = *state;
        if before == State::Fresh {
            *state = State::Written;
        }
        (before, under_way.key.clone(), under_way.at)
    };
    match UNDER_WAY.try_with(next) {
        Ok((State::Fresh, key, at)) => insert(db, &key, at).await,
        Ok((State::Written, key, at)) => insert_unless_there(db, &key, at).await,
        Ok((State::Taken, ..)) | Err(_) => Ok(()),
    }
}

async fn insert(db: &mut PgConnection, request: &RequestKey, at: Timestamp) -> Result<()> {
    sqlx::query!(
        "INSERT INTO request_key (actor_id, key, digest, at) VALUES ($1, $2, $3, $4)",
        request.actor_id,
        request.key,
        request.digest,
        at.to_sqlx() as _
    )
    .execute(db)
    .await?;
    Ok(())
}

/// For the second transaction of a request: the first may have been rolled back.
async fn insert_unless_there(db: &mut PgConnection, request: &RequestKey, at: Timestamp) -> Result<()> {
    sqlx::query!(
        "INSERT INTO request_key (actor_id, key, digest, at) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
        request.actor_id,
        request.key,
        request.digest,
        at.to_sqlx() as _
    )
    .execute(db)
    .await?;
    Ok(())
}

/// What became of an earlier request with the same key.
#[derive(Debug, Clone)]
pub struct Known {
    /// Whether it led to a call, from which its answer can be told again.
    pub has_call: bool,
    pub at: jiff_sqlx::Timestamp,
    /// Its answer, sealed.
    pub answer: Option<Vec<u8>>,
    /// The key with which it was sealed, if there is one yet.
    pub sealed_with: Option<Vec<u8>>,
}

/// The same key on a different request is a mistake of the sender and is refused by name.
pub async fn find(db: impl PgExecutor<'_>, request: &RequestKey, house_key: &str) -> Result<Option<Known>> {
    let known = sqlx::query!(
        r#"SELECT k.digest, k.call_id IS NOT NULL AS "has_call!", k.at, k.answer, h.key AS "sealed_with?"
           FROM request_key k LEFT JOIN house_key h ON h.name = $3
           WHERE k.actor_id = $1 AND k.key = $2"#,
        request.actor_id,
        request.key,
        house_key
    )
    .fetch_optional(db)
    .await?;
    match known {
        Some(row) if row.digest != request.digest => Err(another_request()),
        Some(row) => {
            Ok(Some(Known { has_call: row.has_call, at: row.at, answer: row.answer, sealed_with: row.sealed_with }))
        }
        None => Ok(None),
    }
}

/// Whether something was committed under the key that is no call and has no answer.
pub async fn is_kept(db: impl PgExecutor<'_>, request: &RequestKey) -> Result<bool> {
    let kept = sqlx::query_scalar!(
        r#"SELECT EXISTS (SELECT FROM request_key WHERE actor_id = $1 AND key = $2 AND digest = $3
                                                    AND call_id IS NULL AND answer IS NULL) AS "kept!""#,
        request.actor_id,
        request.key,
        request.digest
    )
    .fetch_one(db)
    .await?;
    Ok(kept)
}

/// What comes again with this key is carried out again.
pub async fn free(db: &mut PgConnection, request: &RequestKey) -> Result<()> {
    sqlx::query!(
        "DELETE FROM request_key WHERE actor_id = $1 AND key = $2 AND digest = $3 AND call_id IS NULL AND answer IS NULL",
        request.actor_id,
        request.key,
        request.digest
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Keeps the answer; false where another was kept before.
pub async fn keep(db: &mut PgConnection, request: &RequestKey, answer: &[u8], at: Timestamp) -> Result<bool> {
    let done = sqlx::query!(
        "INSERT INTO request_key (actor_id, key, digest, at, answer) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (actor_id, key) DO UPDATE SET answer = excluded.answer
         WHERE request_key.answer IS NULL AND request_key.digest = excluded.digest",
        request.actor_id,
        request.key,
        request.digest,
        at.to_sqlx() as _,
        answer
    )
    .execute(db)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// The call that an earlier request with this key made or changed.
pub async fn answered(db: impl PgExecutor<'_>, request: &RequestKey) -> Result<Option<CallNumber>> {
    let known = sqlx::query!(
        "SELECT k.digest, c.number FROM request_key k
         JOIN call c ON c.customer_id = k.customer_id AND c.id = k.call_id
         WHERE k.actor_id = $1 AND k.key = $2",
        request.actor_id,
        request.key
    )
    .fetch_optional(db)
    .await?;
    match known {
        Some(row) if row.digest != request.digest => Err(another_request()),
        Some(row) => Ok(Some(CallNumber::from_serial(row.number))),
        None => Ok(None),
    }
}

fn another_request() -> Error {
    Error::invalid("Idempotency-Key", "This key was used for a different request already.")
}

pub async fn forget_before(db: impl PgExecutor<'_>, at: Timestamp) -> Result<u64> {
    let done = sqlx::query!("DELETE FROM request_key WHERE at < $1", at.to_sqlx() as _).execute(db).await?;
    Ok(done.rows_affected())
}
