//! A second door to the same portal: behind a proxy that ends TLS and is believed.

use std::net::IpAddr;

use meridian::{app::App, config::Config, serve};
use reqwest::{Client, RequestBuilder, redirect::Policy};

use crate::{
    page::{Page, read},
    support::TestApp,
};

pub struct Door {
    pub url: String,
    client: Client,
}

impl Door {
    pub async fn of(portal: &TestApp) -> Self {
        Self::named(portal, Some("https://portal.example")).await
    }

    /// Behind a portal that may have been told its own address.
    pub async fn named(portal: &TestApp, public_url: Option<&str>) -> Self {
        // Whoever comes first installs it.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let config = Config {
            public_url: public_url.map(str::to_owned),
            trusted_proxies: vec![IpAddr::from([127, 0, 0, 1])],
            ..Config::default()
        };
        let mut app = App::new(portal.app.store.clone(), portal.app.clock.clone(), config).await.unwrap();
        app.stop = portal.app.stop.clone();
        let listener = serve::bind("127.0.0.1:0".parse().unwrap()).await.unwrap();
        let url = format!("http://127.0.0.1:{}", listener.local_addr().unwrap().port());
        tokio::spawn(async move { serve::serve(&app, listener).await });
        Self { url, client: Client::builder().redirect(Policy::none()).build().unwrap() }
    }

    pub fn get(&self, path: &str) -> RequestBuilder {
        self.client.get(format!("{}{path}", self.url))
    }

    pub fn post(&self, path: &str) -> RequestBuilder {
        self.client.post(format!("{}{path}", self.url))
    }

    /// Somebody at an address tries to sign in.
    pub async fn sign_in(&self, from: &str, email: &str, password: &str) -> Page {
        let form = [("email", email), ("password", password)];
        told(self.post("/session").header("x-forwarded-for", from).form(&form)).await
    }
}

pub async fn told(request: RequestBuilder) -> Page {
    read(request.send().await.unwrap()).await
}
