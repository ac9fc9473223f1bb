//! `meridian clock due`: the program itself, asked as other programs ask it.

use std::{
    fs,
    io::{BufRead, BufReader, Write},
    path::Path,
    process::{Child, Command, Stdio},
};

use serde_json::{Value, json};

fn program() -> Child {
    let mut command = Command::new(env!("CARGO_BIN_EXE_meridian"));
    command.args(["clock", "due", "--json"]).env_clear();
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap()
}

/// What is answered to the lines, each as JSON.
pub fn asked(mut program: Child, lines: Vec<u8>) -> Vec<Value> {
    let mut stdin = program.stdin.take().unwrap();
    let writer = std::thread::spawn(move || stdin.write_all(&lines).unwrap());
    let answers = BufReader::new(program.stdout.take().unwrap()).lines();
    let answers = answers.map(|line| serde_json::from_str(&line.unwrap()).unwrap()).collect();
    writer.join().unwrap();
    assert!(program.wait().unwrap().success());
    answers
}

fn answers(lines: &str) -> Vec<Value> {
    asked(program(), lines.as_bytes().to_vec())
}

/// The one answer to one question.
fn answer(question: &Value) -> Value {
    answers(&format!("{question}\n")).remove(0)
}

/// A shared file, or nothing, said aloud, where its folder is absent.
fn oracle(name: &str) -> Option<String> {
    let folder = format!("{}/../shared/data/time", env!("CARGO_MANIFEST_DIR"));
    if !Path::new(&folder).is_dir() {
        println!("skipped: {folder} is absent");
        return None;
    }
    Some(fs::read_to_string(format!("{folder}/{name}")).unwrap_or_else(|e| panic!("{folder}/{name}: {e}")))
}

/// Every field that an answer of this file has, and nothing that it has not.
fn agree(name: &str, fields: &[&str]) {
    let Some(text) = oracle(name) else { return };
    let given: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(!given.is_empty(), "{name} asks nothing");
    let said = answers(&text);

    assert_eq!(said.len(), given.len());
    for (given, said) in given.iter().zip(&said) {
        let expected: Value = fields.iter().map(|field| ((*field).to_owned(), given[field].clone())).collect();
        assert_eq!(*said, expected, "{given}");
    }
    println!("{} answers of {name} are right", said.len());
}

#[test]
fn working_minutes_and_due_instants_are_those_of_the_oracle() {
    agree("business_hours_oracle.jsonl", &["business_minutes", "due_utc"]);
}

#[test]
fn openings_and_their_changes_are_those_of_the_oracle() {
    agree("queue_open_oracle.jsonl", &["open", "next_change_utc"]);
}

/// A Monday to Friday in Paris.
fn paris(more: &Value) -> Value {
    let mut question = json!({"zone": "Europe/Paris", "open_min": 480, "close_min": 1200, "workdays": [1, 2, 3, 4, 5]});
    for (name, value) in more.as_object().unwrap() {
        question[name] = value.clone();
    }
    question
}

#[test]
fn everything_that_is_asked_is_answered_in_one_object() {
    let question = paris(&json!({
        "start_utc": "2026-11-27T18:30:00Z", "end_utc": "2026-11-30T08:00:00Z", "sla_minutes": 60,
        "instant_utc": "2026-11-27T19:00:00Z", "holidays": [], "id": 7, "business_minutes": 0,
    }));
    let expected = json!({
        "business_minutes": 90, "due_utc": "2026-11-30T07:30:00Z", "open": false, "next_change_utc": "2026-11-30T07:00:00Z",
    });
    assert_eq!(answer(&question), expected);
}

#[test]
fn the_edges_of_a_day_are_those_of_the_rules() {
    let day = json!({"start_utc": "2026-01-05T00:00:00Z", "end_utc": "2026-01-12T00:00:00Z", "sla_minutes": 1});
    for (name, hours, minutes, due) in [
        ("all day", json!({"open_min": 0, "close_min": 1440}), 5 * 1440, json!("2026-01-05T00:01:00Z")),
        ("closed", json!({"open_min": 600, "close_min": 600}), 0, json!(null)),
        ("over midnight", json!({"open_min": 1320, "close_min": 360}), 5 * 480, json!("2026-01-05T21:01:00Z")),
        ("periods", json!({"periods": [[480, 750], [795, 1200]]}), 5 * (270 + 405), json!("2026-01-05T07:01:00Z")),
        ("overlapping", json!({"periods": [[480, 750], [700, 800]]}), 5 * 320, json!("2026-01-05T07:01:00Z")),
        ("no work days", json!({"workdays": []}), 0, json!(null)),
        ("all holidays", json!({"workdays": [1], "holidays": ["2026-01-05"]}), 0, json!("2026-01-12T07:01:00Z")),
    ] {
        let mut question = paris(&day);
        for (field, value) in hours.as_object().unwrap() {
            question[field] = value.clone();
        }
        assert_eq!(answer(&question), json!({"business_minutes": minutes, "due_utc": due}), "{name}");
    }
}

