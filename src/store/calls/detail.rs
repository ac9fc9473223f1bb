mod read;

use jiff::Timestamp;
use sqlx::{PgConnection, PgExecutor};
use uuid::Uuid;

use crate::{
    domain::{
        access::Scope,
        call::{Call, Course},
        number::CallNumber,
        priority::Pressing,
    },
    error::Result,
};

/// A call with the place it is about and the names that its page shows.
#[derive(Debug, Clone)]
pub struct CallDetail {
    pub call: Call,
    pub place: Place,
}

#[derive(Debug, Clone)]
pub struct Place {
    pub customer_name: String,
    pub site_code: String,
    pub site_name: String,
    pub country: String,
    pub region: String,
    pub time_zone: String,
    pub site_calendar: Option<String>,
    pub system: Option<PlaceSystem>,
    pub assignee_name: Option<String>,
    pub partner_name: Option<String>,
    pub queue_name: String,
    pub cac_code: Option<String>,
    pub import_file: Option<String>,
    /// The promises that press, as of the last look at the clocks.
    pub pressing: Vec<Pressing>,
    /// The hours by which its promises were last counted.
    pub hours_version: i64,
}

#[derive(Debug, Clone)]
pub struct PlaceSystem {
    pub id: Uuid,
    pub serial: String,
    pub nickname: String,
    pub model: String,
    pub os: String,
    pub redundancy: String,
    pub redundancy_since: Timestamp,
    pub last_heard_at: Option<Timestamp>,
    pub contract: Option<String>,
    pub contract_ends_at: Option<Timestamp>,
}

struct Row {
    customer_id: Uuid,
    id: Uuid,
    number: i64,
    site_id: Uuid,
    system_id: Option<Uuid>,
    version: i32,
    origin: String,
    title: String,
    severity: i16,
    status: String,
    in_review: bool,
    partner_id: Option<Uuid>,
    accept_by: Option<jiff_sqlx::Timestamp>,
    queue: String,
    assignee_id: Option<Uuid>,
    filed_by: Option<Uuid>,
    due_at: Option<jiff_sqlx::Timestamp>,
    due_kind: Option<String>,
    alarm_count: i32,
    reopen_count: i32,
    opened_at: jiff_sqlx::Timestamp,
    ended_at: Option<jiff_sqlx::Timestamp>,
    updated_at: jiff_sqlx::Timestamp,
    last_customer_word_at: Option<jiff_sqlx::Timestamp>,
    reminded_at: Option<jiff_sqlx::Timestamp>,
    wait_until: Option<jiff_sqlx::Timestamp>,
    chip: String,
    external_number: Option<String>,
    state: sqlx::types::Json<Course>,
    customer_name: String,
    site_code: String,
    site_name: String,
    country: String,
    region: String,
    time_zone: String,
    site_calendar: Option<String>,
    serial: Option<String>,
    nickname: Option<String>,
    model: Option<String>,
    os: Option<String>,
    redundancy: Option<String>,
    redundancy_since: Option<jiff_sqlx::Timestamp>,
    last_heard_at: Option<jiff_sqlx::Timestamp>,
    contract: Option<String>,
    contract_ends_at: Option<jiff_sqlx::Timestamp>,
    assignee_name: Option<String>,
    partner_name: Option<String>,
    queue_name: Option<String>,
    cac_code: Option<String>,
    import_file: Option<String>,
    pressing: Vec<String>,
    hours_version: i64,
}

macro_rules! details {
    ($from:literal, $rest:literal, $($arg:expr),*) => {
        sqlx::query_as!(
            Row,
            r#"SELECT call.customer_id, call.id, call.number, call.site_id, call.system_id, call.version, call.origin,
                      call.title, call.severity, call.status, call.in_review, call.partner_id, call.accept_by,
                      call.queue, call.assignee_id, call.filed_by, call.due_at, call.due_kind, call.alarm_count,
                      call.reopen_count, call.opened_at, call.ended_at, call.updated_at, call.last_customer_word_at,
                      call.reminded_at, call.wait_until, call.chip, call.external_number, call.pressing,
                      call.hours_version,
                      call.state AS "state: sqlx::types::Json<Course>",
                      account.name AS customer_name, site.site_code, site.name AS site_name, site.country,
                      site.region, site.time_zone, site.calendar AS site_calendar,
                      system.serial AS "serial?", system.nickname AS "nickname?", system.model AS "model?",
                      system.os AS "os?", system.redundancy AS "redundancy?",
                      CASE system.redundancy WHEN 'simplex' THEN coalesce(system.exposed_since, system.redundancy_since)
                          ELSE system.redundancy_since END AS "redundancy_since?", system.last_heard_at,
                      contract.name AS "contract?", contract.ends_at AS "contract_ends_at?",
                      person.display_name AS "assignee_name?", partner.name AS "partner_name?",
                      queue.name AS "queue_name?", queue.cac_code, import.file AS "import_file?"
               FROM "# + $from + r#"
               JOIN account ON account.id = call.customer_id
               JOIN site ON site.customer_id = call.customer_id AND site.id = call.site_id
               LEFT JOIN system ON system.customer_id = call.customer_id AND system.id = call.system_id
               LEFT JOIN contract ON contract.customer_id = system.customer_id AND contract.id = system.contract_id
               LEFT JOIN person ON person.id = call.assignee_id
               LEFT JOIN account partner ON partner.id = call.partner_id
               LEFT JOIN queue ON queue.slug = call.queue
               LEFT JOIN import ON import.id = call.import_id "# + $rest,
            $($arg),*
        )
    };
}

