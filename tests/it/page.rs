//! What a portal answered.

use reqwest::{Response, StatusCode, header::HeaderMap};
use serde_json::Value;

pub struct Page {
    pub status: StatusCode,
    pub body: String,
    pub headers: HeaderMap,
}

impl Page {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|e| panic!("{e}: {}", self.body))
    }

    pub fn location(&self) -> String {
        self.headers.get("location").map_or_else(String::new, |l| l.to_str().unwrap().to_owned())
    }

    /// The cookie that was set, as a browser sends it back.
    pub fn cookie(&self) -> String {
        self.headers["set-cookie"].to_str().unwrap().split(';').next().unwrap().to_owned()
    }
}

pub async fn read(response: Response) -> Page {
    let (status, headers) = (response.status(), response.headers().clone());
    Page { status, headers, body: response.text().await.unwrap() }
}
