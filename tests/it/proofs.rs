//! What people have to prove who they are, as the tests use it.

use meridian::{clock::Clock, config::Config, domain::proof::Mfa};
use reqwest::StatusCode;
use sqlx::PgPool;
use totp_rs::{Builder, Secret, Totp};

use crate::{
    page::Page,
    support::{MONDAY_AFTERNOON, PASSWORD, Person, TestApp},
};

/// A portal that demands a second factor of its staff.
pub async fn strict(db: PgPool) -> TestApp {
    let mfa = Mfa { staff: true, ..Mfa::NONE };
    let config = Config { jobs: true, mfa, ..Config::default() };
    TestApp::configured(Clock::held_at(MONDAY_AFTERNOON.parse().unwrap()), db, config).await
}

/// Somebody's phone.
pub struct Phone(Totp);

impl Phone {
    /// Types the key from the page.
    pub fn of(page: &Page) -> Self {
        let (_, rest) = page.body.split_once("secret\">").unwrap_or_else(|| panic!("no key in {}", page.body));
        let key = rest.split('<').next().unwrap().replace('-', "");
        Self(Builder::new().with_secret(Secret::try_from_base32(key).unwrap()).build_noncompliant())
    }

    pub fn code(&self, portal: &TestApp) -> String {
        self.0.generate(u64::try_from(portal.now().as_second()).unwrap()).to_string()
    }
}

/// The recovery codes that a page shows.
pub fn codes(page: &Page) -> Vec<String> {
    let (_, list) = page.body.split_once("<ul class=\"codes mono\">").unwrap_or_else(|| panic!("{}", page.body));
    let list = list.split("</ul>").next().unwrap();
    list.split("<li>").skip(1).map(|item| item.split('<').next().unwrap().to_owned()).collect()
}

/// Another browser of the same person, at the door.
pub async fn sign_in(portal: &TestApp, person: &Person) -> (Person, Page) {
    let browser = portal.stranger();
    let form = [("email", person.email.as_str()), ("password", PASSWORD), ("next", "/calls")];
    let page = browser.post("/session", &form).await;
    (browser, page)
}

/// Another browser of the same person, inside.
pub async fn signed_in(portal: &TestApp, person: &Person) -> Person {
    let (browser, page) = sign_in(portal, person).await;
    assert_eq!((page.status, page.location()), (StatusCode::SEE_OTHER, "/calls".to_owned()));
    browser
}

/// Sets up an app on `/me` and answers it with its recovery codes.
pub async fn set_up_app(portal: &TestApp, person: &Person) -> (Phone, Vec<String>) {
    assert_eq!(person.post("/me/authenticator", &[]).await.location(), "/me/authenticator");
    let phone = Phone::of(&person.get("/me/authenticator").await);
    let page = person.post("/me/authenticator/confirmation", &[("code", &phone.code(portal))]).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.body);
    (phone, codes(&page))
}
