//! One house with people of every kind, in and out of scope, and those whom it knows no more.

use reqwest::StatusCode;
use serde_json::json;
use sqlx::PgPool;
use uuid::Uuid;

use crate::{
    faults::change,
    support::{MONDAY_AFTERNOON, Person, Place, TestApp},
};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Where {
    Inside,
    Outside,
    /// Nobody, as far as the portal knows.
    Nowhere,
}

pub struct Asker {
    pub what: String,
    pub role: &'static str,
    pub stands: Where,
    pub person: Person,
    /// A token that may only read.
    pub reads: bool,
    /// Their browser has a session; programs without one have only a token.
    pub browses: bool,
}

pub struct House {
    pub portal: TestApp,
    lyon: Place,
    pub askers: Vec<Asker>,
    engineer: Person,
}

pub const ROLES: [&str; 9] = [
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
    pub async fn open(db: PgPool) -> Self {
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
        self.change("UPDATE membership SET sites = ARRAY[$2::uuid] WHERE id = $1", elsewhere, paris.site).await;
        let here = self.asker(self.lyon.customer, "customer", Where::Inside, "of this site alone").await;
        self.change("UPDATE membership SET sites = ARRAY[$2::uuid] WHERE id = $1", here, self.lyon.site).await;
    }

    async fn people_of_partners(&mut self, riga: Place) {
        let rhone = self.portal.partner("Rhone Systemes", self.lyon, true).await;
        let ost = self.portal.partner("Ost Partner", riga, true).await;
        let past = self.portal.partner("Past Partner", self.lyon, false).await;
        let over = "UPDATE partner_relation SET valid_to = '2026-01-01T00:00:00Z' WHERE partner_id = $1";
        self.change(over, past, past).await;
        let fresh = self.portal.partner("Fresh Partner", self.lyon, false).await;
        let coming = "UPDATE partner_relation SET valid_from = '2027-01-01T00:00:00Z' WHERE partner_id = $1";
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
        self.set_time("DELETE FROM session WHERE membership_id = $1", revoked).await;
        let half = self.asker(self.portal.provider, "engineer", Where::Nowhere, "who lacks the second factor").await;
        self.set_time("UPDATE api_token SET revoked_at = $2 WHERE membership_id = $1", half).await;
        let stage = "UPDATE session SET stage = 'second_factor' WHERE membership_id = $1";
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
        let read = "UPDATE api_token SET scopes = '{read}' WHERE membership_id = $1";
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

    async fn change(&self, sql: &str, id: Uuid, other: Uuid) {
        change(&self.portal.pool, sql, &[id.to_string(), other.to_string()]).await;
    }

    async fn set_time(&self, sql: &str, id: Uuid) {
        change(&self.portal.pool, sql, &[id.to_string(), self.portal.now().to_string()]).await;
    }

    /// A call at the site of Acme: severity 3 waits with the partner, severity 2 is with the CAC.
    pub async fn call(&self, severity: &str) -> String {
        let body = json!({"system": "FT-4400-2210", "severity": severity, "title": "Fan 2", "body": "Slow."});
        let filed = self.engineer.api("POST", "/calls", Some(&body)).await;
        assert_eq!(filed.status, StatusCode::CREATED, "{}", filed.body);
        filed.json()["number"].as_str().unwrap().to_owned()
    }
}
