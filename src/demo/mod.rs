//! The made-up world of a demo: people, places and systems, two years of calls, and a desk that is alive.
//!
//! The same seed at the same time makes the same world. Public holidays come from the `holidays` project
//! on `PyPI` (MIT), when and how calls come from measured logs: the UCI data set 498 among them (CC BY 4.0).
mod beats;
mod course;
mod desk;
mod dice;
mod endings;
mod fleet;
mod generator;
mod hands;
mod house;
mod incident;
mod machine;
mod messages;
mod past;
mod paths;
mod people;
mod places;
mod players;
mod printed;
mod profile;
mod quiet;
mod remote_access;
mod settle;
mod stories;
mod unplaced;
mod windows;
mod wishes;
mod world;

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use sqlx::PgConnection;

pub use dice::Dice;
pub use generator::{Generator, run_generator};
pub use printed::Printed;
pub use profile::Profile;

use course::Course;
use past::Setting;
use quiet::Quiet;
use stories::Library;
use world::World;

use crate::{
    actions::AHEAD,
    app::App,
    clock::Clock,
    error::{Error, Result},
    reference::Reference,
    store::{Store, reference, seeding},
};

/// How much of a world there is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Size {
    pub customers: usize,
    pub sites: usize,
    pub systems: usize,
    pub calls: usize,
    pub alarms: usize,
}

impl Size {
    pub fn full() -> Self {
        Self { customers: 14, sites: 40, systems: 300, calls: 6_000, alarms: 28_000 }
    }

    /// The same in small, for tests.
    pub fn small() -> Self {
        Self { customers: 6, sites: 14, systems: 48, calls: 320, alarms: 3_200 }
    }

    /// How full the desks are, compared with the full world.
    fn share(&self) -> f64 {
        let part = |n: usize| u32::try_from(n).map_or(1.0, f64::from);
        (part(self.calls) / part(Self::full().calls) * 4.0).clamp(0.2, 1.0)
    }

    fn written(&self) -> String {
        let Self { customers, sites, systems, calls, alarms } = self;
        format!("{customers} {sites} {systems} {calls} {alarms}")
    }

    fn read(text: &str) -> Option<Self> {
        let numbers: Vec<usize> = text.split(' ').filter_map(|n| n.parse().ok()).collect();
        let [customers, sites, systems, calls, alarms] = numbers[..] else { return None };
        Some(Self { customers, sites, systems, calls, alarms })
    }
}

/// Told of what is being made, how much of it is done, and of how much.
pub trait Progress: Fn(&str, usize, usize) + Send + Sync {}
impl<F: Fn(&str, usize, usize) + Send + Sync> Progress for F {}

/// A demo store as it is, or an empty one made into a demo store; any other is refused.
pub async fn open(store: &Store, now: Timestamp, seed: u64, progress: impl Progress) -> Result<Printed> {
    let db = store.reader();
    if reference::mark(db, "kind").await?.as_deref() == Some("demo") {
        return remembered(store).await;
    }
    if !reference::is_empty(db).await? {
        let sentence =
            "This store holds something else than a demo, so no demo is made in it; name another with --data.";
        return Err(Error::command(sentence));
    }
    populate(store, now, seed, &Size::full(), progress).await
}

/// A demo whose clock was moved on goes on from there, and not from what is its past. Its systems were well while it
/// stood still.
pub async fn catch_up(store: &Store, clock: &Clock) -> Result<()> {
    let ahead = reference::mark(store.reader(), AHEAD).await?.and_then(|seconds| seconds.parse().ok());
    clock.advance(SignedDuration::from_secs(ahead.unwrap_or(0)));
    breathe(store, clock.now()).await
}

/// What was printed when the demo store was made, without asking it for secrets that it does not have.
async fn remembered(store: &Store) -> Result<Printed> {
    let db = store.reader();
    let seed = reference::mark(db, "seed").await?.and_then(|seed| seed.parse().ok());
    let size = reference::mark(db, "size").await?.and_then(|size| Size::read(&size));
    let Some((seed, size)) = seed.zip(size) else {
        return Err(Error::command("This demo store does not say how it was made; begin anew with --reset."));
    };
    let levels = house::Levels::unstored();
    let world = World::made(seed, &size, Timestamp::UNIX_EPOCH, &levels, &Profile::read()?)?;
    Ok(Printed::of(&world, seed))
}

