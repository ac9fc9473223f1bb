//! What the history of a call is evidence of.

use super::{End, Evidence, Fact};
use crate::domain::{
    call::{Call, Identity, Line, Status},
    severity::Severity,
};

/// Service was out for as long as the call was worked as severity 1 and nobody had restored it: as often as it was,
/// and in the times that people gave.
///
/// A call that is cancelled is evidence of nothing. Reports of before still have it, and so has whoever looks after it
/// was brought back.
pub fn critical(identity: Identity, history: &[Line]) -> Vec<Evidence> {
    let mut told = Vec::new();
    let Some((first, later)) = history.split_first() else { return told };
    let Some(mut call) = Call::rebuild(identity, std::slice::from_ref(first)) else { return told };
    tell(&mut told, &call, first);
    for line in later {
        let was_cancelled = call.status == Status::Cancelled;
        call.apply(line);
        match (was_cancelled, call.status == Status::Cancelled) {
            (false, true) => withdraw(&mut told, line),
            (true, false) => bring_back(&mut told, line),
            _ => {}
        }
        tell(&mut told, &call, line);
    }
    told
}

fn is_out(call: &Call) -> bool {
    call.severity == Severity::Critical && call.status.is_worked() && call.course.restored_at.is_none()
}

/// Only what stands is begun or ended: what a cancelled call has told stays as it was.
fn tell(told: &mut Vec<Evidence>, call: &Call, line: &Line) {
    let open = told.iter_mut().filter(|one| one.withdrawn_at.is_none()).find_map(|one| match &mut one.fact {
        Fact::Critical { until: until @ None, .. } => Some(until),
        _ => None,
    });
    let (at, recorded_at) = (line.occurred_at, line.recorded_at);
    match (open, is_out(call)) {
        (None, true) => {
            let fact = Fact::Critical { from: at, until: None, call: call.number.serial() };
            told.push(Evidence { recorded_at, withdrawn_at: None, fact });
        }
        (Some(until), false) => *until = Some(End { at, recorded_at }),
        _ => {}
    }
}

fn withdraw(told: &mut [Evidence], line: &Line) {
    for one in told {
        one.withdrawn_at.get_or_insert(line.recorded_at);
    }
}

/// What was withdrawn last is told anew, as if the call had never been cancelled.
fn bring_back(told: &mut Vec<Evidence>, line: &Line) {
    let last = told.iter().filter_map(|one| one.withdrawn_at).max();
    let mut back: Vec<Evidence> = told.iter().filter(|one| one.withdrawn_at == last).cloned().collect();
    for one in &mut back {
        one.recorded_at = line.recorded_at;
        one.withdrawn_at = None;
    }
    told.append(&mut back);
}

#[cfg(test)]
mod tests {
    use jiff::{SignedDuration, Timestamp};
    use uuid::Uuid;

    use super::*;
    use crate::domain::{
        access::{Actor, Party},
        call::{Change, Filing},
        number::CallNumber,
    };

    const EIGHT: Timestamp = Timestamp::constant(1_764_576_000, 0);

    /// Minutes past eight.
    fn at(minutes: i64) -> Timestamp {
        EIGHT + SignedDuration::from_mins(minutes)
    }

    fn line(minutes: i64, change: Change, status: Status) -> Line {
        let actor = Actor { party: Party::Staff, id: Some(Uuid::max()) };
        let (occurred_at, recorded_at) = (at(minutes), at(minutes));
        Line { seq: 0, actor, occurred_at, recorded_at, body: None, change, status, in_review: false, due: None }
    }

    fn filed(severity: Severity) -> Line {
        let filing = Filing {
            title: "Nothing works".into(),
            severity,
            subject: None,
            contact: String::new(),
            available_24x7: true,
            service_level: None,
            alarm_id: None,
            external_number: None,
        };
        line(0, Change::File(Box::new(filing)), Status::New)
    }

