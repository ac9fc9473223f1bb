//! Lists of calls in the orders that programs ask for; the newest first is in `lists`.

use sqlx::PgExecutor;
use uuid::Uuid;

use super::{
    lists::Filter,
    summary::{CallSummary, like, summaries},
};
use crate::{domain::access::Scope, error::Result};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    OldestFirst,
    LongestUnchanged,
    LastChanged,
    WorstFirst,
    DueFirst,
}

/// The last row of the page before: where it stood, and the id that tells equals apart.
#[derive(Debug, Clone, Copy)]
pub struct Ranked {
    pub rank: i64,
    pub id: Uuid,
}

/// More microseconds than this era has.
const AGE: i64 = 100_000_000_000_000_000;
/// What has no promise comes after all that has one.
const NEVER: i64 = 9_000_000_000_000_000_000;

impl Order {
    const ALL: [Self; 5] =
        [Self::OldestFirst, Self::LongestUnchanged, Self::LastChanged, Self::WorstFirst, Self::DueFirst];

    pub fn name(self) -> &'static str {
        match self {
            Self::OldestFirst => "opened_at",
            Self::LongestUnchanged => "updated_at",
            Self::LastChanged => "-updated_at",
            Self::WorstFirst => "severity",
            Self::DueFirst => "due_at",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|order| order.name() == name)
    }

    /// Where a call stands, as the statement below counts it: an internal line moves it for staff alone.
    pub fn rank(self, call: &CallSummary, internal: bool) -> i64 {
        let micros = |at: jiff_sqlx::Timestamp| at.to_jiff().as_microsecond();
        match self {
            Self::OldestFirst => micros(call.opened_at),
            Self::LongestUnchanged => micros(call.version_for(internal).1),
            Self::LastChanged => -micros(call.version_for(internal).1),
            Self::WorstFirst => i64::from(call.severity) * AGE - micros(call.opened_at),
            Self::DueFirst => call.due_at.map_or(NEVER, micros),
        }
    }
}

/// Calls in another order than the newest first, page by page.
pub async fn sorted(
    db: impl PgExecutor<'_>,
    scope: &Scope,
    filter: &Filter,
    order: Order,
    after: Option<Ranked>,
    limit: i64,
) -> Result<Vec<CallSummary>> {
    let calls = summaries!(
        "CROSS JOIN LATERAL (SELECT CASE WHEN $12 THEN call.updated_at
             ELSE coalesce((call.state ->> 'public_at')::timestamptz, call.opened_at) END AS at) seen
         CROSS JOIN LATERAL (SELECT CASE $11::text
             WHEN 'opened_at' THEN extract(epoch FROM call.opened_at) * 1000000
             WHEN 'updated_at' THEN extract(epoch FROM seen.at) * 1000000
             WHEN '-updated_at' THEN extract(epoch FROM seen.at) * -1000000
             WHEN 'severity' THEN call.severity * 100000000000000000 - extract(epoch FROM call.opened_at) * 1000000
             ELSE coalesce(extract(epoch FROM call.due_at) * 1000000, 9000000000000000000)
         END::bigint AS rank) placed
         WHERE in_scope(call.customer_id, call.site_id, call.opened_at, $1)
           AND ($2::text[] IS NULL OR call.status = ANY ($2))
           AND ($3::smallint IS NULL OR call.severity = $3)
           AND ($4::text IS NULL OR call.queue = $4)
           AND ($5::text IS NULL OR system.serial = $5)
           AND ($6::text IS NULL OR site.site_code = $6)
           AND ($7::text IS NULL OR call.title ILIKE '%' || $7 || '%')
           AND ($8::bigint IS NULL OR (placed.rank, call.id) > ($8, $9))
         ORDER BY placed.rank, call.id LIMIT $10",
        scope.json() as _,
        filter.statuses.as_deref(),
        filter.severity,
        filter.queue.as_deref(),
        filter.serial.as_deref(),
        filter.site_code.as_deref(),
        filter.text.as_deref().map(like),
        after.map(|a| a.rank),
        after.map(|a| a.id),
        limit,
        order.name(),
        scope.internal()
    )
    .fetch_all(db)
    .await?;
    Ok(calls)
}
