//! The calls of silences: of one system, or of a whole site with what had been opened before.

use jiff::Timestamp;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::{
    actions::{intake::filing, pen::Pen},
    domain::{
        access::{Actor, Party, Scope},
        call::{Call, Change, REOPEN_DAYS, Status},
        severity::Severity,
    },
    error::Result,
    reference::Reference,
    store::{
        calls::{self, CallDetail},
        outbox,
        silences::{self, Expected},
        targets::{self, Target},
    },
};

/// So many systems are named; of more there is a number.
const NAMED: usize = 10;

/// Opens calls at one site, behind its lock.
pub struct Opener<'a> {
    pub reference: &'a Reference,
    pub customer: Uuid,
    pub site: Uuid,
    pub now: Timestamp,
}

/// What a call says when it begins.
struct Story {
    title: String,
    body: String,
    severity: Severity,
    /// Calls that people have of some of it.
    beside: Vec<String>,
}

impl Opener<'_> {
    pub async fn one_system(&self, tx: &mut PgConnection, system: &Expected) -> Result<()> {
        let Expected { serial, nickname, .. } = system;
        let story = Story {
            title: format!("{nickname} has stopped calling home"),
            body: format!(
                "{serial} ({nickname}) {}; it is expected every {}. The system, what sends for it, or the line may have \
                 stopped.",
                last_word(&[system]),
                length(system.minutes.unwrap_or_default()),
            ),
            severity: Severity::Moderate,
            beside: Vec::new(),
        };
        let before = system.call_id.filter(|_| !system.of_site);
        let call = self.tell(tx, Some(system.id), before, &[system], &story).await?;
        self.keep(tx, &call, &[system]).await
    }

    /// One call for all; what people work on already stays theirs. Answers how many systems were not known to be silent.
    pub async fn whole_site(&self, tx: &mut PgConnection, systems: &[Expected]) -> Result<usize> {
        let silent: Vec<&Expected> =
            systems.iter().filter(|system| system.watched().is_some_and(|w| w.is_silent(self.now))).collect();
        let fresh: Vec<&Expected> = silent.iter().filter(|system| !system.silent).copied().collect();
        let own: Vec<Uuid> = silent.iter().filter(|s| s.silent && !s.of_site).filter_map(|s| s.call_id).collect();
        let (touched, alone) = self.opened_before(tx, &own).await?;
        let before = silent.iter().filter(|system| system.of_site).max_by_key(|system| system.silent);
        let before = before.and_then(|system| system.call_id);
        let target = self.target(tx, None).await?;
        let call = self.tell(tx, None, before, &silent, &whole(&target, &silent, &touched)).await?;
        for detail in alone {
            self.join(tx, detail, &call).await?;
        }
        self.keep(tx, &call, &fresh).await?;
        Ok(fresh.len())
    }

    /// The calls of single systems: those that people have, and those that nobody has.
    async fn opened_before(&self, tx: &mut PgConnection, ids: &[Uuid]) -> Result<(Vec<CallDetail>, Vec<CallDetail>)> {
        let mut found = Vec::new();
        for id in ids {
            let detail = calls::lock_by_id(tx, &Scope::within(self.customer), self.customer, *id).await?;
            if detail.call.status.is_worked() {
                found.push(detail);
            }
        }
        Ok(found.into_iter().partition(|detail| detail.call.course.human_touched))
    }

    async fn join(&self, tx: &mut PgConnection, detail: CallDetail, into: &Call) -> Result<()> {
        let (id, system) = (detail.call.id, detail.call.system_id);
        let mut pen = Pen::of(self.reference, detail, self.now)?;
        let device = Actor { party: Party::Device, id: system };
        pen.write(device, Change::JoinStorm { into: into.number.to_string() }, None)?;
        pen.advance(tx, None).await?;
        silences::move_to(tx, self.customer, id, into.id).await
    }

    async fn target(&self, tx: &mut PgConnection, system: Option<Uuid>) -> Result<Target> {
        let scope = Scope::within(self.customer);
        targets::by_id(tx, &scope, self.customer, self.site, system, self.now).await
    }

    /// On the call of the silence before, if it is worked on or ended by itself; else on a new one.
    async fn tell(
        &self,
        tx: &mut PgConnection,
        system: Option<Uuid>,
        before: Option<Uuid>,
        silent: &[&Expected],
        story: &Story,
    ) -> Result<Call> {
        let device = Actor { party: Party::Device, id: system };
        let systems = u32::try_from(silent.len()).unwrap_or(1);
        let fall = Change::FallSilent { since: last_heard(silent), systems, beside: story.beside.clone() };
        let target = self.target(tx, system).await?;
        if let Some(before) = before {
            let scope = Scope::within(self.customer);
            let detail = calls::lock_by_id(tx, &scope, self.customer, before).await?;
            if goes_on(&detail.call, self.now) {
                return self.go_on(tx, detail, device, (fall, story), &target).await;
            }
        }
        let filing = filing(story.title.clone(), story.severity, &target, None);
        let mut pen = Pen::file(self.reference, &target, filing, &story.body, device, self.now)?;
        pen.write(device, fall, None)?;
        pen.route_knowing(tx, &target, true).await?;
        pen.insert(tx, None).await
    }

    async fn go_on(
        &self,
        tx: &mut PgConnection,
        detail: CallDetail,
        device: Actor,
        (fall, story): (Change, &Story),
        target: &Target,
    ) -> Result<Call> {
        let worked = detail.call.status.is_worked();
        let mut pen = Pen::of(self.reference, detail, self.now)?;
        if !worked {
            pen.write(device, Change::Reopen, Some(story.body.clone()))?;
            if pen.is_astray(&Change::Reopen, &target.region) {
                pen.route_knowing(tx, target, true).await?;
            }
        }
        pen.write(device, fall, None)?;
        pen.advance(tx, None).await
    }

    async fn keep(&self, tx: &mut PgConnection, call: &Call, systems: &[&Expected]) -> Result<()> {
        let ids: Vec<Uuid> = systems.iter().map(|system| system.id).collect();
        silences::begin(tx, self.customer, &ids, call.id, self.now).await?;
        outbox::insert_silence(tx, outbox::SILENT, call, &ids, self.now).await
    }
}

