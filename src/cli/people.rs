//! `user` and `token`.

use clap::Subcommand;
use serde_json::json;
use uuid::Uuid;

use super::{StoreArgs, opening::Opened, unknown};
use crate::{
    actions::{
        self, By, Offer, TOKEN_DAYS, TokenScope, WantedToken,
        audit::{self, Entry},
        hash_password, new_key, new_secret,
    },
    config,
    domain::{
        access::Role,
        audit::{Kind, Subject},
        password,
    },
    error::{Error, Result},
    store::{
        memberships::{self, NewMembership},
        people::{self, NewPerson},
        rights,
    },
};

#[derive(Debug, Subcommand)]
pub enum UserCommand {
    /// Add somebody; the password comes from `MERIDIAN_PASSWORD(_FILE)`, else one is made and printed.
    /// Who is known already comes into one more account, and keeps their password.
    Add {
        email: String,
        #[arg(long)]
        name: String,
        /// Such as customer, partner, engineer, admin.
        #[arg(long, value_parser = role)]
        role: Role,
        /// The account by its slug; staff belong to the provider.
        #[arg(long)]
        account: Option<String>,
        /// The CAC of an engineer or lead.
        #[arg(long)]
        cac: Option<String>,
        #[command(flatten)]
        store: StoreArgs,
    },
    /// Give somebody a new password; their second factor stays.
    Reset {
        email: String,
        /// A link with which they choose it themselves: for an hour, once.
        #[arg(long)]
        link: bool,
        /// Where people reach the portal, to print the whole link.
        #[arg(long, env = "MERIDIAN_PUBLIC_URL")]
        public_url: Option<String>,
        #[command(flatten)]
        store: StoreArgs,
    },
    /// Shut somebody out, everywhere at once.
    Disable {
        email: String,
        #[command(flatten)]
        store: StoreArgs,
    },
}

#[derive(Debug, Subcommand)]
pub enum TokenCommand {
    /// Make a token with the rights of a person; it is printed once.
    Create {
        email: String,
        #[arg(long, default_value = "command line")]
        name: String,
        /// What it opens: read, write (which may read too), or the wall board.
        #[arg(long, default_value = "write", value_parser = scope)]
        scope: TokenScope,
        /// For how many days; a board's may be `never`.
        #[arg(long, default_value = "90", value_parser = expires)]
        expires: Expires,
        #[command(flatten)]
        store: StoreArgs,
    },
}

/// After how many days a token ends, if ever.
#[derive(Debug, Clone, Copy)]
pub struct Expires(Option<i64>);

fn scope(name: &str) -> Result<TokenScope, String> {
    TokenScope::from_name(name).ok_or_else(|| "the scopes are read, write and board".to_owned())
}

fn expires(text: &str) -> Result<Expires, String> {
    if text == "never" {
        return Ok(Expires(None));
    }
    let days: Option<i64> = text.parse().ok().filter(|days| (1..=366).contains(days));
    days.map(|days| Expires(Some(days))).ok_or_else(|| format!("a number of days, such as {TOKEN_DAYS}, or never"))
}

fn role(name: &str) -> Result<Role, String> {
    Role::from_name(name).ok_or_else(|| {
        let names: Vec<&str> = Role::ALL.iter().map(|role| role.name()).collect();
        format!("the roles are {}", names.join(", "))
    })
}

pub async fn user(command: UserCommand) -> Result<()> {
    match command {
        UserCommand::Add { email, name, role, account, cac, store } => {
            let opened = Opened::open(&store).await?;
            let added = add(&opened, &email, &name, role, account.as_deref(), cac.as_deref()).await;
            opened.close().await?;
            added
        }
        UserCommand::Reset { email, link, public_url, store } => {
            let opened = Opened::open(&store).await?;
            let reset = if link {
                reset_link(&opened, &email, public_url.as_deref()).await
            } else {
                reset(&opened, &email).await
            };
            opened.close().await?;
            reset
        }
        UserCommand::Disable { email, store } => {
            let opened = Opened::open(&store).await?;
            let disabled = disable(&opened, &email).await;
            opened.close().await?;
            disabled
        }
    }
}

/// Nobody is without a password: one that nobody chose is long and said once.
fn password(about: &[&str]) -> Result<(String, bool)> {
    let given = config::secret(config::password(), "MERIDIAN_PASSWORD")?;
    let Some(password) = given else { return Ok((new_secret("pw"), true)) };
    password::judge(&password, about).map_err(|weak| Error::command(weak.to_string()))?;
    Ok((password, false))
}

async fn add(
    opened: &Opened,
    email: &str,
    name: &str,
    role: Role,
    account: Option<&str>,
    cac: Option<&str>,
) -> Result<()> {
    let db = opened.store.reader();
    let account_id = match account {
        Some(slug) => people::account_by_slug(db, slug).await?.ok_or_else(|| unknown("account", slug))?,
        None if role.account_kind() == "provider" => provider(opened).await?,
        None => return Err(Error::command("Name the customer's or partner's account with --account.")),
    };
    let offer = Offer { account: account_id, role, cac: cac.map(str::to_owned), sites: None };
    match rights::person_by_email(db, email).await? {
        Some(person) => join(opened, email, person, &offer).await,
        None => add_new(opened, email, name, &offer).await,
    }
}

