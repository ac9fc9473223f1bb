//! Where in a text the words are that somebody looked for.

use std::ops::Range;

use super::{
    looked_for::{LookedFor, Part, Term},
    stems,
    tokens::{Token, tokens},
};

/// A stretch of a text; `found` where it is what was looked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    pub text: String,
    pub found: bool,
}

/// The whole text in pieces.
pub fn highlight(text: &str, looked_for: &LookedFor) -> Vec<Piece> {
    pieces(text, 0..text.len(), &places(text, looked_for))
}

/// So much of a long text as a reader takes in at a glance, around the first place; nothing if no word is in it.
pub fn excerpt(text: &str, looked_for: &LookedFor, most: usize) -> Option<Vec<Piece>> {
    let places = places(text, looked_for);
    let first = places.first()?;
    let start = word_before(text, back(text, first.start, most / 3));
    let end = word_after(text, start, ahead(text, start, most)).max(first.end);
    let mut pieces = pieces(text, start..end, &places);
    if start > 0 {
        pieces.insert(0, Piece { text: "… ".to_owned(), found: false });
    }
    if end < text.len() {
        pieces.push(Piece { text: " …".to_owned(), found: false });
    }
    Some(pieces)
}

/// Whether the text has everything that was looked for.
pub fn says_it_all(text: &str, looked_for: &LookedFor) -> bool {
    let tokens = tokens(text);
    looked_for.terms.iter().all(|term| tokens.iter().any(|token| term.is_met_by(token)))
}

/// Found places in order, those that touch as one.
fn places(text: &str, looked_for: &LookedFor) -> Vec<Range<usize>> {
    let mut places: Vec<Range<usize>> = Vec::new();
    for token in tokens(text) {
        if !looked_for.terms.iter().any(|term| term.is_met_by(&token)) {
            continue;
        }
        match places.last_mut() {
            Some(last) if token.place.start <= last.end => last.end = last.end.max(token.place.end),
            _ => places.push(token.place),
        }
    }
    places
}

impl Term {
    fn is_met_by(&self, token: &Token) -> bool {
        match self {
            Self::Word { word, stems } => {
                *word == token.folded
                    || stems.contains(&token.folded)
                    || stems::of_any(token).iter().any(|stem| stems.contains(stem))
            }
            Self::Beginning(word) => token.folded.starts_with(word.as_str()),
            Self::Phrase(parts) => parts.iter().any(|part| match part {
                Part::Word(word) => *word == token.folded,
                Part::Beginning(word) => token.folded.starts_with(word.as_str()),
            }),
        }
    }
}

fn pieces(text: &str, shown: Range<usize>, places: &[Range<usize>]) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut at = shown.start;
    let mut push = |range: Range<usize>, found| {
        if let Some(part) = text.get(range).filter(|part| !part.is_empty()) {
            pieces.push(Piece { text: part.to_owned(), found });
        }
    };
    for place in places.iter().filter(|place| place.start >= shown.start && place.end <= shown.end) {
        push(at..place.start, false);
        push(place.clone(), true);
        at = place.end;
    }
    push(at..shown.end, false);
    pieces
}

fn back(text: &str, from: usize, most: usize) -> usize {
    text[..from].char_indices().rev().take(most).last().map_or(from, |(at, _)| at)
}

fn ahead(text: &str, from: usize, most: usize) -> usize {
    text[from..].char_indices().nth(most).map_or(text.len(), |(at, _)| from + at)
}

/// A text that is cut begins with a whole word.
fn word_before(text: &str, at: usize) -> usize {
    if at == 0 { 0 } else { text[at..].find(char::is_whitespace).map_or(at, |space| at + space + 1).min(text.len()) }
}

/// And ends with one.
fn word_after(text: &str, start: usize, at: usize) -> usize {
    if at == text.len() { at } else { text[start..at].rfind(char::is_whitespace).map_or(at, |space| start + space) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn asked(typed: &str) -> LookedFor {
        LookedFor { terms: typed.split(' ').filter_map(|word| Term::of(word, false, false)).collect(), without: vec![] }
    }

    fn marked(pieces: &[Piece]) -> String {
        pieces.iter().map(|piece| if piece.found { format!("[{}]", piece.text) } else { piece.text.clone() }).collect()
    }

    #[test]
    fn every_form_of_a_word_is_marked_and_nothing_else() {
        assert_eq!(
            marked(&highlight("Both fans of the FAN unit, fanatic", &asked("fan"))),
            "Both [fans] of the [FAN] unit, fanatic"
        );
        assert_eq!(marked(&highlight("Lüfter aus", &asked("lufter"))), "[Lüfter] aus");
        assert_eq!(marked(&highlight("電源故障です", &asked("故障"))), "電源[故障]です");
        assert_eq!(marked(&highlight("FT-4400-0017 is down", &asked("FT-4400-0017"))), "[FT]-[4400]-[0017] is down");
    }

    #[test]
    fn an_excerpt_is_around_the_first_place() {
        let text = format!("{}fan failed {}", "before ".repeat(100), "after ".repeat(100));
        let excerpt = marked(&excerpt(&text, &asked("fan"), 60).unwrap());
        assert_eq!(excerpt, "… before before [fan] failed after after after after after …");
        assert_eq!(super::excerpt("nothing", &asked("fan"), 60), None);
    }

    proptest! {
        #[test]
        fn the_pieces_are_the_text(text in any::<String>(), typed in "\\PC{1,12}") {
            let whole: String = highlight(&text, &asked(&typed)).into_iter().map(|piece| piece.text).collect();
            prop_assert_eq!(whole, text.clone());
            excerpt(&text, &asked(&typed), 20);
        }
    }
}
