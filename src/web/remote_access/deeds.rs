use axum::{
    Form,
    extract::{Path, State},
    http::HeaderMap,
    response::{IntoResponse, Redirect, Response},
};
use uuid::Uuid;

use super::{
    super::{fields::Fields, refused::refused, shell::Shell},
    wanted,
};
use crate::{
    actions::{self, RemoteDeed},
    app::App,
    domain::{access::Party, number::CallNumber},
    error::{Error, Result},
};

type Pairs = Form<Vec<(String, String)>>;

/// Staff ask, the customer lets them in without being asked.
pub async fn create(
    State(app): State<App>,
    headers: HeaderMap,
    Path(number): Path<String>,
    Form(pairs): Pairs,
) -> Result<Response> {
    let number: CallNumber = number.parse().map_err(|_| Error::NotFound)?;
    let fields = Fields::from(pairs);
    let back = format!("/calls/{number}");
    match open(&app, &headers, number, &fields).await {
        Ok(()) => Ok(Redirect::to(&format!("{back}#remote")).into_response()),
        Err(error) => Ok(refused(&app, &headers, back, error, &fields).await),
    }
}

async fn open(app: &App, headers: &HeaderMap, number: CallNumber, fields: &Fields) -> Result<()> {
    let shell = Shell::of(app, headers, "/calls").await?;
    let viewer = shell.viewer()?;
    let fields = fields.clone().judged()?;
    let key = fields.form_key(viewer.person_id, &format!("{number}/remote-access"));
    if viewer.role.party() == Party::Customer {
        actions::grant_unasked(app, viewer, number, &wanted::grant(&fields), key.as_ref()).await?;
    } else {
        actions::ask_remote_access(app, viewer, number, &wanted::wish(&fields), key.as_ref()).await?;
    }
    Ok(())
}

/// One step with an access that is there: who does it, and what they typed.
struct Typed {
    headers: HeaderMap,
    access: String,
    noun: &'static str,
    fields: Fields,
}

impl Typed {
    fn new(headers: HeaderMap, access: String, noun: &'static str, pairs: Vec<(String, String)>) -> Self {
        Self { headers, access, noun, fields: Fields::from(pairs) }
    }

    async fn done(self, app: &App, deed: impl FnOnce(&Fields) -> RemoteDeed) -> Result<Response> {
        let back = self.fields.back().unwrap_or("/remote-access").to_owned();
        match self.act(app, deed).await {
            Ok(number) => Ok(Redirect::to(&format!("/calls/{number}#remote")).into_response()),
            Err(error) => Ok(refused(app, &self.headers, back, error, &self.fields).await),
        }
    }

    async fn act(&self, app: &App, deed: impl FnOnce(&Fields) -> RemoteDeed) -> Result<CallNumber> {
        let shell = Shell::of(app, &self.headers, "/remote-access").await?;
        let viewer = shell.viewer()?;
        let access: Uuid = self.access.parse().map_err(|_| Error::NotFound)?;
        let fields = self.fields.clone().judged()?;
        let key = fields.form_key(viewer.person_id, &format!("{access}/{}", self.noun));
        Ok(actions::act_on_access(app, viewer, access, &deed(&fields), key.as_ref()).await?.number)
    }
}

pub async fn grant(
    State(app): State<App>,
    headers: HeaderMap,
    Path(access): Path<String>,
    Form(pairs): Pairs,
) -> Result<Response> {
    let typed = Typed::new(headers, access, "grant", pairs);
    typed.done(&app, |fields| RemoteDeed::Grant(wanted::grant(fields))).await
}

pub async fn decline(
    State(app): State<App>,
    headers: HeaderMap,
    Path(access): Path<String>,
    Form(pairs): Pairs,
) -> Result<Response> {
    let typed = Typed::new(headers, access, "refusal", pairs);
    typed.done(&app, |fields| RemoteDeed::Decline { reason: fields.text("reason").to_owned() }).await
}

pub async fn withdraw(
    State(app): State<App>,
    headers: HeaderMap,
    Path(access): Path<String>,
    Form(pairs): Pairs,
) -> Result<Response> {
    Typed::new(headers, access, "withdrawal", pairs).done(&app, |_| RemoteDeed::Withdraw).await
}

/// At once: whoever is in is out.
pub async fn end(
    State(app): State<App>,
    headers: HeaderMap,
    Path(access): Path<String>,
    Form(pairs): Pairs,
) -> Result<Response> {
    let typed = Typed::new(headers, access, "end", pairs);
    typed.done(&app, |fields| RemoteDeed::End { reason: fields.text("reason").to_owned() }).await
}

pub async fn begin_use(
    State(app): State<App>,
    headers: HeaderMap,
    Path(access): Path<String>,
    Form(pairs): Pairs,
) -> Result<Response> {
    Typed::new(headers, access, "uses", pairs).done(&app, |_| RemoteDeed::BeginUse).await
}

pub async fn end_use(
    State(app): State<App>,
    headers: HeaderMap,
    Path((access, use_id)): Path<(String, String)>,
    Form(pairs): Pairs,
) -> Result<Response> {
    let use_id: Uuid = use_id.parse().map_err(|_| Error::NotFound)?;
    let typed = Typed::new(headers, access, "uses/end", pairs);
    typed.done(&app, |fields| RemoteDeed::EndUse { use_id, note: fields.text("note").to_owned() }).await
}
