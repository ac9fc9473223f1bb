//! A row of the store as the call and the place that it tells of.

use super::{CallDetail, Place, PlaceSystem, Row, plain};
use crate::{
    domain::{
        access::Party,
        call::{Call, Due, Review, Status},
        names::named_as,
        number::CallNumber,
        objective::Kind,
        priority::Pressing,
        severity::Severity,
    },
    error::{Error, Result},
};

fn unreadable(what: &str, value: &str) -> Error {
    Error::Internal(format!("the store holds {what} {value:?}, which this program does not know"))
}

impl TryFrom<Row> for CallDetail {
    type Error = Error;

    fn try_from(mut row: Row) -> Result<Self> {
        let place = place(&mut row);
        Ok(Self { call: call(row)?, place })
    }
}

fn call(row: Row) -> Result<Call> {
    let due_kind = row.due_kind.as_deref().and_then(named_as::<Kind>);
    Ok(Call {
        customer_id: row.customer_id,
        id: row.id,
        number: CallNumber::from_serial(row.number),
        site_id: row.site_id,
        system_id: row.system_id,
        version: row.version,
        origin: Party::from_name(&row.origin).ok_or_else(|| unreadable("an origin", &row.origin))?,
        title: row.title,
        severity: Severity::try_from(row.severity).map_err(|_| unreadable("a severity", "out of 1-4"))?,
        status: Status::from_name(&row.status).ok_or_else(|| unreadable("a status", &row.status))?,
        review: row.in_review.then(|| Review { accept_by: plain(row.accept_by) }),
        partner_id: row.partner_id,
        queue: row.queue,
        assignee_id: row.assignee_id,
        filed_by: row.filed_by,
        due: due_kind.zip(plain(row.due_at)).map(|(kind, at)| Due { kind, at }),
        alarm_count: row.alarm_count,
        reopen_count: row.reopen_count,
        opened_at: row.opened_at.to_jiff(),
        updated_at: row.updated_at.to_jiff(),
        ended_at: plain(row.ended_at),
        last_public_at: plain(row.last_customer_word_at),
        reminded_at: plain(row.reminded_at),
        wait_until: plain(row.wait_until),
        chip: row.chip,
        external_number: row.external_number,
        course: row.state.0,
    })
}

fn place(row: &mut Row) -> Place {
    Place {
        customer_name: std::mem::take(&mut row.customer_name),
        site_code: std::mem::take(&mut row.site_code),
        site_name: std::mem::take(&mut row.site_name),
        country: std::mem::take(&mut row.country),
        region: std::mem::take(&mut row.region),
        time_zone: std::mem::take(&mut row.time_zone),
        site_calendar: row.site_calendar.take(),
        system: system(row),
        assignee_name: row.assignee_name.take(),
        partner_name: row.partner_name.take(),
        queue_name: row.queue_name.take().unwrap_or_else(|| row.queue.clone()),
        cac_code: row.cac_code.take(),
        import_file: row.import_file.take(),
        pressing: row.pressing.iter().filter_map(|name| Pressing::from_name(name)).collect(),
        hours_version: row.hours_version,
    }
}

fn system(row: &mut Row) -> Option<PlaceSystem> {
    Some(PlaceSystem {
        id: row.system_id?,
        serial: row.serial.take()?,
        nickname: row.nickname.take()?,
        model: row.model.take()?,
        os: row.os.take()?,
        redundancy: row.redundancy.take()?,
        redundancy_since: row.redundancy_since?.to_jiff(),
        last_heard_at: plain(row.last_heard_at),
        contract: row.contract.take(),
        contract_ends_at: plain(row.contract_ends_at),
    })
}
