//! What a change would do: faults, holes, promises that move.

use std::sync::Arc;

use jiff::Timestamp;

use super::super::view::{self, Sev, When};
use crate::{
    actions::{self, Hanging},
    app::App,
    domain::access::Viewer,
    error::{Error, Result},
    reference::{self, Amendment, Reference},
    router::{Difference, Rules, differences},
    store::{
        calls::{self, CallDetail},
        places::SiteRow,
    },
};

/// What nobody would take in the coming year, in words; found beside the requests of others.
pub async fn holes(reference: Arc<Reference>, now: Timestamp) -> Result<Vec<String>> {
    let work = tokio::task::spawn_blocking(move || {
        let mut told = reference.router.rules().holes();
        let report = reference.holes(now);
        let lines: Vec<String> = report.patterns.iter().chain(&report.exceptions).map(ToString::to_string).collect();
        let more = lines.len().saturating_sub(HOLES);
        told.extend(lines.into_iter().take(HOLES));
        told.extend((more > 0).then(|| format!("and {more} more, on holidays and in weeks in which clocks change")));
        told
    });
    work.await.map_err(|e| Error::Internal(e.to_string()))
}

/// As many lines of holes as anybody reads.
const HOLES: usize = 12;

/// Everything that a lead should know before others follow.
pub struct Effects {
    pub differences: Vec<Difference>,
    pub faults: Vec<String>,
    pub holes: Vec<String>,
    pub moved: Moved,
    /// What calls, sites and partners that are there already make of it.
    pub hanging: Hanging,
}

impl Effects {
    pub async fn of(app: &App, viewer: &Viewer, base: &Rules, draft: &Rules) -> Result<Self> {
        let (now, faults) = (app.clock.now(), draft.contradictions());
        let differences = differences(base, draft);
        let hanging = actions::hanging_on(app, viewer, base, draft).await?;
        if !faults.is_empty() {
            return Ok(Self { differences, faults, holes: draft.holes(), moved: Moved::default(), hanging });
        }
        let in_force = app.reference.now();
        let other = Arc::new(in_force.under(draft.clone())?);
        let moved = if differences.is_empty() {
            Moved::default()
        } else {
            Moved::between(app, viewer, in_force, other.clone()).await?
        };
        Ok(Self { differences, faults, holes: holes(other, now).await?, moved, hanging })
    }

    pub fn publishes(&self) -> bool {
        self.faults.is_empty() && self.hanging.left.is_empty() && !self.differences.is_empty()
    }
}

/// Promises of open calls that would fall due at another time.
#[derive(Default)]
pub struct Moved {
    /// The first of them.
    pub lines: Vec<Line>,
    pub all: usize,
    pub earlier: usize,
    pub later: usize,
    pub missed: usize,
    /// How many calls were looked at, if not all.
    pub cut: bool,
}

pub struct Line {
    pub number: String,
    pub title: String,
    pub sev: Sev,
    pub site: String,
    pub kind: &'static str,
    pub old: Option<When>,
    pub new: Option<When>,
    pub what: &'static str,
    pub missed: bool,
}

const SHOWN: usize = 200;
const LOOKED_AT: i64 = 5_000;

impl Moved {
    pub async fn between(app: &App, viewer: &Viewer, before: Arc<Reference>, after: Arc<Reference>) -> Result<Self> {
        let calls = calls::owed(app.store.reader(), &viewer.scope, LOOKED_AT).await?;
        Self::among(app, (before, after), calls, |_| {}).await
    }

    /// What moves if one site keeps another calendar, or none of its own.
    pub async fn of_site(app: &App, viewer: &Viewer, site: &SiteRow, calendar: Option<&str>) -> Result<Self> {
        let (in_force, chosen) = (app.reference.now(), calendar.map(str::to_owned));
        let place = (site.customer_id, site.id);
        let calls = calls::owed_at(app.store.reader(), &viewer.scope, place, LOOKED_AT).await?;
        let give = move |detail: &mut CallDetail| detail.place.site_calendar.clone_from(&chosen);
        Self::among(app, (in_force.clone(), in_force), calls, give).await
    }

    /// The same calls as they are and as they would be, worked out beside the requests of others.
    async fn among(
        app: &App,
        (before, after): (Arc<Reference>, Arc<Reference>),
        calls: Vec<CallDetail>,
        change: impl Fn(&mut CallDetail) + Send + 'static,
    ) -> Result<Self> {
        let now = app.clock.now();
        let work = tokio::task::spawn_blocking(move || {
            let mut changed = calls.clone();
            changed.iter_mut().for_each(change);
            let moved = reference::amendments((&before, &after), &calls, &changed, now)?;
            Ok(Self::told(&moved, calls.len(), now))
        });
        work.await.map_err(|e| Error::Internal(e.to_string()))?
    }

    fn told(moved: &[Amendment], seen: usize, now: Timestamp) -> Self {
        let later = moved.iter().filter(|one| one.is_later()).count();
        Self {
            lines: moved.iter().take(SHOWN).map(|one| Line::of(one, now)).collect(),
            all: moved.len(),
            earlier: moved.len() - later,
            later,
            missed: moved.iter().filter(|one| one.missed_at_once).count(),
            cut: i64::try_from(seen).is_ok_and(|seen| seen >= LOOKED_AT),
        }
    }
}

impl Line {
    fn of(one: &Amendment, now: Timestamp) -> Self {
        let when = |at: Option<Timestamp>| at.map(|at| view::when(at, &one.time_zone, now));
        Self {
            number: one.number.to_string(),
            title: one.title.clone(),
            sev: one.severity.into(),
            site: one.site_name.clone(),
            kind: view::kind_words(one.kind),
            old: when(one.old),
            new: when(one.new),
            what: if one.is_later() { "later" } else { "earlier" },
            missed: one.missed_at_once,
        }
    }
}
