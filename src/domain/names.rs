//! Names of enumerated things, as serde writes them: in the store, in JSON and in addresses alike.

/// Reads a name as serde writes it.
pub fn named_as<T: serde::de::DeserializeOwned>(name: &str) -> Option<T> {
    serde_json::from_value(serde_json::Value::from(name)).ok()
}

/// Writes a name as serde writes it.
pub fn name_of<T: serde::Serialize>(value: T) -> String {
    let written = serde_json::to_value(value).unwrap_or_default();
    written.as_str().unwrap_or_default().to_owned()
}
