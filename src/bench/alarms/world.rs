//! Customers, sites and systems that call home, four to a site: five at once would be a storm, and one call.

use sqlx::PgConnection;
use uuid::Uuid;

use crate::{
    actions::{self, Holder},
    clock::Clock,
    error::{Error, Result},
    store::{Store, people, places, reference},
};

pub struct World {
    /// Tells the messages of this run from those of others.
    pub run: String,
    pub sites: Vec<Site>,
}

pub struct Site {
    pub gateway: String,
    pub systems: Vec<System>,
}

pub struct System {
    pub serial: String,
    pub credential: String,
}

const SYSTEMS_OF_SITE: usize = 4;
const SITES_OF_CUSTOMER: usize = 25;

pub async fn build(store: &Store, systems: usize) -> Result<World> {
    let now = Clock::system().now();
    let run = format!("{:x}", now.as_millisecond());
    let level = reference::service_level(store.reader(), actions::STANDARD_LEVEL).await?;
    let level = level.ok_or_else(|| Error::Internal("the store has no service level".to_owned()))?;
    let mut builder = Builder { run: &run, now, level, customer: Uuid::nil(), contract: Uuid::nil() };
    let mut tx = store.begin_write().await?;
    let mut sites = Vec::new();
    for number in 0..systems.div_ceil(SYSTEMS_OF_SITE) {
        if number % SITES_OF_CUSTOMER == 0 {
            builder.customer(&mut tx, number / SITES_OF_CUSTOMER).await?;
        }
        let first = number * SYSTEMS_OF_SITE;
        sites.push(builder.site(&mut tx, number, first..systems.min(first + SYSTEMS_OF_SITE)).await?);
    }
    tx.commit().await?;
    Ok(World { run, sites })
}

struct Builder<'a> {
    run: &'a str,
    now: jiff::Timestamp,
    level: Uuid,
    customer: Uuid,
    contract: Uuid,
}

impl Builder<'_> {
    async fn customer(&mut self, tx: &mut PgConnection, number: usize) -> Result<()> {
        (self.customer, self.contract) = (Uuid::now_v7(), Uuid::now_v7());
        let (name, slug) = (format!("Bench {number} {}", self.run), format!("bench-{number}-{}", self.run));
        people::insert_account(tx, self.customer, "customer", &name, &slug, self.now).await?;
        let year = jiff::SignedDuration::from_hours(24 * 365);
        let contract = places::NewContract {
            customer_id: self.customer,
            id: self.contract,
            name: "Mission Critical",
            service_level_id: self.level,
            starts_at: self.now - year,
            ends_at: self.now + year,
        };
        places::insert_contract(tx, &contract).await
    }

    async fn site(&self, tx: &mut PgConnection, number: usize, systems: std::ops::Range<usize>) -> Result<Site> {
        let id = Uuid::now_v7();
        let (code, name) = (format!("BENCH-{number}-{}", self.run), format!("Hall {number}"));
        let (region, country, time_zone) =
            [("EMEA", "FR", "Europe/Paris"), ("AMER", "US", "America/New_York"), ("APAC", "JP", "Asia/Tokyo")]
                [number % 3];
        let site = places::NewSite {
            customer_id: self.customer,
            id,
            site_code: &code,
            name: &name,
            country,
            region,
            time_zone,
            address: "",
            language: None,
        };
        places::insert_site(tx, &site, self.now).await?;
        let gateway = self.credential(tx, id, None).await?;
        let mut made = Vec::new();
        for system in systems {
            made.push(self.system(tx, id, system).await?);
        }
        Ok(Site { gateway, systems: made })
    }

    async fn system(&self, tx: &mut PgConnection, site: Uuid, number: usize) -> Result<System> {
        let (id, serial) = (Uuid::now_v7(), format!("FT-B-{number}-{}", self.run));
        let system = places::NewSystem {
            customer_id: self.customer,
            id,
            site_id: site,
            contract_id: Some(self.contract),
            serial: &serial,
            nickname: &format!("bench-{number}"),
            model: "FT 4400",
            subject: "hardware",
            os: "RHEL 9.4",
            heartbeat_minutes: Some(15),
            installed_at: self.now,
        };
        places::insert_system(tx, &system).await?;
        let credential = self.credential(tx, site, Some(id)).await?;
        Ok(System { serial, credential })
    }

    async fn credential(&self, tx: &mut PgConnection, site: Uuid, system: Option<Uuid>) -> Result<String> {
        let secret = actions::new_secret("md");
        let holder = Holder { customer_id: self.customer, site_id: site, system_id: system, name: "bench" };
        actions::keep_secret(tx, holder, &secret, None, self.now).await?;
        Ok(secret)
    }
}
