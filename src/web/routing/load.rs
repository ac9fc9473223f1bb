//! What arrives in a queue, hour by hour, under both rules.

use crate::router::Load;

pub struct LoadView {
    pub queue: String,
    pub before: u64,
    pub after: u64,
    pub bars: Vec<Bar>,
    pub label: String,
}

/// One hour of the UTC day.
pub struct Bar {
    pub hour: usize,
    pub x: usize,
    pub before: u64,
    pub after: u64,
    /// Where the bars begin, from above, and how high they are.
    pub was: (u64, u64),
    pub is: (u64, u64),
}

/// The height of the busiest hour, and the width of each.
const HEIGHT: u64 = 36;
const WIDTH: usize = 10;

impl LoadView {
    pub fn of(queue: &str, load: &Load) -> Self {
        let most = load.hours_before.iter().chain(&load.hours_after).copied().max().unwrap_or(0).max(1);
        let tall = |count: u64| {
            let height = (count * HEIGHT).div_ceil(most);
            (HEIGHT - height, height)
        };
        let hours = load.hours_before.iter().zip(&load.hours_after).enumerate();
        Self {
            queue: queue.to_owned(),
            before: load.calls.before,
            after: load.calls.after,
            bars: hours
                .map(|(hour, (before, after))| Bar {
                    hour,
                    x: hour * WIDTH,
                    before: *before,
                    after: *after,
                    was: tall(*before),
                    is: tall(*after),
                })
                .collect(),
            label: format!("{queue}: {} calls in force, {} under the other rules", load.calls.before, load.calls.after),
        }
    }
}
