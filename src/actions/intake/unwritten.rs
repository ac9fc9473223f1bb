//! New calls of one transaction: what is read for all that may come, and the calls until they are written together.

use std::collections::{BTreeSet, HashMap};

use sqlx::PgConnection;
use uuid::Uuid;

use super::batch::{Batch, Item, Site};
use crate::{
    actions::pen::{KNOWN_FOR, Pen},
    domain::{
        access::Scope,
        alarm::{Alarm, Kind},
        call::Call,
        fault::{Fault, Place},
        storm,
    },
    error::Result,
    store::{
        affinity::{self, Affinity, Asked},
        storms,
    },
};

#[derive(Default)]
pub struct Unwritten<'a> {
    pens: Vec<Pen<'a>>,
    affinities: HashMap<(Uuid, Uuid), Affinity>,
    /// The systems of a site with something that was new before this transaction, and its call.
    new_before: HashMap<Site, Vec<(Uuid, Uuid)>>,
}

impl<'a> Batch<'a> {
    /// For each of these messages that may open a call.
    pub(super) async fn load_for_openings(
        &mut self,
        tx: &mut PgConnection,
        faulty: &[(Item<'_>, Place)],
    ) -> Result<()> {
        let stands = |(item, place): &(Item<'_>, Place)| {
            let fault = self.faults.get(&(place.customer_id, place.fingerprint(item.alarm)));
            fault.is_some_and(Fault::stands)
        };
        let opens = |alarm: &Alarm| match alarm.kind {
            Kind::Raised => alarm.call_severity().is_some(),
            kind => kind == Kind::Test,
        };
        let new = faulty.iter().filter(|found| opens(found.0.alarm) && !stands(found));
        let places: BTreeSet<Place> = new.map(|(_, place)| *place).collect();
        self.load_new_before(tx, places.iter().map(|place| (place.customer_id, place.site_id)).collect()).await?;
        self.load_affinities(tx, &places).await
    }

    pub(super) async fn load_new_before(&mut self, tx: &mut PgConnection, sites: BTreeSet<Site>) -> Result<()> {
        let (customers, ids): (Vec<Uuid>, Vec<Uuid>) =
            sites.into_iter().filter(|site| !self.unwritten.new_before.contains_key(site)).unzip();
        if ids.is_empty() {
            return Ok(());
        }
        let found = storms::lately(tx, &customers, &ids, self.now - storm::WINDOW).await?;
        let before = &mut self.unwritten.new_before;
        before.extend(customers.into_iter().zip(ids).map(|site| (site, Vec::new())));
        for new in found {
            before.entry((new.customer_id, new.site_id)).or_default().push((new.system_id, new.call_id));
        }
        Ok(())
    }

    async fn load_affinities(&mut self, tx: &mut PgConnection, places: &BTreeSet<Place>) -> Result<()> {
        let asked: Vec<Asked<'_>> = places.iter().filter_map(|place| self.asked(place)).collect();
        if asked.is_empty() {
            return Ok(());
        }
        let systems: Vec<_> = asked.iter().map(|asked| (asked.customer_id, asked.system_id)).collect();
        let found = affinity::of_systems(tx, &Scope::everything(), &asked, self.now - KNOWN_FOR).await?;
        self.unwritten.affinities.extend(systems.into_iter().zip(found));
        Ok(())
    }

    fn asked(&self, place: &Place) -> Option<Asked<'_>> {
        let subject = self.targets.get(place)?.subject.as_deref();
        Some(Asked { customer_id: place.customer_id, system_id: place.system_id?, subject, call_id: Uuid::nil() })
    }

    /// The systems of the site with a fault that was new lately, before this transaction.
    pub(super) async fn new_before(&mut self, tx: &mut PgConnection, site: Site) -> Result<&[(Uuid, Uuid)]> {
        self.load_new_before(tx, BTreeSet::from([site])).await?;
        Ok(self.unwritten.new_before.get(&site).map_or(&[], Vec::as_slice))
    }

    /// Who has to do with the system of a new call already; what this transaction has opened counts.
    pub(super) async fn affinity(&self, tx: &mut PgConnection, call: &Call) -> Result<Affinity> {
        let Some(system) = call.system_id else { return Ok(Affinity::default()) };
        let known = self.unwritten.affinities.get(&(call.customer_id, system));
        let known = match known {
            Some(known) => known.clone(),
            None => affinity::of_system(tx, &Scope::within(call.customer_id), call, self.now - KNOWN_FOR).await?,
        };
        let like = |other: &&Call| {
            other.customer_id == call.customer_id
                && other.system_id == call.system_id
                && other.course.subject == call.course.subject
                && !other.in_review()
        };
        // Of those that began together the store names the first, too.
        let opened = self.unwritten.pens.iter().map(|pen| &pen.call).find(like);
        Ok(match opened {
            Some(same) => {
                Affinity { open_number: Some(same.number.serial()), open_queue: Some(same.queue.clone()), ..known }
            }
            None => known,
        })
    }

    /// Written with the others, before anything else of the transaction asks for it.
    pub(super) fn write_later(&mut self, pen: Pen<'a>) {
        self.unwritten.pens.push(pen);
    }

    pub(super) async fn write_new(&mut self, tx: &mut PgConnection) -> Result<()> {
        let pens = std::mem::take(&mut self.unwritten.pens);
        for Call { customer_id, system_id, .. } in pens.iter().map(|pen| &pen.call) {
            // What was known of these is so no longer.
            system_id.map(|system| self.unwritten.affinities.remove(&(*customer_id, system)));
        }
        Pen::insert_together(tx, &pens).await
    }
}
