//! What the parts do together, on the real things.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on says so by panicking")]
mod alertmanager;
mod cancelled;
mod compose;
mod crash;
mod demo;
mod embedded;
mod external;
mod faults;
mod gate;
mod imports;
mod isolation;
mod layers;
mod listen;
mod live;
mod outbound;
mod page;
mod person;
mod relay;
mod rights;
mod schema;
mod stories;
mod support;
mod upkeep;
