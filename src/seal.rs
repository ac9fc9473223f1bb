//! Seals what must be kept, and must become unreadable with one key: what names a person, and their secrets.

use chacha20poly1305::{
    XChaCha20Poly1305, XNonce,
    aead::{Aead, KeyInit, Payload},
};
use hmac::{Hmac, Mac};
use sha2::Sha256;

use crate::error::{Error, Result};

/// Long enough that a random one never comes twice under the same key.
const NONCE: usize = 24;

/// Seals a text under a person's key. `purpose` says what it is for, and must be said again to open it:
/// what was sealed for one place can't be put into another.
pub fn seal(key: &[u8], purpose: &str, plain: &[u8]) -> Result<Vec<u8>> {
    let mut nonce = [0u8; NONCE];
    getrandom::fill(&mut nonce).map_err(|_| broken("there is no randomness"))?;
    let cipher = cipher(key).ok_or_else(|| broken("the key has a wrong length"))?;
    let payload = Payload { msg: plain, aad: purpose.as_bytes() };
    let sealed = cipher.encrypt(&XNonce::from(nonce), payload).map_err(|_| broken("the text is too long"))?;
    Ok([&nonce[..], &sealed].concat())
}

/// What was sealed, if it is this key's, for this purpose, and untouched.
pub fn open(key: &[u8], purpose: &str, sealed: &[u8]) -> Option<Vec<u8>> {
    let (nonce, sealed) = sealed.split_first_chunk::<NONCE>()?;
    let payload = Payload { msg: sealed, aad: purpose.as_bytes() };
    cipher(key)?.decrypt(&XNonce::from(*nonce), payload).ok()
}

/// Recognizes a text that comes again without saying what it was, to nobody who lacks the key.
pub fn keyed_hash(key: &[u8], text: &str) -> Result<[u8; 32]> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).map_err(|_| broken("the key has a wrong length"))?;
    mac.update(text.as_bytes());
    Ok(mac.finalize().into_bytes().into())
}

/// Two digits a byte, as people compare hashes.
pub fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |half: u8| char::from(DIGITS[usize::from(half)]);
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

fn cipher(key: &[u8]) -> Option<XChaCha20Poly1305> {
    XChaCha20Poly1305::new_from_slice(key).ok()
}

fn broken(why: &str) -> Error {
    Error::Internal(format!("nothing could be sealed: {why}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: [u8; 32] = [7; 32];

    #[test]
    fn only_the_same_key_and_purpose_open_what_was_sealed() {
        let sealed = seal(&KEY, "audit:1", b"claire@acme.example").unwrap();

        assert_eq!(open(&KEY, "audit:1", &sealed).as_deref(), Some(&b"claire@acme.example"[..]));
        assert_eq!(open(&[8; 32], "audit:1", &sealed), None);
        assert_eq!(open(&KEY, "audit:2", &sealed), None);
        assert_eq!(open(&KEY, "audit:1", &sealed[..20]), None);
        assert!(!sealed.windows(6).any(|part| part == b"claire"));
    }

    #[test]
    fn a_changed_byte_is_noticed_wherever_it_is() {
        let sealed = seal(&KEY, "audit:1", b"secret").unwrap();
        for at in 0..sealed.len() {
            let mut other = sealed.clone();
            other[at] ^= 1;
            assert_eq!(open(&KEY, "audit:1", &other), None, "byte {at}");
        }
    }

    #[test]
    fn the_same_text_is_never_sealed_alike() {
        assert_ne!(seal(&KEY, "x", b"secret").unwrap(), seal(&KEY, "x", b"secret").unwrap());
        assert!(seal(&[1; 16], "x", b"secret").is_err());
    }

    #[test]
    fn a_keyed_hash_knows_a_text_again_and_depends_on_the_key() {
        let hash = |key: u8, text: &str| keyed_hash(&[key; 32], text).unwrap();
        assert_eq!(hash(1, "claire"), hash(1, "claire"));
        assert_ne!(hash(1, "claire"), hash(1, "paul"));
        assert_ne!(hash(1, "claire"), hash(2, "claire"));
        assert_eq!(hex(&[0, 0x9f, 0xff]), "009fff");
    }
}
