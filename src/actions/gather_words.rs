use serde_json::{Value, json};

use crate::{
    app::App,
    domain::{
        call::Status,
        number::CallNumber,
        words::{Audience, Kept, Language, Weight, marks},
    },
    error::Result,
    store::words::{self, Texts},
};

/// Calls of one transaction.
const TOGETHER: i64 = 500;

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
    // Stems take their time; other requests must not wait for them.
    let rows = tokio::task::spawn_blocking(move || texts.iter().map(row).collect::<Value>());
    let rows = rows.await.map_err(|e| crate::error::Error::Internal(e.to_string()))?;
    words::keep(&mut tx, &rows).await?;
    tx.commit().await?;
    Ok(true)
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
