//! Every kind of person, in and out of scope, tries every verb and every page: the table of rights says how it ends.

use jiff::SignedDuration;
use reqwest::StatusCode;
use serde_json::json;
use sqlx::PgPool;
use uuid::Uuid;

use super::table::{CANCEL, TABLE, VERBS};
use crate::{
    page::Page,
    support::{MONDAY_AFTERNOON, Person, Place, TestApp},
};

/// How a request ended, as far as rights go: a refusal for another reason is a right that was there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    Let,
    /// In sight, and not theirs to do.
    Forbidden,
    /// As if there were nothing.
    Nothing,
    /// As if nobody had asked.
    SignIn,
}

fn end(page: &Page) -> End {
    match page.status {
        StatusCode::UNAUTHORIZED => End::SignIn,
        StatusCode::SEE_OTHER if page.location().starts_with("/session/") => End::SignIn,
        StatusCode::FORBIDDEN => End::Forbidden,
        StatusCode::NOT_FOUND => End::Nothing,
        status => {
            assert!(!status.is_server_error(), "{}", page.body);
            End::Let
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Where {
    Inside,
    Outside,
    /// Nobody, as far as the portal knows.
    Nowhere,
}

struct Asker {
    what: String,
    role: &'static str,
    stands: Where,
    person: Person,
    /// A token that may only read.
    reads: bool,
    /// Their browser has a session; programs without one have only a token.
    browses: bool,
}

struct House {
    portal: TestApp,
    lyon: Place,
    askers: Vec<Asker>,
    engineer: Person,
}

const ROLES: [&str; 9] = [
    "customer",
    "customer_admin",
    "partner",
    "partner_admin",
    "engineer",
    "cac_lead",
    "duty_manager",
    "admin",
    "auditor",
];

impl House {
    async fn open(db: PgPool) -> Self {
        let portal = TestApp::at(MONDAY_AFTERNOON, db).await;
        let lyon = portal.customer("Acme Rail", "LYON-2", "Europe/Paris", "EMEA").await;
        portal.system(lyon, "FT-4400-2210", "rail-core-a").await;
        let riga = portal.customer("Baltic Grid", "RIGA-1", "Europe/Riga", "EMEA").await;
        portal.system(riga, "FT-2700-1180", "grid-a").await;
        let engineer = portal.enrol(portal.provider, "Ilse Kessler", "engineer").await;
        let mut house = Self { portal, lyon, askers: Vec::new(), engineer };
        house.people_of_customers(riga).await;
        house.people_of_partners(riga).await;
        for role in &ROLES[4..] {
            house.asker(house.portal.provider, role, Where::Inside, "").await;
        }
        house.people_who_are_out().await;
        house
    }

    async fn people_of_customers(&mut self, riga: Place) {
        let paris = self.portal.site(self.lyon.customer, "PARIS-01", "Europe/Paris", "EMEA").await;
        for role in ["customer", "customer_admin"] {
            self.asker(self.lyon.customer, role, Where::Inside, "of the customer").await;
            self.asker(riga.customer, role, Where::Outside, "of another customer").await;
        }
        let elsewhere = self.asker(self.lyon.customer, "customer", Where::Outside, "of another site").await;
        self.change("UPDATE membership SET sites = ARRAY[$2] WHERE id = $1", elsewhere, paris.site).await;
        let here = self.asker(self.lyon.customer, "customer", Where::Inside, "of this site alone").await;
        self.change("UPDATE membership SET sites = ARRAY[$2] WHERE id = $1", here, self.lyon.site).await;
    }

    async fn people_of_partners(&mut self, riga: Place) {
        let rhone = self.portal.partner("Rhone Systemes", self.lyon, true).await;
        let ost = self.portal.partner("Ost Partner", riga, true).await;
        let past = self.portal.partner("Past Partner", self.lyon, false).await;
        let over =
            "UPDATE partner_relation SET valid_to = '2026-01-01T00:00:00Z' WHERE partner_id = $1 AND $2 IS NOT NULL";
        self.change(over, past, past).await;
        let fresh = self.portal.partner("Fresh Partner", self.lyon, false).await;
        let coming =
            "UPDATE partner_relation SET valid_from = '2027-01-01T00:00:00Z' WHERE partner_id = $1 AND $2 IS NOT NULL";
        self.change(coming, fresh, fresh).await;
        for role in ["partner", "partner_admin"] {
            self.asker(rhone, role, Where::Inside, "who serves the site").await;
            self.asker(ost, role, Where::Outside, "who serves another customer").await;
            self.asker(past, role, Where::Outside, "whose relation is over").await;
            self.asker(fresh, role, Where::Outside, "whose relation is to come").await;
        }
    }

    /// Signed out, disabled, gone, with a token that is over, revoked, or of a device.
    async fn people_who_are_out(&mut self) {
        let out = [
            (
                "disabled",
                "UPDATE person SET disabled_at = $2 WHERE id = (SELECT person_id FROM membership WHERE id = $1)",
            ),
            ("gone from the account", "UPDATE membership SET ended_at = $2 WHERE id = $1"),
        ];
        for (what, change) in out {
            for role in ["customer_admin", "engineer"] {
                let account = if role == "engineer" { self.portal.provider } else { self.lyon.customer };
                let membership = self.asker(account, role, Where::Nowhere, what).await;
                self.set_time(change, membership).await;
            }
        }
        let over =
            self.asker(self.portal.provider, "engineer", Where::Nowhere, "whose token and session are over").await;
        self.set_time("UPDATE api_token SET expires_at = $2 WHERE membership_id = $1", over).await;
        self.set_time("UPDATE session SET expires_at = $2 WHERE membership_id = $1", over).await;
        let revoked = self.asker(self.portal.provider, "engineer", Where::Nowhere, "whose token is revoked").await;
        self.set_time("UPDATE api_token SET revoked_at = $2 WHERE membership_id = $1", revoked).await;
        self.set_time("DELETE FROM session WHERE membership_id = $1 AND $2::timestamptz IS NOT NULL", revoked).await;
        let half = self.asker(self.portal.provider, "engineer", Where::Nowhere, "who lacks the second factor").await;
        self.set_time("UPDATE api_token SET revoked_at = $2 WHERE membership_id = $1", half).await;
        let stage =
            "UPDATE session SET stage = 'second_factor' WHERE membership_id = $1 AND $2::timestamptz IS NOT NULL";
        self.set_time(stage, half).await;
        let stranger = self.portal.stranger();
        let device = Person { token: self.portal.credential(self.lyon, None).await, ..stranger.clone() };
        for (what, person) in [("signed out", stranger), ("a device", device)] {
            let nobody = Asker {
                what: what.to_owned(),
                role: "device",
                stands: Where::Nowhere,
                person,
                reads: false,
                browses: true,
            };
            self.askers.push(nobody);
        }
        let reader = self.asker(self.portal.provider, "engineer", Where::Inside, "whose token may only read").await;
        let read = "UPDATE api_token SET scopes = '{read}' WHERE membership_id = $1 AND $2::timestamptz IS NOT NULL";
        self.set_time(read, reader).await;
        let reader = self.askers.last_mut().unwrap();
        (reader.reads, reader.browses) = (true, false);
    }

    async fn asker(&mut self, account: Uuid, role: &'static str, stands: Where, what: &str) -> Uuid {
        let person = self.portal.enrol(account, &format!("Person {}", self.askers.len()), role).await;
        person.sign_in().await;
        let membership = person.membership;
        let what = format!("{role} {what}");
        self.askers.push(Asker { what, role, stands, person, reads: false, browses: true });
        membership
    }

    async fn change(&self, sql: &'static str, id: Uuid, other: Uuid) {
        sqlx::query(sql).bind(id).bind(other).execute(&self.portal.pool).await.unwrap();
    }

    async fn set_time(&self, sql: &'static str, id: Uuid) {
        let now = jiff_sqlx::ToSqlx::to_sqlx(self.portal.now());
        sqlx::query(sql).bind(id).bind(now).execute(&self.portal.pool).await.unwrap();
    }

    /// A call at the site of Acme: severity 3 waits with the partner, severity 2 is with the CAC.
    async fn call(&self, severity: &str) -> String {
        let body = json!({"system": "FT-4400-2210", "severity": severity, "title": "Fan 2", "body": "Slow."});
        let filed = self.engineer.api("POST", "/calls", Some(&body)).await;
        assert_eq!(filed.status, StatusCode::CREATED, "{}", filed.body);
        filed.json()["number"].as_str().unwrap().to_owned()
    }
}

/// What the rules say of a verb of the lifecycle, for whoever did not file the call.
fn may_use(role: &str, verb: &str) -> bool {
    let Some(column) = ROLES.iter().position(|known| *known == role) else { return false };
    if TABLE[3].1[column] == "—" {
        return false;
    }
    let party = match role {
        "customer" | "customer_admin" => "customer",
        "partner" | "partner_admin" => "partner",
        _ => "staff",
    };
    let who = VERBS.iter().find(|(name, _)| *name == verb).map_or(&[][..], |(_, who)| who);
    // Whoever filed it may take it back; here staff did.
    let who = if verb == "cancel" { &CANCEL[2..] } else { who };
    who.contains(&party)
}

fn expected(asker: &Asker, may: bool) -> End {
    match asker.stands {
        Where::Nowhere => End::SignIn,
        Where::Outside => End::Nothing,
        Where::Inside if may && !asker.reads => End::Let,
        Where::Inside => End::Forbidden,
    }
}

/// The noun of each verb, and what of the form tells it from the others.
const NOUNS: [(&str, &str, &[(&str, &str)]); 20] = [
    ("acknowledge", "acknowledgement", &[]),
    ("assign", "assignment", &[]),
    ("comment", "entries", &[("kind", "comment")]),
    ("note", "entries", &[("kind", "note")]),
    ("ask_customer", "question", &[]),
    ("hold", "hold", &[("hold_reason", "part")]),
    ("resume", "hold", &[("action", "resume")]),
    ("change_severity", "severity", &[("severity", "1")]),
    ("take_review", "review", &[("action", "take")]),
    ("pass_on", "review", &[("action", "pass")]),
    ("dismiss", "review", &[("action", "dismiss")]),
    ("hand_over", "handover", &[("queue", "emea-os")]),
    ("restore", "restoration", &[]),
    ("resolve", "resolution", &[("resolution_code", "fixed"), ("cause", "dust")]),
    ("reject_solution", "rejection", &[]),
    ("accept", "closure", &[]),
    ("close", "closure", &[]),
    ("reopen", "reopening", &[]),
    ("cancel", "cancellation", &[]),
    ("answer", "", &[]),
];

/// Partners do some things only with what they have for review.
fn severity_for(role: &str, verb: &str) -> &'static str {
    let reviews = ["take_review", "pass_on", "dismiss", "ask_customer", "resolve"].contains(&verb);
    if role.starts_with("partner") && reviews { "3" } else { "2" }
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn every_verb_ends_for_everybody_as_the_rules_say(db: PgPool) {
    let house = House::open(db).await;
    // What is refused changes nothing, so one call of each kind does for all of that.
    let (two, three) = (house.call("2").await, house.call("3").await);
    let mut tried = 0;
    for asker in &house.askers {
        for (verb, noun, form) in NOUNS {
            let severity = severity_for(asker.role, verb);
            let wanted = expected(asker, may_use(asker.role, verb));
            let shared = if severity == "2" { &two } else { &three };
            let number = if wanted == End::Let { house.call(severity).await } else { shared.clone() };

            let mut body = json!({"verb": verb, "body": "x", "reason": "x"});
            for (name, value) in form {
                body[name] = json!(value);
            }
            let path = format!("/calls/{number}/transitions");
            let told = asker.person.api("POST", &path, Some(&body)).await;
            assert_eq!(end(&told), wanted, "{} does {verb} by API: {} {}", asker.what, told.status, told.body);
            tried += 1;

            // One address, two verbs: which of them is meant depends on who asks.
            let other = verb == "answer" || (noun == "closure" && (verb == "close") != (may_use(asker.role, "close")));
            if other || !asker.browses {
                continue;
            }
            let mut fields = vec![("body", "x"), ("reason", "x")];
            fields.extend(form);
            let page = asker.person.post(&format!("/calls/{number}/{noun}"), &fields).await;
            let house_role = ["admin", "auditor"].contains(&asker.role) && noun == "closure";
            if !house_role {
                assert_eq!(end(&page), wanted, "{} does {verb} by form: {} {}", asker.what, page.status, page.body);
            }
            tried += 1;
        }
    }
    println!("{tried} attempts at a verb ended as the rules say");
    assert!(tried > 800, "{tried}");
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn every_reading_ends_for_everybody_as_the_rules_say(db: PgPool) {
    let house = House::open(db).await;
    let number = house.call("3").await;
    let api = |path: &str| format!("/api/v1{path}");
    let mut addresses: Vec<String> = ["", "/history", "/routing", "/clocks"]
        .iter()
        .map(|rest| api(&format!("/calls/{number}{rest}")))
        .chain(["", "/history", "/alarms"].iter().map(|rest| api(&format!("/systems/FT-4400-2210{rest}"))))
        .collect();
    addresses.extend([format!("/calls/{number}"), "/systems/FT-4400-2210".to_owned(), "/sites/LYON-2".to_owned()]);
    for asker in &house.askers {
        for address in &addresses {
            let Some(page) = read(asker, address).await else { continue };
            let wanted = match asker.stands {
                Where::Inside => End::Let,
                _ => expected(asker, true),
            };
            assert_eq!(end(&page), wanted, "{} reads {address}: {}", asker.what, page.body);
        }
    }
}

/// Rooms of the house: which row of the table opens them, and to how much of it.
const ROOMS: [(&str, usize, &[&str]); 5] = [
    ("/queues", 5, &["●", "see", "own CAC; rules all leads"]),
    ("/queues/emea-hardware", 5, &["●", "see", "own CAC; rules all leads"]),
    ("/api/v1/queues", 5, &["●", "see", "own CAC; rules all leads"]),
    ("/api/v1/queues/emea-hardware/calls", 5, &["●", "see", "own CAC; rules all leads"]),
    ("/admin/imports", 7, &["●", "see"]),
];

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn the_rooms_of_the_house_open_to_whom_the_rules_say(db: PgPool) {
    let house = House::open(db).await;
    house.portal.app.clock.advance(SignedDuration::from_secs(1));
    for asker in &house.askers {
        for (address, row, opens) in ROOMS {
            let Some(page) = read(asker, address).await else { continue };
            let column = ROLES.iter().position(|role| *role == asker.role);
            let cell = column.map_or("—", |column| TABLE[row].1[column]);
            let wanted = match asker.stands {
                Where::Nowhere => End::SignIn,
                _ if opens.contains(&cell) => End::Let,
                _ => End::Nothing,
            };
            assert_eq!(end(&page), wanted, "{} opens {address}: {}", asker.what, page.body);
        }
    }
}

/// Pages are for browsers, the API for tokens.
async fn read(asker: &Asker, address: &str) -> Option<Page> {
    match address.strip_prefix("/api/v1") {
        Some(path) => Some(asker.person.api("GET", path, None).await),
        None if asker.browses => Some(asker.person.get(address).await),
        None => None,
    }
}
