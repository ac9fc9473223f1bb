use jiff::SignedDuration;

use crate::{
    app::App,
    domain::access::Scope,
    error::Result,
    store::{handovers, reference, seeding},
};

use super::{hand_over_at_close, tell_of_handovers};

/// How far a demo's clock is ahead of the machine's, kept so that a demo that is started again goes on from there.
pub const AHEAD: &str = "seconds ahead";

/// Moves a demo's clock on from boundary to boundary, as if the hours had passed; answers how many calls moved.
pub async fn move_clock(app: &App, by: SignedDuration) -> Result<i64> {
    let now = app.clock.now();
    keep_alive(app, by).await?;
    for boundary in app.reference.now().router.boundaries(now, now + by) {
        app.clock.advance(boundary.duration_since(app.clock.now()).max(SignedDuration::ZERO));
        hand_over_at_close(app).await?;
        tell_of_handovers(app).await?;
    }
    app.clock.advance((now + by).duration_since(app.clock.now()).max(SignedDuration::ZERO));
    hand_over_at_close(app).await?;
    tell_of_handovers(app).await?;
    // The sweeps that run all the time may have been quicker with some.
    handovers::count_since(app.store.reader(), &Scope::everything(), now).await
}

/// Nobody was away in these hours: sessions last on, and systems that were heard from were heard from all along.
async fn keep_alive(app: &App, by: SignedDuration) -> Result<()> {
    let before = reference::mark(app.store.reader(), AHEAD).await?.and_then(|text| text.parse::<i64>().ok());
    let ahead = before.unwrap_or(0) + by.as_secs();
    let mut tx = app.store.begin_write().await?;
    reference::set_mark(&mut tx, AHEAD, &ahead.to_string()).await?;
    seeding::prolong_sessions(&mut tx, by).await?;
    seeding::keep_hearing(&mut tx, app.clock.now(), by).await?;
    tx.commit().await?;
    Ok(())
}
