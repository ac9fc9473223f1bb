//! Which partner serves which customer.

use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use sqlx::{PgConnection, PgExecutor};
use uuid::Uuid;

use crate::{domain::access::Scope, error::Result};

#[derive(Debug, Clone)]
pub struct RelationRow {
    pub id: Uuid,
    pub partner_id: Uuid,
    pub partner_name: String,
    pub partner_slug: String,
    pub customer_id: Uuid,
    pub customer_name: String,
    pub customer_slug: String,
    pub site_code: Option<String>,
    pub first_line: bool,
    pub accept_minutes: i32,
    /// The hours in which the partner reviews; none is those of the site.
    pub calendar: Option<String>,
    pub history: String,
    pub history_from: Option<jiff_sqlx::Timestamp>,
    pub valid_from: jiff_sqlx::Timestamp,
    pub valid_to: Option<jiff_sqlx::Timestamp>,
}

/// Whose relations are wanted, and from where on; none named is everybody's.
#[derive(Debug, Clone, Copy, Default)]
pub struct Whose {
    /// The last one of the page before.
    pub after: Option<Uuid>,
    pub partner: Option<Uuid>,
    pub customer: Option<Uuid>,
    pub one: Option<Uuid>,
}

/// Those that hold first, then by whom they are between.
///
/// A site's code is told to who sees the site: of a relation that is over, the partner sees that there was one.
pub async fn list(
    db: impl PgExecutor<'_>,
    scope: &Scope,
    whose: Whose,
    now: Timestamp,
    limit: i64,
) -> Result<Vec<RelationRow>> {
    let rows = sqlx::query_as!(
        RelationRow,
        r#"SELECT r.id, r.partner_id, p.name AS partner_name, p.slug AS partner_slug, r.customer_id,
                  c.name AS customer_name, c.slug AS customer_slug,
                  CASE WHEN r.site_id IS NOT NULL THEN coalesce(site.site_code, 'one site') END AS site_code,
                  r.first_line, r.accept_minutes, r.calendar, r.history, r.history_from, r.valid_from, r.valid_to
           FROM partner_relation r
           JOIN account p ON p.id = r.partner_id
           JOIN account c ON c.id = r.customer_id
           LEFT JOIN site ON site.customer_id = r.customer_id AND site.id = r.site_id
                         AND in_scope(site.customer_id, site.id, 'infinity', $1)
           WHERE ($2::uuid IS NULL OR r.partner_id = $2) AND ($3::uuid IS NULL OR r.customer_id = $3)
             AND ($4::uuid IS NULL OR r.id = $4)
             AND ($7::uuid IS NULL
                  OR (r.valid_to IS NOT NULL AND r.valid_to <= $5, p.name, c.name, r.id)
                     > (SELECT o.valid_to IS NOT NULL AND o.valid_to <= $5, op.name, oc.name, o.id
                        FROM partner_relation o
                        JOIN account op ON op.id = o.partner_id
                        JOIN account oc ON oc.id = o.customer_id
                        WHERE o.id = $7))
           ORDER BY (r.valid_to IS NOT NULL AND r.valid_to <= $5), p.name, c.name, r.id LIMIT $6"#,
        scope.json() as _,
        whose.partner,
        whose.customer,
        whose.one,
        now.to_sqlx() as _,
        limit,
        whose.after
    )
    .fetch_all(db)
    .await?;
    Ok(rows)
}

/// Whether the partner serves the customer at one of these sites in that time already. One that ended before it began
/// is none.
pub async fn is_served(db: impl PgExecutor<'_>, relation: &NewRelation<'_>) -> Result<bool> {
    let served = sqlx::query_scalar!(
        r#"SELECT EXISTS (SELECT FROM partner_relation
                          WHERE customer_id = $1 AND partner_id = $2
                            AND ($3::uuid IS NULL OR site_id IS NULL OR site_id = $3)
                            AND (valid_to IS NULL OR (valid_to > $4 AND valid_to > valid_from))
                            AND ($5::timestamptz IS NULL OR valid_from < $5)) AS "served!""#,
        relation.customer_id,
        relation.partner_id,
        relation.site_id,
        relation.valid_from.to_sqlx() as _,
        relation.valid_to.map(ToSqlx::to_sqlx) as _
    );
    Ok(served.fetch_one(db).await?)
}

#[derive(Debug, Clone)]
pub struct NewRelation<'a> {
    pub customer_id: Uuid,
    pub id: Uuid,
    pub partner_id: Uuid,
    pub site_id: Option<Uuid>,
    pub first_line: bool,
    pub accept_minutes: i32,
    pub history: &'a str,
    pub history_from: Option<Timestamp>,
    pub valid_from: Timestamp,
    pub valid_to: Option<Timestamp>,
}

pub async fn insert(db: &mut PgConnection, relation: &NewRelation<'_>) -> Result<()> {
    sqlx::query!(
        "INSERT INTO partner_relation (customer_id, id, partner_id, site_id, first_line, accept_minutes, history,
                                       history_from, valid_from, valid_to)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        relation.customer_id,
        relation.id,
        relation.partner_id,
        relation.site_id,
        relation.first_line,
        relation.accept_minutes,
        relation.history,
        relation.history_from.map(ToSqlx::to_sqlx) as _,
        relation.valid_from.to_sqlx() as _,
        relation.valid_to.map(ToSqlx::to_sqlx) as _
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Answers whose it was; none if it was over already. One that has not begun never does.
pub async fn end(db: &mut PgConnection, id: Uuid, now: Timestamp) -> Result<Option<Uuid>> {
    let partner = sqlx::query_scalar!(
        "UPDATE partner_relation SET valid_to = GREATEST($2, valid_from)
         WHERE id = $1 AND (valid_to IS NULL OR valid_to > $2) RETURNING partner_id",
        id,
        now.to_sqlx() as _
    )
    .fetch_optional(db)
    .await?;
    Ok(partner)
}

/// Whose hours count while a call waits for the partner; answers whose relation it is, none if it is over.
pub async fn set_calendar(
    db: &mut PgConnection,
    id: Uuid,
    calendar: Option<&str>,
    now: Timestamp,
) -> Result<Option<Uuid>> {
    let partner = sqlx::query_scalar!(
        "UPDATE partner_relation SET calendar = $2
         WHERE id = $1 AND (valid_to IS NULL OR valid_to > $3) RETURNING partner_id",
        id,
        calendar,
        now.to_sqlx() as _
    )
    .fetch_optional(db)
    .await?;
    Ok(partner)
}
