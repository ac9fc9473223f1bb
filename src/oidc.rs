//! Identity providers: the code flow with PKCE, and what they say of somebody.
//!
//! What is believed of it and whom it lets in is decided in `actions`; here the two sides only talk.

use std::{collections::BTreeMap, pin::Pin};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jiff::{SignedDuration, Timestamp};
use openidconnect::{
    AccessTokenHash, AsyncHttpClient, AuthorizationCode, ClientId, ClientSecret, CsrfToken, EndpointMaybeSet,
    EndpointNotSet, EndpointSet, HttpRequest, HttpResponse, IssuerUrl, Nonce, OAuth2TokenResponse, PkceCodeChallenge,
    PkceCodeVerifier, RedirectUrl, Scope, TokenResponse,
    core::{
        CoreAuthenticationFlow, CoreClient, CoreIdTokenClaims, CoreProviderMetadata, CoreTokenResponse,
        CoreUserInfoClaims,
    },
};
use serde::{Deserialize, Serialize};
use tokio::sync::Mutex;

use crate::{
    config::Provider,
    error::{Error, Result},
    outbound::{Outbound, Unreached},
};

type Client =
    CoreClient<EndpointSet, EndpointNotSet, EndpointNotSet, EndpointNotSet, EndpointMaybeSet, EndpointMaybeSet>;

/// Every provider that the settings name.
#[derive(Default)]
pub struct Providers(BTreeMap<String, Known>);

/// One of them, and what it told of itself lately.
pub struct Known {
    pub settings: Provider,
    http: Http,
    told: Mutex<Option<(Timestamp, CoreProviderMetadata)>>,
}

/// The guarded way out, as the library wants it.
#[derive(Clone)]
struct Http(Outbound);

impl<'c> AsyncHttpClient<'c> for Http {
    type Error = Unreached;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, Unreached>> + Send + 'c>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(self.0.send(request))
    }
}

/// What must be remembered between the departure and the arrival.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Pending {
    pub state: String,
    nonce: String,
    verifier: String,
    pub next: String,
}

/// Who has come back.
#[derive(Debug, Clone)]
pub struct Identified {
    pub issuer: String,
    pub subject: String,
    /// Only one that the provider has verified.
    pub email: Option<String>,
    /// What was shown there, in the words of RFC 8176.
    pub methods: Vec<String>,
}

/// How far a provider's clock may be from ours, in seconds.
const SKEW: i64 = 60;

/// Keys change now and then; a provider is asked anew after this long.
const KEPT: SignedDuration = SignedDuration::from_mins(10);

impl Providers {
    /// Calls only the hosts that the operator's settings name, and the public internet.
    pub fn new(settings: &[Provider]) -> Result<Self> {
        let hosts = settings.iter().filter_map(|provider| provider.issuer.host_str());
        let http = Http(Outbound::for_hosts(hosts)?);
        let known =
            |settings: &Provider| Known { settings: settings.clone(), http: http.clone(), told: Mutex::new(None) };
        Ok(Self(settings.iter().map(|provider| (provider.slug.clone(), known(provider))).collect()))
    }

    pub fn find(&self, slug: &str) -> Option<&Known> {
        self.0.get(slug)
    }

    /// Their addresses and labels, for the page of the sign-in.
    pub fn list(&self) -> Vec<(String, String)> {
        self.0.values().map(|known| (known.settings.slug.clone(), known.settings.label.clone())).collect()
    }

    /// What people call the provider of that issuer.
    pub fn label(&self, issuer: &str) -> Option<&str> {
        let known = self.0.values().find(|known| bare(known.settings.issuer.as_str()) == bare(issuer))?;
        Some(&known.settings.label)
    }
}

/// Some write the slash at the end and some don't.
fn bare(issuer: &str) -> &str {
    issuer.trim_end_matches('/')
}

impl Known {
    /// Where the browser goes, and what must be remembered until it comes back to `back`.
    pub async fn depart(&self, back: &str, next: &str, now: Timestamp) -> Result<(String, Pending)> {
        let client = self.client(back, now).await?;
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let (address, state, nonce) = client
            .authorize_url(CoreAuthenticationFlow::AuthorizationCode, CsrfToken::new_random, Nonce::new_random)
            .add_scope(Scope::new("email".to_owned()))
            .set_pkce_challenge(challenge)
            .url();
        let pending = Pending {
            state: state.into_secret(),
            nonce: nonce.secret().clone(),
            verifier: verifier.into_secret(),
            next: next.to_owned(),
        };
        Ok((address.to_string(), pending))
    }

