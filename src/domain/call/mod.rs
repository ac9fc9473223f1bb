//! The call: what it is, what may be done with it, and how its history folds into it.
mod change;
mod course;
mod decide;
mod edit;
mod fold;
mod imported;
mod owner;
mod playbook;
mod reasons;
mod status;
mod verb;

pub use change::{Change, Filing, Line, Routing};
pub use course::{Course, Due, Resolution, Review, Wait, Waiting};
pub use decide::{decide, verbs_open};
pub use edit::{Edited, Edits};
pub use fold::{Call, Identity};
pub use imported::{ImportedChange, Opening};
pub use playbook::{Found, Over, Playbook, Step, Ticked};
pub use reasons::{CloseCode, HoldReason};
pub use status::Status;
pub use verb::{Refused, Verb};

/// A closed call can be opened again for this long; later it is a new, linked call.
pub const REOPEN_DAYS: i64 = 30;
/// The customer is reminded after this many days of silence, and the call closed after [`CLOSE_DAYS`].
pub const REMIND_DAYS: i64 = 5;
pub const CLOSE_DAYS: i64 = 10;

#[cfg(test)]
mod tests;
