//! A portal that is away, busy, closed, or has another idea of the time.

use jiff::SignedDuration;
use reqwest::StatusCode;
use serde_json::{Value, json};

use super::{
    Agent, PATIENCE, assert_no_gap, codes,
    fake::{DEVICE, Fake, Mood, SECRET},
    fault, meridian,
};
use crate::{faults::eventually, support::client};

fn reason(status: &Value) -> &str {
    status["failing"]["reason"].as_str().unwrap_or_default()
}

#[tokio::test]
async fn whatever_stands_between_nothing_is_lost_and_the_status_says_why() {
    let portal = Fake::open(Mood::Busy, SignedDuration::ZERO).await;
    let agent = Agent::started(&portal.url, DEVICE, SECRET).await;
    for code in ["one", "two", "three"] {
        agent.take(&fault(code)).await;
    }

    for (mood, says) in [
        (Mood::Busy, "503 Service Unavailable. Said by the fake."),
        (Mood::Closed, "does not accept the credential (401 Unauthorized)"),
        (Mood::Hotel, "no portal of Meridian"),
        (Mood::Mute, "502 Bad Gateway"),
    ] {
        portal.turn(mood);
        let status = agent.until(says, |status| reason(status).contains(says)).await;
        assert_eq!((&status["spooled"], &status["sent"]), (&json!(4), &json!(0)), "{status}");
        assert!(status["oldest"].is_string() && status["failing"]["since"].is_string(), "{status}");
    }
    portal.turn(Mood::Well);
    agent.drained(4).await;

    let events = portal.heard(|heard| heard.events.clone());
    assert_no_gap(&events[..4]);
    assert_eq!(codes(&events[..4]), ["one", "two", "three"], "also those whose answer was lost came once");
}

#[tokio::test]
async fn a_portal_that_was_away_for_hours_is_told_so_once() {
    let portal = Fake::open(Mood::Busy, SignedDuration::ZERO).await;
    let mut agent = Agent::started(&portal.url, DEVICE, SECRET).await;
    agent.until("the failure is noted", |status| reason(status).contains("503")).await;
    agent.kill();
    // The failure began two hours before the machine was started again.
    let path = agent.spool.join("state.json");
    let mut state: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    let since: jiff::Timestamp = state["failing"]["since"].as_str().unwrap().parse().unwrap();
    state["failing"]["since"] = json!(since - SignedDuration::from_hours(2));
    std::fs::write(&path, state.to_string()).unwrap();
    assert_eq!(agent.status()["running"], false, "the status is told without the agent, too");

    agent.start().await;
    portal.turn(Mood::Well);
    let told = async || portal.heard(|heard| codes(&heard.events).contains(&"could-not-call-home").then_some(()));
    eventually("it is told", PATIENCE, told).await;
    agent.take(&fault("later")).await;
    agent.until("all are sent", |status| status["spooled"] == 0).await;

    let events = portal.heard(|heard| heard.events.clone());
    assert_eq!(codes(&events), ["could-not-call-home", "later"]);
    let told = events.iter().find(|event| event["data"]["code"] == "could-not-call-home").unwrap();
    assert_eq!(told["data"]["severity"], "warning");
    assert!(told["data"]["summary"].as_str().unwrap().contains("for 2 h"), "{told}");
    assert!(told["data"]["attempts"].as_u64() >= Some(1), "{told}");
    agent.until("it is over", |status| status["failing"].is_null()).await;
}

#[tokio::test]
async fn a_clock_that_is_an_hour_off_costs_one_message() {
    let portal = Fake::open(Mood::Well, SignedDuration::from_hours(1)).await;
    let agent = Agent::started(&portal.url, DEVICE, SECRET).await;
    agent.take(&fault("one")).await;
    let status = agent.drained(2).await;
    for code in ["two", "three"] {
        agent.take(&fault(code)).await;
    }
    let sent = |status: &Value| status["spooled"] == 0 && status["sequence"] == 4;
    agent.until("all are sent", sent).await;

    assert_eq!(portal.heard(|heard| heard.skewed), 1, "once corrected it stays so");
    let offset = status["clock_offset_s"].as_i64().unwrap();
    assert!((3_590..3_610).contains(&offset), "{offset}");
    let events = portal.heard(|heard| heard.events.clone());
    let at: jiff::Timestamp = events[1]["time"].as_str().unwrap().parse().unwrap();
    let now = meridian::clock::Clock::system().now();
    assert!(now.duration_since(at).abs() < SignedDuration::from_mins(10), "events keep the time of their machine");
}

#[tokio::test]
async fn the_one_event_that_the_portal_will_not_have_stands_in_nobodys_way() {
    let portal = Fake::open(Mood::Busy, SignedDuration::ZERO).await;
    let agent = Agent::started(&portal.url, DEVICE, SECRET).await;
    let mut faults: Vec<Value> = (0..20).map(|n| fault(&format!("f{n:02}"))).collect();
    faults.insert(13, fault("poison"));
    agent.take(&Value::Array(faults)).await;
    portal.turn(Mood::Well);
    let status = agent.drained(22).await;

    let events = portal.heard(|heard| heard.events.clone());
    assert_eq!(codes(&events), (0..20).map(|n| format!("f{n:02}")).collect::<Vec<_>>());
    assert_eq!((&status["set_aside"], &status["sent"]), (&json!(1), &json!(22)), "{status}");
    let kept = std::fs::read_dir(agent.spool.join("unusable")).unwrap().next().unwrap().unwrap().path();
    assert!(std::fs::read_to_string(kept).unwrap().contains("poison"));
}

