//! What the sources never do, each with the reason in its name: read from the files, so that it holds for the next one.

use std::{collections::BTreeSet, fs, path::Path};

struct Source {
    name: String,
    text: String,
}

/// All files of some folders, without what was taken over from others.
fn sources(folders: &[&str], endings: &[&str]) -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let (mut found, mut open) = (Vec::new(), folders.iter().map(|f| root.join(f)).collect::<Vec<_>>());
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.strip_prefix(root).unwrap().to_string_lossy().into_owned();
            if path.is_dir() && !name.ends_with("vendor") {
                open.push(path);
            } else if endings.iter().any(|ending| name.ends_with(&format!(".{ending}"))) {
                found.push(Source { text: fs::read_to_string(path).unwrap(), name });
            }
        }
    }
    assert!(!found.is_empty(), "nothing in {folders:?}");
    found
}

/// Nowhere is one of the words said, but where it is excused.
fn never(sources: &[Source], words: &[&str], excused: &[&str]) {
    let mut said = Vec::new();
    for source in sources.iter().filter(|source| !excused.contains(&source.name.as_str())) {
        for (number, line) in source.text.lines().enumerate() {
            let code = line.split("// ").next().unwrap();
            said.extend(
                words
                    .iter()
                    .filter(|word| code.contains(**word))
                    .map(|word| format!("{}:{}: {word}", source.name, number + 1)),
            );
        }
    }
    assert!(said.is_empty(), "{}", said.join("\n"));
    for name in excused {
        let source = sources.iter().find(|source| source.name == *name);
        let needed = source.is_some_and(|source| words.iter().any(|word| source.text.contains(word)));
        assert!(needed, "{name} is excused and needs it no more");
    }
}

fn ours() -> Vec<Source> {
    sources(&["src"], &["rs"])
}

fn templates() -> Vec<Source> {
    sources(&["templates"], &["html"])
}

fn scripts() -> Vec<Source> {
    sources(&["static"], &["js"])
}

#[test]
fn templates_print_nothing_unescaped_and_are_never_made_of_what_was_sent() {
    never(&templates(), &["|safe", "| safe", "|escape(", "autoescape", "javascript:", "srcdoc"], &[]);
    never(&ours(), &["MarkupDisplay", "HtmlSafe", "escape = \"none\"", "source = \""], &[]);
}

#[test]
fn pages_carry_no_script_or_style_of_their_own() {
    let attributes = [" style=\"", " onclick=", " onload=", " onerror=", " onsubmit=", " onchange=", " onpaste="];
    never(&templates(), &attributes, &[]);
    for source in templates() {
        let inline = source.text.split("<script").skip(1).any(|rest| !rest.split('>').next().unwrap().contains("src="));
        assert!(!inline && !source.text.contains("<style"), "{}", source.name);
    }
}

#[test]
fn sql_is_never_put_together_from_parts() {
    never(
        &sources(&["src/store", "src/actions", "src/web", "src/jobs", "src/migrate_in"], &["rs"]),
        &[
            "AssertSqlSafe",
            "raw_sql(",
            "QueryBuilder",
            "format!(\"SELECT",
            "format!(\"UPDATE",
            "format!(\"INSERT",
            "format!(\"DELETE",
        ],
        // A store is filled for a benchmark by the columns that its own catalog names; nothing that was sent is in it.
        &["src/store/copies.rs"],
    );
    let definers = sources(&["migrations"], &["sql"]);
    never(&definers, &["EXECUTE format", "EXECUTE '", "EXECUTE \""], &[]);
}

#[test]
fn no_shell_runs_a_command() {
    never(&ours(), &["Command::new(\"sh", "Command::new(\"bash", "libc::system"], &[]);
    never(&sources(&["src/web", "src/actions", "src/ingest", "src/jobs"], &["rs"]), &["Command::new"], &[]);
}

#[test]
fn scripts_run_no_text_and_make_no_pages_of_it() {
    let running = [
        "eval(",
        "new Function",
        "document.write",
        "insertAdjacentHTML",
        ".outerHTML =",
        "setTimeout('",
        "importScripts",
    ];
    never(&scripts(), &running, &[]);
    never(&scripts(), &[".innerHTML ="], &["static/js/trusted.js"]);
    never(&scripts(), &["__proto__", ".prototype", "with ("], &[]);
}

