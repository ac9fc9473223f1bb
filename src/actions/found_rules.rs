use jiff::Timestamp;

use super::rules::written;
use crate::{
    error::Result,
    reference::Reference,
    store::{
        Store,
        rule_sets::{self, NewRuleSet},
    },
};

/// What a house follows when it first counts versions is version 1: the tables as they are.
pub async fn found_rules(store: &Store, now: Timestamp) -> Result<()> {
    if rule_sets::newest(store.reader()).await?.is_some() {
        return Ok(());
    }
    let found = Reference::load(store).await?;
    let rules = found.router.rules();
    let first = NewRuleSet {
        version: 1,
        rules: &written(rules)?,
        hash: &found.rule_set_hash,
        note: "What the house began with.",
        by: None,
        reverted_to: None,
    };
    let mut tx = store.begin_write().await?;
    // Another node may have begun at the same moment, with the same tables.
    rule_sets::insert(&mut tx, &first, now).await?;
    rule_sets::begin_calendars(&mut tx, now).await?;
    tx.commit().await?;
    Ok(())
}
