//! The sources themselves: who uses whom, what nobody says, and how long things get.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

/// One line of code, and where it stands.
struct Line {
    file: String,
    number: usize,
    code: String,
}

/// The code of a folder without its tests, comments and doc comments.
fn code_of(part: &str) -> Vec<Line> {
    let mut lines: Vec<Line> =
        files(&["rs"], "src").iter().filter(|file| belongs(file, part)).flat_map(|f| read(f)).collect();
    assert!(!lines.is_empty(), "there is no src/{part}");
    lines.retain(|line| !line.code.trim_start().starts_with("//"));
    lines
}

fn belongs(file: &Path, part: &str) -> bool {
    let inside = relative(file);
    part.is_empty() || inside == format!("src/{part}.rs") || inside.starts_with(&format!("src/{part}/"))
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn relative(file: &Path) -> String {
    file.strip_prefix(root()).unwrap().to_string_lossy().into_owned()
}

/// Every file of a folder with one of the endings; modules that only tests use are left out.
fn files(endings: &[&str], folder: &str) -> Vec<PathBuf> {
    let (mut found, mut folders) = (Vec::new(), vec![root().join(folder)]);
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let ending = path.extension().map(|ending| ending.to_string_lossy().into_owned());
            match ending {
                _ if path.is_dir() => folders.push(path),
                Some(ending) if endings.contains(&ending.as_str()) => found.push(path),
                _ => {}
            }
        }
    }
    let tests: BTreeSet<PathBuf> = found.iter().flat_map(|file| test_modules(file)).collect();
    found.retain(|file| !tests.contains(file));
    found.sort();
    found
}

/// `#[cfg(test)] mod name;` names a file of tests.
fn test_modules(file: &Path) -> Vec<PathBuf> {
    let text = fs::read_to_string(file).unwrap();
    let stem = file.file_stem().unwrap();
    let folder = if ["mod", "lib"].iter().any(|own| stem == *own) {
        file.parent().unwrap().to_owned()
    } else {
        file.with_extension("")
    };
    let named = text.split("#[cfg(test)]\n").skip(1).filter_map(|rest| rest.strip_prefix("mod ")?.split_once(";\n"));
    named.filter(|(name, _)| !name.contains(' ')).map(|(name, _)| folder.join(format!("{name}.rs"))).collect()
}

/// The lines before the tests of a file.
fn read(file: &Path) -> Vec<Line> {
    let text = fs::read_to_string(file).unwrap();
    let own = text.split("#[cfg(test)]\nmod tests {").next().unwrap();
    let line = |(index, code): (usize, &str)| Line { file: relative(file), number: index + 1, code: code.to_owned() };
    own.lines().enumerate().map(line).collect()
}

/// Prints what is against the rule, and fails.
#[track_caller]
fn hold(rule: &str, violations: &[&Line]) {
    for line in violations {
        println!("{}:{}: {} ({rule})", line.file, line.number, line.code.trim());
    }
    assert!(violations.is_empty(), "{} places: {rule}", violations.len());
}

/// The parts of the crate that a line names, in a path or in a list of imports.
fn uses(lines: &[Line], part: &str) -> impl Fn(&&Line) -> bool {
    let (path, imported) = (format!("crate::{part}"), imports(lines, part));
    move |line| says(&line.code, &path) || imported.contains(&(line.file.clone(), line.number))
}

/// Whether a line has these words, and not only as the end or the beginning of longer ones.
fn says(code: &str, words: &str) -> bool {
    code.match_indices(words).any(|(at, _)| begins_word(code, at) && ends_word(code, at + words.len()))
}

fn begins_word(code: &str, at: usize) -> bool {
    !code[..at].ends_with(|before: char| before.is_alphanumeric() || before == '_')
}

fn ends_word(code: &str, at: usize) -> bool {
    let whole = code[..at].ends_with(|last: char| !last.is_alphanumeric());
    whole || !code[at..].starts_with(|next: char| next.is_alphanumeric() || next == '_')
}

