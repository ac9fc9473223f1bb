//! The only way to call out: to addresses of the public internet over TLS, and to hosts that the operator named.
//!
//! Some addresses come from people, so every call is taken for one that somebody aims at our own network. Names are
//! looked up here and judged by what they lead to, at the moment of the connection: a name that changes its mind
//! between the check and the call is caught as well.

mod public;

use std::{collections::BTreeSet, error::Error as StdError, net::SocketAddr, sync::Arc, time::Duration};

use hyper::{Request, Response};
use reqwest::{
    Client,
    dns::{Addrs, Name, Resolve, Resolving},
    redirect::Policy,
};
use url::{Host, Url};

use crate::error::{Error, Result};

const CONNECT: Duration = Duration::from_secs(5);
/// From the first look-up to the last byte of the answer.
const WHOLE: Duration = Duration::from_secs(15);
/// Keys of an identity provider are the largest thing that anybody has to tell us.
const LARGEST: usize = 1024 * 1024;

/// Why a call was not made, or came to nothing.
#[derive(Debug, thiserror::Error)]
pub enum Unreached {
    #[error("{0} is not an address that can be called")]
    NotAnAddress(String),
    #[error("{0} would be called without TLS")]
    Plain(String),
    #[error("{0} is not on the public internet")]
    Inside(String),
    #[error("{0} answered more than can be taken")]
    TooLarge(String),
    #[error("{host} could not be reached: {reason}")]
    Failed { host: String, reason: String },
}

impl From<Unreached> for Error {
    fn from(unreached: Unreached) -> Self {
        Self::Internal(unreached.to_string())
    }
}

/// A client that can't be talked into calling our own network.
#[derive(Clone, Debug)]
pub struct Outbound {
    client: Client,
    trusted: Trusted,
}

/// Hosts that the operator's own settings name: those may be inside, and without TLS.
#[derive(Clone, Debug, Default)]
struct Trusted(Arc<BTreeSet<String>>);

impl Trusted {
    fn has(&self, host: &str) -> bool {
        self.0.contains(host)
    }
}

impl Outbound {
    /// To the public internet only.
    pub fn new() -> Result<Self> {
        Self::for_hosts::<&str>([])
    }

    /// Also to these hosts, wherever they are. For names from the operator's configuration and from nobody else.
    pub fn for_hosts<H: AsRef<str>>(hosts: impl IntoIterator<Item = H>) -> Result<Self> {
        let hosts = hosts.into_iter().map(|host| host.as_ref().trim().to_lowercase());
        let trusted = Trusted(Arc::new(hosts.collect()));
        // The first who comes installs it; it is the same one for all.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = Client::builder()
            .redirect(Policy::none())
            .no_proxy()
            .referer(false)
            .connect_timeout(CONNECT)
            .timeout(WHOLE)
            .dns_resolver(LookUp(trusted.clone()))
            .user_agent("Meridian")
            .build()
            .map_err(|error| Error::Internal(format!("nothing can be called: {error}")))?;
        Ok(Self { client, trusted })
    }

    /// Sends a request and answers what came back, whatever its status; a redirect is an answer like any other.
    pub async fn send(&self, request: Request<Vec<u8>>) -> Result<Response<Vec<u8>>, Unreached> {
        let host = self.admit(&request.uri().to_string())?;
        let failed = |error: reqwest::Error| told(&host, &error);
        let request = reqwest::Request::try_from(request).map_err(failed)?;
        let mut answer = self.client.execute(request).await.map_err(failed)?;
        let mut whole = Response::new(Vec::new());
        *whole.status_mut() = answer.status();
        *whole.headers_mut() = answer.headers().clone();
        while let Some(chunk) = answer.chunk().await.map_err(failed)? {
            if whole.body().len() + chunk.len() > LARGEST {
                return Err(Unreached::TooLarge(host));
            }
            whole.body_mut().extend_from_slice(&chunk);
        }
        Ok(whole)
    }

    /// Whether an address may be called at all, as far as can be told without looking it up.
    pub fn admit(&self, address: &str) -> Result<String, Unreached> {
        let strange = || Unreached::NotAnAddress(address.to_owned());
        let url = Url::parse(address).map_err(|_| strange())?;
        let host = url.host().ok_or_else(strange)?;
        let name = url.host_str().unwrap_or_default().to_owned();
        if self.trusted.has(&name) && ["http", "https"].contains(&url.scheme()) {
            return Ok(name);
        }
        if url.scheme() != "https" {
            return Err(Unreached::Plain(name));
        }
        // An address in the place of a name is never looked up, so it is judged here.
        match host {
            Host::Ipv4(address) if !public::is_public(address.into()) => Err(Unreached::Inside(name)),
            Host::Ipv6(address) if !public::is_public(address.into()) => Err(Unreached::Inside(name)),
            _ => Ok(name),
        }
    }
}

/// The resolver of the system, without what is inside.
struct LookUp(Trusted);

#[derive(Debug, thiserror::Error)]
#[error("the name leads to no public address")]
struct LeadsInside;

impl Resolve for LookUp {
    fn resolve(&self, name: Name) -> Resolving {
        let trusted = self.0.has(name.as_str());
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let kept: Vec<SocketAddr> = found.filter(|found| trusted || public::is_public(found.ip())).collect();
            if kept.is_empty() {
                return Err(LeadsInside.into());
            }
            let kept: Addrs = Box::new(kept.into_iter());
            Ok(kept)
        })
    }
}

/// Without the address that was called: there may be a secret in it.
fn told(host: &str, error: &reqwest::Error) -> Unreached {
    let mut cause: &dyn StdError = error;
    while let Some(deeper) = cause.source() {
        cause = deeper;
        if cause.is::<LeadsInside>() {
            return Unreached::Inside(host.to_owned());
        }
    }
    let reason = if error.is_timeout() { "it took too long".to_owned() } else { cause.to_string() };
    Unreached::Failed { host: host.to_owned(), reason }
}
