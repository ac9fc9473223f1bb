use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use tokio::sync::Semaphore;
use uuid::Uuid;

use super::{By, audit, new_secret, secret_hash, token_prefix};
use crate::{
    app::App,
    domain::{
        access::Role,
        audit::{Kind, Subject},
        policy::{self, Action, Asker, Relation, Resource},
    },
    error::{Error, FieldError, Result},
    store::{
        Store, outbox, sessions,
        tokens::{self, NewToken},
    },
};

pub const TOKEN_DAYS: i64 = 90;
const MOST_DAYS: i64 = 366;

/// What a token opens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenScope {
    Read,
    Write,
    /// The wall board, and nothing else.
    Board,
}

impl TokenScope {
    pub const ALL: [Self; 3] = [Self::Read, Self::Write, Self::Board];

    pub fn name(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
            Self::Board => "board",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scope| scope.name() == name)
    }

    /// Who may change things may look at them.
    fn kept(self) -> Vec<String> {
        let names: &[&str] = match self {
            Self::Read => &["read"],
            Self::Write => &["read", "write"],
            Self::Board => &["board"],
        };
        names.iter().map(|name| (*name).to_owned()).collect()
    }
}

/// A token that somebody asks for; `days` none is for ever.
#[derive(Debug, Clone)]
pub struct WantedToken {
    pub membership: Uuid,
    pub name: String,
    pub scope: TokenScope,
    pub days: Option<i64>,
}

/// The secret, shown once.
#[derive(Debug, Clone)]
pub struct MadeToken {
    pub id: Uuid,
    pub secret: String,
}

pub async fn make_token(store: &Store, by: By<'_>, wanted: &WantedToken, now: Timestamp) -> Result<MadeToken> {
    by.may_change(Resource::Token)?;
    let whose = sessions::of_membership(store.reader(), wanted.membership).await?;
    let role = whose.as_ref().and_then(|whose| Role::from_name(&whose.role));
    let faults = faults(wanted, role);
    let Some(whose) = whose.filter(|_| faults.is_empty()) else { return Err(Error::Invalid(faults)) };
    let prefix = if wanted.scope == TokenScope::Board { "mb" } else { "mt" };
    let made = MadeToken { id: Uuid::now_v7(), secret: new_secret(prefix) };
    let row = NewToken {
        id: made.id,
        token_hash: &secret_hash(&made.secret),
        prefix: token_prefix(&made.secret),
        membership_id: wanted.membership,
        name: wanted.name.trim(),
        scopes: &wanted.scope.kept(),
        created_by: by.id(),
        expires_at: wanted.days.map(|days| now + SignedDuration::from_hours(24 * days)),
    };
    let mut tx = store.begin_write().await?;
    tokens::insert(&mut tx, &row, now).await?;
    let detail = json!({"prefix": row.prefix, "scopes": row.scopes, "days": wanted.days});
    let entry = by.entry(Kind::TokenMade, Subject::Token, made.id, detail);
    audit::record(&mut tx, entry.of(whose.account_id).about(whose.person_id), now).await?;
    tx.commit().await?;
    Ok(made)
}

fn faults(wanted: &WantedToken, role: Option<Role>) -> Vec<FieldError> {
    let mut faults = Vec::new();
    let mut fault = |field: &str, message: &str| {
        faults.push(FieldError { field: field.to_owned(), message: message.to_owned() });
    };
    if wanted.name.trim().is_empty() || wanted.name.chars().count() > 100 {
        fault("name", "Say what the token is for, in up to 100 characters.");
    }
    match role {
        None => fault("membership", "Choose whose rights the token has."),
        Some(role) if wanted.scope == TokenScope::Board && !shows_board(role) => {
            fault("membership", "Only staff and the house have a wall board.");
        }
        Some(_) => {}
    }
    match wanted.days {
        None if wanted.scope != TokenScope::Board => fault("days", "Only a wall board's token may hold for ever."),
        Some(days) if !(1..=MOST_DAYS).contains(&days) => fault("days", "A token holds for 1 to 366 days."),
        _ => {}
    }
    faults
}

/// Who sees the queues may hang them on the wall.
pub fn shows_board(role: Role) -> bool {
    policy::may(Asker::Person(role), Action::See, Resource::Queue, Relation::Foreign).is_ok()
}

/// It opens nothing from now on, and streams that it opened end.
pub async fn revoke_token(store: &Store, by: By<'_>, id: Uuid, now: Timestamp) -> Result<()> {
    by.may_change(Resource::Token)?;
    let mut tx = store.begin_write().await?;
    let token = tokens::find(&mut *tx, id, now).await?;
    if tokens::revoke(&mut tx, id, now).await? == 0 {
        return Err(Error::refused("This token has been revoked already."));
    }
    let entry = by.entry(Kind::TokenRevoked, Subject::Token, id, json!({"prefix": token.prefix}));
    audit::record(&mut tx, entry.of(token.account_id).about(token.person_id), now).await?;
    outbox::insert_rights(&mut tx, &[format!("token:{id}")], now).await?;
    tx.commit().await?;
    Ok(())
}

/// Few at once: the mark is worth less than the requests that wait for a connection.
static MARKING: Semaphore = Semaphore::const_new(2);

/// Remembers, at most once a minute and beside the request, that a token was used.
pub fn note_token_use(app: &App, id: Uuid, used_at: Option<Timestamp>) {
    let now = app.clock.now();
    if used_at.is_some_and(|used| now.duration_since(used) < SignedDuration::from_mins(1)) {
        return;
    }
    let Ok(permit) = MARKING.try_acquire() else { return };
    let app = app.clone();
    tokio::spawn(async move {
        if let Err(error) = mark(&app.store, id, now).await {
            tracing::warn!(%error, "the use of a token could not be remembered");
        }
        drop(permit);
    });
}

async fn mark(store: &Store, id: Uuid, now: Timestamp) -> Result<()> {
    let mut tx = store.begin_write().await?;
    tokens::mark_used(&mut tx, id, now).await?;
    tx.commit().await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wanted(scope: TokenScope, days: Option<i64>) -> WantedToken {
        WantedToken { membership: Uuid::now_v7(), name: "wall".to_owned(), scope, days }
    }

    fn fields(wanted: &WantedToken, role: Option<Role>) -> Vec<String> {
        faults(wanted, role).into_iter().map(|fault| fault.field).collect()
    }

    #[test]
    fn only_a_board_holds_for_ever() {
        let engineer = Some(Role::Engineer);
        assert!(fields(&wanted(TokenScope::Board, None), engineer).is_empty());
        assert_eq!(fields(&wanted(TokenScope::Read, None), engineer), ["days"]);
        for days in [0, -1, 367] {
            assert_eq!(fields(&wanted(TokenScope::Write, Some(days)), engineer), ["days"]);
        }
        assert!(fields(&wanted(TokenScope::Write, Some(90)), engineer).is_empty());
    }

    #[test]
    fn only_who_sees_queues_has_a_board() {
        for role in Role::ALL {
            let refused = fields(&wanted(TokenScope::Board, Some(1)), Some(role)) == ["membership"];
            assert_eq!(refused, role.account_kind() != "provider", "{role:?}");
        }
        assert_eq!(fields(&wanted(TokenScope::Read, Some(1)), None), ["membership"]);
    }
}
