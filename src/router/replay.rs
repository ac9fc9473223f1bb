//! What was stored of a decision is enough to make it again.
use jiff::Timestamp;
use uuid::Uuid;

use super::*;

const EVEN: [u32; 168] = [1; 168];

/// Facts and decision as the store keeps them.
fn stored(router: &Router, facts: &Facts) -> (String, String) {
    (serde_json::to_string(facts).unwrap(), serde_json::to_string(&router.route(facts)).unwrap())
}

/// Every other call knows more of itself: a language, a fault that is worked on, an engineer who had the last one.
fn with_history(index: usize, facts: Facts) -> Facts {
    let queue = ["emea-storage", "apac-os", "nowhere"][index % 3].to_owned();
    let cac = ["AMER", "EMEA", "APAC"][index / 3 % 3].to_owned();
    Facts {
        site_name: index.is_multiple_of(2).then(|| "Lyon “2”\n".to_owned()),
        language: (index % 4 < 2).then(|| ["fr", "ja"][index % 2].to_owned()),
        same_incident: index.is_multiple_of(5).then(|| SameIncident { call: "C-1234567-8".into(), queue }),
        known_to: (index % 7 < 2).then(|| KnownTo { engineer: Uuid::from_u128(index as u128), cac }),
        ..facts
    }
}

/// With `LONG=1` a million calls, else twenty thousand.
#[test]
fn a_stored_decision_is_made_again_from_its_inputs_byte_for_byte() {
    let count = if std::env::var("LONG").is_ok() { 1_000_000 } else { 20_000 };
    let mut rules = Rules::standard().unwrap();
    rules.queues[5].languages = vec!["fr".into()];
    let from: Timestamp = "2026-11-23T00:00:00Z".parse().unwrap();
    let mut profile = Profile::like(&rules, EVEN);
    profile.sites.push(Site { region: "LATAM".into(), zone: "America/Bogota".into(), weight: 1 });
    profile.sites.push(Site { region: "EMEA".into(), zone: "Africa/Casablanca".into(), weight: 1 });
    profile.severities = [1; 4];
    let router = Router::new(rules.clone()).unwrap();
    // The rules, too, are read from what was stored.
    let kept = Router::new(serde_json::from_str(&serde_json::to_string(&rules).unwrap()).unwrap()).unwrap();
    let printed = Router::new(Rules::from_toml(&rules.to_toml()).unwrap()).unwrap();
    for (index, asked) in synthetic_year(from, count, 11, &profile).enumerate() {
        let (facts, decision) = stored(&router, &with_history(index, asked.facts));
        let again: Facts = serde_json::from_str(&facts).unwrap();
        for router in [&kept, &printed] {
            assert_eq!(serde_json::to_string(&router.route(&again)).unwrap(), decision, "{facts}");
        }
        let read: Decision = serde_json::from_str(&decision).unwrap();
        assert_eq!(serde_json::to_string(&read).unwrap(), decision);
    }
    println!("{count} stored decisions were made again, byte for byte");
}
