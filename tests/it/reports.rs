//! What leads read of the work of their desks.

use jiff::SignedDuration;
use reqwest::StatusCode;
use sqlx::PgPool;

use crate::support::{MONDAY_AFTERNOON, TestApp};

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn a_report_adds_up_what_came_what_waits_and_which_promises_were_kept(db: PgPool) {
    let portal = TestApp::at(MONDAY_AFTERNOON, db).await;
    let lyon = portal.customer("Acme Rail", "LYON-2", "Europe/Paris", "EMEA").await;
    portal.system(lyon, "FT-4400-2210", "rail-core-a").await;
    let osaka = portal.customer("Kansai Steel", "OSAKA-1", "Asia/Tokyo", "APAC").await;
    portal.system(osaka, "FT-4400-9000", "mill").await;
    let claire = portal.person(lyon.customer, "Claire Dubois", "customer").await;
    let kenji = portal.person(osaka.customer, "Kenji Sato", "customer").await;
    let lena = portal.staff("Lena Lead", "cac_lead").await;
    let solved = claire.file("FT-4400-2210", "2", "Disk 40/1 is broken").await;
    claire.file("FT-4400-2210", "3", "It rattles").await;
    kenji.file("FT-4400-9000", "2", "Fan 2 stands still").await;
    let path = |noun: &str| format!("/calls/{solved}/{noun}");
    assert_eq!(lena.post(&path("acknowledgement"), &[]).await.status, StatusCode::SEE_OTHER);
    let done = [("body", "A new disk."), ("resolution_code", "fixed"), ("cause", "wear")];
    let page = lena.post(&path("resolution"), &done).await;
    assert_eq!(page.status, StatusCode::SEE_OTHER, "{}", page.body);

    let all = lena.get("/reports").await;
    assert_eq!(all.status, StatusCode::OK, "{}", all.body);
    for told in ["Arrivals · 3 calls, 0 by machines", "What waits now · 2 calls", "100 %", "1 of 1", "Acme Rail"] {
        assert!(all.body.contains(told), "{told}: {}", all.body);
    }
    assert!(all.body.contains("Asia/Tokyo") || all.body.contains("APAC"), "{}", all.body);
    let emea = lena.get("/reports?region=EMEA&zone=Europe/Paris").await.body;
    assert!(emea.contains("Arrivals · 2 calls") && emea.contains("What waits now · 1 call<"), "{emea}");
    let before = lena.get("/reports?from=2026-10-01&to=2026-10-31").await.body;
    assert!(before.contains("Arrivals · 0 calls") && before.contains("No call that came in these days"), "{before}");

    portal.app.clock.advance(SignedDuration::from_hours(24 * 8));
    lena.sign_in().await;
    let later = lena.get("/reports").await.body;
    assert!(later.contains("<td>7 to 30 days</td><td>2</td>"), "{later}");
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn only_the_desks_and_the_house_read_it_and_wrong_stretches_are_told(db: PgPool) {
    let portal = TestApp::at(MONDAY_AFTERNOON, db).await;
    let lyon = portal.customer("Acme Rail", "LYON-2", "Europe/Paris", "EMEA").await;
    let claire = portal.person(lyon.customer, "Claire Dubois", "customer_admin").await;
    let otto = portal.staff("Otto Auditor", "auditor").await;
    assert_eq!(claire.get("/reports").await.status, StatusCode::NOT_FOUND);
    assert_eq!(otto.get("/reports").await.status, StatusCode::OK);
    for wrong in ["from=soon", "from=2026-11-02&to=2026-11-01", "from=2026-01-01", "zone=Mars/Base", "region=X"] {
        assert_eq!(otto.get(&format!("/reports?{wrong}")).await.status, StatusCode::UNPROCESSABLE_ENTITY, "{wrong}");
    }
}
