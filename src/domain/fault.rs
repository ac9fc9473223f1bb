//! One thing that is wrong with a system or a site, as the house remembers it.
//!
//! Machines repeat themselves, are late, and change their mind: a fault is what stays the same through all of it.

use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use super::{alarm::Alarm, severity::Severity};

/// So often within [`FLAP_WINDOW`] a fault has to be over before nobody believes it any more.
pub const FLAPS: usize = 3;
pub const FLAP_WINDOW: SignedDuration = SignedDuration::from_mins(30);
/// More turns than these are of no use.
const REMEMBERED: usize = 8;

/// When a fault was over: when we heard of it, and when the machine says that it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Over {
    pub heard_at: Timestamp,
    pub said_at: Timestamp,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Fault {
    pub customer_id: Uuid,
    pub fingerprint: String,
    pub site_id: Uuid,
    pub system_id: Option<Uuid>,
    pub component: String,
    pub summary: String,
    /// None while a maintenance window keeps it from having one.
    pub call_id: Option<Uuid>,
    /// The call that it would make alone.
    pub severity: Option<Severity>,
    pub redundancy: Option<String>,
    pub raised_at: Timestamp,
    /// When the machine last said that it stands.
    pub stood_at: Timestamp,
    pub over: Option<Over>,
    /// The last message that said so.
    pub alarm_id: Option<Uuid>,
    pub raises: i64,
    /// When it was over, the last few times.
    pub turns: Vec<Timestamp>,
    /// It comes and goes: nobody believes it that it is over before it has been quiet for a while.
    pub flapping: bool,
    pub parent_broken: bool,
    pub expires_at: Option<Timestamp>,
}

/// Whose fault it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    pub customer_id: Uuid,
    pub site_id: Uuid,
    /// None where a message names no system: the fault is the site's.
    pub system_id: Option<Uuid>,
}

impl Place {
    pub fn fingerprint(&self, alarm: &Alarm) -> String {
        alarm.fingerprint(&self.system_id.unwrap_or(self.site_id).to_string())
    }
}

impl Fault {
    /// What it takes from the redundancy of its system, as long as it stands.
    pub fn exposes(&self) -> Option<&str> {
        self.redundancy.as_deref().filter(|_| self.stands())
    }

    /// Heard of for the first time.
    pub fn new(place: Place, alarm: &Alarm, alarm_id: Uuid, now: Timestamp) -> Self {
        Self {
            customer_id: place.customer_id,
            fingerprint: place.fingerprint(alarm),
            site_id: place.site_id,
            system_id: place.system_id,
            component: alarm.component.clone(),
            summary: alarm.summary.clone(),
            call_id: None,
            severity: alarm.call_severity(),
            redundancy: alarm.redundancy().map(str::to_owned),
            raised_at: now,
            stood_at: alarm.occurred_at.min(now),
            over: None,
            alarm_id: Some(alarm_id),
            raises: 1,
            turns: Vec::new(),
            flapping: false,
            parent_broken: alarm.is_parent_broken(),
            expires_at: alarm.expires_at,
        }
    }

    pub fn stands(&self) -> bool {
        self.over.is_none()
    }

    /// It stands (again); what it said before of its redundancy holds where it says nothing now.
    pub fn raise(&mut self, alarm: &Alarm, alarm_id: Uuid, now: Timestamp) {
        let stood_at = alarm.occurred_at.min(now);
        if self.over.take().is_some() {
            self.raised_at = now;
            self.stood_at = stood_at;
        }
        self.stood_at = self.stood_at.max(stood_at);
        self.redundancy = alarm.redundancy().map(str::to_owned).or(self.redundancy.take());
        self.severity = alarm.call_severity().or(self.severity);
        self.parent_broken = alarm.is_parent_broken();
        self.expires_at = alarm.expires_at;
        self.alarm_id = Some(alarm_id);
        self.raises += 1;
    }

    /// It is over; whether it has come and gone so often that it is flapping now.
    pub fn clear(&mut self, said_at: Timestamp, now: Timestamp) {
        self.over = Some(Over { heard_at: now, said_at: said_at.min(now) });
        self.turns.push(now);
        let from = self.turns.len().saturating_sub(REMEMBERED);
        self.turns.drain(..from);
        self.flapping = self.flapping || self.flaps_at(now);
    }

