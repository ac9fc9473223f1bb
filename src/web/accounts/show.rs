//! One account: its sites, its contracts, and who serves it or whom it serves.

use askama::Template;
use askama_web::WebTemplate;
use axum::{
    Form,
    extract::{Path, State},
    response::{IntoResponse, Redirect, Response},
};

use super::{
    super::{
        problem::escape,
        shell::Shell,
        systems::plain,
        typed::{self, Typed},
    },
    contracts::Contract,
    relations::{self, Line},
};
use crate::{
    actions::{self, WantedSite},
    app::App,
    domain::policy::{Action, Relation, Resource},
    error::Result,
    store::{
        accounts::{self, AccountRow, Choice, SiteChoice},
        relations::{self as store, Whose},
    },
};

#[derive(Template, WebTemplate)]
#[template(path = "accounts/show.html")]
pub struct ShowPage {
    shell: Shell,
    account: AccountRow,
    sites: Vec<SiteChoice>,
    contracts: Vec<Contract>,
    relations: Vec<Line>,
    calendars: Vec<String>,
    partners: Vec<Choice>,
    regions: Vec<String>,
    form: Typed,
    may_change: bool,
}

const MOST: i64 = 500;

pub async fn show(State(app): State<App>, shell: Shell, Path(slug): Path<String>) -> Result<ShowPage> {
    page(&app, shell, &slug, Typed::default()).await
}

async fn page(app: &App, shell: Shell, slug: &str, form: Typed) -> Result<ShowPage> {
    let (viewer, db, now) = (shell.viewer()?, app.store.reader(), app.clock.now());
    viewer.may(Action::See, Resource::Account, Relation::Foreign)?;
    let account = accounts::find(db, &viewer.scope, now, &plain(slug)).await?;
    let own = Some(account.id);
    let (contracts, whose) = match account.kind.as_str() {
        "customer" => {
            let rows = accounts::contracts(db, &viewer.scope, own, None, MOST).await?;
            (rows.into_iter().map(|row| Contract::of(row, now)).collect(), Whose { customer: own, ..Whose::default() })
        }
        _ => (Vec::new(), Whose { partner: own, ..Whose::default() }),
    };
    let served = store::list(db, &viewer.scope, whose, now, MOST).await?;
    let may_change = viewer.may(Action::Change, Resource::Account, Relation::Foreign).is_ok();
    Ok(ShowPage {
        sites: accounts::sites_of(db, &viewer.scope, account.id).await?,
        relations: served.into_iter().map(|row| Line::of(row, now)).collect(),
        partners: if may_change { accounts::choices(db, None, Some("partner")).await? } else { Vec::new() },
        calendars: relations::calendars(app),
        regions: app.reference.now().router.rules().regions.clone(),
        contracts,
        account,
        form,
        may_change,
        shell,
    })
}

type Pairs = Form<Vec<(String, String)>>;

async fn answered(
    app: &App,
    shell: Shell,
    slug: &str,
    pairs: &[(String, String)],
    done: Result<()>,
) -> Result<Response> {
    match done {
        Ok(()) => Ok(Redirect::to(&format!("/admin/accounts/{}", escape(slug))).into_response()),
        Err(error) => {
            let form = Typed::from(pairs).with(error)?;
            Ok((form.status, page(app, shell, slug, form).await?).into_response())
        }
    }
}

pub async fn add_site(
    State(app): State<App>,
    shell: Shell,
    Path(slug): Path<String>,
    Form(pairs): Pairs,
) -> Result<Response> {
    let done = add(&app, &shell, &plain(&slug), &pairs).await;
    answered(&app, shell, &slug, &pairs, done).await
}

async fn add(app: &App, shell: &Shell, slug: &str, pairs: &[(String, String)]) -> Result<()> {
    let fields = typed::fields(pairs)?;
    let text = |name: &str| fields.text(name).trim().to_owned();
    let wanted = WantedSite {
        site_code: text("site_code"),
        name: text("name"),
        country: text("country").to_uppercase(),
        region: text("region"),
        time_zone: text("time_zone"),
        address: text("address"),
        language: text("language"),
    };
    actions::add_site(&app.store, shell.viewer()?, slug, &wanted, app.clock.now()).await
}

pub async fn add_relation(
    State(app): State<App>,
    shell: Shell,
    Path(slug): Path<String>,
    Form(pairs): Pairs,
) -> Result<Response> {
    let done = relate(&app, &shell, &plain(&slug), &pairs).await;
    answered(&app, shell, &slug, &pairs, done).await
}

async fn relate(app: &App, shell: &Shell, slug: &str, pairs: &[(String, String)]) -> Result<()> {
    let wanted = actions::WantedRelation { customer: slug.to_owned(), ..relations::wanted(&typed::fields(pairs)?)? };
    actions::add_relation(&app.store, shell.viewer()?, &wanted, app.clock.now()).await?;
    Ok(())
}
