//! Keys in a text of rules that mean nothing here: a slip, or something that a newer portal knows.

use serde_json::Value;

use super::Rules;

/// What has keys, and which it may have.
const TOP: [&str; 5] = ["regions", "duty_manager", "calendar", "cac", "queue"];
const TABLES: [(&str, &[&str]); 3] = [
    ("calendar", &["name", "time_zone", "weekly", "holidays", "holiday_names"]),
    ("cac", &["code", "region", "name", "calendar", "accept_minutes"]),
    ("queue", &["slug", "cac", "subjects", "languages"]),
];

impl Rules {
    /// The keys of a TOML or JSON text that nobody here reads, each in words; none of a text that can't be read.
    pub fn unknown_keys(text: &str) -> Vec<String> {
        let value = toml::from_str::<Value>(text).ok().or_else(|| serde_json::from_str(text).ok());
        value.as_ref().map_or_else(Vec::new, unknown)
    }
}

fn unknown(value: &Value) -> Vec<String> {
    let mut found: Vec<String> =
        others(value, &TOP).into_iter().map(|key| format!("“{key}” is no key of the rules.")).collect();
    for (table, known) in TABLES {
        let rows = value.get(table).and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        for (place, row) in rows.iter().enumerate() {
            let name = ["name", "code", "slug"].iter().find_map(|key| row.get(key)?.as_str());
            let name = name.map_or_else(|| format!("number {}", place + 1), |name| format!("“{name}”"));
            found.extend(others(row, known).into_iter().map(|key| format!("“{key}” is no key of {table} {name}.")));
        }
    }
    found
}

fn others<'a>(value: &'a Value, known: &[&str]) -> Vec<&'a str> {
    let keys = value.as_object().into_iter().flatten();
    keys.map(|(key, _)| key.as_str()).filter(|key| !known.contains(key)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_nobody_reads_is_named_with_its_place() {
        let text = Rules::standard().unwrap().to_toml();
        assert_eq!(Rules::unknown_keys(&text), [""; 0]);

        let slips = text.replacen("[[cac]]", "[[cac]]\nacept_minutes = 20", 1);
        let slips = format!("color = \"red\"\n{}", slips.replacen("subjects =", "subject = 1\nsubjects =", 1));
        let told = Rules::unknown_keys(&slips).join(" ");

        assert!(told.starts_with("“color” is no key of the rules."), "{told}");
        assert!(told.contains("“acept_minutes” is no key of cac “"), "{told}");
        assert!(told.contains("“subject” is no key of queue “"), "{told}");
        assert!(Rules::from_toml(&slips).is_ok(), "a newer portal's rules can still be read");
        assert!(matches!(Rules::strictly(&slips), Err(e) if e.to_string().contains("acept_minutes")));
        assert!(Rules::unknown_keys(r#"{"regions": [], "moon": 1}"#)[0].contains("moon"));
    }

    #[test]
    fn whatever_is_printed_has_no_key_that_is_not_known() {
        let mut rules = Rules::standard().unwrap();
        rules.cacs[0].name = Some("Dublin".to_owned());
        rules.cacs[0].accept_minutes = 20;
        rules.queues[0].languages = vec!["fr".to_owned()];
        assert_eq!(Rules::unknown_keys(&rules.to_toml()), [""; 0]);
        assert_eq!(Rules::unknown_keys(&serde_json::to_string(&rules).unwrap()), [""; 0]);
    }
}
