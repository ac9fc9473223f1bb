//! Systems that are expected to call home, and those that do not.

mod running;

use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use sqlx::{PgConnection, PgExecutor};
use uuid::Uuid;

pub use self::running::{Running, begun_before, broken_by, of_system};
use crate::{
    domain::{access::Scope, silence::Watched},
    error::Result,
};

/// Sites where a system was to be looked at by now.
pub async fn due_sites(db: impl PgExecutor<'_>, now: Timestamp, limit: i64) -> Result<Vec<(Uuid, Uuid)>> {
    let rows = sqlx::query!(
        "SELECT DISTINCT customer_id, site_id FROM (
             SELECT customer_id, site_id FROM system
             WHERE coalesce(silence_check_at, installed_at) <= $1 AND heartbeat_minutes IS NOT NULL
             ORDER BY coalesce(silence_check_at, installed_at) LIMIT $2
         ) due",
        now.to_sqlx() as _,
        limit
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(|row| (row.customer_id, row.site_id)).collect())
}

/// Who has been heard in time is looked at again when it would fall silent, and who is new has its time from now on.
pub async fn put_off_heard(db: &mut PgConnection, now: Timestamp, limit: i64) -> Result<u64> {
    let done = sqlx::query!(
        "UPDATE system SET silence_check_at = next.at, expected_since = coalesce(system.expected_since, $1)
         FROM (SELECT customer_id, id, greatest(last_heard_at, coalesce(expected_since, $1::timestamptz))
                                           + make_interval(mins => 2 * heartbeat_minutes) AS at
               FROM system
               WHERE coalesce(silence_check_at, installed_at) <= $1 AND heartbeat_minutes IS NOT NULL
               ORDER BY coalesce(silence_check_at, installed_at) LIMIT $2 FOR UPDATE SKIP LOCKED) next
         WHERE system.customer_id = next.customer_id AND system.id = next.id AND next.at > $1",
        now.to_sqlx() as _,
        limit
    )
    .execute(db)
    .await?;
    Ok(done.rows_affected())
}

/// A system of a site, and its last silence.
#[derive(Debug, Clone)]
#[expect(clippy::struct_excessive_bools, reason = "the row answers many questions of yes or no")]
pub struct Expected {
    pub id: Uuid,
    pub serial: String,
    pub nickname: String,
    pub minutes: Option<i32>,
    pub last_heard_at: Option<jiff_sqlx::Timestamp>,
    pub expected_since: Option<jiff_sqlx::Timestamp>,
    /// Somebody was to look by now.
    pub due: bool,
    /// Its silence is known and lasts.
    pub silent: bool,
    pub call_id: Option<Uuid>,
    /// The call of its last silence is about the whole site.
    pub of_site: bool,
    /// It is worked on; the windows of its site tell.
    pub in_window: bool,
}

impl Expected {
    pub fn watched(&self) -> Option<Watched> {
        let plain = |at: Option<jiff_sqlx::Timestamp>| at.map(jiff_sqlx::Timestamp::to_jiff);
        let watched = Watched::new(self.minutes, plain(self.last_heard_at), plain(self.expected_since))?;
        Some(Watched { in_window: self.in_window, ..watched })
    }
}

/// All systems of a site that are expected to call home. Behind the lock of the site, as whoever hears them has it.
pub async fn of_site(db: &mut PgConnection, customer: Uuid, site: Uuid, now: Timestamp) -> Result<Vec<Expected>> {
    let systems = sqlx::query_as!(
        Expected,
        r#"SELECT system.id, system.serial, system.nickname, system.heartbeat_minutes AS minutes,
                  system.last_heard_at, system.expected_since,
                  coalesce(system.silence_check_at, system.installed_at) <= $3 AS "due!",
                  coalesce(last.ended_at IS NULL AND last.call_id IS NOT NULL, false) AS "silent!",
                  last.call_id AS "call_id?", coalesce(call.system_id IS NULL AND call.id IS NOT NULL, false) AS "of_site!",
                  false AS "in_window!"
           FROM system
           LEFT JOIN LATERAL (
               SELECT silence.call_id, silence.ended_at FROM silence
               WHERE silence.customer_id = system.customer_id AND silence.system_id = system.id
               ORDER BY silence.began_at DESC LIMIT 1
           ) last ON true
           LEFT JOIN call ON call.customer_id = system.customer_id AND call.id = last.call_id
           WHERE system.customer_id = $1 AND system.site_id = $2 AND system.heartbeat_minutes IS NOT NULL
           ORDER BY system.serial, system.id"#,
        customer,
        site,
        now.to_sqlx() as _
    )
    .fetch_all(db)
    .await?;
    Ok(systems)
}

/// Nothing is decided about these before then.
pub async fn look_again(db: &mut PgConnection, customer: Uuid, systems: &[Uuid], at: Timestamp) -> Result<()> {
    sqlx::query!(
        "UPDATE system SET silence_check_at = $3 WHERE customer_id = $1 AND id = ANY ($2)",
        customer,
        systems,
        at.to_sqlx() as _
    )
    .execute(db)
    .await?;
    Ok(())
}

