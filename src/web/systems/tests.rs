//! Test alarms of a system: how far each came, and where a real one would have gone.

use askama::Template;
use askama_web::WebTemplate;
use axum::extract::{Path, State};
use jiff::Timestamp;

use super::plain;
use crate::{
    app::App,
    domain::{
        access::Viewer,
        policy::{Action, Relation, Resource},
        test_receipt::TestReceipt,
    },
    error::Result,
    store::{
        systems,
        test_receipts::{self, Shown},
    },
    web::{
        shell::Shell,
        view::{self, Sev, When},
    },
};

#[derive(Template, WebTemplate)]
#[template(path = "systems/tests.html")]
pub struct TestsPage {
    shell: Shell,
    serial: String,
    nickname: String,
    zone: String,
    tests: Vec<Test>,
    internal: bool,
}

/// One receipt in words.
pub struct Test {
    summary: String,
    hops: Vec<Hop>,
    at: When,
    words: &'static str,
    severity: Option<Sev>,
    why: Vec<String>,
    receipt: TestReceipt,
}

/// A place on the way, and when the alarm was there.
pub struct Hop {
    place: &'static str,
    at: When,
    clock: &'static str,
}

const SHOWN: i64 = 20;

pub async fn tests(State(app): State<App>, shell: Shell, Path(serial): Path<String>) -> Result<TestsPage> {
    let (viewer, db, now) = (shell.viewer()?, app.store.reader(), app.clock.now());
    let row = systems::find(db, &viewer.scope, &plain(&serial), now).await?;
    let tests = test_receipts::of_system(db, &viewer.scope, (row.customer_id, row.id), SHOWN).await?;
    let internal = viewer.scope.internal();
    let tests = tests.into_iter().map(|test| Test::of(test, internal, &row.time_zone, now)).collect();
    Ok(TestsPage { shell, serial: row.serial, nickname: row.nickname, zone: row.time_zone, tests, internal })
}

impl Test {
    fn of(shown: Shown, internal: bool, zone: &str, now: Timestamp) -> Self {
        let receipt = shown.receipt.0;
        Self {
            summary: if shown.summary.is_empty() { "Test".to_owned() } else { shown.summary },
            hops: hops(&receipt, zone, now),
            at: view::when(receipt.durable_at, zone, now),
            words: receipt.would.words(),
            severity: receipt.would.severity.map(Sev::from),
            why: receipt.would.reasons(internal).cloned().collect(),
            receipt,
        }
    }

    fn wait(&self, zone: &str) -> Option<When> {
        self.receipt.would.wait_until.map(|at| view::when(at, zone, self.receipt.durable_at))
    }
}

/// Seconds matter here: a path that takes minutes is not the same as one that takes none.
fn hops(receipt: &TestReceipt, zone: &str, now: Timestamp) -> Vec<Hop> {
    let hop = |place, at: Timestamp, clock| {
        let seconds = at.strftime(":%S").to_string();
        let When { iso, words } = view::when(at, zone, now);
        Hop { place, at: When { iso, words: format!("{words}{seconds}") }, clock }
    };
    let agent = receipt.agent_at.map(|at| hop("On the disk of the site agent", at, "by the agent's clock"));
    let said = hop("Said by the system", receipt.said_at, "by the system's clock");
    let came = hop("Received by the portal", receipt.received_at, "");
    let safe = hop("Durable in the store", receipt.durable_at, "");
    [Some(said), agent, Some(came), Some(safe)].into_iter().flatten().collect()
}

/// Whether somebody is shown the credentials with which a place calls home.
pub fn sees_devices(viewer: &Viewer) -> bool {
    viewer.may(Action::See, Resource::Device, Relation::Foreign).is_ok()
}
