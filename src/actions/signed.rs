use super::credentials::purpose;
use crate::{
    app::App,
    domain::signature::{Request, Signature},
    error::Result,
    seal,
    store::{
        credentials::{self, Candidate, Device},
        signed::{self, Answered, NewSigned},
    },
};

/// A site has one gateway or two, and a system as many credentials while one is replaced.
const CANDIDATES: i64 = 100;

/// So much of an answer is kept; a longer one is found again in the store, alarm by alarm.
const KEPT: usize = 64 * 1024;

/// Who has signed the message, of those that speak for the system or site that it names.
pub async fn who_signed(app: &App, named: &str, signature: &Signature, request: Request<'_>) -> Result<Option<Device>> {
    let candidates = credentials::candidates(app.store.reader(), named, app.clock.now(), CANDIDATES).await?;
    let digest = request.digest();
    let fits = |candidate: &Candidate| {
        secret(candidate).is_some_and(|secret| signature.fits_digest(&secret, request, &digest))
    };
    Ok(candidates.into_iter().find(fits).map(Device::from))
}

fn secret(candidate: &Candidate) -> Option<String> {
    let secret = seal::open(&candidate.key, &purpose(candidate.id), &candidate.sealed)?;
    String::from_utf8(secret).ok()
}

/// What was answered under this nonce before.
pub async fn answered_before(app: &App, device: &Device, signature: &Signature) -> Result<Option<Answered>> {
    signed::answered(app.store.reader(), device.customer_id, device.id, &signature.nonce).await
}

/// From now on the same message is answered so, and no other is taken under its nonce. The alarms are safe by then,
/// so whoever sent them is told so even when this fails.
pub async fn remember_answer(app: &App, device: &Device, signature: &Signature, answer: &str) {
    if let Err(error) = remember(app, device, signature, answer).await {
        tracing::warn!(%error, "the nonce of a signed message could not be remembered");
    }
}

async fn remember(app: &App, device: &Device, signature: &Signature, answer: &str) -> Result<()> {
    let new = NewSigned {
        customer_id: device.customer_id,
        credential_id: device.id,
        nonce: &signature.nonce,
        mac: signature.mac(),
        answer: (answer.len() <= KEPT).then_some(answer),
    };
    let mut tx = app.store.begin_write().await?;
    signed::insert(&mut tx, &new, app.clock.now()).await?;
    tx.commit().await?;
    Ok(())
}
