use askama::Template;
use askama_web::WebTemplate;
use axum::extract::{Path, State};
use jiff::Timestamp;
use uuid::Uuid;

use super::{
    super::{
        shell::Shell,
        view::{self, When},
    },
    Line,
};
use crate::{
    actions,
    app::App,
    error::{Error, Result},
    store::remote::{RemoteRow, UseRow},
};

#[derive(Template, WebTemplate)]
#[template(path = "remote_access/show.html")]
pub struct ShowPage {
    shell: Shell,
    line: Line,
    facts: Facts,
    uses: Vec<Use>,
}

/// What happened to an access, when and by whom.
struct Facts {
    asked_by: Option<String>,
    hours: Option<i16>,
    answered: Option<(String, When)>,
    until: When,
    over: Option<(String, When)>,
    over_words: Option<String>,
    zone: String,
}

/// Who was in, how long, and what they did.
struct Use {
    name: String,
    began: When,
    ended: Option<When>,
    lasted: String,
    note: Option<String>,
}

/// Whoever opens it is in the audit.
pub async fn show(State(app): State<App>, shell: Shell, Path(access): Path<String>) -> Result<ShowPage> {
    let id: Uuid = access.parse().map_err(|_| Error::NotFound)?;
    let (viewer, now) = (shell.viewer()?, app.clock.now());
    let (row, uses) = actions::read_remote_session(&app, viewer, id).await?;
    let zone = viewer.time_zone.clone().unwrap_or_else(|| row.time_zone.clone());
    let uses = uses.iter().map(|one| Use::of(one, &zone, now)).collect();
    let (line, facts) = (Line::of(&row, viewer, now), Facts::of(row, &zone, now));
    Ok(ShowPage { shell, line, facts, uses })
}

impl Facts {
    fn of(row: RemoteRow, zone: &str, now: Timestamp) -> Self {
        let when = |at: jiff_sqlx::Timestamp| view::when(at.to_jiff(), zone, now);
        let by = |name: Option<String>, nobody: &str| name.unwrap_or_else(|| nobody.to_owned());
        Self {
            hours: row.hours,
            answered: row.answered_at.map(|at| (by(row.answered_by, "somebody"), when(at))),
            until: when(row.until),
            over: row.over_at.map(|at| (by(row.ended_by, "by itself"), when(at))),
            over_words: row.over_words,
            asked_by: row.asked_by,
            zone: view::city(zone),
        }
    }
}

impl Use {
    fn of(row: &UseRow, zone: &str, now: Timestamp) -> Self {
        let (began, ended) = (row.began_at.to_jiff(), row.ended_at.map(jiff_sqlx::Timestamp::to_jiff));
        Self {
            name: row.name.clone(),
            began: view::when(began, zone, now),
            ended: ended.map(|at| view::when(at, zone, now)),
            lasted: view::span(ended.unwrap_or(now).duration_since(began)),
            note: row.note.clone(),
        }
    }
}
