//! Codes that somebody types: of an authenticator app, or kept on paper for the day on which the app is gone.

use totp_rs::{Builder, Secret, Totp};

/// The secret of an authenticator has as many bytes as the hash that it is used with.
pub const SECRET: usize = 20;
/// So many are made at once, each of them good for one sign-in.
pub const CODES: usize = 10;
/// 80 random bits: too many to guess, even for who has read the hashes.
pub const CODE: usize = 10;

/// What was typed into the one field for both kinds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Typed {
    Authenticator(String),
    Recovery(String),
}

/// People type spaces and hyphens as they see them.
pub fn read(text: &str) -> Typed {
    let bare: String = text.chars().filter(|c| !c.is_whitespace() && *c != '-').take(100).collect();
    if bare.len() == 6 && bare.bytes().all(|byte| byte.is_ascii_digit()) {
        return Typed::Authenticator(bare);
    }
    Typed::Recovery(bare.to_lowercase())
}

/// Without the letters that are taken for others.
const LETTERS: &[u8; 32] = b"23456789abcdefghjkmnpqrstuvwxyz0";

/// A recovery code as it is stored and compared.
pub fn recovery_code(random: &[u8; CODE]) -> String {
    let bits = random.iter().fold(0u128, |bits, byte| bits << 8 | u128::from(*byte));
    let letter = |place: usize| LETTERS[usize::try_from(bits >> (place * 5) & 31).unwrap_or(0)];
    (0..CODE * 8 / 5).map(|place| char::from(letter(place))).collect()
}

/// The same for eyes: four groups of four.
pub fn grouped(code: &str) -> String {
    let letters: Vec<char> = code.chars().collect();
    letters.chunks(4).map(|group| group.iter().collect::<String>()).collect::<Vec<_>>().join("-")
}

/// The time step of a code that is right now, or was half a minute ago, or will be in half a minute.
pub fn step(secret: &[u8], code: &str, now: i64) -> Option<i64> {
    let now = u64::try_from(now).ok()?;
    i64::try_from(totp(secret, "").check(code, now)?).ok()
}

/// What an app is told, by its camera or by hand.
pub fn address(secret: &[u8], email: &str) -> Option<String> {
    totp(secret, email).to_url().ok()
}

/// The secret as it is typed by hand.
pub fn typed_by_hand(secret: &[u8]) -> String {
    grouped(&Secret::from(secret).to_base32())
}

/// What every app understands: SHA-1, six digits, half a minute.
fn totp(secret: &[u8], email: &str) -> Totp {
    let account = email.replace(':', "_");
    let builder = Builder::new().with_secret(Secret::from(secret)).with_skew(1).with_step_duration(30);
    builder.with_account_name(account).with_issuer(Some("Meridian")).build_noncompliant()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The secret of RFC 6238's examples.
    const RFC: &[u8; 20] = b"12345678901234567890";

    #[test]
    fn the_codes_are_those_of_the_standard() {
        for (now, code) in
            [(59, "287082"), (1_111_111_109, "081804"), (1_234_567_890, "005924"), (2_000_000_000, "279037")]
        {
            assert_eq!(step(RFC, code, now), Some(now / 30), "{now}");
        }
    }

    #[test]
    fn a_clock_may_be_half_a_minute_off_and_no_more() {
        let at = 1_234_567_890;
        for (off, right) in [(-31, false), (-30, true), (0, true), (29, true), (59, true), (60, false)] {
            assert_eq!(step(RFC, "005924", at - at % 30 + off).is_some(), right, "{off}");
        }
        assert_eq!(step(RFC, "005925", at), None);
        assert_eq!(step(RFC, "", at), None);
    }

    #[test]
    fn apps_are_told_everything_that_they_need() {
        let address = address(RFC, "claire@acme.example").unwrap();
        assert!(address.starts_with("otpauth://totp/Meridian:claire%40acme.example?"), "{address}");
        assert!(address.contains("secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"), "{address}");
        assert!(address.contains("issuer=Meridian"), "{address}");
        assert_eq!(typed_by_hand(RFC), "GEZD-GNBV-GY3T-QOJQ-GEZD-GNBV-GY3T-QOJQ");
    }

    #[test]
    fn codes_are_read_as_people_type_them() {
        assert_eq!(read(" 287 082 "), Typed::Authenticator("287082".to_owned()));
        assert_eq!(read("AB3D-4567-89pq-rstu"), Typed::Recovery("ab3d456789pqrstu".to_owned()));
        assert_eq!(read("28708"), Typed::Recovery("28708".to_owned()));
        assert_eq!(read("２８７０８２"), Typed::Recovery("２８７０８２".to_owned()));
    }

    proptest! {
        #[test]
        fn a_recovery_code_is_read_as_it_is_shown(random: [u8; CODE], other: [u8; CODE]) {
            let code = recovery_code(&random);
            prop_assert_eq!(code.len(), 16);
            prop_assert_eq!(read(&grouped(&code).to_uppercase()), Typed::Recovery(code.clone()));
            prop_assert_eq!(code == recovery_code(&other), random == other);
        }

        #[test]
        fn whatever_is_typed_is_read(text in "\\PC{0,200}") {
            let _ = read(&text);
        }
    }
}
