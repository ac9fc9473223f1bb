use axum::{Json, extract::State};
use serde::Deserialize;
use utoipa::IntoParams;

use super::{
    super::{
        search::{find_calls, meant, zone},
        session::Caller,
    },
    limit,
    read::Asked,
    shapes::{CallSummary, Found, List, System},
    terms::Reads,
};
use crate::{
    app::App,
    domain::{access::Viewer, number::CallNumber, words},
    error::{Error, Result},
    store::{calls, places, systems},
};

#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Wanted {
    /// Words that somebody wrote on a call, `"together"`, `-without`, `begin*`; a call number, a number of another desk,
    /// a serial or a site code; narrowed by `status:`, `severity:`, `queue:`, `site:`, `system:`, `after:`, `before:`
    /// and `on:`, in the order `sort:newest` if asked for.
    #[param(value_type = String, required, min_length = 1, pattern = r"\S")]
    q: Option<String>,
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<i64>,
}

/// Of places and machines a few are enough to see which was meant; the rest are calls.
const PLACES: i64 = 20;

/// Sites, systems and calls that the caller may see and that have the words.
#[utoipa::path(get, path = "/api/v1/search", tag = "calls", params(Wanted),
    responses((status = 200, body = List<Found>), Reads))]
pub async fn show(
    State(app): State<App>,
    Caller(viewer): Caller,
    Asked(wanted): Asked<Wanted>,
) -> Result<Json<List<Found>>> {
    let limit = limit(wanted.limit)?;
    let words = wanted.q.as_deref().map(str::trim).filter(|words| !words.is_empty());
    let words = words.ok_or_else(|| Error::invalid("q", "Say what to look for."))?;
    let mut data = found(&app, &viewer, meant(words), limit).await?;
    data.truncate(usize::try_from(limit).unwrap_or(0));
    Ok(Json(List { data, next_cursor: None }))
}

async fn found(app: &App, viewer: &Viewer, words: &str, limit: i64) -> Result<Vec<Found>> {
    let (db, scope, like) = (app.store.reader(), &viewer.scope, calls::like(words));
    let typed = words::Typed::read(words, &zone(viewer));
    if let Some(sentence) = typed.unclear.first() {
        return Err(Error::invalid("q", sentence.clone()));
    }
    let internal = scope.internal();
    let few = limit.min(PLACES);
    let sites = places::named(db, scope, &like, few).await?;
    let systems = systems::beginning_with(db, scope, app.clock.now(), &words.to_lowercase(), few).await?;
    let exact = match words.parse::<CallNumber>() {
        Ok(number) => calls::one(db, scope, number).await?,
        Err(_) => None,
    };
    let calls = find_calls(app, viewer, &typed, None, limit).await?;
    let calls = calls.into_iter().filter(|call| exact.as_ref().is_none_or(|exact| exact.id != call.id));
    let calls: Vec<_> = calls.collect();
    let exact = exact.into_iter().map(|call| Found::Call(CallSummary::of(call, internal)));
    let sites = sites.into_iter().map(|site| Found::Site(site.into()));
    let systems = systems.into_iter().map(|system| Found::System(System::of(system, app.clock.now())));
    let calls = calls.into_iter().map(|call| Found::Call(CallSummary::of(call, internal)));
    Ok(exact.chain(sites).chain(systems).chain(calls).collect())
}
