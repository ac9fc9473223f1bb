//! Runs the portal: the store, the jobs beside the requests, and the requests, until it is told to stop.

use std::net::SocketAddr;

use tokio::{
    net::TcpListener,
    signal::unix::{SignalKind, signal},
};
use tokio_util::sync::CancellationToken;

use crate::{
    app::App,
    error::{Error, Result},
    jobs,
    web::{self, listen},
};

/// Serves until a signal or `app.stop`; what is under way finishes.
pub async fn serve(app: &App, listener: TcpListener) -> Result<()> {
    let background = jobs::start(app);
    let router = web::router(app);
    let served = listen::serve(listener, router, listen::Limits::default(), app.stop.clone()).await;
    app.stop.cancel();
    background.wait().await;
    app.store.close().await;
    served
}

/// SIGTERM and Ctrl-C stop the program once; what comes after waits for the drain.
pub fn stop_on_signals(stop: &CancellationToken) -> Result<()> {
    let stop = stop.clone();
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    tokio::spawn(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        tracing::info!("stopping; requests under way are finished first");
        stop.cancel();
    });
    Ok(())
}

pub async fn bind(address: SocketAddr) -> Result<TcpListener> {
    TcpListener::bind(address).await.map_err(|e| Error::command(format!("Can't listen on {address}: {e}.")))
}
