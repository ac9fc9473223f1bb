//! What messages tell of the way that they came.

use serde_json::{Value, json};
use uuid::Uuid;

use super::batch::Batch;
use crate::{
    domain::alarm::{Alarm, Kind},
    store::arrivals::Filed,
};

impl Batch<'_> {
    /// By the names of the columns, one for each way: of what speaks for a site any word counts, of a system only
    /// tests and what its agent says of itself.
    pub(super) fn paths(&self) -> Value {
        let mut told: Vec<(Uuid, Uuid, Value)> = Vec::new();
        for (alarm, filed) in &self.rows {
            let Some(row) = row(alarm, filed) else { continue };
            let (customer, id) = (filed.customer_id, filed.system_id.unwrap_or(filed.site_id));
            match told.iter_mut().find(|known| (known.0, known.1) == (customer, id)) {
                Some(known) => merge(&mut known.2, row),
                None => told.push((customer, id, row)),
            }
        }
        told.into_iter().map(|(_, _, row)| row).collect()
    }
}

fn row(alarm: &Alarm, filed: &Filed) -> Option<Value> {
    let test = alarm.kind == Kind::Test;
    if filed.system_id.is_some() && !test && alarm.report.is_none() {
        return None;
    }
    let mut row = json!({
        "customer_id": filed.customer_id, "id": filed.system_id.unwrap_or(filed.site_id), "site_id": filed.site_id,
        "system_id": filed.system_id, "heard_at": filed.received_at,
        "tested_at": test.then_some(filed.received_at),
    });
    if let Some(report) = &alarm.report {
        let said = json!({
            "reported_at": alarm.occurred_at.min(filed.received_at), "spool_depth": report.spool_depth,
            "oldest_s": report.oldest_s, "dropped": report.dropped, "clock_offset_s": report.clock_offset_s,
            "version": report.version,
        });
        merge(&mut row, said);
    }
    Some(row)
}

/// A later word of the same way says the rest, or says it anew.
fn merge(row: &mut Value, later: Value) {
    let (Value::Object(row), Value::Object(later)) = (row, later) else { return };
    row.extend(later.into_iter().filter(|(_, value)| !value.is_null()));
}
