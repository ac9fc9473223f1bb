use serde_json::{Value, json};
use tokio::task::spawn_blocking;

use crate::{
    app::App,
    domain::{
        call::Status,
        number::CallNumber,
        words::{Audience, Kept, Language, Weight, marks},
    },
    error::{Error, Result},
    store::words::{self, Texts},
};

/// Calls of one transaction: it is open while their words are taken apart, and a switch of the store waits for it.
const TOGETHER: i64 = 100;

/// Makes calls findable by what was said on them since the last time; answers whether more wait.
pub async fn gather_words(app: &App) -> Result<bool> {
    let mut tx = app.store.begin_write().await?;
    if !words::try_lead(&mut tx).await? {
        return Ok(false);
    }
    let (customers, calls) = words::take_due(&mut tx, TOGETHER).await?;
    if calls.is_empty() {
        return Ok(false);
    }
    let texts = words::texts(&mut tx, &customers, &calls).await?;
    let rows = rows(texts).await?;
    words::keep(&mut tx, &rows).await?;
    tx.commit().await?;
    Ok(true)
}

/// Stems take their time: other requests must not wait for them, and half of the texts not for the other half.
async fn rows(mut texts: Vec<Texts>) -> Result<Value> {
    let rest = texts.split_off(texts.len() / 2);
    let [first, rest] = [texts, rest].map(|half| spawn_blocking(move || half.iter().map(row).collect::<Vec<Value>>()));
    let lost = |e: tokio::task::JoinError| Error::Internal(format!("words could not be taken apart: {e}"));
    let mut rows = first.await.map_err(lost)?;
    rows.extend(rest.await.map_err(lost)?);
    Ok(Value::from(rows))
}

fn row(texts: &Texts) -> Value {
    json!({"customer_id": texts.customer_id, "call_id": texts.call_id, "site_id": texts.site_id,
           "opened_at": texts.opened_at.to_jiff(), "words": kept(texts).to_tsvector()})
}

/// What a call is found by.
fn kept(texts: &Texts) -> Kept {
    let spoken = texts.language.as_deref().and_then(Language::from_tag);
    let number = CallNumber::from_serial(texts.number).to_string();
    let mut kept = Kept::default();
    kept.mark(marks::customer(texts.customer_id));
    kept.mark(marks::week(marks::week_of(texts.opened_at.to_jiff())));
    if Status::from_name(&texts.status).is_some_and(Status::is_worked) {
        kept.mark(marks::WORKED.to_owned());
    }
    let names = [Some(number.as_str()), texts.external_number.as_deref(), texts.serial.as_deref()];
    for name in names.into_iter().flatten().chain([texts.site_code.as_str()]) {
        kept.add(name, Weight::Name, Audience::Everybody, None);
    }
    kept.add(&texts.title, Weight::Title, Audience::Everybody, spoken);
    for line in texts.lines.iter().flat_map(|lines| &lines.0) {
        let audience = if line.staff { Audience::Staff } else { Audience::Everybody };
        kept.add(&line.words, Weight::Body, audience, spoken);
    }
    kept
}
