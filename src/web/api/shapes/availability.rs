use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::Instant;
use crate::{
    domain::{
        availability::{
            Availability as Share, Evidence, Fact, Figures, Interval, Report, Says, Standing, State, Total,
        },
        names::name_of,
        number::CallNumber,
    },
    store::availability::UNSEEN,
};

/// What a period comes to; lengths in seconds. Availability is (service time − downtime) / service time, and service
/// time is what has passed of the month but the planned and the excluded.
#[derive(Debug, Serialize, ToSchema)]
pub struct AvailabilityFigures {
    /// As it is written, never rounded up; null where there was no time in service.
    #[schema(required, examples("99.9986 %"))]
    availability: Option<String>,
    covered_s: i64,
    service_time_s: i64,
    downtime_s: i64,
    /// Up without redundancy.
    exposure_s: i64,
    /// Up as far as anybody knows, and not heard from.
    unheard_s: i64,
    planned_s: i64,
    excluded_s: i64,
    disputed_s: i64,
    /// Those that began in the month.
    outages: i32,
    /// The mean time to restoration of the outages that ended in it.
    #[schema(required)]
    mttr_s: Option<i64>,
    /// The mean operating time between failures.
    #[schema(required)]
    mtbf_s: Option<i64>,
}

impl From<&Figures> for AvailabilityFigures {
    fn from(figures: &Figures) -> Self {
        let seconds = |length: SignedDuration| length.as_secs();
        Self {
            availability: figures.availability().map(|share: Share| share.to_string()),
            covered_s: seconds(figures.covered),
            service_time_s: seconds(figures.service_time()),
            downtime_s: seconds(figures.downtime),
            exposure_s: seconds(figures.exposure),
            unheard_s: seconds(figures.unheard),
            planned_s: seconds(figures.planned),
            excluded_s: seconds(figures.excluded),
            disputed_s: seconds(figures.disputed),
            outages: figures.outages,
            mttr_s: figures.mttr().map(seconds),
            mtbf_s: figures.mtbf().map(seconds),
        }
    }
}

/// Why a stretch counts as it does.
#[derive(Debug, Default, Serialize, ToSchema)]
pub struct AvailabilityEvidence {
    /// `redundancy`, `critical`, `silence`, `work` or `dispute`.
    kind: &'static str,
    /// What was left of the redundancy, or how far a dispute has come: proposed, accepted or rejected.
    state: Option<String>,
    #[schema(value_type = Option<String>)]
    call: Option<CallNumber>,
    maintenance_window: Option<Uuid>,
    /// What a dispute says that it counts as.
    says: Option<String>,
    /// The title of the work, or the reason of a dispute.
    words: Option<String>,
}

impl AvailabilityEvidence {
    fn of(evidence: &Evidence) -> Self {
        let seen = |number: i64| Some(number).filter(|number| *number != UNSEEN).map(CallNumber::from_serial);
        match &evidence.fact {
            Fact::Redundancy { state, call, .. } => {
                Self { kind: "redundancy", state: Some(name_of(state)), call: call.and_then(seen), ..Self::default() }
            }
            Fact::Critical { call, .. } => Self { kind: "critical", call: seen(*call), ..Self::default() },
            Fact::Silence { call, .. } => Self { kind: "silence", call: call.and_then(seen), ..Self::default() },
            Fact::Work { window, title, .. } => {
                Self { kind: "work", maintenance_window: Some(*window), words: Some(title.clone()), ..Self::default() }
            }
            Fact::Annotated(annotation) => Self {
                kind: "dispute",
                state: Some(name_of::<Standing>(annotation.standing())),
                says: Some(name_of::<Says>(annotation.says)),
                words: Some(annotation.why.clone()),
                ..Self::default()
            },
        }
    }
}

/// A stretch in which the same things are known.
#[derive(Debug, Serialize, ToSchema)]
pub struct AvailabilityStretch {
    from: Instant,
    to: Instant,
    /// `up`, `unheard`, `exposed`, `outage`, `planned` or `excluded`.
    state: String,
    disputed: bool,
    /// What decided first; empty where nothing is known but that it was up.
    evidence: Vec<AvailabilityEvidence>,
}

impl From<&Interval> for AvailabilityStretch {
    fn from(interval: &Interval) -> Self {
        Self {
            from: interval.during.from.into(),
            to: interval.during.to.into(),
            state: name_of::<State>(interval.state),
            disputed: interval.is_disputed(),
            evidence: interval.evidence().map(AvailabilityEvidence::of).collect(),
        }
    }
}

/// A time out of service, in full length wherever the month begins.
#[derive(Debug, Serialize, ToSchema)]
pub struct AvailabilityOutage {
    from: Instant,
    /// Null while it goes on.
    #[schema(required)]
    until: Option<Instant>,
    /// What of it counts.
    downtime_s: i64,
}

/// One system in one month.
#[derive(Debug, Serialize, ToSchema)]
pub struct SystemAvailability {
    system: String,
    month: String,
    /// As it was known then: asked for again with this instant it is the same.
    as_of: Instant,
    figures: AvailabilityFigures,
    outages: Vec<AvailabilityOutage>,
    /// One after the other, without a gap.
    intervals: Vec<AvailabilityStretch>,
    time_zone: String,
}

impl SystemAvailability {
    pub fn of(system: String, time_zone: String, month: String, report: &Report) -> Self {
        let outages = report.outages.iter().map(|outage| AvailabilityOutage {
            from: outage.from.into(),
            until: outage.until.map(Into::into),
            downtime_s: outage.downtime.as_secs(),
        });
        Self {
            system,
            month,
            as_of: report.as_of.into(),
            figures: (&report.figures).into(),
            outages: outages.collect(),
            intervals: report.intervals.iter().map(Into::into).collect(),
            time_zone,
        }
    }
}

#[derive(Debug, Serialize, ToSchema)]
pub struct AvailabilityOfSystem {
    system: String,
    figures: AvailabilityFigures,
}

/// A site with all its systems.
#[derive(Debug, Serialize, ToSchema)]
pub struct SiteAvailability {
    site: String,
    month: String,
    as_of: Instant,
    /// The times of all systems added up.
    figures: AvailabilityFigures,
    /// The least available; null where none was down.
    #[schema(required)]
    worst: Option<String>,
    systems: Vec<AvailabilityOfSystem>,
    time_zone: String,
}

impl SiteAvailability {
    pub fn of(
        (site, time_zone): (String, String),
        month: String,
        as_of: Timestamp,
        all: Total<String>,
        each: Vec<(String, Figures)>,
    ) -> Self {
        let one = |(system, figures): (String, Figures)| AvailabilityOfSystem { system, figures: (&figures).into() };
        Self {
            site,
            month,
            as_of: as_of.into(),
            figures: (&all.figures).into(),
            worst: all.worst,
            systems: each.into_iter().map(one).collect(),
            time_zone,
        }
    }
}
