//! Takes the time of one piece of work, again and again.
use std::{
    hint::black_box,
    time::{Duration, Instant},
};

use serde::Serialize;

/// What one job takes, in microseconds.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Measured {
    pub job: &'static str,
    pub count: usize,
    pub per_s: f64,
    pub p50_us: f64,
    pub p99_us: f64,
    pub max_us: f64,
    /// What the slowest but one of a hundred must not exceed.
    pub goal_us: f64,
    pub ok: bool,
}

/// Every piece once to warm up, then once each by the watch.
pub fn measure<T, A>(job: &'static str, goal_us: f64, pieces: &[T], work: impl Fn(&T) -> A) -> Measured {
    for piece in pieces.iter().take(pieces.len() / 10) {
        black_box(work(black_box(piece)));
    }
    let mut times: Vec<Duration> = pieces.iter().map(|piece| timed(|| work(black_box(piece)))).collect();
    let total: Duration = times.iter().sum();
    times.sort_unstable();
    let p99_us = quantile(&times, 99);
    Measured {
        job,
        count: times.len(),
        per_s: per_second(times.len(), total),
        p50_us: quantile(&times, 50),
        p99_us,
        max_us: quantile(&times, 100),
        goal_us,
        ok: p99_us <= goal_us,
    }
}

fn timed<A>(work: impl FnOnce() -> A) -> Duration {
    let start = Instant::now();
    black_box(work());
    start.elapsed()
}

#[expect(clippy::cast_precision_loss, reason = "no run is that long")]
pub fn per_second(count: usize, total: Duration) -> f64 {
    let rate = count as f64 / total.as_secs_f64().max(f64::MIN_POSITIVE);
    rate.round()
}

/// Microseconds to three places, of times in their order.
fn quantile(times: &[Duration], percent: usize) -> f64 {
    let index = (times.len() * percent / 100).min(times.len().saturating_sub(1));
    times.get(index).map_or(0.0, |time| (time.as_secs_f64() * 1e9).round() / 1e3)
}

/// Milliseconds to two places, of times in their order.
pub fn milliseconds(times: &[Duration], percent: usize) -> f64 {
    (quantile(times, percent) / 10.0).round() / 100.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_watch_tells_slow_work_from_quick_work() {
        let slow = |ms: &u64| std::thread::sleep(Duration::from_millis(*ms));
        let measured = measure("sleep", 3_000.0, &[1, 1, 1, 1, 20], slow);

        assert!(measured.p50_us >= 1_000.0 && measured.max_us >= 20_000.0, "{measured:?}");
        assert!(!measured.ok && measured.per_s < 250.0, "{measured:?}");
    }
}
