//! What the clients were told against what the store has, by id.

use std::collections::HashMap;

use crate::{
    domain::access::Scope,
    error::Result,
    store::{Store, ledger::whole},
};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Checked {
    pub lost: usize,
    pub doubled: usize,
}

pub async fn compare(store: &Store, run: &str, acknowledged: &[&String]) -> Result<Checked> {
    let kept = whole::names_beginning(store.reader(), &Scope::everything(), &format!("{run}-")).await?;
    Ok(count(&kept, acknowledged))
}

fn count(kept: &[String], acknowledged: &[&String]) -> Checked {
    let mut times: HashMap<&str, usize> = HashMap::new();
    for id in kept {
        *times.entry(id).or_default() += 1;
    }
    let lost = acknowledged.iter().filter(|id| !times.contains_key(id.as_str())).count();
    let doubled = times.values().filter(|times| **times > 1).count();
    Checked { lost, doubled }
}

pub async fn durability(store: &Store) -> Result<String> {
    whole::durability(store.reader()).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_and_what_is_there_twice_is_counted() {
        let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        let kept = names(&["1", "2", "2", "5"]);
        let told = names(&["1", "2", "3", "4"]);
        assert_eq!(count(&kept, &told.iter().collect::<Vec<_>>()), Checked { lost: 2, doubled: 1 });
        assert_eq!(count(&kept, &[&told[0]]), Checked { lost: 0, doubled: 1 });
    }
}
