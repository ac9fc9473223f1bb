//! The running portal: what every part of it shares.

use std::sync::Arc;

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
    store::Store,
    web::limits::Limits,
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
    committed: Arc<Notify>,
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
            committed: Arc::new(Notify::new()),
        })
    }

    /// Something was committed that the world should hear of: wakes the relay, waits for nothing.
    pub fn told(&self) {
        self.committed.notify_one();
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
