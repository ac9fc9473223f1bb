use sqlx::PgConnection;

use crate::{
    domain::{
        access::Viewer,
        policy::{Action, Relation, Resource},
    },
    error::{Error, Result},
    router::{Rules, Touches, differences},
    store::rule_tables,
};

/// Every change is this person's to make, or the sentence that says whose it is.
pub(super) async fn judge(db: &mut PgConnection, viewer: &Viewer, before: &Rules, after: &Rules) -> Result<()> {
    viewer.may(Action::Change, Resource::Rule, Relation::Foreign)?;
    for difference in differences(before, after) {
        match difference.touches {
            Touches::House => {}
            Touches::Cacs(codes) => codes.iter().try_for_each(|code| of_cac(viewer, code))?,
            Touches::Calendar(name) => of_sites(&mut *db, viewer, before, &name).await?,
        }
    }
    Ok(())
}

/// Hours, queues and staff of a CAC are its own lead's.
pub(super) fn of_cac(viewer: &Viewer, code: &str) -> Result<()> {
    let own = viewer.cac.as_deref() == Some(code);
    let relation = if own { Relation::Own } else { Relation::Foreign };
    viewer.may(Action::Change, Resource::Calendar, relation).map_err(|_| {
        Error::Forbidden(format!("The hours and queues of {code} are changed by its own lead or an administrator."))
    })
}

/// A calendar of sites is changed where those sites are at home.
async fn of_sites(db: &mut PgConnection, viewer: &Viewer, rules: &Rules, calendar: &str) -> Result<()> {
    let regions = rule_tables::regions_of_calendar(&mut *db, &viewer.scope, calendar).await?;
    regions.iter().try_for_each(|region| in_region(viewer, rules, region))?;
    let relation = if viewer.cac.is_some() { Relation::Own } else { Relation::Foreign };
    Ok(viewer.may(Action::Change, Resource::Calendar, relation)?)
}

pub(super) fn in_region(viewer: &Viewer, rules: &Rules, region: &str) -> Result<()> {
    let own = rules.cacs.iter().any(|cac| cac.region == region && viewer.cac.as_deref() == Some(&cac.code));
    let relation = if own { Relation::Own } else { Relation::Foreign };
    viewer.may(Action::Change, Resource::Calendar, relation).map_err(|_| {
        Error::Forbidden(format!("Sites in {region} get their hours from the lead there or an administrator."))
    })
}
