//! What is wished for on the desks of today.

use crate::domain::severity::Severity;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stand {
    New,
    Worked,
    Awaiting,
    OnHold,
    Resolved,
    /// The partner has yet to take it, or works on it.
    Offered,
    Taken,
    Uncovered,
}

/// How near the next promise is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Near {
    Any,
    Fine,
    Soon,
    Late,
}

/// So many calls that stand so.
pub struct Wish {
    pub count: usize,
    pub stand: Stand,
    pub severity: Severity,
    pub story: Option<&'static str>,
    pub near: Near,
    /// At most this old.
    pub hours: i64,
}

const fn wish(count: usize, stand: Stand, severity: Severity, near: Near, hours: i64) -> Wish {
    Wish { count, stand, severity, story: None, near, hours }
}

const fn about(story: &'static str, mut wish: Wish) -> Wish {
    wish.story = Some(story);
    wish
}

use Near::{Any, Fine, Late, Soon};
use Severity::{Critical, Minor, Moderate, Serious};
use Stand::{Awaiting, New, Offered, OnHold, Resolved, Taken, Uncovered, Worked};

/// What should be seen on the desks.
pub const WISHES: [Wish; 31] = [
    about("system-down", wish(1, Worked, Critical, Any, 2)),
    about("users-locked-out", wish(1, New, Critical, Soon, 1)),
    about("cpu-enclosure", wish(2, Worked, Serious, Fine, 5)),
    about("cpu-enclosure", wish(1, New, Serious, Soon, 2)),
    about("io-enclosure", wish(1, Worked, Serious, Fine, 6)),
    about("mirror", wish(1, OnHold, Serious, Fine, 20)),
    about("mirror", wish(1, Worked, Moderate, Fine, 20)),
    wish(3, Worked, Serious, Fine, 8),
    wish(2, New, Serious, Fine, 1),
    wish(1, New, Serious, Late, 4),
    wish(1, Worked, Serious, Soon, 8),
    wish(2, Awaiting, Serious, Any, 24),
    wish(1, OnHold, Serious, Fine, 60),
    wish(12, New, Moderate, Fine, 16),
    wish(2, New, Moderate, Soon, 70),
    wish(1, Worked, Moderate, Late, 110),
    wish(8, Worked, Moderate, Fine, 40),
    wish(1, Worked, Moderate, Soon, 90),
    wish(5, Awaiting, Moderate, Any, 100),
    wish(4, OnHold, Moderate, Fine, 150),
    wish(5, Resolved, Moderate, Any, 100),
    wish(8, New, Minor, Fine, 30),
    wish(7, Worked, Minor, Fine, 90),
    wish(3, Awaiting, Minor, Any, 100),
    wish(2, OnHold, Minor, Fine, 150),
    wish(4, Resolved, Minor, Any, 110),
    wish(2, Offered, Moderate, Any, 2),
    wish(1, Offered, Minor, Any, 2),
    wish(3, Taken, Moderate, Any, 60),
    wish(2, Taken, Minor, Any, 80),
    wish(2, Uncovered, Moderate, Any, 60),
];
