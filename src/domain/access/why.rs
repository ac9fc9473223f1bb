//! Why somebody sees a thing, or does not: the scope's own rule, told step by step.

use jiff::{Timestamp, tz::TimeZone};
use uuid::Uuid;

use super::{HistoryScope, Membership, PartnerRelation, Party, Role};
use crate::domain::policy::{self, Action, Asker, Relation, Resource};

/// What somebody asks about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Thing {
    Call {
        customer: Uuid,
        site: Uuid,
        opened_at: Timestamp,
    },
    /// A system or a site: whoever may look there at all sees that it is there.
    Place {
        customer: Uuid,
        site: Uuid,
    },
    Queue,
}

/// What shuts somebody out whatever else holds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Shut {
    pub disabled_at: Option<Timestamp>,
    pub ended_at: Option<Timestamp>,
}

/// The answer, and how it came about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Why {
    pub sees: bool,
    /// Since when and until when a partner's relations let them.
    pub since: Option<Timestamp>,
    pub until: Option<Timestamp>,
    pub steps: Vec<Step>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    Disabled(Timestamp),
    Ended(Timestamp),
    /// CAC staff and the house.
    Desk,
    /// Queues are the desks' own.
    NotOfTheDesk,
    Own,
    Foreign,
    AllSites,
    InSites,
    OutsideSites,
    NoRelation,
    Relation {
        id: Uuid,
        outcome: Outcome,
    },
}

/// What one relation with the customer does for this thing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    OtherSite,
    Begins(Timestamp),
    Ended(Timestamp),
    TooOld { opened: Timestamp, from: Timestamp, history: HistoryScope },
    Opens { from: Option<Timestamp>, since: Timestamp, until: Option<Timestamp> },
}

impl Step {
    /// Whether it speaks for seeing or against it.
    pub fn holds(self) -> bool {
        match self {
            Self::Desk | Self::Own | Self::AllSites | Self::InSites => true,
            Self::Relation { outcome, .. } => matches!(outcome, Outcome::Opens { .. }),
            _ => false,
        }
    }
}

/// The same answer as the scope's, with its grounds.
pub fn why(membership: &Membership, relations: &[PartnerRelation], shut: Shut, thing: Thing, now: Timestamp) -> Why {
    let mut why = Why { sees: false, since: None, until: None, steps: Vec::new() };
    why.steps.extend(shut.disabled_at.map(Step::Disabled));
    why.steps.extend(shut.ended_at.map(Step::Ended));
    let open = why.steps.is_empty();
    why.sees = why.judge(membership, relations, thing, now) && open;
    why
}

impl Why {
    fn judge(&mut self, of: &Membership, relations: &[PartnerRelation], thing: Thing, now: Timestamp) -> bool {
        if matches!(of.role.party(), Party::Staff | Party::House) {
            return self.add(Step::Desk);
        }
        let (customer, site, opened) = match thing {
            Thing::Call { customer, site, opened_at } => (customer, site, Some(opened_at)),
            Thing::Place { customer, site } => (customer, site, None),
            Thing::Queue => return self.add(Step::NotOfTheDesk),
        };
        if of.role.party() == Party::Customer {
            let own = if of.account_id == customer { Step::Own } else { Step::Foreign };
            return self.add(own) && self.add(within_sites(of, site));
        }
        let here: Vec<_> = relations.iter().filter(|relation| relation.customer_id == customer).collect();
        if here.is_empty() {
            return self.add(Step::NoRelation);
        }
        let outcomes = here.iter().map(|relation| (relation.id, outcome(relation, site, opened, now)));
        let outcomes: Vec<_> = outcomes.collect();
        self.note_span(&outcomes);
        let opened = outcomes.iter().filter(|(id, outcome)| self.add(Step::Relation { id: *id, outcome: *outcome }));
        opened.count() > 0 && self.add(within_sites(of, site))
    }

    fn add(&mut self, step: Step) -> bool {
        self.steps.push(step);
        step.holds()
    }

    /// The earliest beginning and the latest end of what opens; one without an end has none.
    fn note_span(&mut self, outcomes: &[(Uuid, Outcome)]) {
        let spans: Vec<_> = outcomes
            .iter()
            .filter_map(|(_, outcome)| match outcome {
                Outcome::Opens { since, until, .. } => Some((*since, *until)),
                _ => None,
            })
            .collect();
        self.since = spans.iter().map(|(since, _)| *since).min();
        let endless = spans.iter().any(|(_, until)| until.is_none());
        self.until = spans.iter().filter_map(|(_, until)| *until).max().filter(|_| !endless);
    }
}