    /// Takes the code to the provider and reads what it says, signed and for this very departure.
    pub async fn identify(&self, back: &str, code: &str, pending: &Pending, now: Timestamp) -> Result<Identified> {
        let client = self.client(back, now).await?;
        let answer = client
            .exchange_code(AuthorizationCode::new(code.to_owned()))
            .map_err(told)?
            .set_pkce_verifier(PkceCodeVerifier::new(pending.verifier.clone()))
            .request_async(&self.http)
            .await
            .map_err(told)?;
        let nonce = Nonce::new(pending.nonce.clone());
        let claims = self.verified(&client, &answer, &nonce, now).await?;
        let email = match verified_email(claims.email().map(|e| e.as_str()), claims.email_verified()) {
            None if claims.email().is_none() => self.asked_email(&client, &answer, &claims).await?,
            email => email,
        };
        let methods = claims.auth_method_refs().into_iter().flatten().map(|method| method.as_str().to_owned());
        Ok(Identified {
            issuer: claims.issuer().as_str().to_owned(),
            subject: claims.subject().as_str().to_owned(),
            email,
            methods: methods.collect(),
        })
    }

    async fn verified(
        &self,
        client: &Client,
        answer: &CoreTokenResponse,
        nonce: &Nonce,
        now: Timestamp,
    ) -> Result<CoreIdTokenClaims> {
        let token = answer.id_token().ok_or_else(|| told("there is no ID token"))?;
        let verifier = client.id_token_verifier();
        let claims = match token.claims(&verifier, nonce) {
            Ok(claims) => claims,
            Err(error) => {
                // Its keys may be new: the next who comes asks for them.
                *self.told.lock().await = None;
                return Err(told(error));
            }
        };
        if let Some(begins) = not_before(&token.to_string())
            && begins > now.as_second() + SKEW
        {
            return Err(told("the ID token does not hold yet"));
        }
        if let Some(expected) = claims.access_token_hash() {
            let (algorithm, key) = (token.signing_alg().map_err(told)?, token.signing_key(&verifier).map_err(told)?);
            let hash = AccessTokenHash::from_token(answer.access_token(), algorithm, key).map_err(told)?;
            if hash != *expected {
                return Err(told("the access token is another one"));
            }
        }
        Ok(claims.clone())
    }

    /// Some say the mail address only when they are asked for it.
    async fn asked_email(
        &self,
        client: &Client,
        answer: &CoreTokenResponse,
        claims: &CoreIdTokenClaims,
    ) -> Result<Option<String>> {
        let request = client.user_info(answer.access_token().clone(), Some(claims.subject().clone()));
        let Ok(request) = request else { return Ok(None) };
        let said: CoreUserInfoClaims = request.request_async(&self.http).await.map_err(told)?;
        Ok(verified_email(said.email().map(|e| e.as_str()), said.email_verified()))
    }

    async fn client(&self, back: &str, now: Timestamp) -> Result<Client> {
        let metadata = self.metadata(now).await?;
        let secret = self.settings.client_secret.clone().map(ClientSecret::new);
        let client =
            CoreClient::from_provider_metadata(metadata, ClientId::new(self.settings.client_id.clone()), secret);
        Ok(client.set_redirect_uri(RedirectUrl::new(back.to_owned()).map_err(told)?))
    }

    /// Asked once for all who come in these minutes.
    async fn metadata(&self, now: Timestamp) -> Result<CoreProviderMetadata> {
        let mut kept = self.told.lock().await;
        if let Some((at, metadata)) = &*kept
            && now.duration_since(*at) < KEPT
        {
            return Ok(metadata.clone());
        }
        let issuer = IssuerUrl::new(self.issuer()).map_err(told)?;
        let metadata = CoreProviderMetadata::discover_async(issuer, &self.http).await.map_err(told)?;
        *kept = Some((now, metadata.clone()));
        Ok(metadata)
    }

    /// As its operator wrote it: the address without a path gets a slash that the provider's own name lacks.
    fn issuer(&self) -> String {
        let issuer = self.settings.issuer.as_str();
        if self.settings.issuer.path() == "/" { bare(issuer).to_owned() } else { issuer.to_owned() }
    }
}

/// When a token begins to hold, if it says so: the library looks at its end alone.
fn not_before(token: &str) -> Option<i64> {
    let claims = URL_SAFE_NO_PAD.decode(token.split('.').nth(1)?).ok()?;
    let claims: serde_json::Value = serde_json::from_slice(&claims).ok()?;
    claims.get("nbf")?.as_f64().map(|at| {
        #[expect(clippy::cast_possible_truncation, reason = "a float too large becomes the largest instant")]
        let at = at as i64;
        at
    })
}

fn verified_email(email: Option<&str>, verified: Option<bool>) -> Option<String> {
    email.filter(|_| verified == Some(true)).map(|email| email.trim().to_lowercase())
}

/// For the log of the house; the person in front of the browser reads another sentence.
#[expect(clippy::needless_pass_by_value, reason = "it is what errors are mapped with")]
fn told(error: impl ToString) -> Error {
    Error::Internal(format!("an identity provider: {}", error.to_string()))
}
