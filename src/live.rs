//! Carries word of changed calls to open pages: topics and positions, never content.

use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

use tokio::sync::broadcast;

use crate::store::outbox::Told;

/// A page that can't keep up with this many changes asks for the rest by position.
const BACKLOG: usize = 4096;

#[derive(Clone)]
pub struct Live {
    sender: broadcast::Sender<Arc<Told>>,
    pos: Arc<AtomicI64>,
}

impl Default for Live {
    fn default() -> Self {
        Self::new()
    }
}

impl Live {
    pub fn new() -> Self {
        Self { sender: broadcast::channel(BACKLOG).0, pos: Arc::new(AtomicI64::new(0)) }
    }

    /// Tells every open page on this node.
    pub fn tell(&self, told: Told) {
        self.pos.store(told.pos, Ordering::Release);
        // Nobody listening is no failure.
        let _ = self.sender.send(Arc::new(told));
    }

    pub fn listen(&self) -> broadcast::Receiver<Arc<Told>> {
        self.sender.subscribe()
    }

    /// The last position that this node has told.
    pub fn position(&self) -> i64 {
        self.pos.load(Ordering::Acquire)
    }

    pub fn begin_at(&self, pos: i64) {
        self.pos.store(pos, Ordering::Release);
    }
}
