//! Signed messages that were answered, so that none of them does anything twice.

use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use sqlx::{PgConnection, PgExecutor};
use uuid::Uuid;

use crate::error::Result;

/// What was answered under a nonce, and to which message.
#[derive(Debug, Clone)]
pub struct Answered {
    pub mac: Vec<u8>,
    pub answer: Option<String>,
}

pub async fn answered(
    db: impl PgExecutor<'_>,
    customer: Uuid,
    credential: Uuid,
    nonce: &str,
) -> Result<Option<Answered>> {
    let answered = sqlx::query_as!(
        Answered,
        "SELECT mac, answer FROM signed_message WHERE customer_id = $1 AND credential_id = $2 AND nonce = $3",
        customer,
        credential,
        nonce
    )
    .fetch_optional(db)
    .await?;
    Ok(answered)
}

#[derive(Debug, Clone)]
pub struct NewSigned<'a> {
    pub customer_id: Uuid,
    pub credential_id: Uuid,
    pub nonce: &'a str,
    pub mac: &'a [u8],
    pub answer: Option<&'a str>,
}

/// Not waited for on the disk: should the machine die at once, each alarm still knows its own source and id.
pub async fn insert(db: &mut PgConnection, signed: &NewSigned<'_>, now: Timestamp) -> Result<()> {
    sqlx::query!(
        "WITH soon AS MATERIALIZED (SELECT set_config('synchronous_commit', 'off', true) AS set)
         INSERT INTO signed_message (customer_id, credential_id, nonce, mac, at, answer)
         SELECT $1, $2, $3, $4, $5, $6 FROM soon WHERE soon.set IS NOT NULL
         ON CONFLICT DO NOTHING",
        signed.customer_id,
        signed.credential_id,
        signed.nonce,
        signed.mac,
        now.to_sqlx() as _,
        signed.answer
    )
    .execute(db)
    .await?;
    Ok(())
}

/// What is so old that its time alone is refused.
pub async fn forget_before(db: &mut PgConnection, before: Timestamp) -> Result<()> {
    sqlx::query!("DELETE FROM signed_message WHERE at < $1", before.to_sqlx() as _).execute(db).await?;
    Ok(())
}