/// Lines inside `use crate::{ … }` that begin with the part's name, four spaces in.
fn imports(lines: &[Line], part: &str) -> BTreeSet<(String, usize)> {
    let (mut inside, mut found) = (false, BTreeSet::new());
    for line in lines {
        inside = (inside || line.code == "use crate::{") && line.code != "};";
        let names = |rest: &&str| rest.starts_with(part) && ends_word(rest, part.len());
        let first = line.code.strip_prefix("    ").filter(names);
        let one_line = line
            .code
            .strip_prefix("use crate::{")
            .is_some_and(|rest| rest.split([',', '{', '}', ' ']).any(|word| word.split("::").next() == Some(part)));
        if (inside && first.is_some()) || one_line {
            found.insert((line.file.clone(), line.number));
        }
    }
    found
}

const NEVER: [(&str, &[&str]); 8] = [
    ("domain", &["store", "web", "app", "actions", "router", "reference", "jobs", "ingest", "live", "config", "cli"]),
    ("router", &["store", "web", "app", "actions", "reference", "jobs", "ingest", "live", "config", "cli"]),
    ("store", &["web", "app", "actions", "router", "reference", "jobs", "ingest", "live", "config", "cli", "clock"]),
    ("actions", &["web", "jobs", "ingest", "cli", "serve"]),
    ("ingest", &["store", "web", "app", "actions", "jobs", "reference", "cli"]),
    ("jobs", &["web", "cli", "serve"]),
    ("agent", &["store", "web", "app", "actions", "router", "reference", "jobs", "ingest", "live", "config", "cli"]),
    ("web", &["jobs", "cli", "serve", "embedded"]),
];

#[test]
fn no_part_uses_what_the_map_denies_it() {
    let mut violations = Vec::new();
    let parts: Vec<_> = NEVER.iter().map(|(part, never)| (*part, *never, code_of(part))).collect();
    for (_, never, lines) in &parts {
        for other in *never {
            violations.extend(lines.iter().filter(uses(lines, other)));
        }
    }
    hold("the map in src/lib.rs", &violations);
}

#[test]
fn the_trade_is_pure_and_the_pages_hold_no_sql() {
    let foreign: [(&str, &[&str]); 7] = [
        ("domain", &["sqlx::", "tokio::", "axum::", "async fn", ".await", "std::env", "std::fs", "SystemTime"]),
        ("router", &["sqlx::", "tokio::", "axum::", "async fn", ".await", "std::env", "std::fs", "SystemTime"]),
        ("ingest", &["sqlx::", "tokio::", "axum::", "async fn", ".await"]),
        ("actions", &["axum::", "http::", "StatusCode", "sqlx::query"]),
        ("web", &["sqlx::", "begin_write", "PgConnection"]),
        ("jobs", &["axum::", "sqlx::query"]),
        ("agent", &["sqlx::", "reqwest::", "std::env"]),
    ];
    for (part, words) in foreign {
        let lines = code_of(part);
        let said: Vec<&Line> = lines.iter().filter(|line| words.iter().any(|word| says(&line.code, word))).collect();
        hold(&format!("src/{part} does without {}", words.join(" ")), &said);
    }
}

#[test]
fn only_the_clock_knows_what_time_it_is() {
    let lines = code_of("");
    let asks = ["Timestamp::now", "Zoned::now", "SystemTime::now", "TimeZone::system"];
    let asking: Vec<&Line> = lines.iter().filter(|line| asks.iter().any(|ask| line.code.contains(ask))).collect();
    assert_eq!(asking.iter().filter(|line| line.file == "src/clock.rs").count(), 1, "the search finds the one place");
    let others: Vec<&Line> = asking.into_iter().filter(|line| line.file != "src/clock.rs").collect();
    hold("time is an argument", &others);

    let sql: Vec<Line> =
        files(&["sql"], "migrations").iter().flat_map(|file| read(file)).chain(code_of("store")).collect();
    let words = ["now()", "current_timestamp", "clock_timestamp", "current_date", "localtimestamp", "'now'"];
    let says = |line: &&Line| {
        let code = line.code.to_lowercase();
        // A Rust method of that name asks our own clock; for how long something rests is no time of day.
        let is_fine = |before: &str| before.ends_with('.') || before.ends_with("instant::");
        words.iter().any(|word| code.match_indices(word).any(|(at, _)| !is_fine(&code[..at])))
    };
    hold("SQL takes the time as $n", &sql.iter().filter(says).collect::<Vec<_>>());
}

