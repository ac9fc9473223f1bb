//! What came to the made-up portal and could not be placed or read, for whoever looks after such things.

use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use sqlx::PgConnection;

use super::{messages, past::Setting};
use crate::{
    domain::alarm::{Alarm, AlarmSeverity, Disposition, Kind, SystemName},
    error::Result,
    store::kept::{self, NewKept},
};

/// A system that somebody has set up and not told us of yet.
const UNHEARD_OF: &str = "FT-7100-0042";

pub async fn keep(db: &mut PgConnection, set: &Setting<'_>) -> Result<()> {
    let at = |minutes| set.now - SignedDuration::from_mins(minutes);
    unknown_system(db, set, at(190)).await?;
    unreadable(db, set, at(2_900)).await
}

/// From the gateway of a site, and it can be received after all.
async fn unknown_system(db: &mut PgConnection, set: &Setting<'_>, at: Timestamp) -> Result<()> {
    let Some(neighbour) = set.world.systems.first() else { return Ok(()) };
    let target = set.world.target(neighbour, at);
    let summary = "Fan 3 below threshold";
    let body = json!({"specversion": "1.0", "id": "7100-1", "source": format!("/systems/{UNHEARD_OF}"), "time": at,
                      "type": "meridian.alarm.raised", "subject": "10/3",
                      "data": {"code": "fan-below", "severity": "warning", "summary": summary}})
    .to_string();
    let alarm = Alarm {
        source_id: "7100-1".to_owned(),
        severity: AlarmSeverity::Warning,
        component: "10/3".to_owned(),
        names_system: Some(SystemName::Serial(UNHEARD_OF.to_owned())),
        ..messages::notice(UNHEARD_OF, Kind::Raised, "fan-below", summary, at)
    };
    let read = alarm.to_kept();
    let reason = format!("no system {UNHEARD_OF} is known at this site");
    let new = NewKept {
        customer_id: target.customer_id,
        site_id: target.site_id,
        system_id: None,
        disposition: Disposition::Quarantined,
        source: &alarm.source,
        source_id: &alarm.source_id,
        format: alarm.format,
        reason: &reason,
        sequence: None,
        body: body.as_bytes(),
        alarm: read.as_ref(),
    };
    kept::insert(db, &new, at).await
}

/// A script that cut its own message short.
async fn unreadable(db: &mut PgConnection, set: &Setting<'_>, at: Timestamp) -> Result<()> {
    let Some(system) = set.world.systems.last() else { return Ok(()) };
    let target = set.world.target(system, at);
    let new = NewKept {
        customer_id: target.customer_id,
        site_id: target.site_id,
        system_id: target.system_id,
        disposition: Disposition::Rejected,
        source: &system.serial,
        source_id: "cut short",
        format: "native",
        reason: "The body is not JSON: EOF while parsing a string at line 1 column 61.",
        sequence: None,
        body: br#"{"specversion":"1.0","id":"nightly-1","type":"meridian.alarm."#,
        alarm: None,
    };
    kept::insert(db, &new, at).await
}
