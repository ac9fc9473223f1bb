//! Clients that send at the same time: each as fast as it is answered, or all together at a pace.
//!
//! At a pace, the time of a message begins when it was due, not when a client was free to send it: a server that
//! stands still for a second has kept a second's worth of senders waiting, and the figures say so.

use std::{
    net::SocketAddr,
    sync::atomic::{AtomicUsize, Ordering},
    time::{Duration, Instant},
};

use futures_util::future::join_all;
use tokio::time::sleep_until;

use super::{Plan, wire::Wire, words, world::World};
use crate::{clock::Clock, error::Result};

/// What the clients know when they are done.
#[derive(Default)]
pub struct Sent {
    pub acknowledged: Vec<String>,
    pub errors: usize,
    /// The turn after the last that anybody took.
    pub turns: usize,
    times: Vec<Duration>,
}

impl Sent {
    pub fn sorted(&self) -> Vec<Duration> {
        let mut times = self.times.clone();
        times.sort_unstable();
        times
    }

    fn add(&mut self, other: Self) {
        self.acknowledged.extend(other.acknowledged);
        self.errors += other.errors;
        self.times.extend(other.times);
    }
}

/// At a pace nobody waits for a client that is free, so there must be enough of them.
const CONNECTIONS_AT_A_PACE: usize = 128;

/// One of several loads on the same world.
pub struct Part<'a, T> {
    /// The turn with which it begins: no two parts send the same.
    pub first: usize,
    pub told: &'a T,
}

pub async fn send(
    server: SocketAddr,
    world: &World,
    plan: Plan,
    part: Part<'_, impl Fn(usize) + Sync>,
) -> Result<Sent> {
    let next = AtomicUsize::new(part.first);
    let shared = Shared { world, plan, clock: Clock::system(), next, start: Instant::now(), part };
    let clients = if plan.rate.is_some() { plan.clients.max(CONNECTIONS_AT_A_PACE) } else { plan.clients };
    let mut all = Sent::default();
    for sent in join_all((0..clients).map(|_| shared.client(server))).await {
        all.add(sent?);
    }
    all.turns = shared.next.into_inner();
    Ok(all)
}

struct Shared<'a, T> {
    world: &'a World,
    plan: Plan,
    clock: Clock,
    next: AtomicUsize,
    start: Instant,
    part: Part<'a, T>,
}

impl<T: Fn(usize) + Sync> Shared<'_, T> {
    async fn client(&self, server: SocketAddr) -> Result<Sent> {
        let (mut sent, mut wire) = (Sent::default(), Wire::open(server).await?);
        while let Some((turn, due)) = self.turn() {
            sleep_until(due.into()).await;
            let message = self.message(turn);
            let status = wire.post(message.credential, message.content_type, &message.body).await;
            match status {
                Ok(202) => {
                    sent.times.push(due.elapsed());
                    (self.part.told)(message.ids.len());
                    sent.acknowledged.extend(message.ids);
                }
                answer => {
                    sent.errors += 1;
                    if answer.is_err() {
                        wire = Wire::open(server).await?;
                    }
                }
            }
        }
        Ok(sent)
    }

    /// The next message, and when it is to be sent.
    fn turn(&self) -> Option<(usize, Instant)> {
        let turn = self.next.fetch_add(1, Ordering::Relaxed);
        let done = turn - self.part.first;
        let due = match self.plan.rate {
            Some(rate) => self.start + Duration::from_secs(1).mul_f64(to_f64(done * self.plan.batch) / f64::from(rate)),
            None => Instant::now(),
        };
        let more = match self.plan.alarms {
            Some(alarms) => done * self.plan.batch < alarms,
            None => due.duration_since(self.start) < self.plan.time,
        };
        more.then_some((turn, due))
    }

    /// A single event comes from its system, many from the gateway of the site.
    fn message(&self, turn: usize) -> Message<'_> {
        let site = &self.world.sites[turn % self.world.sites.len()];
        let round = turn / self.world.sites.len();
        let at = self.clock.now();
        let mut ids = Vec::with_capacity(self.plan.batch);
        let mut events = Vec::with_capacity(self.plan.batch);
        for n in 0..self.plan.batch {
            let (number, systems) = (round * self.plan.batch + n, site.systems.len());
            let (own, system) = (number % systems, &site.systems[number % systems]);
            let id = format!("{}-{}", self.world.run, turn * self.plan.batch + n);
            // Each is at another place of its story: no fleet breaks in step.
            let told = number / systems + words::STORY * own / systems + turn % self.world.sites.len();
            events.push(words::event(&id, &system.serial, told, at));
            ids.push(id);
        }
        match events.pop() {
            Some(event) if events.is_empty() => Message {
                credential: &site.systems[round % site.systems.len()].credential,
                content_type: "application/cloudevents+json",
                body: event,
                ids,
            },
            last => {
                events.extend(last);
                Message {
                    credential: &site.gateway,
                    content_type: "application/cloudevents-batch+json",
                    body: format!("[{}]", events.join(",")),
                    ids,
                }
            }
        }
    }
}

struct Message<'a> {
    credential: &'a str,
    content_type: &'static str,
    body: String,
    ids: Vec<String>,
}

#[expect(clippy::cast_precision_loss, reason = "no run is that long")]
fn to_f64(number: usize) -> f64 {
    number as f64
}
