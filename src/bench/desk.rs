//! What people do all day, over real HTTP with real sessions: clients that each wait for an answer and ask again.

mod load;
mod wire;
mod words;

use std::net::SocketAddr;

use serde::Serialize;

pub use self::{
    load::{Job, Plan, desk},
    words::words_to_ask,
};
use crate::error::Result;

/// The cookie of somebody who has signed in.
pub async fn sign_in(server: SocketAddr, email: &str, password: &str) -> Result<String> {
    wire::Session::sign_in(server, email, password).await
}

/// One line of the table.
#[derive(Debug, Clone, Serialize)]
pub struct Desk {
    pub job: &'static str,
    pub per_s: f64,
    pub p50_ms: f64,
    pub p99_ms: f64,
    pub max_ms: f64,
    pub errors: usize,
    pub server_mb: u64,
    /// Processors that were busy, of the server and of its Postgres.
    pub server_cpu: f64,
    pub postgres_cpu: f64,
    pub clients: usize,
    pub calls: u64,
    pub goal_per_s: Option<f64>,
}
