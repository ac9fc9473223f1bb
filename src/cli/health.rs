//! `healthcheck` and `doctor`.

use std::{net::SocketAddr, time::Duration};

use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

use super::{StoreArgs, opening::Opened};
use crate::{
    clock,
    error::{Error, Result},
    store::{MIGRATOR, doctor},
};

const PATIENCE: Duration = Duration::from_secs(3);

/// One question to a portal on this machine; no HTTP client is needed for that.
pub async fn check(mut listen: SocketAddr) -> Result<()> {
    if listen.ip().is_unspecified() {
        listen.set_ip(std::net::Ipv4Addr::LOCALHOST.into());
    }
    let answer = timeout(PATIENCE, ask(listen)).await;
    match answer {
        Ok(Ok(text)) if text.starts_with("HTTP/1.1 200") => Ok(()),
        Ok(Ok(text)) => Err(Error::command(format!("The portal says {}.", text.lines().next().unwrap_or("nothing")))),
        Ok(Err(error)) => Err(Error::command(format!("No portal answers on {listen}: {error}."))),
        Err(_) => Err(Error::command(format!("The portal on {listen} did not answer in {} s.", PATIENCE.as_secs()))),
    }
}

async fn ask(listen: SocketAddr) -> std::io::Result<String> {
    let mut stream = TcpStream::connect(listen).await?;
    stream.write_all(b"GET /readyz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").await?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await?;
    Ok(answer)
}

/// What this machine and its store are made of.
pub async fn doctor(args: &StoreArgs, as_json: bool) -> Result<()> {
    let opened = Opened::open(args).await?;
    let facts = facts(&opened).await;
    opened.close().await?;
    let facts = facts?;
    if as_json {
        println!("{facts}");
        return Ok(());
    }
    for (name, value) in facts.as_object().into_iter().flatten() {
        println!("{name:<22} {}", value.as_str().map_or_else(|| value.to_string(), str::to_owned));
    }
    Ok(())
}

async fn facts(opened: &Opened) -> Result<Value> {
    let store = doctor::facts(opened.store.reader()).await?;
    Ok(json!({
        "version": env!("CARGO_PKG_VERSION"),
        "postgres": store.version,
        "schema": MIGRATOR.iter().map(|m| m.version).max(),
        "store_role": store.role,
        "store_bytes": store.bytes,
        "calls": store.calls,
        "untold_changes": store.waiting,
        "audit_rows_chained": store.audited,
        "audit_rows_waiting": store.unlinked,
        "audit_proof": "meridian doctor audit",
        "ledger_proof": "meridian doctor ledger",
        "time_zones": clock::time_zones(),
    }))
}
