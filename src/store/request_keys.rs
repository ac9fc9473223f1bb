//! Requests that may come twice: the second is answered like the first.

use sqlx::PgExecutor;
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

/// The call that an earlier request with this key made or changed.
///
/// The same key on a different request is a mistake of the sender and is refused by name.
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
        Some(row) if row.digest != request.digest => {
            Err(Error::invalid("Idempotency-Key", "This key was used for a different request already."))
        }
        Some(row) => Ok(Some(CallNumber::from_serial(row.number))),
        None => Ok(None),
    }
}

pub async fn forget_before(db: impl PgExecutor<'_>, at: jiff::Timestamp) -> Result<u64> {
    use jiff_sqlx::ToSqlx;
    let done = sqlx::query!("DELETE FROM request_key WHERE at < $1", at.to_sqlx() as _).execute(db).await?;
    Ok(done.rows_affected())
}
