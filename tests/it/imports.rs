//! Whole logs of other desks, counted here once more from the file with nothing but a CSV reader.
mod counted;
mod odd;
mod whole;

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use indicatif::ProgressBar;
use meridian::{
    clock::Clock,
    migrate_in::{Kind, Report, run},
    store::Store,
};
use sqlx::PgPool;

const ROME: Option<&str> = Some("Europe/Rome");

/// A call as its log has it: rows, changes of team, last status.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Tally {
    rows: i64,
    queue_changes: i64,
    status: String,
}

type Tallies = BTreeMap<String, Tally>;

/// The log, or a word on why the test has nothing to do.
fn log(name: &str) -> Option<PathBuf> {
    let path = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/data/incidents")).join(name);
    if path.exists() {
        return Some(path);
    }
    eprintln!("skipped: {} is not here", path.display());
    None
}

async fn import(db: &PgPool, kind: Kind, file: &Path, zone: Option<&str>) -> meridian::error::Result<Report> {
    let store = Store::from_pool(db.clone());
    let clock = Clock::held_at("2026-11-23T12:00:00Z".parse().unwrap());
    run(&store, &clock, kind, file, zone, &ProgressBar::hidden()).await
}

/// What the store holds of an import, call by call.
async fn stored(db: &PgPool) -> Tallies {
    let rows = sqlx::query!(
        r#"SELECT call.external_number AS "number!", call.status, call.version,
                  (call.state ->> 'queue_changes')::bigint AS "queue_changes!", count(history.seq) AS "rows!"
           FROM call LEFT JOIN history ON history.customer_id = call.customer_id AND history.call_id = call.id
           GROUP BY call.customer_id, call.id"#
    )
    .fetch_all(db)
    .await
    .unwrap();
    rows.into_iter()
        .map(|row| {
            assert_eq!(i64::from(row.version), row.rows, "{}", row.number);
            (row.number, Tally { rows: row.rows, queue_changes: row.queue_changes, status: row.status })
        })
        .collect()
}

/// How many rows every table that an import writes has.
async fn row_counts(db: &PgPool) -> Vec<i64> {
    let counts = sqlx::query!(
        r#"SELECT (SELECT count(*) FROM account) AS "account!", (SELECT count(*) FROM site) AS "site!",
                  (SELECT count(*) FROM system) AS "system!", (SELECT count(*) FROM queue) AS "queue!",
                  (SELECT count(*) FROM call) AS "call!", (SELECT count(*) FROM history) AS "history!",
                  (SELECT count(*) FROM call_number) AS "number!", (SELECT count(*) FROM outbox) AS "outbox!",
                  (SELECT count(*) FROM import) AS "import!", (SELECT count(*) FROM import_oddity) AS "oddity!""#
    )
    .fetch_one(db)
    .await
    .unwrap();
    vec![
        counts.account,
        counts.site,
        counts.system,
        counts.queue,
        counts.call,
        counts.history,
        counts.number,
        counts.outbox,
        counts.import,
        counts.oddity,
    ]
}
