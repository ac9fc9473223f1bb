use jiff::Timestamp;
use uuid::Uuid;

use super::*;
use crate::domain::calendar::Calendar;
use crate::domain::severity::Severity;

/// The example of the contract, with what it leaves out.
const EXAMPLE: &str = r#"regions = ["AMER", "EMEA", "APAC"]
duty_manager = "duty"

[[calendar]]
name = "emea"
time_zone = "Europe/Dublin"
weekly = { mon = ["08:00-20:00"], tue = ["08:00-20:00"], wed = ["08:00-20:00"], thu = ["08:00-20:00"], fri = ["08:00-12:30", "13:15-20:00"] }
holidays = ["2026-12-25"]

[[cac]]
code = "EMEA"
region = "EMEA"
calendar = "emea"

[[queue]]
slug = "emea-hardware"
cac = "EMEA"
subjects = ["hardware", "*"]
"#;

fn standard() -> Router {
    Router::new(Rules::standard().unwrap()).unwrap()
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// A hardware call from Paris.
fn paris(severity: u8, at_utc: &str) -> Facts {
    let line = format!(
        r#"{{"region":"EMEA","site_zone":"Europe/Paris","severity":{severity},"subject":"hardware","at":"{at_utc}"}}"#
    );
    serde_json::from_str(&line).unwrap()
}

const NOON: &str = "2026-11-25T12:00:00Z"; // a Wednesday
const NIGHT: &str = "2026-11-25T02:00:00Z";
const SATURDAY_NIGHT: &str = "2026-11-28T23:30:00Z";

#[test]
fn by_day_a_call_stays_at_home_and_says_why() {
    let facts = Facts { site_name: Some("Lyon".into()), ..paris(2, NOON) };
    let decision = standard().route(&facts);

    assert_eq!((decision.queue.as_str(), decision.cac.as_deref()), ("emea-hardware", Some("EMEA")));
    assert_eq!(
        decision.why,
        [
            "Covered: contract runs, hour and severity included",
            "Lyon belongs to EMEA",
            "EMEA is open (08:00-20:00 Dublin, no holiday)",
            "Subject hardware → EMEA hardware",
        ]
    );
    assert_eq!(decision.chip(), "home CAC, open till 20:00");
}

#[test]
fn at_night_a_serious_call_goes_to_whoever_is_awake() {
    let decision = standard().route(&paris(2, NIGHT));

    assert_eq!((decision.queue.as_str(), decision.wait_until), ("apac-hardware", None));
    assert_eq!(decision.why[2], "EMEA is closed until 08:00 Dublin");
    assert_eq!(decision.why[3], "APAC is awake longest, open till 20:00 Tokyo");
    assert_eq!(decision.chip(), "home closed, APAC open till 20:00");
}

#[test]
fn at_night_a_moderate_call_waits_for_home() {
    let decision = standard().route(&paris(3, NIGHT));

    assert_eq!((decision.queue.as_str(), decision.wait_until), ("emea-hardware", Some(at("2026-11-25T08:00:00Z"))));
    assert_eq!(decision.chip(), "home CAC, opens 08:00");
}

#[test]
fn on_saturday_night_a_critical_call_pages_the_duty_manager() {
    let decision = standard().route(&paris(1, SATURDAY_NIGHT));

    assert_eq!((decision.queue.as_str(), decision.cac.as_deref()), ("duty", None));
    assert_eq!(decision.why.last().unwrap(), "The duty manager is paged");
    assert_eq!(decision.chip(), "duty: no CAC open");
    assert_eq!(decision.openings.len(), 3);
}

#[test]
fn on_saturday_night_a_minor_call_waits_for_monday() {
    let decision = standard().route(&paris(4, SATURDAY_NIGHT));

    assert_eq!(decision.wait_until, Some(at("2026-11-30T08:00:00Z")));
    assert_eq!(decision.why[2], "EMEA is closed until Mon 08:00 Dublin");
}

#[test]
fn home_opens_an_hour_earlier_in_summer() {
    let router = standard();

    assert_eq!(router.route(&paris(1, "2026-03-27T07:30:00Z")).queue, "apac-hardware");
    assert_eq!(router.route(&paris(1, "2026-03-30T07:30:00Z")).queue, "emea-hardware");
    assert_eq!(router.route(&paris(3, "2026-03-29T01:30:00Z")).wait_until, Some(at("2026-03-30T07:00:00Z")));
    assert_eq!(router.route(&paris(3, "2026-10-25T01:30:00Z")).wait_until, Some(at("2026-10-26T08:00:00Z")));
}

#[test]
fn the_region_that_comes_first_wins_a_tie() {
    let mut rules = Rules::standard().unwrap();
    rules.calendars[0].calendar = Calendar::prime_hours("Asia/Tokyo").unwrap();
    let amer_first = Router::new(rules.clone()).unwrap();
    rules.regions.reverse();
    let apac_first = Router::new(rules).unwrap();

    assert_eq!(amer_first.route(&paris(1, NIGHT)).cac.as_deref(), Some("AMER"));
    assert_eq!(apac_first.route(&paris(1, NIGHT)).cac.as_deref(), Some("APAC"));
}

#[test]
fn whoever_never_closes_is_awake_longest() {
    let mut rules = Rules::standard().unwrap();
    let always = r#"{"time_zone":"Asia/Tokyo","weekly":{"mon":["00:00-24:00"],"tue":["00:00-24:00"],"wed":["00:00-24:00"],
        "thu":["00:00-24:00"],"fri":["00:00-24:00"],"sat":["00:00-24:00"],"sun":["00:00-24:00"]}}"#;
    rules.calendars[2].calendar = serde_json::from_str(always).unwrap();
    let decision = Router::new(rules).unwrap().route(&paris(1, "2026-11-25T21:00:00Z"));

    assert_eq!(decision.chip(), "home closed, APAC always open");
}