#[tokio::test]
async fn posts_that_cannot_be_used_are_refused_in_words() {
    let portal = Fake::open(Mood::Well, SignedDuration::ZERO).await;
    let agent = Agent::started(&portal.url, DEVICE, SECRET).await;
    let page = agent.post(&fault("x")).header("origin", "http://127.0.0.1");
    let form = client().post(agent.post(&fault("x")).build().unwrap().url().clone()).body("{\"code\":\"x\"}");
    for (request, status, says) in [
        (page, StatusCode::FORBIDDEN, "browsers"),
        (form, StatusCode::UNSUPPORTED_MEDIA_TYPE, "JSON"),
        (agent.post(&json!({"severity": "error"})), StatusCode::UNPROCESSABLE_ENTITY, "a code or a summary"),
        (agent.post(&json!([fault("good"), 7])), StatusCode::UNPROCESSABLE_ENTITY, "an object"),
        // A second time it is the same file.
        (agent.post(&json!([fault("good"), 7])), StatusCode::UNPROCESSABLE_ENTITY, "It is kept in unusable as post-"),
        (agent.post(&fault(&"x".repeat(1 << 20))), StatusCode::PAYLOAD_TOO_LARGE, "More than 1 MiB at once"),
    ] {
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status(), status);
        let text = answer.text().await.unwrap();
        assert!(text.contains(says), "{text} should say {says}");
    }
    let status = agent.drained(3).await;
    assert_eq!(status["set_aside"], 2, "{status}");
    let told = portal.heard(|heard| codes(&heard.events).iter().map(|code| (*code).to_owned()).collect::<Vec<_>>());
    assert_eq!(told, ["agent-file-unusable"; 2], "of a refused post nothing is taken but that it came");
    let kept = std::fs::read_dir(agent.spool.join("unusable")).unwrap().map(|kept| kept.unwrap().path());
    let kept: Vec<_> = kept.map(|path| std::fs::read_to_string(path).unwrap()).collect();
    assert_eq!(kept.len(), 2);
    assert!(kept.iter().any(|body| body.contains("good")), "{kept:?}");

    let sent = agent.command(&["send", "--code", "x", "--severity", "purple"]);
    let said = String::from_utf8(sent.stderr).unwrap();
    assert!(!sent.status.success() && said.contains("it is critical, error, warning or info"), "{said}");
}

#[tokio::test]
async fn an_agent_that_cannot_do_its_work_says_so_at_once() {
    let portal = Fake::open(Mood::Well, SignedDuration::ZERO).await;
    let agent = Agent::started(&portal.url, DEVICE, SECRET).await;
    let (spool, credential) = (agent.spool.to_str().unwrap(), agent.home.path().join("credential"));
    let (other, credential) = (agent.home.path().join("other"), credential.to_str().unwrap());
    let other = other.to_str().unwrap();
    let run = |args: &[&str]| {
        let named = ["agent", "run", "--url", &portal.url, "--device", DEVICE, "--listen", "127.0.0.1:0"];
        let output = meridian(&named).args(args).stderr(std::process::Stdio::piped()).output().unwrap();
        (output.status.code(), String::from_utf8(output.stderr).unwrap())
    };
    for (args, code, says) in [
        (vec!["--spool", spool, "--credential-file", credential], 1, "Another agent"),
        (vec!["--spool", other, "--credential-file", "/no/such/file"], 1, "/no/such/file can't be read"),
        (vec!["--spool", other, "--credential-file", credential, "--watch", "/no/such"], 1, "no folder /no/such"),
        (vec!["--spool", other, "--credential-file", credential, "--heartbeat", "0"], 2, "--heartbeat"),
    ] {
        let (ended, said) = run(&args);
        assert_eq!(ended, Some(code), "{said}");
        assert!(said.contains(says), "{said} should say {says}");
    }
    let open = meridian(&["agent", "run", "--url", &portal.url, "--device", DEVICE, "--listen", "0.0.0.0:0"])
        .args(["--spool", other, "--credential-file", credential])
        .stderr(std::process::Stdio::piped())
        .output()
        .unwrap();
    assert!(String::from_utf8(open.stderr).unwrap().contains("can be reached from the network"));
}

#[tokio::test]
async fn what_waits_becomes_nobody_elses_and_what_lies_there_is_counted() {
    let portal = Fake::open(Mood::Busy, SignedDuration::ZERO).await;
    let mut agent = Agent::started(&portal.url, DEVICE, SECRET).await;
    agent.take(&fault("waits")).await;
    agent.kill();

    let (spool, credential) = (agent.spool.to_str().unwrap(), agent.home.path().join("credential"));
    let output = meridian(&["agent", "run", "--url", &portal.url, "--device", "FT-another", "--listen", "127.0.0.1:0"])
        .args(["--spool", spool, "--credential-file", credential.to_str().unwrap()])
        .stderr(std::process::Stdio::piped())
        .output()
        .unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(!output.status.success() && said.contains("wait to be sent") && said.contains(DEVICE), "{said}");

    assert!(agent.command(&["send", "--code", "later", "--severity", "info"]).status.success());
    assert_eq!(agent.status()["not_taken_yet"], 1);
    let told = String::from_utf8(agent.command(&["status"]).stdout).unwrap();
    assert!(told.contains("1 more that nobody has taken yet lie in incoming"), "{told}");
}
