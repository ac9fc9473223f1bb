//! What the agent says of itself from time to time, and what it looks after.

use std::{
    path::PathBuf,
    time::{Duration, Instant},
};

use jiff::Timestamp;
use tokio::time::{MissedTickBehavior, interval};

use super::{Parts, board::Full, clocks::Clocks};

/// How often clocks are compared, and room is looked for.
const GLANCE: Duration = Duration::from_secs(5);

pub struct Upkeep {
    pub parts: Parts,
    pub heartbeat: Duration,
    pub damaged: Vec<PathBuf>,
    pub unusable: PathBuf,
}

impl Upkeep {
    /// Never ends by itself.
    pub async fn run(self) {
        self.tell_damage().await;
        tokio::join!(self.beat(), self.glance());
    }

    async fn tell_damage(&self) {
        for path in &self.damaged {
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            tracing::error!(segment = name, "a part of the spool can't be read");
            // The copy is for a person who looks; the readable rest is sent all the same.
            let _ = std::fs::copy(path, self.unusable.join(&name));
            let event = self.parts.voice.spool_damaged(&name, self.parts.clock.now());
            let _ = self.parts.intake.take(vec![event]).await;
        }
    }

    /// One that still waits says as much as two.
    async fn beat(&self) {
        let (mut ticks, mut last) = (interval(self.heartbeat), 0);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            let now = self.parts.clock.now();
            let Ok(contents) = self.parts.shelf.with(|shelf| Ok(shelf.spool.contents())).await else { continue };
            if last > contents.acknowledged.sequence {
                continue;
            }
            let offset = self.parts.board.read(|state| state.clock_offset_s);
            let event = self.parts.voice.heartbeat(&contents, offset, now);
            if let Ok(spooled) = self.parts.intake.take(vec![event]).await {
                last = spooled.first().map_or(0, |spooled| spooled.sequence);
            }
        }
    }

    async fn glance(&self) {
        let (mut ticks, mut clocks) = (interval(GLANCE), Clocks::new(self.parts.clock.now(), Instant::now()));
        loop {
            ticks.tick().await;
            let now = self.parts.clock.now();
            if let Some(jump) = clocks.jumped(now, Instant::now()) {
                tracing::warn!(%jump, "the clock of this machine jumped");
                let _ = self.parts.intake.take(vec![self.parts.voice.clock_jumped(jump, now)]).await;
            }
            self.look_for_room(now).await;
        }
    }

    /// There is room again when there is room to say so.
    async fn look_for_room(&self, now: Timestamp) {
        let Some(full) = self.parts.board.read(|state| state.full.clone()) else { return };
        let event = self.parts.voice.spool_full(&full, now);
        if self.parts.intake.take(vec![event]).await.is_ok() {
            self.parts.board.change(|state| {
                // What was refused while this was being said is told next.
                let later = state.full.take().filter(|later| later.refused > full.refused);
                state.full = later.map(|later| Full { since: now, refused: later.refused - full.refused });
            });
        }
    }
}
