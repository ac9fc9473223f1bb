//! From what somebody typed to the calls that fit, the newest weeks first where there are many.

use crate::{
    app::App,
    domain::{
        access::Viewer,
        call::Status,
        words::{Order, Typed, marks},
    },
    error::Result,
    store::{
        calls::{self, CallSummary, Cursor, Filter},
        search::{self, Question},
    },
};

/// Naming more customers than this in a question costs more than it saves.
const CUSTOMERS: usize = 60;
/// Nor do more weeks help.
const WEEKS: i64 = 520;

/// Calls that fit what was typed, at most so many.
pub async fn calls(
    app: &App,
    viewer: &Viewer,
    typed: &Typed,
    after: Option<Cursor>,
    limit: i64,
) -> Result<Vec<CallSummary>> {
    let (db, scope) = (app.store.reader(), &viewer.scope);
    let words = typed.looked_for.to_tsquery(scope.internal());
    let dated = typed.from.is_some() || typed.until.is_some();
    if words.is_none() && !dated {
        return if typed.is_narrowed() {
            calls::list(db, scope, &filter(typed), after, limit).await
        } else {
            Ok(vec![])
        };
    }
    let mut found = Vec::new();
    for span in spans(app, typed, after) {
        let tsquery = marks::beside(words.as_deref().unwrap_or_default(), &marks_of(viewer, typed, span));
        if tsquery.is_empty() {
            break;
        }
        let asked = Question { words: words.as_deref().unwrap_or(&tsquery), ..question(typed, &tsquery, after) };
        found = search::calls(db, scope, &asked, limit).await?;
        if i64::try_from(found.len()).is_ok_and(|n| n >= limit) {
            break;
        }
    }
    Ok(found)
}

fn question<'a>(typed: &'a Typed, tsquery: &'a str, after: Option<Cursor>) -> Question<'a> {
    let statuses: Vec<String> = typed.statuses.iter().map(|status| status.name().to_owned()).collect();
    Question {
        tsquery,
        words: tsquery,
        ranked: typed.order == Order::Relevance,
        statuses: Some(statuses).filter(|statuses| !statuses.is_empty()),
        severity: typed.severity.map(Into::into),
        queue: typed.queue.as_deref(),
        site_code: typed.site.as_deref(),
        serial: typed.serial.as_deref(),
        from: typed.from,
        until: typed.until,
        after,
    }
}

fn filter(typed: &Typed) -> Filter {
    let question = question(typed, "", None);
    Filter {
        statuses: question.statuses,
        severity: question.severity,
        queue: typed.queue.clone(),
        serial: typed.serial.clone(),
        site_code: typed.site.clone(),
        text: None,
    }
}

/// The weeks that may hold what is asked for, as far as they can be told.
fn spans(app: &App, typed: &Typed, after: Option<Cursor>) -> Vec<Option<(i64, i64)>> {
    let now = app.clock.now();
    let newest = [Some(now), typed.until, after.map(|cursor| cursor.opened_at)].into_iter().flatten().min();
    // A clock that runs ahead of ours opens calls in the week to come.
    let last = marks::week_of(newest.unwrap_or(now)) + 1;
    let first = typed.from.map(marks::week_of);
    let within = |span: Option<(i64, i64)>| match (span, first) {
        (Some((from, to)), Some(first)) => Some((from.max(first), to)),
        (None, Some(first)) => Some((first, last)),
        (None, None) if typed.until.is_some() => Some((last - WEEKS, last)),
        (span, None) => span,
    };
    let mut spans: Vec<_> = marks::spans(app.reference.now().calls_a_week, last).into_iter().map(within).collect();
    spans.dedup();
    spans
}

/// What every call has that can be an answer: its customer, its week, that it is worked on.
fn marks_of(viewer: &Viewer, typed: &Typed, span: Option<(i64, i64)>) -> Vec<Vec<String>> {
    let customers = viewer.scope.customers().filter(|customers| customers.len() <= CUSTOMERS).unwrap_or_default();
    let customers = customers.into_iter().map(marks::customer).collect();
    let weeks = span.filter(|(first, last)| last - first <= WEEKS);
    let weeks = weeks.map(|(first, last)| (first..=last).map(marks::week).collect()).unwrap_or_default();
    let worked = !typed.statuses.is_empty() && typed.statuses.iter().all(|status| Status::is_worked(*status));
    vec![customers, weeks, if worked { vec![marks::WORKED.to_owned()] } else { Vec::new() }]
}

/// In which zone the days begin that this reader types.
pub fn zone(viewer: &Viewer) -> jiff::tz::TimeZone {
    viewer.time_zone.as_deref().and_then(|name| jiff::tz::TimeZone::get(name).ok()).unwrap_or(jiff::tz::TimeZone::UTC)
}
