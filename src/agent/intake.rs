//! Takes events into the spool. Whoever hears that theirs was taken may forget it: it is on disk.
//!
//! One fsync serves everybody who came while the last one ran.

use std::{
    collections::{HashMap, VecDeque},
    io,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::sync::{Notify, mpsc, oneshot};

use super::{board::Board, board::Full, event::Event, files, spool::Spool};
use crate::clock::Clock;

/// How many posts may wait for the disk.
const QUEUE: usize = 64;
/// What is written in one go.
const GROUP: usize = 1_000;
/// How many of the last events are known when they come again. Older ones the portal knows.
const REMEMBERED: usize = 4_096;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spooled {
    pub id: String,
    pub sequence: u64,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    #[error("The spool is full: nothing of this was taken. Post it again when there is room.")]
    Full,
    #[error("The spool can't be written: nothing of this is certain to be taken. {0}.")]
    Broken(String),
    #[error("The agent is stopping: nothing of this is certain to be taken.")]
    Stopping,
}

struct Waiting {
    events: Vec<Event>,
    done: oneshot::Sender<Result<Vec<Spooled>, Refused>>,
}

/// The spool, and what of it is remembered.
pub struct Shelf {
    pub spool: Spool,
    seen: HashMap<(String, String), u64>,
    order: VecDeque<(String, String)>,
}

impl Shelf {
    pub fn new(spool: Spool) -> Self {
        let mut shelf = Self { spool, seen: HashMap::new(), order: VecDeque::new() };
        let known: Vec<_> = shelf
            .spool
            .everything()
            .filter_map(|record| Some((Event::of_bytes(&record.said)?.key()?, record.sequence)))
            .collect();
        let surplus = known.len().saturating_sub(REMEMBERED);
        for (key, sequence) in known.into_iter().skip(surplus) {
            shelf.remember(key, sequence);
        }
        shelf
    }

    fn remember(&mut self, key: (String, String), sequence: u64) {
        if self.seen.insert(key.clone(), sequence).is_none() {
            self.order.push_back(key);
        }
        if self.order.len() > REMEMBERED
            && let Some(oldest) = self.order.pop_front()
        {
            self.seen.remove(&oldest);
        }
    }

    /// All of them or none; the same event a second time has the number that it already has.
    fn take(&mut self, events: Vec<Event>, now: jiff::Timestamp) -> io::Result<Vec<Spooled>> {
        let (mut spooled, mut said, mut fresh) = (Vec::new(), Vec::new(), HashMap::new());
        for event in events {
            let key = event.key();
            let known = key.as_ref().and_then(|key| self.seen.get(key).or_else(|| fresh.get(key)));
            if let (Some(sequence), Some((_, id))) = (known, &key) {
                spooled.push(Spooled { id: id.clone(), sequence: *sequence });
                continue;
            }
            let sequence = self.spool.next() + said.len() as u64;
            let (id, bytes) = event.numbered(self.spool.id(), sequence, now);
            said.push(bytes);
            spooled.push(Spooled { id, sequence });
            if let Some(key) = key {
                fresh.insert(key, sequence);
            }
        }
        if !said.is_empty() {
            self.spool.append(&said, now)?;
        }
        let mut fresh: Vec<_> = fresh.into_iter().collect();
        fresh.sort_by_key(|(_, sequence)| *sequence);
        for (key, sequence) in fresh {
            self.remember(key, sequence);
        }
        Ok(spooled)
    }
}

/// The spool as its few users share it; locked only where waiting for a disk is allowed.
#[derive(Clone)]
pub struct Shared(Arc<Mutex<Shelf>>);

impl Shared {
    pub fn new(shelf: Shelf) -> Self {
        Self(Arc::new(Mutex::new(shelf)))
    }

    pub fn lock(&self) -> MutexGuard<'_, Shelf> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Work on the spool, away from the thread that everything else runs on.
    pub async fn with<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Shelf) -> io::Result<T> + Send + 'static,
    ) -> io::Result<T> {
        let mine = self.clone();
        tokio::task::spawn_blocking(move || work(&mut mine.lock())).await.map_err(io::Error::other)?
    }
}

