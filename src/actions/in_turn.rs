//! What comes while others of its kind are under way waits, and is then done together with whatever else has come.

use std::{
    collections::VecDeque,
    future::Future,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// Those who wait, and whether somebody sees to them.
pub struct InTurn<T>(Arc<Mutex<Waiting<T>>>);

struct Waiting<T> {
    those: VecDeque<T>,
    seen_to: bool,
}

impl<T> Clone for InTurn<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<T> Default for InTurn<T> {
    fn default() -> Self {
        Self(Arc::new(Mutex::new(Waiting { those: VecDeque::new(), seen_to: false })))
    }
}

impl<T: Send + 'static> InTurn<T> {
    pub fn len(&self) -> usize {
        self.waiting().those.len()
    }

    /// Done soon. One task sees to all who wait, as long as anybody does: one for each would pile up behind the first.
    ///
    /// `fits` says whether one more is done along with these; `work` does what they want.
    pub fn put<W, F>(&self, one: T, fits: fn(&[T], &T) -> bool, work: W)
    where
        W: Fn(Vec<T>) -> F + Send + 'static,
        F: Future<Output = ()> + Send + 'static,
    {
        let mut waiting = self.waiting();
        waiting.those.push_back(one);
        if !std::mem::replace(&mut waiting.seen_to, true) {
            tokio::spawn(self.clone().see_to(fits, work));
        }
    }

    async fn see_to<W, F>(self, fits: fn(&[T], &T) -> bool, work: W)
    where
        W: Fn(Vec<T>) -> F,
        F: Future<Output = ()> + Send + 'static,
    {
        while let Some(those) = self.next(fits) {
            // On a task of its own: what goes wrong with some must not keep the others waiting for ever.
            if let Err(error) = tokio::spawn(work(those)).await {
                tracing::error!(%error, "what waited for its turn was dropped");
            }
        }
    }

    /// The next of them; if nobody waits, nobody sees to them any more.
    fn next(&self, fits: fn(&[T], &T) -> bool) -> Option<Vec<T>> {
        let mut waiting = self.waiting();
        let mut those = Vec::new();
        while let Some(one) = waiting.those.pop_front() {
            if !those.is_empty() && !fits(&those, &one) {
                waiting.those.push_front(one);
                break;
            }
            those.push(one);
        }
        waiting.seen_to = !those.is_empty();
        waiting.seen_to.then_some(those)
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting<T>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::sync::oneshot;

    use super::*;

    type Asked = (u32, oneshot::Sender<Vec<u32>>);

    /// Each is told with whom it was done; at most three are done together.
    async fn ask(line: &InTurn<Asked>, number: u32) -> Option<Vec<u32>> {
        let (answer, answered) = oneshot::channel();
        line.put(
            (number, answer),
            |those, _| those.len() < 3,
            |those| async move {
                tokio::time::sleep(Duration::from_millis(5)).await;
                let all: Vec<u32> = those.iter().map(|(number, _)| *number).collect();
                assert!(!all.contains(&13), "what this one wants can't be done");
                for (_, answer) in those {
                    let _ = answer.send(all.clone());
                }
            },
        );
        answered.await.ok()
    }

    #[tokio::test]
    async fn what_comes_meanwhile_is_done_together_and_in_order() {
        let line = InTurn::default();
        let told = futures_util::future::join_all((0..6).map(|number| ask(&line, number))).await;
        let told: Vec<Vec<u32>> = told.into_iter().map(Option::unwrap).collect();
        assert_eq!(told[..3], [[0, 1, 2]; 3]);
        assert_eq!(told[3..], [[3, 4, 5]; 3]);
        assert_eq!(ask(&line, 6).await, Some(vec![6]), "who comes later is seen to as well");
    }

    #[tokio::test]
    async fn what_goes_wrong_with_one_keeps_nobody_after_it_waiting() {
        let line = InTurn::default();
        assert_eq!(ask(&line, 13).await, None);
        assert_eq!(ask(&line, 14).await, Some(vec![14]));
        assert_eq!(line.len(), 0);
    }
}
