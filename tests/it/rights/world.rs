//! A house at random: customers, partners, relations of every kind, people in every state, calls over a year.

use jiff::{SignedDuration, Timestamp};
use meridian::{
    actions::{self, Deed, NewCall},
    domain::{access::Viewer, call::Change, severity::Severity},
};
use sqlx::PgPool;
use uuid::Uuid;

use super::oracle::{Serves, Somebody, Standing, Thing};
use crate::{
    faults::{PATIENCE, change, eventually, number},
    support::{Person, Place, TestApp},
};

pub const BEGINNING: &str = "2026-01-05T09:00:00Z";
const DAYS: u64 = 300;
const ROLES: [&str; 5] = ["engineer", "cac_lead", "duty_manager", "admin", "auditor"];

/// The same throws for the same seed.
pub struct Dice(u64);

impl Dice {
    pub fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((z ^ (z >> 31)) % u64::try_from(end).unwrap()).unwrap()
    }

    fn chance(&mut self, of: usize) -> bool {
        self.below(of) == 0
    }

    fn day(&mut self) -> Timestamp {
        let days = self.below(usize::try_from(DAYS).unwrap());
        BEGINNING.parse::<Timestamp>().unwrap() + SignedDuration::from_hours(24 * i64::try_from(days).unwrap())
    }
}

pub struct Call {
    pub number: String,
    pub system: usize,
    pub thing: Thing,
    pub open: bool,
}

pub struct System {
    pub serial: String,
    pub thing: Thing,
}

pub struct Site {
    pub code: String,
    pub place: Place,
    pub thing: Thing,
}

pub struct World {
    pub portal: TestApp,
    pub sites: Vec<Site>,
    pub systems: Vec<System>,
    pub relations: Vec<Serves>,
    pub calls: Vec<Call>,
    pub people: Vec<(Somebody, Person)>,
}

impl World {
    pub async fn at_random(db: PgPool, dice: &mut Dice) -> Self {
        let portal = TestApp::at(BEGINNING, db).await;
        let mut world =
            Self { portal, sites: vec![], systems: vec![], relations: vec![], calls: vec![], people: vec![] };
        let customers = world.customers(dice).await;
        let partners = world.partners(&customers, dice).await;
        world.file_calls(dice).await;
        world.all_told().await;
        world.portal.gathered().await;
        world.enrol_people(&customers, &partners, dice).await;
        world
    }

    pub fn now(&self) -> Timestamp {
        self.portal.now()
    }

    /// Everybody whom a change concerns has been told of it.
    pub async fn all_told(&self) {
        let pool = &self.portal.pool;
        let told = async || {
            let behind =
                "SELECT (SELECT max(pos) FROM stream) - (SELECT pos FROM stream_reader WHERE name = 'notices')";
            (number(pool, "SELECT count(*) FROM outbox").await == 0 && number(pool, behind).await == 0).then_some(())
        };
        eventually("everybody has been told", PATIENCE, told).await;
    }

    /// Two to three sites each, and two systems at each site.
    async fn customers(&mut self, dice: &mut Dice) -> Vec<Uuid> {
        let mut ids = Vec::new();
        for customer in 0..4 {
            let id = self.portal.account("customer", &format!("Customer {customer}")).await;
            ids.push(id);
            for _ in 0..2 + dice.below(2) {
                let site = self.sites.len();
                let code = format!("SITE-{site}");
                let place = self.portal.site(id, &code, "Europe/Paris", "EMEA").await;
                let thing = Thing { customer, site, began: None };
                for _ in 0..2 {
                    let serial = format!("FT-{:04}", self.systems.len());
                    self.portal.system(place, &serial, &serial.to_lowercase()).await;
                    self.systems.push(System { serial, thing });
                }
                self.sites.push(Site { code, place, thing });
            }
        }
        ids
    }

    async fn partners(&mut self, customers: &[Uuid], dice: &mut Dice) -> Vec<Uuid> {
        let mut ids = Vec::new();
        for partner in 0..4 {
            let id = self.portal.account("partner", &format!("Partner {partner}")).await;
            ids.push(id);
            for _ in 0..=dice.below(3) {
                let relation = self.relation(partner, dice);
                self.keep(&relation, id, customers[relation.customer]).await;
                self.relations.push(relation);
            }
        }
        ids
    }

    fn relation(&self, partner: usize, dice: &mut Dice) -> Serves {
        let site = dice.below(self.sites.len());
        let customer = self.sites[site].thing.customer;
        let from = dice.day();
        Serves {
            partner,
            customer,
            site: (!dice.chance(3)).then_some(site),
            history: ["all", "from_date", "none"][dice.below(3)],
            history_from: Some(dice.day()),
            from,
            to: dice.chance(3).then(|| from + SignedDuration::from_hours(24 * i64::try_from(dice.below(200)).unwrap())),
        }
    }

