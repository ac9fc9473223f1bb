//! Why can, or can't, this person see this?
mod object;

use askama::Template;
use askama_web::WebTemplate;
use axum::extract::{Query, State};
use jiff::Timestamp;
use serde::Deserialize;
use uuid::Uuid;

use self::object::Object;
use super::{call, shell};
use crate::{
    actions,
    app::App,
    domain::{
        access::{
            Membership, Role, Viewer,
            why::{self, Names, Shut, Thing},
        },
        policy::{Action, Relation, Resource},
    },
    error::{Error, Result},
    store::{
        memberships::{self, Grounds},
        people, sessions,
    },
};

#[derive(Template, WebTemplate)]
#[template(path = "admin/why.html")]
pub struct ShowPage {
    shell: shell::Shell,
    person: String,
    typed: String,
    named: Option<(String, String)>,
    object: Option<Object>,
    problem: Option<&'static str>,
    answers: Vec<Answer>,
    others: Vec<Other>,
}

/// What one membership of the person means for the object.
struct Answer {
    what: String,
    sees: bool,
    since: Option<String>,
    until: Option<String>,
    steps: Vec<(bool, String, String)>,
    parts: Vec<(&'static str, bool)>,
    verbs: Option<Vec<String>>,
}

/// Somebody around the customer, where nobody was named.
struct Other {
    person: String,
    id: String,
    what: String,
    sees: bool,
}

#[derive(Debug, Default, Deserialize)]
pub struct Wanted {
    /// An id or an address.
    #[serde(default)]
    person: String,
    #[serde(default)]
    object: String,
}

pub async fn show(State(app): State<App>, shell: shell::Shell, Query(wanted): Query<Wanted>) -> Result<ShowPage> {
    let viewer = shell.viewer()?;
    viewer.may(Action::See, Resource::Audit, Relation::Foreign)?;
    let object = Object::named(&app, viewer, wanted.object.trim()).await?;
    let person = person(&app, wanted.person.trim()).await?;
    let problem = match (&object, person) {
        (None, _) if !wanted.object.trim().is_empty() => Some("Nothing here has that number, serial, code or name."),
        (_, None) if !wanted.person.trim().is_empty() => Some("Nobody here has that address."),
        _ => None,
    };
    let mut page = ShowPage {
        person: wanted.person,
        typed: wanted.object,
        named: None,
        problem,
        answers: Vec::new(),
        others: Vec::new(),
        object: None,
        shell,
    };
    match (person, object) {
        (Some(person), object) => page.explain(&app, person, object).await?,
        (None, Some(object)) if problem.is_none() => page.look_around(&app, object).await?,
        _ => {}
    }
    Ok(page)
}

async fn person(app: &App, text: &str) -> Result<Option<Uuid>> {
    match text.parse() {
        _ if text.is_empty() => Ok(None),
        Ok(id) => Ok(Some(id)),
        Err(_) => people::by_address(app.store.reader(), text).await,
    }
}

impl ShowPage {
    async fn explain(&mut self, app: &App, person: Uuid, object: Option<Object>) -> Result<()> {
        let grounds = memberships::grounds_of(app.store.reader(), person).await?;
        let first = grounds.first();
        self.named = first.map(|g| (g.person_name.clone(), person.to_string()));
        if let Some(first) = first {
            self.person.clone_from(&first.email);
        }
        if let Some(object) = &object {
            for one in &grounds {
                self.answers.push(answer(app, one, object).await?);
            }
        }
        self.object = object;
        Ok(())
    }

    async fn look_around(&mut self, app: &App, object: Object) -> Result<()> {
        if let Some(customer) = object.customer() {
            let grounds = memberships::grounds_around(app.store.reader(), customer).await?;
            let now = app.clock.now();
            self.others = grounds.iter().map(|one| other(one, &object, now)).collect::<Result<_>>()?;
        }
        self.object = Some(object);
        Ok(())
    }
}

fn judge(grounds: &Grounds, thing: Thing, now: Timestamp) -> Result<why::Why> {
    let membership = Membership {
        id: grounds.membership_id,
        account_id: grounds.account_id,
        role: role(grounds)?,
        cac: grounds.cac_code.clone(),
        sites: grounds.sites.clone(),
    };
    let plain = |at: Option<jiff_sqlx::Timestamp>| at.map(jiff_sqlx::Timestamp::to_jiff);
    let shut = Shut { disabled_at: plain(grounds.disabled_at), ended_at: plain(grounds.ended_at) };
    Ok(why::why(&membership, &grounds.relations.0, shut, thing, now))
}

fn role(grounds: &Grounds) -> Result<Role> {
    let unknown = || Error::Internal(format!("the store holds an unknown role {:?}", grounds.role));
    Role::from_name(&grounds.role).ok_or_else(unknown)
}

fn is(grounds: &Grounds) -> Result<String> {
    Ok(format!("{} of {}", shell::role_words(role(grounds)?), grounds.account_name))
}

async fn answer(app: &App, grounds: &Grounds, object: &Object) -> Result<Answer> {
    let why = judge(grounds, object.thing, app.clock.now())?;
    let names = Names {
        person: &grounds.person_name,
        account: &grounds.account_name,
        customer: &object.customer_name,
        site: &object.site_name,
        thing: &object.label,
    };
    let steps = why.steps.iter().map(|step| (step.holds(), step.sentence(&names), link(*step, grounds, object)));
    let parts = if why.sees && object.customer().is_some() { why::parts(role(grounds)?).to_vec() } else { Vec::new() };
    Ok(Answer {
        what: is(grounds)?,
        sees: why.sees,
        since: why.since.filter(|_| why.sees).map(why::day),
        until: why.until.filter(|_| why.sees).map(why::day),
        steps: steps.collect(),
        parts,
        verbs: if why.sees { verbs(app, grounds, object).await? } else { None },
    })
}

/// Where the ground of a step can be looked at, and changed.
fn link(step: why::Step, grounds: &Grounds, object: &Object) -> String {
    match step {
        why::Step::Relation { .. } | why::Step::NoRelation => "/admin/accounts".to_owned(),
        why::Step::InSites | why::Step::OutsideSites => format!("/sites/{}", object.site_code),
        why::Step::Foreign | why::Step::Own => object.href.clone(),
        _ => format!("/admin/people/{}", grounds.person_id),
    }
}

/// What the person could do to the call now.
async fn verbs(app: &App, grounds: &Grounds, object: &Object) -> Result<Option<Vec<String>>> {
    let Some(detail) = &object.call else { return Ok(None) };
    let found = sessions::of_membership(app.store.reader(), grounds.membership_id).await?;
    let Some(signed_in) = found else { return Ok(None) };
    let now = app.clock.now();
    let viewer: Viewer = actions::as_viewer(&signed_in, now)?;
    let verbs = call::open_to(&detail.call, &viewer, now);
    Ok(Some(verbs.iter().map(|verb| verb.name().replace('_', " ")).collect()))
}

fn other(grounds: &Grounds, object: &Object, now: Timestamp) -> Result<Other> {
    Ok(Other {
        person: grounds.person_name.clone(),
        id: grounds.person_id.to_string(),
        what: is(grounds)?,
        sees: judge(grounds, object.thing, now)?.sees,
    })
}
