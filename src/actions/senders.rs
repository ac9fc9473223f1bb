//! Who sends: the credentials that came while the store was asked for others are asked for together.
//!
//! Each is asked for after it came, so one that was revoked a moment ago opens nothing.

use std::{collections::HashMap, time::Duration};

use tokio::{sync::oneshot, time::timeout};

use super::in_turn::InTurn;
use crate::{
    app::App,
    error::{Error, Result},
    store::credentials::{self, Device},
};

struct Asked {
    hash: Vec<u8>,
    answer: oneshot::Sender<Result<Option<Device>>>,
}

/// Those who wait to be known.
#[derive(Clone, Default)]
pub struct Senders(InTurn<Asked>);

/// With more than this waiting, whoever comes is asked to come again.
const WAITING: usize = 20_000;
const TOGETHER: usize = 500;
/// A store that does not answer for so long must not keep those waiting who come after.
const PATIENCE: Duration = Duration::from_secs(5);

/// The system or gateway whose live credential has this hash.
pub async fn sender_of(app: &App, hash: Vec<u8>) -> Result<Option<Device>> {
    let waiting = &app.senders.0;
    if waiting.len() > WAITING {
        return Err(Error::Overloaded);
    }
    let (answer, answered) = oneshot::channel();
    let app = app.clone();
    waiting.put(Asked { hash, answer }, |those, _| those.len() < TOGETHER, move |asked| find(app.clone(), asked));
    answered.await.map_err(|_| Error::Internal("nobody looked for a credential".to_owned()))?
}

async fn find(app: App, asked: Vec<Asked>) {
    let hashes: Vec<Vec<u8>> = asked.iter().map(|asked| asked.hash.clone()).collect();
    let found = timeout(PATIENCE, credentials::find(app.store.reader(), &hashes, app.clock.now())).await;
    // Who has hung up meanwhile wants no answer.
    match found.unwrap_or(Err(Error::StoreAway)) {
        Ok(found) => {
            let found: HashMap<Vec<u8>, Device> = found.into_iter().collect();
            for Asked { hash, answer } in asked {
                let _ = answer.send(Ok(found.get(&hash).cloned()));
            }
        }
        Err(error) => {
            let others = error.for_others();
            let mut error = Some(error);
            for Asked { answer, .. } in asked {
                let _ = answer.send(Err(error.take().unwrap_or_else(|| others.for_others())));
            }
        }
    }
}
