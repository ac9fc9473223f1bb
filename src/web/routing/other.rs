//! Other rules than those in force: a draft, an older version, or what somebody has typed.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use crate::{
    app::App,
    domain::{access::Viewer, number::CallNumber},
    error::{Error, Result},
    reference::Reference,
    router::{Asked, Facts, Profile, Report, Router, Rules, simulate, synthetic_year},
    store::{decisions, rule_sets},
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
const MOST: i64 = 20_000;
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
            Self::Text(text) => Rules::from_toml(text).map_err(|e| Error::invalid("text", e.to_string())),
        }
    }

    /// Ready to be asked; rules that contradict themselves can't be.
    pub async fn router(&self, app: &App, viewer: &Viewer) -> Result<Router> {
        let rules = self.rules(app, viewer).await?.canonical();
        Router::new(rules).map_err(|e| Error::invalid("text", e.to_string()))
    }
}

/// The same calls under both; the work is done beside the requests of others.
pub async fn simulated(app: &App, viewer: &Viewer, other: &Other, calls: Calls) -> Result<Report> {
    let (now, reference) = (app.clock.now(), app.reference.now());
    let after = other.router(app, viewer).await?;
    let asked = match calls {
        Calls::Past => Some(past(app, viewer, &reference, now).await?),
        Calls::Year => None,
    };
    let work = tokio::task::spawn_blocking(move || {
        let before = &reference.router;
        match asked {
            Some(asked) => simulate(before, &after, asked),
            None => simulate(before, &after, made_up(before.rules(), now)),
        }
    });
    work.await.map_err(|e| Error::Internal(e.to_string()))
}

async fn past(app: &App, viewer: &Viewer, reference: &Arc<Reference>, now: Timestamp) -> Result<Vec<Asked>> {
    let since = now - SignedDuration::from_hours(24 * DAYS);
    let rows = decisions::asked_since(app.store.reader(), &viewer.scope, since, MOST).await?;
    let asked = rows.into_iter().map(|row| {
        let unreadable = |e| Error::Internal(format!("the facts of a decision can't be read: {e}"));
        let facts: Facts = serde_json::from_value(row.inputs).map_err(unreadable)?;
        let name = CallNumber::from_serial(row.number).to_string();
        Ok(Asked { name, promise: reference.first_answer(&facts), facts })
    });
    asked.collect()
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
