//! Somebody goes to an identity provider and comes back as who they are there.

use jiff::SignedDuration;
use uuid::Uuid;

use super::{
    note,
    secret::{new_secret, secret_hash},
    sign_in::{Begun, Came, Proved, begin},
};
use crate::{
    app::App,
    domain::{audit::Kind, proof},
    error::{Error, Result},
    oidc::{Identified, Known, Pending},
    store::{
        WriteTx,
        ceremonies::{self, NewCeremony},
        identities, people,
    },
};

/// Where the browser goes, and what it must bring back beside the provider's word.
#[derive(Debug, Clone)]
pub struct Departure {
    pub to: String,
    pub token: String,
}

/// A session that was begun, and where its owner wanted to go.
#[derive(Debug, Clone)]
pub struct Arrival {
    pub begun: Begun,
    pub next: String,
}

/// So long somebody may take at the provider.
const PATIENCE: SignedDuration = SignedDuration::from_mins(10);

fn known<'a>(app: &'a App, slug: &str) -> Result<&'a Known> {
    app.providers.find(slug).ok_or(Error::NotFound)
}

fn kind(slug: &str) -> String {
    format!("oidc {slug}")
}

pub async fn depart(app: &App, slug: &str, back: &str, next: &str) -> Result<Departure> {
    let now = app.clock.now();
    let (to, pending) = known(app, slug)?.depart(back, next, now).await?;
    let token = new_secret("mo");
    let state = serde_json::to_value(&pending).map_err(|e| Error::Internal(e.to_string()))?;
    let ceremony = NewCeremony {
        token_hash: &secret_hash(&token),
        kind: &kind(slug),
        person_id: None,
        state: &state,
        until: now + PATIENCE,
    };
    let mut tx = app.store.begin_write().await?;
    ceremonies::insert(&mut tx, &ceremony).await?;
    tx.commit().await?;
    Ok(Departure { to, token })
}

/// Nobody is let in who did not depart from this browser, at this provider, a moment ago, once.
///
/// Why somebody is not let in is for the log; they themselves are all told the same.
pub async fn arrive(
    app: &App,
    slug: &str,
    token: &str,
    back: &str,
    state: &str,
    code: &str,
    came: Came<'_>,
) -> Result<Option<Arrival>> {
    let provider = known(app, slug)?;
    let Some(pending) = recall(app, slug, token).await? else { return Ok(None) };
    // Compared by what is kept of secrets: how far two agree takes no time that could be measured.
    if secret_hash(&pending.state) != secret_hash(state) {
        return Ok(None);
    }
    let identified = match provider.identify(back, code, &pending, app.clock.now()).await {
        Ok(identified) => identified,
        Err(error) => {
            tracing::warn!(%error, slug, "somebody could not be identified");
            return Ok(None);
        }
    };
    let mut tx = app.store.begin_write().await?;
    let Some(person) = person(app, &mut tx, provider, &identified).await? else {
        tracing::info!(slug, "an identity leads to nobody who may come in");
        return Ok(None);
    };
    let shown = proof::shown_at_provider(identified.methods.iter().map(String::as_str));
    let proved = Proved { person, shown, means: &provider.settings.label };
    let begun = begin(app, &mut tx, &proved, came).await?;
    tx.commit().await?;
    Ok(begun.map(|begun| Arrival { begun, next: pending.next }))
}

async fn recall(app: &App, slug: &str, token: &str) -> Result<Option<Pending>> {
    let mut tx = app.store.begin_write().await?;
    let state = ceremonies::take(&mut tx, &secret_hash(token), &kind(slug), None, app.clock.now()).await?;
    tx.commit().await?;
    Ok(state.and_then(|state| serde_json::from_value(state).ok()))
}

/// Who is known there stays who they are; who comes the first time is whoever has their verified address here.
async fn person(app: &App, tx: &mut WriteTx, provider: &Known, who: &Identified) -> Result<Option<Uuid>> {
    if let Some(known) = identities::person(&mut **tx, &who.issuer, &who.subject).await? {
        return Ok((!known.disabled).then_some(known.id));
    }
    let email = who.email.as_deref().filter(|email| is_of(email, &provider.settings.domains));
    let Some(email) = email else { return Ok(None) };
    let Some(login) = people::login(&mut **tx, email).await? else { return Ok(None) };
    // An address that the provider has given to somebody else since then is not the person whom we know.
    if identities::is_known_at(&mut **tx, &who.issuer, login.person_id).await? {
        return Ok(None);
    }
    let now = app.clock.now();
    identities::insert(tx, &who.issuer, &who.subject, login.person_id, now).await?;
    note::own(tx, Kind::IdentityLinked, login.person_id, now).await?;
    Ok(Some(login.person_id))
}

fn is_of(email: &str, domains: &[String]) -> bool {
    email.rsplit_once('@').is_some_and(|(_, domain)| domains.iter().any(|own| own == domain))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_very_domain_is_believed() {
        let own = ["acme.example".to_owned()];
        assert!(is_of("claire@acme.example", &own));
        for other in
            ["claire@evil-acme.example", "claire@sub.acme.example", "acme.example", "claire@acme.example@evil.example"]
        {
            assert!(!is_of(other, &own), "{other}");
        }
    }
}
