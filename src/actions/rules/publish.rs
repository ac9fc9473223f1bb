use super::replace::{FASTER, Next, replace};
use crate::{
    app::App,
    domain::{
        access::Viewer,
        policy::{Action, Relation, Resource},
    },
    error::{Error, Result},
    store::{WriteTx, hours, outbox, rule_sets},
};

/// The channel on which nodes hear of new rules.
pub const RULES: &str = "meridian_rules";

/// The person's draft is what everybody follows from now on.
pub async fn publish_rules(app: &App, viewer: &Viewer, note: &str) -> Result<i32> {
    viewer.may(Action::Change, Resource::Rule, Relation::Foreign)?;
    let mut tx = app.store.begin_write().await?;
    let draft = rule_sets::lock_draft(&mut tx, viewer.person_id).await?;
    let draft = draft.ok_or_else(|| Error::refused("There is no draft of yours to publish."))?;
    let in_force = rule_sets::newest(&mut *tx).await?.ok_or(Error::NotFound)?;
    if draft.based_on != in_force.version {
        return Err(Error::refused(FASTER));
    }
    let next = Next { rules: draft.rules()?, note, reverted_to: None };
    let version = replace(&mut tx, viewer, &in_force, next, app.clock.now()).await?;
    rule_sets::forget_draft(&mut tx, viewer.person_id).await?;
    followed(app, tx).await?;
    Ok(version)
}

/// An older version is followed again, as a new one that equals it.
pub async fn revert_rules(app: &App, viewer: &Viewer, version: i32, note: &str) -> Result<i32> {
    viewer.may(Action::Change, Resource::Rule, Relation::Foreign)?;
    let mut tx = app.store.begin_write().await?;
    let old = rule_sets::find(&mut *tx, version).await?;
    let in_force = rule_sets::newest(&mut *tx).await?.ok_or(Error::NotFound)?;
    let next = Next { rules: old.rules()?, note, reverted_to: Some(version) };
    let version = replace(&mut tx, viewer, &in_force, next, app.clock.now()).await?;
    followed(app, tx).await?;
    Ok(version)
}

/// Other hours are kept from here on: this node follows at once, the others as soon as they are woken, and every open
/// promise is counted anew.
pub(super) async fn followed(app: &App, mut tx: WriteTx) -> Result<()> {
    hours::raise(&mut tx).await?;
    tx.commit().await?;
    app.reload_reference().await?;
    outbox::wake(app.store.reader(), RULES, app.reference.now().hours_version).await
}
