//! What a transaction that received alarms leaves behind.

use std::collections::{BTreeSet, HashMap};

use serde_json::Value;
use sqlx::PgConnection;
use uuid::Uuid;

use super::{batch::Batch, talk::Talk};
use crate::{
    actions::{pen::Pen, silence::break_silence},
    domain::{
        access::{Actor, Party, Scope},
        call::Change,
        fault::Place,
    },
    error::Result,
    store::{arrivals, calls, faults, murmurs, paths, storms, systems},
};

impl Batch<'_> {
    pub async fn write(mut self, tx: &mut PgConnection) -> Result<()> {
        self.write_new(tx).await?;
        if !self.heard.is_empty() {
            let (customers, ids) = pairs(&self.heard);
            let silent = systems::heard(tx, &customers, &ids, self.now).await?;
            if !silent.is_empty() {
                break_silence(tx, self.reference, &silent, self.now).await?;
            }
        }
        let paths = self.paths();
        if paths.as_array().is_some_and(|rows| !rows.is_empty()) {
            paths::hear(tx, &paths).await?;
        }
        if !self.changed.is_empty() {
            self.write_faults(tx).await?;
        }
        self.tell(tx).await?;
        if self.rows.is_empty() { Ok(()) } else { arrivals::insert(tx, &self.rows).await }
    }

    /// What stands and what is over. What is left of the redundancy of a system is asked only where one of its faults
    /// takes more or less of it than before.
    async fn write_faults(&self, tx: &mut PgConnection) -> Result<()> {
        let changed = self.changed.iter().filter_map(|name| self.faults.get(name));
        faults::remember(tx, changed).await?;
        let moved = self.changed.iter().filter_map(|name| {
            let (fault, found) = (self.faults.get(name)?, self.exposed.get(name));
            let before = found.and_then(Option::as_deref);
            (fault.exposes() != before).then_some((fault.customer_id, fault.system_id?))
        });
        let systems: BTreeSet<(Uuid, Uuid)> = moved.collect();
        if systems.is_empty() {
            return Ok(());
        }
        let (customers, ids) = pairs(&systems);
        systems::settle_redundancy(tx, &customers, &ids, self.now).await?;
        calls::rerank_of_systems(tx, &customers, &ids).await
    }

    /// The calls hear of it, now or with more of the same later.
    async fn tell(&mut self, tx: &mut PgConnection) -> Result<()> {
        let mut heard: Vec<Talk> = std::mem::take(&mut self.talks).into_values().filter(|t| t.last.is_some()).collect();
        if heard.is_empty() {
            return Ok(());
        }
        heard.sort_by_key(|talk| talk.call.id);
        let asked = heard.iter().map(|talk| (talk.call.customer_id, talk.call.id)).collect();
        let (customers, ids) = pairs(&asked);
        let standing: HashMap<Uuid, i64> = faults::standing(tx, &customers, &ids).await?.into_iter().collect();
        let standing = |talk: &Talk| standing.get(&talk.call.id).copied().unwrap_or(0);
        let (told, kept): (Vec<Talk>, Vec<Talk>) =
            heard.into_iter().partition(|talk| talk.is_told(standing(talk), self.now));
        self.advance(tx, told.iter().map(|talk| (talk, talk.changes(standing(talk)))).collect()).await?;
        let untold = told.iter().map(|talk| (talk, true)).chain(kept.iter().map(|talk| (talk, false)));
        let untold = untold.filter_map(|(talk, told)| talk.murmur(told, self.now)).collect();
        murmurs::remember(tx, &Value::Array(untold)).await?;
        let storms: BTreeSet<_> = self.storms.iter().map(|((customer, _), call)| (*customer, *call)).collect();
        let raging =
            told.iter().chain(&kept).filter(|talk| talk.raises > 0).map(|talk| (talk.call.customer_id, talk.call.id));
        let raging: BTreeSet<_> = raging.filter(|call| storms.contains(call)).collect();
        if !raging.is_empty() {
            let (customers, ids) = pairs(&raging);
            storms::go_on(tx, &customers, &ids, self.now).await?;
        }
        Ok(())
    }

    /// Reads them in one go, writes them in one go.
    async fn advance(&self, tx: &mut PgConnection, told: Vec<(&Talk, Vec<Change>)>) -> Result<()> {
        let told: HashMap<Uuid, (&Talk, Vec<Change>)> =
            told.into_iter().filter(|(_, changes)| !changes.is_empty()).map(|told| (told.0.call.id, told)).collect();
        let asked = told.values().map(|(talk, _)| (talk.call.customer_id, talk.call.id)).collect();
        let (customers, ids) = pairs(&asked);
        let mut pens = Vec::with_capacity(told.len());
        for detail in calls::locked(tx, &Scope::everything(), &customers, &ids).await? {
            let Some((talk, changes)) = told.get(&detail.call.id) else { continue };
            let device = Actor { party: Party::Device, id: talk.last.as_ref().and_then(|word| word.system_id) };
            let (place, region) = (place_of(&detail.call), detail.place.region.clone());
            let mut pen = Pen::of(self.reference, detail, self.now)?;
            for change in changes {
                let mut change = change.clone();
                if let Change::ChangeSeverity { missed, .. } = &mut change {
                    *missed = pen.missed();
                }
                pen.write(device, change.clone(), None)?;
                if let Some(target) = self.targets.get(&place).filter(|_| pen.is_astray(&change, &region)) {
                    pen.route_knowing(tx, target, true).await?;
                }
            }
            pens.push(pen);
        }
        Pen::advance_together(tx, pens).await
    }
}

fn place_of(call: &crate::domain::call::Call) -> Place {
    Place { customer_id: call.customer_id, site_id: call.site_id, system_id: call.system_id }
}

/// As arrays that a statement binds.
fn pairs(of: &BTreeSet<(Uuid, Uuid)>) -> (Vec<Uuid>, Vec<Uuid>) {
    of.iter().copied().unzip()
}
