//! Writes people, places and systems into the store.

use jiff::{SignedDuration, Timestamp};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{
    messages::HEARTBEAT_MINUTES,
    people::Person,
    places::spoken,
    printed::{Printed, password},
    world::{World, YEARS_OLD},
};
use crate::{
    actions::{Holder, hash_password, keep_secret, new_key, secret_hash, token_prefix},
    error::Result,
    store::{
        memberships::{self, NewMembership},
        people::{self, NewPerson},
        places::{self, NewContract, NewSite, NewSystem},
        relations::{self, NewRelation},
        tokens::{self, NewToken},
    },
};

pub async fn world(db: &mut PgConnection, world: &World, seed: u64, now: Timestamp) -> Result<Printed> {
    let printed = Printed::of(world, seed);
    let born = now - SignedDuration::from_hours(YEARS_OLD * 365 * 24);
    for account in &world.accounts {
        people::insert_account(db, account.id, account.kind, &account.name, &account.slug, born).await?;
    }
    persons(db, world, &printed, seed, born).await?;
    sites(db, world, born).await?;
    contracts(db, world).await?;
    systems(db, world).await?;
    keys(db, world, &printed, now).await?;
    Ok(printed)
}

/// Hashing is slow on purpose, so everybody who is not listed has one and the same password.
async fn persons(db: &mut PgConnection, world: &World, printed: &Printed, seed: u64, born: Timestamp) -> Result<()> {
    let common = hash_password(&password(seed, "everybody else")).await?;
    for person in &world.people {
        let listed = printed.logins.iter().find(|(_, email, _)| *email == person.email);
        let own = match listed {
            Some((_, _, password)) => Some(hash_password(password).await?),
            None => None,
        };
        insert(db, person, own.as_deref().unwrap_or(&common), born).await?;
    }
    Ok(())
}

async fn insert(db: &mut PgConnection, person: &Person, password_hash: &str, born: Timestamp) -> Result<()> {
    let row = NewPerson {
        id: person.id,
        email: &person.email,
        display_name: &person.name,
        password_hash: Some(password_hash),
        key: &new_key(),
    };
    let membership = NewMembership {
        id: person.membership,
        person_id: person.id,
        account_id: person.account,
        role: person.role.name(),
        cac_code: person.cac.as_deref(),
        sites: None,
    };
    people::insert(db, &row, born).await?;
    memberships::insert(db, &membership, born).await
}

async fn sites(db: &mut PgConnection, world: &World, born: Timestamp) -> Result<()> {
    for site in &world.sites {
        let row = NewSite {
            customer_id: site.customer,
            id: site.id,
            site_code: &site.code,
            name: &site.name,
            country: &site.country,
            region: &site.region,
            time_zone: &site.zone_name,
            address: &site.address,
            language: spoken(&site.country),
        };
        places::insert_site(db, &row, born).await?;
    }
    Ok(())
}

async fn contracts(db: &mut PgConnection, world: &World) -> Result<()> {
    for contract in &world.contracts {
        let row = NewContract {
            customer_id: contract.customer,
            id: contract.id,
            name: contract.name,
            service_level_id: contract.level,
            starts_at: contract.starts_at,
            ends_at: contract.ends_at,
        };
        places::insert_contract(db, &row).await?;
    }
    for relation in &world.relations {
        let row = NewRelation {
            customer_id: relation.customer,
            id: relation.id,
            partner_id: relation.partner,
            site_id: relation.site,
            first_line: relation.first_line,
            accept_minutes: relation.accept_minutes,
            history: &relation.history,
            history_from: relation.history_from,
            valid_from: relation.valid_from,
            valid_to: None,
        };
        relations::insert(db, &row).await?;
    }
    Ok(())
}

async fn systems(db: &mut PgConnection, world: &World) -> Result<()> {
    for system in &world.systems {
        let row = NewSystem {
            customer_id: system.customer,
            id: system.id,
            site_id: world.site_of(system).id,
            contract_id: system.contract.map(|index| world.contracts[index].id),
            serial: &system.serial,
            nickname: &system.nickname,
            model: system.model,
            subject: system.subject,
            os: system.os,
            heartbeat_minutes: i32::try_from(HEARTBEAT_MINUTES).ok(),
            installed_at: system.installed_at,
        };
        places::insert_system(db, &row).await?;
    }
    Ok(())
}

/// Tokens of people, credentials of systems and gateways: what is printed, as hashes.
async fn keys(db: &mut PgConnection, world: &World, printed: &Printed, now: Timestamp) -> Result<()> {
    for (role, token) in &printed.tokens {
        let owner = world.people.iter().find(|person| printed.email_of(*role) == Some(&person.email));
        if let Some(person) = owner {
            let row = NewToken {
                id: Uuid::now_v7(),
                token_hash: &secret_hash(token),
                prefix: token_prefix(token),
                membership_id: person.membership,
                name: "demo",
                scopes: &["read".to_owned(), "write".to_owned()],
                created_by: None,
                expires_at: None,
            };
            tokens::insert(db, &row, now).await?;
        }
    }
    for (system, (_, credential)) in world.systems.iter().zip(&printed.devices) {
        let site = world.site_of(system).id;
        let holder = Holder { customer_id: system.customer, site_id: site, system_id: Some(system.id), name: "demo" };
        keep_secret(db, holder, credential, None, now).await?;
    }
    for (site, (_, credential)) in world.sites.iter().zip(&printed.gateways) {
        let holder = Holder { customer_id: site.customer, site_id: site.id, system_id: None, name: "demo" };
        keep_secret(db, holder, credential, None, now).await?;
    }
    Ok(())
}
