//! `user` and `token`.

use clap::Subcommand;
use uuid::Uuid;

use super::{StoreArgs, opening::Opened, unknown};
use crate::{
    actions::{hash_password, new_key, new_secret, secret_hash, token_prefix},
    config,
    domain::access::Role,
    error::{Error, Result},
    store::{
        memberships::{self, NewMembership},
        people::{self, NewPerson},
        sessions,
        tokens::{self, NewToken},
    },
};

#[derive(Debug, Subcommand)]
pub enum UserCommand {
    /// Add somebody; the password comes from `MERIDIAN_PASSWORD(_FILE)`, else one is made and printed.
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
    /// Give somebody a new password.
    Reset {
        email: String,
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
        #[command(flatten)]
        store: StoreArgs,
    },
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
        UserCommand::Reset { email, store } => {
            let opened = Opened::open(&store).await?;
            let reset = reset(&opened, &email).await;
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
fn password() -> Result<(String, bool)> {
    let given = config::secret(config::password(), "MERIDIAN_PASSWORD")?;
    match given {
        Some(password) if password.chars().count() < 12 => {
            Err(Error::command("A password has at least 12 characters."))
        }
        Some(password) => Ok((password, false)),
        None => Ok((new_secret("pw"), true)),
    }
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
    let (password, made) = password()?;
    let hash = hash_password(&password).await?;
    let person =
        NewPerson { id: Uuid::now_v7(), email, display_name: name, password_hash: Some(&hash), key: &new_key() };
    let membership = NewMembership {
        id: Uuid::now_v7(),
        person_id: person.id,
        account_id,
        role: role.name(),
        cac_code: cac,
        sites: None,
    };
    let mut tx = opened.store.begin_write().await?;
    people::insert(&mut tx, &person, opened.clock.now()).await.map_err(|error| match error.constraint() {
        Some("person_email_key") => Error::command(format!("{email} is known already.")),
        _ => error,
    })?;
    memberships::insert(&mut tx, &membership, opened.clock.now()).await?;
    tx.commit().await?;
    println!("{email} can sign in.");
    say_password(&password, made);
    Ok(())
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

async fn reset(opened: &Opened, email: &str) -> Result<()> {
    let (password, made) = password()?;
    let hash = hash_password(&password).await?;
    let mut tx = opened.store.begin_write().await?;
    if people::set_password(&mut tx, email, &hash).await? == 0 {
        return Err(unknown("person", email));
    }
    sessions::delete_of_person(&mut tx, email).await?;
    tx.commit().await?;
    println!("{email} has a new password and is signed out everywhere.");
    say_password(&password, made);
    Ok(())
}

async fn disable(opened: &Opened, email: &str) -> Result<()> {
    let mut tx = opened.store.begin_write().await?;
    if people::disable(&mut tx, email, opened.clock.now()).await? == 0 {
        return Err(unknown("person", email));
    }
    sessions::delete_of_person(&mut tx, email).await?;
    tx.commit().await?;
    println!("{email} is shut out.");
    Ok(())
}

pub async fn token(command: TokenCommand) -> Result<()> {
    let TokenCommand::Create { email, name, store } = command;
    let opened = Opened::open(&store).await?;
    let created = create(&opened, &email, &name).await;
    opened.close().await?;
    created
}

async fn create(opened: &Opened, email: &str, name: &str) -> Result<()> {
    let person = people::by_email(opened.store.reader(), email).await?.ok_or_else(|| unknown("person", email))?;
    let usual = memberships::usual(opened.store.reader(), person).await?;
    let membership_id = usual.ok_or_else(|| unknown("person", email))?;
    let token = new_secret("mt");
    let row = NewToken {
        id: Uuid::now_v7(),
        token_hash: &secret_hash(&token),
        prefix: token_prefix(&token),
        membership_id,
        name,
        scopes: &["read".to_owned(), "write".to_owned()],
        created_by: None,
        expires_at: None,
    };
    let mut tx = opened.store.begin_write().await?;
    tokens::insert(&mut tx, &row, opened.clock.now()).await?;
    tx.commit().await?;
    println!("{token}");
    Ok(())
}
