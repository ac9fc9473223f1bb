//! How available systems were, month by month, with the evidence of every minute and what people say against it.

use jiff::{SignedDuration, Timestamp};
use reqwest::StatusCode;
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::{
    among_many::{fill, looked_at, looked_since, portal},
    faults::change,
    person::Person,
    support::{MONDAY_AFTERNOON, Place, TestApp},
};

const SERIAL: &str = "FT-4400-2210";

struct World {
    portal: TestApp,
    lyon: Place,
    claire: Person,
    lena: Person,
    credential: String,
}

/// A system that is watched since it was installed, its customer, and a lead of the center.
async fn world(db: PgPool) -> World {
    let portal = TestApp::at(MONDAY_AFTERNOON, db).await;
    let lyon = portal.customer("Acme Rail", "LYON-2", "Europe/Paris", "EMEA").await;
    let system = portal.system(lyon, SERIAL, "rail-core-a").await;
    portal.system(lyon, "FT-4400-2211", "rail-core-b").await;
    let claire = portal.person(lyon.customer, "Claire Dubois", "customer").await;
    let lena = portal.staff("Lena Lead", "cac_lead").await;
    let credential = portal.credential(lyon, Some(system)).await;
    World { portal, lyon, claire, lena, credential }
}

impl World {
    fn wait(&self, minutes: i64) {
        self.portal.app.clock.advance(SignedDuration::from_mins(minutes));
    }

    async fn board(&self, id: &str, kind: &str) {
        let event = json!({"specversion": "1.0", "id": id, "source": format!("/systems/{SERIAL}"), "subject": "11/2",
            "type": format!("meridian.alarm.{kind}"), "data": {"code": "board-broken", "severity": "error",
            "summary": "Board 11/2 is broken", "state": "simplex"}});
        let page = self.portal.ingest("/ingest/alarms", &self.credential, event.to_string()).await;
        assert_eq!(page.status, StatusCode::ACCEPTED, "{}", page.body);
    }

    /// 30 minutes without redundancy; then well for 10; then down for 20 by a critical call.
    async fn go_through_a_bad_hour(&self) -> String {
        self.board("1", "raised").await;
        self.wait(30);
        self.board("2", "cleared").await;
        self.wait(10);
        let number = self.claire.file(SERIAL, "1", "Trading floor is dark").await;
        let seen = self.lena.post(&format!("/calls/{number}/acknowledgement"), &[]).await;
        assert_eq!(seen.status, StatusCode::SEE_OTHER, "{}", seen.body);
        self.wait(20);
        let restored = self.lena.post(&format!("/calls/{number}/restoration"), &[("body", "It is back.")]).await;
        assert_eq!(restored.status, StatusCode::SEE_OTHER, "{}", restored.body);
        self.wait(40);
        number
    }
}

async fn report(person: &Person, asked: &str) -> Value {
    let page = person.api("GET", asked, None).await;
    assert_eq!(page.status, StatusCode::OK, "{asked}: {}", page.body);
    page.json()
}

fn instant(value: &Value) -> Timestamp {
    value.as_str().unwrap().parse().unwrap()
}

