//! How fast the pure parts are on this machine, one line a job.
mod clock;
mod route;
mod stopwatch;

pub use clock::clock;
pub use route::{Simulated, route, simulate};
pub use stopwatch::Measured;
