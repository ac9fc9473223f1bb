use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use super::secret::secret_hash;
use crate::{
    app::App,
    domain::proof::{Factors, Stage},
    error::{Error, Result},
    store::{factors, own_sessions},
};

/// Somebody with a session of their own, about to change or complete how they prove who they are.
#[derive(Debug, Clone)]
pub struct Prover {
    pub session: Uuid,
    pub person: Uuid,
    pub name: String,
    pub email: String,
    pub stage: Stage,
    pub means: String,
    pub proved_at: Timestamp,
}

/// Whoever shows up at an unlocked machine later than this must prove again who they are.
const FRESH: SignedDuration = SignedDuration::from_mins(15);

impl Prover {
    /// Whether the last proof is recent enough for a change of what proves.
    pub fn is_fresh(&self, now: Timestamp) -> bool {
        now.duration_since(self.proved_at) <= FRESH
    }
}

/// Whose session this token is, whatever it still lacks; nobody's while it shows somebody else's pages.
pub async fn prover(app: &App, token: &str) -> Result<Prover> {
    let found = own_sessions::begun(app.store.reader(), &secret_hash(token), app.clock.now()).await?;
    let found = found.ok_or(Error::SignedOut)?;
    if found.watching {
        return Err(Error::Forbidden("What belongs to one person alone is not shown to anybody else.".to_owned()));
    }
    let stage = Stage::from_name(&found.stage)
        .ok_or_else(|| Error::Internal(format!("the store holds an unknown stage {:?}", found.stage)))?;
    Ok(Prover {
        session: found.id,
        person: found.person_id,
        name: found.display_name,
        email: found.email,
        stage,
        means: found.means,
        proved_at: found.proved_at.to_jiff(),
    })
}

/// Where a second factor is demanded, the last one stays.
pub(super) fn refuse_last_factor(app: &App, held: &factors::Held, left: Factors) -> Result<()> {
    let demanded = app.config.mfa.demands_any(held.roles.iter().map(String::as_str));
    if demanded && left == Factors::default() {
        return Err(Error::refused("Your role needs a second factor. Set up another one before you remove this one."));
    }
    Ok(())
}
