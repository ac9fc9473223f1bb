//! The words of a call as a `tsvector` of Postgres.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write,
};

use super::{stems::Language, tokens::tokens};

/// How much it says about a text that it has the word there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Weight {
    /// Numbers, serials and other names.
    Name,
    Title,
    Body,
}

/// Who may find it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Audience {
    Everybody,
    Staff,
}

/// Words that only staff may find begin with this, so nobody else's question ever meets them.
pub const FOR_STAFF: char = '!';
/// Stems begin with this, so none is taken for a word.
pub const STEM: char = '~';

/// Postgres refuses more than a megabyte of words and what it knows of each; what comes after this is not kept.
const MOST_BYTES: usize = 700_000;
/// What it knows of a word beside its letters, and of each of its places.
const PER_WORD: usize = 8;
const PER_PLACE: usize = 2;
/// The last position that Postgres tells from those after it.
const LAST: usize = 16_383;
/// Postgres remembers no more positions of a word.
const MOST_POSITIONS: usize = 250;
/// Between two texts, so that no phrase begins in one and ends in the next.
const APART: usize = 8;

/// What is kept of all texts of one call.
#[derive(Debug, Default)]
pub struct Kept {
    words: BTreeMap<String, Vec<(usize, Weight)>>,
    bare: BTreeSet<String>,
    next: usize,
    bytes: usize,
}

impl Kept {
    /// One more text: a title, a line, a name.
    pub fn add(&mut self, text: &str, weight: Weight, audience: Audience, spoken_there: Option<Language>) {
        let languages = if weight == Weight::Name { Vec::new() } else { Language::of(text, spoken_there) };
        for token in tokens(text) {
            self.next += 1;
            for stem in languages.iter().filter_map(|language| language.stem(&token)) {
                if stem != token.folded {
                    self.add_bare(lexeme(audience, &format!("{STEM}{stem}")));
                }
            }
            self.add_word(lexeme(audience, &token.folded), weight);
        }
        self.next += APART;
    }

    /// Something by which calls are told apart beside their words, such as the week of their opening.
    pub fn mark(&mut self, mark: String) {
        self.bare.insert(mark);
    }

    fn add_word(&mut self, word: String, weight: Weight) {
        let place = (self.next.min(LAST), weight);
        let known = self.words.get(&word);
        let more = known.is_none_or(|places| places.len() < MOST_POSITIONS && places.last() != Some(&place));
        let new = if known.is_none() { word.len() + PER_WORD } else { 0 };
        if more && self.has_room(new + PER_PLACE) {
            self.words.entry(word).or_default().push(place);
        }
    }

    fn add_bare(&mut self, word: String) {
        if !self.bare.contains(&word) && self.has_room(word.len() + PER_WORD) {
            self.bare.insert(word);
        }
    }

    fn has_room(&mut self, bytes: usize) -> bool {
        let fits = self.bytes + bytes <= MOST_BYTES;
        if fits {
            self.bytes += bytes;
        }
        fits
    }

    /// As Postgres reads a `tsvector`. No word holds a quote or a backslash.
    pub fn to_tsvector(&self) -> String {
        let mut text = String::new();
        for word in &self.bare {
            let _ = write!(text, "'{word}' ");
        }
        for (word, places) in &self.words {
            let _ = write!(text, "'{word}':");
            for (n, (at, weight)) in places.iter().enumerate() {
                let comma = if n == 0 { "" } else { "," };
                let _ = write!(text, "{comma}{at}{}", weight.letter());
            }
            text.push(' ');
        }
        text.truncate(text.trim_end().len());
        text
    }
}

impl Weight {
    fn letter(self) -> char {
        match self {
            Self::Name => 'A',
            Self::Title => 'B',
            Self::Body => 'C',
        }
    }
}

fn lexeme(audience: Audience, word: &str) -> String {
    match audience {
        Audience::Everybody => word.to_owned(),
        Audience::Staff => format!("{FOR_STAFF}{word}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(texts: &[(&str, Weight, Audience)]) -> String {
        let mut kept = Kept::default();
        for (text, weight, audience) in texts {
            kept.add(text, *weight, *audience, None);
        }
        kept.to_tsvector()
    }

    #[test]
    fn words_stand_with_their_places_and_weights_and_stems_without() {
        assert_eq!(
            kept(&[("FT-17", Weight::Name, Audience::Everybody), ("fans failed", Weight::Title, Audience::Everybody)]),
            "'~fail' '~fan' '17':2A 'failed':12B 'fans':11B 'ft':1A"
        );
    }

    #[test]
    fn what_staff_wrote_for_staff_is_kept_apart() {
        let kept =
            kept(&[("fan", Weight::Title, Audience::Everybody), ("fans replaced", Weight::Body, Audience::Staff)]);
        assert_eq!(kept, "'!~fan' '!~replac' '!fans':10C '!replaced':11C 'fan':1B");
    }

    #[test]
    fn no_text_is_too_long() {
        let words: Vec<String> = (0..100_000).map(|n| format!("word{n}")).collect();
        let kept = kept(&[(&words.join(" "), Weight::Body, Audience::Everybody)]);
        assert!(kept.len() < 1_000_000 && kept.contains("'word0':"), "{}", kept.len());
    }

    #[test]
    fn a_word_said_a_thousand_times_is_one_word() {
        let kept = kept(&[(&"fan ".repeat(1000), Weight::Body, Audience::Everybody)]);
        assert_eq!(kept.matches('\'').count(), 2);
        assert_eq!(kept.matches('C').count(), MOST_POSITIONS);
    }
}