/// Somebody who is known belongs to one more account.
async fn join(opened: &Opened, email: &str, person: Uuid, offer: &Offer) -> Result<()> {
    let now = opened.clock.now();
    actions::add_membership(&opened.store, By::Terminal, person, offer, now).await.map_err(in_words)?;
    println!("{email} was known already and belongs to one more account, with the password of before.");
    Ok(())
}

async fn add_new(opened: &Opened, email: &str, name: &str, offer: &Offer) -> Result<()> {
    let (password, made) = password(&[email, name])?;
    let hash = hash_password(&password).await?;
    let person =
        NewPerson { id: Uuid::now_v7(), email, display_name: name, password_hash: Some(&hash), key: &new_key() };
    let membership = NewMembership {
        id: Uuid::now_v7(),
        person_id: person.id,
        account_id: offer.account,
        role: offer.role.name(),
        cac_code: offer.cac.as_deref(),
        sites: None,
    };
    let mut tx = opened.store.begin_write().await?;
    let faults = offer.judge(&mut tx, By::Terminal).await?;
    if !faults.is_empty() {
        return Err(in_words(Error::Invalid(faults)));
    }
    people::insert(&mut tx, &person, opened.clock.now()).await?;
    memberships::insert(&mut tx, &membership, opened.clock.now()).await?;
    let entry = by_command(Kind::PersonAdded, Subject::Person, person.id, json!({"role": offer.role}));
    let entry = entry.of(offer.account).naming(person.id, json!({"name": name, "email": email}));
    audit::record(&mut tx, entry, opened.clock.now()).await?;
    tx.commit().await?;
    println!("{email} can sign in.");
    say_password(&password, made);
    Ok(())
}

/// At a terminal there are no fields: what is wrong is said in one line.
fn in_words(error: Error) -> Error {
    match error {
        Error::Invalid(faults) => {
            let words: Vec<String> = faults.into_iter().map(|fault| fault.message).collect();
            Error::command(words.join(" "))
        }
        other => other,
    }
}

/// A deed that somebody at the house's own terminal did: the log names no person.
fn by_command(kind: Kind, subject: Subject, id: Uuid, mut detail: serde_json::Value) -> Entry {
    detail["by"] = json!("command line");
    Entry::new(kind, subject, id).with(detail)
}

/// The house's own account, made when its first person is added.
async fn provider(opened: &Opened) -> Result<Uuid> {
    if let Some(id) = people::provider(opened.store.reader()).await? {
        return Ok(id);
    }
    let id = Uuid::now_v7();
    let mut tx = opened.store.begin_write().await?;
    people::insert_account(&mut tx, id, "provider", "The house", "provider", opened.clock.now()).await?;
    tx.commit().await?;
    Ok(id)
}

fn say_password(password: &str, made: bool) {
    if made {
        println!("password {password}");
    }
}

/// Somebody who may come in, by their address.
async fn known(opened: &Opened, email: &str) -> Result<Uuid> {
    people::by_email(opened.store.reader(), email).await?.ok_or_else(|| unknown("person", email))
}

async fn reset(opened: &Opened, email: &str) -> Result<()> {
    let person = known(opened, email).await?;
    let (password, made) = password(&[email])?;
    actions::set_password(&opened.store, person, &password, opened.clock.now()).await?;
    println!("{email} has a new password and is signed out everywhere.");
    say_password(&password, made);
    Ok(())
}

async fn reset_link(opened: &Opened, email: &str, public_url: Option<&str>) -> Result<()> {
    let person = known(opened, email).await?;
    let link = actions::make_reset_for(&opened.store, By::Terminal, person, opened.clock.now()).await?;
    println!("{}/resets/{}", public_url.unwrap_or_default().trim_end_matches('/'), link.secret);
    Ok(())
}

async fn disable(opened: &Opened, email: &str) -> Result<()> {
    let person = rights::person_by_email(opened.store.reader(), email).await?;
    let person = person.ok_or_else(|| unknown("person", email))?;
    actions::disable_person(&opened.store, By::Terminal, person, opened.clock.now()).await?;
    println!("{email} is shut out.");
    Ok(())
}

pub async fn token(command: TokenCommand) -> Result<()> {
    let TokenCommand::Create { email, name, scope, expires, store } = command;
    let opened = Opened::open(&store).await?;
    let created = create(&opened, &email, name, scope, expires).await;
    opened.close().await?;
    created
}

async fn create(opened: &Opened, email: &str, name: String, scope: TokenScope, expires: Expires) -> Result<()> {
    let person = people::by_email(opened.store.reader(), email).await?.ok_or_else(|| unknown("person", email))?;
    let usual = memberships::usual(opened.store.reader(), person).await?;
    let membership = usual.ok_or_else(|| unknown("person", email))?;
    let wanted = WantedToken { membership, name, scope, days: expires.0 };
    let made = actions::make_token(&opened.store, By::Terminal, &wanted, opened.clock.now()).await;
    println!("{}", made.map_err(in_words)?.secret);
    Ok(())
}
