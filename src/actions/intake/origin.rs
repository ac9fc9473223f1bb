//! Which system a message is about, as far as its credential lets it speak.

use sqlx::PgConnection;

use super::batch::Item;
use crate::{
    domain::{alarm::SystemName, fault::Place},
    error::Result,
    store::{credentials::Device, targets},
};

pub enum Origin {
    Place(Place),
    /// Kept, and the reason why it is not believed.
    Unknown(String),
}

/// For each message, in one question for all.
pub async fn of(tx: &mut PgConnection, items: &[Item<'_>]) -> Result<Vec<Origin>> {
    let named: Vec<&Item<'_>> = items.iter().filter(|item| item.alarm.names_system.is_some()).collect();
    let customers: Vec<_> = named.iter().map(|item| item.device.customer_id).collect();
    let sites: Vec<_> = named.iter().map(|item| item.device.site_id).collect();
    let serials: Vec<_> = named.iter().map(|item| said(item).0.map(str::to_owned)).collect();
    let nicknames: Vec<_> = named.iter().map(|item| said(item).1.map(str::to_owned)).collect();
    let own: Vec<_> = named.iter().map(|item| item.device.system_id).collect();
    let found = if named.is_empty() {
        Vec::new()
    } else {
        targets::named_at_sites(tx, &customers, &sites, &serials, &nicknames, &own).await?
    };
    let mut found = found.into_iter();
    let origin = |item: &Item<'_>| match item.alarm.names_system {
        None => Origin::Place(place(item.device, item.device.system_id)),
        Some(_) => judge(item, found.next().flatten()),
    };
    Ok(items.iter().map(origin).collect())
}

fn place(device: &Device, system_id: Option<uuid::Uuid>) -> Place {
    Place { customer_id: device.customer_id, site_id: device.site_id, system_id }
}

/// The serial and the nickname that a message uses; at most one of them.
fn said<'a>(item: &'a Item<'_>) -> (Option<&'a str>, Option<&'a str>) {
    match &item.alarm.names_system {
        Some(SystemName::Serial(serial)) => (Some(serial), None),
        Some(SystemName::Nickname(nickname)) => (None, Some(nickname)),
        None => (None, None),
    }
}

fn judge(item: &Item<'_>, named: Option<uuid::Uuid>) -> Origin {
    let (serial, nickname) = said(item);
    let device = item.device;
    match (device.system_id, named) {
        (None, Some(id)) => Origin::Place(place(device, Some(id))),
        (Some(own), Some(id)) if own == id => Origin::Place(place(device, Some(id))),
        (own, None) if serial.is_none() => Origin::Place(place(device, own)),
        (Some(_), _) => Origin::Unknown(format!(
            "the message speaks of {}, the credential belongs to {}",
            serial.or(nickname).unwrap_or("another system"),
            device.serial.as_deref().unwrap_or("another system"),
        )),
        (None, None) => {
            Origin::Unknown(format!("no system {} is known at site {}", serial.unwrap_or_default(), device.site_code))
        }
    }
}
