//! What nobody asks for: one loop, one file for each kind of work.
mod chain;
mod listen;
mod notices;
mod relay;
mod sweeps;
mod words;

use tokio_util::task::TaskTracker;

use crate::app::App;

/// Starts everything that runs beside the requests; it ends with `app.stop`.
pub fn start(app: &App) -> TaskTracker {
    let tracker = TaskTracker::new();
    tracker.spawn(listen::run(app.clone()));
    tracker.spawn(relay::run(app.clone()));
    tracker.spawn(sweeps::keep_fresh(app.clone()));
    if app.config.jobs {
        tracker.spawn(sweeps::run(app.clone()));
        tracker.spawn(words::run(app.clone()));
    }
    tracker.close();
    tracker
}
