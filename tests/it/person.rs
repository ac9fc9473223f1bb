//! Somebody who uses the portal, with a browser and with a token.

use std::{collections::HashMap, time::Duration};

use reqwest::{Client, ClientBuilder, StatusCode};
use serde_json::Value;
use uuid::Uuid;

use crate::{
    page::{Page, read},
    support::PASSWORD,
};

#[derive(Clone)]
pub struct Person {
    pub id: Uuid,
    pub membership: Uuid,
    pub email: String,
    pub token: String,
    pub client: Client,
    /// A program of theirs: no cookies, only the token.
    pub program: Client,
    pub url: String,
}

impl Person {
    pub async fn sign_in(&self) {
        let page = self.post("/session", &[("email", self.email.as_str()), ("password", PASSWORD)]).await;
        assert_eq!(page.status, StatusCode::SEE_OTHER, "{}", page.body);
    }

    pub async fn get(&self, path: &str) -> Page {
        read(self.client.get(format!("{}{path}", self.url)).send().await.unwrap()).await
    }

    /// As a script of an open page does, without anybody having pressed anything.
    pub async fn fetch(&self, path: &str) -> Page {
        let request = self.client.get(format!("{}{path}", self.url)).header("sec-fetch-dest", "empty");
        read(request.send().await.unwrap()).await
    }

    pub async fn post(&self, path: &str, form: &[(&str, &str)]) -> Page {
        let form: HashMap<_, _> = form.iter().copied().collect();
        read(self.client.post(format!("{}{path}", self.url)).form(&form).send().await.unwrap()).await
    }

    pub async fn put(&self, path: &str, body: &str) -> Page {
        let request = self.client.put(format!("{}{path}", self.url)).body(body.to_owned());
        read(request.send().await.unwrap()).await
    }

    /// What a script of the page sends: JSON with the browser's own cookie.
    pub async fn send(&self, method: &str, path: &str) -> Page {
        let method = reqwest::Method::from_bytes(method.to_uppercase().as_bytes()).unwrap();
        let request = self.client.request(method, format!("{}{path}", self.url)).json(&serde_json::json!({}));
        read(request.send().await.unwrap()).await
    }

    pub async fn api(&self, method: &str, path: &str, body: Option<&Value>) -> Page {
        self.api_with(method, path, body, &[]).await
    }

    pub async fn api_with(&self, method: &str, path: &str, body: Option<&Value>, headers: &[(&str, &str)]) -> Page {
        let method = reqwest::Method::from_bytes(method.as_bytes()).unwrap();
        let mut request = self.program.request(method, format!("{}/api/v1{path}", self.url));
        if !self.token.is_empty() {
            request = request.bearer_auth(&self.token);
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = match body {
            Some(body) => request.json(body),
            None => request,
        };
        read(request.send().await.unwrap()).await
    }

    /// An answer that is still being told, such as the live stream.
    pub async fn open(&self, path: &str, last_event: Option<i64>) -> reqwest::Response {
        let request = self.client.get(format!("{}{path}", self.url));
        let request = match last_event {
            Some(pos) => request.header("last-event-id", pos),
            None => request,
        };
        request.send().await.unwrap()
    }

    /// Files a call and answers its number.
    pub async fn file(&self, serial: &str, severity: &str, title: &str) -> String {
        let form = [("system", serial), ("severity", severity), ("title", title), ("body", "It began this morning.")];
        let page = self.post("/calls", &form).await;
        assert_eq!(page.status, StatusCode::SEE_OTHER, "{}", page.body);
        page.location().rsplit('/').next().unwrap().to_owned()
    }
}

/// A program; the TLS that it may need is chosen once.
pub fn client() -> Client {
    browser().build().unwrap()
}

pub fn browser() -> ClientBuilder {
    // Somebody else in this process may have chosen it already.
    let _ = rustls::crypto::ring::default_provider().install_default();
    // The portal hangs up after five idle seconds: who waits as long may write into a closed connection.
    Client::builder().pool_idle_timeout(Duration::from_secs(2))
}
