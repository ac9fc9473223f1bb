use super::{edit::Edit, rights, written};
use crate::{
    app::App,
    domain::{
        access::Viewer,
        policy::{Action, Relation, Resource},
    },
    error::{Error, Result},
    router::{Rules, merge},
    store::{WriteTx, rule_sets},
};

/// One thing in the person's draft is changed; a first change begins the draft from what is in force.
pub async fn edit_draft(app: &App, viewer: &Viewer, edit: &Edit) -> Result<()> {
    viewer.may(Action::Change, Resource::Rule, Relation::Foreign)?;
    let mut tx = app.store.begin_write().await?;
    let (based_on, base, mut rules) = draft(&mut tx, viewer).await?;
    edit.apply(&mut rules)?;
    let rules = rules.canonical();
    rights::judge(&mut tx, viewer, &base, &rules).await?;
    rule_sets::keep_draft(&mut tx, viewer.person_id, based_on, &written(&rules)?, app.clock.now()).await?;
    tx.commit().await?;
    Ok(())
}

/// The version that the draft began from, its rules, and the draft itself.
async fn draft(tx: &mut WriteTx, viewer: &Viewer) -> Result<(i32, Rules, Rules)> {
    if let Some(draft) = rule_sets::lock_draft(tx, viewer.person_id).await? {
        let base = rule_sets::find(&mut **tx, draft.based_on).await?;
        return Ok((draft.based_on, base.rules()?, draft.rules()?));
    }
    let newest = rule_sets::newest(&mut **tx).await?.ok_or(Error::NotFound)?;
    Ok((newest.version, newest.rules()?, newest.rules()?))
}

/// What others published meanwhile is taken into the draft; answers what both had changed.
pub async fn bring_up_draft(app: &App, viewer: &Viewer) -> Result<Vec<String>> {
    viewer.may(Action::Change, Resource::Rule, Relation::Foreign)?;
    let mut tx = app.store.begin_write().await?;
    let (_, base, mine) = draft(&mut tx, viewer).await?;
    let newest = rule_sets::newest(&mut *tx).await?.ok_or(Error::NotFound)?;
    let merged = merge(&base, &mine, &newest.rules()?);
    rule_sets::keep_draft(&mut tx, viewer.person_id, newest.version, &written(&merged.rules)?, app.clock.now()).await?;
    tx.commit().await?;
    Ok(merged.both)
}

pub async fn drop_draft(app: &App, viewer: &Viewer) -> Result<()> {
    viewer.may(Action::Change, Resource::Rule, Relation::Foreign)?;
    let mut tx = app.store.begin_write().await?;
    rule_sets::forget_draft(&mut tx, viewer.person_id).await?;
    tx.commit().await?;
    Ok(())
}
