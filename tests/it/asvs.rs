//! The table of OWASP ASVS 5.0 in `docs/asvs.md`: complete, and every name in it leads to what holds the row.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

/// How many requirements of levels 1 and 2 each section has; they are numbered from 1.
const SECTIONS: [(&str, u32); 75] = [
    ("V1.1", 2),
    ("V1.2", 9),
    ("V1.3", 11),
    ("V1.4", 3),
    ("V1.5", 2),
    ("V2.1", 3),
    ("V2.2", 3),
    ("V2.3", 4),
    ("V2.4", 1),
    ("V3.2", 2),
    ("V3.3", 4),
    ("V3.4", 6),
    ("V3.5", 5),
    ("V3.7", 2),
    ("V4.1", 3),
    ("V4.2", 1),
    ("V4.3", 2),
    ("V4.4", 4),
    ("V5.1", 1),
    ("V5.2", 3),
    ("V5.3", 2),
    ("V5.4", 3),
    ("V6.1", 3),
    ("V6.2", 12),
    ("V6.3", 4),
    ("V6.4", 4),
    ("V6.5", 5),
    ("V6.6", 3),
    ("V6.8", 4),
    ("V7.1", 3),
    ("V7.2", 4),
    ("V7.3", 2),
    ("V7.4", 5),
    ("V7.5", 2),
    ("V7.6", 2),
    ("V8.1", 2),
    ("V8.2", 3),
    ("V8.3", 1),
    ("V8.4", 1),
    ("V9.1", 3),
    ("V9.2", 4),
    ("V10.1", 2),
    ("V10.2", 2),
    ("V10.3", 4),
    ("V10.4", 11),
    ("V10.5", 5),
    ("V10.6", 2),
    ("V10.7", 3),
    ("V11.1", 2),
    ("V11.2", 3),
    ("V11.3", 3),
    ("V11.4", 4),
    ("V11.5", 1),
    ("V11.6", 1),
    ("V12.1", 3),
    ("V12.2", 2),
    ("V12.3", 4),
    ("V13.1", 1),
    ("V13.2", 5),
    ("V13.3", 2),
    ("V13.4", 5),
    ("V14.1", 2),
    ("V14.2", 4),
    ("V14.3", 3),
    ("V15.1", 3),
    ("V15.2", 3),
    ("V15.3", 7),
    ("V16.1", 1),
    ("V16.2", 5),
    ("V16.3", 4),
    ("V16.4", 3),
    ("V16.5", 3),
    ("V17.1", 1),
    ("V17.2", 4),
    ("V17.3", 2),
];

/// Levels and sections are of the standard as it was published in May 2025.
const REQUIREMENTS: u32 = 253;

struct Row {
    id: String,
    level: String,
    holders: Vec<String>,
    words: bool,
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap()
}

/// The cells of the rows of a table, those whose first cell names a requirement or a section.
fn cells(text: &str) -> impl Iterator<Item = Vec<&str>> {
    text.lines()
        .filter(|line| line.starts_with("| V"))
        .map(|line| line.trim_matches('|').split('|').map(str::trim).collect())
}

fn rows(text: &str) -> Vec<Row> {
    let row = |cells: Vec<&str>| {
        let [id, level, asked, met, held] = cells[..] else { panic!("five cells in each row: {cells:?}") };
        let holders = held.split('`').skip(1).step_by(2).map(str::to_owned).collect();
        Row { id: id.to_owned(), level: level.to_owned(), holders, words: !asked.is_empty() && !met.is_empty() }
    };
    cells(text).map(row).collect()
}

/// The texts of all files with an ending under some folders.
fn texts(folders: &[&str], ending: &str) -> Vec<String> {
    let (mut found, mut open) = (Vec::new(), folders.iter().map(|f| root().join(f)).collect::<Vec<_>>());
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            match path.extension() {
                _ if path.is_dir() && !path.ends_with("node_modules") => open.push(path),
                Some(kind) if kind == ending => found.push(fs::read_to_string(path).unwrap()),
                _ => {}
            }
        }
    }
    found
}