#[test]
fn files_and_templates_stay_short_enough_to_read() {
    let mut long = Vec::new();
    for (endings, folder, most) in [(["rs"], "src", 300), (["html"], "templates", 120), (["rs"], "tests", 300)] {
        for file in files(&endings, folder) {
            let lines =
                if folder == "tests" { fs::read_to_string(&file).unwrap().lines().count() } else { read(&file).len() };
            if lines > most {
                long.push(format!("{}:{lines}: more than {most} lines", relative(&file)));
            }
        }
    }
    assert!(long.is_empty(), "{}", long.join("\n"));
}

/// Tables that hold what belongs to customers.
const CUSTOMERS: [&str; 26] = [
    "call",
    "history",
    "site",
    "system",
    "contract",
    "alarm",
    "kept_message",
    "routing_decision",
    "fault",
    "handover",
    "murmur",
    "storm",
    "silence",
    "way_home",
    "remote_access",
    "remote_use",
    "remote_instruction",
    "device_credential",
    "kept_release",
    "test_receipt",
    "maintenance_window",
    "maintenance_occurrence",
    "maintenance_history",
    "redundancy_change",
    "dispute",
    "call_words",
];

/// Reads without a scope, and why each may.
const UNSCOPED: [(&str, &str); 21] = [
    ("arrivals.rs::answered", "the sender's own message, by the customer of its credential"),
    ("credentials.rs::candidates", "before anybody is known: whoever has the secret could sign"),
    ("credentials.rs::find", "before anybody is known: the secret itself is the right"),
    ("faults.rs::calm", "the timer acts for the house"),
    ("faults.rs::expired", "the timer acts for the house"),
    ("handovers.rs::forsaken", "the timer acts for the house"),
    ("handovers.rs::lost", "the timer acts for the house"),
    ("maintenance.rs::around", "asked by whoever receives alarms, for the site of its credential"),
    ("maintenance.rs::due", "the timer acts for the house"),
    ("murmurs.rs::due", "the timer acts for the house"),
    ("silences.rs::due_sites", "the timer acts for the house"),
    ("remote.rs::due", "the timer acts for the house"),
    ("request_keys.rs::answered", "the key belongs to who asks; what it leads to is read with the scope"),
    ("targets.rs::named_at_sites", "a credential may name the systems of its own site"),
    ("targets.rs::of_places", "the same"),
    ("test_receipts.rs::of_alarms", "the sender's own messages, by the customer of its credential"),
    ("search.rs::calls_a_week", "a number of the house, by which it decides where to look first"),
    ("due.rs::counted_before", "the timer acts for the house"),
    ("due.rs::open_review_deadlines", "the timer acts for the house"),
    ("due.rs::silent_since", "the timer acts for the house"),
    ("due.rs::watched_before", "the timer acts for the house"),
];

#[test]
fn every_read_of_what_belongs_to_customers_takes_a_scope() {
    let (mut open, mut excused) = (Vec::new(), BTreeSet::new());
    for file in files(&["rs"], "src/store") {
        let lines: Vec<String> = read(&file).into_iter().map(|line| line.code).collect();
        let text = lines.join("\n");
        let macros: Vec<String> = text.split("macro_rules! ").skip(1).filter_map(macro_call).collect();
        for function in text.split("\npub async fn ").skip(1) {
            let end = function.find("\n}").unwrap_or(function.len());
            let (name, body) = (function.split(['(', '<']).next().unwrap(), &function[..end]);
            let theirs = reads_theirs(body) || macros.iter().any(|call| body.contains(call));
            if !body.contains("PgExecutor") || !theirs || body.contains("&Scope") {
                continue;
            }
            let place = format!("{}::{name}", file.file_name().unwrap().to_string_lossy());
            if UNSCOPED.iter().any(|(known, _)| *known == place) {
                excused.insert(place);
            } else {
                open.push(format!("{}: {name} reads without a scope", relative(&file)));
            }
        }
    }
    assert!(open.is_empty(), "{}", open.join("\n"));
    assert_eq!(excused.len(), UNSCOPED.len(), "an excuse that nobody needs any more; needed: {excused:?}");
}

/// Columns that many reads share are named once, in a macro of the file.
fn macro_call(definition: &str) -> Option<String> {
    let (body, _) = definition.split_once("\n}").unwrap();
    reads_theirs(body).then(|| format!("{}!(", body.split(' ').next().unwrap()))
}

fn reads_theirs(sql: &str) -> bool {
    CUSTOMERS.iter().any(|table| ["FROM", "JOIN"].iter().any(|word| says(sql, &format!("{word} {table}"))))
}
