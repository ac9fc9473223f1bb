//! The wall board: what a whole room may read of what is under way, from across the room.

use askama::Template;
use axum::{
    extract::{Query, State},
    http::{HeaderMap, StatusCode},
    response::{Html, IntoResponse, Redirect, Response},
};
use axum_extra::extract::{
    CookieJar,
    cookie::{Cookie, SameSite},
};
use jiff::Timestamp;
use serde::Deserialize;

use super::{
    session::{self, travels_safely},
    view::{self, Due, Sev, When},
};
use crate::{
    actions,
    app::App,
    domain::{
        access::{Scope, Viewer},
        names::named_as,
        objective::Kind,
        policy::{Action, Relation, Resource},
        severity::Severity,
    },
    error::{Error, Result},
    reference::Reference,
    store::{
        board::{self, UrgentCall},
        desk::{self, QueueRow},
        sessions, silences, tokens,
    },
};

/// Sent to the board and to nothing else.
const COOKIE: &str = "__Secure-board";
const PLAIN_COOKIE: &str = "board";
const PATH: &str = "/board";
/// What fits on a screen without a hand to move it; the rest is counted.
const SHOWN: usize = 15;
const COUNTED: i64 = 500;

#[derive(Template)]
#[template(path = "board/show.html")]
struct BoardPage {
    theme: String,
    board: Board,
}

#[derive(Template)]
#[template(path = "board/_board.html")]
struct BoardFragment {
    board: Board,
}

/// What is due in each center.
struct Board {
    centers: Vec<Center>,
    urgent: Vec<Urgent>,
    more: usize,
    open: i64,
    late: i64,
    /// Systems that should have been heard from and were not.
    silent: i64,
    at: When,
}

struct Center {
    code: String,
    awake: bool,
    words: String,
    queues: Vec<Queue>,
}

struct Queue {
    name: String,
    open: i64,
    unassigned: i64,
    late: i64,
    next: Option<Due>,
}

struct Urgent {
    number: String,
    sev: Sev,
    site: String,
    due: Option<Due>,
    taken: bool,
    flapping: bool,
}

#[derive(Debug, Default, Deserialize)]
pub struct Wanted {
    key: Option<String>,
    fragment: Option<String>,
}

pub async fn show(
    State(app): State<App>,
    headers: HeaderMap,
    jar: CookieJar,
    Query(wanted): Query<Wanted>,
) -> Result<Response> {
    // Whether the key is good shows only behind the redirect: it leaves the address bar either way.
    if let Some(key) = wanted.key {
        return let_in(&app, &headers, jar, &key);
    }
    let scope = match by_key(&app, &jar).await? {
        Some(scope) => scope,
        None => by_session(&app, &jar).await?,
    };
    let board = Board::now(&app, &scope).await?;
    if wanted.fragment.is_some() {
        return html(&BoardFragment { board });
    }
    let theme = jar.get("ui").map_or("", Cookie::value).split('.').next().unwrap_or_default();
    let theme = if matches!(theme, "light" | "dark") { theme.to_owned() } else { "auto".to_owned() };
    html(&BoardPage { theme, board })
}

fn html(page: &impl Template) -> Result<Response> {
    let html = page.render().map_err(|e| Error::Internal(e.to_string()))?;
    Ok((StatusCode::OK, Html(html)).into_response())
}

