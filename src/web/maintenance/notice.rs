//! What the pages of a system and of a site say of planned work.

use jiff::SignedDuration;
use uuid::Uuid;

use super::{
    super::view::{self, When},
    may_plan, may_see,
    view::Times,
};
use crate::{app::App, domain::access::Viewer, error::Result, store::maintenance};

/// The window that runs, the next one, and what came of the last one.
#[derive(Default)]
pub struct Notice {
    pub running: Option<Running>,
    pub next: Option<Line>,
    pub last: Option<Last>,
    /// The address of the form for this place, for whoever may plan.
    pub plan: Option<String>,
    pub seen: bool,
}

pub struct Running {
    pub href: String,
    pub title: String,
    pub until: When,
    pub own: Option<String>,
}

pub struct Line {
    pub href: String,
    pub title: String,
    pub times: Times,
}

pub struct Last {
    pub href: String,
    pub title: String,
    pub ended: When,
    pub report: String,
}

/// What came of a window is told on these pages for so long.
const TOLD: SignedDuration = SignedDuration::from_hours(3 * 24);

impl Notice {
    /// Of a site, or of one of its systems; nothing for those who don't look after windows.
    pub async fn of(
        app: &App,
        viewer: &Viewer,
        place: (Uuid, Uuid),
        system: Option<Uuid>,
        (zone, form): (&str, String),
    ) -> Result<Self> {
        if may_see(viewer).is_err() {
            return Ok(Self::default());
        }
        let (db, now) = (app.store.reader(), app.clock.now());
        let rows = maintenance::of_place(db, &viewer.scope, place, system).await?;
        let last = maintenance::last_of_site(db, &viewer.scope, place, system, now - TOLD).await?;
        let href = |id: Uuid| format!("/maintenance-windows/{id}");
        let running = rows.iter().filter_map(|row| Some((row, row.window().in_force(now)?)));
        let running = running.max_by_key(|(_, current)| current.ends_at);
        let coming = rows.iter().filter_map(|row| {
            let next = row.window().coming(now).find(|next| next.starts_at > now);
            Some((row, next?))
        });
        let next = coming.min_by_key(|(_, next)| next.starts_at);
        Ok(Self {
            running: running.map(|(row, current)| Running {
                href: href(row.id),
                title: row.title.clone(),
                until: view::when(current.ends_at, zone, now),
                own: Times::of(&current, zone, viewer, now).own,
            }),
            next: next.map(|(row, next)| Line {
                href: href(row.id),
                title: row.title.clone(),
                times: Times::of(&next, zone, viewer, now),
            }),
            last: last.map(|last| Last {
                href: href(last.window_id),
                title: last.title,
                ended: view::when(last.ends_at.to_jiff(), zone, now),
                report: last.report.in_short(),
            }),
            plan: may_plan(viewer).then_some(form),
            seen: true,
        })
    }
}