#[test]
fn a_day_without_an_end_never_changes() {
    let always = json!({"workdays": [1, 2, 3, 4, 5, 6, 7], "open_min": 0, "close_min": 1440, "instant_utc": "2026-03-29T01:30:00Z"});
    assert_eq!(answer(&paris(&always)), json!({"open": true, "next_change_utc": null}));
}

#[test]
fn a_line_that_cant_be_answered_says_why_and_the_run_goes_on() {
    let fine = paris(&json!({"instant_utc": "2026-11-27T12:00:00Z"}));
    let faults = [
        ("no JSON".to_owned(), "expected"),
        (String::new(), "EOF"),
        (json!({"zone": "Europe/Paris"}).to_string(), "missing field `workdays`"),
        (json!({"zone": "Europe/Paris", "workdays": [1]}).to_string(), "missing field `open_min`"),
        (paris(&json!({})).to_string(), "Ask with start_utc and end_utc"),
        (paris(&json!({"zone": "+02:00", "sla_minutes": 1})).to_string(), "There is no time zone “+02:00”"),
        (paris(&json!({"zone": "", "sla_minutes": 1})).to_string(), "there is no server time"),
        (paris(&json!({"zone": "Mars/Base"})).to_string(), "There is no time zone “Mars/Base”"),
        (paris(&json!({"workdays": [0]})).to_string(), "0 is not a day of the week"),
        (paris(&json!({"close_min": 1441})).to_string(), "is not an opening"),
        (paris(&json!({"open_min": -1})).to_string(), "invalid value"),
        (paris(&json!({"holidays": ["2026-02-30"]})).to_string(), "date is not valid"),
        (paris(&json!({"instant_utc": "yesterday"})).to_string(), "yesterday"),
    ];
    let lines: Vec<_> = faults.iter().map(|(line, _)| format!("{line}\n{fine}\n")).collect();
    let said = answers(&lines.concat());

    assert_eq!(said.len(), 2 * faults.len());
    for ((line, words), said) in faults.iter().zip(said.chunks(2)) {
        let error = said[0]["error"].as_str().unwrap_or_else(|| panic!("{line}: {}", said[0]));
        assert!(error.contains(words), "{line}: {error}");
        assert_eq!(said[1]["open"], true);
    }
}

#[test]
fn each_line_is_answered_before_the_next_is_written() {
    let mut program = program();
    let mut stdin = program.stdin.take().unwrap();
    let mut answers = BufReader::new(program.stdout.take().unwrap()).lines();
    for (hour, open) in [("06", false), ("07", true), ("19", false)] {
        writeln!(stdin, "{}", paris(&json!({"instant_utc": format!("2026-11-27T{hour}:00:00Z")}))).unwrap();
        let said: Value = serde_json::from_str(&answers.next().unwrap().unwrap()).unwrap();
        assert_eq!(said["open"], open, "{hour}");
    }
    drop(stdin);
    assert!(answers.next().is_none() && program.wait().unwrap().success());
}

#[test]
fn a_long_run_keeps_its_order() {
    let minute = |n: usize| format!("2026-01-05T{:02}:{:02}:00Z", n / 60 % 24, n % 60);
    let line = |n: usize| paris(&json!({"start_utc": "2026-01-05T00:00:00Z", "end_utc": minute(n)}));
    let lines: Vec<_> = (0..20_000).map(|n| line(n).to_string()).collect();
    let said = answers(&lines.join("\n"));

    assert_eq!(said.len(), 20_000);
    // Paris opens at 07:00 UTC and closes at 19:00.
    let expected = |n: usize| (n % 1440).clamp(420, 1140) - 420;
    assert!((0..20_000).all(|n| said[n]["business_minutes"] == expected(n)));
}