fn let_in(app: &App, headers: &HeaderMap, jar: CookieJar, key: &str) -> Result<Response> {
    let secure = travels_safely(app, headers);
    if !secure && !app.config.demo {
        return Err(Error::Forbidden(
            "The board needs https. Ask whoever runs this portal for its address.".to_owned(),
        ));
    }
    let name = if secure { COOKIE } else { PLAIN_COOKIE };
    let key: String = key.chars().filter(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_')).take(100).collect();
    let cookie = Cookie::build((name, key)).path(PATH).http_only(true).same_site(SameSite::Lax).secure(secure);
    Ok((jar.add(cookie.permanent()), Redirect::to(PATH)).into_response())
}

/// The scope of whose key it is, while that person may look at queues at all.
async fn by_key(app: &App, jar: &CookieJar) -> Result<Option<Scope>> {
    let Some(cookie) = jar.get(COOKIE).or_else(|| jar.get(PLAIN_COOKIE)) else { return Ok(None) };
    let (db, now) = (app.store.reader(), app.clock.now());
    let Some(key) = tokens::board_key(db, &actions::secret_hash(cookie.value()), now).await? else { return Ok(None) };
    let Some(found) = sessions::of_membership(db, key.membership_id).await? else { return Ok(None) };
    let viewer = actions::as_viewer(&found, now)?;
    if may_look(&viewer).is_err() {
        return Ok(None);
    }
    actions::note_token_use(app, key.id, key.used_at.map(jiff_sqlx::Timestamp::to_jiff));
    Ok(Some(viewer.scope))
}

async fn by_session(app: &App, jar: &CookieJar) -> Result<Scope> {
    let viewer = session::present(app, jar).await?.ok_or(Error::SignedOut)?.viewer;
    may_look(&viewer)?;
    Ok(viewer.scope)
}

fn may_look(viewer: &Viewer) -> Result<()> {
    Ok(viewer.may(Action::See, Resource::Queue, Relation::Foreign)?)
}

impl Board {
    async fn now(app: &App, scope: &Scope) -> Result<Self> {
        let (db, now) = (app.store.reader(), app.clock.now());
        let queues = desk::queues(db, scope, now).await?;
        let calls = board::urgent(db, scope, COUNTED).await?;
        let shown = calls.len().min(SHOWN);
        Ok(Self {
            centers: centers(&app.reference.now(), &queues, now),
            urgent: calls[..shown].iter().map(|call| Urgent::of(call, now)).collect(),
            more: calls.len() - shown,
            open: queues.iter().map(|queue| queue.open).sum(),
            late: queues.iter().map(|queue| queue.late).sum(),
            silent: silences::count(db, scope).await?,
            at: view::when(now, "UTC", now),
        })
    }
}

/// In the order of the regions; what belongs to none comes last.
fn centers(reference: &Reference, queues: &[QueueRow], now: Timestamp) -> Vec<Center> {
    let rules = reference.router.rules();
    let ordered = rules.regions.iter().flat_map(|region| rules.cacs.iter().filter(move |cac| cac.region == *region));
    let mut centers: Vec<Center> = ordered
        .map(|cac| {
            let calendar = rules.calendar(&cac.calendar);
            Center {
                code: cac.code.clone(),
                awake: calendar.is_some_and(|calendar| calendar.is_open(now)),
                words: calendar
                    .map(|calendar| super::queues::awake_words(&cac.code, calendar, now))
                    .unwrap_or_default(),
                queues: of_center(queues, Some(&cac.code), now),
            }
        })
        .collect();
    let (code, words) = ("House".to_owned(), "duty and partners, at any hour".to_owned());
    centers.push(Center { code, awake: true, words, queues: of_center(queues, None, now) });
    centers
}

fn of_center(queues: &[QueueRow], cac: Option<&str>, now: Timestamp) -> Vec<Queue> {
    let own = queues.iter().filter(|queue| queue.kind != "imported" && queue.cac_code.as_deref() == cac);
    own.map(|queue| Queue {
        name: queue.name.clone(),
        open: queue.open,
        unassigned: queue.unassigned,
        late: queue.late,
        next: queue.next_due_at.map(|at| view::due(Kind::Acknowledge, at.to_jiff(), now)),
    })
    .collect()
}

impl Urgent {
    fn of(call: &UrgentCall, now: Timestamp) -> Self {
        let kind = call.due_kind.as_deref().and_then(named_as::<Kind>);
        let severity = Severity::try_from(call.severity).unwrap_or(Severity::Serious);
        Self {
            number: call.call_number().to_string(),
            sev: severity.into(),
            site: call.site_code.clone(),
            due: kind.zip(call.due_at).map(|(kind, at)| view::due(kind, at.to_jiff(), now)),
            taken: call.is_taken,
            flapping: call.flapping,
        }
    }
}
