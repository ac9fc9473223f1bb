//! Public holidays of a country: looked at with what they would move, then taken.

use std::collections::{BTreeMap, BTreeSet};

use askama::Template;
use askama_web::WebTemplate;
use axum::{
    Form,
    extract::{Path, Request, State},
    response::{IntoResponse, Redirect, Response},
};
use jiff::civil::Date;

use super::{
    super::{
        shell::Shell,
        typed::{self, Typed},
    },
    changers_only, desk_only,
    draft::{Pairs, field},
    effects::Moved,
    file,
};
use crate::{
    actions,
    app::App,
    domain::ical,
    error::{Error, Result},
    store::public_holidays,
};

#[derive(Template, WebTemplate)]
#[template(path = "routing/holidays.html")]
pub struct HolidaysPage {
    shell: Shell,
    country: String,
    days: Vec<(String, String)>,
    looked_at: Option<LookedAt>,
    may_change: bool,
    form: Typed,
}

/// What a file says, before anybody follows it.
struct LookedAt {
    /// As they are sent again to be taken.
    text: String,
    new: Vec<(String, String)>,
    faults: Vec<ical::Fault>,
    moved: Moved,
}

pub async fn show(State(app): State<App>, shell: Shell, Path(country): Path<String>) -> Result<HolidaysPage> {
    page(&app, shell, &known(&country)?, Typed::default()).await
}

/// Two capital letters; anything else is no country.
fn known(country: &str) -> Result<String> {
    let fits = country.len() == 2 && country.bytes().all(|byte| byte.is_ascii_uppercase());
    if fits { Ok(country.to_owned()) } else { Err(Error::NotFound) }
}

async fn page(app: &App, shell: Shell, country: &str, form: Typed) -> Result<HolidaysPage> {
    desk_only(&shell)?;
    Ok(HolidaysPage {
        country: country.to_owned(),
        days: public_holidays::of_country(app.store.reader(), country).await?,
        looked_at: None,
        may_change: changers_only(&shell).is_ok(),
        form,
        shell,
    })
}

/// Nothing is taken yet: the page says what is new, what can't be used and which promises would move.
pub async fn look(
    State(app): State<App>,
    shell: Shell,
    Path(country): Path<String>,
    request: Request,
) -> Result<Response> {
    changers_only(&shell)?;
    let country = known(&country)?;
    let sent = file::sent(request).await?;
    let found = ical::read(&sent, app.clock.now().to_zoned(jiff::tz::TimeZone::UTC).date());
    let in_force = app.reference.now();
    let mut days: BTreeSet<Date> = in_force.holidays(&country).cloned().unwrap_or_default();
    let new: BTreeMap<Date, String> = found.days.into_iter().filter(|(day, _)| !days.contains(day)).collect();
    days.extend(new.keys());
    let after = std::sync::Arc::new(in_force.with_holidays(&country, days));
    let moved = Moved::between(&app, shell.viewer()?, in_force, after).await?;
    let looked_at = LookedAt {
        text: new.iter().map(|(day, name)| format!("{day} {name}")).collect::<Vec<_>>().join("\n"),
        new: new.into_iter().map(|(day, name)| (day.to_string(), name)).collect(),
        faults: found.faults,
        moved,
    };
    let page = page(&app, shell, &country, Typed::default()).await?;
    Ok(HolidaysPage { looked_at: Some(looked_at), ..page }.into_response())
}

/// One day a line, as the page before wrote them.
pub async fn add(
    State(app): State<App>,
    shell: Shell,
    Path(country): Path<String>,
    Form(pairs): Pairs,
) -> Result<Response> {
    let country = known(&country)?;
    let text = field(&pairs, "days");
    let lines = text.lines().filter(|line| !line.trim().is_empty());
    let days: Option<BTreeMap<Date, String>> = lines.map(line).collect();
    let done = match (typed::fields(&pairs), days.filter(|days| !days.is_empty())) {
        (Ok(_), Some(days)) => actions::add_public_holidays(&app, shell.viewer()?, &country, &days).await,
        (Err(error), _) => Err(error),
        (_, None) => {
            changers_only(&shell)?;
            Err(Error::invalid("days", "Write one day a line, as in 2026-12-25 Christmas Day."))
        }
    };
    answered(&app, shell, &country, &pairs, done).await
}

fn line(text: &str) -> Option<(Date, String)> {
    let (day, name) = text.trim().split_once(' ').unwrap_or((text.trim(), ""));
    let name: String = name.trim().chars().take(200).collect();
    Some((day.parse().ok()?, if name.is_empty() { "Holiday".to_owned() } else { name }))
}

pub async fn remove(
    State(app): State<App>,
    shell: Shell,
    Path(country): Path<String>,
    Form(pairs): Pairs,
) -> Result<Response> {
    let country = known(&country)?;
    let days = typed::all(&pairs, "day");
    let done = match typed::fields(&pairs) {
        Ok(_) => actions::remove_public_holidays(&app, shell.viewer()?, &country, &days).await,
        Err(error) => Err(error),
    };
    answered(&app, shell, &country, &pairs, done).await
}

async fn answered(
    app: &App,
    shell: Shell,
    country: &str,
    pairs: &[(String, String)],
    done: Result<()>,
) -> Result<Response> {
    match done {
        Ok(()) => Ok(Redirect::to(&format!("/routing/holidays/{country}")).into_response()),
        Err(error) => {
            let form = Typed::from(pairs).with(error)?;
            Ok((form.status, page(app, shell, country, form).await?).into_response())
        }
    }
}
