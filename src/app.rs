//! The running portal: what every part of it shares.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

#[cfg(feature = "oidc")]
use crate::oidc::Providers;
use crate::{
    actions,
    clock::Clock,
    config::Config,
    error::Result,
    live::Live,
    reference::{Reference, Shelf},
    shared::{Moment, Shared, SharedBy},
    store::{
        Store,
        memberships::{self, Colleague},
    },
    web::{limits::Limits, queues::QueuePage},
};

#[derive(Clone)]
pub struct App {
    pub store: Store,
    pub clock: Clock,
    pub config: Arc<Config>,
    pub reference: Shelf,
    pub live: Live,
    pub limits: Arc<Limits>,
    /// Alarms on their way into the store.
    pub intake: actions::Intake,
    /// Credentials that came and are looked for.
    pub senders: actions::Senders,
    /// Where people may prove who they are, besides here.
    #[cfg(feature = "oidc")]
    pub providers: Arc<Providers>,
    /// Cancelled when the portal is to stop.
    pub stop: CancellationToken,
    /// The first pages of queues, as the desks see them.
    pub queues: Arc<SharedBy<String, QueuePage>>,
    colleagues: Arc<Shared<Vec<Colleague>>>,
    committed: Arc<Notify>,
    changes: Arc<AtomicU64>,
}

impl App {
    pub async fn new(store: Store, clock: Clock, config: Config) -> Result<Self> {
        actions::found_house(&store).await?;
        actions::found_rules(&store, clock.now()).await?;
        let reference = Shelf::new(Reference::load(&store).await?);
        Ok(Self {
            #[cfg(feature = "oidc")]
            providers: Arc::new(Providers::new(&config.providers)?),
            store,
            clock,
            config: Arc::new(config),
            reference,
            live: Live::new(),
            limits: Arc::new(Limits::new()),
            intake: actions::Intake::default(),
            senders: actions::Senders::default(),
            stop: CancellationToken::new(),
            queues: Arc::default(),
            colleagues: Arc::default(),
            committed: Arc::new(Notify::new()),
            changes: Arc::default(),
        })
    }

    /// Something was committed that the world should hear of: wakes the relay, waits for nothing.
    pub fn told(&self) {
        self.changed();
        self.committed.notify_one();
    }

    /// What was read before is not what the next reader is told.
    pub fn changed(&self) {
        self.changes.fetch_add(1, Ordering::SeqCst);
    }

    pub fn moment(&self) -> Moment {
        Moment { now: self.clock.now(), changes: self.changes.load(Ordering::SeqCst) }
    }

    /// Whoever works calls.
    pub async fn colleagues(&self) -> Result<Arc<Vec<Colleague>>> {
        self.colleagues.get(|| self.moment(), memberships::colleagues(self.store.reader())).await
    }

    /// Resolves when something was committed on this node.
    pub async fn committed(&self) {
        self.committed.notified().await;
    }

    /// The house's tables have changed: everybody sees the new ones from now on.
    pub async fn reload_reference(&self) -> Result<()> {
        self.reference.replace(Reference::load(&self.store).await?);
        Ok(())
    }
}
