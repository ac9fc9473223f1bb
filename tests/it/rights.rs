//! Who sees and does what, held against oracles that know only the rules.

mod oracle;
mod random;
mod world;
