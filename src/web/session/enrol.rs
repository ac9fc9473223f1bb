//! Somebody of whom a second factor is demanded has none yet: they set one up, and nothing else is open to them.

use askama::Template;
use askama_web::WebTemplate;
use axum::{
    extract::{Query, State},
    http::HeaderMap,
    response::{IntoResponse, Redirect, Response},
};
use qrcode::{EcLevel, QrCode, types::Color};

use super::{super::shell::Shell, Wanted, relative, who::Proving};
use crate::{
    actions::{self, Pairing, Prover},
    app::App,
    domain::proof::Stage,
    error::{Error, Result},
};

/// Also for who adds an app of their own accord.
#[derive(Template, WebTemplate)]
#[template(path = "session/enrol.html")]
pub struct EnrolPage {
    shell: Shell,
    next: String,
    demanded: bool,
    passkeys: bool,
    secret: String,
    qr: Qr,
    error: Option<String>,
}

impl EnrolPage {
    pub async fn of(app: &App, shell: Shell, prover: &Prover, next: &str) -> Result<Option<Self>> {
        let Some(offer) = actions::offered(app, prover).await? else { return Ok(None) };
        let demanded = prover.stage == Stage::Enrol;
        Ok(Some(Self {
            shell,
            next: relative(next).to_owned(),
            demanded,
            passkeys: demanded && cfg!(feature = "passkeys"),
            qr: qr(&offer)?,
            secret: offer.secret,
            error: None,
        }))
    }

    pub fn with(self, error: String) -> Self {
        Self { error: Some(error), ..self }
    }
}

pub async fn enrol(
    State(app): State<App>,
    Proving(prover): Proving,
    headers: HeaderMap,
    Query(wanted): Query<Wanted>,
) -> Result<Response> {
    if prover.stage == Stage::Enrol {
        let shell = Shell::of(&app, &headers, "/session/enrol").await?;
        let page = EnrolPage::of(&app, shell, &prover, &wanted.next).await?;
        return Ok(page.ok_or(Error::SignedOut)?.into_response());
    }
    Ok(Redirect::to(if prover.stage == Stage::Open { relative(&wanted.next) } else { "/session/second" })
        .into_response())
}

/// A picture for a camera: one path of squares, drawn in the page itself.
pub struct Qr {
    size: usize,
    path: String,
}

/// A camera needs this much white around it.
const QUIET: usize = 4;

pub fn qr(offer: &Pairing) -> Result<Qr> {
    let code = QrCode::with_error_correction_level(&offer.address, EcLevel::M)
        .map_err(|e| Error::Internal(format!("the address of an authenticator can't be drawn: {e}")))?;
    let width = code.width();
    let dark = code.to_colors().into_iter().enumerate().filter(|(_, color)| *color == Color::Dark);
    let squares = dark.map(|(n, _)| format!("M{} {}h1v1h-1z", n % width + QUIET, n / width + QUIET));
    Ok(Qr { size: width + 2 * QUIET, path: squares.collect() })
}