#[test]
fn a_call_without_cover_is_seen_by_renewals() {
    let partner = Some(PartnerFirst { accept_minutes: 30, open: true, accept_by: None });
    let decision = standard().route(&Facts { covered: false, partner, ..paris(1, SATURDAY_NIGHT) });

    assert_eq!((decision.queue.as_str(), decision.cac.as_deref()), ("renewals-emea", Some("EMEA")));
    assert_eq!((decision.chip(), decision.wait_until, decision.also_partner), ("not covered", None, false));
}

#[test]
fn a_partner_in_their_hours_sees_mild_calls_first() {
    let partner = Some(PartnerFirst { accept_minutes: 30, open: true, accept_by: None });
    let decision = standard().route(&Facts { partner, ..paris(3, NIGHT) });

    assert_eq!((decision.queue.as_str(), decision.cac), ("partner", None));
    assert_eq!((decision.accept_by, decision.wait_until), (Some(at("2026-11-25T02:30:00Z")), None));
    assert_eq!(decision.why[1], "First-line partner is open and has until 03:30 to take it");
}

#[test]
fn a_partner_never_delays_what_is_urgent_and_may_be_asleep() {
    let (open, closed) =
        ([true, false]).map(|open| Some(PartnerFirst { accept_minutes: 30, open, accept_by: None })).into();

    let urgent = standard().route(&Facts { partner: open, ..paris(1, NOON) });
    assert_eq!((urgent.queue.as_str(), urgent.also_partner), ("emea-hardware", true));

    let asleep = standard().route(&Facts { partner: closed, ..paris(3, NOON) });
    assert_eq!((asleep.queue.as_str(), asleep.also_partner), ("emea-hardware", false));
    assert_eq!(asleep.why[1], "First-line partner is closed");
}

#[test]
fn a_subject_without_its_own_queue_goes_to_the_general_one() {
    for (subject, why) in [
        (Some("cooling"), "EMEA has no own queue for subject cooling → EMEA general"),
        (None, "No subject → EMEA general"),
    ] {
        let decision = standard().route(&Facts { subject: subject.map(Into::into), ..paris(2, NOON) });
        assert_eq!((decision.queue.as_str(), decision.why.last().unwrap().as_str()), ("emea-general", why));
    }
}

#[test]
fn an_unknown_region_is_the_duty_managers() {
    let decision = standard().route(&Facts { region: "MOON".into(), ..paris(3, NOON) });

    assert_eq!((decision.queue.as_str(), decision.cac.as_deref()), ("duty", None));
    assert_eq!(decision.why[0], "No CAC is at home in region “MOON”");
}

