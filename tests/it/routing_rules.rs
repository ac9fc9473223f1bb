//! Rules and calendars: drafted by leads, looked at, published, followed, taken back.

use reqwest::StatusCode;
use sqlx::{Executor, PgPool, Row};
use uuid::Uuid;

use crate::{
    faults::change,
    page::Page,
    support::{MONDAY_AFTERNOON, Person, TestApp},
};

pub struct Desk {
    pub portal: TestApp,
    /// Leads of two CACs, and somebody who only works.
    pub dublin: Person,
    pub tokyo: Person,
    pub engineer: Person,
    pub admin: Person,
}

pub async fn desk(db: PgPool) -> Desk {
    let portal = TestApp::at(MONDAY_AFTERNOON, db).await;
    let acme = portal.customer("Acme Rail", "LYON-2", "Europe/Paris", "EMEA").await;
    portal.system(acme, "FT-4400-2210", "signal").await;
    let dublin = lead(&portal, "Dara Lynch", "EMEA").await;
    let tokyo = lead(&portal, "Tomo Sato", "APAC").await;
    let engineer = portal.staff("Ilse Kessler", "engineer").await;
    let admin = portal.staff("Ada Quinn", "admin").await;
    Desk { portal, dublin, tokyo, engineer, admin }
}

async fn lead(portal: &TestApp, name: &str, cac: &str) -> Person {
    let person = portal.staff(name, "cac_lead").await;
    let of = [person.membership.to_string(), cac.to_owned()];
    change(&portal.pool, "UPDATE membership SET cac_code = $2 WHERE id = $1", &of).await;
    person
}

pub async fn done(by: &Person, path: &str, form: &[(&str, &str)]) {
    let page = by.post(path, form).await;
    assert_eq!(page.status, StatusCode::SEE_OTHER, "{path}: {}", page.body);
}

pub fn refused(page: &Page, status: StatusCode, words: &str) {
    assert_eq!(page.status, status, "{}", page.body);
    assert!(page.body.contains(words), "{words}: {}", page.body);
}

/// The standard week of Dublin, but Monday.
pub fn week(monday: &'static str) -> Vec<(&'static str, &'static str)> {
    let hours = "08:00-20:00";
    let days = [("tue", hours), ("wed", hours), ("thu", hours), ("fri", hours), ("sat", ""), ("sun", "")];
    [("time_zone", "Europe/Dublin"), ("mon", monday)].into_iter().chain(days).collect()
}

pub const EMEA: &str = "/routing/draft/calendars/emea";

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn a_lead_drafts_publishes_and_takes_back_and_calls_follow(db: PgPool) {
    let Desk { portal, dublin, engineer, .. } = &desk(db).await;
    let before = dublin.get("/routing").await.body;
    assert!(
        before.contains("Version <a href=\"/routing/versions/1\"") && before.contains("open till 20:00 Dublin"),
        "{before}"
    );

    done(dublin, EMEA, &week("08:00-12:30, 16:00-20:00")).await;
    let draft = dublin.get("/routing/draft").await.body;
    assert!(draft.contains("Calendar emea: Monday 08:00-20:00 becomes 08:00-12:30, 16:00-20:00."), "{draft}");
    assert!(draft.contains("every Sat"), "the weekend is a hole: {draft}");
    assert!(dublin.get(EMEA).await.body.contains("opens 16:00 Dublin"), "the next opening of the draft");
    let first = engineer.file("FT-4400-2210", "2", "While it is only a draft").await;
    assert!(engineer.get(&format!("/calls/{first}")).await.body.contains("EMEA"), "nobody follows a draft");
    refused(&dublin.post("/routing/versions", &[("note", " ")]).await, StatusCode::UNPROCESSABLE_ENTITY, "Say why");
    done(dublin, "/routing/versions", &[("note", "Dublin has a long lunch on Mondays")]).await;

    let second = engineer.file("FT-4400-2210", "2", "In the long lunch").await;
    let why = engineer.api("GET", &format!("/calls/{second}/routing"), None).await.body;
    assert!(why.contains("amer-hardware") && why.contains("EMEA is closed until 16:00 Dublin"), "{why}");
    let reference = portal.app.reference.now();
    assert_eq!((reference.rule_set_version, reference.calendar_version("emea")), (2, 2));
    assert_eq!(reference.calendar_version("apac"), 1);

    done(dublin, "/routing/versions/1/reversion", &[("note", "Nobody liked it")]).await;
    let third = engineer.file("FT-4400-2210", "2", "As before").await;
    let why = engineer.api("GET", &format!("/calls/{third}/routing"), None).await.body;
    assert!(why.contains("emea-hardware"), "{why}");
    let versions = engineer.get("/routing/versions").await.body;
    assert!(
        versions.contains("equals 1") && versions.contains("Nobody liked it") && versions.contains("Dara Lynch"),
        "{versions}"
    );
    let kept: Vec<String> = names(portal, "SELECT hash FROM rule_set ORDER BY version").await;
    assert_eq!((kept.len(), kept[0] == kept[2], kept[0] == kept[1]), (3, true, false));
    let told =
        names(portal, "SELECT kind FROM audit WHERE kind LIKE '%publi%' OR kind LIKE 'rules%' ORDER BY id").await;
    assert_eq!(told, ["calendar_published", "rules_published", "calendar_published", "rules_reverted"]);
}

