//! The stream that wakes open pages: topics and positions, never content.

use std::{convert::Infallible, sync::Arc, time::Duration};

use axum::{
    extract::{Query, State},
    http::HeaderMap,
    response::{
        IntoResponse,
        sse::{Event, KeepAlive, Sse},
    },
};
use futures_util::stream::{self, Stream, StreamExt};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::json;
use tokio::sync::broadcast::{Receiver, error::RecvError};

use super::session::caller;
use crate::{
    app::App,
    domain::{
        access::{ReadOnly, Scope, Viewer},
        policy::{Action, Resource},
    },
    error::Result,
    store::{calls, outbox, outbox::Told, targets},
};

#[derive(Deserialize)]
pub struct Wanted {
    #[serde(default)]
    topics: String,
}

/// How much of what was missed is told again; who missed more looks at everything anew.
const CATCH_UP: i64 = 500;
const MOST_TOPICS: usize = 100;
/// A stream begins anew after this long, as who its reader is by then.
const LONGEST: Duration = Duration::from_mins(30);

pub async fn show(
    State(app): State<App>,
    headers: HeaderMap,
    Query(wanted): Query<Wanted>,
) -> Result<impl IntoResponse> {
    // Listens before it asks who is there: a right that goes in between is heard of.
    let receiver = app.live.listen();
    let viewer = caller(&app, &headers).await?;
    let mut topics = Vec::new();
    for topic in wanted.topics.split(',').map(str::trim).filter(|t| !t.is_empty()).take(MOST_TOPICS) {
        if let Some(heard) = heard_as(&app, &viewer, topic).await? {
            topics.push(heard);
        }
    }
    let begun = last_heard(&headers).unwrap_or_else(|| app.live.position());
    let (missed, told_up_to) = missed(&app, &headers, &topics).await?;
    let until = time_left(&viewer, app.clock.now());
    let listener = Listener { receiver, topics, rights: rights_of(&viewer), told_up_to };
    let events = stream::iter(missed).chain(changes(&app, listener)).take_until(tokio::time::sleep(until));
    // A place to come back to, also for who is cut off before the first change.
    let hello = Event::default().retry(Duration::from_secs(2)).comment("listening").id(begun.to_string());
    let hello = stream::once(async { Ok(hello) });
    let stop = app.stop.clone();
    let until_stop = hello.chain(events).take_until(stop.cancelled_owned());
    Ok(Sse::new(until_stop).keep_alive(KeepAlive::new().interval(Duration::from_secs(15))))
}

/// A topic as the page names it, and as changes are filed under.
struct Heard {
    named: String,
    filed: String,
    scope: Scope,
}

/// What, when it changes, changes what this stream may tell.
fn rights_of(viewer: &Viewer) -> Vec<String> {
    let mut rights = vec![
        format!("person:{}", viewer.person_id),
        format!("membership:{}", viewer.membership_id),
        format!("account:{}", viewer.account_id),
    ];
    rights.extend(viewer.session_id.map(|id| format!("session:{id}")));
    rights.extend(viewer.token_id.map(|id| format!("token:{id}")));
    if let Some(ReadOnly::Watching { watcher }) = viewer.read_only {
        rights.push(format!("person:{watcher}"));
    }
    rights
}

/// Rights also change by time alone: a session ends, a relation begins or is over.
fn time_left(viewer: &Viewer, now: Timestamp) -> Duration {
    let left = viewer.until.map(|until| until.duration_since(now));
    left.map_or(LONGEST, |left| Duration::try_from(left).unwrap_or_default().min(LONGEST))
}

