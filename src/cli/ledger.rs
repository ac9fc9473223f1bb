//! `doctor ledger`: whether everything that was sent is there, and has become one thing each.

use serde_json::{Value, json};

use super::{StoreArgs, opening::Opened};
use crate::{
    domain::access::Scope,
    error::{Error, Result},
    store::{
        Store,
        ledger::whole::{self, Account},
    },
};

pub async fn ledger(as_json: bool, store: &StoreArgs) -> Result<()> {
    let opened = Opened::open(store).await?;
    let found = Found::read(&opened.store).await;
    opened.close().await?;
    let found = found?;
    if as_json {
        println!("{}", found.as_json());
    } else {
        found.print();
    }
    match found.wrong.len() {
        0 => Ok(()),
        1 => Err(Error::command("The ledger of one sender does not add up.")),
        many => Err(Error::command(format!("The ledgers of {many} senders do not add up."))),
    }
}

/// What a look at the whole store has found.
struct Found {
    senders: usize,
    sent: i64,
    disposed: i64,
    never_heard: i64,
    wrong: Vec<Account>,
}

impl Found {
    async fn read(store: &Store) -> Result<Self> {
        let everything = Scope::everything();
        let accounts = whole::accounts(store.reader(), &everything).await?;
        Ok(Self {
            senders: accounts.len(),
            sent: accounts.iter().map(|account| account.sent).sum(),
            disposed: accounts.iter().map(|account| account.disposed).sum(),
            never_heard: whole::never_heard(store.reader(), &everything).await?,
            wrong: accounts.into_iter().filter(|account| !adds_up(account)).collect(),
        })
    }

    fn as_json(&self) -> Value {
        let wrong = self.wrong.iter().map(|account| {
            json!({"customer": account.customer, "site": account.site, "system": account.system, "sent": account.sent,
                   "disposed": account.disposed, "without_call": account.without_call,
                   "same_number": account.same_number, "missing": account.missing})
        });
        json!({"ok": self.wrong.is_empty(), "senders": self.senders, "sent": self.sent, "disposed": self.disposed,
               "never_heard": self.never_heard, "wrong": wrong.collect::<Vec<_>>()})
    }

    fn print(&self) {
        println!("{:<12} {} messages of {} senders by their names", "sent", self.sent, self.senders);
        println!("{:<12} {} by what became of them", "disposed", self.disposed);
        println!("{:<12} {} numbers of spools", "never heard", self.never_heard);
        for account in &self.wrong {
            println!("{}", sentence(account));
        }
    }
}

fn adds_up(account: &Account) -> bool {
    account.sent == account.disposed && account.without_call + account.same_number + account.missing == 0
}

fn sentence(account: &Account) -> String {
    let Account { customer, site, sent, disposed, without_call, same_number, missing, .. } = account;
    let sender = account.system.as_deref().unwrap_or("the site itself");
    format!(
        "{customer}, {site}, {sender}: {sent} sent and {disposed} disposed of; {without_call} have no call that should, \
         {same_number} have the number of another, {missing} are named by a call and not there"
    )
}