    /// Whether it was over too often lately.
    fn flaps_at(&self, now: Timestamp) -> bool {
        self.turns.iter().filter(|turn| now.duration_since(**turn) < FLAP_WINDOW).count() >= FLAPS
    }

    /// Over, and nothing heard of it for long enough to believe it.
    pub fn has_calmed_down(&self, now: Timestamp) -> bool {
        self.flapping && self.over.is_some_and(|over| now.duration_since(over.heard_at) >= FLAP_WINDOW)
    }

    /// Whether `other` is a part of what this is a fault of: `11` carries `11/2`.
    pub fn carries(&self, other: &Self) -> bool {
        self.system_id.is_some()
            && self.system_id == other.system_id
            && other.component.strip_prefix(&self.component).is_some_and(|rest| rest.starts_with('/'))
    }
}

/// So long a call's history keeps quiet of more of the same, by how many alarms it has told of already.
pub fn hush(alarms_told: i32) -> SignedDuration {
    match alarms_told {
        ..10 => SignedDuration::ZERO,
        10..100 => SignedDuration::from_secs(3),
        100..1_000 => SignedDuration::from_secs(5),
        1_000..10_000 => SignedDuration::from_mins(1),
        _ => SignedDuration::from_mins(10),
    }
}

#[cfg(test)]
mod tests {
    use super::{super::alarm::tests::raised, *};

    const NOW: Timestamp = Timestamp::constant(1_764_000_000, 0);

    fn minutes(minutes: i64) -> Timestamp {
        NOW + SignedDuration::from_mins(minutes)
    }

    fn fault(component: &str) -> Fault {
        let place = Place { customer_id: Uuid::nil(), site_id: Uuid::nil(), system_id: Some(Uuid::max()) };
        let alarm = Alarm { component: component.to_owned(), ..raised("error") };
        Fault::new(place, &alarm, Uuid::nil(), NOW)
    }

    #[test]
    fn three_ends_within_half_an_hour_are_flapping() {
        let mut fault = fault("11");
        for turn in 0..3 {
            assert!(!fault.flapping, "after {turn} turns");
            fault.raise(&raised("error"), Uuid::nil(), minutes(turn * 10));
            fault.clear(minutes(turn * 10 + 5), minutes(turn * 10 + 5));
        }
        assert!(fault.flapping);
        assert!(!fault.has_calmed_down(minutes(54)));
        assert!(fault.has_calmed_down(minutes(55)));
    }

    #[test]
    fn the_same_over_a_day_is_not() {
        let mut fault = fault("11");
        for hour in 0..24 {
            fault.raise(&raised("error"), Uuid::nil(), minutes(hour * 60));
            fault.clear(minutes(hour * 60 + 5), minutes(hour * 60 + 5));
        }
        assert!(!fault.flapping);
        assert_eq!(fault.turns.len(), REMEMBERED);
    }

    #[test]
    fn what_stands_again_stands_since_then() {
        let mut fault = fault("11");
        fault.clear(minutes(3), minutes(5));
        assert_eq!(fault.over, Some(Over { heard_at: minutes(5), said_at: minutes(3) }));
        fault.raise(&Alarm { occurred_at: minutes(8), ..raised("error") }, Uuid::nil(), minutes(9));
        assert_eq!((fault.raised_at, fault.stood_at, fault.raises), (minutes(9), minutes(8), 2));
        fault.raise(&Alarm { occurred_at: minutes(7), ..raised("error") }, Uuid::nil(), minutes(10));
        assert_eq!((fault.raised_at, fault.stood_at, fault.raises), (minutes(9), minutes(8), 3));
    }

    #[test]
    fn a_part_hangs_on_what_its_path_begins_with() {
        assert!(fault("11").carries(&fault("11/2")));
        assert!(fault("11/2").carries(&fault("11/2/0")));
        for (one, other) in [("11", "110/2"), ("11/2", "11"), ("11", "11"), ("1", "11/2")] {
            assert!(!fault(one).carries(&fault(other)), "{one} {other}");
        }
        let elsewhere = Fault { system_id: Some(Uuid::nil()), ..fault("11/2") };
        assert!(!fault("11").carries(&elsewhere));
    }
}
