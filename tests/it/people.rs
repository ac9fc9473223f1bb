//! Who looks after people, and how those come in.

use meridian::actions;
use reqwest::StatusCode;
use sqlx::{AssertSqlSafe, Executor, PgPool, Row};
use uuid::Uuid;

use crate::{
    faults::{change, number},
    page::Page,
    person::Person,
    support::{MONDAY_AFTERNOON, PASSWORD, Place, TestApp},
};

pub struct House {
    pub portal: TestApp,
    pub acme: Place,
    /// Looks after Acme's people.
    pub anna: Person,
    /// Runs the house.
    pub ada: Person,
}

pub async fn house(db: PgPool) -> House {
    let portal = TestApp::at(MONDAY_AFTERNOON, db).await;
    let acme = portal.customer("Acme Rail", "LYON-2", "Europe/Paris", "EMEA").await;
    portal.system(acme, "FT-4400-2210", "rail-core-a").await;
    let anna = portal.person(acme.customer, "Anna Acme", "customer_admin").await;
    let ada = portal.staff("Ada Admin", "admin").await;
    House { portal, acme, anna, ada }
}

pub async fn id_of(portal: &TestApp, email: &str) -> Uuid {
    let sql = AssertSqlSafe(format!("SELECT id FROM person WHERE email = '{email}'"));
    portal.pool.fetch_one(sql).await.unwrap().get(0)
}

/// The secret of a link that a page shows once.
pub fn secret(page: &Page, kind: &str) -> String {
    assert_eq!(page.status, StatusCode::CREATED, "{}", page.body);
    let begins = page.body.split(&format!("/{kind}/")).nth(1).unwrap_or_else(|| panic!("no link: {}", page.body));
    begins.split('"').next().unwrap().to_owned()
}

pub async fn invite(by: &Person, name: &str, email: &str, more: &[(&str, &str)]) -> Page {
    let form = [&[("name", name), ("email", email)], more].concat();
    by.post("/admin/people", &form).await
}

const CUSTOMER: [(&str, &str); 1] = [("role", "customer")];
const NEWCOMER: [(&str, &str); 2] = [("name", "Carl Neumann"), ("password", "four quiet words here")];

