//! One form for rules that say the same, whatever order they were written in.
use std::fmt::Write;

use sha2::{Digest, Sha256};

use super::rules::Rules;

impl Rules {
    /// As the store gives them back: calendars, CACs and queues by name. The regions keep their order, which means
    /// something.
    #[must_use]
    pub fn canonical(mut self) -> Self {
        self.calendars.sort_by(|a, b| a.name.cmp(&b.name));
        self.cacs.sort_by(|a, b| a.code.cmp(&b.code));
        self.queues.sort_by(|a, b| a.slug.cmp(&b.slug));
        self
    }

    /// SHA-256 of the canonical text, in hexadecimal: two stores with the same rules say the same.
    pub fn hash(&self) -> String {
        let text = serde_json::to_string(&self.clone().canonical()).unwrap_or_default();
        Sha256::digest(text).iter().fold(String::new(), |mut hex, byte| {
            let _ = write!(hex, "{byte:02x}");
            hex
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_knows_no_order_but_that_of_the_regions() {
        let rules = Rules::standard().unwrap();
        let mut other = rules.clone();
        other.queues.reverse();
        other.calendars.rotate_left(1);
        assert_eq!(rules.hash(), other.hash());
        assert_eq!(rules.hash().len(), 64);

        other.regions.reverse();
        assert_ne!(rules.hash(), other.hash());
    }

    #[test]
    fn what_toml_and_json_say_is_the_same_rules() {
        let rules = Rules::standard().unwrap().canonical();
        assert_eq!(Rules::from_toml(&rules.to_toml()).unwrap(), rules);
        let json = serde_json::to_value(&rules).unwrap();
        assert!(!json.to_string().contains("accept_minutes"), "rules of old would get another hash");
        assert_eq!(serde_json::from_value::<Rules>(json).unwrap(), rules);
    }
}
