//! How fast the portal is on this machine, one line a job.
mod alarms;
mod clock;
mod route;
mod stopwatch;

pub use alarms::{Alarms, Plan, alarms};
pub use clock::clock;
pub use route::{Simulated, route, simulate};
pub use stopwatch::Measured;
