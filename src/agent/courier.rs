//! Carries what waits to the portal: one batch at a time, in order, again and again until it is acknowledged.

use std::{path::PathBuf, sync::Arc, time::Duration};

use hyper::{Request, header};
use jiff::{SignedDuration, Timestamp};
use tokio::{sync::Notify, time::sleep};
use url::Url;

use super::{
    Parts,
    answer::{self, Taken, Verdict},
    board::{Tested, Told},
    files,
    patience::{Patience, chance},
    spool::Record,
};
use crate::{
    domain::signature::{self, Signature},
    error::{Error, Result},
    outbound::Outbound,
    seal::hex,
};

/// So many events go in one message, as long as they are so short together.
const MOST: usize = 200;
const MOST_BYTES: usize = 256 * 1024;

/// A shorter failure is nobody's business.
const WORTH_TELLING: Duration = Duration::from_mins(1);

/// Where the portal is, and how it knows us.
pub struct Portal {
    outbound: Outbound,
    address: Url,
    device: String,
    credential_file: PathBuf,
}

impl Portal {
    pub fn new(url: &Url, device: &str, credential_file: PathBuf) -> Result<Self> {
        let mut address = url.clone();
        address.set_path(&format!("{}/ingest/alarms", url.path().trim_end_matches('/')));
        let outbound = Outbound::for_hosts(address.host_str())?;
        outbound.admit(address.as_str()).map_err(|unreached| Error::command(format!("{unreached}.")))?;
        let portal = Self { outbound, address, device: device.to_owned(), credential_file };
        portal.credential().map_err(Error::command)?;
        Ok(portal)
    }

    /// Read each time: a rotated one counts at once.
    fn credential(&self) -> Result<String, String> {
        let file = self.credential_file.display();
        let text = std::fs::read_to_string(&self.credential_file)
            .map_err(|error| format!("The credential in {file} can't be read: {error}."))?;
        let text = text.trim();
        if text.is_empty() { Err(format!("There is no credential in {file}.")) } else { Ok(text.to_owned()) }
    }

    fn request(&self, body: Vec<u8>, at: Timestamp) -> Result<Request<Vec<u8>>, String> {
        let mut nonce = [0; 16];
        getrandom::fill(&mut nonce).map_err(|_| "There is no randomness for a nonce.".to_owned())?;
        let signed = signature::Request { method: "POST", path: self.address.path(), body: &body };
        let signature = Signature::of(&self.credential()?, signed, at, &hex(&nonce)).to_string();
        let request = Request::post(self.address.as_str())
            .header(header::CONTENT_TYPE, "application/cloudevents-batch+json")
            .header("meridian-device", &self.device)
            .header("meridian-signature", signature);
        request.body(body).map_err(|error| format!("The message can't be made: {error}."))
    }
}

pub struct Courier {
    pub portal: Portal,
    pub parts: Parts,
    pub wake: Arc<Notify>,
    /// Where events stay that the portal would not have.
    pub unusable: PathBuf,
    pub pace: Pace,
}

/// How the last attempts went, and what follows for the next.
pub struct Pace {
    patience: Patience,
    most: usize,
    /// How far the portal's clock is ahead of ours, as far as it matters.
    offset: SignedDuration,
    /// Whether the last refusal was one of the time: a second in a row is no matter of clocks.
    corrected: bool,
}

impl Default for Pace {
    fn default() -> Self {
        Self { patience: Patience::default(), most: MOST, offset: SignedDuration::ZERO, corrected: false }
    }
}

impl Courier {
    /// Never ends by itself.
    pub async fn run(mut self) {
        loop {
            let most = self.pace.most;
            match self.parts.shelf.with(move |shelf| shelf.spool.peek(most, MOST_BYTES)).await {
                Ok(batch) if batch.is_empty() => self.wake.notified().await,
                Ok(batch) => self.deliver(&batch).await,
                Err(error) => self.pause(format!("The spool can't be read: {error}."), None).await,
            }
        }
    }

    async fn deliver(&mut self, batch: &[Record]) {
        let verdict = self.send(batch).await;
        let skewed_again = self.pace.corrected;
        self.pace.corrected = false;
        match verdict {
            Verdict::Taken(results) => self.settle(batch, &results).await,
            Verdict::Skewed(theirs) if !skewed_again => self.correct(theirs),
            Verdict::Skewed(_) => self.pause("The portal says that the clocks differ, twice.".to_owned(), None).await,
            Verdict::Unusable { .. } if batch.len() > 1 => self.pace.most = batch.len() / 2,
            Verdict::Unusable { reason, kept } => self.set_aside(&batch[0], reason, kept).await,
            Verdict::Wait { reason, after } => {
                // Less at once for a portal or a wire that is slow.
                self.pace.most = (batch.len() / 2).max(1);
                self.pause(reason, after).await;
            }
        }
    }

