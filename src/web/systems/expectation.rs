//! How often a system is expected to call home: for whoever looks after devices.

use axum::{
    Form,
    extract::{Path, State},
    response::{IntoResponse, Redirect, Response},
};

use super::{
    super::{problem::escape, shell::Shell, typed::Typed},
    plain, show,
};
use crate::{
    actions,
    app::App,
    domain::access::Viewer,
    error::{Error, Result},
};

pub async fn change(
    State(app): State<App>,
    shell: Shell,
    Path(serial): Path<String>,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Result<Response> {
    let serial = plain(&serial);
    let form = Typed::from(pairs.as_slice());
    match expect(&app, shell.viewer()?, &serial, &form).await {
        Ok(()) => Ok(Redirect::to(&format!("/systems/{}", escape(&serial))).into_response()),
        Err(error) => {
            let form = form.with(error)?;
            show::again(&app, shell, &serial, form).await
        }
    }
}

async fn expect(app: &App, viewer: &Viewer, serial: &str, form: &Typed) -> Result<()> {
    actions::expect_calls(app, viewer, serial, minutes(form)?).await
}

/// Nothing typed is nothing expected.
fn minutes(form: &Typed) -> Result<Option<i32>> {
    let every = form.text("every").trim();
    if every.is_empty() {
        return Ok(None);
    }
    let unit = match form.text("unit") {
        "days" => 24 * 60,
        "hours" => 60,
        _ => 1,
    };
    let number: i32 = every.parse().map_err(|_| Error::invalid("every", "Say it in a whole number, or nothing."))?;
    Ok(Some(number.checked_mul(unit).unwrap_or(i32::MAX)))
}

/// The largest unit that says it in a whole number.
pub fn in_units(minutes: Option<i32>) -> (String, &'static str) {
    match minutes {
        None => (String::new(), "hours"),
        Some(minutes) if minutes % (24 * 60) == 0 => ((minutes / (24 * 60)).to_string(), "days"),
        Some(minutes) if minutes % 60 == 0 => ((minutes / 60).to_string(), "hours"),
        Some(minutes) => (minutes.to_string(), "minutes"),
    }
}
