//! The person's draft: every form that changes it, and what it would do.

use askama::Template;
use askama_web::WebTemplate;
use axum::{
    Form,
    extract::{Path, State},
    response::{IntoResponse, Redirect, Response},
};

use super::{
    super::{
        shell::Shell,
        systems::plain,
        typed::{self, Typed},
    },
    changers_only,
    effects::Effects,
    view::{House, Published},
};
use crate::{
    actions::{self, Edit},
    app::App,
    error::{Error, Result},
    router::Rules,
    store::rule_sets::{self, DraftRow},
};

#[derive(Template, WebTemplate)]
#[template(path = "routing/draft.html")]
pub struct DraftPage {
    shell: Shell,
    house: House,
    effects: Effects,
    base: Published,
    newest: Published,
    zones: Vec<String>,
    form: Typed,
}

impl DraftPage {
    fn is_behind(&self) -> bool {
        self.base.version != self.newest.version
    }
}

pub type Pairs = Form<Vec<(String, String)>>;

/// What the person changes; who has not begun is sent to where one begins.
pub async fn own(app: &App, shell: &Shell) -> Result<Option<DraftRow>> {
    changers_only(shell)?;
    rule_sets::draft(app.store.reader(), shell.viewer()?.person_id).await
}

pub async fn show(State(app): State<App>, shell: Shell) -> Result<Response> {
    match own(&app, &shell).await? {
        Some(draft) => Ok(page(&app, shell, &draft, Typed::default()).await?.into_response()),
        None => Ok(Redirect::to("/routing").into_response()),
    }
}

async fn page(app: &App, shell: Shell, draft: &DraftRow, form: Typed) -> Result<DraftPage> {
    let (db, now) = (app.store.reader(), app.clock.now());
    let rules: Rules = draft.rules()?;
    let base = rule_sets::find(db, draft.based_on).await?;
    let newest = rule_sets::newest(db).await?.ok_or(Error::NotFound)?;
    let effects = Effects::of(app, shell.viewer()?, &base.rules()?, &rules).await?;
    Ok(DraftPage {
        house: House::of(&rules, now),
        effects,
        base: Published::of(&base, now),
        newest: Published::of(&newest, now),
        zones: zones(),
        form,
        shell,
    })
}

/// The names that a time zone may have, for the list below a field.
pub fn zones() -> Vec<String> {
    let names = jiff::tz::db().available().map(|name| name.to_string());
    names.filter(|name| name.contains('/') && crate::domain::calendar::zone(name).is_ok()).collect()
}

/// The page again, with what was typed and what is wrong with it.
pub async fn refused(app: &App, shell: Shell, pairs: &[(String, String)], error: Error) -> Result<Response> {
    let form = Typed::from(pairs).with(error)?;
    let draft = match own(app, &shell).await? {
        Some(draft) => draft,
        // What was refused was to begin the draft; the page shows what one would begin with.
        None => rule_sets::newest(app.store.reader()).await?.ok_or(Error::NotFound)?.as_draft(),
    };
    Ok((form.status, page(app, shell, &draft, form).await?).into_response())
}

async fn edited(app: &App, shell: Shell, pairs: &[(String, String)], edit: &Edit, part: &str) -> Result<Response> {
    let done = match typed::fields(pairs) {
        Ok(_) => actions::edit_draft(app, shell.viewer()?, edit).await,
        Err(error) => Err(error),
    };
    match done {
        Ok(()) => Ok(Redirect::to(&format!("/routing/draft{part}")).into_response()),
        Err(error) => refused(app, shell, pairs, error).await,
    }
}

pub fn field(pairs: &[(String, String)], name: &str) -> String {
    pairs.iter().find(|(own, _)| own == name).map(|(_, text)| text.clone()).unwrap_or_default()
}

pub async fn begin(State(app): State<App>, shell: Shell) -> Result<Redirect> {
    actions::edit_draft(&app, shell.viewer()?, &Edit::Begin).await?;
    Ok(Redirect::to("/routing/draft"))
}

pub async fn drop(State(app): State<App>, shell: Shell) -> Result<Redirect> {
    actions::drop_draft(&app, shell.viewer()?).await?;
    Ok(Redirect::to("/routing"))
}

/// Says at once what both had changed, since the page afterwards no longer knows.
pub async fn bring_up(State(app): State<App>, shell: Shell) -> Result<Response> {
    let both = actions::bring_up_draft(&app, shell.viewer()?).await?;
    if both.is_empty() {
        return Ok(Redirect::to("/routing/draft").into_response());
    }
    let draft = own(&app, &shell).await?.ok_or(Error::NotFound)?;
    let told = format!("The draft is up to date. You and others had both changed {}; yours is kept.", both.join(", "));
    let mut form = Typed::default();
    form.told = Some(told);
    Ok(page(&app, shell, &draft, form).await?.into_response())
}

pub async fn order(State(app): State<App>, shell: Shell, Form(pairs): Pairs) -> Result<Response> {
    let edit = Edit::Order { regions: field(&pairs, "regions"), duty_manager: field(&pairs, "duty_manager") };
    edited(&app, shell, &pairs, &edit, "#order").await
}

pub async fn cac(
    State(app): State<App>,
    shell: Shell,
    Path(code): Path<String>,
    Form(pairs): Pairs,
) -> Result<Response> {
    let edit = Edit::Cac {
        cac: plain(&code),
        calendar: field(&pairs, "calendar"),
        accept_minutes: field(&pairs, "accept_minutes"),
    };
    edited(&app, shell, &pairs, &edit, "#centers").await
}

pub async fn queue(State(app): State<App>, shell: Shell, Form(pairs): Pairs) -> Result<Response> {
    let [slug, cac, subjects, languages] = ["slug", "cac", "subjects", "languages"].map(|name| field(&pairs, name));
    let edit = Edit::Queue { slug, cac, subjects, languages };
    edited(&app, shell, &pairs, &edit, "#queues").await
}

pub async fn remove_queue(State(app): State<App>, shell: Shell, Path(slug): Path<String>) -> Result<Response> {
    edited(&app, shell, &[], &Edit::RemoveQueue { slug: plain(&slug) }, "#queues").await
}

#[derive(Template, WebTemplate)]
#[template(path = "routing/text.html")]
pub struct TextPage {
    shell: Shell,
    text: String,
    form: Typed,
}

/// The whole as text, for those who like it.
pub async fn text(State(app): State<App>, shell: Shell) -> Result<TextPage> {
    let rules = rules_of(&app, &shell).await?;
    Ok(TextPage { text: rules.to_toml(), form: Typed::default(), shell })
}

/// The draft, or what one would begin with.
pub async fn rules_of(app: &App, shell: &Shell) -> Result<Rules> {
    match own(app, shell).await? {
        Some(draft) => draft.rules(),
        None => Ok(app.reference.now().router.rules().clone()),
    }
}

pub async fn edit_text(State(app): State<App>, shell: Shell, Form(pairs): Pairs) -> Result<Response> {
    let text = field(&pairs, "text");
    let done = match typed::fields(&pairs) {
        Ok(_) => actions::edit_draft(&app, shell.viewer()?, &Edit::Text(text.clone())).await,
        Err(error) => Err(error),
    };
    match done {
        Ok(()) => Ok(Redirect::to("/routing/draft").into_response()),
        Err(error) => {
            let form = Typed::from(pairs.as_slice()).with(error)?;
            let status = form.status;
            Ok((status, TextPage { shell, text: text.replace('\0', ""), form }).into_response())
        }
    }
}
