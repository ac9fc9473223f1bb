//! Other rules than those in force: a draft, an older version, or what somebody has typed.

use jiff::{SignedDuration, Timestamp};

use crate::{
    app::App,
    domain::{access::Viewer, number::CallNumber},
    error::{Error, Result},
    reference::Reference,
    router::{Asked, Facts, Profile, Report, Router, Rules, simulate, synthetic_year},
    store::{
        decisions::{self, AskedRow},
        rule_sets,
    },
};

/// Which rules are held against those in force.
#[derive(Debug, Clone)]
pub enum Other {
    InForce,
    Draft,
    Version(i32),
    Text(String),
}

/// Which calls are asked about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Calls {
    Past,
    Year,
}

const DAYS: i64 = 90;
/// So many calls are looked at, the newest.
pub const MOST: i64 = 20_000;
/// Enough to fill every hour of the week.
const MADE_UP: u64 = 10_000;

impl Other {
    /// `draft`, the number of a version, or nothing; text comes by itself.
    pub fn named(name: &str) -> Result<Self> {
        match name.trim() {
            "" | "in_force" => Ok(Self::InForce),
            "draft" => Ok(Self::Draft),
            number => number
                .parse()
                .map(Self::Version)
                .map_err(|_| Error::invalid("other", "That is “draft”, or the number of a version.")),
        }
    }

    pub async fn rules(&self, app: &App, viewer: &Viewer) -> Result<Rules> {
        let db = app.store.reader();
        match self {
            Self::InForce => Ok(app.reference.now().router.rules().clone()),
            Self::Draft => {
                let draft = rule_sets::draft(db, viewer.person_id).await?;
                draft.ok_or_else(|| Error::invalid("other", "There is no draft of yours."))?.rules()
            }
            Self::Version(version) => rule_sets::find(db, *version).await?.rules(),
            Self::Text(text) => Rules::strictly(text).map_err(|e| Error::invalid("text", e.to_string())),
        }
    }

    /// Ready to be asked; rules that contradict themselves can't be.
    pub async fn router(&self, app: &App, viewer: &Viewer) -> Result<Router> {
        let rules = self.rules(app, viewer).await?.canonical();
        Router::new(rules).map_err(|e| Error::invalid("text", e.to_string()))
    }
}

/// What a simulation has found, and of which calls it says nothing.
#[derive(Debug, Default)]
pub struct Simulated {
    pub report: Report,
    /// Where not all calls were looked at: the newest, since then.
    pub only_since: Option<Timestamp>,
    /// Calls of which the router's question can be read no more, such as those of a zone that is gone.
    pub unreadable: usize,
}

/// The same calls under both; the work is done beside the requests of others.
pub async fn simulated(app: &App, viewer: &Viewer, other: &Other, calls: Calls) -> Result<Simulated> {
    let (now, reference) = (app.clock.now(), app.reference.now());
    let after = other.router(app, viewer).await?;
    let rows = match calls {
        Calls::Past => Some(past(app, viewer, now).await?),
        Calls::Year => None,
    };
    let work = tokio::task::spawn_blocking(move || {
        if let Some(rows) = rows {
            return of_past(&reference, &after, rows);
        }
        let before = &reference.router;
        let report = simulate(before, &after, made_up(before.rules(), now));
        Simulated { report, ..Simulated::default() }
    });
    work.await.map_err(|e| Error::Internal(e.to_string()))
}

/// One more than is looked at, if there are so many: then it is known that some are not.
async fn past(app: &App, viewer: &Viewer, now: Timestamp) -> Result<Vec<AskedRow>> {
    let since = now - SignedDuration::from_hours(24 * DAYS);
    decisions::asked_since(app.store.reader(), &viewer.scope, since, MOST + 1).await
}

fn of_past(reference: &Reference, after: &Router, mut rows: Vec<AskedRow>) -> Simulated {
    let most = usize::try_from(MOST).unwrap_or(usize::MAX);
    let cut = rows.len() > most;
    rows.truncate(most);
    let looked_at = rows.len();
    let asked: Vec<Asked> = rows.into_iter().rev().filter_map(|row| asked(reference, row)).collect();
    Simulated {
        only_since: asked.first().filter(|_| cut).map(|oldest| oldest.facts.at),
        unreadable: looked_at - asked.len(),
        report: simulate(&reference.router, after, asked),
    }
}

/// The question as it was asked then; none where it can't be read any more.
fn asked(reference: &Reference, row: AskedRow) -> Option<Asked> {
    let facts: Facts = serde_json::from_value(row.inputs).ok()?;
    let site = reference.site_calendar(row.site_calendar.as_deref(), &row.time_zone, &row.country).ok();
    let promise = site.and_then(|site| reference.first_answer(&facts, row.service_level, &site));
    Some(Asked { name: CallNumber::from_serial(row.number).to_string(), promise, facts })
}

fn made_up(rules: &Rules, now: Timestamp) -> impl Iterator<Item = Asked> {
    synthetic_year(now, MADE_UP, 1, &Profile::like(rules, office_hours()))
}

/// Most calls come while people work, and some at any hour.
fn office_hours() -> [u32; 168] {
    std::array::from_fn(|hour| match (hour / 24, hour % 24) {
        (0..5, 8..18) => 10,
        (0..5, _) => 3,
        _ => 2,
    })
}
