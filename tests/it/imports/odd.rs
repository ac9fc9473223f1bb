use std::{collections::BTreeMap, path::PathBuf};

use meridian::{
    domain::access::Scope,
    migrate_in::{Kind, Odd},
    store::{calls, imports},
};
use sqlx::PgPool;
use tempfile::TempDir;

use super::{ROME, import, row_counts, stored};

const BPI_HEADER: &str = "sr_number,event_index,change_time,status,sub_status,st_function_div,org_line,support_team,\
                          st_country,impact,product,owner_country,owner_first_name";

fn file(name: &str, content: &[u8]) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    std::fs::write(&path, content).unwrap();
    (folder, path)
}

/// A log of two calls, with everything wrong that a row can have.
fn odd_log() -> Vec<u8> {
    let rows: [&[u8]; 11] = [
        b"1-1,0,2012-05-01T10:00:00.000+02:00,Queued,Awaiting Assignment,A,Org line C,V5 3rd,0,Medium,PROD1,0,Ann",
        b"1-2,0,2012-05-01T10:00:00.000+02:00,Accepted,In Progress,A,Org line C,G1,SE,Low,PROD2,Sweden,Bo",
        b"1-1,2,2012-05-01T12:00:00.000+02:00,Accepted,Sleeping,A,Org line C,V5-3rd,0,Medium,PROD1,0,Ann",
        b"1-1,1,2012-05-01T11:00:00.000+02:00,Queued,Awaiting Assignment,A,Org line C,V5 3rd,0,Medium,PROD1,0,Ann",
        b"1-2,1,yesterday,Accepted,Wait,A,Org line C,G1,se,Low,PROD2,Sweden,Bo",
        b"1-2,2,2012-05-02T10:00:00.000+02:00,Accepted,Wait - User,A,Org line C,G1,se,Awful,PROD2,Sweden,Bo",
        b",3,2012-05-02T11:00:00.000+02:00,Accepted,In Progress,A,Org line C,G1,se,Low,PROD2,Sweden,Bo",
        b"1-3",
        b"1-2,3,2012-05-02T12:00:00.000+02:00,Completed,In Call,A,Org line C,G2",
        b"1-2,4,2012-05-02T13:00:00.000+02:00,Completed,Closed,A,Org line C,G2,se,Low,PROD2,Sweden,Bo,more",
        b"1-2,5,2012-05-02T14:00:00.000+02:00,Accepted,In Progress,A,Org\0 line C,G2,se,Low,PROD2,Sweden,J\xF6rg",
    ];
    [BPI_HEADER.as_bytes(), b"\n", &rows.join(&b'\n'), b"\n"].concat()
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn odd_rows_are_kept_told_and_still_history(db: PgPool) {
    let (_folder, log) = file("odd.csv", &odd_log());

    let report = import(&db, Kind::Bpi2013, &log, None).await.unwrap();

    let counted = |odd: Odd| report.oddities.get(odd.words()).copied().unwrap_or_default();
    assert_eq!((report.rows, report.calls, report.history_rows), (11, 2, 9));
    assert_eq!(counted(Odd::UnknownStatus), 2, "a sleeping call, and a row that is only a number");
    assert_eq!((counted(Odd::NoNumber), counted(Odd::SaysNothing)), (1, 1));
    assert_eq!((counted(Odd::ShortRow), counted(Odd::LongRow)), (2, 1));
    assert_eq!((counted(Odd::Nul), counted(Odd::NotUtf8), counted(Odd::UnknownCountry)), (1, 1, 1));
    let list = imports::list(&db).await.unwrap();
    let kept = imports::oddities(&db, list[0].id, 100).await.unwrap();
    assert_eq!(kept.len() as u64, report.oddities.values().sum::<u64>());
    assert_eq!(list[0].oddities, i64::try_from(kept.len()).unwrap());
    let unreadable = kept.iter().find(|row| row.what == Odd::UnreadableTime.words()).unwrap();
    assert_eq!((unreadable.line, &unreadable.row_text[..15]), (6, "1-2,1,yesterday"));
    let latin = kept.iter().find(|row| row.what == Odd::NotUtf8.words()).unwrap();
    assert!(latin.row_text.ends_with("J\\xf6rg"), "{}", latin.row_text);
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn rows_stand_in_the_order_of_their_time_and_teams_are_told_apart_to_the_letter(db: PgPool) {
    let (_folder, log) = file("odd.csv", &odd_log());

    import(&db, Kind::Bpi2013, &log, None).await.unwrap();

    let calls = stored(&db).await;
    assert_eq!((calls["1-1"].rows, calls["1-1"].queue_changes, calls["1-1"].status.as_str()), (3, 1, "open"));
    assert_eq!((calls["1-2"].rows, calls["1-2"].queue_changes, calls["1-2"].status.as_str()), (6, 1, "open"));
    let statuses = sqlx::query!(
        "SELECT seq, h.status FROM history h JOIN call ON call.id = call_id ORDER BY external_number, seq"
    );
    let statuses: Vec<String> = statuses.fetch_all(&db).await.unwrap().into_iter().map(|row| row.status).collect();
    let expected = ["new", "open", "open", "open", "on_hold", "awaiting_customer", "resolved", "closed", "open"];
    assert_eq!(statuses, expected);
    let scope = Scope::everything();
    let number = calls::by_external_number(&db, &scope, "1-2").await.unwrap().unwrap();
    let back = calls::find(&db, &scope, number).await.unwrap();
    assert_eq!((back.call.reopen_count, back.call.ended_at, back.call.due), (1, None, None));
    assert_eq!((back.place.time_zone.as_str(), back.place.queue_name.as_str()), ("Europe/Stockholm", "G2"));
    assert_eq!(
        (back.call.title.as_str(), back.place.import_file.as_deref()),
        ("PROD2 incident, Org line C", Some("odd.csv"))
    );
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn the_same_file_packed_is_the_same_file(db: PgPool) {
    let (_folder, plain) = file("odd.csv", &odd_log());
    let (_packed_folder, packed) = file("another name", &zstd::encode_all(odd_log().as_slice(), 3).unwrap());
    import(&db, Kind::Bpi2013, &plain, None).await.unwrap();
    let before = row_counts(&db).await;

    let report = import(&db, Kind::Bpi2013, &packed, None).await.unwrap();

    assert!(report.already_imported && report.to_string().starts_with("This file is imported already"), "{report}");
    assert_eq!(row_counts(&db).await, before);
}

const LOCAL: &str = "number,incident_state,sys_updated_at,priority,assignment_group,location\n\
                     INC1,New,27/3/2016 02:30,3 - Moderate,?,Location 1\n\
                     INC1,Active,27/3/2016 03:10,3 - Moderate,Group 1,Location 1\n\
                     INC1,-100,30/10/2016 02:30,3 - Moderate,Group 1,Location 1\n";

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn local_times_are_read_in_the_zone_that_was_said(db: PgPool) {
    let (_folder, log) = file("inc.csv", LOCAL.as_bytes());

    let without = import(&db, Kind::Uci498, &log, None).await.unwrap_err();
    let nowhere = import(&db, Kind::Uci498, &log, Some("Europe/Atlantis")).await.unwrap_err();
    let report = import(&db, Kind::Uci498, &log, ROME).await.unwrap();

    assert!(without.to_string().contains("--zone"), "{without}");
    assert!(nowhere.to_string().contains("Europe/Atlantis"), "{nowhere}");
    let odd = [Odd::SkippedTime, Odd::DoubledTime, Odd::UnknownStatus].map(|odd| (odd.words().to_owned(), 1));
    assert_eq!(report.oddities, BTreeMap::from(odd));
    let times = sqlx::query_scalar!("SELECT occurred_at FROM history ORDER BY seq").fetch_all(&db).await.unwrap();
    let times: Vec<String> = times.into_iter().map(|at| at.to_jiff().to_string()).collect();
    assert_eq!(times, ["2016-03-27T01:30:00Z", "2016-03-27T01:10:00Z", "2016-10-30T00:30:00Z"]);
    assert_eq!(stored(&db).await["INC1"].queue_changes, 1);
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn what_was_begun_in_one_zone_is_not_finished_in_another(db: PgPool) {
    let (_folder, log) = file("inc.csv", LOCAL.as_bytes());
    import(&db, Kind::Uci498, &log, ROME).await.unwrap();
    sqlx::query!("UPDATE import SET finished_at = NULL").execute(&db).await.unwrap();
    let before = row_counts(&db).await;

    let elsewhere = import(&db, Kind::Uci498, &log, Some("Asia/Tokyo")).await.unwrap_err();
    let finished = import(&db, Kind::Uci498, &log, ROME).await.unwrap();

    assert!(elsewhere.to_string().contains("begun with --zone Europe/Rome"), "{elsewhere}");
    assert!(!finished.already_imported);
    assert_eq!(row_counts(&db).await, before);
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn two_runs_at_once_are_one_import(db: PgPool) {
    let (_folder, log) = file("odd.csv", &odd_log());
    let one = || import(&db, Kind::Bpi2013, &log, None);

    let (first, second, third) = tokio::join!(one(), one(), one());

    assert_eq!(first.unwrap().calls + second.unwrap().calls + third.unwrap().calls, 6);
    assert_eq!(stored(&db).await.len(), 2);
    assert_eq!(imports::list(&db).await.unwrap().len(), 1);
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn a_file_that_is_no_such_log_is_refused_and_leaves_nothing(db: PgPool) {
    let before = row_counts(&db).await;
    let cut = b"<log><trace><string key=\"concept:name\" value=\"1-1\"/><event>".as_slice();
    for content in
        [b"".as_slice(), b"a,b\n1,2\n", BPI_HEADER.as_bytes(), cut, b"<html><p></html>", b"\x28\xB5\x2F\xFDxx"]
    {
        let (_folder, log) = file("some.csv", content);

        let refusal = import(&db, Kind::Bpi2013, &log, None).await.unwrap_err();

        assert!(matches!(refusal, meridian::error::Error::Command(_)), "{refusal:?}");
        assert_eq!(row_counts(&db).await, before);
    }
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn a_quote_that_nobody_closed_swallows_no_other_row(db: PgPool) {
    let row = |hour: u8, product: &str| {
        format!("1-{hour},0,2012-05-01T1{hour}:00:00Z,Accepted,In Progress,A,B,C,se,Low,{product},Sweden,Bo\n")
    };
    let content = [format!("{BPI_HEADER}\n"), row(1, "\"P, 1\""), row(2, "\"P2"), row(3, "P3"), row(4, "P4")].concat();
    let (_folder, log) = file("quote.csv", content.as_bytes());

    let report = import(&db, Kind::Bpi2013, &log, None).await.unwrap();

    assert_eq!((report.rows, report.calls, report.systems), (4, 4, 4));
    let list = imports::list(&db).await.unwrap();
    let kept = imports::oddities(&db, list[0].id, 100).await.unwrap();
    let lines: Vec<i64> = kept.iter().map(|row| row.line).collect();
    assert_eq!(lines, [3, 4, 5]);
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn words_too_long_for_an_index_do_not_stop_an_import(db: PgPool) {
    let long = "x".repeat(5_000);
    let content = format!(
        "{BPI_HEADER}\n1-1,0,2012-05-01T10:00:00Z,Accepted,In Progress,A,{long},{long},{long},Low,{long},Sweden,Bo\n\
         {long},0,2012-05-01T10:00:00Z,Accepted,In Progress,A,B,C,se,Low,P,Sweden,Bo\n"
    );
    let (_folder, log) = file("long.csv", content.as_bytes());

    let report = import(&db, Kind::Bpi2013, &log, None).await.unwrap();

    assert_eq!((report.calls, report.oddities.get(Odd::NoNumber.words())), (1, Some(&1)));
}
