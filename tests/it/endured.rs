//! The whole way home while everything on it breaks: server, Postgres and agents are killed, lines are cut, messages
//! come twice, late and in any order, and clocks are wrong. At the end nothing is missing, nothing is there twice, and
//! every fault is one call.

mod check;
mod house;
mod senders;
mod words;

use std::time::{Duration, Instant};

use tokio::time::sleep;

use self::{
    check::problems,
    house::House,
    senders::{Progress, send_everything},
    words::Plan,
};

/// What is broken, one after the other.
const FAULTS: [&str; 5] = ["server", "postgres", "lines", "agent", "backend"];

struct Run {
    plan: Plan,
    kills: usize,
    /// A door before the portal that now and then acknowledges and forgets.
    liar: bool,
}

fn long() -> bool {
    std::env::var_os("LONG").is_some()
}

/// Sends everything while things break, and says what is wrong afterwards.
async fn endure(run: Run) -> Vec<String> {
    let (plan, began) = (run.plan, Instant::now());
    let mut house = House::open(&plan, run.liar).await;
    let progress = Progress::default();
    let sending = tokio::spawn(send_everything(plan, house.doors(), progress.clone()));
    for kill in 0..run.kills {
        let due = plan.all() * (kill + 1) / (run.kills + 1);
        while progress.acknowledged() < due && !sending.is_finished() {
            // Not a wait: the moment of the fault.
            sleep(Duration::from_millis(20)).await;
        }
        house.suffer(FAULTS[kill % FAULTS.len()]).await;
    }
    let mut wrong = sending.await.unwrap();
    house.agents_have_sent_everything().await;
    let sent = began.elapsed();
    wrong.extend(problems(&house, &plan).await);
    println!(
        "{} alarms of {} systems in {:.0} s with {} faults ({}), {} sent twice, checked in {:.0} s: {}",
        plan.all(),
        plan.systems(),
        sent.as_secs_f64(),
        run.kills,
        FAULTS.join(", "),
        progress.repeated(),
        began.elapsed().saturating_sub(sent).as_secs_f64(),
        if wrong.is_empty() { "none lost, none doubled, one call for each fault" } else { "not well" }
    );
    for line in wrong.iter().take(20) {
        println!("  {line}");
    }
    wrong
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_breaks_nothing_is_lost_and_every_fault_is_one_call() {
    let (plan, kills) = if long() { (Plan::new(250, 4_000, 400), 60) } else { (Plan::new(5, 400, 20), 6) };
    let wrong = endure(Run { plan, kills, liar: false }).await;
    assert_eq!(wrong, Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn who_acknowledges_before_it_is_durable_is_found_out() {
    let (plan, kills) = if long() { (Plan::new(250, 400, 200), 5) } else { (Plan::new(3, 100, 5), 1) };
    let wrong = endure(Run { plan, kills, liar: true }).await;
    assert!(wrong.iter().any(|line| line.contains("lost")), "{wrong:?}");
}
