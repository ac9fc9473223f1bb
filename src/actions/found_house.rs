use uuid::Uuid;

use crate::{
    domain::{calendar::Calendar, names::name_of, objective},
    error::{Error, Result},
    router::{Cac, PARTNER_QUEUE, Rules},
    store::{
        Store,
        reference::{self, CacRow, ObjectiveRow, QueueRow},
    },
};

/// The name of the service level that holds where a contract says nothing else.
pub const STANDARD_LEVEL: &str = "Standard";

/// A new house begins with the standard regions, CACs, queues and promises; leads change them later.
///
/// A house that has regions is left as it is.
pub async fn found_house(store: &Store) -> Result<()> {
    if !reference::regions(store.reader()).await?.is_empty() {
        return Ok(());
    }
    let rules = Rules::standard().map_err(|e| Error::Internal(e.to_string()))?;
    let mut tx = store.begin_write().await?;
    for (ordinal, region) in (1..).zip(&rules.regions) {
        reference::insert_region(&mut tx, region, ordinal).await?;
    }
    for named in &rules.calendars {
        let form = serde_json::to_value(&named.calendar).map_err(|e| Error::Internal(e.to_string()))?;
        let zone = named.calendar.zone_name();
        reference::insert_calendar(&mut tx, &named.name, zone, &form["weekly"], &form["holidays"]).await?;
    }
    for cac in &rules.cacs {
        reference::insert_cac(&mut tx, &cac_row(cac, &rules)).await?;
    }
    for queue in queues(&rules) {
        reference::insert_queue(&mut tx, &queue).await?;
    }
    let level = Uuid::now_v7();
    reference::insert_service_level(&mut tx, level, STANDARD_LEVEL).await?;
    for objective in objective::defaults() {
        reference::insert_objective(&mut tx, &objective_row(level, objective)).await?;
    }
    tx.commit().await?;
    Ok(())
}

/// A CAC that nobody has named is called by its region and its city.
pub(super) fn cac_row(cac: &Cac, rules: &Rules) -> CacRow {
    let place = rules.calendar(&cac.calendar).map(Calendar::place).unwrap_or_default();
    let name = cac.name.clone().unwrap_or_else(|| format!("{} {place}", cac.code));
    CacRow {
        code: cac.code.clone(),
        name,
        region: cac.region.clone(),
        calendar: cac.calendar.clone(),
        accept_minutes: i32::try_from(cac.accept_minutes).unwrap_or(i32::MAX),
    }
}

/// The queues of the rules, and those where a call waits that no subject queue may have.
pub(super) fn queues(rules: &Rules) -> Vec<QueueRow> {
    let row = |slug: &str, name: String, cac: Option<&str>, kind: &str, subjects: &[String]| QueueRow {
        slug: slug.to_owned(),
        name,
        cac_code: cac.map(str::to_owned),
        kind: kind.to_owned(),
        subjects: subjects.to_vec(),
        languages: Vec::new(),
    };
    let subject = rules.queues.iter().map(|q| QueueRow {
        languages: q.languages.clone(),
        ..row(&q.slug, queue_name(&q.slug), Some(&q.cac), "subject", &q.subjects)
    });
    let renewals = rules.cacs.iter().map(|cac| {
        let slug = format!("renewals-{}", cac.code.to_ascii_lowercase());
        row(&slug, format!("{} renewals", cac.code), Some(&cac.code), "renewals", &[])
    });
    let house = [
        row(&rules.duty_manager, "Duty manager".to_owned(), None, "duty", &[]),
        row(PARTNER_QUEUE, "Partner review".to_owned(), None, "partner", &[]),
    ];
    subject.chain(renewals).chain(house).collect()
}

/// `emea-hardware` is the EMEA hardware queue, `emea-os` the EMEA OS queue.
fn queue_name(slug: &str) -> String {
    let (region, subject) = slug.split_once('-').unwrap_or(("", slug));
    let subject = if subject == "os" { "OS" } else { subject };
    format!("{} {subject}", region.to_ascii_uppercase())
}

fn objective_row(level: Uuid, objective: objective::Objective) -> ObjectiveRow {
    ObjectiveRow {
        service_level_id: level,
        severity: objective.severity.into(),
        kind: name_of(objective.kind),
        minutes: i32::try_from(objective.minutes).unwrap_or(i32::MAX),
        clock: name_of(objective.clock),
    }
}
