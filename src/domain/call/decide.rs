use jiff::{SignedDuration, Timestamp};

use super::{Call, Change, CloseCode, HoldReason, REOPEN_DAYS, Refused, Status, Step, Verb};
use crate::domain::{
    access::{Actor, Party},
    remote,
    severity::Severity,
};

/// Where the call stands after a change: its status, and whether a partner has it for review.
type Standing = (Status, bool);

/// The lifecycle as one table: may this actor make this change to this call now, and where does it lead?
///
/// Imported changes bring their own status and are not judged here.
#[expect(clippy::match_same_arms, reason = "each line of the table stands for itself")]
pub fn decide(call: &Call, change: &Change, actor: &Actor, now: Timestamp) -> Result<Standing, Refused> {
    use Status::{AwaitingCustomer, Cancelled, Closed, New, OnHold, Open, Resolved};
    let verb = change.verb();
    if !verb.parties().contains(&actor.party) {
        return Err(Refused::Party(verb));
    }
    judge_review(call, verb, actor)?;
    let same = (call.status, call.in_review());
    let refused = Err(Refused::Status(call.status));
    match (change, call.status) {
        (Change::Edit(_), status) if !status.is_ended() => Ok(same),
        (Change::Acknowledge, New) => Ok((Open, false)),
        (Change::Assign { .. }, New) => Ok((Open, false)),
        (Change::Assign { .. }, Open | AwaitingCustomer | OnHold) => Ok(same),
        (Change::Note | Change::NextStep, status) if status != Cancelled => Ok(same),
        // Whatever the other side says while we wait for them, the waiting is over.
        (Change::Comment { .. }, AwaitingCustomer) if actor.party != Party::Staff => Ok((Open, call.in_review())),
        (Change::Comment { .. }, status) if status != Cancelled => Ok(same),
        (Change::AskCustomer, Open) => Ok((AwaitingCustomer, call.in_review())),
        (Change::Answer, AwaitingCustomer) => Ok((Open, call.in_review())),
        (Change::Hold { .. }, Open) => Ok((OnHold, call.in_review())),
        (Change::Resume, OnHold) => Ok((Open, call.in_review())),
        (Change::ChangeSeverity { from, to, .. }, status) if !status.is_ended() => {
            if actor.party == Party::Device && (call.course.human_touched || to > from) {
                Err(Refused::Touched)
            } else if from == to {
                Err(Refused::SameSeverity)
            } else {
                Ok(same)
            }
        }
        (Change::TakeReview, Open) => Ok((Open, true)),
        (Change::PassOn, Open) => Ok((New, false)),
        (Change::Dismiss, Open) => Ok((Cancelled, false)),
        (Change::HandOver { .. }, status) if status.is_worked() => Ok((status, false)),
        (Change::AcceptHandover, status) if status.is_worked() && call.course.handed.is_some() => Ok(same),
        (Change::AcceptHandover, status) if status.is_worked() => Err(Refused::NotHanded),
        (Change::Restore, Open | AwaitingCustomer | OnHold) if call.course.restored_at.is_none() => Ok(same),
        (Change::Restore, Open | AwaitingCustomer | OnHold) => Err(Refused::Restored),
        (Change::Resolve { .. }, Open | AwaitingCustomer | OnHold) => Ok((Resolved, call.in_review())),
        (Change::RejectSolution, Resolved) => Ok((Open, call.in_review())),
        (Change::Accept, Resolved) => Ok((Closed, false)),
        (Change::Close { .. }, Resolved) => Ok((Closed, false)),
        (Change::Close { code: CloseCode::NoAnswer }, AwaitingCustomer) if call.reminded_at.is_some() => {
            Ok((Closed, false))
        }
        (Change::Reopen, Closed) => reopen(call, actor, now),
        (Change::Reopen, Resolved) if actor.party == Party::Device => reopen_by_device(call),
        (Change::Cancel { .. }, status) if !status.is_ended() => cancel(call, actor),
        (Change::File(_), New) if call.version == 0 => Ok((New, false)),
        (Change::Route(routing), New | Open) if routing.accept_by.is_some() => Ok((Open, true)),
        (Change::Route(_), status) if status.is_worked() => Ok((status, false)),
        (Change::ClockAtRisk { .. } | Change::ClockMissed { .. } | Change::ClocksRecounted { .. }, status)
            if status.is_worked() =>
        {
            Ok(same)
        }
        (Change::Remind, AwaitingCustomer | Resolved) => Ok(same),
        (Change::RemoteAccess(event), status) if status.is_ended() && event.step.opens() => refused,
        (Change::RemoteAccess(event), _) if call.in_review() && event.step == remote::Step::Ask => {
            Err(Refused::InReview)
        }
        // Whatever becomes of the call, nobody stays in because of it.
        (Change::RemoteAccess(_), _) => Ok(same),
        // They may be told a while after they came.
        (Change::FoldAlarm { .. } | Change::Recover { .. }, _) => Ok(same),
        (Change::ClearAlarm { .. }, status) => Ok(clear(call, status)),
        (Change::Flap { .. }, status) if !status.is_ended() => Ok(same),
        (Change::JoinStorm { .. }, status) if status.is_worked() && call.course.human_touched => Err(Refused::Touched),
        (Change::JoinStorm { .. }, status) if status.is_worked() => Ok((Cancelled, false)),
        (Change::FallSilent { .. }, status) if status.is_worked() => Ok(same),
        (Change::EndSilence { .. }, status) => Ok(clear(call, status)),
        (Change::PlaybookStep { .. }, status) if status.is_worked() && call.course.playbook.is_none() => {
            Err(Refused::NotSilent)
        }
        (Change::PlaybookStep { .. }, status) if status.is_worked() => Ok(same),
        _ => refused,
    }
}

