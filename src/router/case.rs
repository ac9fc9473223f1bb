//! One call on its way through the steps, collecting reasons.
use jiff::{SignedDuration, Timestamp};

use super::center::Center;
use super::decision::{Decision, Opening};
use super::facts::{Facts, PartnerFirst};
use super::rules::Queue;
use super::{PARTNER_QUEUE, words};

pub(super) struct Case<'a> {
    pub facts: &'a Facts,
    why: Vec<String>,
    openings: Vec<Opening>,
    also_partner: bool,
    /// What the duty manager reads in the row of the queue, should it come to that.
    trouble: &'static str,
}

/// Where a step puts the call.
#[derive(Default)]
pub(super) struct Place {
    queue: String,
    cac: Option<String>,
    wait_until: Option<Timestamp>,
    accept_by: Option<Timestamp>,
    chip: String,
}

impl<'a> Case<'a> {
    pub(super) fn new(facts: &'a Facts) -> Self {
        Self { facts, why: Vec::new(), openings: Vec::new(), also_partner: false, trouble: "no CAC open" }
    }

    pub(super) fn decided(self, place: Place) -> Decision {
        Decision {
            queue: place.queue,
            cac: place.cac,
            wait_until: place.wait_until,
            why: self.why,
            accept_by: place.accept_by,
            also_partner: self.also_partner,
            chip: place.chip,
            openings: self.openings,
        }
    }

    pub(super) fn without_home(&mut self) -> Option<Place> {
        self.trouble = "unknown region";
        self.why.push(format!("No CAC is at home in region “{}”", self.facts.region));
        None
    }

    /// Never dropped: whoever renews contracts sees what the customer sent.
    pub(super) fn renewals(&mut self, home: &Center) -> Place {
        self.belongs_to(home);
        self.why.push(format!("Not covered by a contract → {} renewals, the owner is told", home.code));
        Place { queue: home.renewals(), cac: Some(home.code.clone()), chip: "not covered".into(), ..Place::default() }
    }

    pub(super) fn covered(&mut self) -> Option<Place> {
        self.why.push("Covered: contract runs, hour and severity included".into());
        None
    }

    pub(super) fn partner_review(&mut self) -> Option<Place> {
        let partner = self.facts.partner?;
        if self.facts.severity.is_urgent() {
            self.also_partner = true;
            self.why.push("First-line partner is told at the same time".into());
            return None;
        }
        if !partner.open {
            self.why.push("First-line partner is closed".into());
            return None;
        }
        Some(self.under_review(partner))
    }

    fn under_review(&mut self, partner: PartnerFirst) -> Place {
        let wait = SignedDuration::from_mins(partner.accept_minutes.into());
        let accept_by = self.facts.at.checked_add(wait).unwrap_or(Timestamp::MAX);
        let until = words::when(accept_by, self.facts.at, &words::site_zone(self.facts));
        self.why.push(format!("First-line partner is open and has until {until} to take it"));
        let chip = format!("partner review till {until}");
        Place { queue: PARTNER_QUEUE.into(), accept_by: Some(accept_by), chip, ..Place::default() }
    }

    pub(super) fn at_home(&mut self, home: &Center) -> Option<Place> {
        self.belongs_to(home);
        self.why.push(words::opening(home, self.facts.at));
        let opening = self.look_at(home);
        if !opening.open {
            return None;
        }
        let queue = self.queue_at(home)?;
        let chip = format!("home CAC, {}", words::open_till(home, &opening, self.facts.at));
        Some(Place { chip, ..Self::in_queue(home, queue) })
    }

    /// Urgent work goes where people stay longest; the earlier region wins a tie.
    pub(super) fn following_the_sun(&mut self, home: &Center, centers: &[Center]) -> Option<Place> {
        if !self.facts.severity.is_urgent() {
            return None;
        }
        let away = centers.iter().filter(|center| center.code != home.code);
        let looked: Vec<_> = away.map(|center| (center, self.look_at(center))).collect();
        let awake = looked.into_iter().rev().filter(|(_, opening)| opening.open);
        let Some((center, opening)) = awake.max_by_key(|(_, o)| o.changes_at.unwrap_or(Timestamp::MAX)) else {
            self.why.push("No other CAC is open".into());
            return None;
        };
        let till = words::open_till(center, &opening, self.facts.at);
        self.why.push(format!("{} is awake longest, {till} {}", center.code, center.calendar.place()));
        let queue = self.queue_at(center)?;
        let chip = format!("home closed, {} {till}", center.code);
        Some(Place { chip, ..Self::in_queue(center, queue) })
    }

    pub(super) fn waiting_at_home(&mut self, home: &Center) -> Option<Place> {
        if self.facts.severity.is_urgent() || home.calendar.is_open(self.facts.at) {
            return None;
        }
        let opens = home.calendar.next_open(self.facts.at)?;
        let when = words::when(opens, self.facts.at, home.calendar.zone());
        self.why.push(format!("{} can wait for home", self.facts.severity));
        let queue = self.queue_at(home)?;
        let chip = format!("home CAC, opens {when}");
        Some(Place { wait_until: Some(opens), chip, ..Self::in_queue(home, queue) })
    }

    pub(super) fn on_duty(&mut self, queue: &str) -> Place {
        self.why.push("The duty manager is paged".into());
        Place { queue: queue.to_owned(), chip: format!("duty: {}", self.trouble), ..Place::default() }
    }

    fn belongs_to(&mut self, home: &Center) {
        self.why.push(format!("{} belongs to {}", words::site(self.facts), home.region));
    }

    fn look_at(&mut self, center: &Center) -> Opening {
        let opening = center.opening(self.facts.at);
        self.openings.push(opening.clone());
        opening
    }

    fn queue_at<'c>(&mut self, center: &'c Center) -> Option<&'c Queue> {
        let subject = self.facts.subject.as_deref();
        let queue = center.queue_for(subject);
        if queue.is_none() {
            self.trouble = "no queue for it";
        }
        self.why.push(words::subject(subject, center, queue));
        queue
    }

    fn in_queue(center: &Center, queue: &Queue) -> Place {
        Place { queue: queue.slug.clone(), cac: Some(center.code.clone()), ..Place::default() }
    }
}
