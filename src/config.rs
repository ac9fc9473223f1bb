//! Every setting, its environment name and its default. Nobody else reads the environment.

mod oidc;

use std::{
    net::IpAddr,
    path::{Path, PathBuf},
};

pub use oidc::Provider;

use crate::{
    domain::proof::Mfa,
    error::{Error, Result},
};

/// Settings of a running portal, after flags and environment have been read.
#[derive(Debug, Clone, Default)]
pub struct Config {
    /// Where people reach the portal, if it is not where it listens.
    pub public_url: Option<String>,
    /// Proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<IpAddr>,
    /// A populated store to try things out in; it says so on every page.
    pub demo: bool,
    /// Whether this node runs the sweeps.
    pub jobs: bool,
    /// Of whom a second factor is demanded.
    pub mfa: Mfa,
    /// Identity providers at which people may prove who they are.
    pub providers: Vec<Provider>,
}

/// Names that this program reads; `…_FILE` of a secret names a file that holds it.
const NAMES: [&str; 10] = [
    "MERIDIAN_DATABASE_URL",
    "MERIDIAN_OWNER_URL",
    "MERIDIAN_TRUSTED_PROXY",
    "MERIDIAN_DATA",
    "MERIDIAN_LISTEN",
    "MERIDIAN_PUBLIC_URL",
    "MERIDIAN_PG_BIN",
    "MERIDIAN_LOG",
    "MERIDIAN_PASSWORD",
    "MERIDIAN_MFA",
];
/// Names that the site agent reads.
const AGENT: [&str; 8] = [
    "MERIDIAN_AGENT_URL",
    "MERIDIAN_AGENT_DEVICE",
    "MERIDIAN_AGENT_CREDENTIAL_FILE",
    "MERIDIAN_AGENT_SPOOL",
    "MERIDIAN_AGENT_LISTEN",
    "MERIDIAN_AGENT_WATCH",
    "MERIDIAN_AGENT_HEARTBEAT",
    "MERIDIAN_AGENT_SPOOL_MIB",
];
const SECRETS: [&str; 3] = ["MERIDIAN_DATABASE_URL", "MERIDIAN_OWNER_URL", "MERIDIAN_PASSWORD"];

/// A mistyped name would otherwise be a setting that silently does nothing.
pub fn refuse_unknown_names() -> Result<()> {
    for (name, _) in std::env::vars_os() {
        let name = name.to_string_lossy().into_owned();
        if name.starts_with("MERIDIAN_") && !is_known(&name) {
            return Err(Error::command(format!("{name} is not a setting of Meridian; see meridian --help.")));
        }
    }
    Ok(())
}

fn is_known(name: &str) -> bool {
    let file_of = name.strip_suffix("_FILE");
    let ours = NAMES.contains(&name) || AGENT.contains(&name);
    ours || oidc::is_known(name) || file_of.is_some_and(|secret| SECRETS.contains(&secret))
}

/// A secret from its flag or variable, else from the file that `…_FILE` names.
pub fn secret(given: Option<String>, name: &str) -> Result<Option<String>> {
    if given.is_some() {
        return Ok(given);
    }
    let name = format!("{name}_FILE");
    let Some(file) = std::env::var_os(&name) else { return Ok(None) };
    named_file(&name, &PathBuf::from(file)).map(Some)
}

fn named_file(name: &str, file: &Path) -> Result<String> {
    let text = std::fs::read_to_string(file)
        .map_err(|e| Error::command(format!("{name} names {}, which can't be read: {e}", file.display())))?;
    Ok(text.trim_end().to_owned())
}

/// The identity providers that the environment names.
pub fn providers() -> Result<Vec<Provider>> {
    let settings =
        std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
    oidc::providers(settings, |name, file| named_file(name, Path::new(file)))
}

/// `DATABASE_URL` is what hosting platforms set.
pub fn plain_database_url() -> Option<String> {
    std::env::var("DATABASE_URL").ok().filter(|url| !url.is_empty())
}

/// A password for somebody who is added or reset by command; never a flag, which others can read.
pub fn password() -> Option<String> {
    std::env::var("MERIDIAN_PASSWORD").ok()
}
