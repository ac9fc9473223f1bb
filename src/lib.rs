//! Meridian: a service call management portal for fault-tolerant servers.
//!
//! | part | what it is for | whom it may use |
//! |---|---|---|
//! | `domain`, `router` | the trade itself, pure | each other, downward |
//! | `store` | all SQL | `domain`, `error` |
//! | `actions` | one verb, one transaction | `app`, `domain`, `router`, `store` |
//! | `seal` | what names a person, readable as long as their key | `error` |
//! | `ingest` | wire formats into alarms | `domain`, `error` |
//! | `agent` | the small process beside the systems that calls home | `clock`, `domain::signature`, `error`, `outbound`, `seal` |
//! | `demo` | the made-up world and its live generator | `actions`, `app`, `domain`, `router`, `store` |
//! | `migrate_in` | logs of other desks into calls | `clock`, `domain`, `error`, `store` |
//! | `bench` | how fast the portal is, and whether it loses anything | `actions`, `clock`, `demo`, `domain`, `router`, `store` |
//! | `jobs` | what nobody asks for | `actions`, `app`, `store` |
//! | `oidc` | talks with identity providers | `config`, `error`, `outbound` |
//! | `outbound` | the only way to call out | `error` |
//! | `seal` | makes what is kept of people unreadable without their key | `error` |
//! | `logs` | what the program writes about itself | nothing |
//! | `web` | reads a request, calls one thing, answers | everything but SQL |
//!
//! A test reads the sources and holds this table.
pub mod actions;
pub mod agent;
pub mod app;
pub mod bench;
pub mod cli;
pub mod clock;
pub mod config;
pub mod demo;
pub mod domain;
pub mod embedded;
pub mod error;
pub mod ingest;
pub mod jobs;
pub mod live;
pub mod logs;
pub mod migrate_in;
#[cfg(feature = "oidc")]
pub mod oidc;
pub mod outbound;
pub mod reference;
pub mod router;
pub mod seal;
pub mod serve;
pub mod shared;
pub mod store;
pub mod web;

pub use store::MIGRATOR;
