//! What holds for every call at every hour.
use std::collections::HashSet;

use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use uuid::Uuid;

use super::*;
use crate::domain::severity::Severity;

const SUBJECTS: [Option<&str>; 5] = [None, Some("hardware"), Some("os"), Some("storage"), Some("cooling")];
const PARTNERS: [Option<PartnerFirst>; 3] = [
    None,
    Some(PartnerFirst { accept_minutes: 30, open: true, accept_by: None }),
    Some(PartnerFirst { accept_minutes: 30, open: false, accept_by: None }),
];
/// Weeks in which the clocks of Europe or America change.
const WEEKS: [&str; 4] = ["2026-03-06", "2026-03-27", "2026-10-23", "2026-10-30"];

fn question(region: &str, severity: Severity, at: Timestamp) -> Facts {
    Facts::plain(region, "Europe/Paris", severity, at)
}

fn hours_of(week: &str) -> impl Iterator<Item = Timestamp> {
    let start: Timestamp = format!("{week}T00:30:00Z").parse().unwrap();
    (0..7 * 24).map(move |hour| start + SignedDuration::from_hours(hour))
}

/// Every other fact of a call, in all combinations.
fn variants(facts: &Facts) -> impl Iterator<Item = Facts> {
    let subjects = SUBJECTS.iter().flat_map(|subject| PARTNERS.iter().map(move |partner| (subject, partner)));
    subjects.flat_map(move |(subject, partner)| {
        let facts = Facts { subject: subject.map(Into::into), partner: *partner, ..facts.clone() };
        let same_incident = Some(SameIncident { call: "C-2000001-2".into(), queue: "apac-storage".into() });
        let known_to = Some(KnownTo { engineer: Uuid::nil(), cac: "EMEA".into() });
        let language = Some("fr".into());
        let known = Facts { language, same_incident, known_to, ..facts.clone() };
        [Facts { covered: false, ..facts.clone() }, known, facts]
    })
}

/// What the steps of the product say of one decision, without the way it was found.
fn hold_the_rules(router: &Router, queues: &HashSet<String>, facts: &Facts) {
    let decision = router.route(facts);
    let open = |code: &str| router.centers.iter().any(|c| c.code == code && c.calendar.is_open(facts.at));
    let home = facts.region.as_str();
    let urgent = facts.severity.is_urgent();
    let review = facts.covered && !urgent && facts.partner.is_some_and(|p| p.open);
    let anybody = router.centers.iter().any(|c| c.calendar.is_open(facts.at));

    assert!(queues.contains(&decision.queue), "{facts:?}: {decision:?}");
    assert!(!decision.why.is_empty() && !decision.chip().is_empty() && !decision.plain.is_empty());
    let known = facts.known_to.as_ref().map(|known| known.cac.clone());
    assert!(decision.engineer.is_none() || (decision.cac == known && open(&known.unwrap_or_default())));
    assert_eq!(decision.queue.starts_with("renewals-"), !facts.covered);
    assert_eq!(decision.queue == PARTNER_QUEUE, review);
    assert_eq!(decision.accept_by.is_some(), review);
    assert_eq!(decision.also_partner, facts.covered && urgent && facts.partner.is_some());
    assert_eq!(decision.queue == "duty", facts.covered && urgent && !anybody, "{facts:?}: {decision:?}");
    let waits = facts.covered && !urgent && !review && !open(home);
    assert_eq!(decision.wait_until.is_some(), waits);
    if let Some(cac) = &decision.cac {
        assert!(cac == home || (urgent && facts.covered && !open(home)));
        assert!(!(urgent && facts.covered) || open(cac), "{facts:?}: {decision:?}");
    }
}

#[test]
fn every_call_at_every_hour_has_the_queue_the_steps_say() {
    let rules = Rules::standard().unwrap();
    let mut queues: HashSet<String> = rules.queues.iter().map(|q| q.slug.clone()).collect();
    queues.extend(["duty", "partner", "renewals-amer", "renewals-emea", "renewals-apac"].map(Into::into));
    let router = Router::new(rules).unwrap();
    for at in WEEKS.into_iter().flat_map(hours_of) {
        for region in ["AMER", "EMEA", "APAC"] {
            for severity in Severity::ALL {
                let facts = question(region, severity, at);
                variants(&facts).for_each(|facts| hold_the_rules(&router, &queues, &facts));
            }
        }
    }
}

#[test]
fn on_weekdays_somebody_is_always_awake() {
    let router = Router::new(Rules::standard().unwrap()).unwrap();
    let weekday = |at: &Timestamp| {
        let utc = at.to_zoned(jiff::tz::TimeZone::UTC);
        (1..=5).contains(&utc.weekday().to_monday_one_offset())
    };
    for at in WEEKS.into_iter().flat_map(hours_of).filter(weekday) {
        assert_ne!(router.route(&question("EMEA", Severity::Critical, at)).queue, "duty", "{at}");
    }
}

proptest! {
    #[test]
    fn whatever_is_asked_there_is_one_answer_and_always_the_same(
        region in "(AMER|EMEA|APAC|.{0,6})", zone in "(Europe/Paris|.{0,8})", name in prop::option::of(".{0,8}"),
        subject in prop::option::of(".{0,12}"), severity in 0..4_usize, covered: bool, partner in 0..3_usize,
        second in -377_705_023_201..=253_402_207_200_i64,
    ) {
        let at = Timestamp::from_second(second).unwrap();
        let facts = Facts {
            site_zone: zone, site_name: name, subject, covered, partner: PARTNERS[partner],
            ..question(&region, Severity::ALL[severity], at)
        };
        let first = Router::new(Rules::standard().unwrap()).unwrap().route(&facts);
        let again = Router::new(Rules::standard().unwrap()).unwrap().route(&facts);
        prop_assert!(!first.queue.is_empty() && !first.why.is_empty());
        prop_assert!(first.why.iter().all(|why| !why.is_empty()));
        prop_assert_eq!(first, again);
    }
}
