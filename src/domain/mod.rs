//! The trade itself: pure, no async, no SQL, no clock. `now` is an argument.
pub mod calendar;
pub mod objective;
