//! What came, what waits, which promises were kept and where the work went, for whoever leads a desk.

mod asked;
mod charts;

use askama::Template;
use askama_web::WebTemplate;
use axum::extract::{Query, State};

pub use self::asked::Wanted;
use self::{
    asked::Asking,
    charts::{Ages, Clock, Column, Kept},
};
use super::{
    shell::Shell,
    view::{self, When},
};
use crate::{
    app::App,
    domain::{
        access::Viewer,
        names::name_of,
        policy::{Action, Relation, Resource},
        severity::Severity,
    },
    error::Result,
    reference::Reference,
    store::reports::{self, Asked, Handed, Moved},
};

#[derive(Template, WebTemplate)]
#[template(path = "reports/index.html")]
pub struct IndexPage {
    shell: Shell,
    asking: Asking,
    regions: Vec<String>,
    zones: Vec<String>,
    made: When,
    columns: Vec<Column>,
    total: String,
    by_machines: String,
    folded: String,
    ages: Ages,
    kept: Vec<Kept>,
    clocks: Vec<Clock>,
    handed: Vec<Row>,
    moved: Moved,
}

/// What one center left to another.
pub struct Row {
    from: String,
    to: String,
    calls: i64,
    in_time: i64,
    late: i64,
}

impl From<Handed> for Row {
    fn from(row: Handed) -> Self {
        let named = |cac: Option<String>| cac.unwrap_or_else(|| "the duty manager".to_owned());
        Self { from: named(row.from), to: named(row.to), calls: row.calls, in_time: row.in_time, late: row.late }
    }
}

pub async fn index(State(app): State<App>, shell: Shell, Query(wanted): Query<Wanted>) -> Result<IndexPage> {
    let (viewer, now, reference) = (shell.viewer()?, app.clock.now(), app.reference.now());
    may_read(viewer)?;
    let regions = regions(&reference);
    let asking = wanted.read(&regions, now)?;
    let (db, scope) = (app.store.reader(), &viewer.scope);
    let asked = Asked { from: asking.from, to: asking.to, region: asking.region(), zone: &asking.zone };
    let arrivals = reports::arrivals(db, scope, asked).await?;
    let sum = |of: fn(&reports::Arrivals) -> i64| view::count(arrivals.iter().map(of).sum());
    let (names, zones): (Vec<String>, Vec<String>) = centers(&reference).into_iter().unzip();
    let hours = reports::hours(db, scope, asked, (&names, &zones)).await?;
    let fallback = fallback(&reference);
    let promises = reports::promises(db, scope, asked, (&fallback.0, &fallback.1)).await?;
    Ok(IndexPage {
        columns: Column::all(&asking, &arrivals),
        total: sum(|row| row.calls),
        by_machines: sum(|row| row.by_machines),
        folded: sum(|row| row.folded),
        ages: Ages::of(&reports::backlog(db, scope, asked, now).await?),
        kept: Kept::all(&promises),
        clocks: Clock::all(&names, &zones, &hours),
        handed: reports::handed(db, scope, asked).await?.into_iter().map(Row::from).collect(),
        moved: reports::moved(db, scope, asked).await?,
        made: view::when(now, &asking.zone, now),
        zones: choices(&asking.zone, viewer.time_zone.as_deref(), &zones),
        regions,
        asking,
        shell,
    })
}

/// Numbers of the whole desk are the desk's and the house's.
fn may_read(viewer: &Viewer) -> Result<()> {
    Ok(viewer.may(Action::See, Resource::Staffing, Relation::Foreign)?)
}

fn regions(reference: &Reference) -> Vec<String> {
    let mut regions: Vec<String> = reference.router.rules().cacs.iter().map(|cac| cac.region.clone()).collect();
    regions.sort();
    regions.dedup();
    regions
}

/// Each region with the zone of its center.
fn centers(reference: &Reference) -> Vec<(String, String)> {
    let rules = reference.router.rules();
    let zone = |cac: &crate::router::Cac| Some(rules.calendar(&cac.calendar)?.zone_name().to_owned());
    let mut all: Vec<_> = rules.cacs.iter().filter_map(|cac| Some((cac.region.clone(), zone(cac)?))).collect();
    all.sort();
    all.dedup_by(|one, two| one.0 == two.0);
    all
}

/// What is promised for calls without a service level of their own.
fn fallback(reference: &Reference) -> (Vec<i16>, Vec<String>) {
    let all = reference.objectives(None).iter();
    all.map(|objective| (i16::from(objective.severity.number()), name_of(objective.kind))).unzip()
}

/// By whose clock days may be counted: the centers', the reader's own, and whatever was asked for.
fn choices(asked: &str, own: Option<&str>, centers: &[String]) -> Vec<String> {
    let mut all = vec!["UTC".to_owned()];
    for zone in centers.iter().map(String::as_str).chain(own).chain([asked]) {
        if !all.iter().any(|known| known == zone) {
            all.push(zone.to_owned());
        }
    }
    all
}

impl IndexPage {
    fn severities() -> [Severity; 4] {
        Severity::ALL
    }
}
