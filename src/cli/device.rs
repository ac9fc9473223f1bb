//! `device`: credentials with which systems and gateways phone home.

use clap::{Args, Subcommand};
use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use super::{StoreArgs, opening::Opened, unknown};
use crate::{
    actions::{self, By, MadeDevice, Named, WantedDevice},
    domain::{access::Scope, device::Standing},
    error::{Error, Result},
    store::{
        calls,
        devices::{self, DeviceRow},
    },
};

#[derive(Debug, Subcommand)]
pub enum DeviceCommand {
    /// Make a credential for a system or for the gateway of a site; it is printed once.
    Add {
        #[command(flatten)]
        holder: HolderArgs,
        /// What it is for.
        #[arg(long, default_value = "command line")]
        name: String,
        #[command(flatten)]
        store: StoreArgs,
    },
    /// Credentials, the newest first: id, beginning, state, holder, name, when and from where it was used last.
    List {
        /// How a serial, a site's code, a name or the credential begins.
        words: Option<String>,
        #[command(flatten)]
        store: StoreArgs,
    },
    /// Replace a credential; the new one is printed once, and both open until the overlap is over.
    Rotate {
        /// Its id, or how it begins.
        credential: String,
        /// For how many hours the old one still opens; 0 ends it at once.
        #[arg(long, default_value_t = 24, value_parser = clap::value_parser!(i64).range(0..=168))]
        overlap_hours: i64,
        #[command(flatten)]
        store: StoreArgs,
    },
    /// End a credential at once.
    Revoke {
        /// Its id, or how it begins.
        credential: String,
        #[command(flatten)]
        store: StoreArgs,
    },
}

#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub struct HolderArgs {
    /// The serial of the system.
    #[arg(long)]
    system: Option<String>,
    /// The code of the site, for its gateway.
    #[arg(long)]
    site: Option<String>,
}

impl HolderArgs {
    fn named(self) -> Named {
        match (self.system, self.site) {
            (Some(serial), _) => Named::System(serial),
            (None, site) => Named::Site(site.unwrap_or_default()),
        }
    }
}

/// So many are listed; words narrow them.
const LISTED: i64 = 1_000;

pub async fn device(command: DeviceCommand) -> Result<()> {
    let (DeviceCommand::Add { store, .. }
    | DeviceCommand::List { store, .. }
    | DeviceCommand::Rotate { store, .. }
    | DeviceCommand::Revoke { store, .. }) = &command;
    let opened = Opened::open(store).await?;
    let done = run(&opened, command).await;
    opened.close().await?;
    done
}

async fn run(opened: &Opened, command: DeviceCommand) -> Result<()> {
    let (store, now) = (&opened.store, opened.clock.now());
    match command {
        DeviceCommand::Add { holder, name, .. } => {
            let wanted = WantedDevice { named: holder.named(), name };
            print(actions::make_device(store, By::Terminal, &wanted, now).await.map_err(|error| told(error, &wanted)))
        }
        DeviceCommand::List { words, .. } => {
            let words = words.map(|words| calls::like(&words));
            let rows = devices::list(store.reader(), &Scope::everything(), words.as_deref(), None, LISTED).await?;
            for row in &rows {
                println!("{}", line(row, now));
            }
            Ok(())
        }
        DeviceCommand::Rotate { credential, overlap_hours, .. } => {
            let id = named(opened, &credential).await?;
            let overlap = SignedDuration::from_hours(overlap_hours);
            print(actions::rotate_device(store, By::Terminal, id, overlap, now).await)
        }
        DeviceCommand::Revoke { credential, .. } => {
            let id = named(opened, &credential).await?;
            actions::revoke_device(store, By::Terminal, id, now).await
        }
    }
}

fn print(made: Result<MadeDevice>) -> Result<()> {
    println!("{}", made?.secret);
    Ok(())
}

/// At a terminal there are no fields to mark.
fn told(error: Error, wanted: &WantedDevice) -> Error {
    match (error, &wanted.named) {
        (Error::Invalid(faults), Named::System(serial)) if faults.iter().any(|fault| fault.field == "system") => {
            unknown("system", serial)
        }
        (Error::Invalid(faults), Named::Site(code)) if faults.iter().any(|fault| fault.field == "site") => {
            unknown("site", code)
        }
        (Error::Invalid(faults), _) => {
            Error::command(faults.into_iter().map(|fault| fault.message).collect::<Vec<_>>().join(" "))
        }
        (other, _) => other,
    }
}

/// By its id; or by how it begins, where only one begins so.
async fn named(opened: &Opened, credential: &str) -> Result<Uuid> {
    if let Ok(id) = credential.parse() {
        return Ok(id);
    }
    let words = calls::like(credential);
    let rows = devices::list(opened.store.reader(), &Scope::everything(), Some(&words), None, LISTED).await?;
    let mut own = rows.iter().filter(|row| !row.prefix.is_empty() && row.prefix.starts_with(credential));
    match (own.next(), own.next()) {
        (Some(row), None) => Ok(row.id),
        (Some(_), Some(_)) => Err(Error::command(format!("More than one credential begins with {credential}."))),
        (None, _) => Err(unknown("credential", credential)),
    }
}

fn line(row: &DeviceRow, now: Timestamp) -> String {
    let state = match row.standing(now) {
        Standing::InUse => "in use".to_owned(),
        Standing::Ending(at) => format!("replaced, ends at {at:.0}"),
        Standing::Ended(at) => format!("ended at {at:.0}"),
        Standing::Revoked(at) => format!("revoked at {at:.0}"),
    };
    let used = match (row.last_used_at, &row.last_used_from) {
        (Some(at), Some(from)) => format!("used {:.0} from {from}", at.to_jiff()),
        (Some(at), None) => format!("used {:.0}", at.to_jiff()),
        (None, _) => "never used".to_owned(),
    };
    [&row.id.to_string(), row.prefix.as_str(), &state, row.holder(), &row.name, &used].join("\t")
}