/// Review verbs need a call in review and the partner who has it; while it is there, staff leave it alone.
fn judge_review(call: &Call, verb: Verb, actor: &Actor) -> Result<(), Refused> {
    let review_verb = matches!(verb, Verb::TakeReview | Verb::PassOn | Verb::Dismiss);
    if review_verb && !call.in_review() {
        return Err(Refused::NotInReview);
    }
    if actor.party == Party::Partner && matches!(verb, Verb::AskCustomer | Verb::Resolve) && !call.in_review() {
        return Err(Refused::Party(verb));
    }
    let work = matches!(verb, Verb::Assign | Verb::Hold | Verb::AskCustomer | Verb::Resolve | Verb::Restore);
    if actor.party == Party::Staff && call.in_review() && work {
        return Err(Refused::InReview);
    }
    Ok(())
}

fn reopen(call: &Call, actor: &Actor, now: Timestamp) -> Result<Standing, Refused> {
    if actor.party == Party::Device && call.course.human_touched {
        return Err(Refused::Touched);
    }
    let limit = SignedDuration::from_hours(24 * REOPEN_DAYS);
    let closed_at = call.ended_at.unwrap_or(now);
    if now.duration_since(closed_at) > limit {
        return Err(Refused::TooLate);
    }
    Ok((Status::Open, false))
}

/// What came back by itself opens by itself, unless a person has said that it is solved.
fn reopen_by_device(call: &Call) -> Result<Standing, Refused> {
    if call.course.human_touched {
        return Err(Refused::Touched);
    }
    Ok((Status::Open, call.in_review()))
}

/// Staff may cancel; a filer may take back what nobody has begun.
fn cancel(call: &Call, actor: &Actor) -> Result<Standing, Refused> {
    let own_and_new = call.status == Status::New && actor.id.is_some() && call.filed_by == actor.id;
    if actor.party == Party::Staff || own_and_new {
        return Ok((Status::Cancelled, false));
    }
    if call.filed_by == actor.id {
        return Err(Refused::Status(call.status));
    }
    Err(Refused::Party(Verb::Cancel))
}

/// A fault that is over ends its call if nobody has touched it, else it is only told.
fn clear(call: &Call, status: Status) -> Standing {
    if status.is_worked() && !call.course.human_touched {
        (Status::Resolved, false)
    } else {
        (status, call.in_review())
    }
}

/// The verbs that this actor could use on this call now, for menus and for `verbs` in the API.
pub fn verbs_open(call: &Call, actor: &Actor, now: Timestamp) -> Vec<Verb> {
    samples(call)
        .into_iter()
        .filter(|change| decide(call, change, actor, now).is_ok())
        .map(|change| change.verb())
        .collect()
}

/// One change of each verb that people use, to be tried against the table.
fn samples(call: &Call) -> Vec<Change> {
    let other = if call.severity == Severity::Critical { Severity::Minor } else { Severity::Critical };
    vec![
        Change::Acknowledge,
        Change::Assign { assignee: None },
        Change::Comment { wants_severity: None },
        Change::Note,
        Change::AskCustomer,
        Change::Answer,
        Change::Hold { reason: HoldReason::Part },
        Change::Resume,
        Change::ChangeSeverity { from: call.severity, to: other, missed: Vec::new() },
        Change::TakeReview,
        Change::PassOn,
        Change::Dismiss,
        Change::HandOver { queue: String::new(), shift: None },
        Change::AcceptHandover,
        Change::Restore,
        Change::Resolve { code: String::new(), cause: String::new() },
        Change::RejectSolution,
        Change::Accept,
        Change::Close { code: CloseCode::Solved },
        Change::Reopen,
        Change::Cancel { duplicate_of: None },
        Change::PlaybookStep { step: Step::CheckPath, found: None },
    ]
}
