//! What the demo adds to a new house: the promises of its contracts, and public holidays.

use jiff::Timestamp;
use sqlx::PgConnection;
use uuid::Uuid;

use super::dice::Dice;
use crate::{
    actions,
    domain::{
        names::name_of,
        objective::{self, Objective},
    },
    error::{Error, Result},
    store::{
        Store,
        reference::{self, ObjectiveRow},
        seeding,
    },
};

/// The service levels by name, the strictest first.
pub struct Levels(pub [(&'static str, Uuid); 3]);

/// Each with how much longer than the default it may take for urgent and for other calls, in percent.
const LEVELS: [(&str, u32, u32); 3] =
    [("Mission Critical", 50, 100), ("Assured", 100, 100), ("Business Day", 200, 200)];

impl Levels {
    /// For a world that is only looked at, not stored.
    pub fn unstored() -> Self {
        Self(LEVELS.map(|(name, ..)| (name, Uuid::nil())))
    }
}

/// Writes what is missing; a start that was broken off is simply done again.
pub async fn open_house(store: &Store, seed: u64, now: Timestamp) -> Result<Levels> {
    actions::found_house(store).await?;
    let mut tx = store.begin_write().await?;
    holidays(&mut tx).await?;
    let levels = levels(&mut tx, &mut Dice::of(seed, "levels"), now).await?;
    tx.commit().await?;
    Ok(levels)
}

async fn holidays(db: &mut PgConnection) -> Result<()> {
    let mut reader = csv::Reader::from_reader(include_str!("public_holidays.csv").as_bytes());
    let (mut countries, mut days, mut names) = (Vec::new(), Vec::new(), Vec::new());
    for row in reader.deserialize::<(String, String, String)>() {
        let (country, day, name) = row.map_err(|e| Error::Internal(format!("the holidays can't be read: {e}")))?;
        countries.push(country);
        days.push(day);
        names.push(name);
    }
    seeding::insert_holidays(db, &countries, &days, &names).await
}

async fn levels(db: &mut PgConnection, dice: &mut Dice, now: Timestamp) -> Result<Levels> {
    let mut levels = Levels::unstored();
    for (level, (name, urgent, other)) in levels.0.iter_mut().zip(LEVELS) {
        level.1 = match reference::service_level(&mut *db, name).await? {
            Some(id) => id,
            None => insert_level(db, name, urgent, other, dice.id(now)).await?,
        };
    }
    Ok(levels)
}

async fn insert_level(db: &mut PgConnection, name: &str, urgent: u32, other: u32, id: Uuid) -> Result<Uuid> {
    reference::insert_service_level(db, id, name).await?;
    for objective in objective::defaults() {
        let percent = if objective.severity.is_urgent() { urgent } else { other };
        reference::insert_objective(db, &row(id, objective, percent)).await?;
    }
    Ok(id)
}

fn row(level: Uuid, objective: Objective, percent: u32) -> ObjectiveRow {
    ObjectiveRow {
        service_level_id: level,
        severity: objective.severity.into(),
        kind: name_of(objective.kind),
        minutes: i32::try_from(objective.minutes * percent / 100).unwrap_or(i32::MAX),
        clock: name_of(objective.clock),
    }
}
