//! Faults of a draft, each a sentence for the lead who edits it.
use super::PARTNER_QUEUE;
use super::rules::{Queue, Rules};

/// Longer than this nobody waits for somebody to accept a call.
const DAY: u32 = 24 * 60;

impl Rules {
    /// Everything that is wrong, whether it stops the router or only leaves work to the duty manager.
    pub fn check(&self) -> Vec<String> {
        let mut faults = self.contradictions();
        faults.extend(self.holes());
        faults
    }

    /// What can't be followed: a name that means nothing, or two things.
    pub fn contradictions(&self) -> Vec<String> {
        let mut faults = Vec::new();
        if self.regions.is_empty() {
            faults.push("There are no regions.".into());
        }
        if self.duty_manager.trim().is_empty() {
            faults.push("There is no duty manager.".into());
        }
        faults.extend(twice("Region", self.regions.iter()));
        faults.extend(twice("Calendar", self.calendars.iter().map(|c| &c.name)));
        faults.extend(twice("CAC", self.cacs.iter().map(|c| &c.code)));
        faults.extend(twice("Queue", self.queues.iter().map(|q| &q.slug)));
        faults.extend(self.strangers());
        faults
    }

    /// Legal, but somebody's call would find nobody.
    pub fn holes(&self) -> Vec<String> {
        let homeless = self.regions.iter().filter(|r| !self.cacs.iter().any(|c| c.region == **r));
        let mut holes: Vec<_> = homeless.map(|region| format!("Region {region} has no CAC.")).collect();
        for cac in &self.cacs {
            holes.extend(self.holes_of(&cac.code));
            if self.calendar(&cac.calendar).is_some_and(|c| c.weekly().iter().all(Vec::is_empty)) {
                holes.push(format!("CAC {} never opens.", cac.code));
            }
        }
        holes
    }

    /// Names that nothing else bears.
    fn strangers(&self) -> Vec<String> {
        let mut faults = Vec::new();
        for cac in &self.cacs {
            if self.calendar(&cac.calendar).is_none() {
                faults.push(format!("CAC {} has an unknown calendar “{}”.", cac.code, cac.calendar));
            }
            if !self.regions.contains(&cac.region) {
                faults.push(format!("CAC {} is in “{}”, which is not among the regions.", cac.code, cac.region));
            }
            if !(1..=DAY).contains(&cac.accept_minutes) {
                faults
                    .push(format!("CAC {} can't have {} minutes to accept a handover.", cac.code, cac.accept_minutes));
            }
        }
        for queue in &self.queues {
            if !self.cacs.iter().any(|c| c.code == queue.cac) {
                faults.push(format!("Queue {} belongs to an unknown CAC “{}”.", queue.slug, queue.cac));
            }
            if self.is_reserved(&queue.slug) {
                faults.push(format!("“{}” can't be the name of a queue.", queue.slug));
            }
        }
        faults
    }

    /// Queues that exist without being written down.
    fn is_reserved(&self, slug: &str) -> bool {
        let implied = [PARTNER_QUEUE, self.duty_manager.as_str()].contains(&slug);
        implied || slug.trim().is_empty() || slug.starts_with("renewals-")
    }

    fn holes_of(&self, cac: &str) -> Vec<String> {
        let queues: Vec<&Queue> = self.queues.iter().filter(|q| q.cac == cac).collect();
        let idle = queues.iter().filter(|q| q.subjects.is_empty());
        let mut holes: Vec<_> = idle.map(|q| format!("Queue {} takes no subject.", q.slug)).collect();
        if !queues.iter().any(|q| q.takes_the_rest()) {
            holes.push(format!("CAC {cac} has no queue that takes “*”."));
        }
        let subjects: Vec<String> = queues.iter().flat_map(|q| subjects_by_language(q)).collect();
        holes.extend(twice(&format!("In CAC {cac} subject"), subjects.iter()));
        holes
    }
}

/// Two queues may share a subject where their people speak different languages.
fn subjects_by_language(queue: &Queue) -> Vec<String> {
    let spoken = |subject: &String| match queue.languages.as_slice() {
        [] => vec![subject.clone()],
        languages => languages.iter().map(|language| format!("{subject} in {language}")).collect(),
    };
    queue.subjects.iter().flat_map(spoken).collect()
}

/// Names that occur more than once, each told once.
fn twice<'a>(what: &str, names: impl Iterator<Item = &'a String>) -> Vec<String> {
    let mut names: Vec<_> = names.collect();
    names.sort_unstable();
    let groups = names.chunk_by(|a, b| a == b).filter(|group| group.len() > 1);
    groups.map(|group| format!("{what} {} is there {} times.", group[0], group.len())).collect()
}
