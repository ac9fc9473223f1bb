//! A whole portal over real HTTP on a real store, at a time that the test chooses.

use argon2::{Algorithm, Argon2, Params, Version, password_hash::PasswordHasher};
use jiff::Timestamp;
use meridian::{
    actions,
    app::App,
    clock::Clock,
    config::Config,
    domain::access::Viewer,
    error::Result,
    serve,
    store::{Store, memberships, people, places, reference, relations, sessions, tokens},
};
use reqwest::{Client, redirect::Policy};
use sqlx::PgPool;
use tokio::task::JoinHandle;
use uuid::Uuid;

pub use crate::person::{Person, client};
use crate::{
    faults::{PATIENCE, eventually, is_true},
    page::{Page, read},
    person::browser,
};

/// A Monday on which EMEA and AMER are open.
pub const MONDAY_AFTERNOON: &str = "2026-11-23T14:33:00Z";
/// Saturday: every CAC of the standard rules is closed.
pub const SATURDAY: &str = "2026-11-21T12:00:00Z";
/// Monday, early in Asia: only APAC is open.
pub const MONDAY_NIGHT: &str = "2026-11-23T03:00:00Z";

pub const PASSWORD: &str = "a long enough password";

pub struct TestApp {
    pub app: App,
    pub url: String,
    pub pool: PgPool,
    hash: String,
    level: Uuid,
    pub provider: Uuid,
    server: Option<JoinHandle<Result<()>>>,
}

/// The database is dropped after its test, which waits for seconds while a portal is connected to it.
impl Drop for TestApp {
    fn drop(&mut self) {
        self.app.stop.cancel();
    }
}

#[derive(Debug, Clone, Copy)]
pub struct Place {
    pub customer: Uuid,
    pub site: Uuid,
    pub contract: Uuid,
}

impl TestApp {
    pub async fn at(now: &str, pool: PgPool) -> Self {
        Self::with(Clock::held_at(now.parse().unwrap()), pool, true).await
    }

    /// A portal whose clock runs and whose sweeps do too.
    pub async fn running(pool: PgPool) -> Self {
        Self::with(Clock::system(), pool, true).await
    }

    pub async fn with(clock: Clock, pool: PgPool, jobs: bool) -> Self {
        Self::configured(clock, pool, Config { jobs, ..Config::default() }).await
    }

    pub async fn configured(clock: Clock, pool: PgPool, config: Config) -> Self {
        // One connection: whoever needs two for one request waits for ever, and shows.
        let store = Store::connect((*pool.connect_options()).clone(), 1).await.unwrap();
        let app = App::new(store, clock, config).await.unwrap();
        let listener = serve::bind("127.0.0.1:0".parse().unwrap()).await.unwrap();
        let url = format!("http://127.0.0.1:{}", listener.local_addr().unwrap().port());
        let server = tokio::spawn({
            let app = app.clone();
            async move { serve::serve(&app, listener).await }
        });
        let level = reference::service_level(&pool, actions::STANDARD_LEVEL).await.unwrap().unwrap();
        let (hash, provider, server) = (cheap_hash(PASSWORD), Uuid::nil(), Some(server));
        let mut test = Self { app, url, pool, hash, level, provider, server };
        test.provider = test.account("provider", "Meridian").await;
        test
    }

    /// Stops the portal as a signal does, and waits until it has let go of everything.
    pub async fn stop(mut self) {
        self.app.stop.cancel();
        self.server.take().unwrap().await.unwrap().unwrap();
    }

    pub fn now(&self) -> Timestamp {
        self.app.clock.now()
    }

    /// Everything that was said so far is found from now on.
    pub async fn gathered(&self) {
        eventually("the words of all calls are gathered", PATIENCE, async || {
            actions::gather_words(&self.app).await.unwrap();
            is_true(&self.pool, "SELECT NOT EXISTS (SELECT FROM words_due)").await
        })
        .await;
    }

    pub async fn account(&self, kind: &str, name: &str) -> Uuid {
        let id = Uuid::now_v7();
        let slug = name.to_lowercase().replace(' ', "-");
        let mut tx = self.app.store.begin_write().await.unwrap();
        people::insert_account(&mut tx, id, kind, name, &slug, self.now()).await.unwrap();
        tx.commit().await.unwrap();
        id
    }

    /// A customer with one site and a contract.
    pub async fn customer(&self, name: &str, site_code: &str, zone: &str, region: &str) -> Place {
        let customer = self.account("customer", name).await;
        self.site(customer, site_code, zone, region).await
    }

    pub async fn site(&self, customer: Uuid, site_code: &str, zone: &str, region: &str) -> Place {
        let place = Place { customer, site: Uuid::now_v7(), contract: Uuid::now_v7() };
        let site = places::NewSite {
            customer_id: customer,
            id: place.site,
            site_code,
            name: zone.rsplit('/').next().unwrap(),
            country: "FR",
            region,
            time_zone: zone,
            address: "1 Rue de la Gare",
            language: None,
        };
        let contract = places::NewContract {
            customer_id: customer,
            id: place.contract,
            name: "Mission Critical",
            service_level_id: self.level,
            starts_at: "2020-01-01T00:00:00Z".parse().unwrap(),
            ends_at: "2030-01-01T00:00:00Z".parse().unwrap(),
        };
        let mut tx = self.app.store.begin_write().await.unwrap();
        places::insert_site(&mut tx, &site, self.now()).await.unwrap();
        places::insert_contract(&mut tx, &contract).await.unwrap();
        tx.commit().await.unwrap();
        place
    }

