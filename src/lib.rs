//! Meridian: a service call management portal for fault-tolerant servers.
pub mod domain;
pub mod error;
pub mod router;
