//! Puts rules into the place of those in force: the tables, the version, the log of deeds.

use jiff::Timestamp;
use serde_json::json;

use super::{super::audit, hanging::Hanging, rights, written};
use crate::{
    actions::{
        audit::Entry,
        found_house::{cac_row, queues},
    },
    domain::{
        access::Viewer,
        audit::{Kind, Subject},
    },
    error::{Error, FieldError, Result},
    router::{NamedCalendar, Rules, differences},
    store::{
        WriteTx,
        rule_sets::{self, NewRuleSet, RuleSetRow},
        rule_tables::{self, NewCalendar},
    },
};

/// What is to be followed from now on, and why.
pub(super) struct Next<'a> {
    pub rules: Rules,
    pub note: &'a str,
    pub reverted_to: Option<i32>,
}

const LONGEST_NOTE: usize = 500;

/// Refuses what can't be followed, isn't this person's, or would leave something hanging; answers the new version.
pub(super) async fn replace(
    tx: &mut WriteTx,
    viewer: &Viewer,
    in_force: &RuleSetRow,
    next: Next<'_>,
    now: Timestamp,
) -> Result<i32> {
    let before = &in_force.rules::<Rules>()?;
    let rules = next.rules.clone().canonical();
    judged(&rules, next.note)?;
    if differences(before, &rules).is_empty() {
        return Err(Error::refused("These rules are in force already: there is nothing to publish."));
    }
    rights::judge(tx, viewer, before, &rules).await?;
    let holds = rule_tables::holds(&mut **tx, &viewer.scope).await?;
    faultless(Hanging::of(&holds, before, &rules).left)?;
    let version = in_force.version + 1;
    let new = NewRuleSet {
        version,
        rules: &written(&rules)?,
        hash: &rules.hash(),
        note: next.note.trim(),
        by: Some(viewer.person_id),
        reverted_to: next.reverted_to,
    };
    if !rule_sets::insert(tx, &new, now).await? {
        return Err(Error::refused(FASTER));
    }
    write_tables(tx, viewer, before, &rules, now).await?;
    let kind = if next.reverted_to.is_some() { Kind::RulesReverted } else { Kind::RulesPublished };
    let detail = json!({"note": next.note.trim(), "hash": new.hash, "reverted_to": next.reverted_to});
    audit::record(tx, Entry::new(kind, Subject::Rules, version).by_viewer(viewer).with(detail), now).await?;
    Ok(version)
}

pub(super) const FASTER: &str =
    "Somebody else has published since you began. Bring your draft up to the rules in force, look, and publish then.";

fn judged(rules: &Rules, note: &str) -> Result<()> {
    let mut faults = rules.contradictions();
    if note.trim().is_empty() || note.chars().count() > LONGEST_NOTE {
        let told = format!("Say why, in up to {LONGEST_NOTE} characters: it stands beside this version for ever.");
        return Err(Error::invalid("note", told));
    }
    faults.sort();
    faultless(faults)
}

fn faultless(faults: Vec<String>) -> Result<()> {
    let faults: Vec<_> = faults.into_iter().map(|message| FieldError { field: "rules".to_owned(), message }).collect();
    if faults.is_empty() { Ok(()) } else { Err(Error::Invalid(faults)) }
}

async fn write_tables(tx: &mut WriteTx, viewer: &Viewer, before: &Rules, rules: &Rules, now: Timestamp) -> Result<()> {
    rule_tables::lift_regions(tx).await?;
    for (ordinal, region) in (1..).zip(&rules.regions) {
        rule_tables::put_region(tx, region, ordinal).await?;
    }
    for named in rules.calendars.iter().filter(|named| before.calendar(&named.name) != Some(&named.calendar)) {
        write_calendar(tx, viewer, named, now).await?;
    }
    for cac in &rules.cacs {
        rule_tables::put_cac(tx, &cac_row(cac, rules)).await?;
    }
    let queues = queues(rules);
    for queue in &queues {
        if !rule_tables::put_queue(tx, queue).await? {
            return Err(Error::invalid("rules", format!("Queue {} is there already, from an import.", queue.slug)));
        }
    }
    let slugs: Vec<String> = queues.into_iter().map(|queue| queue.slug).collect();
    rule_tables::delete_other_queues(tx, &slugs).await?;
    let codes: Vec<String> = rules.cacs.iter().map(|cac| cac.code.clone()).collect();
    rule_tables::delete_other_cacs(tx, &codes).await?;
    let names: Vec<String> = rules.calendars.iter().map(|named| named.name.clone()).collect();
    rule_tables::delete_other_calendars(tx, &names).await?;
    rule_tables::delete_other_regions(tx, &rules.regions).await
}

async fn write_calendar(tx: &mut WriteTx, viewer: &Viewer, named: &NamedCalendar, now: Timestamp) -> Result<()> {
    let form = serde_json::to_value(&named.calendar).map_err(|e| Error::Internal(e.to_string()))?;
    let called = form.get("holiday_names").cloned().unwrap_or_else(|| json!({}));
    let new = NewCalendar {
        name: &named.name,
        time_zone: named.calendar.zone_name(),
        weekly: &form["weekly"],
        holidays: &form["holidays"],
        holiday_names: &called,
        by: viewer.person_id,
    };
    let version = rule_tables::put_calendar(tx, &new, now).await?;
    let entry = Entry::new(Kind::CalendarPublished, Subject::Calendar, &named.name).by_viewer(viewer);
    audit::record(tx, entry.with(json!({"version": version})), now).await
}
