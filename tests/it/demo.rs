//! The made-up world, in small: as believable as it is reproducible, and true to the portal's own rules.
use std::{collections::BTreeMap, time::Duration};

use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use meridian::{
    actions,
    app::App,
    clock::Clock,
    config::Config,
    demo::{self, Generator, Printed, Profile, Size},
    domain::{
        access::Scope,
        call::{Call, Identity, Line},
        number::CallNumber,
    },
    error::Error,
    store::{Store, calls, history},
};
use sqlx::{PgPool, Row};
use tokio_util::sync::CancellationToken;

/// A Monday on which all of Europe is at work.
const NOW: &str = "2026-11-23T14:33:00Z";
const SEED: u64 = 417;

fn now() -> Timestamp {
    NOW.parse().unwrap()
}

async fn populate(db: &PgPool) -> Printed {
    let store = Store::from_pool(db.clone());
    demo::populate(&store, now(), SEED, &Size::small(), |_: &str, _, _| {}).await.unwrap()
}

async fn number(db: &PgPool, sql: &'static str) -> i64 {
    sqlx::raw_sql(sql).fetch_one(db).await.unwrap().get(0)
}

async fn texts(db: &PgPool, sql: &'static str) -> Vec<String> {
    sqlx::raw_sql(sql).fetch_all(db).await.unwrap().iter().map(|row| row.get(0)).collect()
}

pub async fn every_call(db: &PgPool) -> Vec<(Call, Vec<Line>)> {
    let everything = Scope::everything();
    let mut all = Vec::new();
    for row in sqlx::raw_sql("SELECT number FROM call ORDER BY number").fetch_all(db).await.unwrap() {
        let call = calls::find(db, &everything, CallNumber::from_serial(row.get(0))).await.unwrap().call;
        let told = history::of_call(db, &everything, call.customer_id, call.id).await.unwrap();
        all.push((call, told.into_iter().map(|told| told.line).collect()));
    }
    all
}

