use serde_json::{Value, json};
use uuid::Uuid;

use super::audit::{self, Entry};
use crate::{
    app::App,
    domain::{
        access::Viewer,
        audit::{Kind, Subject},
        policy::{Action, Relation, Resource},
    },
    error::{Error, Result},
    store::{
        audit::lists::{self, Filter},
        memberships, outbox, person_keys, personal, words,
    },
};

/// What stands where a name stood.
pub const ERASED: &str = "Erased person";
/// What stands where the title of a call stood, if all words go.
const TITLE_REMOVED: &str = "Title removed";
/// More than anybody does in a working life.
const MOST: i64 = 100_000;

/// What the administrator typed and chose.
#[derive(Debug, Clone)]
pub struct Wish {
    /// The person's address, typed once more.
    pub address: String,
    /// Also everything that the person wrote.
    pub words: bool,
}

/// Nothing names the person any more; what happened, when, and to which call stays true.
pub async fn erase_person(app: &App, viewer: &Viewer, person: Uuid, wish: &Wish) -> Result<()> {
    viewer.may(Action::Change, Resource::Person, Relation::Foreign)?;
    let now = app.clock.now();
    let mut tx = app.store.begin_write().await?;
    let about = personal::lock(&mut tx, person).await?;
    if about.erased_at.is_some() {
        return Err(Error::refused("This person has been erased already."));
    }
    if person == viewer.person_id {
        return Err(Error::refused("Nobody erases themselves; another administrator does."));
    }
    if wish.address.trim().to_lowercase() != about.email {
        return Err(Error::invalid("address", "That is not this person's address."));
    }
    let title = wish.words.then_some(TITLE_REMOVED);
    let account = memberships::usual_account(&mut *tx, person).await?;
    personal::delete_belongings(&mut tx, person, &about.email).await?;
    personal::unname(&mut tx, person, ERASED, &format!("erased-{person}@erased.invalid"), now).await?;
    person_keys::destroy(&mut tx, person).await?;
    let lines = personal::forget(&mut tx, person, title, viewer.person_id, now).await?;
    personal::refold_filed(&mut tx, person, title).await?;
    if wish.words {
        personal::refold_solved(&mut tx, person).await?;
        words::forget_of_person(&mut tx, person).await?;
    }
    let entry = Entry::new(Kind::PersonErased, Subject::Person, person).by_viewer(viewer);
    let entry = entry.with(json!({"words": wish.words, "lines": lines}));
    audit::record(&mut tx, entry.of(account), now).await?;
    outbox::insert_rights(&mut tx, &[format!("person:{person}")], now).await?;
    tx.commit().await?;
    app.told();
    Ok(())
}

/// Everything that is kept about a person, for that person.
pub async fn export_person(app: &App, viewer: &Viewer, person: Uuid) -> Result<Value> {
    viewer.may(Action::Change, Resource::Person, Relation::Foreign)?;
    let now = app.clock.now();
    let mut tx = app.store.begin_write().await?;
    let mut kept = personal::kept(&mut *tx, person).await?;
    kept["written"] = personal::written(&mut *tx, &viewer.scope, person).await?;
    kept["audit"] = deeds(&mut tx, person).await?;
    kept["exported_at"] = json!(now);
    let entry = Entry::new(Kind::PersonExported, Subject::Person, person).by_viewer(viewer);
    let entry = entry.of(memberships::usual_account(&mut *tx, person).await?);
    audit::record(&mut tx, entry, now).await?;
    tx.commit().await?;
    app.told();
    Ok(kept)
}

/// What the log says of the person; what it says of others in the same rows stays with them.
async fn deeds(tx: &mut sqlx::PgConnection, person: Uuid) -> Result<Value> {
    let filter = Filter { person: Some(person), ..Filter::default() };
    let rows = lists::list(&mut *tx, &filter, None, MOST).await?;
    let deed = |row: &lists::Shown| {
        let own = row.about_id == Some(person);
        let names = row.key.as_deref().zip(row.sealed.as_deref()).filter(|_| own);
        let names = names.and_then(|(key, sealed)| audit::unsealed(key, row.id, sealed));
        json!({"at": row.at.to_jiff(), "kind": row.kind, "by_this_person": row.actor_id == Some(person),
               "subject": row.subject_kind, "detail": row.detail, "names": names})
    };
    Ok(rows.iter().map(deed).collect())
}
