//! All SQL: one file per aggregate, one statement per function.
//!
//! Reads of customer data take a [`Scope`](crate::domain::access::Scope) and bind it; writes
//! run in a transaction that [`Store::begin_write`] opened.
pub mod accounts;
pub mod affinity;
pub mod alarms;
pub mod arrivals;
pub mod audit;
pub mod availability;
pub mod board;
pub mod calls;
pub mod ceremonies;
pub mod copies;
pub mod credentials;
pub mod decisions;
pub mod desk;
pub mod devices;
pub mod directory;
pub mod disputes;
pub mod doctor;
pub mod drafts;
pub mod factors;
pub mod faults;
pub mod handovers;
pub mod history;
pub mod hours;
pub mod identities;
pub mod import_reports;
pub mod imports;
pub mod invitations;
pub mod kept;
pub mod ledger;
pub mod maintenance;
pub mod memberships;
pub mod murmurs;
pub mod notifications;
pub mod outbox;
pub mod own;
pub mod own_sessions;
pub mod passkeys;
pub mod paths;
pub mod people;
pub mod person_keys;
pub mod personal;
pub mod places;
pub mod public_holidays;
mod reader;
pub mod redaction;
pub mod reference;
pub mod relations;
pub mod remote;
pub mod reports;
pub mod request_keys;
pub mod resets;
pub mod rights;
pub mod rule_sets;
pub mod rule_tables;
pub mod search;
pub mod seeding;
pub mod sessions;
pub mod signed;
pub mod silences;
pub mod storms;
pub mod systems;
pub mod targets;
pub mod test_receipts;
pub mod timeline;
pub mod tokens;
pub mod words;

use std::time::Duration;

use sqlx::{
    Connection, Executor, PgConnection, PgPool, Postgres, Transaction,
    postgres::{PgConnectOptions, PgPoolOptions},
};

pub use self::reader::Reader;
use crate::error::{Error, Result};

/// The newest schema that this program knows.
pub static MIGRATOR: sqlx::migrate::Migrator = sqlx::migrate!("./migrations");

/// A transaction that passed the gate.
pub type WriteTx = Transaction<'static, Postgres>;

/// The database, through a pool that can't hand out somebody else's transaction.
#[derive(Clone, Debug)]
pub struct Store {
    pool: PgPool,
    reader: Reader,
}

impl Store {
    pub async fn connect(options: PgConnectOptions, connections: u32) -> Result<Self> {
        // A ROLLBACK outside a transaction is worth no notice; see `guarded_pool`.
        let options = options.options([("client_min_messages", "error")]);
        let pool = guarded_pool(connections).connect_with(options).await?;
        Ok(Self::from_pool(pool))
    }

    pub fn from_pool(pool: PgPool) -> Self {
        let options = (*pool.connect_options()).clone();
        let reader = Reader::new(options, pool.options().get_max_connections());
        Self { pool, reader }
    }

    /// The way to read.
    pub fn reader(&self) -> &Reader {
        &self.reader
    }

    pub fn options(&self) -> &PgConnectOptions {
        self.reader.options()
    }

    /// The way to write. `BEGIN` and the gate travel together: a store that is not the
    /// primary refuses here, and a store move waits for everything that got past. A request that came with a key
    /// takes it along: the key is there exactly when what was done under it is.
    pub async fn begin_write(&self) -> Result<WriteTx> {
        let mut tx = self.pool.begin_with(THROUGH_THE_GATE).await?;
        request_keys::claim(&mut tx).await?;
        Ok(tx)
    }

    pub async fn close(&self) {
        self.reader.close().await;
        self.pool.close().await;
    }
}

const THROUGH_THE_GATE: &str = "BEGIN; SELECT gate()";

/// The same for who holds a session of its own, because a lock lives as long as it does.
pub async fn begin_write_on(session: &mut PgConnection) -> Result<Transaction<'_, Postgres>> {
    Ok(session.begin_with(THROUGH_THE_GATE).await?)
}

/// A request that is dropped while its `BEGIN` is under way leaves the connection inside a
/// transaction that sqlx 0.9.0 does not know of (launchbadge/sqlx#4385); the next writer would
/// commit nothing. So every connection is rolled back on its way into the pool.
pub fn guarded_pool(connections: u32) -> PgPoolOptions {
    PgPoolOptions::new().max_connections(connections).acquire_timeout(Duration::from_secs(5)).after_release(
        |connection, _| {
            Box::pin(async move {
                connection.execute("ROLLBACK").await?;
                Ok(true)
            })
        },
    )
}

/// About four connections for each core: more only queue up inside the database.
pub fn pool_size() -> u32 {
    let cores = std::thread::available_parallelism().map_or(2, std::num::NonZero::get);
    u32::try_from(cores * 4).unwrap_or(8).clamp(4, 64)
}

pub async fn migrate(pool: &PgPool) -> Result<()> {
    MIGRATOR.run(pool).await.map_err(|e| Error::command(format!("The schema could not be brought up to date: {e}")))
}
