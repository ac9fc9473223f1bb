//! How often somebody may try: guesses at passwords cost time.

use std::{net::IpAddr, num::NonZeroU32, time::Duration};

use governor::{DefaultKeyedRateLimiter, Quota, clock::Clock};

use crate::error::{Error, Result};

/// Attempts to sign in, by address and by the name that was tried.
pub struct Limits {
    by_address: DefaultKeyedRateLimiter<IpAddr>,
    by_name: DefaultKeyedRateLimiter<String>,
}

/// Ten wrong guesses at once, then one every six seconds; an office behind one address gets more.
const NAME_BURST: NonZeroU32 = NonZeroU32::new(10).expect("not zero");
const ADDRESS_BURST: NonZeroU32 = NonZeroU32::new(60).expect("not zero");

impl Default for Limits {
    fn default() -> Self {
        Self::new()
    }
}

impl Limits {
    pub fn new() -> Self {
        let every = |period| Quota::with_period(period).unwrap_or_else(|| Quota::per_second(NonZeroU32::MIN));
        Self {
            by_address: DefaultKeyedRateLimiter::keyed(every(Duration::from_secs(1)).allow_burst(ADDRESS_BURST)),
            by_name: DefaultKeyedRateLimiter::keyed(every(Duration::from_secs(6)).allow_burst(NAME_BURST)),
        }
    }

    pub fn sign_in(&self, address: IpAddr, name: &str) -> Result<()> {
        let name: String = name.trim().to_lowercase().chars().take(200).collect();
        let clock = governor::clock::DefaultClock::default();
        let wait = |not_yet: governor::NotUntil<_>| not_yet.wait_time_from(clock.now());
        let refused =
            self.by_address.check_key(&address).map_err(wait).and(self.by_name.check_key(&name).map_err(wait));
        refused.map_err(|wait| Error::TooMany { seconds: wait.as_secs().max(1) })
    }

    /// Forgets whom nobody has heard of for a while.
    pub fn tidy(&self) {
        self.by_address.retain_recent();
        self.by_name.retain_recent();
    }
}
