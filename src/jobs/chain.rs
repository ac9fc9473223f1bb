//! Puts what was audited into the chain, in one order and without gaps: whoever leads the relay does.

use sqlx::PgConnection;

use crate::{
    domain::audit::chain::{BEGINNING, Hash},
    error::{Error, Result},
    store::{audit::chain, begin_write_on},
};

const MOST: i64 = 500;

/// Links what waits; answers how much that was. Through the session that holds the relay's lock.
pub async fn link(session: &mut PgConnection) -> Result<usize> {
    let rows = chain::waiting(&mut *session, MOST).await?;
    if rows.is_empty() {
        return Ok(0);
    }
    let mut tx = begin_write_on(session).await?;
    let head = chain::head(&mut *tx).await?;
    let (pos, mut hash) = match head {
        Some((pos, hash)) => (pos, whole(&hash)?),
        None => (0, BEGINNING),
    };
    let mut links = Vec::with_capacity(rows.len());
    for row in &rows {
        hash = row.after(&hash);
        links.push((row.id, hash));
    }
    chain::append(&mut tx, pos + 1, &links).await?;
    tx.commit().await?;
    Ok(links.len())
}

fn whole(hash: &[u8]) -> Result<Hash> {
    hash.try_into().map_err(|_| Error::Internal("the last hash of the audit log is no hash".to_owned()))
}
