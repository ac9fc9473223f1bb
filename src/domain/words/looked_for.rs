//! What somebody looks for, as a `tsquery` of Postgres.

use super::{
    kept::{FOR_STAFF, STEM},
    stems,
    tokens::{Token, tokens},
};

/// A word of a question, or several that must stand together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Term {
    /// In any of its forms.
    Word { word: String, stems: Vec<String> },
    /// Whatever begins like this.
    Beginning(String),
    /// One after the other, exactly so.
    Phrase(Vec<Part>),
}

/// One place of a phrase.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    Word(String),
    /// The last character of a run without spaces may be followed by another.
    Beginning(String),
}

/// All of the terms and none of those that are left out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LookedFor {
    pub terms: Vec<Term>,
    pub without: Vec<Term>,
}

impl Term {
    /// What somebody typed without a space; quoted, it is meant exactly so. Nothing if it has no letter or digit.
    pub fn of(typed: &str, quoted: bool, begins: bool) -> Option<Self> {
        let tokens = tokens(typed);
        let first = tokens.first()?;
        Some(match tokens.as_slice() {
            [one] if one.unspaced || (begins && !quoted) => Self::Beginning(one.folded.clone()),
            [one] if quoted => Self::Phrase(vec![Part::Word(one.folded.clone())]),
            [_] => Self::Word { word: first.folded.clone(), stems: stems::of_any(first) },
            several => Self::Phrase(parts(several, begins && !quoted)),
        })
    }

    fn in_words(&self, prefix: &str) -> String {
        match self {
            Self::Word { word, stems } => {
                let mut forms = vec![format!("'{prefix}{word}'")];
                for stem in stems {
                    forms.push(format!("'{prefix}{STEM}{stem}'"));
                    if stem != word {
                        // A word that is its own stem is kept once.
                        forms.push(format!("'{prefix}{stem}'"));
                    }
                }
                forms.join("|")
            }
            Self::Beginning(word) => format!("'{prefix}{word}':*"),
            Self::Phrase(parts) => {
                let parts: Vec<String> = parts.iter().map(|part| part.in_words(prefix)).collect();
                format!("({})", parts.join("<->"))
            }
        }
    }

    /// Nobody but staff meets what is kept for staff.
    fn to_tsquery(&self, staff: bool) -> String {
        let open = self.in_words("");
        if staff { format!("({open}|{})", self.in_words(&FOR_STAFF.to_string())) } else { format!("({open})") }
    }
}

impl Part {
    fn in_words(&self, prefix: &str) -> String {
        match self {
            Self::Word(word) => format!("'{prefix}{word}'"),
            Self::Beginning(word) => format!("'{prefix}{word}':*"),
        }
    }
}

/// Pairs of characters overlap: of the last of a run only the beginning is known, and the pair before has it already.
fn parts(tokens: &[Token], begins: bool) -> Vec<Part> {
    let mut parts = Vec::with_capacity(tokens.len());
    for (n, token) in tokens.iter().enumerate() {
        let next = tokens.get(n + 1);
        let alone = token.unspaced && token.folded.chars().count() == 1;
        if alone && n > 0 && tokens[n - 1].unspaced && next.is_none() {
            continue;
        }
        if (alone && next.is_none()) || (begins && next.is_none()) {
            parts.push(Part::Beginning(token.folded.clone()));
        } else {
            parts.push(Part::Word(token.folded.clone()));
        }
    }
    parts
}

impl LookedFor {
    /// Without a term that must be there, everything would have to be read.
    pub fn is_empty(&self) -> bool {
        self.terms.is_empty()
    }

    /// As Postgres reads a `tsquery`; nothing if there is nothing to look for.
    pub fn to_tsquery(&self, staff: bool) -> Option<String> {
        let terms = self.terms.iter().map(|term| term.to_tsquery(staff));
        let without = self.without.iter().map(|term| format!("!{}", term.to_tsquery(staff)));
        let all: Vec<String> = terms.chain(without).collect();
        (!self.is_empty()).then(|| all.join("&"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(typed: &str, staff: bool) -> String {
        let terms = vec![Term::of(typed, false, false).unwrap()];
        LookedFor { terms, without: vec![] }.to_tsquery(staff).unwrap()
    }

    #[test]
    fn a_word_is_looked_for_in_all_its_forms() {
        assert_eq!(asked("4400", false), "('4400')");
        assert_eq!(asked("fans", false), "('fans'|'~fan'|'fan'|'~fans')");
    }

    #[test]
    fn a_serial_is_a_phrase() {
        assert_eq!(asked("FT-4400-0017", false), "(('ft'<->'4400'<->'0017'))");
    }

    #[test]
    fn only_staff_are_asked_about_what_is_kept_for_staff() {
        assert!(!asked("fans", false).contains(FOR_STAFF));
        assert_eq!(asked("17", true), "('17'|'!17')");
        assert_eq!(asked("a-1", true), "(('a'<->'1')|('!a'<->'!1'))");
    }

    #[test]
    fn a_run_without_spaces_is_a_phrase_of_pairs() {
        assert_eq!(asked("電源故障", false), "(('電源'<->'源故'<->'故障'))");
        assert_eq!(asked("電源", false), "(('電源'))");
        assert_eq!(asked("機", false), "('機':*)");
    }

    #[test]
    fn what_is_left_out_stands_beside_what_must_be_there() {
        let of = |typed| Term::of(typed, false, false).unwrap();
        let asked = LookedFor { terms: vec![of("17")], without: vec![of("18")] };
        assert_eq!(asked.to_tsquery(false).unwrap(), "('17')&!('18')");
        assert_eq!(LookedFor { terms: vec![], without: vec![of("18")] }.to_tsquery(false), None);
        assert_eq!(Term::of("-/-", false, false), None);
    }
}
