//! Remote access on the page of a call: what is asked for, who is let in until when, and who is in.

use askama::Template;
use askama_web::WebTemplate;
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use uuid::Uuid;

use super::super::{
    remote_access::Standing,
    view::{self, When},
    zones::Zones,
};
use crate::{
    app::App,
    domain::{
        access::{Party, Viewer},
        policy::{Action, Relation, Resource},
        remote::{Event, HOURS, Step},
    },
    error::{Error, Result},
    store::{
        calls::CallDetail,
        remote::{self, RemoteRow},
    },
};

#[derive(Template, WebTemplate)]
#[template(path = "calls/_remote.html")]
pub struct RemoteFragment {
    remote: RemoteView,
    key: Uuid,
}

/// What the page of a call has to say of remote access, and what its reader may do about it.
pub struct RemoteView {
    pub number: String,
    pub standing: Option<Standing>,
    pub may_ask: bool,
    pub may_grant: bool,
    pub zone: String,
    /// What is over: where it is told, in words, and when it began.
    pub past: Vec<(String, String, When)>,
}

/// So much of what is over shows on the call itself.
const SHOWN: i64 = 6;

impl RemoteView {
    /// Nothing for a call without a system, and for whom it is none of their business.
    pub async fn read(app: &App, viewer: &Viewer, detail: &CallDetail, zones: &Zones) -> Result<Option<Self>> {
        let call = &detail.call;
        let sees = viewer.may(Action::See, Resource::RemoteAccess, Relation::Own).is_ok();
        if !sees || detail.place.system.is_none() {
            return Ok(None);
        }
        let rows = if call.course.remote.is_some() {
            let place = (call.customer_id, call.id);
            remote::of_call(app.store.reader(), &viewer.scope, place, SHOWN).await?
        } else {
            Vec::new()
        };
        let now = app.clock.now();
        let standing = rows.iter().find(|row| row.access().state.stands());
        let open = standing.is_none() && !call.status.is_ended();
        let may = |action| open && viewer.may(action, Resource::RemoteAccess, Relation::Own).is_ok();
        let theirs = viewer.role.party() == Party::Customer;
        Ok(Some(Self {
            number: call.number.to_string(),
            standing: standing.map(|row| Standing::of(row, viewer, zones, now)),
            may_ask: may(Action::Ask) && !call.in_review(),
            may_grant: may(Action::Grant) && theirs,
            zone: detail.place.time_zone.clone(),
            past: rows.iter().filter(|row| !row.access().state.stands()).map(|row| past(row, now)).collect(),
        }))
    }

    /// There is something to show or to do.
    pub fn speaks(&self) -> bool {
        self.standing.is_some() || self.may_ask || self.may_grant || !self.past.is_empty()
    }

    #[expect(clippy::unused_self, reason = "a template can only call methods")]
    pub fn hours(&self) -> [(i16, bool); 4] {
        HOURS.map(|hours| (hours, hours == HOURS[1]))
    }

    pub fn city(&self) -> String {
        view::city(&self.zone)
    }
}

fn past(row: &RemoteRow, now: Timestamp) -> (String, String, When) {
    let words = format!("{}: {}", row.access().state.words(), row.purpose.as_deref().unwrap_or("words removed"));
    (row.id.to_string(), words, view::ago(row.opened_at.to_jiff(), now))
}

/// The part of the page that shows it, by itself.
pub fn fragment(remote: Option<RemoteView>) -> Result<Response> {
    let remote = remote.ok_or(Error::NotFound)?;
    Ok(RemoteFragment { remote, key: Uuid::now_v7() }.into_response())
}

/// A line of history about it.
pub fn line(event: &Event, who: &str, said: &str, zone: &str, now: Timestamp) -> String {
    let until = event.until.map(|at| format!(" until {} {}", view::ahead_at_place(at, zone, now), view::city(zone)));
    let until = until.unwrap_or_default();
    let hours = event.hours.map(|hours| format!(" for {hours} h")).unwrap_or_default();
    match event.step {
        Step::Ask => format!("{who} asks to be let into the system{hours}{said}"),
        Step::Grant => format!("{who} lets the CAC into the system{until}{said}"),
        Step::Decline => format!("{who} declined{said}"),
        Step::Withdraw => format!("{who} asks for it no more"),
        Step::Lapse => "nobody answered the request within 24 hours: it has lapsed".to_owned(),
        Step::BeginUse => format!("{who} has connected"),
        Step::EndUse => format!("{who} has disconnected{said}"),
        Step::End => format!("{who} ended the access{said}"),
        Step::Expire => "its time is over: the access has ended".to_owned(),
        Step::CallOver => "the call is over, and the access with it".to_owned(),
    }
}
