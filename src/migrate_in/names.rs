use std::collections::{HashMap, HashSet};

const CODE_LENGTH: usize = 60;

/// Short codes for the words of a log, for addresses and for typing. The same words always have the same
/// code and other words another one, also if they differ in nothing but a blank: queue changes are counted by it.
pub struct Names {
    prefix: String,
    by_words: HashMap<String, String>,
    taken: HashSet<String>,
}

impl Names {
    /// Begins with what earlier imports have named, as words and codes.
    pub fn new(prefix: impl Into<String>, known: impl IntoIterator<Item = (String, String)>) -> Self {
        let by_words: HashMap<String, String> = known.into_iter().collect();
        let taken = by_words.values().map(|code| code.to_lowercase()).collect();
        Self { prefix: prefix.into(), by_words, taken }
    }

    pub fn find(&self, words: &str) -> Option<&str> {
        self.by_words.get(words).map(String::as_str)
    }

    /// A code for words that have none yet, in lower case; `hint` is what it is made of.
    pub fn add(&mut self, words: &str, hint: &str) -> String {
        let plain = format!("{}{}", self.prefix, slug(hint));
        let mut code = plain.clone();
        let mut attempt = 1;
        while !self.taken.insert(code.clone()) {
            attempt += 1;
            code = format!("{plain}-{attempt}");
        }
        self.by_words.insert(words.to_owned(), code.clone());
        code
    }
}

/// `V5 3rd` → `v5-3rd`.
fn slug(words: &str) -> String {
    let mut slug = String::new();
    for part in words.split(|c: char| !c.is_ascii_alphanumeric()).filter(|part| !part.is_empty()) {
        slug.extend((!slug.is_empty()).then_some('-'));
        slug.push_str(&part.to_ascii_lowercase());
    }
    slug.truncate(CODE_LENGTH);
    if slug.is_empty() { "unnamed".to_owned() } else { slug }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_words_keep_their_code_and_other_words_have_another() {
        let mut names = Names::new("bpi2013-", [("V30".to_owned(), "bpi2013-v30".to_owned())]);

        assert_eq!(names.find("V30"), Some("bpi2013-v30"));
        assert_eq!(names.add("V5 3rd", "V5 3rd"), "bpi2013-v5-3rd");
        assert_eq!(names.add("V5  3rd", "V5  3rd"), "bpi2013-v5-3rd-2");
        assert_eq!(names.add("v30", "v30"), "bpi2013-v30-2");
        assert_eq!(names.find("V5 3rd"), Some("bpi2013-v5-3rd"));
    }

    #[test]
    fn words_without_letters_have_a_code_too() {
        let mut names = Names::new("x-", []);

        assert_eq!(names.add("???", "???"), "x-unnamed");
        assert_eq!(names.add("…", "…"), "x-unnamed-2");
    }
}
