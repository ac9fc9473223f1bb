//! The live demo: systems phone home, customers file and answer, engineers and partners work. Through the
//! same actions as everybody, so a demo shows nothing that the portal cannot do.

use std::time::Duration;

use jiff::SignedDuration;
use tokio_util::sync::CancellationToken;

use super::{
    dice::Dice,
    past::share_of_devices,
    players::{Cast, device, fault, message},
    profile::Profile,
    stories::{Library, Words},
};
use crate::{
    actions::{self, NewCall},
    app::App,
    domain::{
        access::{Scope, Viewer},
        alarm::{AlarmSeverity, Kind},
        severity::Severity,
    },
    error::{Error, Result},
    store::{
        calls::{self, CallSummary, Filter},
        reference,
        systems::SystemRow,
    },
};

/// Between how many open calls the desks are kept.
const FEWEST: usize = 66;
const MOST: usize = 110;
/// After a long stop at most this many calls come at once.
const MISSED: i64 = 20;
/// Of so many signs of life one is a test.
const TESTS: usize = 40;
/// Calls a day of the made-up world.
const CALLS_A_DAY: i64 = 8;

/// Keeps the made-up world going until it is told to stop. Never fails: what goes wrong is only logged.
pub async fn run_generator(app: App, stop: CancellationToken) {
    let mut generator = loop {
        match Generator::begin(&app).await {
            Ok(generator) => break generator,
            Err(error) => tracing::debug!(%error, "the live demo could not begin"),
        }
        if rested(&stop, Duration::from_secs(20)).await {
            return;
        }
    };
    for _ in 0..generator.missed {
        let done = generator.something_new(&app).await;
        log(done);
        if rested(&stop, Duration::from_millis(400)).await {
            return;
        }
    }
    while !rested(&stop, generator.pause()).await {
        let done = generator.step(&app).await;
        log(done);
    }
}

/// True once it is time to stop. Only the rest is cut short, never what is being done.
async fn rested(stop: &CancellationToken, length: Duration) -> bool {
    tokio::select! {
        () = stop.cancelled() => true,
        () = tokio::time::sleep(length) => false,
    }
}

fn log(done: Result<()>) {
    if let Err(error) = done {
        tracing::debug!(%error, "a step of the live demo came to nothing");
    }
}

/// Chooses what happens next, and makes it happen.
pub struct Generator {
    pub(super) cast: Cast,
    pub(super) library: Library,
    pub(super) dice: Dice,
    profile: Profile,
    heard: usize,
    late: usize,
    missed: i64,
}

impl Generator {
    pub async fn begin(app: &App) -> Result<Self> {
        let (db, now) = (app.store.reader(), app.clock.now());
        let seed = reference::mark(db, "seed").await?.and_then(|seed| seed.parse().ok()).unwrap_or(1);
        let newest = calls::list(db, &Scope::everything(), &Filter::default(), None, 1).await?;
        let quiet = newest.first().map_or(0, |call| now.duration_since(call.opened_at.to_jiff()).as_hours());
        Ok(Self {
            cast: Cast::gather(app).await?,
            library: Library::read()?,
            profile: Profile::read()?,
            dice: Dice::of(seed, &now.to_string()),
            heard: 0,
            late: 0,
            missed: (quiet * CALLS_A_DAY / 24).min(MISSED),
        })
    }

    /// Where much is late, as after a long stop, people hurry.
    fn pause(&mut self) -> Duration {
        let seconds = if self.late > 6 { 1 } else { self.dice.between(5, 15) };
        Duration::from_secs(u64::try_from(seconds).unwrap_or(10))
    }

    /// Two heartbeats and one event.
    pub async fn step(&mut self, app: &App) -> Result<()> {
        for _ in 0..2 {
            self.heartbeat(app).await?;
        }
        let calls = open_calls(app).await?;
        let worked = calls.iter().filter(|call| call.status != "resolved").count();
        let now = app.clock.now();
        self.late = calls.iter().filter(|call| call.due_at.is_some_and(|due| due.to_jiff() < now)).count();
        let fresh = match worked {
            few if few < FEWEST => 0.5,
            many if many > MOST => 0.02,
            _ => 0.16,
        };
        match self.dice.fraction() {
            luck if luck < fresh || calls.is_empty() => self.something_new(app).await,
            luck if luck < fresh + 0.12 => self.notice(app).await,
            luck if luck < fresh + 0.24 => self.machine_again(app, &calls).await,
            _ => self.somebody_acts(app, &calls).await,
        }
    }

