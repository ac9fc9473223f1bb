//! What must be in the store, by what was said: counted here on its own, without a word of the code that decided it.
//!
//! A fault is a system, a component and a problem that something at least as bad as a warning was raised of. It is one
//! call, however often and in whatever order it was raised and cleared.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    process::Command,
};

use serde_json::Value;
use sqlx::{PgPool, Row};

use super::{
    house::House,
    words::{Kind, Plan, SYSTEMS, name_of, serial, site_code, system},
};
use crate::faults::number;

pub async fn problems(house: &House, plan: &Plan) -> Vec<String> {
    let db = house.db().await;
    let mut wrong = names(&db, plan).await;
    wrong.extend(calls(&db, plan).await);
    for site in 0..plan.sites {
        wrong.extend(ledgers(house, plan, site).await);
    }
    let mut doctor = Command::new(env!("CARGO_BIN_EXE_meridian"));
    doctor.args(["doctor", "ledger", "--json", "--data"]).arg(house.data()).env_remove("DATABASE_URL");
    let output = doctor.output().unwrap();
    if !output.status.success() {
        wrong.push(format!("the doctor says {}", String::from_utf8_lossy(&output.stdout)));
    }
    wrong
}

/// Every name once.
async fn names(db: &PgPool, plan: &Plan) -> Vec<String> {
    let sql = "SELECT source_id FROM alarm WHERE starts_with(source_id, 'm-')
               UNION ALL
               SELECT convert_from(body, 'UTF8')::jsonb ->> 'id' FROM kept_message";
    let mut kept: HashMap<String, usize> = HashMap::new();
    for row in sqlx::raw_sql(sql).fetch_all(db).await.unwrap() {
        *kept.entry(row.get(0)).or_default() += 1;
    }
    let mut wrong = Vec::new();
    for (site, message) in (0..plan.sites).flat_map(|site| (0..plan.messages).map(move |message| (site, message))) {
        let name = name_of(site, message);
        match kept.remove(&name) {
            Some(1) => {}
            Some(times) => wrong.push(format!("{name} is doubled: it is there {times} times")),
            None => wrong.push(format!("{name} was acknowledged and is lost")),
        }
    }
    wrong.extend(kept.keys().map(|name| format!("{name} was never sent")));
    wrong
}

fn faults(plan: &Plan, site: usize) -> BTreeSet<(usize, usize)> {
    let raised = (0..plan.messages).filter_map(|message| match Plan::kind(site, message) {
        Kind::Raised { part } => Some((system(message), part)),
        _ => None,
    });
    raised.collect()
}

/// One call for each fault, with each of its alarms counted once.
async fn calls(db: &PgPool, plan: &Plan) -> Vec<String> {
    let mut expected = BTreeMap::new();
    for site in 0..plan.sites {
        for (system, _) in faults(plan, site) {
            *expected.entry(serial(site, system)).or_insert(0_i64) += 1;
        }
    }
    let sql = "SELECT system.serial, count(*) FROM call
               JOIN system ON system.customer_id = call.customer_id AND system.id = call.system_id
               WHERE call.origin = 'device' GROUP BY system.serial";
    let rows = sqlx::raw_sql(sql).fetch_all(db).await.unwrap();
    let found: BTreeMap<String, i64> = rows.iter().map(|row| (row.get(0), row.get(1))).collect();
    let mut wrong = Vec::new();
    if found != expected {
        let differ = expected.iter().filter(|(serial, calls)| found.get(*serial) != Some(calls));
        let differ: Vec<_> = differ.map(|(serial, calls)| (serial, calls, found.get(serial))).take(5).collect();
        wrong.push(format!("calls and faults differ: {differ:?}"));
    }
    let raised = "SELECT count(*) FROM alarm WHERE disposition IN ('opened', 'uncovered', 'folded')";
    let counted = "SELECT (SELECT coalesce(sum(alarm_count), 0) FROM call)
                          + (SELECT coalesce(sum(raises), 0) FROM murmur)";
    let (raised, counted) = (number(db, raised).await, number(db, counted).await);
    if raised != counted {
        wrong.push(format!("{raised} alarms are about calls, which count {counted}"));
    }
    wrong
}

/// What the API says of each system and of the site is what was said.
async fn ledgers(house: &House, plan: &Plan, site: usize) -> Vec<String> {
    let mut wrong = Vec::new();
    for of in 0..SYSTEMS {
        let address = format!("/systems/{}/ledger", serial(site, of));
        let ledger = house.reader.api("GET", &address, None).await.json();
        let expected = sums(plan, site, of);
        let found = grouped(&ledger);
        if found != expected || ledger["sent"].as_i64() != Some(expected.values().sum()) {
            wrong.push(format!("{address}: {expected:?} were sent, the ledger says {ledger}"));
        }
    }
    let address = format!("/sites/{}/ledger", site_code(site));
    let ledger = house.reader.api("GET", &address, None).await.json();
    if ledger["adds_up"] != true || ledger["gaps"].as_array().is_none_or(|gaps| !gaps.is_empty()) {
        wrong.push(format!("{address}: {ledger}"));
    }
    wrong
}

/// What a system has said, by what can become of it. What is kept unread belongs to the site.
fn sums(plan: &Plan, site: usize, of: usize) -> BTreeMap<&'static str, i64> {
    let mut sums = BTreeMap::new();
    for message in (0..plan.messages).filter(|message| system(*message) == of) {
        let became = match Plan::kind(site, message) {
            Kind::Raised { .. } => "folded",
            Kind::Cleared { .. } => "cleared",
            Kind::Informational => "informational",
            Kind::Heartbeat => "heartbeat",
            Kind::Test => "test",
            Kind::Rejected | Kind::Stray => continue,
        };
        *sums.entry(became).or_default() += 1;
    }
    let new = i64::try_from(faults(plan, site).iter().filter(|(system, _)| *system == of).count()).unwrap();
    let begun = if Plan::is_covered(site) { "opened" } else { "uncovered" };
    sums.entry("folded").and_modify(|folded| *folded -= new);
    sums.insert(begun, new);
    sums.retain(|_, count| *count > 0);
    sums
}

fn grouped(ledger: &Value) -> BTreeMap<&str, i64> {
    let dispositions = ledger["dispositions"].as_object().into_iter().flatten();
    dispositions.filter_map(|(name, count)| Some((name.as_str(), count.as_i64()?))).collect()
}
