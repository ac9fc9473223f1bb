//! Disputes as people read and write them.

use axum::{
    Form,
    extract::{Path, State},
    http::HeaderMap,
    response::{IntoResponse, Redirect, Response},
};
use jiff::Timestamp;
use uuid::Uuid;

use super::{
    super::{
        fields::Fields, problem::escape, refused::refused, shell::Shell, systems::plain, timeline::moment, view::When,
    },
    lines::{dated, says},
};
use crate::{
    actions::{self, WantedDispute},
    app::App,
    domain::names::named_as,
    error::{Error, Result},
    store::{disputes::DisputeRow, systems},
};

pub struct DisputeView {
    pub id: Uuid,
    pub from: When,
    pub to: When,
    pub says: &'static str,
    pub why: String,
    pub raiser: String,
    pub raised: When,
    /// What was answered, by whom and when; none as long as it waits.
    pub answer: Option<(&'static str, String, String, When)>,
}

impl DisputeView {
    /// As it was known then.
    pub fn of(row: DisputeRow, zone: &str, as_of: Timestamp) -> Self {
        let when = |at: jiff_sqlx::Timestamp| dated(at.to_jiff(), zone);
        let answered = row.answered_at.filter(|at| at.to_jiff() <= as_of);
        let verdict = if row.accepted == Some(true) { "Agreed" } else { "Not agreed" };
        Self {
            says: row.says().map_or("something else", says),
            id: row.id,
            from: when(row.from_at),
            to: when(row.to_at),
            raised: when(row.raised_at),
            answer: answered
                .map(|at| (verdict, row.answer.unwrap_or_default(), row.answerer.unwrap_or_default(), when(at))),
            why: row.why,
            raiser: row.raiser,
        }
    }
}

type Pairs = Form<Vec<(String, String)>>;

pub async fn create(
    State(app): State<App>,
    headers: HeaderMap,
    Path(serial): Path<String>,
    Form(pairs): Pairs,
) -> Response {
    let (serial, fields) = (plain(&serial), Fields::from(pairs));
    let back = page(&serial, &fields);
    let done = raise(&app, &headers, (&serial, &back), &fields).await;
    after(done, &app, &headers, back, &fields).await
}

async fn raise(app: &App, headers: &HeaderMap, (serial, back): (&str, &str), typed: &Fields) -> Result<()> {
    let shell = Shell::of(app, headers, back).await?;
    let viewer = shell.viewer()?;
    viewer.may_change()?;
    let row = systems::find(app.store.reader(), &viewer.scope, serial, app.clock.now()).await?;
    let fields = typed.clone().judged()?;
    let said = named_as(fields.text("says"));
    let wanted = WantedDispute {
        from: instant(&fields, "from", &row.time_zone)?,
        to: instant(&fields, "to", &row.time_zone)?,
        says: said.ok_or_else(|| Error::invalid("says", "Choose what it counts as: up, down or excluded."))?,
        why: fields.text("why").to_owned(),
    };
    actions::dispute_minutes(app, viewer, &row.serial, &wanted).await.map(drop)
}

pub async fn answer(
    State(app): State<App>,
    headers: HeaderMap,
    Path((serial, dispute)): Path<(String, String)>,
    Form(pairs): Pairs,
) -> Response {
    let (serial, fields) = (plain(&serial), Fields::from(pairs));
    let back = page(&serial, &fields);
    let done = decide(&app, &headers, (&serial, &back), &dispute, &fields).await;
    after(done, &app, &headers, back, &fields).await
}

async fn decide(
    app: &App,
    headers: &HeaderMap,
    (serial, back): (&str, &str),
    dispute: &str,
    typed: &Fields,
) -> Result<()> {
    let shell = Shell::of(app, headers, back).await?;
    let viewer = shell.viewer()?;
    viewer.may_change()?;
    systems::find(app.store.reader(), &viewer.scope, serial, app.clock.now()).await?;
    let id: Uuid = dispute.parse().map_err(|_| Error::NotFound)?;
    let fields = typed.clone().judged()?;
    let accepted = match fields.text("verdict") {
        "accept" => true,
        "reject" => false,
        _ => return Err(Error::invalid("verdict", "The answer is accept or reject.")),
    };
    actions::answer_dispute(app, viewer, (serial, id), accepted, fields.text("answer")).await
}

/// The month that was looked at.
fn page(serial: &str, fields: &Fields) -> String {
    let month = fields.given("month").map(|month| format!("?month={}", escape(month))).unwrap_or_default();
    format!("/systems/{}/availability{month}", escape(serial))
}

async fn after(done: Result<()>, app: &App, headers: &HeaderMap, back: String, fields: &Fields) -> Response {
    match done {
        Ok(()) => Redirect::to(&format!("{back}#disputes")).into_response(),
        // Who is nobody yet is told of no system.
        Err(error @ Error::SignedOut) => refused(app, headers, "/systems".to_owned(), error, fields).await,
        Err(error) => refused(app, headers, back, error, fields).await,
    }
}

fn instant(fields: &Fields, name: &str, zone: &str) -> Result<Timestamp> {
    let wrong = || Error::invalid(name, "Say the day and the time, such as 2026-11-23T14:00.");
    moment(fields.text(name), zone).map_err(|_| wrong())?.ok_or_else(wrong)
}
