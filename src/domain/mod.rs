//! The trade itself: pure, no async, no SQL, no clock. `now` is an argument.
pub mod access;
pub mod alarm;
pub mod audit;
pub mod availability;
pub mod calendar;
pub mod call;
pub mod correlate;
pub mod device;
pub mod factor;
pub mod fault;
pub mod handover;
pub mod ical;
pub mod maintenance;
pub mod names;
pub mod number;
pub mod objective;
pub mod password;
pub mod policy;
pub mod priority;
pub mod proof;
pub mod remote;
pub mod severity;
pub mod signature;
pub mod silence;
pub mod storm;
pub mod test_receipt;
pub mod words;

#[cfg(test)]
mod regressions;