const OF_SYSTEM: &str = "/systems/FT-4400-2210/availability";

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn every_minute_counts_once_and_names_its_evidence(db: PgPool) {
    let world = world(db).await;
    let began = world.portal.now();
    let number = world.go_through_a_bad_hour().await;

    let report = report(&world.claire, OF_SYSTEM).await;

    let figures = &report["figures"];
    assert_eq!((&figures["downtime_s"], &figures["exposure_s"]), (&json!(1_200), &json!(1_800)), "{report}");
    assert_eq!((&figures["outages"], &figures["mttr_s"]), (&json!(1), &json!(1_200)), "{report}");
    let covered = figures["covered_s"].as_i64().unwrap();
    assert_eq!(figures["service_time_s"], covered, "nothing was planned or excluded");
    let intervals = report["intervals"].as_array().unwrap();
    for (one, next) in intervals.iter().zip(&intervals[1..]) {
        assert_eq!(one["to"], next["from"], "{one} {next}");
    }
    assert_eq!(intervals.last().unwrap()["to"], report["as_of"]);
    let of = |state: &str| intervals.iter().find(|one| one["state"] == state).unwrap_or_else(|| panic!("{report}"));
    let outage = of("outage");
    assert_eq!((&outage["evidence"][0]["kind"], &outage["evidence"][0]["call"]), (&json!("critical"), &json!(number)));
    assert_eq!(instant(&of("exposed")["from"]), began, "{report}");
    assert!(of("exposed")["evidence"][0]["call"].is_string(), "the call of the fault is named: {report}");

    let page = world.claire.get(OF_SYSTEM).await.body;
    for shown in ["20 min", "in 1 outage", "30 min", &format!("href=\"/calls/{number}\""), "class=\"outage\""] {
        assert!(page.contains(shown), "{shown}: {page}");
    }
    let site = self::report(&world.lena, "/sites/LYON-2/availability").await;
    assert_eq!(site["worst"], SERIAL);
    assert_eq!(site["figures"]["downtime_s"], 1_200);
    assert_eq!(site["systems"].as_array().unwrap().len(), 2);
    let both: i64 =
        site["systems"].as_array().unwrap().iter().map(|s| s["figures"]["covered_s"].as_i64().unwrap()).sum();
    assert_eq!(site["figures"]["covered_s"], both);
    let page = world.claire.get("/sites/LYON-2/availability").await.body;
    assert!(page.contains("the least") && page.contains("FT-4400-2211"), "{page}");
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn planned_work_is_left_out_and_what_was_planned_afterwards_changes_no_old_report(db: PgPool) {
    let world = world(db).await;
    let now = world.portal.now();
    let window = json!({"site": "LYON-2", "systems": [SERIAL], "title": "Firmware", "reason": "Both enclosures",
                        "from": now, "to": now + SignedDuration::from_mins(15)});
    let planned = world.claire.api("POST", "/maintenance-windows", Some(&window)).await;
    assert_eq!(planned.status, StatusCode::CREATED, "{}", planned.body);
    world.go_through_a_bad_hour().await;

    let figures = report(&world.claire, OF_SYSTEM).await["figures"].clone();

    assert_eq!((&figures["planned_s"], &figures["exposure_s"]), (&json!(900), &json!(900)), "{figures}");
    let service = figures["covered_s"].as_i64().unwrap() - 900;
    assert_eq!(figures["service_time_s"], service);
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn what_is_disputed_counts_when_a_lead_agrees_and_old_reports_stay_as_they_were(db: PgPool) {
    let world = world(db).await;
    let began = world.portal.now();
    world.go_through_a_bad_hour().await;
    let before = report(&world.claire, OF_SYSTEM).await;
    let (from, to) = (began + SignedDuration::from_mins(40), began + SignedDuration::from_mins(50));
    let (from, to) = (from.to_string(), to.to_string());
    let dispute =
        [("from", from.as_str()), ("to", to.as_str()), ("says", "excluded"), ("why", "Our own test of the UPS")];
    world.wait(5);

    let page = world.claire.post("/systems/FT-4400-2210/disputes", &dispute).await;
    assert_eq!(page.status, StatusCode::SEE_OTHER, "{}", page.body);
    let again = world.claire.post("/systems/FT-4400-2210/disputes", &dispute).await;
    assert_eq!(again.status, StatusCode::CONFLICT, "{}", again.body);

    let waits = report(&world.claire, OF_SYSTEM).await["figures"].clone();
    assert_eq!(
        (&waits["disputed_s"], &waits["downtime_s"]),
        (&json!(600), &json!(1_200)),
        "nothing follows from it yet"
    );
    let shown = world.lena.get(OF_SYSTEM).await.body;
    let id = shown.split("id=\"d-").nth(1).unwrap().split('"').next().unwrap();
    let answer = format!("/systems/FT-4400-2210/disputes/{id}/answer");
    let yes = [("verdict", "accept"), ("answer", "Agreed by telephone")];
    assert_eq!(world.claire.post(&answer, &yes).await.status, StatusCode::FORBIDDEN, "nobody agrees with themselves");
    world.wait(5);
    assert_eq!(world.lena.post(&answer, &yes).await.status, StatusCode::SEE_OTHER);
    assert_eq!(world.lena.post(&answer, &yes).await.status, StatusCode::CONFLICT, "once is enough");

    let after = report(&world.claire, OF_SYSTEM).await["figures"].clone();
    assert_eq!((&after["excluded_s"], &after["downtime_s"]), (&json!(600), &json!(600)), "{after}");
    assert_eq!(after["outages"], 1, "an agreement makes no second outage of one");
    let old = format!("{OF_SYSTEM}?as_of={}", before["as_of"].as_str().unwrap());
    assert_eq!(report(&world.claire, &old).await, before, "an old report stays as it was");
    let page = world.claire.get(&old).await.body;
    assert!(!page.contains("Our own test of the UPS") && page.contains("as reported"), "{page}");
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn who_may_not_see_a_system_finds_nothing_and_wrong_disputes_are_told_why(db: PgPool) {
    let world = world(db).await;
    world.go_through_a_bad_hour().await;
    let oslo = world.portal.customer("Boreal Bank", "OSLO-1", "Europe/Oslo", "EMEA").await;
    let sven = world.portal.person(oslo.customer, "Sven Berg", "customer_admin").await;
    let otto = world.portal.staff("Otto Auditor", "auditor").await;
    for path in [OF_SYSTEM, "/sites/LYON-2/availability"] {
        assert_eq!(sven.get(path).await.status, StatusCode::NOT_FOUND);
        assert_eq!(sven.api("GET", path, None).await.status, StatusCode::NOT_FOUND);
        assert_eq!(otto.get(path).await.status, StatusCode::OK);
        assert_eq!(world.claire.get(&format!("{path}?month=2026-13")).await.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(
            world.claire.get(&format!("{path}?month=2020-01")).await.status,
            StatusCode::OK,
            "before it was there"
        );
    }
    let now = world.portal.now();
    let at = |minutes: i64| (now + SignedDuration::from_mins(minutes)).to_string();
    let (hour, half, soon) = (at(-60), at(-30), at(30));
    let (hour, half, soon) = (hour.as_str(), half.as_str(), soon.as_str());
    for (from, to, says, why, told) in [
        (half, hour, "up", "x", "The end must be later"),
        (half, soon, "up", "x", "Only time that has passed"),
        ("2001-01-01T00:00", hour, "up", "x", "was not there yet"),
        (hour, half, "sideways", "x", "up, down or excluded"),
        (hour, half, "up", " ", "Say why"),
        ("then", half, "up", "x", "Say the day and the time"),
    ] {
        let fields = [("from", from), ("to", to), ("says", says), ("why", why)];
        let page = world.claire.post("/systems/FT-4400-2210/disputes", &fields).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{told}: {}", page.body);
        assert!(page.body.contains(told), "{told}: {}", page.body);
        let refused = [sven.post("/systems/FT-4400-2210/disputes", &fields).await.status];
        assert!(!refused[0].is_success() && !refused[0].is_redirection(), "{refused:?}");
    }
    let fields = [("from", hour), ("to", half), ("says", "up"), ("why", "x")];
    assert_eq!(otto.post("/systems/FT-4400-2210/disputes", &fields).await.status, StatusCode::FORBIDDEN);
}

/// Time before the relation is not the partner's to see, nor is the call that broke it then.
#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn a_partner_sees_the_time_since_the_relation_began(db: PgPool) {
    let world = world(db).await;
    let number = world.claire.file(SERIAL, "1", "Trading floor is dark").await;
    world.wait(30);
    let since = world.portal.now();
    let account = world.portal.partner("Rhône Systèmes", world.lyon, true).await;
    let petra = world.portal.person(account, "Petra Partner", "partner").await;
    let from_now = "UPDATE partner_relation SET history = 'from_date', history_from = $1::timestamptz";
    change(&world.portal.pool, from_now, &[since.to_string()]).await;
    world.wait(30);

    let report = report(&petra, OF_SYSTEM).await;

    assert_eq!(report["intervals"].as_array().unwrap().len(), 1, "{report}");
    assert_eq!((instant(&report["intervals"][0]["from"]), &report["intervals"][0]["state"]), (since, &json!("outage")));
    assert_eq!(report["figures"]["covered_s"], 1_800);
    assert!(!report.to_string().contains(&number), "{report}");
}

/// As if the customer had thousands of other systems that were down once, and this one had been down often, long ago.
const FILL: &str = "
    INSERT INTO system SELECT (jsonb_populate_record(NULL::system, to_jsonb(system) || jsonb_build_object(
        'id', md5('system' || n)::uuid, 'serial', 'FT-C-' || n, 'nickname', 'copy-' || n))).*
        FROM system, generate_series(1, 5000) n WHERE serial = 'FT-4400-2210';
    INSERT INTO call SELECT (jsonb_populate_record(NULL::call, to_jsonb(call) || jsonb_build_object(
        'id', md5('call' || n)::uuid, 'number', 9000000 + n, 'system_id', md5('system' || n)::uuid))).*
        FROM call, generate_series(1, 5000) n;
    INSERT INTO history SELECT (jsonb_populate_record(NULL::history, to_jsonb(history) || jsonb_build_object(
        'call_id', md5('call' || n)::uuid))).* FROM history, generate_series(1, 2000) n;
    INSERT INTO redundancy_change (customer_id, system_id, at, site_id, redundancy)
        SELECT customer_id, id, timestamptz '2026-11-20', site_id, 'down' FROM system;
    INSERT INTO redundancy_change (customer_id, system_id, at, site_id, redundancy)
        SELECT customer_id, id, timestamptz '2025-01-01' + n * interval '2 hours', site_id,
               CASE n % 2 WHEN 0 THEN 'duplex' ELSE 'down' END
        FROM system, generate_series(1, 5000) n WHERE serial = 'FT-4400-2210';
    INSERT INTO dispute (customer_id, id, site_id, system_id, from_at, to_at, says, why, raised_by, raised_at)
        SELECT customer_id, md5('dispute' || id)::uuid, site_id, id, '2026-11-20', '2026-11-21', 'up', 'x',
               (SELECT id FROM person LIMIT 1), '2026-11-22'
        FROM system";

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn a_month_of_one_system_is_told_by_its_own_rows(db: PgPool) {
    let portal = portal(&db).await;
    let lyon = portal.customer("Acme Rail", "LYON-2", "Europe/Paris", "EMEA").await;
    portal.system(lyon, SERIAL, "rail-core-a").await;
    let claire = portal.person(lyon.customer, "Claire Dubois", "customer").await;
    claire.file(SERIAL, "1", "Trading floor is dark").await;
    fill(&db, FILL).await;
    let before = looked_at(&db).await;

    assert_eq!(claire.get(OF_SYSTEM).await.status, StatusCode::OK);
    report(&claire, &format!("{OF_SYSTEM}?month=2026-10")).await;
    let looked = looked_since(&db, portal, &before).await;

    assert!(looked["redundancy_change"] > 0, "what was looked at is told");
    let searched: Vec<_> = looked.iter().filter(|(_, rows)| **rows > 500).collect();
    assert!(searched.is_empty(), "rows looked at: {searched:?}");
}
