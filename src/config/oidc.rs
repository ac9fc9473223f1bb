//! Identity providers, by settings `MERIDIAN_OIDC_<NAME>_…`.

use std::{collections::BTreeMap, fmt};

use url::{Host, Url};

use crate::error::{Error, Result};

/// Where people of some domains may prove who they are.
#[derive(Clone, PartialEq, Eq)]
pub struct Provider {
    /// As it stands in addresses.
    pub slug: String,
    pub issuer: Url,
    pub client_id: String,
    pub client_secret: Option<String>,
    /// What the button of the sign-in page says.
    pub label: String,
    /// Whose verified mail addresses of this provider are believed.
    pub domains: Vec<String>,
}

/// Settings are logged now and then; the secret is not.
impl fmt::Debug for Provider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Provider")
            .field("slug", &self.slug)
            .field("issuer", &self.issuer.as_str())
            .finish_non_exhaustive()
    }
}

pub const PREFIX: &str = "MERIDIAN_OIDC_";
const KEYS: [&str; 6] = ["_CLIENT_SECRET_FILE", "_CLIENT_SECRET", "_CLIENT_ID", "_ISSUER", "_LABEL", "_DOMAINS"];

/// The provider and the key that a setting's name is made of.
fn parts(name: &str) -> Option<(&str, &'static str)> {
    let rest = name.strip_prefix(PREFIX)?;
    let (slug, key) = KEYS.iter().find_map(|key| Some((rest.strip_suffix(key)?, *key)))?;
    let plain = slug.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_');
    (!slug.is_empty() && plain).then_some((slug, key))
}

pub fn is_known(name: &str) -> bool {
    parts(name).is_some()
}

/// Every provider that these settings name; one that is named by halves is refused. `file` reads a named file.
pub fn providers(
    settings: impl Iterator<Item = (String, String)>,
    file: impl Fn(&str, &str) -> Result<String>,
) -> Result<Vec<Provider>> {
    let mut named: BTreeMap<String, BTreeMap<&'static str, String>> = BTreeMap::new();
    for (name, value) in settings {
        let Some((slug, key)) = parts(&name) else { continue };
        let (key, value) = match key {
            "_CLIENT_SECRET_FILE" => ("_CLIENT_SECRET", file(&name, &value)?),
            key => (key, value),
        };
        named.entry(slug.to_owned()).or_default().insert(key, value.trim().to_owned());
    }
    named.iter().map(|(slug, values)| provider(slug, values)).collect()
}

fn provider(name: &str, values: &BTreeMap<&'static str, String>) -> Result<Provider> {
    let given = |key: &str| values.get(key).filter(|value| !value.is_empty()).cloned();
    let needed = |key: &str| given(key).ok_or_else(|| Error::command(format!("{PREFIX}{name}{key} is missing.")));
    let issuer = needed("_ISSUER")?;
    let strange =
        || Error::command(format!("{PREFIX}{name}_ISSUER is an https address, such as https://login.example.com."));
    let issuer = Url::parse(&issuer).ok().filter(|url| url.scheme() == "https" || is_here(url)).ok_or_else(strange)?;
    let slug = name.to_ascii_lowercase().replace('_', "-");
    let domains = needed("_DOMAINS")?;
    let domains = domains.split(',').map(|domain| domain.trim().trim_start_matches('@').to_lowercase());
    Ok(Provider {
        issuer,
        client_id: needed("_CLIENT_ID")?,
        client_secret: given("_CLIENT_SECRET"),
        label: given("_LABEL").unwrap_or_else(|| slug.clone()),
        domains: domains.filter(|domain| !domain.is_empty()).collect(),
        slug,
    })
}

/// Without TLS only where nothing travels.
fn is_here(url: &Url) -> bool {
    let here = match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    };
    here && url.scheme() == "http"
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(settings: &[(&str, &str)]) -> Result<Vec<Provider>> {
        let settings = settings.iter().map(|(name, value)| (format!("{PREFIX}{name}"), (*value).to_owned()));
        providers(settings, |_, path| Ok(format!("secret from {path}\n")))
    }

    const ACME: [(&str, &str); 3] = [
        ("ACME_RAIL_ISSUER", "https://login.acme-rail.example/realms/staff"),
        ("ACME_RAIL_CLIENT_ID", "meridian"),
        ("ACME_RAIL_DOMAINS", "acme-rail.example, @Acme.example"),
    ];

    #[test]
    fn a_provider_is_read_from_its_settings() {
        let mut settings = ACME.to_vec();
        settings.push(("ACME_RAIL_CLIENT_SECRET_FILE", "/run/secrets/acme"));
        let [acme] = &read(&settings).unwrap()[..] else { panic!("one provider") };

        assert_eq!((acme.slug.as_str(), acme.label.as_str()), ("acme-rail", "acme-rail"));
        assert_eq!(acme.domains, ["acme-rail.example", "acme.example"]);
        assert_eq!(acme.client_secret.as_deref(), Some("secret from /run/secrets/acme"));
        assert!(!format!("{acme:?}").contains("secret from"));
    }

    #[test]
    fn what_is_missing_or_strange_is_named() {
        for (missing, _) in &ACME[..3] {
            let some: Vec<_> = ACME.into_iter().filter(|(name, _)| name != missing).collect();
            let sentence = read(&some).unwrap_err().to_string();
            assert!(sentence.contains(missing), "{sentence}");
        }
        for issuer in ["http://login.example.com", "login.example.com", "ftp://x", "http://127.0.0.1.example.com"] {
            let settings = [("A_ISSUER", issuer), ("A_CLIENT_ID", "m"), ("A_DOMAINS", "a.example")];
            assert!(read(&settings).is_err(), "{issuer}");
        }
        assert!(read(&[("A_ISSUER", "http://127.0.0.1:9"), ("A_CLIENT_ID", "m"), ("A_DOMAINS", "a.b")]).is_ok());
    }

    #[test]
    fn mistyped_names_are_not_settings() {
        for name in ["MERIDIAN_OIDC_ACME_ISSUER", "MERIDIAN_OIDC_A_B_CLIENT_SECRET_FILE"] {
            assert!(is_known(name), "{name}");
        }
        for name in
            ["MERIDIAN_OIDC_ISSUER", "MERIDIAN_OIDC_ACME_ISUER", "MERIDIAN_OIDC_acme_ISSUER", "MERIDIAN_OIDC__X"]
        {
            assert!(!is_known(name), "{name}");
        }
    }
}
