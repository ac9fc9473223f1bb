//! Remote access on the page of a system: how it stands, and the last ones.

use super::super::remote_access::{Line, sees};
use crate::{
    app::App,
    domain::{
        access::Viewer,
        policy::{Action, Relation, Resource},
    },
    error::Result,
    store::{remote, systems::SystemRow},
};

pub struct Remote {
    pub lines: Vec<Line>,
    /// Whether this reader writes down how the system is reached.
    pub may_keep: bool,
}

const LAST: i64 = 4;

impl Remote {
    /// Nothing for whom it is none of their business.
    pub async fn read(app: &App, viewer: &Viewer, row: &SystemRow) -> Result<Option<Self>> {
        if sees(viewer).is_err() {
            return Ok(None);
        }
        let rows = remote::of_system(app.store.reader(), &viewer.scope, (row.customer_id, row.id), LAST).await?;
        let may_keep = viewer.may(Action::Change, Resource::RemoteAccess, Relation::Own).is_ok();
        Ok(Some(Self { lines: Line::all(&rows, viewer, app.clock.now()), may_keep }))
    }
}