/// Only what the reader may see is ever told; a topic outside is as silent as one that does not exist.
async fn heard_as(app: &App, viewer: &Viewer, topic: &str) -> Result<Option<Heard>> {
    let (kind, name) = topic.split_once(':').unwrap_or((topic, ""));
    let db = app.store.reader();
    let filed = match kind {
        "queue" | "handovers" if viewer.ever(Action::See, Resource::Queue) => Some(topic.to_owned()),
        "call" => match name.parse() {
            Ok(number) => calls::one(db, &viewer.scope, number).await?.map(|_| topic.to_owned()),
            Err(_) => None,
        },
        "system" => {
            let target = targets::by_serial(db, &viewer.scope, name, app.clock.now()).await?;
            target.and_then(|t| t.system_id).map(|id| format!("system:{id}"))
        }
        // Whatever is in scope.
        "mine" => Some(String::new()),
        "review" => Some(format!("partner:{}", viewer.account_id)),
        "notifications" if viewer.is_watched() => None,
        "notifications" => Some(format!("person:{}", viewer.person_id)),
        _ => None,
    };
    Ok(filed.map(|filed| Heard { named: topic.to_owned(), filed, scope: viewer.scope.clone() }))
}

impl Heard {
    fn hears(&self, told: &Told) -> bool {
        let for_reader = self.scope.internal() || told.audience == "all";
        let in_scope = self.scope.contains(told.customer_id, told.site_id, told.opened_at.to_jiff());
        let change = ![outbox::NOTICE, outbox::RIGHTS].contains(&told.kind.as_str());
        let everything = self.filed.is_empty() && change;
        for_reader && in_scope && (everything || told.topics.contains(&self.filed))
    }
}

type Words = Vec<Result<Event, Infallible>>;

fn last_heard(headers: &HeaderMap) -> Option<i64> {
    headers.get("last-event-id")?.to_str().ok()?.parse().ok()
}

/// What happened since the reader was last told, and up to which position that goes.
async fn missed(app: &App, headers: &HeaderMap, topics: &[Heard]) -> Result<(Words, i64)> {
    let Some(last) = last_heard(headers) else { return Ok((Vec::new(), 0)) };
    let told = outbox::after(app.store.reader(), last, CATCH_UP).await?;
    let newest = told.last().map_or(0, |told| told.pos);
    if is_all_since(last, &told) {
        return Ok((told.iter().flat_map(|told| events(topics, told)).collect(), newest));
    }
    let newest = newest.max(app.live.position());
    Ok((topics.iter().map(|topic| Ok(changed(&topic.named, newest))).collect(), newest))
}

/// Positions have no gaps: one that is not there has been forgotten, and a full answer may not be the whole one.
fn is_all_since(last: i64, told: &[Told]) -> bool {
    let begins_at_once = told.first().is_none_or(|first| first.pos == last + 1);
    begins_at_once && i64::try_from(told.len()).is_ok_and(|count| count < CATCH_UP)
}

fn events(topics: &[Heard], told: &Told) -> Words {
    topics.iter().filter(|topic| topic.hears(told)).map(|topic| Ok(changed(&topic.named, told.pos))).collect()
}

fn changed(topic: &str, pos: i64) -> Event {
    Event::default().event("changed").id(pos.to_string()).data(json!({"topic": topic, "pos": pos}).to_string())
}

/// One open stream: what it waits for, and what ends it.
struct Listener {
    receiver: Receiver<Arc<Told>>,
    topics: Vec<Heard>,
    rights: Vec<String>,
    told_up_to: i64,
}

impl Listener {
    /// Word that ends the stream: the browser comes back, if it still may, with the rights that it has then.
    fn ends(&self, told: &Told) -> bool {
        told.kind == outbox::RIGHTS && told.topics.iter().any(|topic| self.rights.contains(topic))
    }
}

fn changes(app: &App, listener: Listener) -> impl Stream<Item = Result<Event, Infallible>> + use<> {
    let live = app.live.clone();
    stream::unfold(Some(listener), move |listener| {
        let live = live.clone();
        async move {
            let mut listener = listener?;
            match listener.receiver.recv().await {
                Ok(told) if listener.ends(&told) => None,
                Ok(told) if told.pos <= listener.told_up_to => Some((stream::iter(Vec::new()), Some(listener))),
                Ok(told) => Some((stream::iter(events(&listener.topics, &told)), Some(listener))),
                // Too much at once for this page: it looks at everything anew, and comes back.
                Err(RecvError::Lagged(_)) => {
                    let all = listener.topics.iter().map(|topic| Ok(changed(&topic.named, live.position())));
                    Some((stream::iter(all.collect::<Words>()), None))
                }
                Err(RecvError::Closed) => None,
            }
        }
    })
    .flatten()
}
