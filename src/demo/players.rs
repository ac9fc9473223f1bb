//! Who takes part in the live demo, as the store knows them.

use super::{dice::Dice, messages, stories::Signal};
use crate::{
    actions,
    app::App,
    domain::{
        access::{Role, Scope, Viewer},
        alarm::{Alarm, AlarmSeverity, Kind, SystemName},
        silence::{State, Watched},
    },
    error::{Error, Result},
    store::{
        credentials::Device,
        memberships,
        seeding::{self, Player},
        sessions,
        systems::{self, Narrowed, SystemRow},
    },
};
use jiff::Timestamp;
use uuid::Uuid;

/// More systems than this take part in no demo.
const SYSTEMS: i64 = 2_000;

/// Whoever has stopped calling home when the play begins says nothing in it.
fn calls_home(system: &SystemRow, now: Timestamp) -> bool {
    let plain = |at: Option<jiff_sqlx::Timestamp>| at.map(jiff_sqlx::Timestamp::to_jiff);
    let watched = Watched::new(system.heartbeat_minutes, plain(system.last_heard_at), plain(system.expected_since));
    watched.is_none_or(|watched| !matches!(watched.state(now), State::Late | State::Silent))
}

pub struct Cast {
    people: Vec<Player>,
    pub systems: Vec<SystemRow>,
    /// Systems that have stopped calling home, about which people go on talking.
    silent: Vec<SystemRow>,
}

impl Cast {
    pub async fn gather(app: &App) -> Result<Self> {
        let db = app.store.reader();
        let people = seeding::players(db).await?;
        let systems = systems::list(db, &Scope::everything(), app.clock.now(), &Narrowed::default(), SYSTEMS).await?;
        let (systems, silent): (Vec<_>, Vec<_>) =
            systems.into_iter().partition(|system| calls_home(system, app.clock.now()));
        if systems.is_empty() || people.is_empty() {
            return Err(Error::Internal("there is nobody to play with".to_owned()));
        }
        Ok(Self { people, systems, silent })
    }

    pub fn calling(&self, serial: &str) -> Option<&SystemRow> {
        self.systems.iter().find(|system| system.serial == serial)
    }

    pub fn system(&self, serial: &str) -> Option<&SystemRow> {
        self.calling(serial).or_else(|| self.silent.iter().find(|system| system.serial == serial))
    }

    pub async fn somebody_of(&self, app: &App, account: Uuid, dice: &mut Dice) -> Result<Viewer> {
        self.viewer(app, |player| player.account_id == account, dice).await
    }

    /// An engineer of that CAC; what belongs to no CAC is the duty manager's.
    pub async fn engineer(&self, app: &App, cac: Option<&str>, dice: &mut Dice) -> Result<Viewer> {
        let role = if cac.is_some() { Role::Engineer } else { Role::DutyManager };
        let fits = |player: &Player| player.role == role.name() && (cac.is_none() || player.cac_code.as_deref() == cac);
        self.viewer(app, fits, dice).await
    }

    async fn viewer(&self, app: &App, fits: impl Fn(&Player) -> bool, dice: &mut Dice) -> Result<Viewer> {
        let fitting: Vec<Uuid> =
            self.people.iter().filter(|player| fits(player)).map(|player| player.membership_id).collect();
        if fitting.is_empty() {
            return Err(Error::Internal("nobody could do it".to_owned()));
        }
        viewer(app, *dice.pick(&fitting)).await
    }
}

/// A person with all rights they have, and none that they don't.
pub async fn viewer(app: &App, membership: Uuid) -> Result<Viewer> {
    let found = sessions::of_membership(app.store.reader(), membership).await?;
    actions::as_viewer(&found.ok_or(Error::NotFound)?, app.clock.now())
}

/// The same of somebody whom a call names.
pub async fn viewer_of(app: &App, person: Uuid) -> Result<Viewer> {
    let usual = memberships::usual(app.store.reader(), person).await?;
    viewer(app, usual.ok_or(Error::NotFound)?).await
}

/// The system as if it had shown its credential.
pub fn device(system: &SystemRow) -> Device {
    Device {
        id: Uuid::nil(),
        customer_id: system.customer_id,
        site_id: system.site_id,
        site_code: system.site_code.clone(),
        system_id: Some(system.id),
        serial: Some(system.serial.clone()),
        used_at: None,
    }
}

/// A message that the system sends now.
pub fn message(system: &SystemRow, kind: Kind, code: &str, summary: &str, now: Timestamp, dice: &mut Dice) -> Alarm {
    let plain = messages::notice(&system.serial, kind, code, summary, now);
    let source_id = format!("{}-{}", now.as_microsecond(), dice.below(1_000_000));
    Alarm { source_id, names_system: Some(SystemName::Serial(system.serial.clone())), ..plain }
}

/// A fault as its story has it.
pub fn fault(alarm: Alarm, signal: &Signal, severity: AlarmSeverity, unit: &str) -> Alarm {
    Alarm { severity, component: unit.to_owned(), state: signal.state.clone(), ..alarm }
}
