//! A store with many calls, in the shape that the load profile was measured in.
//!
//! A world of some thousand calls is made as a demo makes it, by the verbs of the portal and with real histories, and
//! then copied inside Postgres: each copy is other customers with other systems and calls. So every row fits the
//! others however many there are, and no row travels.

use std::time::{Duration, Instant};

use serde::Serialize;
use sqlx::PgConnection;

use super::stopwatch::per_second;
use crate::{
    actions,
    app::App,
    clock::Clock,
    config::Config,
    demo::{self, Size},
    error::{Error, Result},
    store::{Store, copies, reference},
};

/// Raised by whatever makes other rows of the same number of calls.
const VERSION: u32 = 1;
const MARK: &str = "bench";
const SEED: u64 = 9_003;
/// The world that is copied; one system has ten calls.
pub const MODEL: Size = Size { customers: 14, sites: 40, systems: 600, calls: 6_000, alarms: 9_000 };
/// The calls of only so many copies are still open: the desks are no larger because the past is longer.
const OPEN: u64 = 12;
/// Room between the numbers of two copies.
const STEP: i64 = 10_000;

#[derive(Debug, Clone, Serialize)]
pub struct Seeded {
    pub job: &'static str,
    pub calls: u64,
    pub history: u64,
    /// The copying, with everything that makes the rows findable again.
    pub seconds: f64,
    pub per_s: f64,
    /// Of these seconds, those for indexes and keys, and those for words.
    pub indexes_s: f64,
    pub words_s: f64,
    pub bytes_per_call: i64,
}

/// Whether the store was seeded with so many calls by this program.
pub async fn holds(store: &Store, calls: u64) -> Result<bool> {
    let mark = reference::mark(store.reader(), MARK).await?;
    Ok(mark.as_deref() == Some(&format!("{VERSION} {calls}")))
}

/// Fills an empty store. `owner` may change tables; `told` hears what is under way, how much is done and of how much.
pub async fn seed(
    store: &Store,
    owner: &mut PgConnection,
    (model, calls): (&Size, u64),
    told: impl Fn(&str, u64, u64) + Send + Sync,
) -> Result<Seeded> {
    if !reference::is_empty(store.reader()).await? {
        return Err(Error::command("This store holds something already; name an empty folder with --data."));
    }
    let now = Clock::system().now();
    let count = |n: usize| u64::try_from(n).unwrap_or(0);
    demo::populate(store, now, SEED, model, |what, done, all| told(what, count(done), count(all))).await?;
    let start = Instant::now();
    copies::hurry(owner).await?;
    let (given, over) = copies::choose(owner).await?;
    let plan = copies::plan(owner).await?;
    let mut bare = copies::strip(owner).await?;
    let (mut made, mut lines, mut n) = (u64::try_from(given).unwrap_or(0), 0, 0);
    while made < calls {
        n += 1;
        let (more, history) = copies::copy(owner, &plan, n, (STEP, n <= OPEN)).await?;
        (made, lines) = (made + more, lines + history);
        told("calls", made.min(calls), calls);
        if more == 0 || over == 0 {
            return Err(Error::Internal("a copy has no calls".to_owned()));
        }
    }
    let loaded = start.elapsed();
    bare.remake(owner, |done, all| told("indexes", count(done), count(all))).await?;
    copies::settle(owner).await?;
    let indexed = start.elapsed();
    gather(store, made, &told).await?;
    bare.remake_for_words(owner).await?;
    let gathered = start.elapsed();
    copies::look_at_all(owner).await?;
    reference::set_mark(owner, MARK, &format!("{VERSION} {calls}")).await?;
    let bytes = copies::bytes(owner).await?;
    Ok(Seeded {
        job: "seed",
        calls: made,
        history: lines,
        seconds: rounded(gathered),
        per_s: per_second(usize::try_from(made).unwrap_or(0), gathered),
        indexes_s: rounded(indexed.saturating_sub(loaded)),
        words_s: rounded(gathered.saturating_sub(indexed)),
        bytes_per_call: bytes / i64::try_from(made).unwrap_or(1).max(1),
    })
}

/// By the portal's own way, without the portal.
async fn gather(store: &Store, calls: u64, told: impl Fn(&str, u64, u64)) -> Result<()> {
    let app = App::new(store.clone(), Clock::system(), Config::default()).await?;
    let mut done = 0;
    while actions::gather_words(&app).await? {
        done += 500;
        told("words", u64::min(done, calls), calls);
    }
    Ok(())
}

fn rounded(time: Duration) -> f64 {
    (time.as_secs_f64() * 10.0).round() / 10.0
}
