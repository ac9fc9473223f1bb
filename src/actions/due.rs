//! Calls whose time has come, one after the other: what all sweeps share.

use std::fmt::Display;

use uuid::Uuid;

use crate::error::Result;

/// Done in one round; what is more waits for the next, so that no sweep keeps the others waiting for long.
const MOST: usize = 1_000;

/// What a sweep has found to be due.
pub(super) trait Due {
    /// The customer and the call.
    fn ids(&self) -> (Uuid, Uuid);
}

impl Due for (Uuid, Uuid) {
    fn ids(&self) -> (Uuid, Uuid) {
        *self
    }
}

/// Asks page by page for what is due and was not seen yet, and acts on each by itself: answers on how many. One that
/// can't be moved is passed by, so that it holds up no other, and a node that dies leaves the rest to the next.
pub(super) async fn each<T: Due, F, A>(
    what: impl Display,
    find: impl Fn(Vec<Uuid>) -> F,
    act: impl Fn(T) -> A,
) -> Result<usize>
where
    F: Future<Output = Result<Vec<T>>>,
    A: Future<Output = Result<bool>>,
{
    let (mut done, mut tried, mut seen) = (0, 0, Vec::new());
    while tried < MOST {
        let due = find(seen.clone()).await?;
        if due.is_empty() {
            break;
        }
        for call in due {
            let (customer, id) = call.ids();
            seen.push(id);
            match Box::pin(act(call)).await {
                Ok(acted) => {
                    tried += 1;
                    done += usize::from(acted);
                }
                Err(error) => tracing::warn!(%error, %customer, call = %id, "{what}"),
            }
        }
    }
    Ok(done)
}