pub fn rebuilt(call: &Call, lines: &[Line]) -> Call {
    let Call { customer_id, id, number, site_id, system_id, .. } = *call;
    Call::rebuild(Identity { customer_id, id, number, site_id, system_id }, lines).unwrap()
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn the_world_is_as_large_as_asked_and_holds_together(db: PgPool) {
    let printed = populate(&db).await;

    let size = Size::small();
    let counted = |n: usize| i64::try_from(n).unwrap();
    assert_eq!(number(&db, "SELECT count(*) FROM account WHERE kind = 'customer'").await, counted(size.customers));
    assert_eq!(number(&db, "SELECT count(*) FROM site").await, counted(size.sites));
    assert_eq!(number(&db, "SELECT count(*) FROM system").await, counted(size.systems));
    assert_eq!(number(&db, "SELECT count(*) FROM call").await, counted(size.calls));
    assert!(number(&db, "SELECT count(*) FROM alarm").await >= counted(size.alarms));
    assert_eq!(number(&db, "SELECT count(*) FROM person WHERE password_hash NOT LIKE '$argon2id$%'").await, 0);
    let told = "SELECT count(*) FROM outbox WHERE kind <> 'remote_access'";
    assert_eq!(number(&db, told).await, 0, "the past is told to nobody; who was asked to let somebody in hears of it");
    let astray = "SELECT concat_ws(' ', disposition, kind, code, call_id) FROM alarm
                  WHERE (disposition IN ('opened', 'folded', 'uncovered')) <> (call_id IS NOT NULL)
                    AND disposition <> 'cleared'";
    assert_eq!(texts(&db, astray).await, Vec::<String>::new());
    for zone in texts(&db, "SELECT DISTINCT time_zone FROM site").await {
        assert!(TimeZone::get(&zone).is_ok(), "{zone}");
    }
    let lines = printed.to_string();
    for kind in ["login", "token", "device", "gateway"] {
        assert!(lines.lines().any(|line| line.starts_with(&format!("{kind} "))), "{lines}");
    }
    assert_eq!(lines.lines().filter(|line| line.starts_with("device FT-")).count(), 10, "{lines}");
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn every_call_is_what_its_history_says(db: PgPool) {
    populate(&db).await;

    for (call, lines) in every_call(&db).await {
        assert_eq!(rebuilt(&call, &lines), call, "{lines:#?}");
        assert!(lines.is_sorted_by_key(|line| line.occurred_at), "{}", call.number);
        assert!(lines.iter().all(|line| line.occurred_at <= now()), "{}", call.number);
    }
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn every_open_call_waits_in_one_queue_that_exists(db: PgPool) {
    populate(&db).await;

    let open = "status IN ('new', 'open', 'awaiting_customer', 'on_hold')";
    let lost = format!("SELECT count(*) FROM call WHERE {open} AND queue NOT IN (SELECT slug FROM queue)");
    assert_eq!(number(&db, Box::leak(lost.into_boxed_str())).await, 0);
    let kinds = texts(&db, "SELECT DISTINCT status FROM call ORDER BY 1").await;
    assert!(kinds.len() >= 6, "{kinds:?}");
    let severities = format!("SELECT count(DISTINCT severity) FROM call WHERE {open}");
    assert_eq!(number(&db, Box::leak(severities.into_boxed_str())).await, 4);
    assert!(number(&db, "SELECT count(*) FROM call WHERE in_review").await > 0);
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn redundancy_follows_from_the_faults_that_stand(db: PgPool) {
    populate(&db).await;

    let odd = "SELECT count(*) FROM system WHERE redundancy <> coalesce(
                   (SELECT min(redundancy) FROM fault WHERE system_id = system.id AND cleared_at IS NULL), 'duplex')";
    assert_eq!(number(&db, odd).await, 0);
    assert_eq!(number(&db, "SELECT count(*) FROM system WHERE redundancy = 'down'").await, 1);
    assert!(number(&db, "SELECT count(*) FROM system WHERE redundancy = 'simplex'").await > 0);
    let standing = "SELECT count(*) FROM fault JOIN call ON call.id = call_id
                    WHERE cleared_at IS NULL AND status IN ('closed', 'cancelled')";
    assert_eq!(number(&db, standing).await, 0);
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn calls_come_as_they_do_on_real_desks(db: PgPool) {
    populate(&db).await;

    let profile = Profile::read().unwrap();
    let mut filed = BTreeMap::new();
    let mut at_work = 0.0;
    let rows = sqlx::raw_sql(
        "SELECT (change ->> 'severity')::int, extract(epoch FROM occurred_at)::bigint, time_zone
         FROM history JOIN site ON site.id = site_id
         WHERE kind = 'file' AND occurred_at < '2026-11-15'",
    )
    .fetch_all(&db)
    .await
    .unwrap();
    for row in &rows {
        *filed.entry(row.get::<i32, _>(0)).or_insert(0.0) += 1.0;
        let at = Timestamp::from_second(row.get(1)).unwrap();
        let wall = TimeZone::get(row.get(2)).unwrap().to_datetime(at);
        at_work += f64::from(u8::from((8..18).contains(&wall.hour()) && wall.weekday().to_monday_zero_offset() < 5));
    }
    let all = f64::from(u32::try_from(rows.len()).unwrap());
    for (severity, share) in (1..).zip(profile.severities()) {
        let ours = filed.get(&severity).copied().unwrap_or(0.0) / all;
        assert!((ours - share).abs() < 0.08, "severity {severity}: {ours} instead of {share}");
    }
    let hours = profile.arrivals_by_day_and_hour;
    let expected: f64 =
        hours[..5].iter().flat_map(|day| &day[8..18]).sum::<f64>() / hours.iter().flatten().sum::<f64>();
    assert!((at_work / all - expected).abs() < 0.08, "{} instead of {expected}", at_work / all);
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn no_two_neighbours_read_the_same(db: PgPool) {
    populate(&db).await;

    let titles = texts(&db, "SELECT title FROM call ORDER BY opened_at, id").await;

    let same = titles.windows(2).filter(|pair| pair[0] == pair[1]).count();
    assert_eq!(same, 0);
    let mut stray = titles.iter().filter(|title| title.contains(['{', '}']));
    assert_eq!(stray.next(), None);
    let unfilled = "SELECT count(*) FROM history WHERE body LIKE '%{%'";
    assert_eq!(number(&db, unfilled).await, 0);
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn a_demo_store_is_used_as_it_is_and_prints_the_same(db: PgPool) {
    let printed = populate(&db).await;
    let titles = texts(&db, "SELECT title FROM call ORDER BY number").await;

    let store = Store::from_pool(db.clone());
    let again = demo::open(&store, now() + SignedDuration::from_hours(30), 9, |_: &str, _, _| {}).await.unwrap();

    assert_eq!(again, printed);
    assert_eq!(texts(&db, "SELECT title FROM call ORDER BY number").await, titles);
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn the_same_seed_tells_the_same_stories(db: PgPool) {
    let titles = "SELECT title || ' ' || status || ' ' || version FROM call ORDER BY number";
    let printed = populate(&db).await;
    let told = texts(&db, titles).await;
    let tables = "TRUNCATE account, person, session, api_token, site, system, contract, partner_relation,
                  device_credential, call_number, call, history, routing_decision, draft, alarm, way_home, fault,
                  words_due, call_words, redundancy_change, store_mark CASCADE;
                  ALTER SEQUENCE call_number_seq RESTART";
    sqlx::raw_sql(tables).execute(&db).await.unwrap();

    assert_eq!(populate(&db).await, printed);
    assert_eq!(texts(&db, titles).await, told);
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn a_store_of_real_work_is_refused(db: PgPool) {
    sqlx::raw_sql("INSERT INTO account VALUES (gen_random_uuid(), 'provider', 'A real house', 'real', now())")
        .execute(&db)
        .await
        .unwrap();

    let store = Store::from_pool(db.clone());
    let refused = demo::open(&store, now(), SEED, |_: &str, _, _| {}).await;

    let Err(Error::Command(sentence)) = refused else { panic!("{refused:?}") };
    assert!(sentence.contains("something else than a demo"), "{sentence}");
    assert_eq!(number(&db, "SELECT count(*) FROM account").await, 1);
}

async fn live(db: &PgPool) -> App {
    let config = Config { demo: true, ..Config::default() };
    App::new(Store::from_pool(db.clone()), Clock::held_at(now() + SignedDuration::from_mins(4)), config).await.unwrap()
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn the_live_demo_goes_on_where_the_past_ends(db: PgPool) {
    populate(&db).await;
    let app = live(&db).await;
    let (calls, lines, alarms) =
        ("SELECT count(*) FROM call", "SELECT count(*) FROM history", "SELECT count(*) FROM alarm");
    let before = (number(&db, calls).await, number(&db, lines).await, number(&db, alarms).await);

    let mut generator = Generator::begin(&app).await.unwrap();
    for _ in 0..60 {
        generator.step(&app).await.unwrap();
        app.clock.advance(SignedDuration::from_secs(40));
    }

    assert!(number(&db, calls).await > before.0);
    assert!(number(&db, lines).await > before.1 + 10);
    assert!(number(&db, alarms).await >= before.2 + 120);
    for (call, lines) in every_call(&db).await {
        assert_eq!(rebuilt(&call, &lines), call, "{lines:#?}");
    }
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn the_live_demo_survives_a_day_that_is_skipped(db: PgPool) {
    populate(&db).await;
    let app = live(&db).await;
    let mut generator = Generator::begin(&app).await.unwrap();
    let calls = number(&db, "SELECT count(*) FROM call").await;

    let moved = actions::move_clock(&app, SignedDuration::from_hours(24)).await.unwrap();
    let lines = number(&db, "SELECT count(*) FROM history").await;
    for _ in 0..40 {
        let _ = generator.step(&app).await;
    }

    assert!(moved > 0, "a day brought no handover");
    assert!(number(&db, "SELECT count(*) FROM history").await > lines + 5, "nobody does anything any more");
    assert!(number(&db, "SELECT count(*) FROM call").await < calls + 40, "a day of calls came at once");
    for (call, lines) in every_call(&db).await {
        assert_eq!(rebuilt(&call, &lines), call, "{}", call.number);
    }
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn the_live_demo_stops_when_told_and_outlives_a_store_that_is_away(db: PgPool) {
    populate(&db).await;
    let app = live(&db).await;
    let stop = CancellationToken::new();
    app.store.close().await;
    let running = tokio::spawn(demo::run_generator(app, stop.clone()));
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert!(!running.is_finished());

    stop.cancel();

    tokio::time::timeout(Duration::from_secs(5), running).await.unwrap().unwrap();
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn a_world_made_on_a_sunday_night_has_full_desks_too(db: PgPool) {
    let sunday: Timestamp = "2026-03-29T01:30:00Z".parse().unwrap();
    let store = Store::from_pool(db.clone());

    demo::populate(&store, sunday, 5, &Size::small(), |_: &str, _, _| {}).await.unwrap();

    assert_eq!(number(&db, "SELECT count(*) FROM call").await, 320);
    assert!(number(&db, "SELECT count(*) FROM call WHERE status NOT IN ('closed', 'cancelled')").await >= 28);
    assert_eq!(number(&db, "SELECT count(*) FROM system WHERE redundancy = 'down'").await, 1);
    assert!(number(&db, "SELECT count(*) FROM call WHERE in_review").await > 0);
}