/// So often a fleet that is quiet says that it is there.
const BREATH: std::time::Duration = std::time::Duration::from_mins(1);

/// Systems that are well stay so while a quiet fleet sends nothing.
pub async fn keep_breathing(app: App) {
    while !app.stop.is_cancelled() {
        tokio::select! {
            () = app.stop.cancelled() => break,
            () = tokio::time::sleep(BREATH) => {}
        }
        if let Err(error) = breathe(&app.store, app.clock.now()).await {
            tracing::debug!(%error, "the quiet fleet could not be heard");
        }
    }
}

async fn breathe(store: &Store, now: Timestamp) -> Result<()> {
    let mut tx = store.begin_write().await?;
    seeding::hear_the_well(&mut tx, now).await?;
    tx.commit().await?;
    Ok(())
}

/// Makes a world in an empty store: all of it, or nothing.
pub async fn populate(
    store: &Store,
    now: Timestamp,
    seed: u64,
    size: &Size,
    progress: impl Progress,
) -> Result<Printed> {
    let now = Timestamp::from_second(now.as_second()).unwrap_or(now);
    let (profile, library) = (Profile::read()?, Library::read()?);
    let levels = house::open_house(store, seed, now).await?;
    let house = Reference::load(store).await?;
    let world = World::made(seed, size, now, &levels, &profile)?;
    let set = Setting { world: &world, reference: &house, profile: &profile, library: &library, now };
    progress("people and systems", 0, world.systems.len());
    let mut tx = store.begin_write().await?;
    let printed = settle::world(&mut tx, &world, seed, now).await?;
    happen(&mut tx, &set, seed, size, &progress).await?;
    windows::plan(&mut tx, &world, seed, now).await?;
    for (name, value) in [("kind", "demo"), ("seed", &seed.to_string()), ("size", &size.written())] {
        reference::set_mark(&mut tx, name, value).await?;
    }
    tx.commit().await?;
    Ok(printed)
}

/// Two years of calls and messages, written in the order in which they began.
async fn happen(
    db: &mut PgConnection,
    set: &Setting<'_>,
    seed: u64,
    size: &Size,
    progress: &impl Progress,
) -> Result<()> {
    let calls = all_calls(set, seed, size)?;
    let mut messages = Vec::new();
    let mut faults = std::collections::BTreeMap::new();
    let count = calls.len();
    for (done, call) in calls.into_iter().enumerate() {
        if done % 100 == 0 {
            progress("calls", done, count);
        }
        let (mut pen, said, fault) = call.done();
        pen.now = set.now;
        pen.tell_clocks()?;
        pen.insert_untold(&mut *db).await?;
        messages.extend(said);
        faults.extend(fault.map(|fault| (fault.fingerprint.clone(), fault)));
    }
    let quiet = Quiet::among(set, &messages);
    let missing = size.alarms.saturating_sub(messages.len());
    messages.extend(messages::everyday(set, missing, &quiet, &mut Dice::of(seed, "everyday")));
    write_in_parts(db, &messages::rows(messages), progress).await?;
    let faults: Value = faults.values().map(messages::Fault::row).collect();
    seeding::insert_faults(db, &faults).await?;
    unplaced::keep(db, set).await?;
    seeding::hear_systems(db).await?;
    quiet.settle(db).await?;
    seeding::settle_systems(db).await?;
    seeding::settle_priorities(db).await?;
    remote_access::happen(db, set).await
}

/// What is open today and what is over, the oldest first, so that the numbers rise with time.
fn all_calls<'a>(set: &'a Setting<'a>, seed: u64, size: &Size) -> Result<Vec<Course<'a>>> {
    let mut calls = desk::calls(set, size.share(), Dice::of(seed, "desk"))?;
    let taken: Vec<String> = calls.iter().filter_map(Course::fingerprint).collect();
    let past = size.calls.saturating_sub(calls.len());
    calls.extend(past::calls(set, past, &taken, Dice::of(seed, "past"))?);
    calls.sort_by_key(|course| (course.call().opened_at, course.call().id));
    Ok(calls)
}

async fn write_in_parts(db: &mut PgConnection, rows: &[Value], progress: &impl Progress) -> Result<()> {
    for (part, rows_of_part) in rows.chunks(2_000).enumerate() {
        progress("alarms", part * 2_000, rows.len());
        seeding::insert_alarms(db, &Value::from(rows_of_part)).await?;
    }
    Ok(())
}
