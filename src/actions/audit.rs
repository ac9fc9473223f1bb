//! What is written down about a sensitive deed, in the transaction of the deed itself.

use jiff::Timestamp;
use serde_json::{Value, json};
use sqlx::PgConnection;
use uuid::Uuid;

use super::house_key::house_key;
use crate::{
    domain::{
        access::{ReadOnly, Viewer},
        audit::{Kind, Subject},
    },
    error::Result,
    seal,
    store::{
        audit::{self, NewRow},
        person_keys,
    },
};

/// One deed: who did what to what, and whose people it is about.
#[derive(Debug, Clone)]
#[must_use = "a deed is written down by `record`"]
pub struct Entry {
    kind: Kind,
    actor: Option<Uuid>,
    account: Option<Uuid>,
    subject: (Subject, String),
    detail: Value,
    about: Option<Uuid>,
    naming: Option<Value>,
}

impl Entry {
    #[expect(clippy::needless_pass_by_value, reason = "ids and names alike, as they are at hand")]
    pub fn new(kind: Kind, subject: Subject, id: impl ToString) -> Self {
        let subject = (subject, id.to_string());
        Self { kind, actor: None, account: None, subject, detail: json!({}), about: None, naming: None }
    }

    /// The person who did it; nobody is named where the house did it by command.
    pub fn by(self, person: Uuid) -> Self {
        Self { actor: Some(person), ..self }
    }

    /// The hand behind a viewer: of somebody who is watched, the administrator who watches.
    pub fn by_viewer(self, viewer: &Viewer) -> Self {
        self.by(hand(viewer))
    }

    /// The account whose administrators may read of it, if there is one.
    pub fn of(self, account: impl Into<Option<Uuid>>) -> Self {
        Self { account: account.into(), ..self }
    }

    /// What else is to know, in words that name nobody.
    pub fn with(self, detail: Value) -> Self {
        Self { detail, ..self }
    }

    /// The person it is about, where that is neither who did it nor the subject.
    pub fn about(self, person: Uuid) -> Self {
        Self { about: Some(person), ..self }
    }

    /// What names a person (an address typed, where they came from): sealed, until that person is erased.
    pub fn naming(self, person: Uuid, words: Value) -> Self {
        Self { about: Some(person), naming: Some(words), ..self }
    }
}

fn hand(viewer: &Viewer) -> Uuid {
    match viewer.read_only {
        Some(ReadOnly::Watching { watcher }) => watcher,
        _ => viewer.person_id,
    }
}

/// To be called inside the transaction of the deed: both are done, or neither.
pub async fn record(tx: &mut PgConnection, entry: Entry, now: Timestamp) -> Result<()> {
    let id = Uuid::now_v7();
    let sealed = match entry.about.zip(entry.naming.as_ref()) {
        Some((person, words)) => seal_for(tx, person, id, words).await?,
        None => None,
    };
    let (kind, subject_kind) = (entry.kind.name(), entry.subject.0.name());
    let row = NewRow {
        id,
        kind: &kind,
        actor_id: entry.actor,
        account_id: entry.account,
        subject_kind: &subject_kind,
        subject_id: &entry.subject.1,
        detail: &entry.detail,
        sealed_for: entry.about,
        sealed: sealed.as_deref(),
    };
    audit::insert(tx, &row, now).await
}

/// Of somebody who has been erased nothing is kept that names them.
async fn seal_for(tx: &mut PgConnection, person: Uuid, row: Uuid, words: &Value) -> Result<Option<Vec<u8>>> {
    let key = person_keys::find(&mut *tx, person).await?;
    key.map(|key| seal::seal(&key, &purpose(row), words.to_string().as_bytes())).transpose()
}

/// What a row says that names a person, while their key exists.
pub fn unsealed(key: &[u8], row: Uuid, sealed: &[u8]) -> Option<Value> {
    serde_json::from_slice(&seal::open(key, &purpose(row), sealed)?).ok()
}

fn purpose(row: Uuid) -> String {
    format!("audit:{row}")
}

/// An address or a name that nobody here has: known again when it comes again, and never read.
pub async fn unknown(tx: &mut PgConnection, text: &str) -> Result<String> {
    let key = house_key(tx, "unknown").await?;
    let hash = seal::keyed_hash(&key, text)?;
    Ok(seal::hex(&hash[..16]))
}