    async fn keep(&self, relation: &Serves, partner: Uuid, customer: Uuid) {
        let null = "NULL".to_owned();
        let quoted = |text: String| format!("'{text}'");
        let site = relation.site.map_or(null.clone(), |site| quoted(self.sites[site].place.site.to_string()));
        let to = relation.to.map_or(null.clone(), |to| quoted(to.to_string()));
        let looks_from = relation.history_from.map_or(null, |from| quoted(from.to_string()));
        let sql = format!(
            "INSERT INTO partner_relation (customer_id, id, partner_id, site_id, history, history_from, valid_from,
                                           valid_to)
             VALUES ($1, gen_random_uuid(), $2, {site}, $3, {looks_from}, $4, {to})"
        );
        let values =
            [customer.to_string(), partner.to_string(), relation.history.to_owned(), relation.from.to_string()];
        change(&self.portal.pool, &sql, &values).await;
    }

    /// A call every few days: with a comment that all may read, and a note that only staff may.
    async fn file_calls(&mut self, dice: &mut Dice) {
        let engineer = self.portal.enrol(self.portal.provider, "Ilse of the desk", "engineer").await;
        let mut day = 0;
        while day < DAYS {
            let hours = 24 + i64::try_from(dice.below(72)).unwrap();
            self.portal.app.clock.advance(SignedDuration::from_hours(hours));
            day += u64::try_from(hours).unwrap() / 24;
            // Relations turn under way, and so does what a viewer is.
            let viewer = self.portal.viewer(&engineer).await;
            let system = dice.below(self.systems.len());
            let call = self.file(&viewer, system, dice).await;
            self.calls.push(call);
        }
    }

    async fn file(&self, viewer: &Viewer, system: usize, dice: &mut Dice) -> Call {
        let new = NewCall {
            serial: self.systems[system].serial.clone(),
            severity: Severity::ALL[dice.below(4)],
            title: format!("Rumble number-{:03}", self.calls.len()),
            body: format!("body-of-{}", self.calls.len()),
            contact: "Night desk".to_owned(),
            available_24x7: false,
        };
        let app = &self.portal.app;
        let call = actions::file_call(app, viewer, &new, None).await.unwrap();
        let words = |kind: &str| Some(format!("{kind}-of-{}", self.calls.len()));
        let comment = Deed::new(Change::Comment { wants_severity: None }, words("comment"));
        let note = Deed::new(Change::Note, words("note"));
        actions::act_on_call(app, viewer, call.number, &comment, None).await.unwrap();
        actions::act_on_call(app, viewer, call.number, &note, None).await.unwrap();
        let open = !dice.chance(4);
        if !open {
            let cancel = Deed::new(Change::Cancel { duplicate_of: None }, Some("Raised in error.".to_owned()));
            actions::act_on_call(app, viewer, call.number, &cancel, None).await.unwrap();
        }
        let thing = Thing { began: Some(self.now()), ..self.systems[system].thing };
        Call { number: call.number.to_string(), system, thing, open }
    }

    async fn enrol_people(&mut self, customers: &[Uuid], partners: &[Uuid], dice: &mut Dice) {
        for (account, id) in customers.iter().enumerate() {
            for role in ["customer", "customer", "customer_admin"] {
                let own: Vec<usize> = self
                    .sites
                    .iter()
                    .filter(|site| site.thing.customer == account)
                    .map(|site| site.thing.site)
                    .collect();
                let sites = (role == "customer").then(|| vec![own[dice.below(own.len())]]);
                let sites = sites.filter(|_| !dice.chance(3));
                self.enrol(*id, Somebody { role, account, sites, standing: Standing::Well }, dice).await;
            }
        }
        for (account, id) in partners.iter().enumerate() {
            for role in ["partner", "partner", "partner_admin"] {
                let sites = dice.chance(4).then(|| vec![dice.below(self.sites.len()), dice.below(self.sites.len())]);
                self.enrol(*id, Somebody { role, account, sites, standing: Standing::Well }, dice).await;
            }
        }
        for role in ROLES {
            let who = Somebody { role, account: 0, sites: None, standing: Standing::Well };
            self.enrol(self.portal.provider, who, dice).await;
        }
    }

    async fn enrol(&mut self, account: Uuid, mut who: Somebody, dice: &mut Dice) {
        use Standing::{Disabled, Left, TokenOver, TokenRevoked, Well};
        who.standing = [Well, Well, Well, Well, Well, Disabled, Left, TokenOver, TokenRevoked][dice.below(9)];
        let name = format!("Person {}", self.people.len());
        let person = self.portal.enrol(account, &name, who.role).await;
        person.sign_in().await;
        let sites = who.sites.as_ref().map(|sites| sites.iter().map(|site| self.sites[*site].place.site).collect());
        self.limit(&person, sites).await;
        self.become_of(&person, who.standing).await;
        self.people.push((who, person));
    }

    async fn limit(&self, person: &Person, sites: Option<Vec<Uuid>>) {
        let Some(sites) = sites else { return };
        let sites: Vec<String> = sites.iter().map(Uuid::to_string).collect();
        let values = [person.membership.to_string(), format!("{{{}}}", sites.join(","))];
        change(&self.portal.pool, "UPDATE membership SET sites = $2 WHERE id = $1", &values).await;
    }

    async fn become_of(&self, person: &Person, standing: Standing) {
        let sql = match standing {
            Standing::Well => return,
            Standing::Disabled => {
                "UPDATE person SET disabled_at = $2
                 WHERE id = (SELECT person_id FROM membership WHERE id = $1)"
            }
            Standing::Left => "UPDATE membership SET ended_at = $2 WHERE id = $1",
            Standing::TokenOver => "UPDATE api_token SET expires_at = $2 WHERE membership_id = $1",
            Standing::TokenRevoked => "UPDATE api_token SET revoked_at = $2 WHERE membership_id = $1",
        };
        let values = [person.membership.to_string(), self.now().to_string()];
        change(&self.portal.pool, sql, &values).await;
    }
}

/// A die whose throws the run prints, so that a failure can be thrown again.
pub fn dice(seed: u64) -> Dice {
    println!("the seed of this world is {seed}");
    Dice(seed)
}
