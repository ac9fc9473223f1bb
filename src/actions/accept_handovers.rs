use jiff::Timestamp;

use crate::{
    app::App,
    domain::{
        access::Viewer,
        call::{Change, Verb},
        number::CallNumber,
        policy::{Action, Relation, Resource},
    },
    error::{Error, Result},
    store::handovers,
};

use super::act_on_call::{Deed, act_on_call};

/// No boundary brings more than this at once.
const MOST: i64 = 500;

/// Accepts all that waits of one boundary; each call for itself, so one that went elsewhere meanwhile stops nothing.
pub async fn accept_handovers(app: &App, viewer: &Viewer, to: Option<&str>, boundary: Timestamp) -> Result<usize> {
    viewer.may(Action::Do(Verb::AcceptHandover), Resource::Call, Relation::Own)?;
    let rows = handovers::list(app.store.reader(), &viewer.scope, app.clock.now(), MOST).await?;
    let here = rows.iter().filter(|row| row.waits && row.to_cac.as_deref() == to);
    let mut accepted = 0;
    for row in here.filter(|row| row.boundary_at.to_jiff() == boundary) {
        let number = CallNumber::from_serial(row.number);
        match act_on_call(app, viewer, number, &Deed::new(Change::AcceptHandover, None), None).await {
            Ok(_) => accepted += 1,
            Err(Error::Refused(_)) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(accepted)
}
