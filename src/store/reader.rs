//! Connections for reading, each lent for one statement.
//!
//! The pool of sqlx asks a connection whether it is there before it lends it, and again when it comes back: with the
//! rollback that guards writers, four round trips for each statement, where a page has eight. A reader begins no
//! transaction that could be left open, and what was cut short is closed and not lent again; so nothing has to be
//! asked of a connection that answered a moment ago.

use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use futures_util::{
    FutureExt, StreamExt, TryStreamExt,
    future::BoxFuture,
    stream::{self, BoxStream},
};
use sqlx::{
    Connection, Describe, Either, Error, Execute, Executor, PgConnection, Postgres, SqlStr,
    postgres::{PgConnectOptions, PgQueryResult, PgRow, PgStatement, PgTypeInfo},
};
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::timeout,
};

/// Who waits longer for a connection is told that the store is away.
const PATIENCE: Duration = Duration::from_secs(5);
/// After so long at rest a connection is asked whether it is still there.
const AT_REST: Duration = Duration::from_secs(1);
/// What a session remembers of its statements grows; after so long it begins anew.
const LIFETIME: Duration = Duration::from_mins(30);

#[derive(Clone)]
pub struct Reader(Arc<Shared>);

struct Shared {
    options: PgConnectOptions,
    resting: Mutex<Vec<Resting>>,
    permits: Arc<Semaphore>,
}

struct Resting {
    connection: PgConnection,
    born: Instant,
    since: Instant,
}

/// A connection on loan. Whoever drops it closes it; it rests again only when it is given back.
struct Lent {
    connection: PgConnection,
    born: Instant,
    reader: Reader,
    _permit: OwnedSemaphorePermit,
}

impl fmt::Debug for Reader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reader").field("permits", &self.0.permits.available_permits()).finish_non_exhaustive()
    }
}

impl Reader {
    /// Connects when it is first asked.
    pub fn new(options: PgConnectOptions, connections: u32) -> Self {
        let permits = Arc::new(Semaphore::new(usize::try_from(connections).unwrap_or(1).max(1)));
        Self(Arc::new(Shared { options, resting: Mutex::default(), permits }))
    }

    pub fn options(&self) -> &PgConnectOptions {
        &self.0.options
    }

    /// Nobody is lent a connection any more, and those that rest are closed.
    pub async fn close(&self) {
        self.0.permits.close();
        for resting in self.take_all() {
            // A store that has gone away has closed it already.
            let _ = resting.connection.close().await;
        }
    }

    async fn lend(&self) -> Result<Lent, Error> {
        let permit = timeout(PATIENCE, Arc::clone(&self.0.permits).acquire_owned()).await;
        let permit = permit.map_err(|_| Error::PoolTimedOut)?.map_err(|_| Error::PoolClosed)?;
        while let Some(Resting { mut connection, born, since }) = self.take() {
            let there = since.elapsed() < AT_REST || connection.ping().await.is_ok();
            if there && born.elapsed() < LIFETIME {
                return Ok(Lent { connection, born, reader: self.clone(), _permit: permit });
            }
        }
        let connection = timeout(PATIENCE, PgConnection::connect_with(&self.0.options)).await;
        let connection = connection.map_err(|_| Error::PoolTimedOut)??;
        Ok(Lent { connection, born: Instant::now(), reader: self.clone(), _permit: permit })
    }

    fn take(&self) -> Option<Resting> {
        self.0.resting.lock().unwrap_or_else(PoisonError::into_inner).pop()
    }

    fn take_all(&self) -> Vec<Resting> {
        std::mem::take(&mut *self.0.resting.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn rest(&self, connection: PgConnection, born: Instant) {
        if !self.0.permits.is_closed() {
            let resting = Resting { connection, born, since: Instant::now() };
            self.0.resting.lock().unwrap_or_else(PoisonError::into_inner).push(resting);
        }
    }
}

impl Lent {
    /// What the statement came to. A connection that answered, be it with a refusal, is lent again; where one has
    /// broken, the others that rest are not trusted either.
    fn settle<T>(self, done: Result<T, Error>) -> Result<T, Error> {
        let Self { connection, born, reader, .. } = self;
        match &done {
            Ok(_) | Err(Error::RowNotFound | Error::ColumnDecode { .. } | Error::Decode(_)) => {
                reader.rest(connection, born);
            }
            Err(Error::Database(refusal)) if !is_end(refusal.code().as_deref()) => reader.rest(connection, born),
            Err(_) => drop(reader.take_all()),
        }
        done
    }
}

/// The server ends the session: `57P01` and its neighbours, and every error of the class of broken connections.
fn is_end(code: Option<&str>) -> bool {
    code.is_none_or(|code| code.starts_with("57P") || code.starts_with("08"))
}

impl<'c> Executor<'c> for &'_ Reader {
    type Database = Postgres;

    /// Lists have limits, so all of a list is read before the connection is lent to somebody else.
    fn fetch_many<'e, 'q: 'e, E>(self, query: E) -> BoxStream<'e, Result<Either<PgQueryResult, PgRow>, Error>>
    where
        'c: 'e,
        E: 'q + Execute<'q, Postgres>,
    {
        let reader = self.clone();
        let all = async move {
            let mut lent = reader.lend().await?;
            let steps: Result<Vec<_>, Error> = lent.connection.fetch_many(query).try_collect().await;
            lent.settle(steps).map(|steps| stream::iter(steps.into_iter().map(Ok)))
        };
        stream::once(all).try_flatten().boxed()
    }

    fn fetch_optional<'e, 'q: 'e, E>(self, query: E) -> BoxFuture<'e, Result<Option<PgRow>, Error>>
    where
        'c: 'e,
        E: 'q + Execute<'q, Postgres>,
    {
        let reader = self.clone();
        async move {
            let mut lent = reader.lend().await?;
            let row = lent.connection.fetch_optional(query).await;
            lent.settle(row)
        }
        .boxed()
    }

    fn prepare_with<'e>(self, sql: SqlStr, parameters: &'e [PgTypeInfo]) -> BoxFuture<'e, Result<PgStatement, Error>>
    where
        'c: 'e,
    {
        let reader = self.clone();
        async move {
            let mut lent = reader.lend().await?;
            let statement = lent.connection.prepare_with(sql, parameters).await;
            lent.settle(statement)
        }
        .boxed()
    }

    fn describe<'e>(self, sql: SqlStr) -> BoxFuture<'e, Result<Describe<Postgres>, Error>>
    where
        'c: 'e,
    {
        let reader = self.clone();
        async move {
            let mut lent = reader.lend().await?;
            let described = lent.connection.describe(sql).await;
            lent.settle(described)
        }
        .boxed()
    }
}
