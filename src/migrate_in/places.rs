use std::collections::{BTreeMap, BTreeSet, HashMap};

use jiff::Timestamp;
use serde_json::{Value, json};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{
    log::{Case, Log},
    names::Names,
};
use crate::{
    error::Result,
    store::{imports::places, reference},
};

const WORDS_LENGTH: usize = 200;

/// What a log says about the place of a call. The name tells sites apart; the code is made of the hint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SiteWords {
    pub hint: String,
    pub name: String,
    pub country: &'static str,
    pub region: &'static str,
    pub zone: String,
}

impl SiteWords {
    pub fn new(hint: &str, name: &str, country: &'static str, region: &'static str, zone: &str) -> Self {
        Self { hint: hint.to_owned(), name: clip(name), country, region, zone: zone.to_owned() }
    }
}

/// Words that go into an index of the store, which refuses very long ones.
pub fn clip(words: &str) -> String {
    words.chars().take(WORDS_LENGTH).collect()
}

/// Where the calls of a log belong: their customer, and its sites, systems and queues by the log's words.
pub struct Places {
    pub customer: Uuid,
    sites: HashMap<String, Uuid>,
    systems: HashMap<String, Uuid>,
    queues: Names,
}

impl Places {
    /// Makes what is not there yet; what earlier files of the same log made is used again.
    pub async fn settle(db: &mut PgConnection, log: &Log, now: Timestamp) -> Result<Self> {
        let customer = places::account(db, log.kind.customer(), log.kind.name(), now).await?;
        let queues = settle_queues(db, log).await?;
        let sites = settle_sites(db, log, customer, now).await?;
        let systems = settle_systems(db, log, customer, &sites).await?;
        Ok(Self { customer, sites, systems, queues })
    }

    pub fn site(&self, case: &Case) -> Option<Uuid> {
        self.sites.get(&case.site.name).copied()
    }

    pub fn system(&self, case: &Case) -> Option<Uuid> {
        self.systems.get(case.system.as_deref()?).copied()
    }

    pub fn queue(&self, team: &str) -> Option<&str> {
        self.queues.find(team)
    }
}

async fn settle_queues(db: &mut PgConnection, log: &Log) -> Result<Names> {
    let prefix = format!("{}-", log.kind.name());
    let mut names = Names::new(prefix.clone(), places::queues(db, &prefix).await?);
    let regions = regions_of_teams(log);
    let cacs = reference::cacs(&mut *db).await?;
    let mut new = Vec::new();
    for (team, regions) in regions.into_iter().filter(|(team, _)| names.find(team).is_none()).collect::<Vec<_>>() {
        let name = queue_name(team);
        let slug = names.add(team, name);
        let cac = only(&regions).and_then(|region| cacs.iter().find(|cac| cac.region == region));
        new.push(json!({"slug": slug, "name": name, "cac_code": cac.map(|cac| &cac.code), "subjects": [team]}));
    }
    places::insert_queues(db, &Value::from(new)).await?;
    Ok(names)
}

/// As people read it; the log writes a question mark where no team had the call.
fn queue_name(team: &str) -> &str {
    match team.trim() {
        "" | "?" => "unassigned",
        name => name,
    }
}

/// In which regions each team has worked; none for a row whose country is not known.
fn regions_of_teams(log: &Log) -> BTreeMap<&str, BTreeSet<Option<&'static str>>> {
    let mut regions: BTreeMap<&str, BTreeSet<_>> = BTreeMap::new();
    for row in log.rows() {
        regions.entry(&row.team).or_default().insert(log.kind.region(&row.source));
    }
    regions
}

/// A team belongs to a CAC only if all its work was in one region.
fn only(regions: &BTreeSet<Option<&'static str>>) -> Option<&'static str> {
    if regions.len() == 1 { *regions.first()? } else { None }
}

async fn settle_sites(
    db: &mut PgConnection,
    log: &Log,
    customer: Uuid,
    now: Timestamp,
) -> Result<HashMap<String, Uuid>> {
    let known = places::sites(db, customer).await?;
    let mut names = Names::new(format!("{}-", log.kind.name()), known.into_iter().map(|site| (site.words, site.code)));
    let mut new = Vec::new();
    for site in log.cases.iter().map(|case| &case.site) {
        if names.find(&site.name).is_none() {
            let code = names.add(&site.name, &site.hint).to_uppercase();
            new.push(json!({"customer_id": customer, "id": Uuid::now_v7(), "site_code": code, "name": site.name,
                            "country": site.country, "region": site.region, "time_zone": site.zone}));
        }
    }
    places::insert_sites(db, &Value::from(new), now).await?;
    Ok(ids(places::sites(db, customer).await?))
}

/// A system stands at the site of its first call; calls about it may come from other sites.
async fn settle_systems(
    db: &mut PgConnection,
    log: &Log,
    customer: Uuid,
    sites: &HashMap<String, Uuid>,
) -> Result<HashMap<String, Uuid>> {
    let known = places::systems(db, customer).await?;
    let mut names = Names::new(format!("{}-", log.kind.name()), known.into_iter().map(|s| (s.words, s.code)));
    let mut new = Vec::new();
    for (case, system) in log.cases.iter().filter_map(|case| Some((case, case.system.as_deref()?))) {
        if names.find(system).is_none() {
            let serial = names.add(system, system).to_uppercase();
            let installed_at = case.rows.first().and_then(|row| row.when).map_or(Timestamp::UNIX_EPOCH, |when| when.at);
            new.push(json!({"customer_id": customer, "id": Uuid::now_v7(), "site_id": sites.get(&case.site.name),
                            "serial": serial, "nickname": system, "model": "not named in the log",
                            "subject": "imported", "os": "not named in the log", "installed_at": installed_at}));
        }
    }
    places::insert_systems(db, &Value::from(new)).await?;
    Ok(ids(places::systems(db, customer).await?))
}

fn ids(named: Vec<places::Named>) -> HashMap<String, Uuid> {
    named.into_iter().map(|place| (place.words, place.id)).collect()
}
