//! Minutes that somebody counts otherwise than the evidence has them, and what is answered.

use jiff::Timestamp;
use serde_json::json;
use uuid::Uuid;

use super::{audit, audit::Entry};
use crate::{
    app::App,
    domain::{
        access::Viewer,
        audit::{Kind, Subject},
        availability::{Period, Says},
        policy::{Action, Relation, Resource},
    },
    error::{Error, Result},
    store::{
        disputes::{self, NewDispute},
        systems,
    },
};

#[derive(Debug, Clone)]
pub struct WantedDispute {
    pub from: Timestamp,
    pub to: Timestamp,
    pub says: Says,
    pub why: String,
}

/// Characters of a reason or an answer.
const LONGEST: usize = 2_000;

/// Nothing follows from it before it is accepted.
pub async fn dispute_minutes(app: &App, viewer: &Viewer, serial: &str, wanted: &WantedDispute) -> Result<Uuid> {
    viewer.may_change()?;
    let now = app.clock.now();
    let mut tx = app.store.begin_write().await?;
    let system = systems::find(&mut *tx, &viewer.scope, serial, now).await?;
    let may = viewer.may(Action::File, Resource::System, Relation::Own);
    may.map_err(|_| Error::Forbidden("Minutes are disputed by customers, their partners and CAC staff.".to_owned()))?;
    let installed = system.installed_at.to_jiff();
    let seen = viewer.scope.since(system.customer_id, system.site_id);
    let during = stretch(wanted, seen.map_or(installed, |seen| seen.max(installed)), now)?;
    let why = words("why", &wanted.why, "Say why it counts as something else.")?;
    let own = [system.id];
    let before = disputes::of_systems(&mut *tx, &viewer.scope, system.customer_id, &own, during).await?;
    let same = |row: &disputes::DisputeRow| {
        row.accepted.is_none()
            && (row.from_at.to_jiff(), row.to_at.to_jiff()) == (during.from, during.to)
            && row.says().is_ok_and(|says| says == wanted.says)
    };
    if before.iter().any(same) {
        return Err(Error::refused("The same is disputed already, and waits for an answer."));
    }
    let id = Uuid::now_v7();
    let (customer_id, site_id, system_id) = (system.customer_id, system.site_id, system.id);
    let new = NewDispute { customer_id, id, site_id, system_id, during, says: wanted.says, why };
    disputes::insert(&mut tx, &new, viewer.person_id, now).await?;
    let detail = json!({"from": during.from, "to": during.to, "says": wanted.says});
    let entry = Entry::new(Kind::MinutesDisputed, Subject::System, &system.serial).by_viewer(viewer);
    audit::record(&mut tx, entry.with(detail).of(customer_id), now).await?;
    tx.commit().await?;
    app.told();
    Ok(id)
}

/// Who says whose work a call is also says what minutes count as.
pub async fn answer_dispute(
    app: &App,
    viewer: &Viewer,
    (serial, id): (&str, Uuid),
    accepted: bool,
    answer: &str,
) -> Result<()> {
    viewer.may_change()?;
    let now = app.clock.now();
    let mut tx = app.store.begin_write().await?;
    let system = systems::find(&mut *tx, &viewer.scope, serial, now).await?;
    let row = disputes::lock(&mut tx, &viewer.scope, (system.customer_id, system.id), id).await?;
    let may = viewer.may(Action::AssignOthers, Resource::Call, Relation::Own);
    may.map_err(|_| Error::Forbidden("A lead of the center answers to what is disputed.".to_owned()))?;
    if row.answered_at.is_some() {
        return Err(Error::refused("This has been answered already. Whoever disagrees disputes it anew."));
    }
    let answer = words("answer", answer, "Say why: whoever has asked wants to know.")?;
    disputes::answer(&mut tx, (row.customer_id, row.id), (accepted, answer), viewer.person_id, now).await?;
    let detail =
        json!({"from": row.from_at.to_jiff(), "to": row.to_at.to_jiff(), "says": row.says, "accepted": accepted});
    let entry = Entry::new(Kind::DisputeAnswered, Subject::System, &system.serial).by_viewer(viewer);
    audit::record(&mut tx, entry.with(detail).of(row.customer_id), now).await?;
    tx.commit().await?;
    app.told();
    Ok(())
}

fn stretch(wanted: &WantedDispute, since: Timestamp, now: Timestamp) -> Result<Period> {
    let WantedDispute { from, to, .. } = *wanted;
    if to <= from {
        return Err(Error::invalid("to", "The end must be later than the beginning."));
    }
    if to > now {
        return Err(Error::invalid("to", "Only time that has passed can be disputed."));
    }
    if from < since {
        return Err(Error::invalid("from", "The system was not there yet, or its time before is not yours to see."));
    }
    Ok(Period { from, to })
}

fn words<'a>(field: &str, text: &'a str, missing: &str) -> Result<&'a str> {
    let text = text.trim();
    if text.is_empty() {
        return Err(Error::invalid(field, missing));
    }
    if text.chars().count() > LONGEST {
        return Err(Error::invalid(field, format!("That is longer than {LONGEST} characters.")));
    }
    Ok(text)
}