#[test]
fn browsers_keep_nothing_but_how_it_looks_and_which_keys_work() {
    never(&scripts(), &["sessionStorage", "indexedDB", "caches.open"], &[]);
    never(&scripts(), &["localStorage"], &["static/js/keys.js"]);
    never(&scripts(), &["document.cookie"], &["static/js/theme.js"]);
}

#[test]
fn nothing_is_loaded_from_elsewhere() {
    for source in templates() {
        for tag in ["<script", "<link", "<img", "<iframe", "<object", "<embed"] {
            let foreign = source.text.split(tag).skip(1).map(|rest| rest.split('>').next().unwrap());
            let foreign = foreign.filter(|tag| tag.contains("=\"http") || tag.contains("=\"//"));
            assert_eq!(foreign.count(), 0, "{}: {tag}", source.name);
        }
    }
    never(&scripts(), &["fetch('http", "import 'http", "from 'http"], &[]);
    never(&sources(&["static"], &["css"]), &["@import", "url(http", "url(//", "url('http"], &[]);
}

#[test]
fn secrets_travel_in_bodies_and_password_fields_take_what_is_pasted() {
    let mut fields = 0;
    for source in templates() {
        for form in source.text.split("<form").skip(1).map(|rest| rest.split("</form>").next().unwrap()) {
            for field in form.split("<input").skip(1).map(|rest| rest.split('>').next().unwrap()) {
                if field.contains("password") {
                    fields += 1;
                    assert!(field.contains("type=\"password\""), "{}: {field}", source.name);
                    assert!(
                        field.contains("autocomplete=\"current-password\"")
                            || field.contains("autocomplete=\"new-password\""),
                        "{}: {field}",
                        source.name
                    );
                    assert!(!field.contains("maxlength") && !field.contains("pattern="), "{}: {field}", source.name);
                    assert!(form.split('>').next().unwrap().contains("method=\"post\""), "{}: {form}", source.name);
                }
            }
        }
    }
    assert!(fields > 0, "there is no password field at all");
}

/// A screen on a wall, opened by its own key: nobody is signed in there.
const WITHOUT_A_PERSON: &str = "templates/board/show.html";

#[test]
fn every_page_has_a_way_out() {
    let frames = templates().into_iter().filter(|source| source.text.contains("<html"));
    let (wall, frames): (Vec<_>, Vec<_>) = frames.partition(|source| source.name == WITHOUT_A_PERSON);

    assert_eq!((wall.len(), frames.len()), (1, 1), "every page but the wall board stands in the one frame");
    assert!(frames[0].text.contains("method=\"post\" action=\"/session/end\""), "{}", frames[0].name);
}

#[test]
fn certificates_are_always_checked_and_calls_go_out_by_one_way() {
    never(&ours(), &["danger_accept_invalid", "tls_danger", "dangerous()", "Policy::limited", "Policy::default"], &[]);
    never(
        &ours(),
        &["Client::builder()", "Client::new()", "TcpStream::connect("],
        &["src/outbound.rs", "src/cli/health.rs", "src/bench/alarms/wire.rs"],
    );
}

#[test]
fn no_weak_cryptography_is_used() {
    let weak = ["md5::", "Md5", "Sha1", "sha1::", "Rc4", "Ecb", "Pkcs1v15Encrypt", "SmallRng", "StdRng", "rand::rng"];
    never(&ours(), &weak, &[]);
}

#[test]
fn xml_is_read_without_entities_of_its_own() {
    let reading: Vec<String> = ours().into_iter().filter(|s| s.text.contains("quick_xml")).map(|s| s.name).collect();
    assert!(!reading.is_empty());
    never(&ours(), &["resolve_entity", "unescape_with", "libxml", "custom_entities"], &[]);
}

/// The description knows its shapes by their names alone: of two with one name it would tell only one.
#[test]
fn no_two_shapes_of_the_api_share_a_name() {
    let mut seen = BTreeSet::new();
    for source in sources(&["src/web"], &["rs"]) {
        let mut lines = source.text.lines();
        while let Some(line) = lines.next() {
            if !(line.starts_with("#[derive(") && line.contains("ToSchema")) {
                continue;
            }
            let shape = lines.by_ref().find_map(|line| line.split_once("struct ").or(line.split_once("enum ")));
            let (_, rest) = shape.unwrap();
            let shape = rest.split(|c: char| !c.is_alphanumeric()).next().unwrap().to_owned();
            assert!(seen.insert(shape.clone()), "{shape} of {} is one of two", source.name);
        }
    }
    assert!(seen.len() > 20, "{seen:?}");
}