fn within_sites(of: &Membership, site: Uuid) -> Step {
    match &of.sites {
        None => Step::AllSites,
        Some(sites) if sites.contains(&site) => Step::InSites,
        Some(_) => Step::OutsideSites,
    }
}

fn outcome(relation: &PartnerRelation, site: Uuid, opened: Option<Timestamp>, now: Timestamp) -> Outcome {
    if relation.site_id.is_some_and(|only| only != site) {
        return Outcome::OtherSite;
    }
    if !relation.is_valid(now) {
        let ended = relation.valid_to.filter(|end| *end <= now);
        return ended.map_or(Outcome::Begins(relation.valid_from), Outcome::Ended);
    }
    let from = relation.sees_from();
    match (from, opened) {
        (Some(from), Some(opened)) if opened < from => Outcome::TooOld { opened, from, history: relation.history },
        _ => Outcome::Opens { from, since: relation.valid_from, until: relation.valid_to },
    }
}

/// The names that the sentences need; the steps carry only what decides.
#[derive(Debug, Clone, Copy)]
pub struct Names<'a> {
    pub person: &'a str,
    pub account: &'a str,
    pub customer: &'a str,
    pub site: &'a str,
    pub thing: &'a str,
}

impl Step {
    pub fn sentence(self, names: &Names<'_>) -> String {
        let Names { person, account, customer, site, thing } = names;
        match self {
            Self::Disabled(at) => format!("{person} was disabled on {} and can't come in.", day(at)),
            Self::Ended(at) => format!("{person} is not of {account} any more since {}.", day(at)),
            Self::Desk => {
                format!("{account} looks after every customer, so its people see all calls, systems and sites.")
            }
            Self::NotOfTheDesk => format!("Queues are seen by the CACs and the house; {account} is neither."),
            Self::Own => format!("{thing} belongs to {customer}, and so does {person}."),
            Self::Foreign => format!("{thing} belongs to {customer}; {person} belongs to {account}."),
            Self::AllSites => format!("{person} is not limited to some sites."),
            Self::InSites => format!("{person} is limited to some sites, and {site} is one of them."),
            Self::OutsideSites => format!("{person} is limited to some sites, and {site} is none of them."),
            Self::NoRelation => format!("{account} has no relation with {customer}."),
            Self::Relation { outcome, .. } => outcome.sentence(names),
        }
    }
}

impl Outcome {
    fn sentence(self, names: &Names<'_>) -> String {
        let Names { account, customer, site, thing, .. } = names;
        match self {
            Self::OtherSite => format!("A relation of {account} with {customer} is for another site than {site}."),
            Self::Begins(at) => format!("A relation of {account} with {customer} begins only on {}.", day(at)),
            Self::Ended(at) => format!("A relation of {account} with {customer} ended on {}.", day(at)),
            Self::TooOld { opened, from, history } => {
                let what = match history {
                    HistoryScope::None => "only what began under it, from",
                    _ => "only what began from",
                };
                format!("{thing} was opened on {}; the relation shows {what} {} on.", day(opened), day(from))
            }
            Self::Opens { from, since, until } => {
                let until = until.map(|until| format!(" until {}", day(until))).unwrap_or_default();
                let what =
                    from.map_or("everything there".to_owned(), |from| format!("what began from {} on", day(from)));
                format!("{account} serves {customer} since {}{until} and sees {what}.", day(since))
            }
        }
    }
}

/// To the minute, since an instant decides.
pub fn day(at: Timestamp) -> String {
    at.to_zoned(TimeZone::UTC).strftime("%-d %b %Y %H:%M UTC").to_string()
}

/// What of a thing that somebody sees they may read or do, in plain words.
pub fn parts(role: Role) -> [(&'static str, bool); 5] {
    let may = |action, resource| policy::may(Asker::Person(role), action, resource, Relation::Own).is_ok();
    [
        ("reads comments, solutions and the history", may(Action::See, Resource::History)),
        ("reads work notes and internal fields", may(Action::See, Resource::Internal)),
        ("reads more of staff than their names", may(Action::See, Resource::StaffDetails)),
        ("writes comments", may(Action::Comment, Resource::Call)),
        ("files calls for it", may(Action::File, Resource::System)),
    ]
}

#[cfg(test)]
mod tests;
