use std::ops::Range;

use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

/// Longer than any word that somebody looks for; of a longer run (a key, a dump) the beginning counts.
const LONGEST: usize = 60;

/// One word of a text, or one or two characters of a script without spaces.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// In lower case, with its accents: stems depend on them.
    pub word: String,
    /// As it is compared.
    pub folded: String,
    /// Where it stands in the text, in bytes.
    pub place: Range<usize>,
    /// Of a script without spaces.
    pub unspaced: bool,
}

/// All of a text, in order.
pub fn tokens(text: &str) -> Vec<Token> {
    let mut found = Vec::new();
    let mut chars = text.char_indices().peekable();
    while let Some(&(start, first)) = chars.peek() {
        let Some(kind) = Kind::of(first) else {
            chars.next();
            continue;
        };
        let mut end = start;
        while let Some((at, c)) = chars.next_if(|&(_, c)| kind.goes_on(c)) {
            end = at + c.len_utf8();
        }
        match kind {
            Kind::Spaced => found.push(token(text, start..end, false)),
            Kind::Unspaced => pairs(text, start..end, &mut found),
        }
    }
    found.retain(|token| !token.folded.is_empty());
    found
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Spaced,
    Unspaced,
}

impl Kind {
    fn of(c: char) -> Option<Self> {
        if is_unspaced(c) {
            Some(Self::Unspaced)
        } else if c.is_alphanumeric() {
            Some(Self::Spaced)
        } else {
            None
        }
    }

    fn goes_on(self, c: char) -> bool {
        Self::of(c) == Some(self) || (self == Self::Spaced && is_combining_mark(c) && !is_unspaced(c))
    }
}

/// Every two neighbours, and the last one by itself: a single character is found as the beginning of either.
fn pairs(text: &str, run: Range<usize>, found: &mut Vec<Token>) {
    let starts: Vec<usize> = text[run.clone()].char_indices().map(|(at, _)| run.start + at).collect();
    for (n, start) in starts.iter().enumerate() {
        let end = starts.get(n + 2).copied().unwrap_or(run.end);
        found.push(token(text, *start..end, true));
    }
}

fn token(text: &str, place: Range<usize>, unspaced: bool) -> Token {
    let word: String = text[place.clone()].nfkc().flat_map(char::to_lowercase).nfkc().take(LONGEST).collect();
    Token { folded: fold(&word), word, place, unspaced }
}

/// Without accents, and with the letters apart that some languages write as one.
pub fn fold(word: &str) -> String {
    let mut folded = String::with_capacity(word.len());
    for c in word.nfd().filter(|c| !('\u{300}'..='\u{36f}').contains(c)) {
        match c {
            'ß' => folded.push_str("ss"),
            'æ' => folded.push_str("ae"),
            'œ' => folded.push_str("oe"),
            'ø' => folded.push('o'),
            'ł' => folded.push('l'),
            'đ' | 'ð' => folded.push('d'),
            'þ' => folded.push_str("th"),
            'ı' => folded.push('i'),
            c => folded.push(c),
        }
    }
    folded.nfc().filter(|c| c.is_alphanumeric() || is_combining_mark(*c)).collect()
}

/// Scripts that put no spaces between words, or none that help.
fn is_unspaced(c: char) -> bool {
    matches!(u32::from(c),
        0x0E00..=0x0EFF        // Thai, Lao
        | 0x1000..=0x109F      // Myanmar
        | 0x1100..=0x11FF      // Hangul Jamo
        | 0x1780..=0x17FF      // Khmer
        | 0x3005..=0x3007
        | 0x3040..=0x30FF      // Hiragana, Katakana
        | 0x3130..=0x318F
        | 0x31F0..=0x31FF
        | 0x3400..=0x4DBF
        | 0x4E00..=0x9FFF      // Han
        | 0xA960..=0xA97F
        | 0xAC00..=0xD7FF      // Hangul
        | 0xF900..=0xFAFF
        | 0xFF66..=0xFFDC
        | 0x2_0000..=0x3_FFFF)
        && (c.is_alphanumeric() || is_combining_mark(c))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn folded(text: &str) -> Vec<String> {
        tokens(text).into_iter().map(|token| token.folded).collect()
    }

    #[test]
    fn words_are_runs_of_letters_and_digits() {
        for (text, words) in [
            ("Fan 3 of FT-4400-0017 failed.", vec!["fan", "3", "of", "ft", "4400", "0017", "failed"]),
            ("PSU_FAILED at 11/2, 0x8004ab", vec!["psu", "failed", "at", "11", "2", "0x8004ab"]),
            ("l'alimentation", vec!["l", "alimentation"]),
            ("", vec![]),
            (" \t-/.", vec![]),
        ] {
            assert_eq!(folded(text), words, "{text}");
        }
    }

    #[test]
    fn case_accents_and_width_make_no_difference() {
        for (one, other) in [
            ("Lüfter", "lufter"),
            ("STRASSE", "straße"),
            ("Réseau", "reseau"),
            ("ＦＡＮ", "fan"),
            ("ﬁle", "file"),
            ("e\u{301}tat", "état"),
            ("Ångström", "angstrom"),
            ("Łódź", "lodz"),
        ] {
            assert_eq!(folded(one), folded(other), "{one}");
        }
    }

    #[test]
    fn scripts_without_spaces_are_kept_in_pairs() {
        assert_eq!(folded("電源故障"), ["電源", "源故", "故障", "障"]);
        assert_eq!(folded("機"), ["機"]);
        assert_eq!(folded("CPU故障2件"), ["cpu", "故障", "障", "2", "件"]);
        assert!(tokens("전원 고장").iter().all(|token| token.unspaced));
    }

    #[test]
    fn of_a_very_long_run_the_beginning_counts() {
        assert_eq!(folded(&"x".repeat(10_000)), ["x".repeat(LONGEST)]);
    }

    proptest! {
        #[test]
        fn a_token_is_what_stands_at_its_place(text in any::<String>()) {
            for token in tokens(&text) {
                prop_assert!(text.get(token.place.clone()).is_some());
                prop_assert!(!token.folded.is_empty() && !token.folded.contains(['\'', '\\', ' ', ':', '*', '&', '|']));
            }
        }

        #[test]
        fn folding_twice_changes_nothing(text in "\\PC{0,40}") {
            for token in tokens(&text) {
                prop_assert_eq!(fold(&token.folded), token.folded);
            }
        }
    }
}
