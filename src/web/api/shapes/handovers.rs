//! Handovers as programs of the house read them.

use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{Instant, StatusWord};
use crate::{
    domain::{call::Status, handover, number::CallNumber, objective::Kind},
    store::handovers,
};

/// A call that went from one center to another; null for a center is the duty manager.
#[derive(Debug, Serialize, ToSchema)]
pub struct Handover {
    id: Uuid,
    number: String,
    title: String,
    severity: i16,
    #[schema(required)]
    from: Option<String>,
    #[schema(required)]
    to: Option<String>,
    queue: String,
    /// When the region closed, or opened to relieve the duty manager.
    boundary_at: Instant,
    handed_at: Instant,
    /// It has been neither accepted nor solved nor given elsewhere.
    waiting: bool,
    accept_by: Option<Instant>,
    accepted_at: Option<Instant>,
    accepted_by: Option<String>,
    /// When the duty manager was told that nobody had accepted it.
    escalated_at: Option<Instant>,
    packet: Packet,
    time_zone: String,
}

/// How the call stood when it changed hands.
#[derive(Debug, Serialize, ToSchema)]
pub struct Packet {
    #[schema(value_type = StatusWord)]
    status: Status,
    severity: u8,
    had_it: Option<String>,
    next_step: Option<String>,
    promises: Vec<Promise>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct Promise {
    #[schema(value_type = String)]
    kind: Kind,
    due_at: Instant,
    missed: bool,
}

impl From<handovers::Handover> for Handover {
    fn from(row: handovers::Handover) -> Self {
        let packet = row.packet.0;
        Self {
            id: row.id,
            number: CallNumber::from_serial(row.number).to_string(),
            title: row.title,
            severity: row.severity,
            from: row.from_cac,
            to: row.to_cac,
            queue: row.to_queue,
            boundary_at: row.boundary_at.into(),
            handed_at: row.handed_at.into(),
            waiting: row.waits,
            accept_by: row.accept_by.map(Into::into),
            accepted_at: row.accepted_at.map(Into::into),
            accepted_by: row.accepted_by,
            escalated_at: row.escalated_at.map(Into::into),
            packet: Packet {
                status: packet.status,
                severity: packet.severity.number(),
                had_it: row.had_it,
                next_step: row.next_step,
                promises: packet.promises.into_iter().map(Promise::from).collect(),
            },
            time_zone: row.time_zone,
        }
    }
}

impl From<handover::Promise> for Promise {
    fn from(promise: handover::Promise) -> Self {
        Self { kind: promise.kind, due_at: promise.due_at.into(), missed: promise.missed }
    }
}