    pub async fn system(&self, place: Place, serial: &str, nickname: &str) -> Uuid {
        self.system_under(place, serial, nickname, Some(place.contract)).await
    }

    pub async fn system_under(&self, place: Place, serial: &str, nickname: &str, contract: Option<Uuid>) -> Uuid {
        let id = Uuid::now_v7();
        let system = places::NewSystem {
            customer_id: place.customer,
            id,
            site_id: place.site,
            contract_id: contract,
            serial,
            nickname,
            model: "FT 4400",
            subject: "hardware",
            os: "RHEL 9.4",
            heartbeat_minutes: None,
            installed_at: "2024-03-04T00:00:00Z".parse().unwrap(),
        };
        let mut tx = self.app.store.begin_write().await.unwrap();
        places::insert_system(&mut tx, &system).await.unwrap();
        tx.commit().await.unwrap();
        id
    }

    /// A partner who serves a place, first line or not.
    pub async fn partner(&self, name: &str, place: Place, first_line: bool) -> Uuid {
        let partner = self.account("partner", name).await;
        let relation = relations::NewRelation {
            customer_id: place.customer,
            id: Uuid::now_v7(),
            partner_id: partner,
            site_id: Some(place.site),
            first_line,
            accept_minutes: 30,
            history: "all",
            history_from: None,
            valid_from: "2020-01-01T00:00:00Z".parse().unwrap(),
            valid_to: None,
        };
        let mut tx = self.app.store.begin_write().await.unwrap();
        relations::insert(&mut tx, &relation).await.unwrap();
        tx.commit().await.unwrap();
        partner
    }

    pub async fn staff(&self, name: &str, role: &str) -> Person {
        self.person(self.provider, name, role).await
    }

    /// Somebody whom the portal knows, signed in.
    pub async fn person(&self, account: Uuid, name: &str, role: &str) -> Person {
        let person = self.enrol(account, name, role).await;
        person.sign_in().await;
        person
    }

    /// Somebody whom the portal knows, and who has a token; their browser has not signed in.
    pub async fn enrol(&self, account: Uuid, name: &str, role: &str) -> Person {
        let (id, email) = (Uuid::now_v7(), format!("{}@example.com", name.to_lowercase().replace(' ', ".")));
        let person = people::NewPerson {
            id,
            email: &email,
            display_name: name,
            password_hash: Some(&self.hash),
            key: &actions::new_key(),
        };
        let membership = memberships::NewMembership {
            id: Uuid::now_v7(),
            person_id: id,
            account_id: account,
            role,
            cac_code: None,
            sites: None,
        };
        let token = actions::new_secret("mt");
        let mut tx = self.app.store.begin_write().await.unwrap();
        people::insert(&mut tx, &person, self.now()).await.unwrap();
        memberships::insert(&mut tx, &membership, self.now()).await.unwrap();
        let all = tokens::NewToken {
            id: Uuid::now_v7(),
            token_hash: &actions::secret_hash(&token),
            prefix: actions::token_prefix(&token),
            membership_id: membership.id,
            name: "test",
            scopes: &["read".to_owned(), "write".to_owned()],
            created_by: None,
            expires_at: None,
        };
        tokens::insert(&mut tx, &all, self.now()).await.unwrap();
        tx.commit().await.unwrap();
        let (client, program) = (surfer(), client());
        Person { id, membership: membership.id, email, token, client, program, url: self.url.clone() }
    }

    /// The person as the actions know them.
    pub async fn viewer(&self, person: &Person) -> Viewer {
        let found = sessions::of_membership(&self.pool, person.membership).await.unwrap().unwrap();
        actions::as_viewer(&found, self.now()).unwrap()
    }

    /// Nobody: a browser that has not signed in.
    pub fn stranger(&self) -> Person {
        let (client, program) = (surfer(), client());
        Person {
            id: Uuid::nil(),
            membership: Uuid::nil(),
            email: String::new(),
            token: String::new(),
            client,
            program,
            url: self.url.clone(),
        }
    }

    pub async fn credential(&self, place: Place, system: Option<Uuid>) -> String {
        let secret = actions::new_secret("md");
        let holder =
            actions::Holder { customer_id: place.customer, site_id: place.site, system_id: system, name: "test" };
        let mut tx = self.app.store.begin_write().await.unwrap();
        actions::keep_secret(&mut tx, holder, &secret, None, self.now()).await.unwrap();
        tx.commit().await.unwrap();
        secret
    }

    /// A machine sends a body to one of the addresses where machines phone home.
    pub async fn ingest(&self, path: &str, credential: &str, body: impl Into<reqwest::Body>) -> Page {
        let request = client().post(format!("{}{path}", self.url)).bearer_auth(credential);
        let request = request.header("content-type", "application/cloudevents+json").body(body);
        read(request.send().await.unwrap()).await
    }
}

/// A browser keeps its cookies and shows where it is sent.
fn surfer() -> Client {
    browser().cookie_store(true).redirect(Policy::none()).build().unwrap()
}

/// The same password without the work that guards it: a sign-in then costs a test nothing.
fn cheap_hash(password: &str) -> String {
    let once = Params::new(Params::MIN_M_COST, 1, 1, None).unwrap();
    Argon2::new(Algorithm::Argon2id, Version::V0x13, once).hash_password(password.as_bytes()).unwrap().to_string()
}
