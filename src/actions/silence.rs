//! Systems that have stopped calling home: found by a sweep, ended by whatever they say next.

mod ending;
mod expecting;
mod noticing;
mod opening;

pub use self::{expecting::expect_calls, noticing::notice_silence};
pub(super) use ending::break_silence;
