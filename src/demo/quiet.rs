//! Two systems of the made-up world that have not called home as they should.

use std::collections::BTreeSet;

use jiff::SignedDuration;
use sqlx::PgConnection;
use uuid::Uuid;

use super::{fleet::System, messages::Message, past::Setting, printed::DEVICES};
use crate::{error::Result, store::seeding};

/// The one that is late is expected once a day, so that it is late for long enough to be seen.
const LATE_MINUTES: i32 = 24 * 60;
const LATE_BY: SignedDuration = SignedDuration::from_hours(31);
const SILENT_FOR: SignedDuration = SignedDuration::from_hours(5);

/// Nobody in a world that is too small to spare them.
#[derive(Default)]
pub struct Quiet {
    silent: Option<Uuid>,
    late: Option<(Uuid, Uuid)>,
}

impl Quiet {
    /// Systems that were not heard of lately anyway, of sites with others; nobody whose credential is printed.
    pub fn among(set: &Setting<'_>, messages: &[Message]) -> Self {
        let since = set.now - SignedDuration::from_hours(48);
        let lately: BTreeSet<Uuid> = messages.iter().filter(|m| m.received_at > since).map(|m| m.system).collect();
        let systems = &set.world.systems;
        let beside = |system: &System| systems.iter().filter(|other| other.site == system.site).count();
        let spare = |system: &&System| system.contract.is_some() && beside(system) > 2 && !lately.contains(&system.id);
        let mut spared = systems.iter().skip(DEVICES).filter(spare);
        let silent = spared.next();
        let late = spared.find(|system| silent.is_none_or(|silent| silent.site != system.site));
        Self { silent: silent.map(|s| s.id), late: late.map(|s| (s.customer, s.id)) }
    }

    /// How much longer ago than others it was heard.
    pub fn lag(&self, system: &System) -> SignedDuration {
        match () {
            () if self.silent == Some(system.id) => SILENT_FOR,
            () if self.late.is_some_and(|(_, id)| id == system.id) => LATE_BY,
            () => SignedDuration::ZERO,
        }
    }

    /// All were expected since they were installed.
    pub async fn settle(&self, db: &mut PgConnection) -> Result<()> {
        if let Some((customer, system)) = self.late {
            seeding::set_interval(db, customer, system, LATE_MINUTES).await?;
        }
        seeding::expect_systems(db).await
    }
}