/// The names of functions that are tests, by the attribute above them.
fn tests() -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for text in texts(&["src", "tests/it"], "rs") {
        let lines: Vec<&str> = text.lines().map(str::trim).collect();
        for (at, line) in lines.iter().enumerate() {
            let rest = line.strip_prefix("async ").unwrap_or(line).strip_prefix("fn ");
            let above = lines[..at].iter().rev().take_while(|above| above.starts_with("#["));
            let is_test =
                above.map(|above| above.split(['(', ']']).next().unwrap()).any(|above| above.ends_with("test"));
            if let (Some(rest), true) = (rest, is_test) {
                names.insert(rest.split('(').next().unwrap().to_owned());
            }
        }
    }
    assert!(names.len() > 250, "only {} tests were found", names.len());
    names
}

/// Why a name leads nowhere, if it does.
fn astray(holder: &str, tests: &BTreeSet<String>, browser: &[String]) -> bool {
    match holder.split_once(": ") {
        None => !tests.contains(holder),
        Some(("browser", title)) => !browser.iter().any(|text| text.contains(&format!("test('{title}'"))),
        Some(("lint", name)) => {
            !read("Cargo.toml").split("[lints").skip(1).any(|rest| rest.contains(&format!("\n{name} = ")))
        }
        Some(("deny", section)) => !read("deny.toml").contains(&format!("\n[{section}]\n")),
        Some(("notes", heading)) => !read("docs/security.md").contains(&format!("\n## {heading}\n")),
        Some(_) => true,
    }
}

#[test]
fn every_requirement_that_applies_is_held_by_something_that_exists() {
    let text = read("docs/asvs.md");
    let (tests, browser) = (tests(), texts(&["tests/browser"], "js"));

    let mut wrong = Vec::new();
    for row in rows(text.split("## What does not apply").next().unwrap()) {
        let lost: Vec<_> = row.holders.iter().filter(|holder| astray(holder, &tests, &browser)).collect();
        if row.holders.is_empty() || !row.words || !lost.is_empty() || !["1", "2"].contains(&row.level.as_str()) {
            wrong.push(format!("{}: {} names, of which nowhere: {lost:?}", row.id, row.holders.len()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    for nowhere in
        ["no_such_test", "lint: no_such_lint", "deny: nothing", "notes: Nothing", "browser: no such", "other: x"]
    {
        assert!(astray(nowhere, &tests, &browser), "{nowhere} was found");
    }
}

#[test]
fn no_requirement_of_levels_1_and_2_is_forgotten() {
    let text = read("docs/asvs.md");
    let (applying, others) = text.split_once("## What does not apply").unwrap();
    let mut told: BTreeMap<String, u32> = BTreeMap::new();
    for row in rows(applying) {
        *told.entry(row.id).or_default() += 1;
    }
    let excused: Vec<&str> =
        cells(others).flat_map(|cells| cells[0].split(',').map(str::trim).collect::<Vec<_>>()).collect();
    let is_excused = |id: &str| excused.iter().any(|prefix| id == *prefix || id.starts_with(&format!("{prefix}.")));
    let all = SECTIONS.iter().flat_map(|(section, count)| (1..=*count).map(move |n| format!("{section}.{n}")));
    let all: Vec<String> = all.collect();

    assert_eq!(all.len(), usize::try_from(REQUIREMENTS).unwrap());
    for id in &all {
        let places = [told.get(id).copied().unwrap_or(0), is_excused(id).into()];
        assert_eq!(places.iter().sum::<u32>(), 1, "{id} stands in {places:?} of table, exceptions and awaited");
    }
    let unknown: Vec<_> = told.keys().filter(|id| !all.contains(id)).collect();
    assert!(unknown.is_empty(), "not of these levels: {unknown:?}");
}
