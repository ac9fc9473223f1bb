//! Receipts of test alarms: how far each came, and where a real one would have gone.

use jiff_sqlx::ToSqlx;
use sqlx::{PgConnection, PgExecutor, types::Json};
use uuid::Uuid;

use crate::{
    domain::{access::Scope, test_receipt::TestReceipt},
    error::Result,
};

/// The receipt of one alarm, under the alarm's id.
#[derive(Debug, Clone)]
pub struct NewReceipt<'a> {
    pub customer_id: Uuid,
    pub id: Uuid,
    pub site_id: Uuid,
    pub system_id: Option<Uuid>,
    pub receipt: &'a TestReceipt,
}

pub async fn insert(db: &mut PgConnection, new: &NewReceipt<'_>) -> Result<()> {
    sqlx::query!(
        "INSERT INTO test_receipt (customer_id, id, site_id, system_id, at, receipt) VALUES ($1, $2, $3, $4, $5, $6)",
        new.customer_id,
        new.id,
        new.site_id,
        new.system_id,
        new.receipt.durable_at.to_sqlx() as _,
        Json(new.receipt) as _
    )
    .execute(db)
    .await?;
    Ok(())
}

/// A receipt as the page of its system shows it.
#[derive(Debug, Clone)]
pub struct Shown {
    pub id: Uuid,
    pub summary: String,
    pub severity: String,
    pub receipt: Json<TestReceipt>,
}

/// The last ones of a system, the newest first.
pub async fn of_system(
    db: impl PgExecutor<'_>,
    scope: &Scope,
    (customer, system): (Uuid, Uuid),
    limit: i64,
) -> Result<Vec<Shown>> {
    let receipts = sqlx::query_as!(
        Shown,
        r#"SELECT t.id, alarm.summary, alarm.severity, t.receipt AS "receipt: Json<TestReceipt>"
           FROM test_receipt t
           JOIN alarm ON alarm.customer_id = t.customer_id AND alarm.id = t.id
           WHERE t.customer_id = $1 AND t.system_id = $2 AND in_scope(t.customer_id, t.site_id, t.at, $3)
           ORDER BY t.at DESC, t.id DESC LIMIT $4"#,
        customer,
        system,
        scope.json() as _,
        limit
    )
    .fetch_all(db)
    .await?;
    Ok(receipts)
}

/// The receipts of the sender's own alarms.
pub async fn of_alarms(
    db: impl PgExecutor<'_>,
    customers: &[Uuid],
    alarms: &[Uuid],
) -> Result<Vec<(Uuid, TestReceipt)>> {
    let rows = sqlx::query!(
        r#"SELECT t.id, t.receipt AS "receipt: Json<TestReceipt>"
           FROM unnest($1::uuid[], $2::uuid[]) AS asked (customer_id, id)
           JOIN test_receipt t ON t.customer_id = asked.customer_id AND t.id = asked.id"#,
        customers,
        alarms
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(|row| (row.id, row.receipt.0)).collect())
}