async fn names(portal: &TestApp, sql: &'static str) -> Vec<String> {
    portal.pool.fetch_all(sql).await.unwrap().iter().map(|row| row.get(0)).collect()
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn what_was_typed_wrong_is_named_by_the_day_and_kept(db: PgPool) {
    let Desk { dublin, .. } = &desk(db).await;

    let page = dublin.post(EMEA, &[&week("8 to noon")[..], &[("time_zone", "Europe/Nowhere")]].concat()).await;

    refused(&page, StatusCode::UNPROCESSABLE_ENTITY, "Monday: “8 to noon” is not an opening");
    assert!(page.body.contains("There is no time zone “Europe/Nowhere”"), "{}", page.body);
    assert!(page.body.contains("value=\"8 to noon\"") && page.body.contains("value=\"Europe/Nowhere\""), "kept");
    let page = dublin.post(EMEA, &week("00:00-00:00")).await;
    refused(&page, StatusCode::UNPROCESSABLE_ENTITY, "Monday: it opens and closes at the same minute");
    let text = dublin.get("/routing/draft/text").await.body.replace("&#34;", "\"");
    let text = text.split("spellcheck=\"false\">").nth(1).unwrap().split("</textarea>").next().unwrap();
    let wrong = text.replace("Europe/Dublin", "Dublin");
    let page = dublin.post("/routing/draft/text", &[("text", &wrong)]).await;
    refused(&page, StatusCode::UNPROCESSABLE_ENTITY, "There is no time zone “Dublin”");
    let loose = text.replace("cac = \"EMEA\"\nsubjects = [\"os\"]", "cac = \"MARS\"\nsubjects = [\"os\"]");
    refused(&dublin.post("/routing/draft/text", &[("text", &loose)]).await, StatusCode::FORBIDDEN, "MARS");
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn contradictions_stop_a_draft_and_what_hangs_on_the_rules_does_too(db: PgPool) {
    let Desk { dublin, admin, engineer, .. } = &desk(db).await;
    let open = engineer.file("FT-4400-2210", "3", "Open in the hardware queue").await;

    done(dublin, "/routing/draft/order", &[("regions", "AMER, APAC"), ("duty_manager", "duty")]).await;
    let draft = dublin.get("/routing/draft").await.body;
    assert!(draft.contains("CAC EMEA is in “EMEA”, which is not among the regions."), "{draft}");
    assert!(!draft.contains("Publish as version"), "{draft}");
    let page = dublin.post("/routing/versions", &[("note", "x")]).await;
    refused(&page, StatusCode::UNPROCESSABLE_ENTITY, "which is not among the regions");

    done(admin, "/routing/draft/queues/emea-hardware/removal", &[]).await;
    let page = admin.post("/routing/versions", &[("note", "One queue less")]).await;
    let stays = "Queue emea-hardware can&#39;t go: 1 of its calls are not closed.";
    refused(&page, StatusCode::UNPROCESSABLE_ENTITY, stays);
    let solved = [("resolution_code", "fixed"), ("cause", "dust"), ("body", "Cleaned the fan.")];
    done(engineer, &format!("/calls/{open}/assignment"), &[("assignee", "me")]).await;
    done(engineer, &format!("/calls/{open}/resolution"), &solved).await;
    let page = admin.post("/routing/versions", &[("note", "What is solved may come back")]).await;
    refused(&page, StatusCode::UNPROCESSABLE_ENTITY, stays);
    done(engineer, &format!("/calls/{open}/closure"), &[]).await;
    done(admin, "/routing/versions", &[("note", "Now it can go")]).await;
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn a_lead_leaves_the_hours_of_others_alone(db: PgPool) {
    let Desk { portal, dublin, tokyo, engineer, admin } = &desk(db).await;
    let claire = portal.person(portal.provider, "Claire Dubois", "duty_manager").await;
    let words = "The hours and queues of EMEA are changed by its own lead";

    refused(&tokyo.post(EMEA, &week("")).await, StatusCode::FORBIDDEN, words);
    let text = portal.app.reference.now().router.rules().to_toml().replace("Europe/Dublin", "Europe/Paris");
    refused(&tokyo.post("/routing/draft/text", &[("text", &text)]).await, StatusCode::FORBIDDEN, words);
    let queue = [("slug", "emea-network"), ("cac", "EMEA"), ("subjects", "network")];
    refused(&tokyo.post("/routing/draft/queues", &queue).await, StatusCode::FORBIDDEN, words);
    done(tokyo, "/routing/draft/order", &[("regions", "APAC, EMEA, AMER"), ("duty_manager", "duty")]).await;
    done(admin, EMEA, &week("")).await;
    done(dublin, EMEA, &week("")).await;
    for other in [engineer, &claire] {
        assert_eq!(other.get("/routing").await.status, StatusCode::OK);
        assert_eq!(other.post(EMEA, &week("")).await.status, StatusCode::FORBIDDEN);
        assert_eq!(other.get("/routing/draft").await.status, StatusCode::FORBIDDEN);
        assert_eq!(other.post("/routing/versions", &[("note", "x")]).await.status, StatusCode::FORBIDDEN);
    }
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn of_two_drafts_the_second_is_brought_up_first(db: PgPool) {
    let Desk { portal, dublin, tokyo, .. } = &desk(db).await;
    done(dublin, EMEA, &week("10:00-20:00")).await;
    let queue = [("slug", "apac-network"), ("cac", "APAC"), ("subjects", "network, firewall")];
    done(tokyo, "/routing/draft/queues", &queue).await;
    done(tokyo, "/routing/versions", &[("note", "A queue for networks")]).await;

    assert!(dublin.get("/routing/draft").await.body.contains("Version 2 was published meanwhile by Tomo Sato"));
    let page = dublin.post("/routing/versions", &[("note", "Later Mondays")]).await;
    refused(&page, StatusCode::CONFLICT, "Somebody else has published since you began.");
    done(dublin, "/routing/draft/base", &[]).await;
    done(dublin, "/routing/versions", &[("note", "Later Mondays")]).await;

    let rules = portal.app.reference.now();
    assert_eq!(rules.rule_set_version, 3);
    assert!(rules.queue_names.contains_key("apac-network"), "the other's change is still there");
    assert!(dublin.get("/routing").await.body.contains("Mon 10:00-20:00"));
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn holidays_come_and_go_as_files_and_by_hand(db: PgPool) {
    let Desk { dublin, .. } = &desk(db).await;
    let file = "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nDTSTART;VALUE=DATE:20261225\r\nDTEND;VALUE=DATE:20261227\r\n\
                SUMMARY:Christmas\r\nEND:VEVENT\r\nBEGIN:VEVENT\r\nDTSTART:20261231T180000Z\r\nSUMMARY:Party\r\n\
                END:VEVENT\r\nEND:VCALENDAR\r\n";
    let page = dublin.post(&format!("{EMEA}/holidays/import"), &[("text", file)]).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.body);
    assert!(page.body.contains("2 days taken") && page.body.contains("Line 8: "), "{}", page.body);
    let range = [("from", "2027-01-01"), ("to", "2027-01-02"), ("name", "New Year")];
    done(dublin, &format!("{EMEA}/holidays"), &range).await;
    done(dublin, &format!("{EMEA}/holidays/removal"), &[("day", "2026-12-26")]).await;
    let page = dublin.post(&format!("{EMEA}/holidays"), &[("from", "2027-02-01"), ("to", "2027-01-01")]).await;
    refused(&page, StatusCode::UNPROCESSABLE_ENTITY, "The last day comes after the first");
    done(dublin, "/routing/versions", &[("note", "The holidays of the year")]).await;

    let sent = dublin.get("/calendars/emea.ics").await;
    assert!(
        sent.body.contains("DTSTART;VALUE=DATE:20261225\r\n") && sent.body.contains("SUMMARY:New Year"),
        "{}",
        sent.body
    );
    assert_eq!(sent.body.matches("BEGIN:VEVENT").count(), 3);
    done(dublin, "/routing/draft", &[]).await;
    let again = dublin.post(&format!("{EMEA}/holidays/import"), &[("text", &sent.body)]).await;
    assert!(again.body.contains("3 days taken"), "{}", again.body);
    let draft = dublin.get("/routing/draft").await.body;
    assert!(draft.contains("Nothing differs from what is in force yet."), "what went out comes back the same: {draft}");
    assert_eq!(dublin.get("/calendars/nowhere.ics").await.status, StatusCode::NOT_FOUND);
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn the_amendment_report_says_what_then_happens(db: PgPool) {
    let Desk { portal, dublin, admin, engineer, .. } = &desk(db).await;
    let own = "UPDATE site SET calendar = 'lyon' WHERE site_code = 'LYON-2'";
    done(admin, "/routing/draft/calendars", &[("name", "lyon"), ("new_zone", "Europe/Paris")]).await;
    done(admin, "/routing/versions", &[("note", "Lyon has hours of its own")]).await;
    portal.pool.execute(own).await.unwrap();
    let number = engineer.file("FT-4400-2210", "3", "A fan is loud").await;
    let due = |body: &str| -> Vec<String> {
        let clocks: serde_json::Value = serde_json::from_str(body).unwrap();
        let all = clocks["data"].as_array().unwrap().iter();
        all.map(|clock| format!("{} {}", clock["kind"].as_str().unwrap(), clock["due_at"].as_str().unwrap())).collect()
    };
    let before = due(&engineer.api("GET", &format!("/calls/{number}/clocks"), None).await.body);

    done(dublin, "/routing/draft", &[]).await;
    let hours = [&week("08:00-16:00")[1..], &[("time_zone", "Europe/Paris")]].concat();
    done(dublin, "/routing/draft/calendars/lyon", &hours).await;
    let draft = dublin.get("/routing/draft").await.body;
    assert!(draft.contains("<strong>2</strong> promises") && draft.contains("2 later"), "{draft}");
    let told = draft.split("id=\"promises\"").nth(1).unwrap();
    assert!(told.contains(&number) && told.contains("24 Nov"), "{told}");
    done(dublin, "/routing/versions", &[("note", "Lyon closes early on Mondays")]).await;

    let after = due(&engineer.api("GET", &format!("/calls/{number}/clocks"), None).await.body);
    let moved = before.iter().zip(&after).filter(|(old, new)| old != new).count();
    assert_eq!(moved, 2, "{before:?} {after:?}");
    let day = after.iter().find(|clock| clock.starts_with("acknowledge")).unwrap();
    let told_at = format!("{}Z", &day["acknowledge ".len()..][..19]);
    assert!(told.contains(&told_at), "{told_at}: {told}");
    let gone = admin.post("/routing/draft/calendars/lyon/removal", &[]).await;
    assert_eq!(gone.status, StatusCode::SEE_OTHER, "{}", gone.body);
    let page = admin.post("/routing/versions", &[("note", "Without it")]).await;
    refused(&page, StatusCode::UNPROCESSABLE_ENTITY, "Calendar lyon can&#39;t go");
    assert_ne!(portal.provider, Uuid::nil());
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn the_rules_say_how_long_a_center_may_take_to_accept(db: PgPool) {
    let Desk { portal, engineer, admin, dublin, .. } = &desk(db).await;
    let hash = portal.app.reference.now().rule_set_hash.clone();
    let amer = "/routing/draft/cacs/AMER";
    let typed = |minutes: &'static str| [("calendar", "amer"), ("accept_minutes", minutes)];
    for wrong in ["0", "1441", "soon"] {
        let page = admin.post(amer, &typed(wrong)).await;
        refused(&page, StatusCode::UNPROCESSABLE_ENTITY, "AMER: write whole minutes to accept a handover");
    }
    done(admin, amer, &typed("15")).await;
    assert!(!admin.get("/routing/draft/text").await.body.contains("accept_minutes"), "what is usual is not said");
    done(admin, amer, &typed("40")).await;
    assert!(admin.get("/routing/draft/text").await.body.contains("accept_minutes = 40"));
    let draft = admin.get("/routing/draft").await.body;
    assert!(draft.contains("CAC AMER has 40 minutes to accept a handover instead of 15."), "{draft}");
    refused(&dublin.post(amer, &typed("20")).await, StatusCode::FORBIDDEN, "changed by its own lead");
    done(admin, "/routing/versions", &[("note", "New York is short of people")]).await;

    let call = engineer.file("FT-4400-2210", "2", "Slow disks").await;
    let given = [("queue", "amer-hardware"), ("reason", "They know it.")];
    done(engineer, &format!("/calls/{call}/handover"), &given).await;

    let handover = engineer.api("GET", "/handovers", None).await.json()["data"][0].clone();
    assert_eq!(handover["accept_by"], "2026-11-23T15:13:00.000000Z", "{handover}");
    let cacs = engineer.api("GET", "/cacs", None).await.json();
    assert_eq!((&cacs["data"][0]["accept_minutes"], &cacs["data"][1]["accept_minutes"]), (&40.into(), &15.into()));
    done(admin, "/routing/versions/1/reversion", &[("note", "Enough people again")]).await;
    assert_eq!(portal.app.reference.now().rule_set_hash, hash);
}
