//! The accept loop. Every connection is bounded in number and in how long it may say nothing.
//!
//! `axum::serve` has no such bounds, and hyper's own timer does not start before the first byte.
//! Bodies are bounded by `RequestBodyDeadlineLayer` on the router.
use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::ConnectInfo;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use rustix::process::{Resource, getrlimit, setrlimit};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::error::Result;

/// What an HTTP/2 client says first, before anything that has a deadline of its own.
const HTTP2: &[u8; 24] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// Between two looks at a client that has sent only a part of `HTTP2`.
const GLANCE: Duration = Duration::from_millis(20);

/// Out of file descriptors: closing connections free some, trying at once only burns the processor.
const BREATH: Duration = Duration::from_millis(100);

#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// At most this many at once. More wait in the kernel's queue, where they cost us nothing.
    pub connections: usize,
    /// From the connection to its first byte.
    pub first_byte: Duration,
    /// For the headers of each request; also how long an HTTP/1 connection may idle between two.
    pub headers: Duration,
    /// How long requests in flight may take after the stop.
    pub drain: Duration,
}

impl Default for Limits {
    /// Room for 10,000 open live streams and the requests of their pages.
    fn default() -> Self {
        Self {
            connections: 16_384,
            first_byte: Duration::from_secs(5),
            headers: Duration::from_secs(5),
            drain: Duration::from_secs(10),
        }
    }
}

/// Serves until `stop`, then lets requests in flight finish for as long as `limits.drain`.
///
/// A full house does not accept: a client then waits its turn for the seconds until the silent ones are cut, where a 503
/// would send home people who did nothing wrong, and answering it would need the connection we don't have.
pub async fn serve(listener: TcpListener, router: Router, limits: Limits, stop: CancellationToken) -> Result<()> {
    raise_file_limit(limits.connections);
    let house = House { router, limits, stop, cut: CancellationToken::new(), http: Arc::new(http(&limits)) };
    let (open, drain) = (TaskTracker::new(), GracefulShutdown::new());
    let doors = Arc::new(Semaphore::new(limits.connections));
    while let Some((stream, peer, permit)) = house.next(&listener, &doors).await {
        open.spawn(house.clone().host(stream, peer, drain.watcher(), permit));
    }
    drop(listener);
    let _ = timeout(limits.drain, drain.shutdown()).await;
    house.cut.cancel();
    open.close();
    open.wait().await;
    Ok(())
}

fn http(limits: &Limits) -> Builder<TokioExecutor> {
    let mut builder = Builder::new(TokioExecutor::new());
    builder.http1().timer(TokioTimer::new()).header_read_timeout(limits.headers);
    let mut http2 = builder.http2();
    http2.timer(TokioTimer::new()).max_concurrent_streams(128);
    // A peer that vanished would hold its place for ever.
    http2.keep_alive_interval(Duration::from_secs(20)).keep_alive_timeout(limits.headers * 2);
    builder
}

#[derive(Clone)]
struct House {
    router: Router,
    limits: Limits,
    stop: CancellationToken,
    /// The drain is over: whatever is left ends now.
    cut: CancellationToken,
    http: Arc<Builder<TokioExecutor>>,
}

type Guest = (TcpStream, SocketAddr, OwnedSemaphorePermit);

impl House {
    /// The next connection there is room for; none once stopped.
    async fn next(&self, listener: &TcpListener, doors: &Arc<Semaphore>) -> Option<Guest> {
        self.stop.run_until_cancelled(accept(listener, doors)).await?
    }

    async fn host(self, stream: TcpStream, peer: SocketAddr, watcher: Watcher, _permit: OwnedSemaphorePermit) {
        let first_byte = timeout(self.limits.first_byte, speaks(&stream));
        if !matches!(self.stop.run_until_cancelled(first_byte).await, Some(Ok(Ok(true)))) {
            return;
        }
        // Small answers leave at once instead of waiting for more; if it can't be set, they are only slower.
        let _ = stream.set_nodelay(true);
        self.cut.clone().run_until_cancelled(self.talk(stream, peer, watcher)).await;
    }

    async fn talk(self, stream: TcpStream, peer: SocketAddr, watcher: Watcher) {
        let service = service_fn(|request| answer(self.router.clone(), peer, request));
        let connection = self.http.serve_connection(TokioIo::new(stream), service);
        if let Err(error) = watcher.watch(connection).await {
            tracing::debug!(%peer, %error, "connection ended early");
        }
    }
}

async fn answer(
    router: Router,
    peer: SocketAddr,
    mut request: hyper::Request<Incoming>,
) -> Result<axum::response::Response, Infallible> {
    request.extensions_mut().insert(ConnectInfo(peer));
    tower::ServiceExt::oneshot(router, request).await
}

async fn accept(listener: &TcpListener, doors: &Arc<Semaphore>) -> Option<Guest> {
    let permit = Arc::clone(doors).acquire_owned().await.ok()?;
    loop {
        match listener.accept().await {
            Ok((stream, peer)) => return Some((stream, peer, permit)),
            Err(error) if gone(&error) => {}
            Err(error) => {
                tracing::warn!(%error, "cannot accept connections");
                sleep(BREATH).await;
            }
        }
    }
}

/// The client left while it was in the queue; that says nothing about us.
fn gone(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset)
}

/// Whether the client has said enough to tell HTTP/1 from HTTP/2: from there on hyper has deadlines.
async fn speaks(stream: &TcpStream) -> io::Result<bool> {
    let mut seen = [0; HTTP2.len()];
    loop {
        let n = stream.peek(&mut seen).await?;
        if n == 0 || n == HTTP2.len() || seen[..n] != HTTP2[..n] {
            return Ok(n > 0);
        }
        sleep(GLANCE).await;
    }
}

/// Shells and systemd start us with 1,024 open files; the hard limit is ours to use without asking.
fn raise_file_limit(connections: usize) {
    let mut limit = getrlimit(Resource::Nofile);
    let wanted = connections as u64 + 1024;
    let Some(soft) = limit.current.filter(|soft| *soft < wanted) else {
        return;
    };
    let most = limit.maximum.map_or(wanted, |hard| hard.min(wanted));
    limit.current = Some(most.max(soft));
    let raised = setrlimit(Resource::Nofile, limit).is_ok();
    if !raised || most < wanted {
        tracing::warn!("too few open files are allowed for {connections} connections");
    }
}
