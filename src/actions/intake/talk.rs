//! What machines say of one call: told at once, or, of a loud one, many messages in one line.

use jiff::Timestamp;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    actions::pen::Pen,
    app::App,
    domain::{
        access::{Actor, Party, Scope},
        alarm::Alarm,
        call::Change,
        correlate::Cause,
        fault::hush,
        severity::Severity,
    },
    error::Result,
    store::{
        calls,
        faults::{self, CallOfFault},
        murmurs::{self, Murmur},
        targets::Target,
    },
};

/// The last word of a machine on a call.
#[derive(Debug, Clone)]
pub struct Word {
    pub alarm_id: Uuid,
    pub summary: String,
    pub system_id: Option<Uuid>,
}

/// What this transaction has heard of one call.
pub struct Talk {
    pub call: CallOfFault,
    pub last: Option<Word>,
    pub raises: u32,
    pub clears: u32,
    pub reopens: bool,
    pub flaps: bool,
    pub cause: Option<Cause>,
    /// The worst that was said, where it is worse than the call.
    pub worse: Option<Severity>,
}

impl Talk {
    pub fn of(call: CallOfFault) -> Self {
        Self { call, last: None, raises: 0, clears: 0, reopens: false, flaps: false, cause: None, worse: None }
    }

    pub fn hear(&mut self, alarm: &Alarm, alarm_id: Uuid, system_id: Option<Uuid>) {
        self.last = Some(Word { alarm_id, summary: alarm.summary.clone(), system_id });
    }

    pub fn raise(&mut self, alarm: &Alarm) {
        self.raises += 1;
        let worse = alarm.call_severity().filter(|severity| *severity < self.call.severity);
        if !self.call.human_touched && self.call.status.is_worked() {
            self.worse = [self.worse, worse].into_iter().flatten().min();
        }
    }

    /// Whether the history hears of it now: of something new at once, of more of the same now and then.
    pub fn is_told(&self, standing: i64, now: Timestamp) -> bool {
        let over = self.clears > 0 && standing == 0;
        let quiet = |told: Timestamp| now.duration_since(told) >= hush(self.call.alarm_count);
        self.reopens || self.flaps || over || self.worse.is_some() || self.call.told_at.is_none_or(quiet)
    }

    /// The lines of history, in their order.
    pub fn changes(&self, standing: i64) -> Vec<Change> {
        let Some(Word { alarm_id, summary, .. }) = self.last.clone() else { return Vec::new() };
        let (raises, clears) = self.untold();
        let standing = u32::try_from(standing).unwrap_or(u32::MAX);
        let mut changes = Vec::new();
        if self.reopens {
            changes.push(Change::Reopen);
        }
        if let Some(to) = self.worse {
            changes.push(Change::ChangeSeverity { from: self.call.severity, to, missed: Vec::new() });
        }
        if raises > 0 {
            changes.push(Change::FoldAlarm { alarm_id, summary: summary.clone(), count: raises, cause: self.cause });
        }
        if self.flaps {
            changes.push(Change::Flap { alarm_id, summary: summary.clone() });
        }
        if clears > 0 && !self.flaps {
            changes.push(match standing {
                0 => Change::ClearAlarm { alarm_id, summary },
                _ => Change::Recover { alarm_id, summary, count: clears, standing },
            });
        }
        changes
    }

    /// With what was left untold before.
    fn untold(&self) -> (u32, u32) {
        let before = |count: i32| u32::try_from(count).unwrap_or(0);
        (self.raises + before(self.call.untold.0), self.clears + before(self.call.untold.1))
    }

    /// What stays untold, by the names of its columns.
    pub fn murmur(&self, told: bool, now: Timestamp) -> Option<Value> {
        let last = self.last.as_ref()?;
        let (raises, clears) = if told { (0, 0) } else { self.untold() };
        let told_at = if told { now } else { self.call.told_at.unwrap_or(now) };
        let due_at = told_at + hush(self.call.alarm_count);
        Some(json!({
            "customer_id": self.call.customer_id, "call_id": self.call.id, "told_at": told_at, "due_at": due_at,
            "raises": raises,
            "clears": clears, "alarm_id": last.alarm_id, "summary": last.summary,
        }))
    }
}

/// What the machine said, for people.
pub fn words(alarm: &Alarm, target: &Target) -> String {
    let system = match (&target.serial, &target.nickname) {
        (Some(serial), Some(nickname)) => format!("{serial} ({nickname})"),
        _ => format!("Site {}", target.site_name),
    };
    let component = if alarm.component.is_empty() { String::new() } else { format!(", device {}", alarm.component) };
    let state = alarm.state.as_deref().map(|s| format!(", now {s}")).unwrap_or_default();
    let (summary, code, severity) = (&alarm.summary, &alarm.code, alarm.severity.name());
    format!("{system} called home: {summary}{component}{state}. Code {code}, said to be {severity}.")
}

/// Calls told of in one round.
const MOST: i64 = 200;

/// Tells the histories what they have kept quiet for long enough.
pub async fn tell_murmurs(app: &App) -> Result<()> {
    for murmur in murmurs::due(app.store.reader(), app.clock.now(), MOST).await? {
        if let Err(error) = tell(app, &murmur).await {
            tracing::warn!(%error, call = %murmur.call_id, "what machines said of a call stays untold for now");
        }
    }
    Ok(())
}

async fn tell(app: &App, murmur: &Murmur) -> Result<()> {
    let now = app.clock.now();
    let (customer, call) = (murmur.customer_id, murmur.call_id);
    let mut tx = app.store.begin_write().await?;
    let detail = calls::lock_by_id(&mut tx, &Scope::within(customer), customer, call).await?;
    // What another node has told meanwhile is not told again.
    let locked = faults::lock_calls(&mut tx, &[customer], &[call]).await?;
    let Some(call_now) = locked.into_iter().next() else { return Ok(()) };
    let standing = faults::standing(&mut tx, &[customer], &[call]).await?.first().map_or(0, |found| found.1);
    let mut talk = Talk::of(call_now);
    talk.last =
        Some(Word { alarm_id: murmur.alarm_id, summary: murmur.summary.clone(), system_id: detail.call.system_id });
    let reference = app.reference.now();
    let device = Actor { party: Party::Device, id: detail.call.system_id };
    let mut pen = Pen::of(&reference, detail, now)?;
    for change in talk.changes(standing) {
        pen.write(device, change, None)?;
    }
    pen.advance(&mut tx, None).await?;
    murmurs::remember(&mut tx, &talk.murmur(true, now).into_iter().collect()).await?;
    tx.commit().await?;
    app.told();
    Ok(())
}
