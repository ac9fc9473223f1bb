//! `agent test`: one test alarm through the spool to the portal, and the receipt that comes back.

use std::time::Duration;

use clap::Args;
use jiff::Timestamp;
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};
use uuid::Uuid;

use super::{SpoolArgs, send};
use crate::{
    agent::board::{self, Tested},
    error::{Error, Result},
};

#[derive(Debug, Args)]
pub struct TestArgs {
    #[command(flatten)]
    spool: SpoolArgs,
    /// Of the alarm that it stands for: critical, error, warning or info.
    #[arg(long, default_value = "error")]
    severity: String,
    /// The part that it would be about, such as 11/2.
    #[arg(long)]
    component: Option<String>,
    /// The serial of the system, where the agent speaks for a site.
    #[arg(long)]
    system: Option<String>,
    /// For how many seconds to wait for the receipt.
    #[arg(long, default_value_t = 15, value_parser = clap::value_parser!(u64).range(1..=600))]
    wait: u64,
    /// For programs: the receipt as the portal tells it.
    #[arg(long)]
    json: bool,
}

/// How often it is looked whether the portal has answered.
const LOOK: Duration = Duration::from_millis(200);

pub async fn test(args: &TestArgs, now: Timestamp) -> Result<()> {
    let id = Uuid::now_v7().to_string();
    let spool = &args.spool.spool;
    send::hand_over(spool, &id, &event(args, &id, now), now)?;
    let patience = Instant::now() + Duration::from_secs(args.wait);
    while Instant::now() < patience {
        if let Some(Tested { receipt, .. }) = board::look(spool).last_test.filter(|test| test.id == id) {
            if args.json {
                println!("{receipt}");
            } else {
                for (name, value) in lines(&receipt) {
                    println!("{name:<24} {value}");
                }
            }
            return Ok(());
        }
        sleep(LOOK).await;
    }
    Err(Error::command(format!(
        "The test {id} is on disk, and no receipt came within {} seconds. It is sent as soon as that is possible; \
         `meridian agent status` says what is in the way.",
        args.wait
    )))
}

fn event(args: &TestArgs, id: &str, now: Timestamp) -> Value {
    let mut event = json!({"id": id, "time": now, "kind": "test", "code": "test", "severity": args.severity,
                           "summary": "Test alarm"});
    for (name, value) in [("component", &args.component), ("system", &args.system)] {
        if let Some(value) = value {
            event[name] = json!(value);
        }
    }
    event
}

/// What a person beside the machine wants to know of it.
fn lines(receipt: &Value) -> Vec<(&'static str, String)> {
    let would = &receipt["would"];
    let yes = |value: &Value| if value == true { "yes" } else { "no" }.to_owned();
    let mut lines: Vec<(&str, String)> = [
        ("said by the system", &receipt["said_at"]),
        ("on the agent's disk", &receipt["agent_at"]),
        ("received by the portal", &receipt["received_at"]),
        ("durable", &receipt["durable_at"]),
        ("would have become", &would["disposition"]),
        ("in the queue", &would["queue_name"]),
        ("of the CAC", &would["cac"]),
        ("because", &would["plain"]),
    ]
    .into_iter()
    .filter_map(|(name, value)| Some((name, value.as_str().filter(|text| !text.is_empty())?.to_owned())))
    .collect();
    lines.push(("covered", yes(&would["covered"])));
    lines.push(("in a window", yes(&would["in_window"])));
    lines.extend(
        would["told"].as_array().into_iter().flatten().filter_map(|who| Some(("told", who.as_str()?.to_owned()))),
    );
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_receipt_is_told_line_by_line() {
        let receipt = json!({"said_at": "2026-11-23T14:33:00Z", "agent_at": null, "would": {"disposition": "opened",
            "queue_name": "EMEA hardware", "covered": true, "in_window": false, "plain": "", "told": ["the engineers"]}});
        let told: Vec<String> = lines(&receipt).iter().map(|(name, value)| format!("{name}: {value}")).collect();
        assert_eq!(
            told,
            [
                "said by the system: 2026-11-23T14:33:00Z",
                "would have become: opened",
                "in the queue: EMEA hardware",
                "covered: yes",
                "in a window: no",
                "told: the engineers",
            ]
        );
    }
}
