//! Two customers, their partners and everybody who looks on, each with words that give away where they come from.

use meridian::store::relations::{self, NewRelation};
use serde_json::{Value, json};
use sqlx::PgPool;
use uuid::Uuid;

use crate::{
    page::Page,
    support::{Person, Place, TestApp},
};

/// Five weeks before the day on which everybody looks.
const LONG_BEFORE: &str = "2026-10-19T14:33:00Z";
const WEEKS: i64 = 5;

/// Words of one place; whoever may not see the place must never meet one.
pub const LYON: &str = "zqlyon";
pub const NICE: &str = "zqnice";
pub const RIGA: &str = "zqriga";
/// Riga before its new partner came.
pub const OLD_RIGA: &str = "zqancient";
/// What staff write to each other.
pub const NOTE: &str = "zqnote";
/// The mail address of the engineer who works all these calls.
const STAFF: &str = "ilse@example.com";
const EVERYTHING: [&str; 6] = [LYON, NICE, RIGA, OLD_RIGA, NOTE, STAFF];

pub struct Houses {
    pub portal: TestApp,
    pub readers: Vec<Reader>,
    /// Calls, systems and sites of everybody: what a program may try to ask for.
    pub numbers: Vec<String>,
    pub serials: Vec<String>,
    pub sites: Vec<String>,
}

/// Somebody who looks on, and what that person must never see.
pub struct Reader {
    pub role: &'static str,
    pub person: Person,
    pub foreign: Vec<&'static str>,
}

impl Reader {
    fn new(role: &'static str, person: Person, may_see: &[&str]) -> Self {
        let foreign = EVERYTHING.into_iter().filter(|word| !may_see.contains(word)).collect();
        Self { role, person, foreign }
    }

    /// The first word that gives away what this reader may not see.
    pub fn meets(&self, page: &Page) -> Option<&'static str> {
        let headers: Vec<String> =
            page.headers.iter().map(|(_, v)| String::from_utf8_lossy(v.as_bytes()).into()).collect();
        let told = format!("{}\n{}", page.body, headers.join("\n")).to_lowercase();
        self.foreign.iter().find(|word| told.contains(**word)).copied()
    }
}

impl Houses {
    pub async fn built(db: PgPool) -> Self {
        let portal = TestApp::at(LONG_BEFORE, db).await;
        let mut houses =
            Self { portal, readers: Vec::new(), numbers: Vec::new(), serials: Vec::new(), sites: Vec::new() };
        let acme = houses.portal.account("customer", "Acme Rail").await;
        let baltic = houses.portal.account("customer", "Baltic Grid").await;
        let lyon = houses.place(acme, LYON).await;
        let nice = houses.place(acme, NICE).await;
        let riga = houses.place(baltic, RIGA).await;
        let rhone = houses.portal.partner("Rhone Systemes", lyon, true).await;
        let left = houses.portal.partner("Alpes Calcul", nice, true).await;
        let ilse = houses.portal.staff("Ilse", "engineer").await;
        let carl = houses.portal.person(acme, "Carl Petit", "customer_admin").await;
        let janis = houses.portal.person(baltic, "Janis Berzins", "customer_admin").await;

        houses.life(riga, RIGA, OLD_RIGA, &janis, &ilse).await;
        houses.life(nice, NICE, NICE, &carl, &ilse).await;
        houses.end_relation(left).await;
        houses.portal.app.clock.advance(jiff::SignedDuration::from_hours(WEEKS * 7 * 24));
        houses.life(riga, RIGA, RIGA, &janis, &ilse).await;
        houses.life(lyon, LYON, LYON, &carl, &ilse).await;
        let new = houses.new_relation(riga).await;

        houses.customers(acme, baltic, nice).await;
        houses.partners(rhone, left, new).await;
        houses.house().await;
        houses
    }

    async fn customers(&mut self, acme: Uuid, baltic: Uuid, nice: Place) {
        for (account, name, role, may_see) in [
            (acme, "Claire Dubois", "customer", vec![LYON, NICE]),
            (acme, "Chloe Martin", "customer_admin", vec![LYON, NICE]),
            (baltic, "Zane Kalnina", "customer", vec![RIGA, OLD_RIGA]),
        ] {
            let person = self.portal.person(account, name, role).await;
            self.readers.push(Reader::new(role, person, &may_see));
        }
        let one_site = self.portal.person(acme, "Simone Nice", "customer").await;
        self.limit(&one_site, nice).await;
        self.readers.push(Reader::new("customer", one_site, &[NICE]));
    }

    async fn limit(&self, person: &Person, place: Place) {
        let (membership, sites) = (person.membership, vec![place.site]);
        sqlx::query!("UPDATE membership SET sites = $2 WHERE id = $1", membership, &sites)
            .execute(&self.portal.pool)
            .await
            .unwrap();
    }