/// As for a fault that comes back: what nobody has touched opens again by itself.
fn goes_on(call: &Call, now: Timestamp) -> bool {
    let limit = jiff::SignedDuration::from_hours(24 * REOPEN_DAYS);
    let recent = call.ended_at.is_none_or(|at| now.duration_since(at) <= limit);
    let ended = matches!(call.status, Status::Resolved | Status::Closed);
    call.status.is_worked() || (ended && recent && !call.course.human_touched)
}

fn whole(target: &Target, silent: &[&Expected], touched: &[CallDetail]) -> Story {
    let named: Vec<&str> = silent.iter().take(NAMED).map(|system| system.serial.as_str()).collect();
    let more = match silent.len().saturating_sub(NAMED) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    Story {
        title: format!("No system of {} calls home", target.site_name),
        body: format!(
            "All {} systems of {} that are expected to call home are silent: {}{more}. The last word of any of them: \
             {}. The line or the power of the site may be gone.",
            silent.len(),
            target.site_name,
            named.join(", "),
            last_heard(silent).map_or_else(|| "none ever".to_owned(), moment),
        ),
        severity: Severity::Serious,
        beside: touched.iter().map(|detail| detail.call.number.to_string()).collect(),
    }
}

fn last_heard(systems: &[&Expected]) -> Option<Timestamp> {
    systems.iter().filter_map(|system| system.last_heard_at).map(jiff_sqlx::Timestamp::to_jiff).max()
}

fn last_word(systems: &[&Expected]) -> String {
    last_heard(systems)
        .map_or_else(|| "has never called home".to_owned(), |at| format!("was last heard on {}", moment(at)))
}

fn moment(at: Timestamp) -> String {
    at.strftime("%-d %b %Y %H:%M UTC").to_string()
}

fn length(minutes: i32) -> String {
    match (minutes / 1440, minutes / 60, minutes) {
        (1, ..) if minutes % 1440 == 0 => "day".to_owned(),
        (days, ..) if days > 0 && minutes % 1440 == 0 => format!("{days} days"),
        (_, 1, _) if minutes % 60 == 0 => "hour".to_owned(),
        (_, hours, _) if hours > 0 && minutes % 60 == 0 => format!("{hours} hours"),
        (.., 1) => "minute".to_owned(),
        (.., minutes) => format!("{minutes} minutes"),
    }
}
