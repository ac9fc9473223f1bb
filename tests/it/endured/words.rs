//! What the systems of the run say: the same every time, so that nobody has to remember it.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

/// Four systems to a site: with a fifth its faults could be a storm.
pub const SYSTEMS: usize = 4;
/// Things that may break in each system.
const PARTS: [(&str, &str); 3] = [("11/2", "fan"), ("10", "board"), ("1/4", "disk")];

#[derive(Debug, Clone, Copy)]
pub struct Plan {
    pub sites: usize,
    /// Messages of each site.
    pub messages: usize,
    /// The most that travel together.
    pub together: usize,
    /// Around when the machines believe it is.
    pub base: Timestamp,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Raised {
        part: usize,
    },
    Cleared {
        part: usize,
    },
    Informational,
    Heartbeat,
    Test,
    /// Of a type that nobody knows.
    Rejected,
    /// Of a system that nobody knows.
    Stray,
}

impl Plan {
    pub fn new(sites: usize, messages: usize, together: usize) -> Self {
        Self { sites, messages, together, base: meridian::clock::Clock::system().now() }
    }

    pub fn all(&self) -> usize {
        self.sites * self.messages
    }

    pub fn systems(&self) -> usize {
        self.sites * SYSTEMS
    }

    /// The first sites have an agent; one in five of the others' systems have no contract.
    pub fn has_agent(site: usize) -> bool {
        site < 2
    }

    pub fn is_covered(site: usize) -> bool {
        site % 5 != 4
    }

    pub fn kind(site: usize, message: usize) -> Kind {
        let part = usize::try_from(mix(site, message, 2)).unwrap() % PARTS.len();
        match mix(site, message, 1) % 100 {
            0..50 => Kind::Raised { part },
            50..65 => Kind::Cleared { part },
            65..80 => Kind::Informational,
            80..90 => Kind::Heartbeat,
            90..94 => Kind::Test,
            // An agent refuses them itself.
            _ if Self::has_agent(site) => Kind::Heartbeat,
            94..97 => Kind::Rejected,
            _ => Kind::Stray,
        }
    }

    pub fn event(&self, site: usize, message: usize) -> Value {
        let kind = Self::kind(site, message);
        let (name, part, severity) = match kind {
            Kind::Raised { part } => ("alarm.raised", part, ["warning", "error", "critical"][message % 3]),
            Kind::Cleared { part } => ("alarm.cleared", part, "error"),
            Kind::Informational => ("alarm.raised", 0, ["info", "purple"][message % 2]),
            Kind::Heartbeat | Kind::Stray => (["heartbeat", "report"][message % 2], 0, "info"),
            Kind::Test => ("test", 0, "info"),
            Kind::Rejected => ("nonsense", 0, "error"),
        };
        let serial = if kind == Kind::Stray { "FT-nobody".to_owned() } else { serial(site, system(message)) };
        let wrong_by = i64::try_from(mix(site, message, 3) % 200_000).unwrap() - 150_000;
        let (component, code) = PARTS[part];
        json!({"specversion": "1.0", "id": name_of(site, message), "source": format!("/systems/{serial}"),
               "type": format!("meridian.{name}"), "subject": component,
               "time": self.base + SignedDuration::from_secs(wrong_by),
               "data": {"code": code, "severity": severity, "summary": format!("{code} needs a look"),
                        "state": if message.is_multiple_of(7) { "broken" } else { "" }}})
    }
}

pub fn name_of(site: usize, message: usize) -> String {
    format!("m-{site}-{message}")
}

pub fn site_code(site: usize) -> String {
    format!("SITE-{site}")
}

pub fn serial(site: usize, system: usize) -> String {
    format!("FT-{site}-{system}")
}

/// Which system of its site says it.
pub fn system(message: usize) -> usize {
    message % SYSTEMS
}

/// A number that looks like chance and is the same each time.
fn mix(site: usize, message: usize, salt: u64) -> u64 {
    let mut x = (u64::try_from(site).unwrap() << 40 | u64::try_from(message).unwrap() << 4 | salt)
        .wrapping_mul(0x9e37_79b9_7f4a_7c15);
    x = (x ^ x >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ x >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ x >> 31
}
