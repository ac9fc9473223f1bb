//! What goes wrong and what people say about it.

use serde::Deserialize;

use super::dice::Dice;
use crate::{
    domain::{alarm::AlarmSeverity, severity::Severity},
    error::{Error, Result},
};

/// A kind of fault or question, with the words of everybody who meets it.
#[derive(Debug, Deserialize)]
pub struct Story {
    pub key: String,
    /// Whose work it is; `any` leaves that to the system.
    pub subject: String,
    pub severities: Vec<Severity>,
    /// What the machine says, if it is the machine that tells.
    pub alarm: Option<Signal>,
    pub titles: Vec<String>,
    #[serde(default)]
    pub opening: Vec<String>,
    pub notes: Vec<String>,
    pub updates: Vec<String>,
    pub ask: Vec<String>,
    pub answer: Vec<String>,
    pub fixes: Vec<String>,
    pub cause: Vec<String>,
    pub code: String,
}

#[derive(Debug, Deserialize)]
pub struct Signal {
    pub code: String,
    pub severity: AlarmSeverity,
    pub units: Vec<String>,
    pub state: Option<String>,
}

/// What is said whatever the fault is.
#[derive(Debug, Deserialize)]
pub struct Phrases {
    pub notes: Vec<String>,
    pub updates: Vec<String>,
    pub customer: Vec<String>,
    pub chase: Vec<String>,
    pub hand_over: Vec<String>,
    pub shift: Vec<String>,
    pub accept: Vec<String>,
    pub reject: Vec<String>,
    pub reopen: Vec<String>,
    pub worse: Vec<String>,
    pub milder: Vec<String>,
    pub restore: Vec<String>,
    pub cancel: Vec<String>,
    pub pass_on: Vec<String>,
    pub dismiss: Vec<String>,
    pub partner: Vec<String>,
    pub partner_fix: Vec<String>,
    pub part: Vec<String>,
    pub vendor: Vec<String>,
    pub scheduled: Vec<String>,
    pub resume: Vec<String>,
    pub uncovered: Vec<String>,
    pub uncovered_note: Vec<String>,
    pub uncovered_fix: Vec<String>,
    pub test: Vec<String>,
    pub informational: Vec<String>,
}

pub struct Library {
    pub stories: Vec<Story>,
    pub phrases: Phrases,
}

#[derive(Deserialize)]
struct Shelf {
    story: Vec<Story>,
}

impl Library {
    pub fn read() -> Result<Self> {
        let shelf: Shelf = parsed(include_str!("stories.toml"))?;
        Ok(Self { stories: shelf.story, phrases: parsed(include_str!("phrases.toml"))? })
    }

    /// The story that a title was made from.
    pub fn story_of(&self, title: &str) -> Option<&Story> {
        self.stories.iter().find(|story| story.titles.iter().any(|template| was_filled(template, title)))
    }

    /// The device path that a title names.
    pub fn unit_of(&self, title: &str) -> Option<&str> {
        let signal = self.story_of(title)?.alarm.as_ref()?;
        let named = |unit: &&String| title.split([' ', ':']).any(|word| word == unit.as_str());
        signal.units.iter().find(named).map(String::as_str)
    }

    /// A story of that severity, told by the machine or by people.
    pub fn choose(&self, severity: Severity, by_device: bool, dice: &mut Dice) -> &Story {
        let fits = |story: &&Story| story.severities.contains(&severity) && story.alarm.is_some() == by_device;
        let fitting: Vec<&Story> = self.stories.iter().filter(fits).collect();
        if fitting.is_empty() { dice.pick(&self.stories) } else { fitting[dice.below(fitting.len())] }
    }
}

pub(super) fn parsed<T: serde::de::DeserializeOwned>(text: &str) -> Result<T> {
    toml::from_str(text).map_err(|e| Error::Internal(format!("the made-up world can't be read: {e}")))
}

/// Whether all the fixed parts of a template stand in the text, in their order.
fn was_filled(template: &str, text: &str) -> bool {
    let mut rest = Some(text);
    for part in template.split('{').map(|part| part.split_once('}').map_or(part, |(_, fixed)| fixed)) {
        rest = rest.and_then(|rest| rest.find(part).map(|at| &rest[at + part.len()..]));
    }
    rest.is_some()
}

/// Fills placeholders; the same call keeps the same numbers all through.
#[derive(Debug, Clone)]
pub struct Words(Vec<(&'static str, String)>);

impl Words {
    pub fn new(facts: [(&'static str, &str); 6], dice: &mut Dice) -> Self {
        let mut words: Vec<_> = facts.into_iter().map(|(key, value)| (key, value.to_owned())).collect();
        words.extend([
            ("{n}", dice.between(3, 58).to_string()),
            ("{bay}", dice.between(1, 16).to_string()),
            ("{pct}", dice.between(81, 97).to_string()),
            ("{temp}", dice.between(33, 39).to_string()),
            ("{part}", format!("P-{}", dice.between(80_100, 89_900))),
            ("{ref}", format!("MC-{}", dice.between(31_000, 99_900))),
            ("{patch}", patch(dice)),
        ]);
        Self(words)
    }

    pub fn fill(&self, text: &str) -> String {
        self.0.iter().fold(text.to_owned(), |text, (key, value)| text.replace(key, value))
    }
}

fn patch(dice: &mut Dice) -> String {
    match dice.below(3) {
        0 => format!("KB{}", dice.between(41, 79)),
        1 => format!("update 11.{}", dice.between(2, 9)),
        _ => format!("rollup {}", dice.between(14, 31)),
    }
}

/// Sentences of one kind in their order, then those that fit any fault; none twice until all are told.
#[derive(Debug, Clone)]
pub struct Pool<'a> {
    own: &'a [String],
    common: &'a [String],
    start: usize,
    told: usize,
}

impl<'a> Pool<'a> {
    pub fn new(own: &'a [String], common: &'a [String], dice: &mut Dice) -> Self {
        let told = usize::from(own.len() > 2 && dice.chance(0.35));
        Self { own, common, start: dice.below(common.len()), told }
    }

    pub fn say(&mut self) -> &'a str {
        let told = self.told;
        self.told += 1;
        match self.own.get(told) {
            Some(own) => own,
            None => &self.common[(self.start + told - self.own.len()) % self.common.len()],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_severity_has_stories_and_people_have_words_for_theirs() {
        let library = Library::read().unwrap();

        for severity in Severity::ALL {
            assert!(library.stories.iter().any(|story| story.severities.contains(&severity)), "{severity}");
        }
        for story in &library.stories {
            assert!(story.alarm.is_some() || !story.opening.is_empty(), "{}", story.key);
            assert!(story.titles.len() > 1 && !story.fixes.is_empty() && !story.cause.is_empty(), "{}", story.key);
        }
    }

    #[test]
    fn a_title_is_traced_to_its_story() {
        let library = Library::read().unwrap();

        for (title, key) in [
            ("CPU enclosure 1 broken", "cpu-enclosure"),
            ("Disk 40/1 removed from its mirror after 14 retries", "mirror"),
            ("NTP peers of pay-a unreachable", "clock-drift"),
        ] {
            assert_eq!(library.story_of(title).map(|story| story.key.as_str()), Some(key), "{title}");
        }
        assert_eq!(library.unit_of("Disk 40/1 mirror broken"), Some("40/1"));
        assert!(library.story_of("Something else altogether").is_none());
    }
}
