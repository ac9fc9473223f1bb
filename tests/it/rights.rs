//! Who sees and does what, held against oracles that know only the rules.

mod house;
mod matrix;
mod oracle;
mod random;
mod table;
mod world;