    pub(super) fn system(&mut self) -> SystemRow {
        self.dice.pick(&self.cast.systems).clone()
    }

    async fn heartbeat(&mut self, app: &App) -> Result<()> {
        let system = self.cast.systems[self.heard % self.cast.systems.len()].clone();
        self.heard += 1;
        // Now and then somebody tries whether an alarm would come through.
        let (kind, code, summary) = if self.heard % TESTS == 1 {
            (Kind::Test, "test", self.dice.line(&self.library.phrases.test).to_owned())
        } else {
            (Kind::Heartbeat, "heartbeat", "Heartbeat".to_owned())
        };
        let alarm = message(&system, kind, code, &summary, app.clock.now(), &mut self.dice);
        actions::receive_alarm(app, &device(&system), &alarm).await?;
        Ok(())
    }

    /// Something worth keeping, and nothing more.
    async fn notice(&mut self, app: &App) -> Result<()> {
        let system = self.system();
        let watts = self.dice.between(310, 540).to_string();
        let summary = self.dice.line(&self.library.phrases.informational).replace("{n}", &watts);
        let alarm = message(&system, Kind::Raised, "notice", &summary, app.clock.now(), &mut self.dice);
        actions::receive_alarm(app, &device(&system), &alarm).await?;
        Ok(())
    }

    /// A fault or a question, in the proportions of the profile.
    pub(super) async fn something_new(&mut self, app: &App) -> Result<()> {
        let severity = self.profile.severity(&mut self.dice);
        let by_device = self.dice.chance(share_of_devices(severity));
        if by_device { self.raise(app, severity).await } else { self.file(app, severity).await }
    }

    async fn raise(&mut self, app: &App, severity: Severity) -> Result<()> {
        let system = self.system();
        let story = self.library.choose(severity, true, &mut self.dice);
        let Some(signal) = &story.alarm else { return Ok(()) };
        let unit = self.dice.line(&signal.units).to_owned();
        let summary = words(&system, &unit, &mut self.dice).fill(self.dice.line(&story.titles));
        let plain = message(&system, Kind::Raised, &signal.code, &summary, app.clock.now(), &mut self.dice);
        let said = if severity == Severity::Moderate { AlarmSeverity::Warning } else { AlarmSeverity::Error };
        actions::receive_alarm(app, &device(&system), &fault(plain, signal, said, &unit)).await?;
        Ok(())
    }

    async fn file(&mut self, app: &App, severity: Severity) -> Result<()> {
        let system = self.system();
        let story = self.library.choose(severity, false, &mut self.dice);
        let words = words(&system, "0", &mut self.dice);
        let new = NewCall {
            serial: system.serial.clone(),
            severity,
            title: words.fill(self.dice.line(&story.titles)),
            body: words.fill(self.dice.line(&story.opening)),
            contact: String::new(),
            available_24x7: severity.is_urgent(),
        };
        let viewer: Viewer = self.cast.somebody_of(app, system.customer_id, &mut self.dice).await?;
        actions::file_call(app, &viewer, &new, None).await?;
        Ok(())
    }
}

pub(super) fn words(system: &SystemRow, unit: &str, dice: &mut Dice) -> Words {
    let facts = [
        ("{nick}", system.nickname.as_str()),
        ("{serial}", system.serial.as_str()),
        ("{model}", system.model.as_str()),
        ("{os}", system.os.as_str()),
        ("{unit}", unit),
        ("{site}", system.site_name.as_str()),
    ];
    Words::new(facts, dice)
}

async fn open_calls(app: &App) -> Result<Vec<CallSummary>> {
    let statuses = ["new", "open", "awaiting_customer", "on_hold", "resolved"].map(str::to_owned).to_vec();
    let filter = Filter { statuses: Some(statuses), ..Filter::default() };
    calls::list(app.store.reader(), &Scope::everything(), &filter, None, 200).await
}

/// Those that nobody has touched in the last minutes: a desk does not do everything at once.
pub(super) fn rested_long_enough(call: &CallSummary, app: &App) -> bool {
    app.clock.now().duration_since(call.updated_at.to_jiff()) > SignedDuration::from_mins(2)
}

pub(super) fn system_of<'a>(cast: &'a Cast, call: &CallSummary) -> Result<&'a SystemRow> {
    call.serial.as_deref().and_then(|serial| cast.system(serial)).ok_or(Error::NotFound)
}