#[test]
fn a_holiday_is_said() {
    let router = Router::new(Rules::from_toml(EXAMPLE).unwrap()).unwrap();
    let decision = router.route(&paris(3, "2026-12-25T12:00:00Z"));

    assert_eq!(decision.why[2], "EMEA is closed (holiday) until Mon 08:00 Dublin");
}

#[test]
fn rules_read_back_as_they_were_printed() {
    let example = Rules::from_toml(EXAMPLE).unwrap();
    assert_eq!(example.to_toml(), EXAMPLE);

    let mut standard = Rules::standard().unwrap();
    let hash = standard.hash();
    standard.cacs[0].name = Some("Maynard \"MA\"".into());
    standard.cacs[1].accept_minutes = 40;
    assert!(standard.to_toml().contains("calendar = \"emea\"\naccept_minutes = 40\n"));
    assert_ne!(standard.hash(), hash);
    assert_eq!(Rules::from_toml(&standard.to_toml()).unwrap(), standard);
    assert_eq!(Rules::from_toml(&toml::to_string(&standard).unwrap()).unwrap(), standard);
}

#[test]
fn rules_that_cant_be_read_are_refused_in_a_sentence() {
    for (from, to, words) in [
        ("Europe/Dublin", "Dublin", "There is no time zone “Dublin”"),
        ("12:30", "12:3", "is not an opening"),
        ("tue =", "tues =", "unknown field `tues`"),
        ("duty_manager", "duty", "missing field `duty_manager`"),
    ] {
        let fault = Rules::from_toml(&EXAMPLE.replace(from, to)).unwrap_err().to_string();
        assert!(fault.starts_with("The rules can't be read: ") && fault.contains(words), "{fault}");
    }
}

#[test]
fn every_fault_of_a_draft_is_told() {
    let mut rules = Rules::standard().unwrap();
    assert_eq!(rules.check(), [""; 0]);

    rules.cacs[0].calendar = "moon".into();
    rules.cacs[1].region = "EU".into();
    rules.queues[3].subjects.clear();
    rules.queues[4].slug = "renewals-emea".into();
    rules.queues[5].cac = "LATAM".into();
    rules.queues[6].slug = "apac-os".into();
    rules.calendars[2].calendar = Calendar::on_workdays("Asia/Tokyo", &[], &[], []).unwrap();

    assert_eq!(
        rules.check(),
        [
            "Queue apac-os is there 2 times.",
            "CAC AMER has an unknown calendar “moon”.",
            "CAC EMEA is in “EU”, which is not among the regions.",
            "“renewals-emea” can't be the name of a queue.",
            "Queue emea-os belongs to an unknown CAC “LATAM”.",
            "Region EMEA has no CAC.",
            "Queue amer-general takes no subject.",
            "CAC AMER has no queue that takes “*”.",
            "CAC APAC never opens.",
        ]
    );
    assert!(matches!(Router::new(rules), Err(RulesError::Contradictory(faults)) if faults.len() == 5));
}

#[test]
fn a_hole_in_the_rules_leads_to_the_duty_manager() {
    let mut rules = Rules::standard().unwrap();
    rules.queues.retain(|queue| queue.slug != "emea-general");
    let cooling = Facts { subject: Some("cooling".into()), ..paris(3, NOON) };
    let decision = Router::new(rules).unwrap().route(&cooling);

    assert_eq!((decision.queue.as_str(), decision.chip()), ("duty", "duty: no queue for it"));
}

#[test]
fn a_question_without_a_real_zone_is_refused() {
    let line = r#"{"region":"EMEA","site_zone":"","severity":3,"partner":null,"at":"2026-11-25T12:00:00Z"}"#;
    assert!(serde_json::from_str::<Facts>(line).unwrap_err().to_string().contains("there is no server time"));
}

#[test]
fn a_decision_is_stored_and_read_again() {
    let decision = standard().route(&paris(Severity::Serious.into(), NIGHT));
    let json = serde_json::to_value(&decision).unwrap();

    assert_eq!((&json["queue"], &json["wait_until"]), (&"apac-hardware".into(), &serde_json::Value::Null));
    assert_eq!(serde_json::from_value::<Decision>(json).unwrap(), decision);
}

