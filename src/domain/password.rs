//! Which passwords are good enough: long, and not among those that guessers try first.

use zxcvbn::{
    Score,
    feedback::{Feedback, Warning},
    zxcvbn,
};

pub const SHORTEST: usize = 12;
pub const LONGEST: usize = 1_000;
/// More than this does not change how hard a password is to guess, and costs time to judge.
const JUDGED: usize = 72;

/// Why a password is refused; a sentence for whoever chose it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Weak {
    #[error("A password has at least 12 characters. A few words in a row are easy to remember.")]
    Short,
    #[error("A password has at most 1,000 characters.")]
    Long,
    #[error("This is among the passwords that are tried first. Choose another.")]
    Common,
    #[error("Names, addresses and years are tried first. Choose something that has nothing to do with you.")]
    Personal,
    #[error(
        "Letters in a row, repetitions and rows of keys are easily guessed. A few words that do not belong together are better."
    )]
    Pattern,
    #[error("This would be guessed. A few words that do not belong together are better.")]
    Guessable,
}

/// `about` are words that somebody who knows the person would try: name, address, account.
///
/// Any character counts, and none is demanded: rules about digits make passwords worse.
pub fn judge(password: &str, about: &[&str]) -> Result<(), Weak> {
    match password.chars().count() {
        ..SHORTEST => return Err(Weak::Short),
        SHORTEST..=LONGEST => {}
        _ => return Err(Weak::Long),
    }
    let judged: String = password.chars().take(JUDGED).collect();
    let words = words(about);
    let known: Vec<&str> = words.iter().map(String::as_str).collect();
    if own_part(&judged, &words) < OWN_PART {
        return Err(Weak::Personal);
    }
    let estimate = zxcvbn(&judged, &known);
    if estimate.score() >= Score::Three {
        return Ok(());
    }
    Err(estimate.feedback().and_then(Feedback::warning).map_or(Weak::Guessable, why))
}

/// So much of a password must be nothing that everybody knows about the person.
const OWN_PART: usize = 6;

/// How many letters and digits are left without the words that are about the person.
fn own_part(password: &str, words: &[String]) -> usize {
    let mut left = password.to_lowercase();
    for word in words.iter().filter(|word| word.chars().count() > 2) {
        left = left.replace(word, " ");
    }
    left.chars().filter(|c| c.is_alphanumeric()).count()
}

/// The words as they are, and what they are made of.
fn words(about: &[&str]) -> Vec<String> {
    let parts = |text: &str| {
        let parts = text.split(|c: char| !c.is_alphanumeric()).filter(|part| part.chars().count() > 2);
        parts.map(str::to_lowercase).collect::<Vec<_>>()
    };
    let whole = about.iter().map(|text| text.to_lowercase());
    let parts = about.iter().flat_map(|text| parts(text));
    whole.chain(parts).chain(["meridian".to_owned()]).collect()
}

fn why(warning: Warning) -> Weak {
    match warning {
        Warning::ThisIsATop10Password
        | Warning::ThisIsATop100Password
        | Warning::ThisIsACommonPassword
        | Warning::ThisIsSimilarToACommonlyUsedPassword
        | Warning::AWordByItselfIsEasyToGuess => Weak::Common,
        Warning::NamesAndSurnamesByThemselvesAreEasyToGuess
        | Warning::CommonNamesAndSurnamesAreEasyToGuess
        | Warning::RecentYearsAreEasyToGuess
        | Warning::DatesAreOftenEasyToGuess => Weak::Personal,
        _ => Weak::Pattern,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const ABOUT: [&str; 3] = ["Claire Dubois", "claire.dubois@acme-rail.example", "Acme Rail"];

    #[test]
    fn long_words_that_do_not_belong_together_are_taken() {
        for good in [
            "a long enough password",
            "kettle harbour violet nine",
            "ohne-umlaute-geht-auch-ÄÖÜ",
            "正確な馬の電池の主食です！二",
            "claire likes kettle harbour nine",
        ] {
            assert_eq!(judge(good, &ABOUT), Ok(()), "{good}");
        }
        assert_eq!(judge(&"kettle harbour violet nine ".repeat(37), &ABOUT), Ok(()), "999 characters");
    }

    #[test]
    fn length_is_counted_in_characters() {
        assert_eq!(judge("x7#kQ!vz2pM", &ABOUT), Err(Weak::Short));
        assert_eq!(judge("x7#kQ!vz2pMß", &ABOUT), Ok(()));
        assert_eq!(judge(&"ä".repeat(11), &ABOUT), Err(Weak::Short));
        assert_eq!(judge(&"kettle harbour ".repeat(67), &ABOUT), Err(Weak::Long));
    }

    #[test]
    fn what_is_tried_first_is_refused_however_long_it_is() {
        for bad in [
            "password1234",
            "passwordpassword",
            "qwertyuiop123",
            "111111111111",
            "abcabcabcabc",
            "clairedubois",
            "Claire.Dubois1",
            "acme-rail.example",
            "meridian2026",
            "meridianmeridian",
        ] {
            assert!(judge(bad, &ABOUT).is_err(), "{bad}");
        }
        assert_eq!(judge("meridian2026", &[]), judge("Meridian2026", &[]));
    }

    proptest! {
        #[test]
        fn any_text_is_judged_and_sixteen_random_letters_pass(text in "\\PC{0,200}", random in "[a-z0-9]{20}") {
            let _ = judge(&text, &ABOUT);
            prop_assert!(judge(&random, &[]).is_ok() || random.len() < SHORTEST);
        }
    }
}
