//! What the program writes about itself: never a secret, at whatever level it is asked to talk.

use std::io::IsTerminal;

use tracing_subscriber::{EnvFilter, filter::Directive};

/// What is said unless `MERIDIAN_LOG` asks for other things.
const USUAL: &str = "warn,meridian=info";

/// Targets that repeat what was sent to us, and so are never listened to: the one tells what it found in a body that
/// it could not read, the other every address with its query.
const INDISCREET: [&str; 2] = ["axum::rejection=off", "tower_http::csrf::service=off"];

/// Plain lines for people, JSON where nobody looks on.
pub fn start() {
    let wanted = EnvFilter::try_from_env("MERIDIAN_LOG").unwrap_or_else(|_| EnvFilter::new(USUAL));
    let logs = tracing_subscriber::fmt().with_env_filter(discreet(wanted)).with_writer(std::io::stderr);
    if std::io::stderr().is_terminal() { logs.init() } else { logs.json().init() }
}

/// The same without the targets that would tell secrets.
pub fn discreet(filter: EnvFilter) -> EnvFilter {
    let never = INDISCREET.iter().filter_map(|directive| directive.parse::<Directive>().ok());
    never.fold(filter, EnvFilter::add_directive)
}
