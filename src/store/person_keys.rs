//! The keys under which people's names and secrets are sealed, and the house's own.

use sqlx::{PgConnection, PgExecutor};
use uuid::Uuid;

use crate::error::Result;

/// None for somebody who has been erased.
pub async fn find(db: impl PgExecutor<'_>, person: Uuid) -> Result<Option<Vec<u8>>> {
    let key = sqlx::query_scalar!("SELECT key FROM person_key WHERE person_id = $1", person);
    Ok(key.fetch_optional(db).await?)
}

/// From now on nobody reads what was sealed for this person.
pub async fn destroy(db: &mut PgConnection, person: Uuid) -> Result<()> {
    sqlx::query!("DELETE FROM person_key WHERE person_id = $1", person).execute(db).await?;
    Ok(())
}

pub async fn of_house(db: impl PgExecutor<'_>, name: &str) -> Result<Option<Vec<u8>>> {
    Ok(sqlx::query_scalar!("SELECT key FROM house_key WHERE name = $1", name).fetch_optional(db).await?)
}

/// The first one that is offered stays.
pub async fn offer_house_key(db: &mut PgConnection, name: &str, key: &[u8]) -> Result<()> {
    sqlx::query!("INSERT INTO house_key (name, key) VALUES ($1, $2) ON CONFLICT DO NOTHING", name, key)
        .execute(db)
        .await?;
    Ok(())
}