impl House {
    pub async fn sign_in(&self, email: &str, password: &str) -> (Person, Page) {
        let person = self.portal.stranger();
        let page = person.post("/session", &[("email", email), ("password", password)]).await;
        (person, page)
    }
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn who_is_invited_comes_in_with_a_password_of_their_own(db: PgPool) {
    let house = house(db).await;
    let link = secret(&invite(&house.anna, "Carl", "carl@acme.example", &CUSTOMER).await, "invitations");
    let waiting = house.anna.get("/admin/people").await;
    assert!(waiting.body.contains("carl@acme.example") && waiting.body.contains("invited"), "{}", waiting.body);

    let door = house.portal.stranger();
    let welcome = door.get(&format!("/invitations/{link}")).await;
    assert!(welcome.body.contains("You are invited to Acme Rail"), "{}", welcome.body);
    let weak = door.post(&format!("/invitations/{link}"), &[("name", "Carl Neumann"), ("password", "short")]).await;
    assert_eq!(weak.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(weak.body.contains("Carl Neumann") && !weak.body.contains("short\""), "{}", weak.body);
    assert_eq!(door.post(&format!("/invitations/{link}"), &NEWCOMER).await.status, StatusCode::OK);

    let (carl, signed_in) = house.sign_in("Carl@Acme.example", "four quiet words here").await;
    assert_eq!(signed_in.status, StatusCode::SEE_OTHER, "{}", signed_in.body);
    assert!(carl.get("/systems").await.body.contains("FT-4400-2210"));
    assert_eq!(carl.get("/admin/people").await.status, StatusCode::NOT_FOUND);
    let again = house.portal.stranger().post(&format!("/invitations/{link}"), &NEWCOMER).await;
    assert_eq!(again.status, StatusCode::NOT_FOUND);
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn the_inviter_reads_the_same_whether_the_house_knows_the_address(db: PgPool) {
    let house = house(db).await;
    let other = house.portal.customer("Baltic Grid", "RIGA-1", "Europe/Riga", "EMEA").await;
    house.portal.person(other.customer, "Janis Berzins", "customer").await;
    let mut seen = Vec::new();
    for email in ["janis.berzins@example.com", "nobody.at.all@example.com"] {
        let page = invite(&house.anna, "Janis", email, &CUSTOMER).await;
        let link = secret(&page, "invitations");
        let welcome = house.portal.stranger().get(&format!("/invitations/{link}")).await;
        let plain = |page: &Page| page.body.replace(&link, "LINK").replace(email, "ADDRESS");
        seen.push((page.status, plain(&page), welcome.status, plain(&welcome)));
    }

    assert_eq!(seen[0], seen[1]);
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn a_link_takes_nobodys_account_over(db: PgPool) {
    let house = house(db).await;
    let other = house.portal.customer("Baltic Grid", "RIGA-1", "Europe/Riga", "EMEA").await;
    let janis = house.portal.person(other.customer, "Janis Berzins", "customer_admin").await;
    let link =
        format!("/invitations/{}", secret(&invite(&house.anna, "J", &janis.email, &CUSTOMER).await, "invitations"));

    let stolen = house.portal.stranger().post(&link, &NEWCOMER).await;
    assert_eq!(stolen.status, StatusCode::CONFLICT, "{}", stolen.body);
    assert!(stolen.body.contains("can sign in already"), "{}", stolen.body);
    let (_, with_new) = house.sign_in(&janis.email, "four quiet words here").await;
    assert_ne!(with_new.status, StatusCode::SEE_OTHER, "the password is still the old one");
    assert_eq!(house.anna.post(&link, &[]).await.status, StatusCode::CONFLICT, "it is for somebody else");

    assert!(janis.get(&link).await.body.contains("Accept"));
    assert_eq!(janis.post(&link, &[]).await.status, StatusCode::OK);
    let list = house.anna.get("/admin/people").await.body;
    assert!(list.contains("Janis Berzins"), "{list}");
    let (_, with_old) = house.sign_in(&janis.email, PASSWORD).await;
    assert_eq!(with_old.status, StatusCode::SEE_OTHER);
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn links_that_open_nothing_answer_alike(db: PgPool) {
    let house = house(db).await;
    let mut links = vec!["mi_never-made".to_owned()];
    for name in ["used", "revoked", "replaced", "expired"] {
        let email = format!("{name}@acme.example");
        links.push(secret(&invite(&house.anna, name, &email, &CUSTOMER).await, "invitations"));
    }
    let door = house.portal.stranger();
    assert_eq!(door.post(&format!("/invitations/{}", links[1]), &NEWCOMER).await.status, StatusCode::OK);
    let id = async |email: &str| -> Uuid {
        let sql = format!("SELECT id FROM invitation WHERE email = '{email}' AND revoked_at IS NULL");
        house.portal.pool.fetch_one(AssertSqlSafe(sql)).await.unwrap().get(0)
    };
    let revoked = id("revoked@acme.example").await;
    let gone = house.anna.post(&format!("/admin/invitations/{revoked}/revocation"), &[]).await;
    assert_eq!(gone.status, StatusCode::SEE_OTHER, "{}", gone.body);
    let replaced = id("replaced@acme.example").await;
    let anew = secret(&house.anna.post(&format!("/admin/invitations/{replaced}/link"), &[]).await, "invitations");
    assert_eq!(door.get(&format!("/invitations/{anew}")).await.status, StatusCode::OK);
    house.portal.app.clock.advance(jiff::SignedDuration::from_hours(24));

    let mut answers = Vec::new();
    for link in &links {
        let (get, post) = (format!("/invitations/{link}"), door.post(&format!("/invitations/{link}"), &NEWCOMER).await);
        let shown = door.get(&get).await;
        answers.push((shown.status, shown.body, post.status, post.body));
    }
    assert_eq!(answers[0].0, StatusCode::NOT_FOUND);
    for (answer, link) in answers.iter().zip(["unknown", "used", "revoked", "replaced", "expired"]) {
        assert_eq!(*answer, answers[0], "{link}");
    }
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn nobody_makes_somebody_who_reaches_further_than_they_do(db: PgPool) {
    let house = house(db).await;
    let lead = house.portal.staff("Lena Lead", "cac_lead").await;
    house.portal.pool.execute("UPDATE membership SET cac_code = 'EMEA' WHERE role = 'cac_lead'").await.unwrap();
    let paul = house.portal.partner("Rhone Systemes", house.acme, false).await;
    let paul = house.portal.person(paul, "Paul Roche", "partner_admin").await;

    for (who, role) in [
        (&house.anna, "admin"),
        (&house.anna, "engineer"),
        (&house.anna, "partner"),
        (&paul, "customer"),
        (&lead, "admin"),
        (&lead, "duty_manager"),
        (&lead, "auditor"),
        (&lead, "customer"),
    ] {
        let page = invite(who, "Mallory", "mallory@example.com", &[("role", role)]).await;
        let refused = [StatusCode::FORBIDDEN, StatusCode::UNPROCESSABLE_ENTITY].contains(&page.status);
        assert!(refused, "{} made {role}: {} {}", who.email, page.status, page.body);
    }
    let elsewhere = invite(&house.anna, "M", "m@example.com", &[("role", "engineer"), ("account", "meridian")]).await;
    assert_eq!(elsewhere.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", elsewhere.body);
    let foreign = invite(&lead, "M", "m@example.com", &[("role", "engineer"), ("cac", "APAC")]).await;
    assert_eq!(foreign.status, StatusCode::NOT_FOUND, "{}", foreign.body);
    assert_eq!(invite(&lead, "Erik", "erik@example.com", &[("role", "engineer")]).await.status, StatusCode::CREATED);
    assert_eq!(invite(&paul, "Pia", "pia@example.com", &[("role", "partner")]).await.status, StatusCode::CREATED);
    let sql = "SELECT string_agg(email || ' ' || coalesce(cac_code, '-'), ', ' ORDER BY email) FROM invitation";
    let made: String = house.portal.pool.fetch_one(sql).await.unwrap().get(0);
    assert_eq!(made, "erik@example.com EMEA, pia@example.com -");
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn a_form_that_is_refused_keeps_what_was_typed(db: PgPool) {
    let house = house(db).await;
    let page = invite(&house.anna, "Carl \"the\" <Great>", "no address", &CUSTOMER).await;

    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    for kept in ["That is not a mail address.", "no address", "&#60;Great&#62;", "value=\"customer\" selected"] {
        assert!(page.body.contains(kept), "{kept}: {}", page.body);
    }
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn the_list_goes_on_page_by_page_and_is_narrowed(db: PgPool) {
    let house = house(db).await;
    let names = ["Zoe", "ann", "Bob", "Ann"];
    for (n, name) in names.iter().cycle().take(30).enumerate() {
        let email = format!("{}{n}@acme.example", name.to_lowercase());
        let sql = format!(
            "WITH p AS (INSERT INTO person (id, email, display_name, created_at)
                        VALUES (gen_random_uuid(), '{email}', '{name}', '2026-01-01Z') RETURNING id)
             INSERT INTO membership (id, person_id, account_id, role, created_at)
             SELECT gen_random_uuid(), id, '{}', 'customer', '2026-01-01Z' FROM p",
            house.acme.customer
        );
        house.portal.pool.execute(AssertSqlSafe(sql)).await.unwrap();
        invite(&house.anna, name, &format!("invited{n}@acme.example"), &CUSTOMER).await;
    }

    let (mut emails, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = house.anna.api("GET", &format!("/users?limit=7&cursor={cursor}"), None).await.json();
        emails.extend(page["data"].as_array().unwrap().iter().map(|p| p["email"].as_str().unwrap().to_owned()));
        let Some(next) = page["next_cursor"].as_str() else { break };
        cursor = next.to_owned();
    }
    let every: std::collections::BTreeSet<_> = emails.iter().collect();
    assert_eq!((emails.len(), every.len()), (61, 61), "thirty people, thirty invitations and Anna, each once");
    let narrowed = house.anna.api("GET", "/users?q=ZOE&state=invited&role=customer", None).await.json();
    assert!(narrowed["data"].as_array().unwrap().iter().all(|p| p["name"] == "Zoe" && p["state"] == "invited"));
    assert!(!narrowed["data"].as_array().unwrap().is_empty(), "{narrowed}");
    let first = house.anna.get("/admin/people").await;
    assert!(first.body.contains("rel=\"next\""), "{}", first.body);
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn an_invitation_dies_with_the_right_to_make_it(db: PgPool) {
    let house = house(db).await;
    let link = secret(&invite(&house.anna, "Carl", "carl@acme.example", &CUSTOMER).await, "invitations");
    let anna = id_of(&house.portal, &house.anna.email).await;
    let by = actions::By::Terminal;
    actions::disable_person(&house.portal.app.store, by, anna, house.portal.now()).await.unwrap();

    assert_eq!(house.portal.stranger().get(&format!("/invitations/{link}")).await.status, StatusCode::NOT_FOUND);
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn nobody_gets_around_the_old_password_by_a_link_to_themselves(db: PgPool) {
    let House { portal, ada, .. } = &house(db).await;
    let own = id_of(portal, &ada.email).await;

    let refused = ada.post(&format!("/admin/people/{own}/reset"), &[]).await;

    assert_eq!(refused.status, StatusCode::CONFLICT, "{}", refused.body);
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn a_lost_factor_is_taken_away_by_an_administrator_and_audited(db: PgPool) {
    let House { portal, acme, anna, ada } = &house(db).await;
    let claire = portal.person(acme.customer, "Claire Dubois", "customer").await;
    let path = format!("/admin/people/{}/factors/removal", claire.id);
    assert_eq!(anna.post(&path, &[]).await.status, StatusCode::CONFLICT, "there is none to take");
    change(
        &portal.pool,
        "INSERT INTO authenticator (person_id, sealed, created_at, confirmed_at) VALUES ($1, 'x', $2, $2)",
        &[claire.id.to_string(), portal.now().to_string()],
    )
    .await;
    change(&portal.pool, "INSERT INTO recovery_code VALUES ($1, 'x')", &[claire.id.to_string()]).await;

    assert_eq!(claire.post(&path, &[]).await.status, StatusCode::NOT_FOUND, "not by the person");
    assert_eq!(anna.post(&path, &[]).await.status, StatusCode::SEE_OTHER);

    let left = "SELECT (SELECT count(*) FROM authenticator) + (SELECT count(*) FROM recovery_code)";
    assert_eq!(number(&portal.pool, left).await, 0);
    assert_eq!(claire.get("/calls").await.status, StatusCode::SEE_OTHER, "their sessions have ended");
    claire.sign_in().await;
    let told = ada.api("GET", "/audit?kind=factor_removed", None).await.json();
    assert_eq!(told["data"][0]["subject"]["id"], claire.id.to_string(), "{told}");
    let own = ada.post(&format!("/admin/people/{}/factors/removal", ada.id), &[]).await;
    assert_eq!(own.status, StatusCode::CONFLICT, "nobody goes around their own proof: {}", own.body);
}
