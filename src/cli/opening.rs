//! Finding and opening the store that a command works on.

use std::str::FromStr;

use sqlx::{Connection, PgConnection, PgExecutor, postgres::PgConnectOptions};

use super::StoreArgs;
use crate::{
    clock::Clock,
    config,
    embedded::{self, Reached, Settings},
    error::{Error, Result},
    store::{self, MIGRATOR, Store, reference},
};

/// A store that is open for one command, and how to leave it.
pub struct Opened {
    pub store: Store,
    pub clock: Clock,
    private: Option<Reached>,
}

impl Opened {
    pub async fn open(args: &StoreArgs) -> Result<Self> {
        if let Some(url) = database_url(args)? {
            let store = Store::connect(options(&url)?, store::pool_size()).await?;
            refuse_strange_schema(&store).await?;
            return Ok(Self { store, clock: Clock::system(), private: None });
        }
        let private = Reached::open(&settings(args)).await?;
        // A portal that is running on it keeps the schema that it knows.
        let own = matches!(private, Reached::Own(_));
        if own {
            migrate_as(private.owner()).await?;
        }
        let store = Store::connect(private.app(), store::pool_size()).await?;
        if !own {
            refuse_strange_schema(&store).await?;
        }
        Ok(Self { store, clock: Clock::system(), private: Some(private) })
    }

    pub async fn close(self) -> Result<()> {
        self.store.close().await;
        match self.private {
            Some(private) => private.close().await,
            None => Ok(()),
        }
    }
}

pub fn settings(args: &StoreArgs) -> Settings {
    Settings { data: embedded::data_dir(args.data.clone()), bin: args.pg_bin.clone() }
}

/// Whether a store was named for this command; `DATABASE_URL` may be some other program's.
pub fn names_a_store(args: &StoreArgs) -> Result<bool> {
    let named = config::secret(args.database_url.clone(), "MERIDIAN_DATABASE_URL")?;
    Ok(named.is_some() || args.data.is_some())
}

/// A folder that was named wins over `DATABASE_URL`, which some other program may have set.
pub fn database_url(args: &StoreArgs) -> Result<Option<String>> {
    let named = config::secret(args.database_url.clone(), "MERIDIAN_DATABASE_URL")?;
    if named.is_some() || args.data.is_some() {
        return Ok(named);
    }
    Ok(config::plain_database_url())
}

pub fn options(url: &str) -> Result<PgConnectOptions> {
    PgConnectOptions::from_str(url).map_err(|e| Error::command(format!("The database URL can't be used: {e}.")))
}

/// Brings the schema up to date, as the owner where the two are told apart.
pub async fn migrate(args: &StoreArgs) -> Result<()> {
    let owner = config::secret(args.owner_url.clone(), "MERIDIAN_OWNER_URL")?;
    let url = match owner {
        Some(url) => Some(url),
        None => database_url(args)?,
    };
    if let Some(url) = url {
        migrate_as(options(&url)?).await?;
    } else {
        let private = Reached::open(&settings(args)).await?;
        let migrated = migrate_as(private.owner()).await;
        private.close().await?;
        migrated?;
    }
    println!("The schema is up to date.");
    Ok(())
}

pub async fn migrate_as(options: PgConnectOptions) -> Result<()> {
    let mut owner = PgConnection::connect_with(&options).await.map_err(|e| unreachable(&e))?;
    let migrated = MIGRATOR.run(&mut owner).await;
    let told = migrated.map_err(|e| Error::command(format!("The schema could not be brought up to date: {e}.")));
    owner.close().await?;
    told
}

/// Throws the world of a demo away; any other store is left alone.
pub async fn empty_demo(options: PgConnectOptions) -> Result<()> {
    use sqlx::{Executor, Row};
    let mut owner = PgConnection::connect_with(&options).await.map_err(|e| unreachable(&e))?;
    let known = owner.fetch_one(sqlx::raw_sql("SELECT to_regclass('store_mark') IS NOT NULL AS known")).await?;
    if !known.try_get::<bool, _>("known")? {
        return Ok(());
    }
    if reference::mark(&mut owner, "kind").await?.as_deref() != Some("demo") {
        return Err(Error::command("This store is no demo, so nothing of it is thrown away."));
    }
    owner.execute(sqlx::raw_sql("DROP SCHEMA public CASCADE; CREATE SCHEMA public")).await?;
    owner.close().await?;
    Ok(())
}

fn unreachable(error: &sqlx::Error) -> Error {
    Error::command(format!("The store can't be reached: {error}."))
}

/// A newer or older schema than this program knows would be misread.
pub async fn refuse_strange_schema(store: &Store) -> Result<()> {
    let known = MIGRATOR.iter().map(|m| m.version).max().unwrap_or(0);
    match newest(store.reader()).await {
        Ok(Some(found)) if found == known => Ok(()),
        Ok(Some(found)) if found > known => {
            Err(Error::command(format!("The store's schema is newer ({found}) than this program knows ({known}).")))
        }
        Ok(_) => Err(Error::command("The store's schema is not up to date; run meridian migrate first.")),
        Err(sqlx::Error::Database(_)) => Err(Error::command(
            "The store has no schema yet, or this login may not read it; run meridian migrate first.",
        )),
        Err(error) => Err(unreachable(&error)),
    }
}

async fn newest(db: impl PgExecutor<'_>) -> Result<Option<i64>, sqlx::Error> {
    use sqlx::Row;
    let row = sqlx::raw_sql("SELECT max(version) AS newest FROM _sqlx_migrations WHERE success").fetch_one(db).await?;
    row.try_get("newest")
}