    /// One with a site, one whose relation has ended, and one from whom the past is kept.
    async fn partners(&mut self, rhone: Uuid, left: Uuid, new: Uuid) {
        for (account, name, role, may_see) in [
            (rhone, "Paul Roche", "partner", vec![LYON]),
            (rhone, "Petra Roche", "partner_admin", vec![LYON]),
            (left, "Leo Alpin", "partner", vec![]),
            (new, "Nils Tamm", "partner_admin", vec![RIGA]),
        ] {
            let person = self.portal.person(account, name, role).await;
            self.readers.push(Reader::new(role, person, &may_see));
        }
    }

    async fn house(&mut self) {
        for (name, role) in [
            ("Erik", "engineer"),
            ("Lena", "cac_lead"),
            ("Dora", "duty_manager"),
            ("Ada", "admin"),
            ("Otto", "auditor"),
        ] {
            let person = self.portal.staff(name, role).await;
            self.readers.push(Reader::new(role, person, &EVERYTHING));
        }
        let nobody = self.portal.stranger();
        self.readers.push(Reader::new("nobody", nobody, &[]));
    }

    async fn place(&mut self, customer: Uuid, word: &str) -> Place {
        let code = format!("{word}-1");
        let place = self.portal.site(customer, &code, "Europe/Paris", "EMEA").await;
        self.sites.push(code);
        for n in 1..=2 {
            let serial = format!("ft-{word}-{n}");
            self.portal.system(place, &serial, &format!("{word}-core-{n}")).await;
            self.serials.push(serial);
        }
        place
    }

    /// Calls in every state, and words in every field that takes some.
    async fn life(&mut self, place: Place, site: &str, word: &str, customer: &Person, ilse: &Person) {
        let serial = format!("ft-{site}-1");
        for (severity, title) in [(1, "is down"), (2, "is slow"), (3, "warns"), (4, "asks")] {
            let call = json!({"system": serial, "severity": severity, "title": format!("{word} {title}"),
                              "body": format!("{word} since noon"), "contact": format!("{word} gate")});
            let filed = customer.api("POST", "/calls", Some(&call)).await;
            assert_eq!(filed.status, 201, "{}", filed.body);
            self.numbers.push(filed.json()["number"].as_str().unwrap().to_owned());
        }
        let mine = self.numbers[self.numbers.len() - 4..].to_vec();
        let note = json!({"kind": "note", "body": format!("{NOTE} {word}")});
        let said = json!({"kind": "comment", "body": format!("{word} blinks")});
        for number in &mine {
            done(ilse, &format!("/calls/{number}/entries"), &note).await;
            done(customer, &format!("/calls/{number}/entries"), &said).await;
        }
        self.work(&mine, word, ilse).await;
        self.alarm(place, &serial, word).await;
    }

    async fn work(&self, mine: &[String], word: &str, ilse: &Person) {
        let steps = [
            (0, json!({"verb": "assign", "assignee": "me"})),
            (0, json!({"verb": "ask_customer", "body": format!("{word} which?")})),
            (1, json!({"verb": "acknowledge"})),
            (
                1,
                json!({"verb": "resolve", "resolution_code": "fixed", "cause": "dust", "body": format!("{word} cleaned")}),
            ),
        ];
        for (which, step) in steps {
            done(ilse, &format!("/calls/{}/transitions", mine[which]), &step).await;
        }
    }

    async fn alarm(&self, place: Place, serial: &str, word: &str) {
        let credential = self.portal.credential(place, None).await;
        let event = json!({"specversion": "1.0", "id": word, "source": format!("/systems/{serial}"), "subject": "11/2",
                           "type": "meridian.alarm.raised",
                           "data": {"code": "fan", "severity": "error", "summary": format!("{word} fan")}});
        let answer = self.portal.ingest("/ingest/alarms", &credential, event.to_string()).await;
        assert_eq!(answer.status, 202, "{}", answer.body);
    }

    async fn end_relation(&self, partner: Uuid) {
        use jiff_sqlx::ToSqlx;
        let now = self.portal.now().to_sqlx();
        sqlx::query!("UPDATE partner_relation SET valid_to = $2 WHERE partner_id = $1", partner, now as _)
            .execute(&self.portal.pool)
            .await
            .unwrap();
    }

    /// A partner who comes today and is not shown what was before.
    async fn new_relation(&self, place: Place) -> Uuid {
        let partner = self.portal.account("partner", "Daugava IT").await;
        let week = jiff::SignedDuration::from_hours(7 * 24);
        let relation = NewRelation {
            customer_id: place.customer,
            id: Uuid::now_v7(),
            partner_id: partner,
            site_id: Some(place.site),
            first_line: false,
            accept_minutes: 30,
            history: "from_date",
            history_from: Some(self.portal.now() - week),
            valid_from: self.portal.now() - week,
            valid_to: None,
        };
        let mut tx = self.portal.app.store.begin_write().await.unwrap();
        relations::insert(&mut tx, &relation).await.unwrap();
        tx.commit().await.unwrap();
        partner
    }
}

async fn done(person: &Person, path: &str, body: &Value) {
    let answer = person.api("POST", path, Some(body)).await;
    assert!(answer.status.is_success(), "{path} {body}: {}", answer.body);
}
