//! The compose file: who runs, who waits for whom, and that it holds no secret.
use serde_yaml_ng::Value;

fn compose() -> Value {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docker-compose.yml");
    serde_yaml_ng::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

#[test]
fn the_portal_waits_for_a_healthy_store_with_its_tables() {
    let compose = compose();
    let app = &compose["services"]["app"];

    assert_eq!(compose["services"]["db"]["image"], "postgres:18");
    assert_eq!(app["depends_on"]["db"]["condition"], "service_healthy");
    assert_eq!(app["depends_on"]["migrate"]["condition"], "service_completed_successfully");
    for service in ["app", "db"] {
        assert!(compose["services"][service]["healthcheck"]["test"].is_sequence(), "{service}");
    }
}

#[test]
fn nobody_is_root_and_the_data_is_on_a_volume() {
    let compose = compose();

    for (name, service) in compose["services"].as_mapping().unwrap() {
        let user = service["user"].as_str().unwrap_or_default();
        assert!(!user.is_empty() && !user.starts_with('0') && user != "root", "{name:?}");
    }
    let volume = compose["services"]["db"]["volumes"][0].as_str().unwrap();
    let name = volume.split(':').next().unwrap();
    assert!(compose["volumes"].as_mapping().unwrap().contains_key(name), "{name}");
}

#[test]
fn every_secret_is_a_file() {
    let compose = compose();

    for (name, secret) in compose["secrets"].as_mapping().unwrap() {
        assert!(secret["file"].is_string(), "{name:?}");
    }
    for (service, it) in compose["services"].as_mapping().unwrap() {
        for (name, value) in it["environment"].as_mapping().into_iter().flatten() {
            let (name, value) = (name.as_str().unwrap(), value.as_str().unwrap_or_default());
            let secret = ["PASSWORD", "SECRET", "TOKEN", "KEY", "DATABASE_URL", "OWNER_URL"];
            if secret.iter().any(|word| name.contains(word)) {
                assert!(name.ends_with("_FILE"), "{service:?} says {name} in the open");
                assert!(value.starts_with("/run/secrets/"), "{service:?} {name}");
            }
            assert!(!value.contains("://") || !value.contains('@'), "{service:?} {name}");
        }
    }
}
