//! However much a store holds, a question looks at what has the words and not at the rest.

use sqlx::PgPool;

use super::found;
use crate::among_many::{fill, looked_at, looked_since, portal};

/// As if as many calls had been filed in ten years: one of fifty about a blower, one about a zanzibar.
const FILL: &str = "
    INSERT INTO system SELECT (jsonb_populate_record(NULL::system, to_jsonb(system) || jsonb_build_object(
        'id', md5('system' || n)::uuid, 'serial', 'FT-C-' || n, 'nickname', 'copy-' || n))).*
        FROM system, generate_series(1, 5000) n;
    INSERT INTO call SELECT (jsonb_populate_record(NULL::call, to_jsonb(call) || jsonb_build_object(
        'id', md5('call' || n)::uuid, 'number', 9000000 + n, 'system_id', md5('system' || n)::uuid,
        'opened_at', '2016-01-01T00:00:00Z'::timestamptz + n * interval '16 hours'))).*
        FROM call, generate_series(1, 5000) n;
    INSERT INTO call_number SELECT number, customer_id, id FROM call ON CONFLICT DO NOTHING;
    INSERT INTO call_words (customer_id, call_id, site_id, opened_at, words)
        SELECT customer_id, id, site_id, opened_at, format('''@c%s'' ''@w%s'' %s',
            replace(customer_id::text, '-', ''), floor(extract(epoch FROM opened_at) / 604800)::int,
            CASE WHEN number = 9002500 THEN 'zanzibar:1B' WHEN number % 50 = 0 THEN 'blower:1B'
                 ELSE 'fan:1B w' || number END)::tsvector
        FROM call WHERE number > 9000000";
const COPIES: i64 = 5_000;

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn a_question_looks_at_no_more_than_what_has_the_words(db: PgPool) {
    let portal = portal(&db).await;
    let acme = portal.customer("Acme Rail", "LYON-2", "Europe/Paris", "EMEA").await;
    portal.system(acme, "FT-4400-2210", "rail-core-a").await;
    let claire = portal.person(acme.customer, "Claire Dubois", "customer").await;
    let ilse = portal.staff("Ilse Kessler", "engineer").await;
    claire.file("FT-4400-2210", "3", "It rattles").await;
    portal.gathered().await;
    fill(&db, FILL).await;
    let before = looked_at(&db).await;

    for person in [&claire, &ilse] {
        for question in
            ["zanzibar", "zanzi*", "fan zanzibar", "w9000017", "zanzibar sev:3", "FT-C-17 zanzibar", "copy-3"]
        {
            found(person, question).await;
            let page = person.get(&format!("/search?q={}", question.replace(' ', "+"))).await;
            assert!(page.status.is_success() || page.status.is_redirection(), "{question}: {}", page.body);
        }
    }
    let looked = looked_since(&db, portal, &before).await;

    assert!(looked["call_words"] > 0, "what was looked at is told");
    // Of what begins alike a few hundred are looked at, in a row.
    let searched: Vec<_> = looked.iter().filter(|(_, rows)| **rows > COPIES / 4).collect();
    assert!(searched.is_empty(), "rows looked at: {searched:?}");
}
