//! Whether an alarm makes no call because somebody is working on its system.
use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use super::Window;

/// A message that says to be older than this was kept waiting on its way; clocks and networks are never better.
pub const LATE: SignedDuration = SignedDuration::from_mins(5);

/// A window of a site, for which of its systems it is, and when it was in force lately.
#[derive(Debug, Clone, PartialEq)]
pub struct Placed {
    pub id: Uuid,
    pub title: String,
    /// None is the whole site.
    pub systems: Option<Vec<Uuid>>,
    pub window: Window,
    pub past: Vec<(Timestamp, Timestamp)>,
}

impl Placed {
    pub fn is_for(&self, system: Option<Uuid>) -> bool {
        is_for(self.systems.as_deref(), system)
    }

    pub fn was_in_force(&self, at: Timestamp) -> bool {
        self.window.in_force(at).is_some() || self.past.iter().any(|(from, to)| *from <= at && at < *to)
    }
}

/// Whether a window of these systems is for that one; none named is the whole site.
///
/// What names no system is the site's, and only a window of the whole site is for it.
pub fn is_for(systems: Option<&[Uuid]>, system: Option<Uuid>) -> bool {
    systems.is_none_or(|own| system.is_some_and(|system| own.contains(&system)))
}

/// Whether a raised alarm makes no call.
///
/// What comes in time is judged by the moment at which it comes. What comes late is judged by its own time as well:
/// of what broke before a window began, somebody must hear although the message arrives in it. And what broke in a
/// window and is heard of after it makes a call like any other, unless its end is known too: it may still stand, and
/// clocks of machines lie, so that a window which is over never keeps anybody from hearing of something.
pub fn suppresses(windows: &[Placed], system: Option<Uuid>, said_at: Timestamp, now: Timestamp, is_over: bool) -> bool {
    let own = || windows.iter().filter(|window| window.is_for(system));
    let runs = own().any(|window| window.window.in_force(now).is_some());
    if now.duration_since(said_at) <= LATE {
        return runs;
    }
    (runs || is_over) && own().any(|window| window.was_in_force(said_at))
}