/// Another hardware queue of EMEA, for those who speak French.
fn with_a_french_queue() -> Router {
    let mut rules = Rules::standard().unwrap();
    let french = Queue { slug: "emea-hardware-fr".into(), languages: vec!["fr".into()], ..rules.queues[4].clone() };
    assert_eq!(french.subjects, ["hardware"]);
    rules.queues.insert(0, french);
    assert_eq!(rules.check(), [""; 0], "a subject may have a queue for each language");
    Router::new(rules).unwrap()
}

#[test]
fn whoever_speaks_the_language_of_the_site_has_the_call() {
    for (language, queue) in [(Some("fr"), "emea-hardware-fr"), (Some("de"), "emea-hardware"), (None, "emea-hardware")]
    {
        let facts = Facts { language: language.map(Into::into), ..paris(2, NOON) };
        assert_eq!(with_a_french_queue().route(&facts).queue, queue, "{language:?}");
    }
    let french = Facts { language: Some("fr".into()), ..paris(2, NOON) };
    assert_eq!(with_a_french_queue().route(&french).why.last().unwrap(), "EMEA hardware fr speaks FR");
}

#[test]
fn a_language_never_keeps_a_critical_call_waiting() {
    let facts = Facts { language: Some("fr".into()), ..paris(1, NIGHT) };
    assert_eq!(with_a_french_queue().route(&facts).queue, "apac-hardware");
}

#[test]
fn a_second_fault_of_a_system_goes_where_the_first_one_is() {
    let same = |queue: &str| Some(SameIncident { call: "C-2000001-2".into(), queue: queue.into() });
    let decision = standard().route(&Facts { same_incident: same("emea-storage"), ..paris(2, NOON) });
    assert_eq!(decision.queue, "emea-storage");
    assert_eq!(
        decision.why.last().unwrap(),
        "C-2000001-2 about the same subject is open on this system → EMEA storage"
    );

    let asleep = standard().route(&Facts { same_incident: same("emea-storage"), ..paris(2, NIGHT) });
    assert_eq!(asleep.queue, "apac-hardware", "affinity never sends a call to a closed center");
}

#[test]
fn the_engineer_who_knows_the_system_is_told_first_while_time_is_left() {
    let engineer = Uuid::from_u128(17);
    let known_to = |cac: &str| Some(KnownTo { engineer, cac: cac.into() });
    for (cac, at_utc, told) in [
        ("EMEA", NOON, Some(engineer)),
        ("EMEA", "2026-11-25T19:00:00Z", Some(engineer)),
        ("EMEA", "2026-11-25T19:01:00Z", None),
        ("EMEA", NIGHT, None),
        ("APAC", NOON, None),
        ("APAC", NIGHT, Some(engineer)),
    ] {
        let facts = Facts { known_to: known_to(cac), ..paris(2, at_utc) };
        assert_eq!(standard().route(&facts).engineer, told, "{cac} {at_utc}");
    }
}

#[test]
fn the_reason_in_a_sentence_is_for_people_who_dont_know_the_desks() {
    let site = |severity, at| Facts { site_name: Some("Lyon".into()), ..paris(severity, at) };
    let partner = Some(PartnerFirst { accept_minutes: 30, open: true, accept_by: None });
    for (facts, plain) in [
        (
            site(2, NOON),
            "Our EMEA support center looks after Lyon and has the call; it is open until 20:00 Dublin (21:00 at the site).",
        ),
        (
            site(2, NIGHT),
            "Our EMEA support center is closed at this hour. It is urgent, so APAC has the call; it is open until \
             20:00 Tokyo (12:00 at the site).",
        ),
        (
            site(3, NIGHT),
            "Our EMEA support center is closed and opens 08:00 Dublin (09:00 at the site). Your call is the center's \
             to answer then.",
        ),
        (
            Facts { partner, ..site(3, NOON) },
            "Your partner looks at it first and has until 13:30; then it goes on to our support center by itself.",
        ),
        (
            Facts { covered: false, ..site(1, NOON) },
            "No contract covers this at the moment. Our EMEA renewals desk has the call and will get in touch.",
        ),
        (
            site(1, SATURDAY_NIGHT),
            "No support center can take it at this hour, so our duty manager has been called and has it.",
        ),
    ] {
        assert_eq!(standard().route(&facts).plain, plain);
    }
}
