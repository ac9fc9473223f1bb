//! How often somebody may be wrong: guesses cost time, and being right costs nothing.

use std::{
    collections::HashMap,
    hash::Hash,
    net::IpAddr,
    sync::{Mutex, MutexGuard, PoisonError},
};

use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use super::{address::Address, knocks::Knocks};
use crate::error::{Error, Result};

/// Wrong attempts, by who made them and by the name that was tried.
///
/// One address may not lock a person out: it is stopped at that name long before the name itself is.
pub struct Limits {
    address: Bucket<IpAddr>,
    address_and_name: Bucket<(IpAddr, String)>,
    name: Bucket<String>,
    credential: Bucket<IpAddr>,
    second_step: Bucket<Uuid>,
    challenge: Bucket<IpAddr>,
    /// Addresses that phone home in vain.
    pub knocks: Knocks,
}

/// An attempt that was let through; it counts unless it is taken back.
#[must_use]
pub struct Attempt<'a> {
    limits: &'a Limits,
    address: IpAddr,
    name: String,
}

impl Default for Limits {
    fn default() -> Self {
        Self::new()
    }
}

impl Limits {
    pub fn new() -> Self {
        Self {
            // An office behind one address, then one wrong guess a second.
            address: Bucket::new(60, 1_000),
            // A person who has forgotten, then one guess every six seconds.
            address_and_name: Bucket::new(10, 6_000),
            // Many addresses at one name.
            name: Bucket::new(100, 3_000),
            // A site whose gateway was set up wrongly: it is heard of, and its neighbours are not disturbed.
            credential: Bucket::new(300, 200),
            // Six digits: at this pace a guess is right once in three years.
            second_step: Bucket::new(10, 300_000),
            challenge: Bucket::new(60, 1_000),
            knocks: Knocks::default(),
        }
    }

    /// Counted before anybody knows whether it is right: a thousand guesses at once are a thousand.
    pub fn sign_in(&self, address: Address, name: &str, now: Timestamp) -> Result<Attempt<'_>> {
        let name: String = name.trim().to_lowercase().chars().take(200).collect();
        let address = address.network();
        self.address.take(address, now)?;
        self.address_and_name.take((address, name.clone()), now)?;
        self.name.take(name.clone(), now)?;
        Ok(Attempt { limits: self, address, name })
    }

    /// A token or credential that opens nothing. Right ones never come here, however many there are.
    pub fn wrong_credential(&self, address: Address, now: Timestamp) -> Result<()> {
        self.credential.take(address.network(), now)
    }

    /// A code of somebody whose password was right; counted until one is right too.
    pub fn second_step(&self, person: Uuid, now: Timestamp) -> Result<()> {
        self.second_step.take(person, now)
    }

    pub fn second_step_was_right(&self, person: Uuid) {
        self.second_step.give_back(&person);
    }

    /// What somebody unknown makes us remember.
    pub fn challenge(&self, address: Address, now: Timestamp) -> Result<()> {
        self.challenge.take(address.network(), now)
    }

    /// Forgets whom nobody has heard of for a while.
    pub fn tidy(&self, now: Timestamp) {
        self.address.tidy(now);
        self.address_and_name.tidy(now);
        self.name.tidy(now);
        self.credential.tidy(now);
        self.second_step.tidy(now);
        self.challenge.tidy(now);
    }
}

impl Attempt<'_> {
    /// It was right: a busy office signs in as often as it likes.
    pub fn was_right(self) {
        self.limits.address.give_back(&self.address);
        self.limits.address_and_name.give_back(&(self.address, self.name.clone()));
        self.limits.name.give_back(&self.name);
    }
}

/// So many at once, then one each period. Kept is the instant at which everything is forgotten.
struct Bucket<K> {
    period: SignedDuration,
    whole: SignedDuration,
    full_at: Mutex<HashMap<K, Timestamp>>,
}

impl<K: Eq + Hash> Bucket<K> {
    fn new(burst: i32, period_ms: i64) -> Self {
        let period = SignedDuration::from_millis(period_ms);
        Self { period, whole: period * burst, full_at: Mutex::new(HashMap::new()) }
    }

