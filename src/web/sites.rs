//! Sites: where systems stand, how they are, and what happened there.

use askama::Template;
use askama_web::WebTemplate;
use axum::extract::{Path, State};

use super::{
    fleet::{self, Health, SystemLine},
    maintenance::Notice,
    problem::escape,
    shell::Shell,
    systems::{self as systems_page, AgentView, plain},
    view::{self, CallRow, Sev},
};
use crate::{
    app::App,
    domain::policy::{Action, Relation, Resource},
    error::Result,
    reference::Reference,
    store::{
        calls, paths,
        places::{self, SiteRow},
        systems::{self, Narrowed, SystemRow},
    },
};

#[derive(Template, WebTemplate)]
#[template(path = "sites/index.html")]
pub struct IndexPage {
    shell: Shell,
    sites: Vec<SiteLine>,
    everything: bool,
}

pub struct SiteLine {
    code: String,
    name: String,
    customer: String,
    country: String,
    region: String,
    health: Health,
    systems: i64,
    open_calls: i64,
    worst: Option<Sev>,
    time_there: String,
}

const MOST: i64 = 500;
const INCIDENTS: i64 = 50;

pub async fn index(State(app): State<App>, shell: Shell) -> Result<IndexPage> {
    let viewer = shell.viewer()?;
    let rows = places::list(app.store.reader(), &viewer.scope, MOST).await?;
    let everything = viewer.sees_all_customers();
    let sites = rows.iter().map(|row| SiteLine::of(row, app.clock.now())).collect();
    Ok(IndexPage { shell, sites, everything })
}

impl IndexPage {
    fn is_cut(&self) -> bool {
        i64::try_from(self.sites.len()).is_ok_and(|shown| shown >= MOST)
    }
}

impl SiteLine {
    fn of(row: &SiteRow, now: jiff::Timestamp) -> Self {
        Self {
            code: row.site_code.clone(),
            name: row.name.clone(),
            customer: row.customer_name.clone(),
            country: row.country.clone(),
            region: row.region.clone(),
            health: Health::of_site(row),
            systems: row.systems,
            open_calls: row.open_calls,
            worst: fleet::worst(row.worst),
            time_there: view::at_place(now, &row.time_zone, now),
        }
    }
}

#[derive(Template, WebTemplate)]
#[template(path = "sites/show.html")]
pub struct ShowPage {
    shell: Shell,
    site: SiteLine,
    facts: Facts,
    systems: Vec<SystemLine>,
    calls: Vec<CallRow>,
    /// What speaks for the whole site, and how it is heard.
    agents: Vec<AgentView>,
    /// Whether the hours are this reader's to look into.
    staff: bool,
    sees_devices: bool,
    planned: Notice,
}

/// What is set up for a site, in words.
pub struct Facts {
    zone: String,
    hours: String,
    address: String,
    home_cac: Option<String>,
    partner: Option<String>,
}

pub async fn show(State(app): State<App>, shell: Shell, Path(code): Path<String>) -> Result<ShowPage> {
    let (db, now, viewer) = (app.store.reader(), app.clock.now(), shell.viewer()?);
    let row = places::find(db, &viewer.scope, &plain(&code)).await?;
    let systems = systems::list(
        db,
        &viewer.scope,
        now,
        &Narrowed { site_code: Some(&row.site_code), ..Narrowed::default() },
        MOST,
    )
    .await?;
    let systems: Vec<SystemRow> = systems.into_iter().filter(|system| system.site_id == row.id).collect();
    let agents = paths::of_place(db, &viewer.scope, row.customer_id, row.id, None).await?;
    let calls = calls::of_site(db, &viewer.scope, row.customer_id, row.id, INCIDENTS).await?;
    let form = format!("/maintenance-windows/new?site={}", escape(&row.site_code));
    let place = (row.customer_id, row.id);
    Ok(ShowPage {
        planned: Notice::of(&app, viewer, place, None, (&row.time_zone, form)).await?,
        site: SiteLine::of(&row, now),
        facts: Facts::of(&row, &systems, &app.reference.now(), now),
        systems: SystemLine::all(&systems, now),
        calls: CallRow::all(&calls, viewer, now),
        agents: agents.iter().map(|path| AgentView::of(path, now)).collect(),
        staff: viewer.may(Action::See, Resource::Rule, Relation::Foreign).is_ok(),
        sees_devices: systems_page::sees_devices(viewer),
        shell,
    })
}

impl ShowPage {
    fn is_cut(&self) -> bool {
        i64::try_from(self.calls.len()).is_ok_and(|shown| shown >= INCIDENTS)
    }
}

impl Facts {
    fn of(row: &SiteRow, systems: &[SystemRow], reference: &Reference, now: jiff::Timestamp) -> Self {
        let served = systems.iter().find_map(|system| Some((system.partner_name.clone()?, system.first_line)));
        Self {
            zone: row.time_zone.clone(),
            hours: reference.site_hours_words(row.calendar.as_deref(), &row.country),
            address: row.address.clone(),
            home_cac: fleet::home_cac(reference, &row.region, now),
            partner: served.map(|(name, first)| if first == Some(true) { format!("{name}, first line") } else { name }),
        }
    }
}
