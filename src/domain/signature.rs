//! How a system signs a message so that nobody on the way can change it or send it again.
//!
//! `Meridian-Signature: t=<unix>,n=<nonce>,v1=<hex hmac-sha256(secret, "t.n.METHOD.path.sha256(body)")>`; the digest of
//! the body is written in hex. The time is that of the sending, never that of the event: an alarm may be told days late.

use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use sha2::{Digest, Sha256};

use crate::seal::hex;

/// How far the clocks of a sender and ours may be apart, in seconds.
pub const WINDOW: i64 = 300;

/// A nonce is a word of the sender's own choosing; longer ones would only be a burden to keep.
const NONCE: std::ops::RangeInclusive<usize> = 8..=64;

/// What is signed, beside the moment and the nonce.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    pub method: &'a str,
    /// The path with its query, as it was sent.
    pub path: &'a str,
    pub body: &'a [u8],
}

impl Request<'_> {
    /// Of the body, in hex: computed once, however many secrets are tried.
    pub fn digest(self) -> String {
        hex(&Sha256::digest(self.body))
    }
}

/// The header, taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signature {
    /// Unix seconds.
    pub at: i64,
    pub nonce: String,
    mac: Vec<u8>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    #[error("The Meridian-Signature header can't be read; it is t=<unix>,n=<nonce>,v1=<hex>.")]
    Unreadable,
    /// Not a lie, only a wrong clock: the sender may correct itself and sign again.
    #[error("The time of the signature is more than 300 s from ours; see the Date of this answer.")]
    ClockSkew,
    #[error("The signature does not fit the message.")]
    Wrong,
}

impl Signature {
    /// Parts may come in any order; those that we don't know are for later versions.
    pub fn parse(header: &str) -> Result<Self, Refused> {
        let (mut at, mut nonce, mut mac) = (None, None, None);
        for part in header.split(',') {
            match part.trim().split_once('=') {
                Some(("t", value)) => at = value.parse().ok(),
                Some(("n", value)) => nonce = Some(value).filter(|n| is_nonce(n)).map(str::to_owned),
                Some(("v1", value)) => mac = unhex(value),
                _ => {}
            }
        }
        match (at, nonce, mac) {
            (Some(at), Some(nonce), Some(mac)) => Ok(Self { at, nonce, mac }),
            _ => Err(Refused::Unreadable),
        }
    }

    pub fn of(secret: &str, request: Request<'_>, at: Timestamp, nonce: &str) -> Self {
        let at = at.as_second();
        let mac = mac(secret, request, &request.digest(), at, nonce).finalize().into_bytes().to_vec();
        Self { at, nonce: nonce.to_owned(), mac }
    }

    pub fn is_in_time(&self, now: Timestamp) -> bool {
        self.at.abs_diff(now.as_second()) <= WINDOW.unsigned_abs()
    }

    /// Whether whoever holds this secret has signed this request. Takes equally long whatever is wrong.
    pub fn fits(&self, secret: &str, request: Request<'_>) -> bool {
        self.fits_digest(secret, request, &request.digest())
    }

    /// The same for whoever has computed the [digest](Request::digest) of its body.
    pub fn fits_digest(&self, secret: &str, request: Request<'_>, digest: &str) -> bool {
        mac(secret, request, digest, self.at, &self.nonce).verify_slice(&self.mac).is_ok()
    }

    /// Two messages with the same one, made with the same secret, are the same message.
    pub fn mac(&self) -> &[u8] {
        &self.mac
    }
}

impl std::fmt::Display for Signature {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "t={},n={},v1={}", self.at, self.nonce, hex(&self.mac))
    }
}

fn mac(secret: &str, request: Request<'_>, digest: &str, at: i64, nonce: &str) -> Hmac<Sha256> {
    let Request { method, path, .. } = request;
    let signed = format!("{at}.{nonce}.{method}.{path}.{digest}");
    #[expect(clippy::expect_used, reason = "HMAC takes a key of any length, see RFC 2104")]
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("any key fits");
    mac.update(signed.as_bytes());
    mac
}

fn is_nonce(text: &str) -> bool {
    NONCE.contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic())
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    if !text.len().is_multiple_of(2) || !text.bytes().all(|b| b.is_ascii_hexdigit()) {
        return None;
    }
    (0..text.len()).step_by(2).map(|i| u8::from_str_radix(&text[i..i + 2], 16).ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const REQUEST: Request<'static> = Request { method: "POST", path: "/ingest/alarms", body: br#"{"id":"1"}"# };
    const NOW: Timestamp = Timestamp::constant(1_764_000_000, 0);

    /// Computed with OpenSSL: `openssl dgst -sha256 -hmac`.
    #[test]
    fn the_signature_is_the_one_that_others_compute() {
        let signature = Signature::of("md_secret", REQUEST, NOW, "nonce-0001");
        assert_eq!(
            signature.to_string(),
            "t=1764000000,n=nonce-0001,v1=e812f92bbf630f45aea1b2b819f8fe0387646f6cd6717c085a6ccc878a847c6e"
        );
        assert_eq!(Signature::parse(&signature.to_string()), Ok(signature));
    }

    #[test]
    fn any_change_of_message_or_secret_is_noticed() {
        let signature = Signature::of("md_secret", REQUEST, NOW, "nonce-0001");
        assert!(signature.fits("md_secret", REQUEST));
        assert!(!signature.fits("md_other", REQUEST));
        assert!(!signature.fits("md_secret", Request { method: "PUT", ..REQUEST }));
        assert!(!signature.fits("md_secret", Request { path: "/ingest/mail", ..REQUEST }));
        assert!(!signature.fits("md_secret", Request { body: b"{}", ..REQUEST }));
        assert!(!Signature { at: signature.at + 1, ..signature.clone() }.fits("md_secret", REQUEST));
        assert!(!Signature { nonce: "nonce-0002".to_owned(), ..signature }.fits("md_secret", REQUEST));
    }

    #[test]
    fn a_sender_may_be_five_minutes_off() {
        let at = |seconds| Signature { at: NOW.as_second() + seconds, nonce: String::new(), mac: Vec::new() };
        for seconds in [-300, 0, 300] {
            assert!(at(seconds).is_in_time(NOW), "{seconds}");
        }
        for seconds in [-301, 301, i64::MIN / 2, i64::MAX / 2] {
            assert!(!at(seconds).is_in_time(NOW), "{seconds}");
        }
    }

    #[test]
    fn what_is_no_signature_is_refused() {
        let good = Signature::of("md_secret", REQUEST, NOW, "nonce-0001").to_string();
        for header in [
            "",
            "t=1",
            "nonsense",
            &good[2..],
            &good[..good.len() - 1],
            &good.replace("n=nonce-0001", "n=short"),
            &good.replace("v1=", "v1=zz"),
            &good.replace("t=", "t=x"),
        ] {
            assert_eq!(Signature::parse(header), Err(Refused::Unreadable), "{header:?}");
        }
        assert!(Signature::parse(&format!("{good},v2=later")).is_ok());
    }
}
