//! One message as it came, for staff.

use askama::Template;
use askama_web::WebTemplate;
use axum::extract::{Path, State};
use jiff::Timestamp;
use uuid::Uuid;

use super::{
    super::{
        admin::readable,
        messages::size,
        shell::Shell,
        view::{self, When},
    },
    Place,
};
use crate::{
    app::App,
    domain::policy::{Action, Relation, Resource},
    error::{Error, Result},
    store::alarms::searched::{self, Whole},
};

#[derive(Template, WebTemplate)]
#[template(path = "alarms/show.html")]
pub struct ShowPage {
    shell: Shell,
    place: Place,
    summary: String,
    disposition: String,
    number: Option<String>,
    facts: Vec<(&'static str, String)>,
    received: When,
    size: String,
    cut: bool,
    body: String,
}

/// So much of a body is shown; the whole is kept.
const SHOWN: usize = 64 * 1024;

pub async fn of_system(
    State(app): State<App>,
    shell: Shell,
    Path((serial, id)): Path<(String, String)>,
) -> Result<ShowPage> {
    let place = Place::system(&app, shell.viewer()?, &serial).await?;
    show(&app, shell, place, &id).await
}

pub async fn of_site(
    State(app): State<App>,
    shell: Shell,
    Path((code, id)): Path<(String, String)>,
) -> Result<ShowPage> {
    let place = Place::site(&app, shell.viewer()?, &code).await?;
    show(&app, shell, place, &id).await
}

async fn show(app: &App, shell: Shell, place: Place, id: &str) -> Result<ShowPage> {
    let viewer = shell.viewer()?;
    viewer.may(Action::See, Resource::Internal, Relation::Foreign)?;
    let id: Uuid = id.parse().map_err(|_| Error::NotFound)?;
    let message = searched::whole(app.store.reader(), &viewer.scope, place.of, id).await?;
    Ok(ShowPage::of(shell, place, message, app.clock.now()))
}

impl ShowPage {
    fn of(shell: Shell, place: Place, message: Whole, now: Timestamp) -> Self {
        let shown = &message.body[..message.body.len().min(SHOWN)];
        Self {
            received: view::when(message.received_at.to_jiff(), &place.zone, now),
            number: message.call_number().map(|number| number.to_string()),
            size: size(i64::try_from(message.body.len()).unwrap_or(i64::MAX)),
            cut: message.body.len() > SHOWN,
            body: pretty(shown),
            facts: facts(&message),
            summary: message.summary,
            disposition: message.disposition,
            shell,
            place,
        }
    }
}

fn facts(message: &Whole) -> Vec<(&'static str, String)> {
    let said = |text: &Option<String>| text.clone().unwrap_or_default();
    let place = message.spool.as_ref().zip(message.sequence).map(|(spool, number)| format!("{number} of {spool}"));
    let facts = [
        ("System", said(&message.serial)),
        ("Kind", said(&message.kind)),
        ("Severity", said(&message.severity)),
        ("Code", said(&message.code)),
        ("Device", said(&message.component)),
        ("Flag", said(&message.flag)),
        ("Happened", message.occurred_at.map(|at| format!("{:.6}", at.to_jiff())).unwrap_or_default()),
        ("Heard", format!("{:.6}", message.received_at.to_jiff())),
        ("Format", message.format.clone()),
        ("Source", message.source.clone()),
        ("Id", message.source_id.clone()),
        ("Number", place.unwrap_or_default()),
        ("Fault", said(&message.fingerprint)),
    ];
    facts.into_iter().filter(|(_, value)| !value.is_empty()).collect()
}

/// JSON is easier to read on many lines; everything else stays as it came.
fn pretty(bytes: &[u8]) -> String {
    let value = serde_json::from_slice::<serde_json::Value>(bytes);
    let lines = value.ok().and_then(|value| serde_json::to_string_pretty(&value).ok());
    lines.map_or_else(|| readable(bytes), |text| readable(text.as_bytes()))
}
