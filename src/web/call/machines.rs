//! What machines have said of a call, in words.

use crate::domain::{
    access::Party,
    call::{Change, ImportedChange, Over},
    correlate::Cause,
};

/// A tag and a sentence for a change that a machine has made; nothing for all others.
pub fn words(change: &Change, who: &str) -> (&'static str, String) {
    match change {
        Change::FoldAlarm { summary, count, cause, .. } => ("alarm", folded(who, summary, *count, *cause)),
        Change::ClearAlarm { summary, .. } => ("cleared", format!("{who}: {summary} is over")),
        Change::Recover { summary, count: 1, standing, .. } => {
            ("recovered", format!("{who}: {summary} is over, {standing} more stand"))
        }
        Change::Recover { count, standing, .. } => ("recovered", format!("{count} are over, {standing} stand")),
        Change::Flap { summary, .. } => {
            ("flapping", format!("{summary} comes and goes: it is over when it has been quiet for half an hour"))
        }
        Change::JoinStorm { into } => ("cancelled", format!("part of {into}: many systems of the site at once")),
        Change::EndSilence { why: Over::Heard } => ("heard", format!("{who} is heard again")),
        Change::EndSilence { why: Over::NotExpected } => ("heard", "by now nobody expects to hear of it".to_owned()),
        _ => ("", String::new()),
    }
}

/// Who has not called home; the desks read which calls there are of some of them already.
pub fn silent(who: &str, systems: u32, beside: Option<&[String]>) -> String {
    let known = beside.filter(|beside| !beside.is_empty()).map(|beside| format!("; {} beside it", beside.join(", ")));
    let silent = match systems {
        1 => format!("{who} has not called home when it should have"),
        systems => format!("{systems} systems have not called home"),
    };
    silent + &known.unwrap_or_default()
}

fn folded(who: &str, summary: &str, count: u32, cause: Option<Cause>) -> String {
    let why = match cause {
        Some(Cause::Parent) => ", as what it hangs on is broken",
        Some(Cause::Part) => ", of which a part was broken already",
        Some(Cause::Storm) | None => "",
    };
    match (count, cause) {
        (1, None) => format!("{who} called home again: {summary}"),
        // Many spoke, and who of them was the last says little.
        (count, Some(Cause::Storm)) => {
            let more = if count == 1 { "1 more message".to_owned() } else { format!("{count} more messages") };
            format!("{more} came from systems of the site, last: {summary}")
        }
        (1, Some(_)) => format!("{who} called home: {summary}{why}"),
        (count, _) => format!("{who} called home {count} more times, last: {summary}{why}"),
    }
}

pub fn imported(row: &ImportedChange, status: &str) -> String {
    let flag = if row.flagged { ", a value that has no place in our table" } else { "" };
    format!("{status}, with {}{flag}", row.team)
}

/// Who did it, where no name is known.
pub fn party_words(party: Party) -> &'static str {
    match party {
        Party::Customer => "The customer",
        Party::Partner => "The partner",
        Party::Staff => "The CAC",
        Party::House => "The house",
        Party::Device => "The site",
        Party::Hub => "Another desk",
        Party::Router => "The router",
        Party::Timer => "The clock",
        Party::Import => "The imported log",
    }
}
