//! What was put right in a call, in words.

use crate::domain::call::{Edited, Edits};

/// Each field with what it was and what it is, in one sentence.
pub fn words(edits: &Edits) -> String {
    let text = |name: &str, edited: Option<&Edited<String>>| edited.map(|e| told(name, Some(&e.from), Some(&e.to)));
    let optional = |name: &str, edited: Option<&Edited<Option<String>>>| {
        edited.map(|e| told(name, e.from.as_deref(), e.to.as_deref()))
    };
    let reachable =
        |edited: &Edited<bool>| if edited.to { "available at all hours" } else { "not available at all hours" };
    let fields = [
        text("the title", edits.title.as_ref()),
        text("the contact", edits.contact.as_ref()),
        edits.available_24x7.as_ref().map(|edited| reachable(edited).to_owned()),
        optional("the subject", edits.subject.as_ref()),
        optional("the number elsewhere", edits.external_number.as_ref()),
    ];
    fields.into_iter().flatten().collect::<Vec<_>>().join("; ")
}

fn told(name: &str, from: Option<&(impl AsRef<str> + ?Sized)>, to: Option<&(impl AsRef<str> + ?Sized)>) -> String {
    let said = |text: Option<&str>| match text.filter(|text| !text.is_empty()) {
        Some(text) => format!("“{text}”"),
        None => "nothing".to_owned(),
    };
    format!("{name} is {}, it was {}", said(to.map(AsRef::as_ref)), said(from.map(AsRef::as_ref)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_field_says_what_it_was() {
        let title = Edited { from: "Fan".to_owned(), to: "Fan 2 is loud".to_owned() };
        let subject = Edited { from: None, to: Some("os".to_owned()) };
        let edits = Edits {
            title: Some(title),
            subject: Some(subject),
            available_24x7: Some(Edited { from: false, to: true }),
            ..Edits::default()
        };
        assert_eq!(
            words(&edits),
            "the title is “Fan 2 is loud”, it was “Fan”; available at all hours; the subject is “os”, it was nothing"
        );
    }
}
