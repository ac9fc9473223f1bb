//! Calling out: never into our own network, whoever asks for it and however.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use axum::{Router, http::Request, response::Redirect, routing::get};
use meridian::outbound::{Outbound, Unreached};
use tokio::net::TcpListener;

struct Inner {
    port: u16,
    heard: Arc<AtomicUsize>,
}

/// A server on this machine that nobody outside should be able to make us call.
async fn inner() -> Inner {
    let heard = Arc::new(AtomicUsize::new(0));
    let count = heard.clone();
    let router = Router::new()
        .route("/", get(|| async { "the keys of the house" }))
        .route("/away", get(|| async { Redirect::temporary("http://localhost/") }))
        .route("/much", get(|| async { vec![b'x'; 2 * 1024 * 1024] }))
        .layer(axum::middleware::from_fn(move |request, next: axum::middleware::Next| {
            count.fetch_add(1, Ordering::Relaxed);
            next.run(request)
        }));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move { axum::serve(listener, router).await });
    Inner { port, heard }
}

async fn call(outbound: &Outbound, address: &str) -> Result<(u16, usize), Unreached> {
    let request = Request::builder().uri(address).body(Vec::new()).unwrap();
    outbound.send(request).await.map(|answer| (answer.status().as_u16(), answer.body().len()))
}

#[tokio::test]
async fn nothing_inside_is_called_by_any_name() {
    let inner = inner().await;
    let outbound = Outbound::new().unwrap();
    let port = inner.port;

    for host in [
        "127.0.0.1",
        "localhost",
        "[::1]",
        "127.1",
        "0x7f000001",
        "2130706433",
        "0177.0.0.1",
        "0.0.0.0",
        "[::ffff:127.0.0.1]",
        "[64:ff9b::7f00:1]",
        "10.0.0.1",
        "169.254.169.254",
        "[fd00:ec2::254]",
        "LOCALHOST.",
        "ip6-localhost",
    ] {
        let refused = call(&outbound, &format!("https://{host}:{port}/")).await;
        // Not every machine knows these names.
        let named = ["LOCALHOST.", "ip6-localhost"].contains(&host);
        let not_found = named && matches!(&refused, Err(Unreached::Failed { .. }));
        assert!(matches!(refused, Err(Unreached::Inside(_))) || not_found, "{host}: {refused:?}");
        let plain = call(&outbound, &format!("http://{host}:{port}/")).await;
        assert!(matches!(plain, Err(Unreached::Plain(_))), "{host}: {plain:?}");
    }
    for strange in ["file:///etc/passwd", "ftp://example.com/", "gopher://example.com:70/1", "unix:/run/x"] {
        let refused = outbound.admit(strange);
        assert!(matches!(refused, Err(Unreached::Plain(_) | Unreached::NotAnAddress(_))), "{strange}: {refused:?}");
    }
    assert_eq!(inner.heard.load(Ordering::Relaxed), 0, "somebody was called");
}

#[tokio::test]
async fn a_host_of_the_operators_own_settings_is_called_and_no_other() {
    let inner = inner().await;
    let outbound = Outbound::for_hosts(["Localhost"]).unwrap();
    let at = |host: &str, path: &str| format!("http://{host}:{}{path}", inner.port);

    assert_eq!(call(&outbound, &at("localhost", "/")).await.unwrap(), (200, 21));
    let other = call(&outbound, &at("127.0.0.1", "/")).await;
    assert!(matches!(other, Err(Unreached::Plain(_))), "{other:?}");
}

#[tokio::test]
async fn redirects_are_not_followed_and_large_answers_are_cut_off() {
    let inner = inner().await;
    let outbound = Outbound::for_hosts(["localhost"]).unwrap();
    let at = |path: &str| format!("http://localhost:{}{path}", inner.port);

    assert_eq!(call(&outbound, &at("/away")).await.unwrap().0, 307);
    let much = call(&outbound, &at("/much")).await;
    assert!(matches!(much, Err(Unreached::TooLarge(_))), "{much:?}");
    assert_eq!(inner.heard.load(Ordering::Relaxed), 2);
}

#[tokio::test]
async fn who_does_not_answer_is_not_told_with_the_secret_in_the_address() {
    let outbound = Outbound::for_hosts(["localhost"]).unwrap();

    let refused = call(&outbound, "http://localhost:1/hooks/s3cret?key=s3cret").await.unwrap_err();

    assert!(matches!(refused, Unreached::Failed { .. }), "{refused:?}");
    assert!(!format!("{refused} {refused:?}").contains("s3cret"), "{refused:?}");
}
