//! `device`: credentials with which systems phone home.

use clap::Subcommand;
use serde_json::json;

use super::{StoreArgs, opening::Opened, unknown};
use crate::{
    actions::{
        Holder,
        audit::{self, Entry},
        keep_secret, new_secret,
    },
    domain::{
        access::Scope,
        audit::{Kind, Subject},
    },
    error::Result,
    store::targets,
};

#[derive(Debug, Subcommand)]
pub enum DeviceCommand {
    /// Make a credential for a system; it is printed once.
    Add {
        /// The serial of the system.
        #[arg(long)]
        system: String,
        #[command(flatten)]
        store: StoreArgs,
    },
}

pub async fn device(command: DeviceCommand) -> Result<()> {
    let DeviceCommand::Add { system, store } = command;
    let opened = Opened::open(&store).await?;
    let added = add(&opened, &system).await;
    opened.close().await?;
    added
}

async fn add(opened: &Opened, serial: &str) -> Result<()> {
    let now = opened.clock.now();
    let target = targets::by_serial(opened.store.reader(), &Scope::everything(), serial, now).await?;
    let target = target.ok_or_else(|| unknown("system", serial))?;
    let secret = new_secret("md");
    let mut tx = opened.store.begin_write().await?;
    let (customer_id, site_id, system_id) = (target.customer_id, target.site_id, target.system_id);
    keep_secret(&mut tx, Holder { customer_id, site_id, system_id, name: "command line" }, &secret, None, now).await?;
    let entry = Entry::new(Kind::DeviceAdded, Subject::Device, serial).of(target.customer_id);
    audit::record(&mut tx, entry.with(json!({"by": "command line"})), now).await?;
    tx.commit().await?;
    println!("{secret}");
    Ok(())
}
