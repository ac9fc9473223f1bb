//! A store that was filled for a benchmark is one that people could have filled.

use std::collections::BTreeSet;

use meridian::{bench, demo::Size, domain::number::CallNumber, store::Store};
use sqlx::{Executor, PgPool, Row};

use crate::demo::{every_call, rebuilt};

/// Every key and index, by what makes it.
const SHAPE: &str = "
    SELECT conrelid::regclass || ' ' || conname || ' ' || pg_get_constraintdef(oid) FROM pg_constraint
    WHERE conrelid <> 0 AND contype IN ('p', 'u', 'f', 'c')
    UNION ALL SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY 1";

async fn texts(db: &PgPool, sql: &'static str) -> BTreeSet<String> {
    db.fetch_all(sql).await.unwrap().iter().map(|row| row.get(0)).collect()
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn a_store_of_many_calls_is_as_true_as_one_of_few(db: PgPool) {
    let before = texts(&db, SHAPE).await;
    let store = Store::from_pool(db.clone());
    let mut owner = db.acquire().await.unwrap();
    assert!(!bench::holds(&store, 1_500).await.unwrap());

    let seeded = bench::seed(&store, &mut owner, (&Size::small(), 1_500), |_: &str, _, _| {}).await.unwrap();

    assert!(seeded.calls >= 1_500 && seeded.history > 3 * seeded.calls, "{seeded:?}");
    assert!(bench::holds(&store, 1_500).await.unwrap() && !bench::holds(&store, 1_501).await.unwrap());
    assert_eq!(texts(&db, SHAPE).await, before, "nothing that was taken away stays away");
    let calls = every_call(&db).await;
    assert_eq!(u64::try_from(calls.len()).unwrap(), seeded.calls);
    for (call, lines) in &calls {
        assert_eq!(rebuilt(call, lines), *call, "{}", call.number);
        assert_eq!(call.number.to_string().parse(), Ok(call.number));
    }
    let numbers: BTreeSet<CallNumber> = calls.iter().map(|(call, _)| call.number).collect();
    assert_eq!(numbers.len(), calls.len());
    let count = async |sql: &'static str| db.fetch_one(sql).await.unwrap().get::<i64, _>(0);
    assert_eq!(count("SELECT count(*) FROM call_words").await, i64::try_from(calls.len()).unwrap());
    assert_eq!(count("SELECT count(*) FROM system").await % 48, 0);
    let next = count("SELECT nextval('call_number_seq')").await;
    assert!(numbers.iter().all(|number| number.serial() < next), "new calls have numbers of their own");
    let again = bench::seed(&store, &mut owner, (&Size::small(), 10), |_: &str, _, _| {}).await;
    assert!(again.unwrap_err().to_string().contains("holds something"));
}
