//! `meridian route`: the program itself, asked as other programs and leads ask it.

use std::{
    fs,
    path::Path,
    process::{Child, Command, Output, Stdio},
};

use serde_json::{Value, json};
use sqlx::{ConnectOptions, PgPool};

use crate::{
    clock_due::asked,
    support::{MONDAY_AFTERNOON, TestApp},
};

/// The example of the contract, with what it leaves out.
const EXAMPLE: &str = r#"regions = ["EMEA"]
duty_manager = "duty"

[[calendar]]
name = "emea"
time_zone = "Europe/Dublin"
weekly = { mon = ["08:00-20:00"], tue = ["08:00-20:00"], wed = ["08:00-20:00"], thu = ["08:00-20:00"], fri = ["08:00-12:30", "13:15-20:00"] }
holidays = ["2026-12-25"]

[[cac]]
code = "EMEA"
region = "EMEA"
calendar = "emea"

[[queue]]
slug = "emea-hardware"
cac = "EMEA"
subjects = ["hardware", "*"]
"#;

fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_meridian"));
    command.arg("route").args(arguments).env_clear();
    command
}

fn explain(more: &[&str]) -> Child {
    let mut command = command(&[&["explain", "--json"], more].concat());
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap()
}

fn run(arguments: &[&str]) -> Output {
    command(arguments).output().unwrap()
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

fn json_of(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{}", stderr(output)))
}

fn kept(folder: &Path, name: &str, text: &str) -> String {
    let file = folder.join(name);
    fs::write(&file, text).unwrap();
    file.to_string_lossy().into_owned()
}

#[test]
fn questions_of_the_contract_are_answered_line_by_line() {
    let lines = [
        r#"{"region":"EMEA","site_zone":"Europe/Paris","severity":2,"subject":"hardware","covered":true,"partner":null,"at":"2026-11-25T12:00:00Z"}"#,
        r#"{"region":"EMEA","site_zone":"Europe/Paris","severity":"S3","subject":"hardware","at":"2026-03-29T01:30:00Z"}"#,
        r#"{"region":"EMEA","site_zone":"Europe/Paris","severity":3,"partner":{"accept_minutes":30,"open":true},"at":"2026-11-25T12:00:00Z"}"#,
        r#"{"region":"EMEA","site_zone":"Europe/Paris","severity":1,"at":"2026-11-28T23:30:00Z"}"#,
        r#"{"region":"EMEA","site_zone":"Europe/Paris","severity":1,"covered":false,"at":"2026-11-28T23:30:00Z"}"#,
        r#"{"region":"EMEA","site_zone":"+02:00","severity":1,"at":"2026-11-28T23:30:00Z"}"#,
        r#"{"region":"EMEA","site_zone":"Europe/Paris","severity":5,"at":"2026-11-28T23:30:00Z"}"#,
        r#"{"region":"APAC","site_zone":"Asia/Tokyo","severity":4,"subject":"os","at":"2026-11-25T03:00:00Z"}"#,
    ];
    let said = asked(explain(&[]), lines.join("\n").into_bytes());

    let places: Vec<_> = said.iter().map(|said| json!([said["queue"], said["cac"], said["wait_until"]])).collect();
    assert_eq!(
        places,
        [
            json!(["emea-hardware", "EMEA", null]),
            json!(["emea-hardware", "EMEA", "2026-03-30T07:00:00Z"]),
            json!(["partner", null, null]),
            json!(["duty", null, null]),
            json!(["renewals-emea", "EMEA", null]),
            json!([null, null, null]),
            json!([null, null, null]),
            json!(["apac-os", "APAC", null]),
        ]
    );
    assert!(said[5]["error"].as_str().unwrap().contains("There is no time zone “+02:00”"));
    assert!(said[6]["error"].as_str().unwrap().contains("severity"));
    assert!(said[0]["why"].as_array().unwrap().len() > 2 && said[0].get("wait_until").is_some());
}

#[test]
fn rules_of_a_file_are_followed_and_printed_as_they_were() {
    let folder = tempfile::tempdir().unwrap();
    let config = kept(folder.path(), "rules.toml", EXAMPLE);
    let line = r#"{"region":"EMEA","site_zone":"Europe/Paris","severity":3,"at":"2026-12-25T12:00:00Z"}"#;

    let said = asked(explain(&["--config", &config]), line.into());
    assert_eq!(said[0]["wait_until"], "2026-12-28T08:00:00Z");

    let printed = stdout(&run(&["export", "--config", &config]));
    assert_eq!(printed, EXAMPLE);
    let as_json = stdout(&run(&["export", "--json", "--config", &config]));
    let config = kept(folder.path(), "rules.json", &as_json);
    assert_eq!(stdout(&run(&["export", "--config", &config])), EXAMPLE);
}

#[test]
fn the_standard_rules_hold_and_their_weekends_are_told() {
    let checked = run(&["check", "--json", "--from", "2026-11-23T00:00:00Z"]);
    assert!(checked.status.success(), "{}", stderr(&checked));
    let said = json_of(&checked);
    assert_eq!((&said["ok"], &said["contradictions"], &said["gaps"]), (&json!(true), &json!([]), &json!([])));
    assert_eq!(said["holes"]["patterns"][0]["when"], "every Sat 00:00 – Sun 23:00 UTC");
    assert_eq!(said["holes"]["regions"].as_array().unwrap().len(), 3);

    let strict = run(&["check", "--strict"]);
    assert_eq!(strict.status.code(), Some(1));
    assert!(stdout(&strict).contains("every Sat 01:00 – Sun 23:00 UTC"), "{}", stdout(&strict));
    assert!(stderr(&strict).contains("The rules leave calls to the duty manager."));
}

#[test]
fn rules_that_contradict_themselves_fail_the_check_with_every_fault() {
    let folder = tempfile::tempdir().unwrap();
    let broken =
        EXAMPLE.replace("calendar = \"emea\"", "calendar = \"moon\"").replace("cac = \"EMEA\"", "cac = \"EU\"");
    let config = kept(folder.path(), "rules.toml", &broken);

    let checked = run(&["check", "--json", "--config", &config]);
    assert_eq!(checked.status.code(), Some(1));
    let said = json_of(&checked);
    assert_eq!((&said["ok"], &said["holes"]), (&json!(false), &json!(null)));
    assert_eq!(said["contradictions"].as_array().unwrap().len(), 2, "{said}");

    let config = kept(folder.path(), "unreadable.toml", "regions = 3");
    let checked = run(&["check", "--config", &config]);
    assert_eq!(checked.status.code(), Some(1));
    assert!(stderr(&checked).contains("The rules can't be read"), "{}", stderr(&checked));
    assert_eq!(run(&["check", "--config", "/nowhere.toml"]).status.code(), Some(1));
}

#[test]
fn a_simulation_of_the_same_rules_finds_nothing_and_of_others_what_moves() {
    let folder = tempfile::tempdir().unwrap();
    let standard = stdout(&run(&["export"]));
    let same = kept(folder.path(), "same.toml", &standard);
    let other = kept(folder.path(), "other.toml", &standard.replace("emea-os", "emea-linux"));
    let simulate = |config: &str| {
        let year = ["simulate", "--json", "--calls", "3000", "--from", "2026-11-23T00:00:00Z", "--config", config];
        json_of(&run(&year))
    };

    let nothing = simulate(&same);
    assert_eq!((&nothing["calls"], &nothing["moved_count"]), (&json!(3000), &json!(0)));
    assert_eq!((&nothing["waits_changed"], &nothing["promises"]["lost"]), (&json!(0), &json!(0)));

    let moved = simulate(&other);
    let calls = &moved["queues"]["emea-linux"]["calls"];
    assert_eq!((&calls["before"], &calls["after"]), (&json!(0), &moved["moved_count"]));
    assert!(moved["moved_count"].as_u64().unwrap() > 100, "{}", moved["moved_count"]);
    assert_eq!(moved["moved"][0]["to_queue"], "emea-linux");
    assert_eq!(simulate(&other), moved);

    let back = json_of(&run(&["simulate", "--json", "--calls", "3000", "--before", &other, "--config", &other]));
    assert_eq!(back["moved_count"], 0);
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn the_rules_of_a_store_are_those_that_its_portal_follows(db: PgPool) {
    let portal = TestApp::at(MONDAY_AFTERNOON, db).await;
    let url = portal.pool.connect_options().to_url_lossy().to_string();

    let printed = tokio::task::spawn_blocking(move || run(&["export", "--database-url", &url])).await.unwrap();
    let printed = (stdout(&printed), stderr(&printed));
    assert_eq!(printed, (portal.app.reference.now().router.rules().to_toml(), String::new()));
}

/// The calls of a real log, by its own teams and by our router.
#[test]
fn the_arrivals_of_a_real_desk_meet_more_working_hours_with_our_router() {
    let log = format!("{}/../shared/data/incidents/bpi2013_incidents.csv.zst", env!("CARGO_MANIFEST_DIR"));
    if !Path::new(&log).exists() {
        println!("skipped: {log} is absent");
        return;
    }
    let told = run(&["replay", "bpi2013", &log]);
    println!("{}", stdout(&told));
    let said = json_of(&run(&["replay", "bpi2013", &log, "--json"]));

    let calls = |part: &str| said[part]["calls"].as_u64().unwrap();
    assert_eq!(calls("all") + said["undecidable"]["country_of_team_unknown"].as_u64().unwrap(), 5355);
    assert_eq!(calls("urgent") + calls("can_wait"), calls("all"));
    let share = |who: &str| said["urgent"][who].as_f64().unwrap();
    assert!(share("router_share") > share("log_share"), "{said}");
}

#[test]
fn a_key_that_nobody_reads_is_named_and_the_answers_are_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("rules.toml");
    fs::write(&file, EXAMPLE.replace("[[cac]]", "[[cac]]\nacept_minutes = 20")).unwrap();

    let checked = run(&["check", "--config", file.to_str().unwrap()]);
    let shell = Command::new(env!("CARGO_BIN_EXE_meridian")).args(["completions", "bash"]).output().unwrap();
    let manual = Command::new(env!("CARGO_BIN_EXE_meridian")).arg("man").output().unwrap();

    assert!(stderr(&checked).contains("“acept_minutes” is no key of cac “EMEA”"), "{}", stderr(&checked));
    assert!(!stdout(&checked).contains("acept_minutes"), "{}", stdout(&checked));
    assert!(checked.status.success(), "{}", stderr(&checked));
    assert!(stdout(&shell).contains("_meridian") && stdout(&manual).contains(".TH meridian"), "{}", stderr(&manual));
}
