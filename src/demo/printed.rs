//! What a demo prints, so that people and programs can come in. Made from the seed: a demo store keeps no secrets.

use std::fmt;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use sha2::{Digest, Sha256};

use super::{dice::Dice, world::World};
use crate::domain::access::Role;

/// Lines of the contract; each is one `login`, `token`, `device` or `gateway`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Printed {
    pub logins: Vec<(Role, String, String)>,
    pub tokens: Vec<(Role, String)>,
    pub devices: Vec<(String, String)>,
    pub gateways: Vec<(String, String)>,
}

pub const DEVICES: usize = 10;
const GATEWAYS: usize = 4;

impl Printed {
    /// One login and token for each role, and an engineer of every CAC.
    pub fn of(world: &World, seed: u64) -> Self {
        let mut logins = Vec::new();
        let mut tokens = Vec::new();
        for role in Role::ALL {
            let mut cacs = Vec::new();
            for person in world.people.iter().filter(|person| person.role == role) {
                if !cacs.is_empty() && (role != Role::Engineer || cacs.contains(&person.cac)) {
                    continue;
                }
                cacs.push(person.cac.clone());
                logins.push((role, person.email.clone(), password(seed, &person.email)));
            }
            tokens.push((role, secret(seed, "mt", role.name())));
        }
        let devices = world.systems.iter().take(DEVICES);
        let gateways = world.sites.iter().take(GATEWAYS);
        Self {
            logins,
            tokens,
            devices: devices.map(|s| (s.serial.clone(), secret(seed, "md", &s.serial))).collect(),
            gateways: gateways.map(|s| (s.code.clone(), secret(seed, "mg", &s.code))).collect(),
        }
    }

    /// The address with which that role's token goes.
    pub fn email_of(&self, role: Role) -> Option<&str> {
        self.logins.iter().find(|(of, ..)| *of == role).map(|(_, email, _)| email.as_str())
    }
}

impl fmt::Display for Printed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (role, email, password) in &self.logins {
            writeln!(f, "login {} {email} {password}", role.name())?;
        }
        for (role, token) in &self.tokens {
            writeln!(f, "token {} {token}", role.name())?;
        }
        for (serial, credential) in &self.devices {
            writeln!(f, "device {serial} {credential}")?;
        }
        for (site_code, credential) in &self.gateways {
            writeln!(f, "gateway {site_code} {credential}")?;
        }
        Ok(())
    }
}

fn secret(seed: u64, kind: &str, name: &str) -> String {
    let digest = Sha256::digest(format!("Meridian demo|{seed}|{kind}|{name}"));
    format!("{kind}_{}", URL_SAFE_NO_PAD.encode(digest))
}

/// Two words and a number: long enough for the house, short enough to be typed.
pub fn password(seed: u64, of: &str) -> String {
    const FIRST: [&str; 12] = [
        "amber", "cedar", "copper", "coral", "gentle", "harbor", "indigo", "linen", "maple", "quiet", "silver",
        "velvet",
    ];
    const SECOND: [&str; 12] = [
        "anchor", "bridge", "candle", "engine", "garden", "lantern", "meadow", "mirror", "orchard", "signal", "tunnel",
        "window",
    ];
    let mut dice = Dice::of(seed, of);
    let (first, second) = (dice.pick(&FIRST), dice.pick(&SECOND));
    format!("{first}-{second}-{}", dice.between(1_000, 9_999))
}
