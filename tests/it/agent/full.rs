//! A disk without room.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use jiff::SignedDuration;
use reqwest::StatusCode;
use serde_json::{Value, json};

use super::{
    Agent, PATIENCE, codes,
    fake::{DEVICE, Fake, Mood, SECRET},
    fault,
};
use crate::faults::eventually;

/// A disk of half a mebibyte; gone when this is.
struct Disk(PathBuf);

impl Disk {
    fn at(folder: &Path) -> Option<Self> {
        std::fs::create_dir(folder).unwrap();
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", "size=512k,mode=700", "tmpfs"]).arg(folder);
        let mounted = mount.output().is_ok_and(|output| output.status.success());
        mounted.then(|| Self(folder.to_owned()))
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("--lazy").arg(&self.0).status();
    }
}

async fn post(agent: &Agent, code: &str) -> (StatusCode, Value) {
    let mut event = fault(code);
    event["filler"] = json!("x".repeat(3_000));
    let answer = agent.post(&event).send().await.unwrap();
    (answer.status(), answer.json().await.unwrap())
}

#[tokio::test]
async fn a_full_disk_refuses_what_is_new_and_delivers_what_it_has() {
    let portal = Fake::open(Mood::Busy, SignedDuration::ZERO).await;
    let mut agent = Agent::beside(&portal.url, DEVICE, SECRET).await;
    let Some(_disk) = Disk::at(&agent.spool) else {
        eprintln!("skipped: a small disk can be mounted by root only");
        return;
    };
    agent.start().await;

    let (mut taken, mut refused) = (Vec::new(), 0);
    for n in 0..400 {
        let code = format!("f{n:03}");
        let (status, answer) = post(&agent, &code).await;
        if status == StatusCode::ACCEPTED {
            taken.push(code);
            continue;
        }
        assert_eq!(status, StatusCode::INSUFFICIENT_STORAGE, "{answer}");
        assert!(answer["detail"].as_str().unwrap().contains("nothing of this was taken"), "{answer}");
        refused += 1;
        if refused == 5 {
            break;
        }
    }
    assert!(refused == 5 && taken.len() > 50, "{refused} refused, {} taken", taken.len());
    // Also over a restart on a disk that is still full.
    agent.kill();
    agent.start().await;
    assert_eq!(post(&agent, "still-full").await.0, StatusCode::INSUFFICIENT_STORAGE);
    portal.turn(Mood::Well);

    let told = async || portal.heard(|heard| codes(&heard.events).contains(&"agent-spool-full").then_some(()));
    eventually("there is room again, and it is told", PATIENCE, told).await;
    assert_eq!(post(&agent, "afterwards").await.0, StatusCode::ACCEPTED);
    let empty = |status: &Value| status["spooled"] == 0 && status["full"].is_null();
    let status = agent.until("everything is sent", empty).await;
    let events = portal.heard(|heard| heard.events.clone());
    let arrived = codes(&events);
    taken.push("afterwards".to_owned());
    let ours: Vec<&str> = arrived.iter().copied().filter(|code| !code.starts_with("agent-")).collect();
    assert_eq!(ours, taken, "all that was taken, in its order, and nothing that was refused");
    assert_eq!(status["dropped"], 0, "{status}");
}
