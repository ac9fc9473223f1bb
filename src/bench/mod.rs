//! How fast the portal is on this machine, one line a job.
mod alarms;
mod clock;
mod desk;
mod route;
mod seed;
mod stopwatch;

pub use alarms::{Alarms, Plan, alarms};
pub use clock::clock;
pub use desk::{Desk, Job, Plan as DeskPlan, desk, sign_in, words_to_ask};
pub use route::{Simulated, route, simulate};
pub use seed::{MODEL, Seeded, holds, seed};
pub use stopwatch::Measured;
