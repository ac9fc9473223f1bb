//! Remote access: what is in force, what waits, what is over; and everything that is done about it.
mod deeds;
mod instructions;
mod show;
mod standing;
pub mod wanted;

use askama::Template;
use askama_web::WebTemplate;
use axum::extract::State;
use jiff::Timestamp;

pub use self::{
    deeds::{begin_use, create, decline, end, end_use, grant, withdraw},
    instructions::{edit, keep, read},
    show::show,
    standing::Standing,
};
use super::{
    shell::Shell,
    view::{self, Due, When},
};
use crate::{
    app::App,
    domain::{
        access::Viewer,
        objective::Kind,
        policy::{Action, Relation, Resource},
        remote::State as Stands,
    },
    error::Result,
    store::remote::{self, RemoteRow},
};

#[derive(Template, WebTemplate)]
#[template(path = "remote_access/index.html")]
pub struct IndexPage {
    shell: Shell,
    in_force: Vec<Line>,
    waiting: Vec<Line>,
    past: Vec<Line>,
    everything: bool,
}

const STANDING: i64 = 200;
const PAST: i64 = 100;

/// For whoever may be let in or let somebody in; for everybody else there is nothing here.
pub fn sees(viewer: &Viewer) -> Result<()> {
    Ok(viewer.may(Action::See, Resource::RemoteAccess, Relation::Own)?)
}

pub async fn index(State(app): State<App>, shell: Shell) -> Result<IndexPage> {
    let (db, now, viewer) = (app.store.reader(), app.clock.now(), shell.viewer()?);
    sees(viewer)?;
    let standing = remote::standing(db, &viewer.scope, STANDING).await?;
    let mut past = Line::all(&remote::past(db, &viewer.scope, PAST).await?, viewer, now);
    let (mut in_force, mut waiting) = (Vec::new(), Vec::new());
    for line in Line::all(&standing, viewer, now) {
        match line.stands {
            Stands::Granted => in_force.push(line),
            Stands::Asked => waiting.push(line),
            _ => past.insert(0, line),
        }
    }
    let everything = viewer.sees_all_customers();
    Ok(IndexPage { shell, in_force, waiting, past, everything })
}

/// An access as a row of a list.
pub struct Line {
    pub id: String,
    pub stands: Stands,
    pub number: String,
    pub title: String,
    pub serial: String,
    pub nickname: String,
    pub customer: String,
    pub site: String,
    pub purpose: String,
    pub began: When,
    pub left: Due,
    /// Who asked; where nobody did, who let them in.
    pub who: String,
    pub inside: String,
}

impl Line {
    pub fn of(row: &RemoteRow, viewer: &Viewer, now: Timestamp) -> Self {
        let zone = viewer.time_zone.as_deref().unwrap_or(&row.time_zone);
        Self {
            id: row.id.to_string(),
            stands: state_of(row, now),
            number: row.call_number().to_string(),
            title: row.title.clone(),
            serial: row.serial.clone(),
            nickname: row.nickname.clone(),
            customer: row.customer_name.clone(),
            site: row.site_name.clone(),
            purpose: purpose(row),
            began: view::when(row.opened_at.to_jiff(), zone, now),
            left: view::due(Kind::Restore, row.until.to_jiff(), now),
            who: row.asked_by.clone().or(row.answered_by.clone()).unwrap_or_else(|| "somebody".to_owned()),
            inside: row.inside_names.join(", "),
        }
    }

    pub fn all(rows: &[RemoteRow], viewer: &Viewer, now: Timestamp) -> Vec<Self> {
        rows.iter().map(|row| Self::of(row, viewer, now)).collect()
    }

    pub fn words(&self) -> &'static str {
        self.stands.words()
    }
}

/// By the clock, also in the second before the sweep comes by.
pub fn state_of(row: &RemoteRow, now: Timestamp) -> Stands {
    let access = row.access();
    match access.state {
        Stands::Granted if now >= access.until => Stands::Expired,
        Stands::Asked if now >= access.until => Stands::Lapsed,
        state => state,
    }
}

/// Words may have been taken out of the history in which they stand.
pub fn purpose(row: &RemoteRow) -> String {
    row.purpose.clone().unwrap_or_else(|| "These words were removed.".to_owned())
}