/// These have all their time from now on, as if nobody had expected them before.
pub async fn expect_anew(db: &mut PgConnection, customer: Uuid, systems: &[Uuid], now: Timestamp) -> Result<()> {
    sqlx::query!(
        "UPDATE system SET expected_since = $3,
                           silence_check_at = $3::timestamptz + make_interval(mins => 2 * heartbeat_minutes)
         WHERE customer_id = $1 AND id = ANY ($2)",
        customer,
        systems,
        now.to_sqlx() as _
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Work at a site is over: who was not heard since it began has all its time again, unless its silence is known.
pub async fn expect_after_work(
    db: &mut PgConnection,
    (customer, site): (Uuid, Uuid),
    systems: Option<&[Uuid]>,
    since: Timestamp,
    now: Timestamp,
) -> Result<()> {
    sqlx::query!(
        "UPDATE system SET expected_since = $5,
                           silence_check_at = $5::timestamptz + make_interval(mins => 2 * heartbeat_minutes)
         WHERE customer_id = $1 AND site_id = $2 AND ($3::uuid[] IS NULL OR id = ANY ($3))
           AND heartbeat_minutes IS NOT NULL AND silence_check_at < 'infinity' AND last_heard_at < $4",
        customer,
        site,
        systems as _,
        since.to_sqlx() as _,
        now.to_sqlx() as _
    )
    .execute(db)
    .await?;
    Ok(())
}

/// These are silent from now on, and that call has them; nobody looks again before they are heard.
pub async fn begin(db: &mut PgConnection, customer: Uuid, systems: &[Uuid], call: Uuid, now: Timestamp) -> Result<()> {
    let ids: Vec<Uuid> = systems.iter().map(|_| Uuid::now_v7()).collect();
    sqlx::query!(
        "WITH quiet AS (
             UPDATE system SET silence_check_at = 'infinity' WHERE customer_id = $1 AND id = ANY ($2)
             RETURNING id, site_id, last_heard_at
         )
         INSERT INTO silence (customer_id, id, site_id, system_id, call_id, began_at, last_heard_at)
         SELECT $1, named.id, quiet.site_id, quiet.id, $4, $5, quiet.last_heard_at
         FROM quiet JOIN unnest($2::uuid[], $3::uuid[]) AS named (system_id, id) ON named.system_id = quiet.id",
        customer,
        systems,
        &ids,
        call,
        now.to_sqlx() as _
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Another call has the silences of a call from now on.
pub async fn move_to(db: &mut PgConnection, customer: Uuid, from: Uuid, to: Uuid) -> Result<()> {
    sqlx::query!(
        "UPDATE silence SET call_id = $3 WHERE customer_id = $1 AND call_id = $2 AND ended_at IS NULL",
        customer,
        from,
        to
    )
    .execute(db)
    .await?;
    Ok(())
}

/// These are over. Whoever was not heard itself has all its time from now on.
pub async fn end(
    db: &mut PgConnection,
    customer: Uuid,
    silences: &[Uuid],
    heard: &[Uuid],
    now: Timestamp,
) -> Result<()> {
    sqlx::query!(
        "WITH over AS (
             UPDATE silence SET ended_at = $4 WHERE customer_id = $1 AND id = ANY ($2) RETURNING system_id
         )
         UPDATE system SET silence_check_at = $4::timestamptz + make_interval(mins => 2 * heartbeat_minutes),
                           expected_since = CASE WHEN system.id = ANY ($3) THEN expected_since ELSE $4 END
         WHERE customer_id = $1 AND id IN (SELECT system_id FROM over)",
        customer,
        silences,
        heard,
        now.to_sqlx() as _
    )
    .execute(db)
    .await?;
    Ok(())
}

/// How often a system is expected from now on; none expects nothing. Whoever is silent stays so until somebody ends it.
pub async fn expect(
    db: &mut PgConnection,
    customer: Uuid,
    system: Uuid,
    minutes: Option<i32>,
    now: Timestamp,
) -> Result<()> {
    sqlx::query!(
        "UPDATE system SET heartbeat_minutes = $3,
                           expected_since = CASE WHEN silence_check_at = 'infinity' THEN expected_since ELSE $4 END,
                           silence_check_at = CASE WHEN silence_check_at = 'infinity' THEN silence_check_at
                               ELSE $4::timestamptz + make_interval(mins => 2 * $3::integer) END
         WHERE customer_id = $1 AND id = $2",
        customer,
        system,
        minutes,
        now.to_sqlx() as _
    )
    .execute(db)
    .await?;
    Ok(())
}

/// How many systems are known to be silent.
pub async fn count(db: impl PgExecutor<'_>, scope: &Scope) -> Result<i64> {
    let count = sqlx::query_scalar!(
        r#"SELECT count(*) AS "count!" FROM silence
           WHERE ended_at IS NULL AND in_scope(customer_id, site_id, 'infinity', $1)"#,
        scope.json() as _
    )
    .fetch_one(db)
    .await?;
    Ok(count)
}
