//! Files that others leave in a watched folder.

use std::{fs, io::Write, time::Duration};

use jiff::SignedDuration;
use serde_json::Value;
use tokio::time::sleep;

use super::{
    Agent, PATIENCE, assert_no_gap, codes,
    fake::{DEVICE, Fake, Mood, SECRET},
    fault,
};
use crate::faults::eventually;

async fn until_heard(portal: &Fake, code: &str) -> Vec<Value> {
    let heard = async || {
        let events = portal.heard(|heard| heard.events.clone());
        codes(&events).contains(&code).then_some(events)
    };
    eventually(code, PATIENCE, heard).await
}

#[tokio::test]
async fn files_are_delivered_line_by_line_and_go() {
    let portal = Fake::open(Mood::Well, SignedDuration::ZERO).await;
    let agent = Agent::started(&portal.url, DEVICE, SECRET).await;

    agent.drop_file("old.drop", &format!("{}\n\n{}\n", fault("first"), fault("second")));
    until_heard(&portal, "second").await;
    // The same name and the same words an hour later are another fault.
    agent.drop_file("old.drop", &format!("{}\n\n{}\n", fault("first"), fault("second")));
    let twice = async || (portal.heard(|heard| heard.events.len()) == 5).then_some(());
    eventually("it came again", PATIENCE, twice).await;

    let events = portal.heard(|heard| heard.events.clone());
    assert_no_gap(&events);
    assert_eq!(codes(&events), ["first", "second", "first", "second"]);
    let gone = async || (!agent.watched("old.drop").exists()).then_some(());
    eventually("the file is gone", PATIENCE, gone).await;
}

#[tokio::test]
async fn a_file_is_read_when_it_is_whole() {
    let portal = Fake::open(Mood::Well, SignedDuration::ZERO).await;
    let agent = Agent::started(&portal.url, DEVICE, SECRET).await;
    let line = format!("{}\n", fault("slowly"));
    let (head, tail) = line.split_at(20);

    let mut file = fs::File::create(agent.watched("slow.json")).unwrap();
    for part in [head, tail] {
        file.write_all(part.as_bytes()).unwrap();
        sleep(Duration::from_millis(3_500)).await;
    }

    let events = until_heard(&portal, "slowly").await;
    assert_eq!(codes(&events), ["slowly"], "half a file is no fault");
    assert_eq!(agent.status()["set_aside"], 0);
}

#[tokio::test]
async fn what_cannot_be_read_is_kept_and_told() {
    let portal = Fake::open(Mood::Well, SignedDuration::ZERO).await;
    let agent = Agent::started(&portal.url, DEVICE, SECRET).await;

    let content = format!("{}\n{{\"code\": \n{}\n", fault("before"), fault("behind"));
    agent.drop_file("half.drop", &content);
    agent.drop_file("empty.json", "");
    fs::write(agent.watched("notes.txt"), "not for us").unwrap();

    let both = |status: &Value| status["set_aside"] == 2;
    let status = agent.until("both are set aside", both).await;
    assert!(status["last_set_aside"]["said"].as_str().is_some(), "{status}");
    assert_eq!(fs::read_to_string(agent.watched("unusable").join("half.drop")).unwrap(), content);
    assert!(agent.watched("unusable").join("empty.json").exists());
    assert!(agent.watched("notes.txt").exists());
    agent.drained(5).await;
    let events = portal.heard(|heard| heard.events.clone());
    let mut told = codes(&events);
    told.sort_unstable();
    assert_eq!(told, ["agent-file-unusable", "agent-file-unusable", "before", "behind"]);
    let note = events.iter().find(|event| event["data"]["file"] == "half.drop").unwrap();
    assert!(note["data"]["reason"].as_str().unwrap().contains("line 2 is not JSON"), "{note}");
    assert_eq!(note["data"]["severity"], "info", "nobody is woken for it");
}

/// Root reads everything, unless it gives that up.
#[tokio::test]
async fn a_file_that_may_not_be_read_stays_and_is_told_once() {
    use std::os::unix::fs::PermissionsExt;

    let portal = Fake::open(Mood::Well, SignedDuration::ZERO).await;
    let mut agent = Agent::beside(&portal.url, DEVICE, SECRET).await;
    agent.start_without_privileges().await;

    let path = agent.watched("closed.drop");
    fs::write(&path, fault("closed").to_string()).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o000)).unwrap();

    let said =
        |status: &Value| status["last_set_aside"]["said"].as_str().is_some_and(|said| said.contains("can't be read"));
    let status = agent.until("it is told", said).await;
    assert!(path.exists() && status["set_aside"] == 0, "{status}");
    sleep(Duration::from_secs(3)).await;
    assert_eq!(agent.status()["last_set_aside"], status["last_set_aside"], "once is enough");

    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    let events = until_heard(&portal, "closed").await;
    assert_eq!(codes(&events), ["closed"]);
}
