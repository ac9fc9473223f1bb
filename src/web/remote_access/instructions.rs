//! How a system is reached: kept by the customer, read by staff while an access is in force.

use askama::Template;
use askama_web::WebTemplate;
use axum::{
    Form,
    extract::{Path, State},
    response::{IntoResponse, Redirect, Response},
};
use uuid::Uuid;

use super::{
    super::{
        problem::escape,
        shell::Shell,
        systems::plain,
        typed::{self, Typed},
    },
    Line,
};
use crate::{
    actions,
    app::App,
    error::{Error, Result},
    store::{remote, targets::Target},
};

#[derive(Template, WebTemplate)]
#[template(path = "remote_access/instructions.html")]
pub struct ReadPage {
    shell: Shell,
    line: Line,
    instructions: Option<String>,
}

#[derive(Template, WebTemplate)]
#[template(path = "remote_access/edit.html")]
pub struct EditPage {
    shell: Shell,
    serial: String,
    nickname: String,
    kept: String,
    form: Typed,
}

/// Whoever reads it is in the audit.
pub async fn read(State(app): State<App>, shell: Shell, Path(access): Path<String>) -> Result<ReadPage> {
    let id: Uuid = access.parse().map_err(|_| Error::NotFound)?;
    let viewer = shell.viewer()?;
    let (row, instructions) = actions::read_remote_instructions(&app, viewer, id).await?;
    let line = Line::of(&row, viewer, app.clock.now());
    Ok(ReadPage { shell, line, instructions })
}

pub async fn edit(State(app): State<App>, shell: Shell, Path(serial): Path<String>) -> Result<EditPage> {
    let target = actions::may_keep_instructions(&app, shell.viewer()?, &plain(&serial)).await?;
    page(&app, shell, target, Typed::default()).await
}

async fn page(app: &App, shell: Shell, target: Target, form: Typed) -> Result<EditPage> {
    let system = target.system_id.ok_or(Error::NotFound)?;
    let place = (target.customer_id, system);
    let kept = remote::instructions(app.store.reader(), &shell.viewer()?.scope, place).await?.unwrap_or_default();
    let (serial, nickname) = (target.serial.unwrap_or_default(), target.nickname.unwrap_or_default());
    Ok(EditPage { shell, serial, nickname, kept, form })
}

pub async fn keep(
    State(app): State<App>,
    shell: Shell,
    Path(serial): Path<String>,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Result<Response> {
    let (serial, viewer) = (plain(&serial), shell.viewer()?);
    let target = actions::may_keep_instructions(&app, viewer, &serial).await?;
    let fields = typed::fields(&pairs)?;
    match actions::keep_remote_instructions(&app, viewer, &serial, fields.text("instructions")).await {
        Ok(()) => Ok(Redirect::to(&format!("/systems/{}", escape(&serial))).into_response()),
        Err(error) => {
            let form = Typed::from(pairs.as_slice()).with(error)?;
            Ok((form.status, page(&app, shell, target, form).await?).into_response())
        }
    }
}