    fn take(&self, key: K, now: Timestamp) -> Result<()> {
        let mut full_at = self.lock();
        let known = full_at.entry(key).or_insert(now);
        let ahead = known.duration_since(now).max(SignedDuration::ZERO);
        // Only a clock that was set back gets so far ahead; it must keep nobody out until it has caught up.
        let spent = if ahead > self.whole { self.period } else { ahead + self.period };
        if spent > self.whole {
            let seconds = ((spent - self.whole).as_millis() + 999) / 1_000;
            return Err(Error::TooMany { seconds: u64::try_from(seconds).unwrap_or(1) });
        }
        *known = now + spent;
        Ok(())
    }

    fn give_back(&self, key: &K) {
        if let Some(known) = self.lock().get_mut(key) {
            *known -= self.period;
        }
    }

    fn tidy(&self, now: Timestamp) {
        self.lock().retain(|_, full_at| *full_at > now);
    }

    /// Nothing is left half done in there, so a panic elsewhere takes nothing from it.
    fn lock(&self) -> MutexGuard<'_, HashMap<K, Timestamp>> {
        self.full_at.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOON: Timestamp = Timestamp::constant(1_795_000_000, 0);

    fn at(seconds: i64) -> Timestamp {
        NOON + SignedDuration::from_secs(seconds)
    }

    fn from(last: u8) -> Address {
        Address(IpAddr::from([198, 51, 100, last]))
    }

    #[expect(clippy::needless_pass_by_value, reason = "it is asked once and gone")]
    fn refused(result: Result<Attempt<'_>>) -> Option<u64> {
        match result {
            Err(Error::TooMany { seconds }) => Some(seconds),
            _ => None,
        }
    }

    #[test]
    fn ten_wrong_guesses_at_a_name_and_then_one_every_six_seconds() {
        let limits = Limits::new();
        for _ in 0..10 {
            assert!(limits.sign_in(from(1), "claire@acme.example", at(0)).is_ok());
        }

        assert_eq!(refused(limits.sign_in(from(1), " Claire@Acme.example", at(0))), Some(6));
        assert_eq!(refused(limits.sign_in(from(1), "claire@acme.example", at(4))), Some(2));
        assert_eq!(refused(limits.sign_in(from(1), "claire@acme.example", at(6))), None);
        assert_eq!(refused(limits.sign_in(from(1), "claire@acme.example", at(6))), Some(6));
        assert_eq!(refused(limits.sign_in(from(1), "pierre@acme.example", at(6))), None);
    }

    #[test]
    fn who_signs_in_rightly_is_never_kept_waiting() {
        let limits = Limits::new();

        for _ in 0..1_000 {
            limits.sign_in(from(1), "claire@acme.example", at(0)).unwrap().was_right();
        }
    }

    #[test]
    fn one_address_cannot_lock_a_person_out() {
        let limits = Limits::new();
        for second in 0..=3_600 {
            let _ = limits.sign_in(from(66), "claire@acme.example", at(second));
        }

        assert!(limits.sign_in(from(66), "claire@acme.example", at(3_600)).is_err());
        assert!(limits.sign_in(from(1), "claire@acme.example", at(3_600)).is_ok());
    }

    #[test]
    fn many_addresses_at_one_name_are_slowed_down_together() {
        let limits = Limits::new();
        let through = (0..=255).filter(|last| limits.sign_in(from(*last), "claire@acme.example", at(0)).is_ok());

        assert_eq!(through.count(), 100);
    }

    #[test]
    fn one_address_at_many_names_is_slowed_down() {
        let limits = Limits::new();
        let through = (0..200).filter(|n| limits.sign_in(from(1), &format!("person{n}"), at(0)).is_ok());

        assert_eq!(through.count(), 60);
    }

    #[test]
    fn a_clock_that_is_set_back_keeps_nobody_out_for_longer() {
        let limits = Limits::new();
        for _ in 0..10 {
            assert!(limits.sign_in(from(1), "claire@acme.example", at(86_400)).is_ok());
        }

        assert!(limits.sign_in(from(1), "claire@acme.example", at(0)).is_ok());
    }

    #[test]
    fn what_is_over_is_forgotten() {
        let limits = Limits::new();
        let _ = limits.sign_in(from(1), "claire@acme.example", at(0));
        let _ = limits.wrong_credential(from(1), at(0));

        limits.tidy(at(10));

        assert!(limits.address.lock().is_empty() && limits.address_and_name.lock().is_empty());
        assert!(limits.name.lock().is_empty() && limits.credential.lock().is_empty());
    }
}
