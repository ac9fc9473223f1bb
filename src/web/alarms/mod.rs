//! What a system or a site has sent: everything, searchable, each with what became of it, under the sum of it all.
mod ledger;
mod show;
pub mod wanted;

use askama::Template;
use askama_web::WebTemplate;
use axum::extract::{Path, Query, State};
use jiff::Timestamp;
use uuid::Uuid;

use self::{ledger::LedgerView, wanted::SEVERITIES};
pub use self::{
    show::{of_site as show_of_site, of_system as show_of_system},
    wanted::Wanted,
};
use super::{
    calls::{cursor, place_of},
    shell::Shell,
    systems::plain,
    view::{self, When},
};
use crate::{
    app::App,
    domain::{
        access::Viewer,
        alarm::Disposition,
        audit::Subject,
        policy::{Action, Relation, Resource},
    },
    error::Result,
    store::{
        alarms::{
            AlarmRow,
            searched::{self, Sought},
        },
        ledger::Holder,
        places, systems,
    },
};

#[derive(Template, WebTemplate)]
#[template(path = "alarms/index.html")]
pub struct IndexPage {
    shell: Shell,
    place: Place,
    /// At the top of the first page of everything.
    ledger: Option<LedgerView>,
    /// More was sent than is counted while somebody waits.
    too_much: bool,
    lines: Vec<Line>,
    wanted: Wanted,
    kept: String,
    next: Option<String>,
    staff: bool,
}

/// A system or a site, as its lists name it.
pub struct Place {
    of: Holder,
    name: String,
    words: String,
    /// The page of the system or site.
    page: String,
    zone: String,
    is_site: bool,
}

impl Place {
    pub async fn system(app: &App, viewer: &Viewer, serial: &str) -> Result<Self> {
        let row = systems::find(app.store.reader(), &viewer.scope, &plain(serial), app.clock.now()).await?;
        Ok(Self {
            of: Holder::System { customer: row.customer_id, id: row.id },
            page: format!("/systems/{}", super::problem::escape(&row.serial)),
            name: row.serial,
            words: row.nickname,
            zone: row.time_zone,
            is_site: false,
        })
    }

    pub async fn site(app: &App, viewer: &Viewer, code: &str) -> Result<Self> {
        let row = places::find(app.store.reader(), &viewer.scope, &plain(code)).await?;
        Ok(Self {
            of: Holder::Site { customer: row.customer_id, id: row.id },
            page: format!("/sites/{}", super::problem::escape(&row.site_code)),
            name: row.site_code,
            words: row.name,
            zone: row.time_zone,
            is_site: true,
        })
    }
}

impl Place {
    pub fn holder(&self) -> Holder {
        self.of
    }

    /// As the audit names it, and whose it is.
    pub fn audited(&self) -> (Subject, &str, Uuid) {
        match self.of {
            Holder::Site { customer, .. } => (Subject::Site, &self.name, customer),
            Holder::System { customer, .. } => (Subject::System, &self.name, customer),
        }
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    /// As people say it: a site by its name, a system by what it is called there.
    pub fn words(&self) -> String {
        if self.is_site { self.words.clone() } else { format!("{} {}", self.name, self.words) }
    }

    pub fn page(&self) -> &str {
        &self.page
    }

    pub fn zone(&self) -> &str {
        &self.zone
    }

    pub fn is_site(&self) -> bool {
        self.is_site
    }
}

/// A message in the list.
pub struct Line {
    id: String,
    at: When,
    kind: String,
    severity: String,
    summary: String,
    component: String,
    code: String,
    disposition: String,
    flag: Option<String>,
    serial: Option<String>,
    number: Option<String>,
}

const PAGE: i64 = 50;

pub async fn of_system(
    State(app): State<App>,
    shell: Shell,
    Path(serial): Path<String>,
    Query(wanted): Query<Wanted>,
) -> Result<IndexPage> {
    let place = Place::system(&app, shell.viewer()?, &serial).await?;
    index(&app, shell, place, wanted).await
}

pub async fn of_site(
    State(app): State<App>,
    shell: Shell,
    Path(code): Path<String>,
    Query(wanted): Query<Wanted>,
) -> Result<IndexPage> {
    let place = Place::site(&app, shell.viewer()?, &code).await?;
    index(&app, shell, place, wanted).await
}

async fn index(app: &App, shell: Shell, place: Place, wanted: Wanted) -> Result<IndexPage> {
    let (db, now, viewer) = (app.store.reader(), app.clock.now(), shell.viewer()?);
    let sought: Sought = wanted.sought(&place.zone)?;
    let after = Some(wanted.cursor.as_str()).filter(|text| !text.is_empty()).map(cursor).transpose()?;
    let mut rows = searched::list(db, &viewer.scope, place.of, &sought, (after, PAGE + 1)).await?;
    let next = cut(&mut rows);
    let counts = after.is_none() && wanted.kept().is_empty();
    let ledger = if counts { LedgerView::read(app, viewer, place.of).await? } else { None };
    Ok(IndexPage {
        lines: rows.iter().map(|row| Line::of(row, &place.zone, now)).collect(),
        kept: wanted.kept(),
        staff: viewer.may(Action::See, Resource::Internal, Relation::Foreign).is_ok(),
        shell,
        place,
        too_much: counts && ledger.is_none(),
        ledger,
        wanted,
        next,
    })
}

/// One row more than the page shows says that there is a next one.
fn cut(rows: &mut Vec<AlarmRow>) -> Option<String> {
    let size = usize::try_from(PAGE).unwrap_or(0);
    let more = rows.len() > size;
    rows.truncate(size);
    rows.last().filter(|_| more).map(|last| place_of(last.received_at.to_jiff(), last.id))
}

impl IndexPage {
    fn dispositions() -> impl Iterator<Item = &'static str> {
        Disposition::ALL.into_iter().map(Disposition::name)
    }

    fn severities() -> [&'static str; 5] {
        SEVERITIES
    }
}

impl Line {
    fn of(row: &AlarmRow, zone: &str, now: Timestamp) -> Self {
        Self {
            id: row.id.to_string(),
            at: view::when(row.received_at.to_jiff(), zone, now),
            kind: row.kind.clone(),
            severity: row.severity.clone(),
            summary: row.summary.clone(),
            component: row.component.clone(),
            code: row.code.clone(),
            disposition: row.disposition.clone(),
            flag: row.flag.clone(),
            serial: row.serial.clone(),
            number: row.call_number().map(|number| number.to_string()),
        }
    }
}
