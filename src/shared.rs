//! What many readers ask for at the same moment, read once for all of them.
//!
//! A desk of two hundred looks at the same queue, and every change sends all of them to look again. What was read after
//! the last change that this node knows of is as good for the next reader as for the first.

use std::{
    collections::HashMap,
    hash::Hash,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use jiff::{SignedDuration, Timestamp};

use crate::error::Result;

/// Names may change without a word to anybody, and what is due soon changes by itself.
const LONGEST: Duration = Duration::from_millis(300);

/// When somebody asks: by the clock, and after how many changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    pub now: Timestamp,
    pub changes: u64,
}

struct Kept<T> {
    answer: Arc<T>,
    moment: Moment,
    read_at: Instant,
}

impl<T> Kept<T> {
    fn is_good(&self, moment: Moment) -> bool {
        let age = moment.now.duration_since(self.moment.now).abs();
        let longest = SignedDuration::try_from(LONGEST).unwrap_or(SignedDuration::ZERO);
        self.moment.changes == moment.changes && age <= longest && self.read_at.elapsed() <= LONGEST
    }
}

/// One answer.
pub struct Shared<T>(tokio::sync::Mutex<Option<Kept<T>>>);

impl<T> Default for Shared<T> {
    fn default() -> Self {
        Self(tokio::sync::Mutex::new(None))
    }
}

impl<T> Shared<T> {
    /// The answer of somebody who asked a moment ago, or a new one; who comes while it is read waits for it. `moment`
    /// says what is known now, each time it is asked.
    pub async fn get(&self, moment: impl Fn() -> Moment, read: impl Future<Output = Result<T>>) -> Result<Arc<T>> {
        let mut kept = self.0.lock().await;
        let moment = moment();
        if let Some(kept) = kept.as_ref().filter(|kept| kept.is_good(moment)) {
            return Ok(kept.answer.clone());
        }
        let answer = Arc::new(read.await?);
        *kept = Some(Kept { answer: answer.clone(), moment, read_at: Instant::now() });
        Ok(answer)
    }
}

/// One answer for each of few things.
pub struct SharedBy<K, T>(Mutex<HashMap<K, Arc<Shared<T>>>>);

impl<K, T> Default for SharedBy<K, T> {
    fn default() -> Self {
        Self(Mutex::new(HashMap::new()))
    }
}

impl<K: Eq + Hash, T> SharedBy<K, T> {
    pub fn of(&self, key: K) -> Arc<Shared<T>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).entry(key).or_default().clone()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU64, Ordering};

    use super::*;

    const NOON: Timestamp = Timestamp::constant(1_764_000_000, 0);

    #[tokio::test]
    async fn what_was_read_before_a_change_is_told_to_nobody_after_it() {
        let (shared, reads, changes) = (Shared::default(), AtomicU64::new(0), AtomicU64::new(0));
        let ask = async |now: Timestamp| {
            let moment = || Moment { now, changes: changes.load(Ordering::SeqCst) };
            shared.get(moment, async { Ok(reads.fetch_add(1, Ordering::SeqCst)) }).await
        };
        assert_eq!((*ask(NOON).await.unwrap(), *ask(NOON).await.unwrap()), (0, 0));
        changes.fetch_add(1, Ordering::SeqCst);
        assert_eq!(*ask(NOON).await.unwrap(), 1);
        // A minute later by the clock, however fast it went.
        assert_eq!(*ask(NOON + SignedDuration::from_mins(1)).await.unwrap(), 2);
        tokio::time::sleep(LONGEST + Duration::from_millis(50)).await;
        assert_eq!(*ask(NOON + SignedDuration::from_mins(1)).await.unwrap(), 3);
    }

    #[tokio::test]
    async fn many_at_once_read_once_and_what_failed_is_read_again() {
        let (shared, reads) = (Shared::default(), AtomicU64::new(0));
        let moment = || Moment { now: NOON, changes: 0 };
        let slow = || async {
            tokio::time::sleep(Duration::from_millis(30)).await;
            Ok(reads.fetch_add(1, Ordering::SeqCst))
        };
        let failed = shared.get(moment, async { Err(crate::error::Error::TooSlow) }).await;
        assert!(failed.is_err());
        let all = futures_util::future::join_all((0..20).map(|_| shared.get(moment, slow()))).await;
        assert!(all.into_iter().all(|answer| *answer.unwrap() == 0));
    }
}
