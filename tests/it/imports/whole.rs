use std::time::Duration;

use meridian::{
    domain::{
        access::Scope,
        call::{Call, Identity},
        number::CallNumber,
    },
    migrate_in::{Kind, Report},
    store::{calls, history},
};
use sqlx::PgPool;

use super::{
    ROME, Tallies,
    counted::{self, BPI2013, UCI498},
    import, log, row_counts, stored,
};

const BPI_CSV: &str = "bpi2013_incidents.csv.zst";
const BPI_XES: &str = "bpi2013_incidents.xes.zst";
const UCI_CSV: &str = "uci498_servicenow_incident_event_log.csv.zst";

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn every_call_of_the_volvo_table_stands_as_in_the_file(db: PgPool) {
    let Some(file) = log(BPI_CSV) else { return };

    let report = import(&db, Kind::Bpi2013, &file, None).await.unwrap();

    println!("{report}");
    agree(&db, &counted::count(&file, &BPI2013), &report).await;
    assert_eq!((report.calls, report.history_rows), (5_355, 46_710));
    history_folds_into_the_row(&db).await;
    a_second_run_changes_nothing(&db, Kind::Bpi2013, BPI_CSV, None, &report).await;
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn the_volvo_events_make_the_same_calls_as_the_table(db: PgPool) {
    let (Some(events), Some(table)) = (log(BPI_XES), log(BPI_CSV)) else { return };

    let report = import(&db, Kind::Bpi2013, &events, None).await.unwrap();

    println!("{report}");
    agree(&db, &counted::count(&table, &BPI2013), &report).await;
    a_second_run_changes_nothing(&db, Kind::Bpi2013, BPI_XES, None, &report).await;
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn every_call_of_the_servicenow_log_stands_as_in_the_file(db: PgPool) {
    let Some(file) = log(UCI_CSV) else { return };

    let report = import(&db, Kind::Uci498, &file, ROME).await.unwrap();

    println!("{report}");
    agree(&db, &counted::count(&file, &UCI498), &report).await;
    assert_eq!((report.calls, report.history_rows), (17_350, 98_824));
    history_folds_into_the_row(&db).await;
    a_second_run_changes_nothing(&db, Kind::Uci498, UCI_CSV, ROME, &report).await;
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn a_run_that_was_cut_short_is_simply_run_again(db: PgPool) {
    let Some(file) = log(BPI_CSV) else { return };
    let first = tokio::spawn({
        let (db, file) = (db.clone(), file.clone());
        async move { import(&db, Kind::Bpi2013, &file, None).await }
    });
    while stored(&db).await.len() < 500 {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    first.abort();
    assert!(first.await.unwrap_err().is_cancelled());
    let half = stored(&db).await.len();
    assert!((500..5_355).contains(&half), "{half} calls came in before the end");

    let report = import(&db, Kind::Bpi2013, &file, None).await.unwrap();

    assert!(!report.already_imported);
    agree(&db, &counted::count(&file, &BPI2013), &report).await;
    a_second_run_changes_nothing(&db, Kind::Bpi2013, BPI_CSV, None, &report).await;
}

/// The store, the report and the file say the same of every call.
async fn agree(db: &PgPool, counted: &Tallies, report: &Report) {
    let stored = stored(db).await;
    for (number, tally) in counted {
        assert_eq!(stored.get(number), Some(tally), "{number}");
    }
    assert_eq!(stored.len(), counted.len());
    let sum = |of: fn(&super::Tally) -> i64| u64::try_from(counted.values().map(of).sum::<i64>()).unwrap();
    assert_eq!(report.calls, counted.len() as u64);
    assert_eq!(report.history_rows, sum(|tally| tally.rows));
    assert_eq!(report.queue_changes, sum(|tally| tally.queue_changes));
    for (status, calls) in &report.statuses {
        assert_eq!(*calls, counted.values().filter(|tally| tally.status == *status).count() as u64, "{status}");
    }
}

async fn a_second_run_changes_nothing(db: &PgPool, kind: Kind, file: &str, zone: Option<&str>, report: &Report) {
    let before = row_counts(db).await;
    let again = import(db, kind, &log(file).unwrap(), zone).await.unwrap();
    assert_eq!(again, Report { already_imported: true, ..report.clone() });
    assert_eq!(row_counts(db).await, before);
}

/// A sample of calls, each built once more from its lines.
async fn history_folds_into_the_row(db: &PgPool) {
    let scope = Scope::everything();
    let numbers = sqlx::query_scalar!("SELECT number FROM call ORDER BY md5(number::text) LIMIT 600");
    for number in numbers.fetch_all(db).await.unwrap() {
        let call = calls::find(db, &scope, CallNumber::from_serial(number)).await.unwrap().call;
        let told = history::of_call(db, &scope, call.customer_id, call.id).await.unwrap();
        let lines: Vec<_> = told.into_iter().map(|told| told.line).collect();
        let identity = Identity {
            customer_id: call.customer_id,
            id: call.id,
            number: call.number,
            site_id: call.site_id,
            system_id: call.system_id,
        };
        assert_eq!(Call::rebuild(identity, &lines), Some(call));
    }
}
