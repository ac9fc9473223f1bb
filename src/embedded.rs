//! The private Postgres of a machine that has none configured.
//!
//! One folder holds all of it: `meridian.lock` (who uses it), `pg` (the cluster, with its log in `pg/log`), `run` (the
//! socket) and `postgres.log` (what the last start said). Nothing listens on the network.
mod account;
mod binaries;
mod cluster;
mod leftover;
mod place;
mod process;
mod roles;

use std::fs::File;
use std::path::{Path, PathBuf};

use sqlx::postgres::{PgConnectOptions, PgSslMode};

use crate::error::{Error, Result};
use place::Home;
use process::Server;

pub use place::data_dir;

pub struct Settings {
    pub data: PathBuf,
    /// Where `postgres` and `initdb` are, if not to be looked for.
    pub bin: Option<PathBuf>,
}

/// A running store. Dropping it asks Postgres to stop; `stop` also waits for the end.
#[derive(Debug)]
pub struct Embedded {
    server: Server,
    socket: PathBuf,
    /// Held as long as Postgres is ours: whoever has it may clear away what a crash left.
    _lock: File,
}

impl Embedded {
    /// Call it from the main thread: Linux stops Postgres when the thread that spawned it ends.
    pub async fn start(settings: &Settings) -> Result<Self> {
        let home = Home::open(&settings.data)?;
        let lock = home.lock()?;
        let binaries = binaries::find(settings.bin.as_deref(), &home)?;
        if cluster::version(&home)?.is_none() {
            cluster::make(&home, &binaries).await?;
        }
        let socket = home.socket()?;
        leftover::clear(&home, &socket).await?;
        let mut server = Server::spawn(&home, &binaries, &socket).await?;
        let admin = options(&socket, roles::ADMIN, "postgres");
        roles::prepare(&mut server.ready(&admin).await?).await?;
        Ok(Self { server, socket, _lock: lock })
    }

    /// Owns the database and runs the migrations.
    pub fn owner(&self) -> PgConnectOptions {
        options(&self.socket, roles::OWNER, roles::DATABASE)
    }

    /// What the portal itself connects as; it can define nothing.
    pub fn app(&self) -> PgConnectOptions {
        options(&self.socket, roles::APP_LOGIN, roles::DATABASE)
    }

    /// Close the pools first: Postgres cuts whoever is still connected.
    pub async fn stop(mut self) -> Result<()> {
        self.server.stop().await?;
        // A short one lies outside the data folder, where nobody would tidy it.
        let _ = std::fs::remove_dir(&self.socket);
        Ok(())
    }

    /// Resolves when Postgres ends without having been asked to.
    pub async fn died(&mut self) -> Error {
        self.server.died().await
    }
}

/// A store for one command: that of the portal which is running on this folder, else one of its own.
#[derive(Debug)]
pub enum Reached {
    Joined(PathBuf),
    Own(Box<Embedded>),
}

impl Reached {
    pub async fn open(settings: &Settings) -> Result<Self> {
        let home = Home::open(&settings.data)?;
        if home.is_held() {
            return Ok(Self::Joined(home.socket()?));
        }
        Ok(Self::Own(Box::new(Embedded::start(settings).await?)))
    }

    pub fn owner(&self) -> PgConnectOptions {
        options(self.socket(), roles::OWNER, roles::DATABASE)
    }

    pub fn app(&self) -> PgConnectOptions {
        options(self.socket(), roles::APP_LOGIN, roles::DATABASE)
    }

    fn socket(&self) -> &Path {
        match self {
            Self::Joined(socket) => socket,
            Self::Own(own) => &own.socket,
        }
    }

    /// Stops only what this command started.
    pub async fn close(self) -> Result<()> {
        match self {
            Self::Joined(_) => Ok(()),
            Self::Own(own) => own.stop().await,
        }
    }
}

fn options(socket: &Path, user: &str, database: &str) -> PgConnectOptions {
    PgConnectOptions::new_without_pgpass()
        .socket(socket)
        .port(place::PORT)
        .username(user)
        .database(database)
        .ssl_mode(PgSslMode::Disable)
}
