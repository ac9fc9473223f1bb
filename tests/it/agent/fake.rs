//! A portal that does what the test wants, and believes only what is signed.

use std::sync::{Arc, Mutex};

use axum::{
    Json, Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
    routing::post,
};
use jiff::{SignedDuration, Timestamp, fmt::rfc2822::DateTimePrinter};
use meridian::{
    clock::Clock,
    domain::signature::{Request, Signature},
};
use serde_json::{Value, json};
use tokio::{net::TcpListener, task::JoinHandle};

pub const SECRET: &str = "md_a_secret_of_the_test";
pub const DEVICE: &str = "FT-4400-2210";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mood {
    Well,
    /// 503, and come back in a second.
    Busy,
    /// Another credential is wanted.
    Closed,
    /// Something between us answers everything with a page that says welcome.
    Hotel,
    /// It has everything, and the answer is lost.
    Mute,
}

#[derive(Default)]
pub struct Heard {
    /// In the order in which they came first, each once, as the real one keeps them.
    pub events: Vec<Value>,
    pub messages: usize,
    /// Refused for their time.
    pub skewed: usize,
    nonces: Vec<String>,
}

struct Portal {
    mood: Mood,
    /// How far its clock is from the machine's.
    offset: SignedDuration,
    heard: Heard,
}

pub struct Fake {
    pub url: String,
    portal: Arc<Mutex<Portal>>,
    server: JoinHandle<()>,
}

impl Drop for Fake {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl Fake {
    pub async fn open(mood: Mood, offset: SignedDuration) -> Self {
        let portal = Arc::new(Mutex::new(Portal { mood, offset, heard: Heard::default() }));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        // Below a folder, as behind a proxy that serves other things too.
        let url = format!("http://{}/portal/", listener.local_addr().unwrap());
        let router = Router::new().route("/portal/ingest/alarms", post(ingest)).with_state(portal.clone());
        let server = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { url, portal, server }
    }

    pub fn turn(&self, mood: Mood) {
        self.portal.lock().unwrap().mood = mood;
    }

    pub fn heard<T>(&self, look: impl FnOnce(&Heard) -> T) -> T {
        look(&self.portal.lock().unwrap().heard)
    }
}

async fn ingest(State(portal): State<Arc<Mutex<Portal>>>, headers: HeaderMap, body: Bytes) -> Response {
    let mut portal = portal.lock().unwrap();
    portal.heard.messages += 1;
    let now = Clock::system().now() + portal.offset;
    let text = |name: &str| headers.get(name).unwrap().to_str().unwrap();
    let signature = Signature::parse(text("meridian-signature")).unwrap();
    let signed = Request { method: "POST", path: "/portal/ingest/alarms", body: &body };
    assert!(signature.fits(SECRET, signed), "signed with another secret");
    assert_eq!((text("meridian-device"), text("content-type")), (DEVICE, "application/cloudevents-batch+json"));
    assert!(!portal.heard.nonces.contains(&signature.nonce), "each message has a nonce of its own");
    portal.heard.nonces.push(signature.nonce.clone());
    if !signature.is_in_time(now) {
        portal.heard.skewed += 1;
        return problem(StatusCode::UNAUTHORIZED, "clock-skew", now);
    }
    let events: Vec<Value> = serde_json::from_slice(&body).unwrap();
    match portal.mood {
        Mood::Well | Mood::Mute if events.iter().any(|event| event["data"]["code"] == "poison") => {
            problem(StatusCode::UNPROCESSABLE_ENTITY, "about:blank", now)
        }
        Mood::Well => portal.heard.take(&events),
        Mood::Mute => {
            portal.heard.take(&events);
            problem(StatusCode::BAD_GATEWAY, "about:blank", now)
        }
        Mood::Busy => {
            let again = [(header::RETRY_AFTER, "1")];
            (again, problem(StatusCode::SERVICE_UNAVAILABLE, "about:blank", now)).into_response()
        }
        Mood::Closed => problem(StatusCode::UNAUTHORIZED, "about:blank", now),
        Mood::Hotel => (StatusCode::ACCEPTED, "<h1>Welcome to the hotel</h1>").into_response(),
    }
}

impl Heard {
    fn take(&mut self, events: &[Value]) -> Response {
        for event in events {
            if !self.events.iter().any(|known| known["id"] == event["id"] && known["source"] == event["source"]) {
                self.events.push(event.clone());
            }
        }
        let results: Vec<_> =
            events.iter().map(|event| json!({"id": event["id"], "disposition": "informational"})).collect();
        (StatusCode::ACCEPTED, Json(json!({"accepted": results.len(), "results": results}))).into_response()
    }
}

fn problem(status: StatusCode, kind: &str, now: Timestamp) -> Response {
    let date = DateTimePrinter::new().timestamp_to_rfc9110_string(&now).unwrap();
    (status, [(header::DATE, date)], Json(json!({"type": kind, "detail": "Said by the fake."}))).into_response()
}