#[derive(Clone)]
pub struct Intake(mpsc::Sender<Waiting>);

impl Intake {
    /// Answers when all of them are on disk.
    pub async fn take(&self, events: Vec<Event>) -> Result<Vec<Spooled>, Refused> {
        let (done, told) = oneshot::channel();
        self.0.send(Waiting { events, done }).await.map_err(|_| Refused::Stopping)?;
        told.await.map_err(|_| Refused::Stopping)?
    }
}

/// Writes what comes, until nobody is left who could send anything.
pub struct Writer {
    pub shelf: Shared,
    pub clock: Clock,
    /// Told when something new waits for the portal.
    pub wake: Arc<Notify>,
    queue: mpsc::Receiver<Waiting>,
}

impl Writer {
    pub fn new(shelf: Shared, clock: Clock, wake: Arc<Notify>) -> (Intake, Self) {
        let (sender, queue) = mpsc::channel(QUEUE);
        (Intake(sender), Self { shelf, clock, wake, queue })
    }

    pub async fn run(mut self) {
        while let Some(first) = self.queue.recv().await {
            let mut group = vec![first];
            let mut many = group[0].events.len();
            while many < GROUP
                && let Ok(next) = self.queue.try_recv()
            {
                many += next.events.len();
                group.push(next);
            }
            self.write(group).await;
        }
    }

    async fn write(&self, group: Vec<Waiting>) {
        let now = self.clock.now();
        let (posts, waiting): (Vec<_>, Vec<_>) = group.into_iter().map(|post| (post.events, post.done)).unzip();
        let sizes: Vec<usize> = posts.iter().map(Vec::len).collect();
        let events: Vec<Event> = posts.into_iter().flatten().collect();
        let taken = self.shelf.with(move |shelf| shelf.take(events, now)).await;
        match taken {
            Ok(mut spooled) => {
                for (size, done) in sizes.into_iter().zip(waiting) {
                    let rest = spooled.split_off(size);
                    // Whoever has hung up meanwhile posts it again, and is told the same number.
                    let _ = done.send(Ok(std::mem::replace(&mut spooled, rest)));
                }
                self.wake.notify_one();
            }
            Err(error) => {
                let refused = if files::is_full(&error) { Refused::Full } else { Refused::Broken(error.to_string()) };
                tracing::error!(%error, "nothing can be taken");
                for done in waiting {
                    let _ = done.send(Err(refused.clone()));
                }
            }
        }
    }

    /// Remembered until there is room to tell the portal of it.
    pub fn refused(board: &Board, events: usize, now: jiff::Timestamp) {
        board.change(|state| {
            let full = state.full.get_or_insert(Full { since: now, refused: 0 });
            full.refused += events as u64;
        });
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use serde_json::json;

    use super::super::event::Said;
    use super::*;

    const SAID: Said<'static> = Said { source: "/agents/LYON-2", now: Timestamp::UNIX_EPOCH };

    fn event(id: &str) -> Event {
        Event::own(SAID, "meridian.test", &json!({})).named(id)
    }

    #[test]
    fn the_same_event_again_keeps_its_number_also_over_a_restart() {
        let home = tempfile::tempdir().unwrap();
        let open = || Shelf::new(Spool::open(home.path(), 1 << 20, SAID.now).unwrap());
        let numbers = |shelf: &mut Shelf, ids: &[&str]| -> Vec<u64> {
            let events = ids.iter().map(|id| event(id)).collect();
            shelf.take(events, SAID.now).unwrap().iter().map(|spooled| spooled.sequence).collect()
        };
        let mut shelf = open();
        assert_eq!(numbers(&mut shelf, &["a", "b", "a"]), [1, 2, 1]);
        shelf.spool.acknowledge(2, SAID.now).unwrap();
        drop(shelf);

        let mut shelf = open();
        assert_eq!(numbers(&mut shelf, &["b", "c"]), [2, 3]);
        assert_eq!(shelf.spool.contents().waiting, 1);
    }
}
