//! The accept loop, against clients that mean no good and clients that do.
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::routing::{get, post};
use bytes::Bytes;
use futures_util::stream;
use meridian::error::Result;
use meridian::web::listen::{Limits, serve};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;
use tower_http::timeout::RequestBodyDeadlineLayer;

const SHORT: Duration = Duration::from_millis(300);
const LIMITS: Limits = Limits { connections: 8, first_byte: SHORT, headers: SHORT, drain: Duration::from_millis(800) };

struct Running {
    at: SocketAddr,
    stop: CancellationToken,
    server: JoinHandle<Result<()>>,
}

impl Running {
    async fn with(limits: Limits) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (at, stop) = (listener.local_addr().unwrap(), CancellationToken::new());
        let server = tokio::spawn(serve(listener, router(), limits, stop.clone()));
        Self { at, stop, server }
    }

    async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.at).await.unwrap()
    }

    async fn saying(&self, words: &str) -> TcpStream {
        let mut client = self.connect().await;
        client.write_all(words.as_bytes()).await.unwrap();
        client
    }

    async fn stopped(self) -> Duration {
        let began = Instant::now();
        self.stop.cancel();
        self.server.await.unwrap().unwrap();
        began.elapsed()
    }
}

fn router() -> Router {
    Router::new()
        .route("/peer", get(|ConnectInfo(peer): ConnectInfo<SocketAddr>| async move { peer.to_string() }))
        .route(
            "/slow",
            get(|| async {
                sleep(SHORT).await;
                "finished"
            }),
        )
        .route(
            "/upload",
            post(|body: std::result::Result<Bytes, _>| async move {
                body.map(|_| "whole").map_err(|_: axum::extract::rejection::BytesRejection| "cut")
            }),
        )
        .route("/endless", get(|| async { Body::from_stream(stream::unfold((), tick)) }))
        .layer(RequestBodyDeadlineLayer::new(SHORT))
}

async fn tick((): ()) -> Option<(std::io::Result<&'static str>, ())> {
    sleep(Duration::from_millis(50)).await;
    Some((Ok("tick\n"), ()))
}

const PEER: &str = "GET /peer HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n";

/// Everything up to the end of the connection; a client nobody cuts fails here.
async fn rest(mut client: TcpStream) -> String {
    let mut said = Vec::new();
    let end = timeout(Duration::from_secs(5), client.read_to_end(&mut said)).await;
    let _reset_counts_too = end.expect("the connection was left open");
    String::from_utf8_lossy(&said).into_owned()
}

#[tokio::test]
async fn a_request_is_answered_and_knows_its_peer() {
    let running = Running::with(LIMITS).await;
    let client = running.saying(PEER).await;
    let peer = client.local_addr().unwrap().to_string();

    let answer = rest(client).await;

    assert!(answer.starts_with("HTTP/1.1 200 OK"), "{answer}");
    assert!(answer.ends_with(&peer), "{answer}");
}

#[tokio::test]
async fn http_2_without_tls_is_understood() {
    let running = Running::with(LIMITS).await;
    let settings = "\0\0\0\u{4}\0\0\0\0\0";
    let mut client = running.saying(&format!("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n{settings}")).await;

    let mut frame = [0; 9];
    client.read_exact(&mut frame).await.unwrap();

    assert_eq!(frame[3], 4, "the first frame of an HTTP/2 server is SETTINGS: {frame:?}");
}

#[tokio::test]
async fn a_client_that_says_nothing_is_cut() {
    let running = Running::with(LIMITS).await;

    assert_eq!(rest(running.connect().await).await, "");
}

#[tokio::test]
async fn a_client_that_stops_within_the_http_2_greeting_is_cut() {
    let running = Running::with(LIMITS).await;

    assert_eq!(rest(running.saying("PRI * HT").await).await, "");
}

#[tokio::test]
async fn a_client_that_dribbles_headers_is_cut() {
    let running = Running::with(LIMITS).await;
    let mut client = running.saying("GET /peer HTTP/1.1\r\n").await;
    let began = Instant::now();

    while client.write_all(b"X-More: and more\r\n").await.is_ok() {
        assert!(began.elapsed() < Duration::from_secs(5), "still open");
        sleep(Duration::from_millis(50)).await;
    }

    assert!(began.elapsed() >= SHORT);
}

#[tokio::test]
async fn a_body_that_never_ends_is_cut() {
    let running = Running::with(LIMITS).await;
    let head = "POST /upload HTTP/1.1\r\nHost: here\r\nContent-Length: 9\r\n\r\nabc";

    let answer = rest(running.saying(head).await).await;

    assert!(answer.contains("cut"), "{answer}");
}

#[tokio::test]
async fn a_full_house_serves_the_next_when_a_place_is_free() {
    let running = Running::with(Limits { connections: 2, ..LIMITS }).await;
    let _silent = (running.connect().await, running.connect().await);

    let answer = rest(running.saying(PEER).await).await;

    assert!(answer.starts_with("HTTP/1.1 200 OK"), "{answer}");
}

#[tokio::test]
async fn a_request_in_flight_finishes_after_the_stop() {
    let running = Running::with(LIMITS).await;
    let client = running.saying("GET /slow HTTP/1.1\r\nHost: here\r\n\r\n").await;
    sleep(Duration::from_millis(100)).await;
    let answer = tokio::spawn(rest(client));

    let took = running.stopped().await;

    assert!(answer.await.unwrap().ends_with("finished"));
    assert!(took < LIMITS.drain, "{took:?}");
}

#[tokio::test]
async fn an_endless_stream_ends_with_the_drain() {
    let running = Running::with(LIMITS).await;
    let mut client = running.saying("GET /endless HTTP/1.1\r\nHost: here\r\n\r\n").await;
    client.read_exact(&mut [0; 64]).await.unwrap();

    let took = running.stopped().await;

    assert!(took >= LIMITS.drain && took < LIMITS.drain * 3, "{took:?}");
    rest(client).await;
}

#[tokio::test]
async fn idle_connections_do_not_hold_up_the_stop() {
    let running = Running::with(Limits { first_byte: Duration::from_mins(1), ..LIMITS }).await;
    let _silent = running.connect().await;
    sleep(Duration::from_millis(50)).await;

    assert!(running.stopped().await < LIMITS.drain);
}
