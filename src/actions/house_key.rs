use sqlx::PgConnection;

use super::new_key;
use crate::{
    error::{Error, Result},
    store::person_keys,
};

/// The house's own key of that name, made when it is first asked for.
pub(super) async fn house_key(tx: &mut PgConnection, name: &str) -> Result<Vec<u8>> {
    if let Some(key) = person_keys::of_house(&mut *tx, name).await? {
        return Ok(key);
    }
    person_keys::offer_house_key(&mut *tx, name, &new_key()).await?;
    let kept = person_keys::of_house(&mut *tx, name).await?;
    kept.ok_or_else(|| Error::Internal("the house's key is gone".to_owned()))
}
