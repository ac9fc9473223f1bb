//! What the forms of a word have in common, in the languages that people write calls in.

use rust_stemmers::{Algorithm, Stemmer};
use whatlang::{Detector, Lang};

use super::tokens::{Token, fold};

/// A language whose words have stems here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Language {
    Danish,
    Dutch,
    English,
    Finnish,
    French,
    German,
    Italian,
    Norwegian,
    Portuguese,
    Spanish,
    Swedish,
}

/// Bytes of a text that say in which language it is.
const TELLING: usize = 60;

impl Language {
    pub const ALL: [Self; 11] = [
        Self::Danish,
        Self::Dutch,
        Self::English,
        Self::Finnish,
        Self::French,
        Self::German,
        Self::Italian,
        Self::Norwegian,
        Self::Portuguese,
        Self::Spanish,
        Self::Swedish,
    ];

    /// By its tag (BCP 47), whatever country it adds.
    pub fn from_tag(tag: &str) -> Option<Self> {
        let language = tag.split(['-', '_']).next()?;
        Some(match language.to_ascii_lowercase().as_str() {
            "da" => Self::Danish,
            "nl" => Self::Dutch,
            "en" => Self::English,
            "fi" => Self::Finnish,
            "fr" => Self::French,
            "de" => Self::German,
            "it" => Self::Italian,
            "nb" | "nn" | "no" => Self::Norwegian,
            "pt" => Self::Portuguese,
            "es" => Self::Spanish,
            "sv" => Self::Swedish,
            _ => return None,
        })
    }

    fn algorithm(self) -> Algorithm {
        match self {
            Self::Danish => Algorithm::Danish,
            Self::Dutch => Algorithm::Dutch,
            Self::English => Algorithm::English,
            Self::Finnish => Algorithm::Finnish,
            Self::French => Algorithm::French,
            Self::German => Algorithm::German,
            Self::Italian => Algorithm::Italian,
            Self::Norwegian => Algorithm::Norwegian,
            Self::Portuguese => Algorithm::Portuguese,
            Self::Spanish => Algorithm::Spanish,
            Self::Swedish => Algorithm::Swedish,
        }
    }

    fn lang(self) -> Lang {
        match self {
            Self::Danish => Lang::Dan,
            Self::Dutch => Lang::Nld,
            Self::English => Lang::Eng,
            Self::Finnish => Lang::Fin,
            Self::French => Lang::Fra,
            Self::German => Lang::Deu,
            Self::Italian => Lang::Ita,
            Self::Norwegian => Lang::Nob,
            Self::Portuguese => Lang::Por,
            Self::Spanish => Lang::Spa,
            Self::Swedish => Lang::Swe,
        }
    }

    /// The languages that a text may be in. A long one tells; of a short one nobody can say more than where it comes
    /// from, and that the trade speaks English.
    pub fn of(text: &str, spoken_there: Option<Self>) -> Vec<Self> {
        let long = text.len() >= TELLING;
        let told = long.then(|| Detector::with_allowlist(Self::ALL.map(Self::lang).to_vec()).detect(text)).flatten();
        let told = told.filter(whatlang::Info::is_reliable).map(|info| info.lang());
        let told = Self::ALL.into_iter().find(|language| told == Some(language.lang()));
        let mut languages = match told {
            Some(language) => vec![language],
            None => spoken_there.into_iter().chain([Self::English]).collect(),
        };
        languages.dedup();
        languages
    }

    /// The stem of a word in this language; words of a few letters and numbers are their own.
    pub fn stem(self, token: &Token) -> Option<String> {
        if token.unspaced || token.word.chars().count() < 3 || !token.word.chars().any(char::is_alphabetic) {
            return None;
        }
        let stem = fold(&Stemmer::create(self.algorithm()).stem(&token.word));
        Some(stem).filter(|stem| !stem.is_empty())
    }
}

/// The stems of a word that somebody looks for: whoever types one word does not say in which language.
pub fn of_any(token: &Token) -> Vec<String> {
    let mut stems: Vec<String> = Language::ALL.into_iter().filter_map(|language| language.stem(token)).collect();
    stems.sort();
    stems.dedup();
    stems
}

#[cfg(test)]
mod tests {
    use super::{super::tokens::tokens, *};

    fn stem(language: Language, word: &str) -> Option<String> {
        language.stem(&tokens(word)[0])
    }

    #[test]
    fn forms_of_a_word_share_a_stem_in_their_language() {
        for (language, one, other) in [
            (Language::English, "failures", "failure"),
            (Language::English, "overheating", "overheated"),
            (Language::German, "Lüftern", "Lüfter"),
            (Language::German, "Störungen", "Störung"),
            (Language::French, "alimentations", "alimentation"),
            (Language::Spanish, "ventiladores", "ventilador"),
            (Language::Portuguese, "servidores", "servidor"),
        ] {
            assert_eq!(stem(language, one), stem(language, other), "{one}");
        }
    }

    #[test]
    fn numbers_and_pairs_of_characters_have_no_stem() {
        assert_eq!(stem(Language::English, "0017"), None);
        assert_eq!(stem(Language::English, "電源故障"), None);
        assert_eq!(stem(Language::English, "as"), None);
    }

    #[test]
    fn a_long_text_tells_its_language_and_a_short_one_is_taken_for_two() {
        let german = "Der Lüfter im Netzteil ist ausgefallen und das System läuft seit heute Morgen nicht mehr.";
        assert_eq!(Language::of(german, Some(Language::French)), [Language::German]);
        assert_eq!(Language::of("fan", Some(Language::French)), [Language::French, Language::English]);
        assert_eq!(Language::of("fan", Some(Language::English)), [Language::English]);
        assert_eq!(Language::of("", None), [Language::English]);
    }

    #[test]
    fn a_tag_names_a_language_with_or_without_a_country() {
        assert_eq!(Language::from_tag("pt-BR"), Some(Language::Portuguese));
        assert_eq!(Language::from_tag("EN"), Some(Language::English));
        assert_eq!(Language::from_tag("ja"), None);
    }
}