    fn severity(minutes: i64, from: Severity, to: Severity) -> Line {
        line(minutes, Change::ChangeSeverity { from, to, missed: Vec::new() }, Status::Open)
    }

    fn resolved(minutes: i64) -> Line {
        line(minutes, Change::Resolve { code: "fixed".into(), cause: "part".into() }, Status::Resolved)
    }

    fn told(history: &[Line]) -> Vec<Evidence> {
        let number = CallNumber::from_serial(1_234_567);
        let nil = Uuid::nil();
        critical(Identity { customer_id: nil, id: nil, number, site_id: nil, system_id: Some(nil) }, history)
    }

    /// From and to in minutes past eight, as far as they are known, and whether it was withdrawn.
    fn stretches(history: &[Line]) -> Vec<(i64, Option<i64>, bool)> {
        let minutes = |at: Timestamp| at.duration_since(EIGHT).as_mins();
        let told = told(history);
        told.iter()
            .map(|one| match one.fact {
                Fact::Critical { from, until, call: 1_234_567 } => {
                    (minutes(from), until.map(|end| minutes(end.at)), one.withdrawn_at.is_some())
                }
                _ => panic!("{one:?}"),
            })
            .collect()
    }

    #[test]
    fn service_is_out_from_the_filing_until_somebody_says_that_it_is_back() {
        let restored = [filed(Severity::Critical), line(50, Change::Restore, Status::Open), resolved(90)];
        assert_eq!(stretches(&restored), [(0, Some(50), false)]);
        assert_eq!(stretches(&[filed(Severity::Critical), resolved(90)]), [(0, Some(90), false)]);
        assert_eq!(stretches(&[filed(Severity::Critical)]), [(0, None, false)]);
        assert_eq!(stretches(&[]), []);
    }

    #[test]
    fn only_what_is_severity_1_counts_and_only_while_it_is() {
        let moved = [
            filed(Severity::Serious),
            severity(10, Severity::Serious, Severity::Critical),
            severity(30, Severity::Critical, Severity::Moderate),
            severity(40, Severity::Moderate, Severity::Critical),
            resolved(60),
        ];
        assert_eq!(stretches(&moved), [(10, Some(30), false), (40, Some(60), false)]);
        assert_eq!(stretches(&[filed(Severity::Serious), resolved(60)]), []);
    }

    #[test]
    fn what_comes_back_is_out_again_since_then() {
        let back = [filed(Severity::Critical), resolved(60), line(75, Change::RejectSolution, Status::Open)];
        assert_eq!(stretches(&back), [(0, Some(60), false), (75, None, false)]);
    }

    #[test]
    fn a_late_word_ends_it_when_it_ended() {
        let late = Line { occurred_at: at(20), ..line(50, Change::Restore, Status::Open) };
        let [only] = &told(&[filed(Severity::Critical), late])[..] else { panic!() };
        let end = End { at: at(20), recorded_at: at(50) };
        assert_eq!(only.fact, Fact::Critical { from: EIGHT, until: Some(end), call: 1_234_567 });
    }

    #[test]
    fn a_cancelled_call_is_no_evidence_any_more() {
        let cancelled = line(60, Change::Cancel { duplicate_of: None }, Status::Cancelled);
        let history = [filed(Severity::Critical), line(50, Change::Restore, Status::Open), cancelled];
        let [only] = &told(&history)[..] else { panic!() };
        assert_eq!((only.known(at(60)), only.known(at(59)).is_some()), (None, true));
    }

    #[test]
    fn a_call_that_was_cancelled_by_mistake_tells_the_same_again() {
        let cancelled = line(60, Change::Cancel { duplicate_of: None }, Status::Cancelled);
        let back = line(70, Change::Note, Status::Open);
        let history = [filed(Severity::Critical), cancelled, back, resolved(90)];
        assert_eq!(stretches(&history), [(0, None, true), (0, Some(90), false)]);
        assert_eq!(told(&history)[1].recorded_at, at(70));
    }
}
