//! Whoever sweeps, and however often: each call moves once, and each desk is told once.

use std::time::Duration;

use jiff::SignedDuration;
use meridian::{actions, app::App, clock::Clock, config::Config, store::Store};
use sqlx::{Executor, PgPool, Row};

use super::{EVENING, of, world};
use crate::{faults::eventually, support::TestApp};

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn two_nodes_that_sweep_at_once_hand_over_once(db: PgPool) {
    let world = world(EVENING, db).await;
    for nth in 0..4 {
        world.claire.file(&format!("FT-4400-221{nth}"), "1", &format!("Enclosure {nth} offline")).await;
    }
    world.portal.app.clock.advance(SignedDuration::from_mins(31));
    let node = async || {
        let store = Store::connect((*world.portal.pool.connect_options()).clone(), 2).await.unwrap();
        App::new(store, Clock::held_at(world.portal.now()), Config::default()).await.unwrap()
    };
    let (one, other) = (node().await, node().await);

    let (a, b) = tokio::join!(actions::hand_over_at_close(&one), actions::hand_over_at_close(&other));
    let told = tokio::join!(actions::tell_of_handovers(&one), actions::tell_of_handovers(&other));

    assert_eq!(a.unwrap() + b.unwrap(), 4);
    told.0.unwrap();
    told.1.unwrap();
    let count = async |sql: &'static str| world.portal.pool.fetch_one(sql).await.unwrap().get::<i64, _>(0);
    assert_eq!(count("SELECT count(*) FROM handover").await, 4);
    assert_eq!(count("SELECT count(*) FROM history WHERE kind = 'hand_over'").await, 4);
    assert_eq!(count("SELECT count(*) FROM handover_notice").await, 1);
    assert_eq!(actions::hand_over_at_close(&one).await.unwrap(), 0);
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn the_sweep_walks_the_queues_that_closed_and_not_all_calls(db: PgPool) {
    let world = world(EVENING, db).await;
    world.claire.file("FT-4400-2210", "1", "Both enclosures offline").await;
    let many = "INSERT INTO call SELECT (jsonb_populate_record(call, jsonb_build_object('id', gen_random_uuid(),
                    'number', n, 'queue', CASE n % 4 WHEN 0 THEN 'emea-os' ELSE 'amer-os' END, 'severity', 1 + n % 4,
                    'status', CASE WHEN n % 50 = 0 THEN 'open' ELSE 'closed' END))).*
                FROM call, generate_series(1, 20000) n";
    world.portal.pool.execute(many).await.unwrap();
    world.portal.pool.execute("ANALYZE call").await.unwrap();

    let sweep = "EXPLAIN SELECT customer_id, id FROM call
         WHERE queue = ANY (ARRAY['emea-os', 'duty']) AND severity <= 2
           AND status IN ('new', 'open', 'awaiting_customer', 'on_hold')
         ORDER BY severity, due_at, number LIMIT 100";
    let plan = world.portal.pool.fetch_all(sweep).await.unwrap();
    let plan: Vec<String> = plan.iter().map(|row| row.get(0)).collect();
    assert!(plan.iter().any(|step| step.contains("Index Cond") && step.contains("queue = ANY")), "{plan:#?}");
    assert!(!plan.join(" ").contains("Seq Scan"), "{plan:#?}");
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn each_queue_hears_once_of_a_boundary_and_duty_of_what_nobody_took(db: PgPool) {
    let portal = TestApp::at(EVENING, db).await;
    let acme = portal.customer("Acme Rail", "LYON-2", "Europe/Paris", "EMEA").await;
    let claire = portal.person(acme.customer, "Claire Dubois", "customer").await;
    let (adam, ilse) =
        (of(&portal, "Adam Stone", "engineer", "AMER").await, of(&portal, "Ilse", "engineer", "EMEA").await);
    let dora = portal.staff("Dora Day", "duty_manager").await;
    for nth in 0..3 {
        portal.system(acme, &format!("FT-4400-221{nth}"), &format!("rail-core-{nth}")).await;
        claire.file(&format!("FT-4400-221{nth}"), "1", &format!("Enclosure {nth} offline")).await;
    }
    let told = async |person: &crate::support::Person, words: &str| {
        let seen = async || person.get("/notifications").await.body.matches(words).count();
        let heard = async || (seen().await > 0).then_some(());
        eventually(words, Duration::from_secs(20), heard).await;
        assert_eq!(seen().await, 1, "{words}");
    };

    portal.app.clock.advance(SignedDuration::from_mins(31));
    told(&adam, "3 calls for AMER hardware from EMEA, first promise due").await;
    portal.app.clock.advance(SignedDuration::from_mins(16));
    told(&dora, "AMER hardware has not accepted 3 of 3 calls").await;

    assert!(!ilse.get("/notifications").await.body.contains("AMER hardware"), "who has gone home is told nothing");
    assert!(!claire.get("/notifications").await.body.contains("AMER hardware"));
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn what_duty_keeps_is_only_looked_at(db: PgPool) {
    let world = world(EVENING, db).await;
    let down = world.claire.file("FT-4400-2210", "1", "Both enclosures offline").await;
    world.ilse.post(&format!("/calls/{down}/handover"), &[("queue", "duty"), ("reason", "Talk to their board.")]).await;
    assert_eq!(world.queue(&down).await, "duty");
    // Whoever locks a row leaves the mark of its transaction on it.
    let mark = async || -> String { world.portal.pool.fetch_one("SELECT xmax::text FROM call").await.unwrap().get(0) };
    let before = mark().await;

    assert_eq!(actions::hand_over_at_close(&world.portal.app).await.unwrap(), 0);

    assert_eq!(mark().await, before, "a call that stays was locked");
}

/// A call of a site whose zone is none can't be moved by anybody.
const BROKEN: &str = "
    INSERT INTO site SELECT (jsonb_populate_record(site, '{\"id\": \"018f0000-0000-7000-8000-000000000001\",
                             \"site_code\": \"MOON-1\", \"time_zone\": \"Moon/Tycho\"}')).* FROM site LIMIT 1;
    INSERT INTO call SELECT (jsonb_populate_record(call, jsonb_build_object('id', gen_random_uuid(), 'number', n,
        'site_id', '018f0000-0000-7000-8000-000000000001', 'accept_by', accept_by - interval '1 hour',
        'last_customer_word_at', last_customer_word_at - interval '1 hour'))).*
    FROM call, generate_series(1, 120) n";

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn calls_that_cant_be_moved_hold_up_no_other(db: PgPool) {
    let portal = TestApp::with(Clock::held_at("2026-11-25T10:00:00Z".parse().unwrap()), db, false).await;
    let acme = portal.customer("Acme Rail", "LYON-2", "Europe/Paris", "EMEA").await;
    portal.system(acme, "FT-4400-2210", "rail-core").await;
    portal.partner("Rhone Systemes", acme, true).await;
    let claire = portal.person(acme.customer, "Claire Dubois", "customer").await;
    let ilse = of(&portal, "Ilse Kessler", "engineer", "EMEA").await;
    let call = claire.file("FT-4400-2210", "3", "Rather slow").await;
    assert_eq!(ilse.api("GET", &format!("/calls/{call}"), None).await.json()["partner_review"], true);
    portal.pool.execute(BROKEN).await.unwrap();

    portal.app.clock.advance(SignedDuration::from_mins(31));
    assert_eq!(actions::overdue_review(&portal.app).await.unwrap(), 1);

    let ask = [("body", "Which slot?")];
    ilse.post(&format!("/calls/{call}/assignment"), &[("assignee", "me")]).await;
    ilse.post(&format!("/calls/{call}/question"), &ask).await;
    portal.pool.execute("DELETE FROM call WHERE in_review").await.unwrap();
    portal.pool.execute(BROKEN.split(';').nth(1).unwrap()).await.unwrap();
    portal.app.clock.advance(SignedDuration::from_hours(24 * 6));
    assert_eq!(actions::remind_customer(&portal.app).await.unwrap(), 1);
    portal.app.clock.advance(SignedDuration::from_hours(24 * 6));
    portal
        .pool
        .execute("UPDATE call SET reminded_at = now() - interval '10 years' WHERE reminded_at IS NULL")
        .await
        .unwrap();
    assert_eq!(actions::close_silent_call(&portal.app).await.unwrap(), 1);
}
