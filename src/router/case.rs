//! One call on its way through the steps, collecting reasons.
use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use super::center::{Center, awake_longest};
use super::decision::{Decision, Opening};
use super::facts::{Facts, PartnerFirst};
use super::rules::Queue;
use super::{PARTNER_QUEUE, words};

/// With less of the shift left than this, nobody begins with somebody else's fault.
const TIME_LEFT: SignedDuration = SignedDuration::from_hours(1);

const NO_QUEUE: &str = "no queue for it";

pub(super) struct Case<'a> {
    pub facts: &'a Facts,
    why: Vec<String>,
    for_desks: Vec<usize>,
    openings: Vec<Opening>,
    also_partner: bool,
    engineer: Option<Uuid>,
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
    plain: String,
}

impl<'a> Case<'a> {
    pub(super) fn new(facts: &'a Facts) -> Self {
        Self {
            facts,
            why: Vec::new(),
            for_desks: Vec::new(),
            openings: Vec::new(),
            also_partner: false,
            engineer: None,
            trouble: "no CAC open",
        }
    }

    pub(super) fn decided(self, place: Place) -> Decision {
        Decision {
            queue: place.queue,
            cac: place.cac,
            wait_until: place.wait_until,
            why: self.why,
            for_desks: self.for_desks,
            accept_by: place.accept_by,
            also_partner: self.also_partner,
            engineer: self.engineer,
            chip: place.chip,
            plain: place.plain,
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
        let plain = words::plain_renewals(home);
        let cac = Some(home.code.clone());
        Place { queue: home.renewals(), cac, chip: "not covered".into(), plain, ..Place::default() }
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
        let elapsed = SignedDuration::from_mins(partner.accept_minutes.into());
        // Asked again at another time, the partner's hours of then say nothing.
        let by_hours = partner.accept_by.filter(|by| *by > self.facts.at);
        let accept_by = by_hours.or(self.facts.at.checked_add(elapsed).ok()).unwrap_or(Timestamp::MAX);
        let until = words::when(accept_by, self.facts.at, &words::site_zone(self.facts));
        self.why.push(format!("First-line partner is open and has until {until} to take it"));
        let chip = format!("partner review till {until}");
        let plain = words::plain_review(&until);
        Place { queue: PARTNER_QUEUE.into(), accept_by: Some(accept_by), chip, plain, ..Place::default() }
    }

    pub(super) fn at_home(&mut self, home: &Center) -> Option<Place> {
        self.belongs_to(home);
        self.why.push(words::opening(home, self.facts.at));
        let opening = self.look_at(home);
        if !opening.open {
            return None;
        }
        let queue = self.queue_at(home)?;
        self.offer_to_whoever_knows(home, &opening);
        let chip = format!("home CAC, {}", words::open_till(home, &opening, self.facts.at));
        let plain = words::plain_home(home, &opening, self.facts);
        Some(Place { chip, plain, ..Self::in_queue(home, queue) })
    }

    /// Urgent work goes where people stay longest, of those who can do it.
    pub(super) fn following_the_sun(&mut self, home: &Center, centers: &[Center]) -> Option<Place> {
        if !self.facts.severity.is_urgent() {
            return None;
        }
        let away = centers.iter().filter(|center| center.code != home.code);
        let looked: Vec<_> = away.map(|center| (center, self.look_at(center))).collect();
        let awake = looked.iter().any(|(_, opening)| opening.open);
        let able = awake_longest(looked.into_iter(), |center| self.queue_of(center));
        let Some((center, opening, _)) = able else {
            self.nobody_takes_it(awake);
            return None;
        };
        let till = words::open_till(center, &opening, self.facts.at);
        self.why.push(format!("{} is awake longest, {till} {}", center.code, center.calendar.place()));
        let queue = self.queue_at(center)?;
        self.offer_to_whoever_knows(center, &opening);
        let chip = format!("home closed, {} {till}", center.code);
        let plain = words::plain_away(home, center, &opening, self.facts);
        Some(Place { chip, plain, ..Self::in_queue(center, queue) })
    }

    fn nobody_takes_it(&mut self, awake: bool) {
        if awake {
            self.trouble = NO_QUEUE;
        }
        self.why.push(words::nobody(self.facts.subject.as_deref(), awake));
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
        let plain = words::plain_wait(home, opens, self.facts);
        Some(Place { wait_until: Some(opens), chip, plain, ..Self::in_queue(home, queue) })
    }

    pub(super) fn on_duty(&mut self, queue: &str) -> Place {
        self.why.push("The duty manager is paged".into());
        let plain = words::PLAIN_DUTY.to_owned();
        Place { queue: queue.to_owned(), chip: format!("duty: {}", self.trouble), plain, ..Place::default() }
    }

    fn belongs_to(&mut self, home: &Center) {
        self.why.push(format!("{} belongs to {}", words::site(self.facts), home.region));
    }

    fn look_at(&mut self, center: &Center) -> Opening {
        let opening = center.opening(self.facts.at);
        self.openings.push(opening.clone());
        opening
    }

    fn queue_of<'c>(&self, center: &'c Center) -> Option<&'c Queue> {
        let same = self.facts.same_incident.as_ref().and_then(|same| center.queue(&same.queue));
        same.or_else(|| center.queue_for(self.facts.subject.as_deref(), self.facts.language.as_deref()))
    }

    /// Affinity only chooses among the queues of the CAC that the steps before have found (rules, section 6).
    fn queue_at<'c>(&mut self, center: &'c Center) -> Option<&'c Queue> {
        let same = self.facts.same_incident.as_ref();
        if let Some((same, queue)) = same.and_then(|same| Some((same, center.queue(&same.queue)?))) {
            self.tell_desks(words::same_incident(&same.call, queue));
            return Some(queue);
        }
        let (subject, language) = (self.facts.subject.as_deref(), self.facts.language.as_deref());
        let queue = center.queue_for(subject, language);
        if queue.is_none() {
            self.trouble = NO_QUEUE;
        }
        self.why.push(words::subject(subject, center, queue));
        self.why.extend(queue.zip(language).and_then(|(queue, language)| words::language(language, queue)));
        queue
    }

    /// The engineer who had the last call of the system, if on shift with time left to do something.
    fn offer_to_whoever_knows(&mut self, center: &Center, opening: &Opening) {
        let knows = self.facts.known_to.as_ref().filter(|knows| knows.cac == center.code);
        let left = |closes: Timestamp| closes.duration_since(self.facts.at) >= TIME_LEFT;
        if let Some(knows) = knows.filter(|_| opening.open && opening.changes_at.is_none_or(left)) {
            self.engineer = Some(knows.engineer);
            let till = words::open_till(center, opening, self.facts.at);
            self.tell_desks(format!("Told first to the engineer who had the last call of this system, {till}"));
        }
    }

    /// Other calls of the system, and who worked on them, are nothing for whoever may not see those.
    fn tell_desks(&mut self, step: String) {
        self.for_desks.push(self.why.len());
        self.why.push(step);
    }

    fn in_queue(center: &Center, queue: &Queue) -> Place {
        Place { queue: queue.slug.clone(), cac: Some(center.code.clone()), ..Place::default() }
    }
}
