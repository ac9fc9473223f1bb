//! Who sends alarms and shows no credential that is known here: so that somebody can go and look.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Mutex, MutexGuard, PoisonError},
};

use jiff::Timestamp;

/// So many addresses are remembered; for one more, the one that was quiet longest is forgotten.
const MOST: usize = 500;

/// What one address has sent in vain since this node began.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Knock {
    pub address: IpAddr,
    pub times: u64,
    pub first_at: Timestamp,
    pub last_at: Timestamp,
}

#[derive(Default)]
pub struct Knocks(Mutex<HashMap<IpAddr, Knock>>);

impl Knocks {
    pub fn note(&self, address: IpAddr, now: Timestamp) {
        let mut knocks = self.lock();
        if knocks.len() >= MOST && !knocks.contains_key(&address) {
            let quietest = knocks.values().min_by_key(|knock| knock.last_at).map(|knock| knock.address);
            quietest.map(|address| knocks.remove(&address));
        }
        let knock = knocks.entry(address).or_insert(Knock { address, times: 0, first_at: now, last_at: now });
        knock.times += 1;
        knock.last_at = now;
    }

    /// The most recent first.
    pub fn list(&self) -> Vec<Knock> {
        let mut knocks: Vec<Knock> = self.lock().values().copied().collect();
        knocks.sort_by_key(|knock| (std::cmp::Reverse(knock.last_at), knock.address));
        knocks
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<IpAddr, Knock>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;

    const NOON: Timestamp = Timestamp::constant(1_795_000_000, 0);

    fn address(n: u16) -> IpAddr {
        IpAddr::from([10, 0, n.to_be_bytes()[0], n.to_be_bytes()[1]])
    }

    #[test]
    fn each_address_is_counted_by_itself_and_the_last_stands_first() {
        let knocks = Knocks::default();
        for (n, seconds) in [(1, 0), (2, 1), (1, 2), (1, 3)] {
            knocks.note(address(n), NOON + SignedDuration::from_secs(seconds));
        }

        let told: Vec<_> = knocks.list().iter().map(|knock| (knock.address, knock.times)).collect();
        assert_eq!(told, [(address(1), 3), (address(2), 1)]);
        assert_eq!(knocks.list()[0].first_at, NOON);
    }

    #[test]
    fn a_thousand_addresses_fill_no_memory() {
        let knocks = Knocks::default();
        for n in 0..1_000 {
            knocks.note(address(n), NOON + SignedDuration::from_secs(n.into()));
        }

        assert_eq!(knocks.list().len(), MOST);
        assert_eq!(knocks.list()[0].address, address(999));
    }
}