/// The call with that number, if the reader may see it.
pub async fn find(db: impl PgExecutor<'_>, scope: &Scope, number: CallNumber) -> Result<CallDetail> {
    details!(
        "call_number n JOIN call ON call.customer_id = n.customer_id AND call.id = n.call_id",
        "WHERE n.number = $1 AND in_scope(call.customer_id, call.site_id, call.opened_at, $2)",
        number.serial(),
        scope.json() as _
    )
    .fetch_one(db)
    .await?
    .try_into()
}

/// The same, and nobody else changes it until the transaction ends.
pub async fn lock(db: &mut PgConnection, scope: &Scope, number: CallNumber) -> Result<CallDetail> {
    details!(
        "call_number n JOIN call ON call.customer_id = n.customer_id AND call.id = n.call_id",
        "WHERE n.number = $1 AND in_scope(call.customer_id, call.site_id, call.opened_at, $2) FOR UPDATE OF call",
        number.serial(),
        scope.json() as _
    )
    .fetch_one(db)
    .await?
    .try_into()
}

pub async fn lock_by_id(db: &mut PgConnection, scope: &Scope, customer_id: Uuid, id: Uuid) -> Result<CallDetail> {
    details!(
        "call",
        "WHERE call.customer_id = $1 AND call.id = $2
           AND in_scope(call.customer_id, call.site_id, call.opened_at, $3) FOR UPDATE OF call",
        customer_id,
        id,
        scope.json() as _
    )
    .fetch_one(db)
    .await?
    .try_into()
}

/// Calls that this transaction has locked already.
pub async fn locked(
    db: &mut PgConnection,
    scope: &Scope,
    customers: &[Uuid],
    calls: &[Uuid],
) -> Result<Vec<CallDetail>> {
    // The fence keeps the planner from looking at every call of a customer or a site for each that is asked for.
    let rows = details!(
        "unnest($1::uuid[], $2::uuid[]) AS asked (customer_id, id)
         CROSS JOIN LATERAL (
             SELECT * FROM call WHERE call.customer_id = asked.customer_id AND call.id = asked.id OFFSET 0
         ) AS call",
        "WHERE in_scope(call.customer_id, call.site_id, call.opened_at, $3)",
        customers,
        calls,
        scope.json() as _
    )
    .fetch_all(db)
    .await?;
    rows.into_iter().map(CallDetail::try_from).collect()
}

pub async fn by_id(db: impl PgExecutor<'_>, scope: &Scope, customer_id: Uuid, id: Uuid) -> Result<CallDetail> {
    details!(
        "call",
        "WHERE call.customer_id = $1 AND call.id = $2
           AND in_scope(call.customer_id, call.site_id, call.opened_at, $3)",
        customer_id,
        id,
        scope.json() as _
    )
    .fetch_one(db)
    .await?
    .try_into()
}

/// What is still owed to somebody: calls that are worked or await an answer, those due next first.
pub async fn owed(db: impl PgExecutor<'_>, scope: &Scope, limit: i64) -> Result<Vec<CallDetail>> {
    let rows = details!(
        "call",
        "WHERE call.status IN ('new', 'open', 'awaiting_customer', 'on_hold')
           AND in_scope(call.customer_id, call.site_id, call.opened_at, $1) ORDER BY call.due_at, call.number LIMIT $2",
        scope.json() as _,
        limit
    )
    .fetch_all(db)
    .await?;
    rows.into_iter().map(CallDetail::try_from).collect()
}

/// The same, of one site.
pub async fn owed_at(
    db: impl PgExecutor<'_>,
    scope: &Scope,
    (customer, site): (Uuid, Uuid),
    limit: i64,
) -> Result<Vec<CallDetail>> {
    let rows = details!(
        "call",
        "WHERE call.customer_id = $1 AND call.site_id = $2
           AND call.status IN ('new', 'open', 'awaiting_customer', 'on_hold')
           AND in_scope(call.customer_id, call.site_id, call.opened_at, $3) ORDER BY call.due_at, call.number LIMIT $4",
        customer,
        site,
        scope.json() as _,
        limit
    )
    .fetch_all(db)
    .await?;
    rows.into_iter().map(CallDetail::try_from).collect()
}

/// A call that came from another desk opens by the number it had there.
pub async fn by_external_number(db: impl PgExecutor<'_>, scope: &Scope, external: &str) -> Result<Option<CallNumber>> {
    let number = sqlx::query_scalar!(
        "SELECT number FROM call
         WHERE lower(external_number) = lower($1) AND external_number IS NOT NULL
           AND in_scope(customer_id, site_id, opened_at, $2)
         ORDER BY opened_at DESC, id LIMIT 1",
        external,
        scope.json() as _
    )
    .fetch_optional(db)
    .await?;
    Ok(number.map(CallNumber::from_serial))
}

pub(super) fn plain(at: Option<jiff_sqlx::Timestamp>) -> Option<Timestamp> {
    at.map(jiff_sqlx::Timestamp::to_jiff)
}
