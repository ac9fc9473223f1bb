//! Credentials of devices as programs read them and ask for them.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::Instant;
use crate::store::devices::DeviceRow;

/// A credential, without what opens anything.
#[derive(Debug, Serialize, ToSchema)]
pub struct Device {
    id: Uuid,
    prefix: String,
    name: String,
    /// The serial of the system that it belongs to; null is a gateway of the site.
    system: Option<String>,
    site: String,
    customer: String,
    /// `in_use`, `ending` (replaced, opens beside its successor), `ended` or `revoked`.
    state: &'static str,
    opens: bool,
    made_by: Option<String>,
    created_at: Instant,
    last_used_at: Option<Instant>,
    /// The address from which it was used last.
    last_used_from: Option<String>,
    /// Of one that was replaced: until when it opens.
    ends_at: Option<Instant>,
    replaced_by: Option<Uuid>,
    revoked_at: Option<Instant>,
    /// Only in the answer that makes it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub credential: Option<String>,
}

impl Device {
    pub fn of(row: DeviceRow, now: Timestamp) -> Self {
        let standing = row.standing(now);
        Self {
            id: row.id,
            prefix: row.prefix,
            name: row.name,
            system: row.serial,
            site: row.site_code,
            customer: row.customer_name,
            state: standing.name(),
            opens: standing.opens(),
            made_by: row.made_by,
            created_at: row.created_at.into(),
            last_used_at: row.last_used_at.map(Into::into),
            last_used_from: row.last_used_from,
            ends_at: row.ends_at.map(Into::into),
            replaced_by: row.replaced_by,
            revoked_at: row.revoked_at.map(Into::into),
            credential: None,
        }
    }
}

/// Either a system or a site.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewDevice {
    /// The serial of the system.
    system: Option<String>,
    /// The code of the site, for its gateway.
    site: Option<String>,
    /// What it is for.
    #[schema(value_type = String, required, min_length = 1, max_length = 100)]
    name: Option<String>,
}

#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Rotation {
    /// For how many hours the old one still opens; 24 where nothing is said, and 0 ends it at once.
    #[schema(minimum = 0, maximum = 168, default = 24)]
    overlap_hours: Option<i64>,
}