    async fn send(&self, batch: &[Record]) -> Verdict {
        let events: Vec<_> = batch.iter().map(|record| record.said.as_slice()).collect();
        let body = [b"[", events.join(&b","[..]).as_slice(), b"]"].concat();
        let request = match self.portal.request(body, self.parts.clock.now() + self.pace.offset) {
            Ok(request) => request,
            Err(reason) => return Verdict::Wait { reason, after: None },
        };
        match self.portal.outbound.send(request).await {
            Ok(answer) => {
                self.compare_clocks(answer::date(answer.headers()));
                answer::judge(&answer, batch.len())
            }
            Err(unreached) => Verdict::Wait { reason: format!("{unreached}."), after: None },
        }
    }

    /// What is shown: once corrected, only the portal itself may say otherwise, and no proxy before it.
    fn compare_clocks(&self, theirs: Option<Timestamp>) {
        let measured = theirs.map(|theirs| theirs.duration_since(self.parts.clock.now()));
        let offset = if self.pace.offset.is_zero() { measured } else { Some(self.pace.offset) };
        if let Some(offset) = offset {
            self.parts.board.change(|state| state.clock_offset_s = offset.as_secs());
        }
    }

    fn correct(&mut self, theirs: Timestamp) {
        self.pace.offset = theirs.duration_since(self.parts.clock.now());
        self.pace.corrected = true;
        tracing::warn!(offset_s = self.pace.offset.as_secs(), "the portal's clock is another; signing by it");
    }

    /// All of the batch is the portal's now.
    async fn settle(&mut self, batch: &[Record], results: &[Taken]) {
        let now = self.parts.clock.now();
        self.parts.board.change(|state| {
            for Taken { disposition, error, receipt } in results {
                *state.told.entry(disposition.clone()).or_default() += 1;
                if let Some((id, receipt)) = receipt {
                    state.last_test = Some(Tested { id: id.clone(), at: now, receipt: receipt.clone() });
                }
                if let Some(error) = error {
                    state.last_rejected = Some(Told { at: now, said: error.clone() });
                }
            }
        });
        self.advance(batch).await;
        self.pace.patience.reset();
        self.pace.most = (self.pace.most * 2).min(MOST);
        self.tell_of_failure(now).await;
    }

    async fn advance(&mut self, batch: &[Record]) {
        let (last, now) = (batch.last().map_or(0, |record| record.sequence), self.parts.clock.now());
        if let Err(error) = self.parts.shelf.with(move |shelf| shelf.spool.acknowledge(last, now)).await {
            // Sent again, it is answered the same.
            self.pause(format!("What was acknowledged can't be noted: {error}."), None).await;
        }
    }

    /// The one event that the portal will never take stands in nobody's way.
    async fn set_aside(&mut self, record: &Record, reason: String, kept: bool) {
        let name = format!("event-{:020}.json", record.sequence);
        let saved = files::replace(&self.unusable.join(name), &record.said);
        if saved.is_err() && !kept {
            return self.pause(reason, None).await;
        }
        let at = self.parts.clock.now();
        tracing::warn!(sequence = record.sequence, reason, "the portal will not have an event");
        self.parts.board.change(|state| {
            state.set_aside += 1;
            state.last_set_aside = Some(Told { at, said: reason });
        });
        self.advance(std::slice::from_ref(record)).await;
    }

    /// Forgotten only when the portal is certain to hear of it.
    async fn tell_of_failure(&self, now: Timestamp) {
        let Some((failing, lasted)) = self.parts.board.failing() else { return };
        tracing::info!(since = %failing.since, attempts = failing.attempts, "calling home works again");
        if lasted >= WORTH_TELLING {
            let event = self.parts.voice.could_not_call_home(&failing, lasted, now);
            if self.parts.intake.take(vec![event]).await.is_err() {
                return;
            }
        }
        self.parts.board.change(|state| state.failing = None);
    }

    async fn pause(&mut self, reason: String, asked: Option<Duration>) {
        tracing::warn!(reason, "could not call home");
        self.parts.board.failed(reason, self.parts.clock.now());
        sleep(self.pace.patience.next(chance(), asked)).await;
    }
}
