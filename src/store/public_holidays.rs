//! Public holidays by country: what closes a site that keeps no calendar of its own.

use serde_json::Value;
use sqlx::{PgConnection, PgExecutor};

use crate::{domain::access::Scope, error::Result};

pub struct CountryRow {
    pub country: String,
    pub days: i64,
    pub last: String,
}

pub async fn countries(db: impl PgExecutor<'_>) -> Result<Vec<CountryRow>> {
    let rows = sqlx::query_as!(
        CountryRow,
        r#"SELECT country, count(DISTINCT day) AS "days!", to_char(max(day), 'YYYY-MM-DD') AS "last!"
           FROM public_holiday GROUP BY country ORDER BY country LIMIT 300"#
    )
    .fetch_all(db)
    .await?;
    Ok(rows)
}

/// Days and their names, in order.
pub async fn of_country(db: impl PgExecutor<'_>, country: &str) -> Result<Vec<(String, String)>> {
    let rows = sqlx::query!(
        r#"SELECT to_char(day, 'YYYY-MM-DD') AS "day!", string_agg(name, ' / ' ORDER BY name) AS "name!"
           FROM public_holiday WHERE country = $1 GROUP BY day ORDER BY day LIMIT 5000"#,
        country
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(|row| (row.day, row.name)).collect())
}

/// Days by their names, as an object; a day that is there already keeps the name that it has.
pub async fn add(db: &mut PgConnection, country: &str, days: &Value) -> Result<()> {
    sqlx::query!(
        "INSERT INTO public_holiday (country, day, name)
         SELECT $1, key::date, value FROM jsonb_each_text($2)
         WHERE NOT EXISTS (SELECT FROM public_holiday WHERE country = $1 AND day = key::date)",
        country,
        days
    )
    .execute(db)
    .await?;
    Ok(())
}

pub async fn remove(db: &mut PgConnection, country: &str, days: &[String]) -> Result<()> {
    sqlx::query!(
        "DELETE FROM public_holiday WHERE country = $1 AND to_char(day, 'YYYY-MM-DD') = ANY($2)",
        country,
        days
    )
    .execute(db)
    .await?;
    Ok(())
}

/// In which regions the country has sites.
pub async fn regions_of(db: impl PgExecutor<'_>, scope: &Scope, country: &str) -> Result<Vec<String>> {
    let regions = sqlx::query_scalar!(
        "SELECT DISTINCT region FROM site
         WHERE country = $1 AND in_scope(customer_id, id, 'infinity', $2) ORDER BY region LIMIT 100",
        country,
        scope.json() as _
    )
    .fetch_all(db)
    .await?;
    Ok(regions)
}
