//! Senders that say everything until it is acknowledged, out of order, and some of it again.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use reqwest::{Client, StatusCode};
use serde_json::{Value, json};
use tokio::{task::JoinSet, time::sleep};

use super::{
    house::Door,
    words::{Kind, Plan, system},
};
use crate::{faults::chance, support::client};

#[derive(Debug, Clone, Default)]
pub struct Progress(Arc<(AtomicUsize, AtomicUsize)>);

impl Progress {
    pub fn acknowledged(&self) -> usize {
        self.0.0.load(Ordering::Relaxed)
    }

    pub fn repeated(&self) -> usize {
        self.0.1.load(Ordering::Relaxed)
    }
}

/// Whoever hears nothing for so long asks again, as every sender does.
const PATIENCE: Duration = Duration::from_secs(20);

/// So many sites speak at the same time.
const AT_ONCE: usize = 8;

/// Returns when everything is acknowledged, with whatever was answered as it must not be.
pub async fn send_everything(plan: Plan, doors: Vec<Door>, progress: Progress) -> Vec<String> {
    let (mut wrong, mut sending) = (Vec::new(), JoinSet::new());
    for (site, door) in doors.into_iter().enumerate() {
        if sending.len() >= AT_ONCE {
            wrong.extend(sending.join_next().await.unwrap().unwrap());
        }
        let sender = Sender { plan, site, door, client: client(), progress: progress.clone() };
        sending.spawn(sender.send());
    }
    while let Some(done) = sending.join_next().await {
        wrong.extend(done.unwrap());
    }
    wrong
}

struct Sender {
    plan: Plan,
    site: usize,
    door: Door,
    client: Client,
    progress: Progress,
}

impl Sender {
    async fn send(self) -> Vec<String> {
        let (plan, mut wrong, mut first) = (self.plan, Vec::new(), 0);
        while first < plan.messages {
            let end = plan.messages.min(first + 3 * plan.together);
            let mut disordered: Vec<usize> = (first..end).collect();
            shuffle(&mut disordered);
            let together = 1 + usize::try_from(chance(plan.together as u64)).unwrap();
            for messages in disordered.chunks(together) {
                let told = self.until_acknowledged(messages).await;
                self.progress.0.0.fetch_add(messages.len(), Ordering::Relaxed);
                if chance(5) == 0 {
                    let again = self.until_acknowledged(messages).await;
                    self.progress.0.1.fetch_add(messages.len(), Ordering::Relaxed);
                    wrong.extend(
                        (told != again && !Plan::has_agent(self.site)).then(|| format!("{told} became {again}")),
                    );
                }
            }
            first = end;
        }
        wrong
    }

    /// What became of each, and its call.
    async fn until_acknowledged(&self, messages: &[usize]) -> Value {
        let events: Vec<Value> = messages.iter().map(|message| self.plan.event(self.site, *message)).collect();
        let unusable = messages.iter().all(|message| Plan::kind(self.site, *message) == Kind::Rejected);
        let secret = match messages {
            [one] if Plan::kind(self.site, *one) != Kind::Stray && !unusable => &self.door.systems[system(*one)],
            _ => &self.door.gateway,
        };
        let body = if let [one] = &events[..] { one.to_string() } else { json!(events).to_string() };
        loop {
            let request = self.client.post(&self.door.url).bearer_auth(secret).body(body.clone()).timeout(PATIENCE);
            // A line that is cut tells nothing, or breaks off in the middle of it.
            if let Ok(answer) = request.header("content-type", "application/cloudevents+json").send().await {
                let status = answer.status();
                let read = answer.json::<Value>().await;
                match status {
                    StatusCode::ACCEPTED if read.is_ok() => return read.unwrap()["results"].take(),
                    StatusCode::UNPROCESSABLE_ENTITY if unusable => return Value::Null,
                    status => assert!(status.is_server_error() || read.is_err(), "{status}: {read:?}"),
                }
            }
            sleep(Duration::from_millis(20)).await;
        }
    }
}

fn shuffle(items: &mut [usize]) {
    for n in (1..items.len()).rev() {
        items.swap(n, usize::try_from(chance(n as u64 + 1)).unwrap());
    }
}
