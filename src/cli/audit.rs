//! `doctor audit`: whether the log of sensitive deeds is the one that was written.

use std::str::FromStr;

use clap::Subcommand;
use serde_json::json;

use super::{StoreArgs, ledger, opening::Opened};
use crate::{
    domain::audit::chain::{BEGINNING, Fault, Hash, check},
    error::{Error, Result},
    seal,
    store::{
        Store,
        audit::chain::{self, Unlinked},
    },
};

#[derive(Debug, Subcommand)]
pub enum DoctorCommand {
    /// Compute the chain of the audit log anew and name the first row that does not fit.
    Audit {
        /// For programs.
        #[arg(long)]
        json: bool,
        /// A head that was printed before and kept elsewhere: the log must still say the same there.
        #[arg(long, value_name = "POS:HASH")]
        head: Option<Head>,
        #[command(flatten)]
        store: StoreArgs,
    },
    /// Count everything that systems have sent from more than one side, and name those that do not add up.
    Ledger {
        /// For programs.
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        store: StoreArgs,
    },
}

/// A position of the chain and its hash, as `17:9f2c…`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    pos: i64,
    hash: Hash,
}

impl FromStr for Head {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let read = || {
            let (pos, hash) = text.split_once(':')?;
            let digits: Option<Vec<u8>> =
                (0..hash.len()).step_by(2).map(|at| u8::from_str_radix(hash.get(at..at + 2)?, 16).ok()).collect();
            Some(Self { pos: pos.parse().ok()?, hash: digits?.try_into().ok()? })
        };
        read().ok_or_else(|| "a head is a position, a colon and 64 hexadecimal digits".to_owned())
    }
}

impl std::fmt::Display for Head {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}", self.pos, seal::hex(&self.hash))
    }
}

const PAGE: i64 = 1_000;

pub async fn doctor(command: DoctorCommand) -> Result<()> {
    match command {
        DoctorCommand::Audit { json, head, store } => audit(json, head, &store).await,
        DoctorCommand::Ledger { json, store } => ledger::ledger(json, &store).await,
    }
}

async fn audit(json: bool, head: Option<Head>, store: &StoreArgs) -> Result<()> {
    let opened = Opened::open(store).await?;
    let found = examine(&opened.store, head.as_ref()).await;
    opened.close().await?;
    let found = found?;
    if json {
        println!("{}", found.as_json());
    } else {
        found.print();
    }
    match found.fault {
        Some(fault) => Err(Error::command(format!("The audit log is not the one that was written: {fault}."))),
        None => Ok(()),
    }
}

/// What a look at the whole log has found.
struct Found {
    fault: Option<Fault>,
    head: Head,
    unlinked: Unlinked,
}

/// What waits is counted first: what is linked in the meantime is then walked, and not missed.
async fn examine(store: &Store, kept: Option<&Head>) -> Result<Found> {
    let unlinked = chain::unlinked(store.reader()).await?;
    let (head, fault) = walk(store).await?;
    let cut = match kept {
        Some(kept) => cut(store, kept).await?,
        None => None,
    };
    let stray = unlinked.stray.map(|id| Fault::Stray { id });
    Ok(Found { fault: fault.or(cut).or(stray), head, unlinked })
}

async fn walk(store: &Store) -> Result<(Head, Option<Fault>)> {
    let mut head = Head { pos: 0, hash: BEGINNING };
    loop {
        let links = chain::links_after(store.reader(), head.pos, PAGE).await?;
        if links.is_empty() {
            return Ok((head, None));
        }
        for (index, link) in links.iter().enumerate() {
            match check((head.pos, &head.hash), link, &links[index..]) {
                Ok(hash) => head = Head { pos: link.pos, hash },
                Err(fault) => return Ok((head, Some(fault))),
            }
        }
    }
}

/// A chain that was cut short holds by itself; only a head that was kept elsewhere shows it.
async fn cut(store: &Store, kept: &Head) -> Result<Option<Fault>> {
    let hash = chain::hash_at(store.reader(), kept.pos).await?;
    let same = hash.is_some_and(|hash| hash == kept.hash) || (kept.pos == 0 && kept.hash == BEGINNING);
    Ok((!same).then_some(Fault::Cut { pos: kept.pos }))
}

impl Found {
    fn as_json(&self) -> serde_json::Value {
        json!({
            "ok": self.fault.is_none(), "rows": self.unlinked.rows, "chained": self.head.pos,
            "head": self.head.to_string(), "waiting": self.unlinked.waiting,
            "waiting_since": self.unlinked.waiting_since, "fault": self.fault,
            "sentence": self.fault.map(|fault| fault.to_string()),
        })
    }

    fn print(&self) {
        let said = self.fault.map_or_else(|| "each as it was written".to_owned(), |fault| format!("but {fault}"));
        println!("{:<10} {} rows in the chain, {said}", "audit", self.head.pos);
        match self.unlinked.waiting_since {
            Some(since) => println!("{:<10} {} since {since:.0}", "waiting", self.unlinked.waiting),
            None => println!("{:<10} none", "waiting"),
        }
        if self.fault.is_none() {
            println!("{:<10} {}", "head", self.head);
            println!("Keep the head elsewhere: with --head it shows later that nothing was cut off.");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_is_read_as_it_is_printed() {
        let head = Head { pos: 17, hash: [0xab; 32] };
        assert_eq!(head.to_string().parse(), Ok(head));
        for wrong in ["", "17", "17:ab", "x:00", &format!("1:{}", "0g".repeat(32)), "1:€€"] {
            assert!(wrong.parse::<Head>().is_err(), "{wrong}");
        }
    }
}
